"""Decision curves: what using a model would be worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from radiohers._numbers import number_text
from radiohers.displays._curves import CurveDisplay, band_frame, draw_curves, require_probabilities
from radiohers.displays._data import ShownPredictions
from radiohers.figures import legend_below
from radiohers.metrics import Band, net_benefit_statistic, treat_all_statistic
from radiohers.results import BY_REPEAT, Comparison

__all__ = ["DecisionCurveDisplay"]

# The default thresholds: around the prevalence, up to this factor of its odds on either side.
ODDS_FACTOR = 5
N_THRESHOLDS = 101
REFERENCES = ("treat all", "treat none")


@dataclass(repr=False)
class DecisionCurveDisplay(CurveDisplay):
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

    heading = "Decision curve"
    height = 2.9
    is_square = False

    thresholds: np.ndarray
    curves: dict[str, Band]
    treat_all: Band
    unit: str
    prevalence: float
    note: str
    caption: str = ""

    def __post_init__(self) -> None:
        self.axis_names = ("threshold probability", f"net benefit per {self.unit}")

    @classmethod
    def from_comparison(
        cls, comparison: Comparison, part: str = "test", *, models: list[str] | None = None, thresholds: Any = None
    ) -> "DecisionCurveDisplay":
        """Make the display of a :class:`ModelComparison`.

        Parameters
        ----------
        comparison : Comparison
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
            curves={model: shown.judge.band(shown.rows(model), net_benefit, BY_REPEAT) for model in shown.models},
            treat_all=shown.judge.band(shown.rows(shown.models[0]), treat_all_statistic(thresholds), BY_REPEAT),
            unit=unit,
            prevalence=shown.prevalence,
            note=f"{shown.note}\n{shown.bands}",
            caption=(
                f"Decision curves: net benefit in true positives per {unit}, less false positives at the exchange rate "
                f"that the threshold probability stands for; {_range(thresholds)}, {chosen}. A model is of use where "
                f"it lies above treating all and treating none. {shown.resamples}."
            ),
        )

    def frame(self) -> pd.DataFrame:
        """Return the curves with their bands.

        Returns
        -------
        DataFrame
            One row a model and point: ``model``, ``threshold``, ``net_benefit``, ``low`` and ``high``; the last
            "model" is "treat all". To treat nobody has a net benefit of 0.
        """
        bands = {**self.curves, REFERENCES[0]: self.treat_all}
        return band_frame(self.thresholds, bands, "threshold", "net_benefit")

    def _draw(self, ax: Any, shown: Sequence[str]) -> list[Any]:
        self._draw_references(ax)
        # Treating all falls without end; what matters lies around zero.
        highest = max(band.high.max() for band in [*self.curves.values(), self.treat_all])
        ax.set(xlim=(self.thresholds[0], self.thresholds[-1]), ylim=(-0.35 * self.prevalence, 1.05 * highest))
        return draw_curves(ax, self.thresholds, self.curves, shown)

    def _add_legend(self, ax: Any, shown: Sequence[str], lines: list[Any]) -> None:
        references = [line for line in ax.lines if line.get_label() in REFERENCES]
        legend_below(ax, columns=3, handles=lines + references, labels=[*shown, *REFERENCES])

    def _draw_references(self, ax: Any) -> None:
        band = self.treat_all
        ax.fill_between(self.thresholds, band.low, band.high, color="0.5", alpha=0.15, linewidth=0)
        ax.plot(self.thresholds, band.value, color="0.55", linewidth=1.4, label=REFERENCES[0])
        ax.axhline(0, color="0.2", linewidth=1, label=REFERENCES[1])


def _thresholds_around(prevalence: float) -> np.ndarray:
    # Cases of one class have no odds: around even ones.
    odds = prevalence / (1 - prevalence) if 0 < prevalence < 1 else 1.0
    low, high = (share / (1 + share) for share in (odds / ODDS_FACTOR, odds * ODDS_FACTOR))
    return np.linspace(low, high, N_THRESHOLDS)


def _range(thresholds: np.ndarray) -> str:
    return f"thresholds from {number_text(thresholds.min())} to {number_text(thresholds.max())}"
