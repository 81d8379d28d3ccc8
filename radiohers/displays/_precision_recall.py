"""Precision-recall curves: the mean over repeats, with its band."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from radiohers._numbers import level_text, number_text
from radiohers.displays._curves import curve_panels, draw_curves
from radiohers.displays._data import BY_REPEAT, ShownPredictions, name_methods, times
from radiohers.figures import SMALL, TEXT, fit_panels, legend_below, style_axes, title_panels
from radiohers.metrics import Band, precision_statistic

__all__ = ["PrecisionRecallDisplay"]

RECALLS = np.linspace(0, 1, 201)


@dataclass
class PrecisionRecallDisplay:
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

    curves: dict[str, Band]
    labels: dict[str, str]
    prevalence: float
    confidence_level: float
    note: str
    caption: str = ""

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
        return cls._of(ShownPredictions.from_comparison(comparison, part))

    @classmethod
    def from_predictions(cls, y_true: Any, y_score: Any, groups: Any = None, **settings: Any):
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
            As of :meth:`ROCDisplay.from_predictions`.

        Returns
        -------
        PrecisionRecallDisplay
            Not plotted yet.
        """
        return cls._of(ShownPredictions.from_arrays(y_true, y_score, groups, **settings))

    @classmethod
    def _of(cls, shown: ShownPredictions) -> "PrecisionRecallDisplay":
        curve = precision_statistic(RECALLS)
        areas = {model: shown.interval(model, "average_precision", BY_REPEAT) for model in shown.models}
        pooled = ", the predictions of all folds of a repeat ranked together" if shown.n_folds > shown.n_repeats else ""
        averaged = f", averaged over {times(shown.n_repeats, 'repeat')}" if shown.n_repeats > 1 else ""
        return cls(
            curves={model: shown.band(model, curve, BY_REPEAT) for model in shown.models},
            labels={model: area.text() for model, area in areas.items()},
            prevalence=shown.prevalence,
            confidence_level=shown.confidence_level,
            note=(
                f"{shown.note}\nbands: pointwise {shown.level}, {shown.unit} bootstrap; "
                f"dotted: prevalence {number_text(shown.prevalence)}"
            ),
            caption=(
                f"Precision by recall{pooled}{averaged}. The dotted line is the share of positive cases, the precision "
                f"of chance. Bands: pointwise {shown.level} by {shown.n_bootstraps} resamples of the {shown.unit}s; "
                f"the average precision is the area under a curve ({name_methods(areas.values())})."
            ),
        )

    def plot(self, ax: Any = None) -> "PrecisionRecallDisplay":
        """Plot the curves: up to three models in one panel, more in one each.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where all models go; None makes a figure.

        Returns
        -------
        PrecisionRecallDisplay
            The display itself.
        """
        self.axes_, panels = curve_panels(list(self.curves), ax)
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        names = ["" if len(shown) > 1 else shown[0] for shown in panels]
        titles = title_panels(self.axes_, ax, "Precision and recall", self.note, names)
        self.lines_ = []
        level = f"average precision ({level_text(self.confidence_level)} CI)"
        for panel, shown, title in zip(self.axes_, panels, titles, strict=True):
            panel.axhline(self.prevalence, color="0.6", linestyle=":", linewidth=1)
            # At a recall between two of its values a threshold gives the higher one.
            lines = draw_curves(panel, RECALLS, self.curves, shown, step="pre")
            self.lines_ += lines
            if len(self.axes_) > 1:
                title += f"\nAP {self.labels[shown[0]]}"
            else:
                legend_below(panel, level, handles=lines, labels=[f"{m}: {self.labels[m]}" for m in shown])
            style_axes(
                panel, title, "recall (sensitivity)", "precision (PPV)", title_size=TEXT if len(panels) == 1 else SMALL
            )
            panel.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02))
        if ax is None:
            fit_panels(self.axes_)
        else:
            self.ax_.set_aspect("equal")
        return self
