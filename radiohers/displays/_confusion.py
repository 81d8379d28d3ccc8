"""Confusion matrices."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix

from radiohers._numbers import percent_text
from radiohers.displays._data import ShownPredictions, name_methods
from radiohers.figures import SMALL, TEXT, Display, fit_panels, new_axes, style_axes, title_panels
from radiohers.metrics import Interval
from radiohers.results import BY_REPEAT, Comparison

__all__ = ["ConfusionDisplay"]


@dataclass(repr=False)
class ConfusionDisplay(Display):
    """Confusion matrices of several models, with the intervals of the shares.

    Parameters
    ----------
    matrices : dict of str to ndarray of shape (2, 2)
        Cases of each true class (rows) by predicted class (columns), negative
        first, each case counted once: predictions of several folds and repeats are averaged.
    class_names : tuple of str
        Negative and positive class.
    note : str
        Which predictions are shown, how they were split, and what the intervals are.
    intervals : dict of str to pair of Interval
        For each model its specificity and its sensitivity: the shares of the rows.
    caption : str
        What the figure shows, in words.

    Attributes
    ----------
    axes_, figure_ : list of matplotlib Axes, and Figure
        After `plot`.
    """

    matrices: dict[str, np.ndarray]
    class_names: tuple[str, str]
    note: str
    intervals: dict[str, tuple[Interval, Interval]] = field(default_factory=dict)
    caption: str = ""

    @classmethod
    def from_comparison(cls, comparison: Comparison, part: str = "test") -> "ConfusionDisplay":
        """Make the display of a :class:`ModelComparison`.

        Parameters
        ----------
        comparison : Comparison
            The result.
        part : {"test", "train"}, default="test"
            Which predictions.

        Returns
        -------
        ConfusionDisplay
            Not plotted yet.
        """
        return cls._of(ShownPredictions.from_comparison(comparison, part))

    @classmethod
    def from_predictions(
        cls, y_true: Any, y_score: Any, groups: Any = None, *, threshold: float = 0.5, **settings: Any
    ) -> "ConfusionDisplay":
        """Make the display of scores of one set of cases.

        Parameters
        ----------
        y_true : array-like of shape (n_cases,)
            Labels of two classes.
        y_score : array-like of shape (n_cases,), or mapping of str to such
            Scores, higher is more positive; a mapping has those of several models.
        groups : array-like of shape (n_cases,), default=None
            Patients; None takes each case for its own.
        threshold : float, default=0.5
            Scores from here on are called positive. Not to be chosen on these cases.
        **settings : object
            As of :meth:`ROCDisplay.from_predictions`.

        Returns
        -------
        ConfusionDisplay
            Not plotted yet.
        """
        shown = ShownPredictions.from_arrays(y_true, y_score, groups, threshold=threshold, **settings)
        return cls._of(shown)

    @classmethod
    def _of(cls, shown: ShownPredictions) -> "ConfusionDisplay":
        matrices, intervals = {}, {}
        for model in shown.models:
            rows = shown.rows(model)
            times_predicted = rows.groupby("case_id")["case_id"].transform("size")
            matrices[model] = confusion_matrix(
                rows["y_true"], rows["y_pred"], labels=[False, True], sample_weight=1 / times_predicted
            )
            intervals[model] = (
                shown.judge.metric(rows, "specificity", BY_REPEAT),
                shown.judge.metric(rows, "sensitivity", BY_REPEAT),
            )
        methods = name_methods(interval for pair in intervals.values() for interval in pair)
        pooled = (
            " Folds are counted together, with the models as they were fitted: the table's sensitivity and specificity "
            "are means over folds, whose intervals hold the spread of other training sets too."
        )
        averaged = ", averaged over repeats" if shown.n_repeats > 1 else ""
        return cls(
            matrices,
            shown.class_names,
            f"{shown.note}\nin brackets: {shown.level}",
            intervals,
            f"Confusion matrices: number of cases{averaged}, and share of each true class with its {shown.level} "
            f"({methods}).{pooled * (shown.n_folds > 1)}",
        )

    def plot(self, axes: Any = None) -> "ConfusionDisplay":
        """Plot the matrices side by side.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, default=None
            One a model; None makes a figure.

        Returns
        -------
        ConfusionDisplay
            The display itself.
        """
        self.axes_ = new_axes(len(self.matrices), axes)
        self.figure_ = self.axes_[0].figure
        titles = title_panels(self.axes_, axes, "Confusion matrix", self.note, list(self.matrices))
        for ax, title, model in zip(self.axes_, titles, self.matrices, strict=True):
            self._plot_matrix(ax, model)
            style_axes(ax, title, "predicted class", "true class")
            ax.spines[:].set_visible(False)
        if axes is None:
            fit_panels(self.axes_, 2.4 if len(self.axes_) == 1 else None)
        return self

    def frame(self) -> pd.DataFrame:
        """Return the cells of the matrices.

        Returns
        -------
        DataFrame
            One row a model and cell: ``model``, ``true_class``, ``predicted_class``, ``n_cases``, ``share`` of the true
            class, and its interval, ``low`` and ``high``, NaN where it is not known.
        """
        rows = []
        for model, matrix in self.matrices.items():
            shares = _shares(matrix)
            for row, column in np.ndindex(matrix.shape):
                low, high = np.nan, np.nan
                if model in self.intervals:
                    low, high = _bounds(self.intervals[model][row], right=row == column)
                rows.append(
                    {
                        "model": model, "true_class": self.class_names[row],
                        "predicted_class": self.class_names[column], "n_cases": matrix[row, column],
                        "share": shares[row, column], "low": low, "high": high,
                    }
                )  # fmt: skip
        return pd.DataFrame(rows)

    def _plot_matrix(self, ax: Any, model: str) -> None:
        matrix = self.matrices[model]
        shares = _shares(matrix)
        ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for row, column in np.ndindex(matrix.shape):
            ink = {"ha": "center", "va": "center", "color": "white" if shares[row, column] > 0.5 else "black"}
            ax.text(column, row - 0.24, f"{matrix[row, column]:.4g}", fontsize=TEXT + 1, **ink)
            ax.text(column, row + 0.02, percent_text(float(shares[row, column])), fontsize=TEXT, **ink)
            if model in self.intervals:
                low, high = _bounds(self.intervals[model][row], right=row == column)
                ax.text(column, row + 0.27, f"({percent_text(low)} to {percent_text(high)})", fontsize=SMALL - 1, **ink)
        negative, positive = self.class_names
        ticks = [f"{negative}\n(negative)", f"{positive}\n(positive)"]
        ax.set_xticks([0, 1], ticks)
        ax.set_yticks([0, 1], ticks, rotation=90, va="center", multialignment="center")


def _shares(matrix: np.ndarray) -> np.ndarray:
    totals = matrix.sum(axis=1, keepdims=True)
    return np.divide(matrix, totals, out=np.zeros_like(matrix, dtype=float), where=totals > 0)


def _bounds(interval: Interval, right: bool) -> tuple[float, float]:
    """Return the bounds of the share of right predictions, or of its complement."""
    return (interval.low, interval.high) if right else (1 - interval.high, 1 - interval.low)
