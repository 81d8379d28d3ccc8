"""Many crops in one figure."""

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["contact_sheet"]

PANEL_INCHES = 1.6
LINE_INCHES = 0.13
OUTLINE_COLOUR = "#E69F00"


def contact_sheet(
    images: Sequence[np.ndarray] | np.ndarray,
    titles: Sequence[str],
    n_columns: int = 6,
    *,
    limits: tuple[float, float] | None = None,
    outlines: Sequence[np.ndarray] | np.ndarray | None = None,
) -> Any:
    """Show crops side by side in grey, all on one scale.

    Parameters
    ----------
    images : sequence of arrays of shape (row, column)
        The crops, at least one.
    titles : sequence of str
        Title of each; a comma and a blank begin a new line.
    n_columns : int, default=6
        Crops in a row.
    limits : tuple of two numbers, default=None
        The values that are black and white. None takes those of the first crop.
    outlines : sequence of bool arrays of shape (row, column), default=None
        Masks whose outlines are drawn over the crops.

    Returns
    -------
    matplotlib Figure
        With one axes a crop.
    """
    import matplotlib.pyplot as plt

    n_columns = min(n_columns, len(images))
    n_rows = -(-len(images) // n_columns)
    title_inches = LINE_INCHES * max(title.count(", ") + 1 for title in titles)
    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        squeeze=False,
        figsize=(PANEL_INCHES * n_columns, (PANEL_INCHES + title_inches) * n_rows),
    )
    # Titles of many lines would touch the figure's edge.
    figure.set_layout_engine("constrained", h_pad=0.08)
    low, high = limits or (images[0].min(), images[0].max())
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, image, title in zip(axes.flat, images, titles, strict=False):
        ax.imshow(image, cmap="gray", vmin=low, vmax=high)
        ax.set_title(title.replace(", ", "\n"), fontsize=7)
    for ax, outline in zip(axes.flat, [] if outlines is None else outlines, strict=False):
        # matplotlib warns where there is no line to draw.
        if outline.any() and not outline.all():
            ax.contour(outline, levels=[0.5], colors=OUTLINE_COLOUR, linewidths=0.8)
    return figure
