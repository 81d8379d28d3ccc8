"""From a comparison to a plain dict: what a report shows, before it is shown."""

from radiohers.report.facts._document import comparison_document
from radiohers.report.facts._figures import draw_figures

__all__ = [
    "comparison_document",
    "draw_figures",
]
