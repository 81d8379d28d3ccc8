"""A plain dict in; HTML, JSON, PDF and figures as files out."""

from radiohers.report.page._figures import DrawnFigure, draw_figure, figure_to_svg
from radiohers.report.page._html import render_html
from radiohers.report.page._json import plain_values, render_json
from radiohers.report.page._write import ReportFiles, check_report_files, write_report

__all__ = [
    "DrawnFigure",
    "ReportFiles",
    "check_report_files",
    "draw_figure",
    "figure_to_svg",
    "plain_values",
    "render_html",
    "render_json",
    "write_report",
]
