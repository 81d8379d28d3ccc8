"""Figures as text."""

import io
from typing import Any

__all__ = ["figure_to_svg"]


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
        figure.savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    svg = text.getvalue()
    return svg[svg.index("<svg") :]
