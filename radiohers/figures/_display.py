"""What all displays share: a figure, and the numbers behind it."""

import textwrap
from abc import ABC, abstractmethod
from typing import Any, Self

import pandas as pd

__all__ = ["Display"]

MOST_CHARACTERS = 118


class Display(ABC):
    """A figure and the numbers behind it.

    In a notebook the figure is shown once, by pyplot, with one line that says what :meth:`frame` holds.

    Attributes
    ----------
    figure_ : matplotlib Figure
        After :meth:`plot`.
    """

    figure_: Any

    @abstractmethod
    def plot(self) -> Self:
        """Plot the figure.

        Returns
        -------
        Display
            The display itself.
        """

    @abstractmethod
    def frame(self) -> pd.DataFrame:
        """Return the numbers behind the figure.

        Returns
        -------
        DataFrame
            One row a point, bar, cell or crop.
        """

    def __repr__(self) -> str:
        frame, name = self.frame(), type(self).__name__
        models = f" of {', '.join(map(str, frame['model'].unique()))}" if "model" in frame else ""
        plotted = "" if hasattr(self, "figure_") else ", not plotted"
        text = f"<{name}{models}{plotted}: frame() has {len(frame)} rows of {', '.join(map(str, frame))}>"
        return textwrap.shorten(text, MOST_CHARACTERS, placeholder=" ...>")
