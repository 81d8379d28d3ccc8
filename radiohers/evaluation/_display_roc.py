"""ROC curves, averaged over folds."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_curve

from radiohers._display_style import COLOURS, describe_part, new_axes, style_axes

__all__ = ["ROCDisplay"]

_FALSE_POSITIVE_RATES = np.linspace(0, 1, 201)


@dataclass
class ROCDisplay:
    """ROC curves of several models.

    Parameters
    ----------
    curves : dict of str to ndarray of shape (201,)
        For each model its sensitivity at 1 - specificity = 0, 0.005, ..., 1,
        averaged over folds.
    labels : dict of str to str
        What the legend says of each model.
    confidence_level : float
        Coverage of the intervals in the legend.
    note : str
        Which predictions are shown, and how they were split.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        After `plot`.
    lines_ : list of matplotlib lines
        One a model.
    """

    curves: dict[str, np.ndarray]
    labels: dict[str, str]
    confidence_level: float
    note: str

    @classmethod
    def from_comparison(cls, comparison: Any, part: str = "test") -> "ROCDisplay":
        """Make the display of a :class:`ModelComparison`.

        Parameters
        ----------
        comparison : ModelComparison
            The result.
        part : {"test", "train"}, default="test"
            Which predictions.

        Returns
        -------
        ROCDisplay
            Not plotted yet.
        """
        predictions, table = comparison.predictions, comparison.table()
        curves, labels = {}, {}
        for model in comparison.models:
            rows = predictions[(predictions["model"] == model) & (predictions["part"] == part)]
            curves[model] = _mean_curve(rows)
            auc = table.loc[(model, part)]
            labels[model] = f"{model}: {auc['auc']:.2f} ({auc['auc_low']:.2f} to {auc['auc_high']:.2f})"
        level = comparison.settings["confidence_level"]
        return cls(curves, labels, level, describe_part(predictions, part, comparison.split))

    def plot(self, ax: Any = None) -> "ROCDisplay":
        """Plot the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where; None makes a figure.

        Returns
        -------
        ROCDisplay
            The display itself.
        """
        (self.ax_,) = new_axes(1, ax)
        self.figure_ = self.ax_.figure
        self.lines_ = [
            self.ax_.plot(_FALSE_POSITIVE_RATES, curve, color=COLOURS[i % len(COLOURS)], label=self.labels[model])[0]
            for i, (model, curve) in enumerate(self.curves.items())
        ]
        self.ax_.plot([0, 1], [0, 1], color="0.6", linestyle=":", label="chance: 0.50")
        style_axes(self.ax_, f"ROC\n{self.note}", "1 − specificity", "sensitivity")
        self.ax_.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
        legend = f"AUC ({self.confidence_level:.0%} CI)"
        self.ax_.legend(title=legend, fontsize=8, title_fontsize=8, loc="lower right", frameon=False)
        return self


def _mean_curve(rows: pd.DataFrame) -> np.ndarray:
    curves = []
    for _, fold in rows.groupby(["repeat", "fold"], sort=False):
        if fold["y_true"].nunique() < 2:
            continue
        false_positive, true_positive, _ = roc_curve(fold["y_true"], fold["score"], drop_intermediate=False)
        curve = np.interp(_FALSE_POSITIVE_RATES, false_positive, true_positive)
        # Interpolation takes the top of the first vertical step for its foot.
        curve[0] = 0
        curves.append(curve)
    return np.mean(curves, axis=0) if curves else np.full(len(_FALSE_POSITIVE_RATES), np.nan)
