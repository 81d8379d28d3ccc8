"""ROC curves: the mean over folds, with its band."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from radiohers._numbers import deciding_values, level_text
from radiohers.displays._curves import curve_panels, draw_curves
from radiohers.displays._data import ShownPredictions, name_methods, times
from radiohers.figures import SMALL, TEXT, fit_panels, legend_below, line_style, style_axes, title_panels
from radiohers.metrics import Band, Interval, roc_statistic

__all__ = ["ROCDisplay"]

FALSE_POSITIVE_RATES = np.linspace(0, 1, 201)


@dataclass
class ROCDisplay:
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

    curves: dict[str, Band]
    labels: dict[str, str]
    confidence_level: float
    note: str
    caption: str = ""
    fold_curves: dict[str, np.ndarray] = field(default_factory=dict)

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
            Not plotted yet. The AUCs are those of the table.
        """
        shown = ShownPredictions.from_comparison(comparison, part)
        columns = ["auc", "auc_low", "auc_high", "auc_interval"]
        rows = comparison.table(full=True).xs(part, level="part")[columns]
        return cls._of(shown, {model: Interval(*rows.loc[model]) for model in shown.models})

    @classmethod
    def from_predictions(cls, y_true: Any, y_score: Any, groups: Any = None, **settings: Any) -> "ROCDisplay":
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
        ROCDisplay
            Not plotted yet.
        """
        shown = ShownPredictions.from_arrays(y_true, y_score, groups, **settings)
        return cls._of(shown, {model: shown.interval(model, "auc") for model in shown.models})

    @classmethod
    def _of(cls, shown: ShownPredictions, aucs: dict[str, Interval]) -> "ROCDisplay":
        curve = roc_statistic(FALSE_POSITIVE_RATES)
        folds = {
            model: np.concatenate(
                [curve.function(fold.y_true, fold.score, np.ones((1, len(fold.case)))) for fold in shown.folds(model)]
            )
            for model in shown.models
        }
        averaged = f", averaged over {times(shown.n_folds, 'fold')} at equal specificity" if shown.n_folds > 1 else ""
        return cls(
            curves={model: shown.band(model, curve) for model in shown.models},
            labels={model: auc.text(apart_from=deciding_values("auc")) for model, auc in aucs.items()},
            confidence_level=shown.confidence_level,
            note=f"{shown.note}\nbands: pointwise {shown.level}, {shown.unit} bootstrap",
            caption=(
                f"ROC curves{averaged}. Bands: pointwise {shown.level} by {shown.n_bootstraps} resamples of the "
                f"{shown.unit}s, the same for all models; intervals of the AUC: {name_methods(aucs.values())}. "
                "The dotted line is chance."
            ),
            fold_curves=folds,
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
        self.axes_, panels = curve_panels(list(self.curves), ax)
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        names = ["" if len(shown) > 1 else shown[0] for shown in panels]
        titles = title_panels(self.axes_, ax, "ROC", self.note, names)
        self.lines_ = []
        x = np.append(0, FALSE_POSITIVE_RATES)
        bands = {model: _from_the_corner(band) for model, band in self.curves.items()}
        level = f"AUC ({level_text(self.confidence_level)} CI)"
        for panel, shown, title in zip(self.axes_, panels, titles, strict=True):
            if folds:
                self._draw_folds(panel, shown)
            panel.plot([0, 1], [0, 1], color="0.6", linestyle=":", linewidth=1)
            lines = draw_curves(panel, x, bands, shown)
            self.lines_ += lines
            if len(self.axes_) > 1:
                title += f"\nAUC {self.labels[shown[0]]}"
            else:
                legend_below(panel, level, handles=lines, labels=[f"{m}: {self.labels[m]}" for m in shown])
            style_axes(panel, title, "1 − specificity", "sensitivity", title_size=TEXT if len(panels) == 1 else SMALL)
            panel.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
        if ax is None:
            fit_panels(self.axes_)
        else:
            self.ax_.set_aspect("equal")
        return self

    def _draw_folds(self, ax: Any, shown: list[str]) -> None:
        for number, model in enumerate(self.curves):
            if model in shown:
                colour = line_style(number)["color"]
                for curve in self.fold_curves[model]:
                    ax.plot(FALSE_POSITIVE_RATES, curve, color=colour, alpha=0.15, linewidth=0.6, zorder=2)


def _from_the_corner(band: Band) -> Band:
    return band._replace(**{name: np.append(0, getattr(band, name)) for name in ("value", "low", "high")})
