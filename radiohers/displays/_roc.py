"""ROC curves: the mean over folds, with its band."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from radiohers._wording import counted
from radiohers.displays._curves import LabelledCurveDisplay, band_frame, draw_curves
from radiohers.displays._data import ShownPredictions, name_methods
from radiohers.figures import line_style
from radiohers.metrics import METRICS, Band, roc_statistic

__all__ = ["ROCDisplay"]

FALSE_POSITIVE_RATES = np.linspace(0, 1, 201)


@dataclass(repr=False)
class ROCDisplay(LabelledCurveDisplay):
    """ROC curves of several models, each with its band.

    Parameters
    ----------
    curves : dict of str to Band
        For each model its sensitivity at 1 - specificity = 0, 0.005, ..., 1, averaged
        over folds, as arrays ``value``, ``low`` and ``high`` of shape (201,), and ``method``.
    labels : dict of str to str
        The AUC of each model with its interval.
    confidence_level : float
        Coverage of bands and intervals.
    note : str
        Which predictions are shown, how they were split, and what the intervals are.
    caption : str
        What the figure shows, in words.
    fold_curves : dict of str to ndarray of shape (n_folds, 201)
        The curve of each fold.

    Attributes
    ----------
    ax_, axes_, figure_ : matplotlib Axes, list of them, and Figure
        After `plot`; the first axes, and all.
    lines_ : list of matplotlib lines
        One a model.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.evaluation import ROCDisplay
    >>> y = np.arange(40) % 2
    >>> display = ROCDisplay.from_predictions(y, y + np.sin(np.arange(40)), name="LR")
    >>> display.labels
    {'LR': '0.84 (0.68 to 0.93)'}
    """

    heading = "ROC"
    axis_names = ("1 − specificity", "sensitivity")
    summary = ("AUC", "AUC")

    curves: dict[str, Band]
    labels: dict[str, str]
    confidence_level: float
    note: str
    caption: str = ""
    fold_curves: dict[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def _of(cls, shown: ShownPredictions) -> "ROCDisplay":
        aucs = {model: shown.judge.table_interval(shown.rows(model)) for model in shown.models}
        curve = roc_statistic(FALSE_POSITIVE_RATES)
        of_folds = {model: shown.judge.folds(shown.rows(model)) for model in shown.models}
        averaged = f", averaged over {counted(shown.n_folds, 'fold')} at equal specificity" if shown.n_folds > 1 else ""
        return cls(
            curves={model: shown.judge.band(shown.rows(model), curve) for model in shown.models},
            labels={model: auc.text(apart_from=METRICS["auc"].apart_from) for model, auc in aucs.items()},
            confidence_level=shown.judge.confidence_level,
            note=f"{shown.note}\n{shown.bands}",
            caption=(
                f"ROC curves{averaged}. {shown.resamples}, the same for all models; intervals of the AUC: "
                f"{name_methods(aucs.values())}. "
                "The dotted line is chance."
            ),
            fold_curves={
                model: np.concatenate([curve.function(f.y_true, f.score, np.ones((1, len(f.case)))) for f in folds])
                for model, folds in of_folds.items()
            },
        )

    def plot(self, ax: Any = None, *, folds: bool = False) -> "ROCDisplay":
        """Plot the curves: up to three models in one panel, more in one each.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where all models go; None makes a figure.
        folds : bool, default=False
            Whether to draw the curve of each fold too, as a thin line.

        Returns
        -------
        ROCDisplay
            The display itself.
        """
        return self._plot(ax, folds=folds)

    def frame(self) -> pd.DataFrame:
        """Return the curves with their bands.

        Returns
        -------
        DataFrame
            One row a model and point: ``model``, ``false_positive_rate`` (1 - specificity), ``sensitivity``, ``low``
            and ``high``.
        """
        return band_frame(FALSE_POSITIVE_RATES, self.curves, "false_positive_rate", "sensitivity")

    def _draw(self, ax: Any, shown: Sequence[str], folds: bool = False) -> list[Any]:
        if folds:
            self._draw_folds(ax, shown)
        ax.plot([0, 1], [0, 1], color="0.6", linestyle=":", linewidth=1)
        bands = {model: _from_the_corner(band) for model, band in self.curves.items()}
        ax.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
        return draw_curves(ax, np.append(0, FALSE_POSITIVE_RATES), bands, shown)

    def _draw_folds(self, ax: Any, shown: Sequence[str]) -> None:
        for number, model in enumerate(self.curves):
            if model in shown:
                colour = line_style(number)["color"]
                for curve in self.fold_curves[model]:
                    ax.plot(FALSE_POSITIVE_RATES, curve, color=colour, alpha=0.15, linewidth=0.6, zorder=2)


def _from_the_corner(band: Band) -> Band:
    return band._replace(value=np.append(0, band.value), low=np.append(0, band.low), high=np.append(0, band.high))
