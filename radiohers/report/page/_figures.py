"""Figures as text, and as files."""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path
from typing import Annotated, Any

from radiohers._output_files import write_whole

__all__ = ["DrawnFigure", "draw_figure", "figure_to_svg", "write_figures"]

PNG_DPI = 300

# What matplotlib would write about itself: none of it is about the figure, and some of it holds addresses.
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


@dataclass(frozen=True)
class DrawnFigure:
    """A figure of a report, drawn.

    Attributes
    ----------
    name : str
        Its name on the page and as a file, unlike those of the others.
    kind : str
        What is drawn.
    section : str
        The section of the report that shows it.
    caption : str
        What it shows.
    svg : str
        The figure as an SVG element.
    png : bytes or None
        The figure at 300 dots an inch; None if no files were asked for.
    """

    name: Annotated[str, "Unlike those of the others; also the name of the file."]
    kind: Annotated[str, "What is drawn."]
    section: Annotated[str, "The section that shows it."]
    caption: Annotated[str, "What it shows."]
    svg: Annotated[str, "The figure as an SVG element."]
    png: bytes | None = None


def draw_figure(
    figure: Any, name: str, kind: str, section: str, caption: str, *, with_png: bool = False
) -> DrawnFigure:
    """Return a matplotlib figure as text, and if asked as pixels, and close it.

    Parameters
    ----------
    figure : matplotlib Figure
        The figure.
    name : str
        Unlike those of the other figures of the report.
    kind : str
        What is drawn.
    section : str
        The section of the report that shows it.
    caption : str
        What it shows.
    with_png : bool, default=False
        Whether to draw it as pixels too.

    Returns
    -------
    DrawnFigure
        The same figure gives the same text.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from radiohers.report import draw_figure
    >>> draw_figure(plt.figure(), "roc", "roc", "performance", "An empty figure.").section
    'performance'
    """
    png = None
    if with_png:
        pixels = io.BytesIO()
        figure.savefig(pixels, format="png", dpi=PNG_DPI, bbox_inches="tight", metadata={"Software": None})
        png = pixels.getvalue()
    return DrawnFigure(name, kind, section, caption, figure_to_svg(figure, name), png)


def figure_to_svg(figure: Any, name: str) -> str:
    """Return a matplotlib figure as an SVG element, and close it.

    Parameters
    ----------
    figure : matplotlib Figure
        The figure.
    name : str
        Unlike those of the other figures on the page: element ids are made from it.

    Returns
    -------
    str
        From ``<svg`` on; the same figure gives the same text.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from radiohers.report import figure_to_svg
    >>> figure_to_svg(plt.figure(), "empty")[:4]
    '<svg'
    """
    import matplotlib
    import matplotlib.pyplot as plt

    text = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        box = _laid_out(figure).padded(matplotlib.rcParams["savefig.pad_inches"])
        # The dots are those of what is kept as pixels, such as thousands of bars.
        figure.savefig(text, format="svg", dpi=PNG_DPI, bbox_inches=box, metadata=_NO_METADATA)
    plt.close(figure)
    svg = text.getvalue()
    return _own_ids(svg[svg.index("<svg") :], name)


def _laid_out(figure: Any) -> Any:
    """Lay a figure out for SVG, once and for all, and return the box around it; savefig would draw it for that."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    FigureCanvasSVG(figure)
    # SVG counts in points.
    figure.set_dpi(72)
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine(None)
    return figure.get_tightbbox()


def _own_ids(svg: str, name: str) -> str:
    """Put the figure's name before its ids: glyphs and groups have the same ones in every figure of a page."""
    prefix = re.sub(r"[^A-Za-z0-9_-]+", "-", name)
    svg = re.sub(r'(\sid=")', rf"\g<1>{prefix}-", svg)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", svg)


def write_figures(folder: Path, figures: Iterable[DrawnFigure]) -> list[Path]:
    """Write figures into a folder, as SVG and, where they were drawn as pixels, as PNG.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    figures : iterable of DrawnFigure
        The figures; their names become those of the files.

    Returns
    -------
    list of Path
        The files.
    """
    files = []
    for figure in figures:
        svg = f'<?xml version="1.0" encoding="utf-8"?>\n{figure.svg}'.encode()
        for ending, data in (("svg", svg), ("png", figure.png)):
            if data is not None:
                files.append(write_whole(folder / f"{figure.name}.{ending}", methodcaller("write_bytes", data)))
    return files
