"""What the figures of curves share: their panels, their plot, and the curves that are statistics of no table."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from radiohers._numbers import level_text
from radiohers.displays._data import ShownPredictions, stacked
from radiohers.figures import (
    SMALL,
    TEXT,
    Display,
    fit_panels,
    legend_below,
    line_style,
    new_axes,
    style_axes,
    title_panels,
)
from radiohers.metrics import Band
from radiohers.results import Comparison

__all__ = [
    "CurveDisplay",
    "LabelledCurveDisplay",
    "band_frame",
    "draw_curves",
    "require_probabilities",
]


class CurveDisplay(Display):
    """A figure of one curve a model: in one panel, or in one each where these would be too many to tell apart.

    Attributes
    ----------
    ax_, axes_, figure_ : matplotlib Axes, list of them, and Figure
        After `plot`; the first axes, and all.
    lines_ : list of matplotlib artists
        One a model.
    """

    heading: ClassVar[str]
    # More bands than this in one panel cannot be told apart.
    most_overlaid: ClassVar[int] = 3
    # Of a single panel, in inches; None makes it as high as it is wide.
    height: ClassVar[float | None] = None
    is_square: ClassVar[bool] = True

    axis_names: tuple[str, str]
    curves: Mapping[str, Any]
    note: str

    def plot(self, ax: Any = None) -> Self:
        """Plot the curves: all models in one panel, or one each where bands would be too many to tell apart.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where all models go; None makes a figure.

        Returns
        -------
        Display
            The display itself.
        """
        return self._plot(ax)

    def _plot(self, ax: Any, **options: Any) -> Self:
        models = list(self.curves)
        panels = [models] if ax is not None or len(models) <= self.most_overlaid else [[model] for model in models]
        self.axes_ = new_axes(len(panels), ax)
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        titles = title_panels(
            self.axes_, ax, self.heading, self.note, ["" if len(shown) > 1 else shown[0] for shown in panels]
        )
        self.lines_: list[Any] = []
        for panel, shown, title in zip(self.axes_, panels, titles, strict=True):
            lines = self._draw(panel, shown, **options)
            self.lines_ += lines
            below = "" if len(panels) == 1 else self._below_title(shown[0])
            if len(panels) == 1:
                self._add_legend(panel, shown, lines)
            style_axes(panel, title + below, *self.axis_names, title_size=SMALL if below else TEXT)
        if ax is None:
            fit_panels(self.axes_, self.height if len(panels) == 1 else None)
        elif self.is_square:
            self.ax_.set_aspect("equal")
        return self

    @abstractmethod
    def _draw(self, ax: Any, shown: Sequence[str]) -> list[Any]:
        """Draw what is in a panel, set its limits, and return the lines of the models shown."""

    @abstractmethod
    def _add_legend(self, ax: Any, shown: Sequence[str], lines: list[Any]) -> None:
        """Name the lines of the only panel."""

    def _below_title(self, model: str) -> str:
        """Return what the title of a panel says more of its only model, from a new line on."""
        return ""


class LabelledCurveDisplay(CurveDisplay):
    """Bands whose legend has a summary of each model with its interval."""

    summary: ClassVar[tuple[str, str]]

    labels: Mapping[str, str]
    confidence_level: float

    @classmethod
    def from_comparison(cls, comparison: Comparison, part: str = "test") -> Self:
        """Make the display of a :class:`ModelComparison`.

        Parameters
        ----------
        comparison : Comparison
            The result.
        part : {"test", "train"}, default="test"
            Which predictions.

        Returns
        -------
        Display
            Not plotted yet. The numbers of its legend are those of the table.
        """
        return cls._of(ShownPredictions.from_comparison(comparison, part))

    @classmethod
    def from_predictions(cls, y_true: Any, y_score: Any, groups: Any = None, **settings: Any) -> Self:
        """Make the display of scores of one set of cases.

        Parameters
        ----------
        y_true : array-like of shape (n_cases,)
            Labels of two classes.
        y_score : array-like of shape (n_cases,), or mapping of str to such
            Scores, higher is more positive; a mapping has those of several models.
        groups : array-like of shape (n_cases,), default=None
            Patients; None takes each case for its own.
        **settings : object
            ``name`` ("model"), ``positive`` (needed unless labels are 0 and 1), ``confidence_level`` (0.95),
            ``n_bootstraps`` (2000) and ``random_state`` (0).

        Returns
        -------
        Display
            Not plotted yet.
        """
        return cls._of(ShownPredictions.from_arrays(y_true, y_score, groups, **settings))

    @classmethod
    @abstractmethod
    def _of(cls, shown: ShownPredictions) -> Self:
        """Make the display of some predictions."""

    def _add_legend(self, ax: Any, shown: Sequence[str], lines: list[Any]) -> None:
        title = f"{self.summary[0]} ({level_text(self.confidence_level)} CI)"
        legend_below(ax, title, handles=lines, labels=[f"{model}: {self.labels[model]}" for model in shown])

    def _below_title(self, model: str) -> str:
        return f"\n{self.summary[1]} {self.labels[model]}"


def band_frame(x: np.ndarray, bands: Mapping[str, Band], x_name: str, y_name: str) -> pd.DataFrame:
    """Return curves with their bands as a table, one row a model and point."""
    return stacked(
        {
            model: pd.DataFrame({x_name: x, y_name: band.value, "low": band.low, "high": band.high})
            for model, band in bands.items()
        }
    )


def draw_curves(ax: Any, x: np.ndarray, bands: Mapping[str, Band], shown: Sequence[str], **kwargs: Any) -> list[Any]:
    """Draw the curves of the models shown with their bands, over those of the others in grey.

    Parameters
    ----------
    ax : matplotlib Axes
        Where.
    x : ndarray of shape (n_points,)
        Of all curves.
    bands : mapping of str to Band
        All models, in their order.
    shown : sequence of str
        Those that have a band and a colour here.
    **kwargs : object
        For both ``plot`` and ``fill_between``: ``drawstyle`` or ``step``.

    Returns
    -------
    list of matplotlib lines
        Of the models shown.
    """
    steps = kwargs.get("step")
    draw = {"drawstyle": f"steps-{steps}"} if steps else {}
    for model, band in bands.items():
        if model not in shown:
            ax.plot(x, band.value, color="0.82", linewidth=0.8, zorder=1, **draw)
    lines = []
    for number, (model, band) in enumerate(bands.items()):
        if model in shown:
            style = line_style(number)
            alpha = 0.22 if len(shown) == 1 else 0.1
            ax.fill_between(x, band.low, band.high, color=style["color"], alpha=alpha, linewidth=0, step=steps)
            if len(shown) > 1:
                # Fills that overlap look alike; their edges have the dashes of the curve.
                for edge in (band.low, band.high):
                    ax.plot(x, edge, zorder=2, alpha=0.7, **{**style, "linewidth": 0.5}, **draw)
            lines += ax.plot(x, band.value, zorder=3, **style, **draw)
    return lines


def require_probabilities(scores: Mapping[str, np.ndarray], what_for: str) -> None:
    """Check that the scores of every model can be probabilities.

    Parameters
    ----------
    scores : mapping of str to ndarray
        By model.
    what_for : str
        What needs them.

    Raises
    ------
    ValueError
        If a score lies outside 0..1, or is no number.
    """
    for model, values in scores.items():
        # Written so that a NaN fails it.
        if not (np.min(values) >= 0 and np.max(values) <= 1):
            able = [name for name, other in scores.items() if np.min(other) >= 0 and np.max(other) <= 1]
            raise ValueError(
                f"The scores of model {model!r} run from {np.min(values):.3g} to {np.max(values):.3g} and are no "
                f"probabilities, which {what_for} needs. Wrap the model in sklearn.calibration.CalibratedClassifierCV, "
                f"give it predict_proba, or leave it out: models={able}."
            )
