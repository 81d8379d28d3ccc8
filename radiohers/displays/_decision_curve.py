"""Decision curves: what using a model would be worth."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from radiohers._numbers import number_text
from radiohers.displays._curves import curve_panels, draw_curves, require_probabilities
from radiohers.displays._data import BY_REPEAT, ShownPredictions
from radiohers.figures import fit_panels, legend_below, style_axes, title_panels
from radiohers.metrics import Band, net_benefit_statistic, treat_all_statistic

__all__ = ["DecisionCurveDisplay"]

# The default thresholds: around the prevalence, up to this factor of its odds on either side.
ODDS_FACTOR = 5
N_THRESHOLDS = 101


@dataclass
class DecisionCurveDisplay:
    """Net benefit of several models by threshold probability, against treating all and none.

    Parameters
    ----------
    thresholds : ndarray of shape (n_thresholds,)
        Threshold probabilities.
    curves : dict of str to Band
        For each model its net benefit, as arrays ``value``, ``low`` and ``high`` of shape
        (n_thresholds,), and ``method``.
    treat_all : Band
        Net benefit of treating everybody; that of treating nobody is 0.
    unit : str
        "patient", or "case" where patients have several.
    prevalence : float
        Share of positive cases.
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
    At the threshold probability :math:`t`, the net benefit of a model that calls :math:`TP` cases of :math:`n`
    rightly and :math:`FP` wrongly positive is

    .. math:: \\frac{TP}{n} - \\frac{FP}{n} \\, \\frac{t}{1 - t}.

    `t` says how many unneeded treatments one would accept for a needed one: 0.2 is four. It is not the
    threshold of the table, which is chosen on training scores.

    References
    ----------
    Vickers AJ, Elkin EB. Medical Decision Making 2006;26:565. doi:10.1177/0272989X06295361

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.evaluation import DecisionCurveDisplay
    >>> y, score = [1, 1, 0, 0], [0.9, 0.6, 0.7, 0.2]
    >>> display = DecisionCurveDisplay.from_predictions(y, score, thresholds=[0.5])
    >>> display.curves["model"].value.tolist(), display.treat_all.value.tolist()
    ([0.25], [0.0])
    """

    thresholds: np.ndarray
    curves: dict[str, Band]
    treat_all: Band
    unit: str
    prevalence: float
    note: str
    caption: str = ""

    @classmethod
    def from_comparison(
        cls, comparison: Any, part: str = "test", *, models: list[str] | None = None, thresholds: Any = None
    ) -> "DecisionCurveDisplay":
        """Make the display of a :class:`ModelComparison`.

        Parameters
        ----------
        comparison : ModelComparison
            The result.
        part : {"test", "train"}, default="test"
            Which predictions.
        models : list of str, default=None
            Models whose scores are probabilities; None takes all.
        thresholds : array-like of shape (n_thresholds,), default=None
            Threshold probabilities, those at which a physician would hesitate. None takes 101 from a fifth of the
            odds of the prevalence to five times these: 0.17 to 0.83 where half of the cases are positive.

        Returns
        -------
        DecisionCurveDisplay
            Not plotted yet.

        Raises
        ------
        ValueError
            If the scores of a model are no probabilities, or a threshold lies not within 0..1.
        """
        return cls._of(ShownPredictions.from_comparison(comparison, part, models), thresholds)

    @classmethod
    def from_predictions(
        cls, y_true: Any, y_score: Any, groups: Any = None, *, thresholds: Any = None, **settings: Any
    ) -> "DecisionCurveDisplay":
        """Make the display of scores of one set of cases.

        Parameters
        ----------
        y_true : array-like of shape (n_cases,)
            Labels of two classes.
        y_score : array-like of shape (n_cases,), or mapping of str to such
            Probabilities; a mapping has those of several models.
        groups : array-like of shape (n_cases,), default=None
            Patients; None takes each case for its own.
        thresholds : array-like of shape (n_thresholds,), default=None
            As of :meth:`from_comparison`.
        **settings : object
            As of :meth:`ROCDisplay.from_predictions`.

        Returns
        -------
        DecisionCurveDisplay
            Not plotted yet.
        """
        return cls._of(ShownPredictions.from_arrays(y_true, y_score, groups, **settings), thresholds)

    @classmethod
    def _of(cls, shown: ShownPredictions, thresholds: Any) -> "DecisionCurveDisplay":
        require_probabilities({m: shown.rows(m)["score"].to_numpy() for m in shown.models}, "a decision curve")
        chosen = "as given"
        if thresholds is None:
            thresholds = _thresholds_around(shown.prevalence)
            odds = "the odds of the prevalence" if 0 < shown.prevalence < 1 else "even odds"
            chosen = f"from 1/{ODDS_FACTOR} to {ODDS_FACTOR} times {odds}"
        thresholds = np.asarray(thresholds, dtype=float)
        if not (thresholds.min() > 0 and thresholds.max() < 1):
            raise ValueError(f"thresholds={thresholds.tolist()} must lie between 0 and 1, both excluded.")
        net_benefit = net_benefit_statistic(thresholds)
        unit = "case" if shown.has_repeated_patients else shown.unit
        return cls(
            thresholds=thresholds,
            curves={model: shown.band(model, net_benefit, BY_REPEAT) for model in shown.models},
            treat_all=shown.band(shown.models[0], treat_all_statistic(thresholds), BY_REPEAT),
            unit=unit,
            prevalence=shown.prevalence,
            note=f"{shown.note}\nbands: pointwise {shown.level}, {shown.unit} bootstrap",
            caption=(
                f"Decision curves: net benefit in true positives per {unit}, less false positives at the exchange rate "
                f"that the threshold probability stands for; {_range(thresholds)}, {chosen}. A model is of use where "
                "it lies above treating all and treating none. "
                f"Bands: pointwise {shown.level} by {shown.n_bootstraps} resamples of the {shown.unit}s."
            ),
        )

    def plot(self, ax: Any = None) -> "DecisionCurveDisplay":
        """Plot the curves: up to three models in one panel, more in one each.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where all models go; None makes a figure.

        Returns
        -------
        DecisionCurveDisplay
            The display itself.
        """
        self.axes_, panels = curve_panels(list(self.curves), ax)
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        names = ["" if len(shown) > 1 else shown[0] for shown in panels]
        titles = title_panels(self.axes_, ax, "Decision curve", self.note, names)
        self.lines_ = []
        # Treating all falls without end; what matters lies around zero.
        lowest, highest = (
            -0.35 * self.prevalence,
            max(band.high.max() for band in [*self.curves.values(), self.treat_all]),
        )
        for panel, shown, title in zip(self.axes_, panels, titles, strict=True):
            references = self._draw_references(panel)
            lines = draw_curves(panel, self.thresholds, self.curves, shown)
            self.lines_ += lines
            if len(self.axes_) == 1:
                legend_below(panel, columns=3, handles=lines + references, labels=[*shown, "treat all", "treat none"])
            style_axes(panel, title, "threshold probability", f"net benefit per {self.unit}")
            panel.set(xlim=(self.thresholds[0], self.thresholds[-1]), ylim=(lowest, 1.05 * highest))
        if ax is None:
            fit_panels(self.axes_, 2.9 if len(self.axes_) == 1 else None)
        return self

    def _draw_references(self, ax: Any) -> list[Any]:
        band = self.treat_all
        ax.fill_between(self.thresholds, band.low, band.high, color="0.5", alpha=0.15, linewidth=0)
        (treat_all,) = ax.plot(self.thresholds, band.value, color="0.55", linewidth=1.4, label="treat all")
        treat_none = ax.axhline(0, color="0.2", linewidth=1, label="treat none")
        return [treat_all, treat_none]


def _thresholds_around(prevalence: float) -> np.ndarray:
    # Cases of one class have no odds: around even ones.
    odds = prevalence / (1 - prevalence) if 0 < prevalence < 1 else 1.0
    low, high = (share / (1 + share) for share in (odds / ODDS_FACTOR, odds * ODDS_FACTOR))
    return np.linspace(low, high, N_THRESHOLDS)


def _range(thresholds: np.ndarray) -> str:
    return f"thresholds from {number_text(thresholds.min())} to {number_text(thresholds.max())}"
