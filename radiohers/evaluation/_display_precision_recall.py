"""Precision-recall curves."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_curve

from radiohers._display_style import COLOURS, describe_part, new_axes, style_axes

__all__ = ["PrecisionRecallDisplay"]


@dataclass
class PrecisionRecallDisplay:
    """Precision-recall curves of several models, of their pooled predictions.

    Parameters
    ----------
    curves : dict of str to (recall, precision)
        Two arrays a model.
    labels : dict of str to str
        What the legend says of each model.
    prevalence : float
        Share of positive cases: the precision of chance.
    note : str
        Which predictions are shown, and how they were split.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        After `plot`.
    lines_ : list of matplotlib lines
        One a model.

    Notes
    -----
    Folds hold too few positive cases for a curve each, so their predictions are
    pooled: over all folds, and over all repeats.
    """

    curves: dict[str, tuple[np.ndarray, np.ndarray]]
    labels: dict[str, str]
    prevalence: float
    note: str

    @classmethod
    def from_comparison(cls, comparison: Any, part: str = "test") -> "PrecisionRecallDisplay":
        """Make the display of a :class:`ModelComparison`.

        Parameters
        ----------
        comparison : ModelComparison
            The result.
        part : {"test", "train"}, default="test"
            Which predictions.

        Returns
        -------
        PrecisionRecallDisplay
            Not plotted yet.
        """
        predictions = comparison.predictions[comparison.predictions["part"] == part]
        curves, labels = {}, {}
        for model in comparison.models:
            rows = predictions[predictions["model"] == model]
            precision, recall, _ = precision_recall_curve(rows["y_true"], rows["score"])
            curves[model] = recall, precision
            labels[model] = f"{model}: {average_precision_score(rows['y_true'], rows['score']):.2f}"
        prevalence = float(predictions["y_true"].mean())
        return cls(curves, labels, prevalence, describe_part(comparison.predictions, part, comparison.split))

    def plot(self, ax: Any = None) -> "PrecisionRecallDisplay":
        """Plot the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where; None makes a figure.

        Returns
        -------
        PrecisionRecallDisplay
            The display itself.
        """
        (self.ax_,) = new_axes(1, ax)
        self.figure_ = self.ax_.figure
        self.lines_ = [
            self.ax_.step(recall, precision, where="post", color=COLOURS[i % len(COLOURS)], label=self.labels[model])[0]
            for i, (model, (recall, precision)) in enumerate(self.curves.items())
        ]
        self.ax_.axhline(self.prevalence, color="0.6", linestyle=":", label=f"prevalence: {self.prevalence:.2f}")
        style_axes(self.ax_, f"Precision and recall, pooled\n{self.note}", "recall (sensitivity)", "precision (PPV)")
        self.ax_.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        self.ax_.legend(title="average precision", fontsize=8, title_fontsize=8, loc="best", frameon=False)
        return self
