"""A plain dict in; HTML, JSON, PDF and figures as files out."""

from radiohers.report.page import fill_checklists, list_checklists
from radiohers.report._evidence import EVIDENCE_KEYS, collect_evidence
from radiohers.report.page import DrawnFigure, draw_figure, figure_to_svg
from radiohers.report.page import render_html
from radiohers.report.page import plain_values, render_json
from radiohers.report.page import SCHEMA_VERSION, report_schema
from radiohers.report.page import ReportFiles, check_report_files, write_report

__all__ = [
    "EVIDENCE_KEYS",
    "SCHEMA_VERSION",
    "DrawnFigure",
    "ReportFiles",
    "check_report_files",
    "collect_evidence",
    "draw_figure",
    "figure_to_svg",
    "fill_checklists",
    "list_checklists",
    "plain_values",
    "render_html",
    "render_json",
    "report_schema",
    "write_report",
]
