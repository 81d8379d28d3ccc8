"""How every figure looks: colours, sizes, panels, and many crops in one figure."""

from radiohers.figures._contact_sheet import ContactSheet
from radiohers.figures._display import Display
from radiohers.figures._notebook import notebook_html
from radiohers.figures._style import (
    COLOURS,
    GREY,
    SMALL,
    TEXT,
    describe_part,
    fit_panels,
    legend_below,
    line_style,
    new_axes,
    style_axes,
    title_panels,
)

__all__ = [
    "COLOURS",
    "ContactSheet",
    "Display",
    "GREY",
    "SMALL",
    "TEXT",
    "describe_part",
    "fit_panels",
    "legend_below",
    "line_style",
    "new_axes",
    "notebook_html",
    "style_axes",
    "title_panels",
]
