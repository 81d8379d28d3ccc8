"""Many crops in one figure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radiohers.figures._display import Display

__all__ = ["ContactSheet"]

PANEL_INCHES = 1.6
LINE_INCHES = 0.13
OUTLINE_COLOUR = "#E69F00"


@dataclass(repr=False)
class ContactSheet(Display):
    """Crops side by side in grey, all on one scale.

    Parameters
    ----------
    images : sequence of arrays of shape (row, column)
        The crops, at least one.
    titles : sequence of str
        Title of each; a comma and a blank begin a new line.
    table : DataFrame
        What is known of the crops, one row each.
    heading : str, default=""
        Stands above all.
    limits : tuple of two numbers, default=None
        The values that are black and white. None takes those of the first crop.
    outlines : sequence of bool arrays of shape (row, column), default=None
        Masks whose outlines are drawn over the crops.

    Attributes
    ----------
    figure_, axes_ : matplotlib Figure, and list of Axes
        After `plot`; one axes a crop.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from radiohers.figures import ContactSheet
    >>> ContactSheet(np.eye(8)[None], ["a"], pd.DataFrame({"case_id": ["a"]}))
    <ContactSheet, not plotted: frame() has 1 rows of case_id>
    """

    images: Sequence[np.ndarray] | np.ndarray
    titles: Sequence[str]
    table: pd.DataFrame
    heading: str = ""
    limits: tuple[float, float] | None = None
    outlines: Sequence[np.ndarray] | np.ndarray | None = None

    def plot(self, n_columns: int = 6) -> "ContactSheet":
        """Draw the crops in a figure.

        Parameters
        ----------
        n_columns : int, default=6
            Crops in a row.

        Returns
        -------
        ContactSheet
            The display itself.
        """
        import matplotlib.pyplot as plt

        n_columns = min(n_columns, len(self.images))
        n_rows = -(-len(self.images) // n_columns)
        title_inches = LINE_INCHES * max(title.count(", ") + 1 for title in self.titles)
        self.figure_, grid = plt.subplots(
            n_rows,
            n_columns,
            squeeze=False,
            layout="constrained",
            figsize=(PANEL_INCHES * n_columns, (PANEL_INCHES + title_inches) * n_rows),
        )
        # Titles of many lines would touch the figure's edge.
        self.figure_.get_layout_engine().set(h_pad=0.08)
        for ax in grid.flat:
            ax.set_axis_off()
        self.axes_ = list(grid.flat[: len(self.images)])
        low, high = self.limits or (self.images[0].min(), self.images[0].max())
        for ax, image, title in zip(self.axes_, self.images, self.titles, strict=True):
            ax.imshow(image, cmap="gray", vmin=low, vmax=high)
            ax.set_title(title.replace(", ", "\n"), fontsize=7)
        for ax, outline in zip(self.axes_, [] if self.outlines is None else self.outlines, strict=False):
            # matplotlib warns where there is no line to draw.
            if outline.any() and not outline.all():
                ax.contour(outline, levels=[0.5], colors=OUTLINE_COLOUR, linewidths=0.8)
        if self.heading:
            self.figure_.suptitle(self.heading, fontsize=9)
        return self

    def frame(self) -> pd.DataFrame:
        """Return what is known of the crops.

        Returns
        -------
        DataFrame
            One row a crop, in the order of the figure: the columns of `table`.
        """
        return self.table.reset_index(drop=True)
