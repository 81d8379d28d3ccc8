"""A plain dict in; HTML, JSON, PDF and figures as files out."""

from radiohers.report._checklists import fill_checklists, list_checklists
from radiohers.report._evidence import EVIDENCE_KEYS, collect_evidence
from radiohers.report._figures import DrawnFigure, draw_figure, figure_to_svg
from radiohers.report._html import render_html
from radiohers.report._json import plain_values, render_json
from radiohers.report._schema import SCHEMA_VERSION, report_schema
from radiohers.report._write import ReportFiles, check_report_files, write_report

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
