"""A plain dict in; HTML, JSON, PDF and figures as files out."""

from radiohers.report._evidence import EVIDENCE_KEYS, collect_evidence
from radiohers.report.page import (
    SCHEMA_VERSION,
    DrawnFigure,
    ReportFiles,
    check_report_files,
    draw_figure,
    figure_to_svg,
    fill_checklists,
    list_checklists,
    plain_values,
    render_html,
    render_json,
    report_schema,
    write_report,
)

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
