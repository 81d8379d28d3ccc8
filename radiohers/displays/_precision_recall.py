"""Precision-recall curves: the mean over repeats, with its band."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from radiohers._numbers import number_text
from radiohers._wording import counted
from radiohers.displays._curves import LabelledCurveDisplay, band_frame, draw_curves
from radiohers.displays._data import ShownPredictions, name_methods
from radiohers.metrics import Band, precision_statistic
from radiohers.results import BY_REPEAT

__all__ = ["PrecisionRecallDisplay"]

RECALLS = np.linspace(0, 1, 201)


@dataclass(repr=False)
class PrecisionRecallDisplay(LabelledCurveDisplay):
    """Precision-recall curves of several models, each with its band.

    Parameters
    ----------
    curves : dict of str to Band
        For each model its precision at the highest threshold that reaches a recall of 0, 0.005, ..., 1,
        averaged over repeats, as arrays ``value``, ``low`` and ``high`` of shape (201,), and ``method``.
    labels : dict of str to str
        The average precision of each model with its interval.
    prevalence : float
        Share of positive cases: the precision of chance.
    confidence_level : float
        Coverage of bands and intervals.
    note : str
        Which predictions are shown, how they were split, and what the intervals are.
    caption : str
        What the figure shows, in words.

    Attributes
    ----------
    ax_, axes_, figure_ : matplotlib Axes, list of them, and Figure
        After `plot`; the first axes, and all.
    lines_ : list of matplotlib lines
        One a model.

    Notes
    -----
    A fold holds too few positive cases for a curve of its own, so the predictions of all
    folds of one repeat are ranked together.
    """

    heading = "Precision and recall"
    axis_names = ("recall (sensitivity)", "precision (PPV)")
    summary = ("average precision", "AP")

    curves: dict[str, Band]
    labels: dict[str, str]
    prevalence: float
    confidence_level: float
    note: str
    caption: str = ""

    @classmethod
    def _of(cls, shown: ShownPredictions) -> "PrecisionRecallDisplay":
        curve = precision_statistic(RECALLS)
        areas = {model: shown.judge.metric(shown.rows(model), "average_precision", BY_REPEAT) for model in shown.models}
        pooled = ", the predictions of all folds of a repeat ranked together" if shown.n_folds > shown.n_repeats else ""
        averaged = f", averaged over {counted(shown.n_repeats, 'repeat')}" if shown.n_repeats > 1 else ""
        return cls(
            curves={model: shown.judge.band(shown.rows(model), curve, BY_REPEAT) for model in shown.models},
            labels={model: area.text() for model, area in areas.items()},
            prevalence=shown.prevalence,
            confidence_level=shown.judge.confidence_level,
            note=f"{shown.note}\n{shown.bands}; dotted: prevalence {number_text(shown.prevalence)}",
            caption=(
                f"Precision by recall{pooled}{averaged}. The dotted line is the share of positive cases, the precision "
                f"of chance. {shown.resamples}; the average precision is the area under a curve "
                f"({name_methods(areas.values())})."
            ),
        )

    def frame(self) -> pd.DataFrame:
        """Return the curves with their bands.

        Returns
        -------
        DataFrame
            One row a model and point: ``model``, ``recall``, ``precision``, ``low`` and ``high``.
        """
        return band_frame(RECALLS, self.curves, "recall", "precision")

    def _draw(self, ax: Any, shown: Sequence[str]) -> list[Any]:
        ax.axhline(self.prevalence, color="0.6", linestyle=":", linewidth=1)
        ax.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02))
        # At a recall between two of its values a threshold gives the higher one.
        return draw_curves(ax, RECALLS, self.curves, shown, step="pre")
