"""A plain dict in, one HTML file out."""

from radiohers.report._figures import figure_to_svg
from radiohers.report._html import render_html, write_report

__all__ = ["figure_to_svg", "render_html", "write_report"]
