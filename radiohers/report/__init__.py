"""The report of a comparison: facts, then words, then a page; HTML, JSON, PDF and figures as files."""

from radiohers.report._document import comparison_document
from radiohers.report._figures import draw_figures
from radiohers.report._schema import SCHEMA_VERSION, report_schema
from radiohers.report.facts import ReportFacts, collect_facts
from radiohers.report.page import (
    DrawnFigure,
    ReportFiles,
    check_report_files,
    draw_figure,
    figure_to_svg,
    plain_values,
    render_html,
    render_json,
    write_report,
)
from radiohers.report.words import EVIDENCE_KEYS, collect_evidence, fill_checklists, list_checklists

__all__ = [
    "EVIDENCE_KEYS",
    "SCHEMA_VERSION",
    "DrawnFigure",
    "ReportFacts",
    "ReportFiles",
    "check_report_files",
    "collect_evidence",
    "collect_facts",
    "comparison_document",
    "draw_figure",
    "draw_figures",
    "figure_to_svg",
    "fill_checklists",
    "list_checklists",
    "plain_values",
    "render_html",
    "render_json",
    "report_schema",
    "write_report",
]
