"""Calibration curves: whether a predicted 30% is 30%."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from radiohers._wording import counted
from radiohers.displays._curves import CurveDisplay, require_probabilities
from radiohers.displays._data import ShownPredictions, stacked
from radiohers.figures import SMALL, TEXT, legend_below, line_style
from radiohers.metrics import Interval, bin_statistic, bins_are_filled, fold_mean, proportion_interval
from radiohers.results import BY_REPEAT, Comparison

__all__ = ["CalibrationDisplay"]

HISTOGRAM_EDGES = np.linspace(0, 1, 21)


@dataclass(repr=False)
class CalibrationDisplay(CurveDisplay):
    """Calibration curves of several models, with slope and intercept, and the histogram of the scores.

    Parameters
    ----------
    curves : dict of str to DataFrame
        A row a bin: ``predicted`` (mean score), ``observed`` (share of positive cases), ``low``, ``high``
        (its interval), ``n_cases`` (mean over repeats).
    slopes, intercepts : dict of str to Interval
        1 and 0 are perfect. A slope below 1: scores are too extreme. An intercept above 0: too low.
    histograms : dict of str to ndarray of shape (20,)
        Number of cases with a score from 0 to 0.05, from 0.05 to 0.1, ...; mean over repeats.
    note : str
        Which predictions are shown, how they were split, and what the intervals are.
    caption : str
        What the figure shows, in words.

    Attributes
    ----------
    ax_, axes_, figure_ : matplotlib Axes, list of them, and Figure
        After `plot`; the first axes, and all.

    Notes
    -----
    Bins are quantiles of the scores. All statistics are taken within a repeat, over its folds together, and
    averaged over repeats.

    References
    ----------
    Van Calster B et al. BMC Medicine 2019;17:230. doi:10.1186/s12916-019-1466-7

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.evaluation import CalibrationDisplay
    >>> y, score = np.arange(60) % 2, np.tile([0.2, 0.6, 0.4], 20)
    >>> CalibrationDisplay.from_predictions(y, score, n_bins=3).curves["model"]["observed"].tolist()
    [0.5, 0.5, 0.5]
    """

    heading = "Calibration"
    axis_names = ("", "share of positive cases")
    most_overlaid = 1
    is_square = False

    curves: dict[str, pd.DataFrame]
    slopes: dict[str, Interval]
    intercepts: dict[str, Interval]
    histograms: dict[str, np.ndarray]
    note: str
    caption: str = ""

    @classmethod
    def from_comparison(
        cls, comparison: Comparison, part: str = "test", *, models: list[str] | None = None, n_bins: int | None = None
    ) -> "CalibrationDisplay":
        """Make the display of a :class:`ModelComparison`.

        Parameters
        ----------
        comparison : Comparison
            The result.
        part : {"test", "train"}, default="test"
            Which predictions.
        models : list of str, default=None
            Models whose scores are probabilities; None takes all.
        n_bins : int, default=None
            Number of bins; None takes 10 from 500 cases on, 5 from 50 on, else 3.

        Returns
        -------
        CalibrationDisplay
            Not plotted yet.

        Raises
        ------
        ValueError
            If the scores of a model are no probabilities.
        """
        return cls._of(ShownPredictions.from_comparison(comparison, part, models), n_bins)

    @classmethod
    def from_predictions(
        cls, y_true: Any, y_score: Any, groups: Any = None, *, n_bins: int | None = None, **settings: Any
    ) -> "CalibrationDisplay":
        """Make the display of scores of one set of cases.

        Parameters
        ----------
        y_true : array-like of shape (n_cases,)
            Labels of two classes.
        y_score : array-like of shape (n_cases,), or mapping of str to such
            Probabilities; a mapping has those of several models.
        groups : array-like of shape (n_cases,), default=None
            Patients; None takes each case for its own.
        n_bins : int, default=None
            As of :meth:`from_comparison`.
        **settings : object
            As of :meth:`ROCDisplay.from_predictions`.

        Returns
        -------
        CalibrationDisplay
            Not plotted yet.
        """
        return cls._of(ShownPredictions.from_arrays(y_true, y_score, groups, **settings), n_bins)

    @classmethod
    def _of(cls, shown: ShownPredictions, n_bins: int | None) -> "CalibrationDisplay":
        require_probabilities({m: shown.rows(m)["score"].to_numpy() for m in shown.models}, "a calibration curve")
        n_bins = n_bins or _default_n_bins(shown.predictions["case_id"].nunique())
        method = "Wilson" if shown.each_row_is_a_patient else f"{shown.unit} bootstrap"
        pooled = f"All within a repeat, averaged over {shown.n_repeats} repeats. " if shown.n_repeats > 1 else ""
        return cls(
            curves={model: _bin_table(shown, model, n_bins) for model in shown.models},
            slopes=_intervals(shown, "calibration_slope"),
            intercepts=_intervals(shown, "calibration_intercept"),
            histograms={model: _histogram(shown.rows(model)) for model in shown.models},
            note=f"{shown.note}\n{n_bins} quantile bins, bars: {shown.level}, {method}",
            caption=(
                f"Calibration: share of positive cases by predicted probability in {counted(n_bins, 'bin')} of equally "
                f"many cases, fewer where scores tie (bars: {shown.level}, {method}), and below it the number of cases "
                "by probability. "
                f"{pooled}The dotted line is perfect: slope 1, intercept 0. A slope below 1 means scores that are too "
                f"extreme, an intercept above 0 scores that are too low ({shown.level}, {shown.unit} bootstrap)."
            ),
        )

    def frame(self) -> pd.DataFrame:
        """Return the bins.

        Returns
        -------
        DataFrame
            One row a model and bin: ``model``, ``predicted``, ``observed``, ``low``, ``high`` and ``n_cases``.
        """
        return stacked(self.curves)

    def _draw(self, ax: Any, shown: Sequence[str]) -> list[Any]:
        ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        ax.tick_params(labelbottom=False)
        lines = self._plot_curves(ax, shown)
        self._plot_histograms(ax, shown)
        return lines

    def _add_legend(self, ax: Any, shown: Sequence[str], lines: list[Any]) -> None:
        labels = [f"{model}: {', '.join(self._slope_and_intercept(model))}" for model in shown]
        legend_below(ax.child_axes[0], handles=lines, labels=labels)

    def _below_title(self, model: str) -> str:
        return "\n" + "\n".join(self._slope_and_intercept(model))

    def _slope_and_intercept(self, model: str) -> list[str]:
        return [f"slope {self.slopes[model].text()}", f"intercept {self.intercepts[model].text()}"]

    def _plot_curves(self, ax: Any, shown: Sequence[str]) -> list[Any]:
        ax.plot([0, 1], [0, 1], color="0.6", linestyle=":", linewidth=1)
        lines = []
        for number, (model, bins) in enumerate(self.curves.items()):
            if model in shown:
                errors = np.clip([bins["observed"] - bins["low"], bins["high"] - bins["observed"]], 0, None)
                lines.append(
                    ax.errorbar(
                        bins["predicted"], bins["observed"], yerr=errors,
                        marker="o", markersize=4, capsize=2, elinewidth=1, **line_style(number),
                    )
                )  # fmt: skip
        return lines

    def _plot_histograms(self, ax: Any, shown: Sequence[str]) -> None:
        below = ax.inset_axes([0, -0.31, 1, 0.22], sharex=ax)
        for number, (model, counts) in enumerate(self.histograms.items()):
            if model in shown:
                colour = line_style(number)["color"]
                below.stairs(counts, HISTOGRAM_EDGES, color=colour, fill=len(shown) == 1, alpha=0.8)
        below.tick_params(labelsize=SMALL)
        below.set_xlabel("predicted probability", fontsize=TEXT)
        below.set_ylabel("cases", fontsize=SMALL)
        below.margins(y=0.2)
        below.yaxis.get_major_locator().set_params(nbins=2, integer=True)
        below.spines[["top", "right"]].set_visible(False)


def _intervals(shown: ShownPredictions, metric: str) -> dict[str, Interval]:
    return {model: shown.judge.metric(shown.rows(model), metric, BY_REPEAT) for model in shown.models}


def _default_n_bins(n_cases: int) -> int:
    return 10 if n_cases >= 500 else 5 if n_cases >= 50 else 3


def _bin_table(shown: ShownPredictions, model: str, n_bins: int) -> pd.DataFrame:
    folds = shown.judge.folds(shown.rows(model), BY_REPEAT)
    # Ties leave bins empty: the scores then have fewer bins, and constant ones a single bin.
    n_bins = next(n for n in range(n_bins, 0, -1) if all(bins_are_filled(fold.score, n) for fold in folds))
    observed, predicted, n_cases = (
        fold_mean(folds, bin_statistic(n_bins, of)) for of in ("observed", "predicted", "size")
    )
    if shown.each_row_is_a_patient:
        counts = zip(np.round(observed * n_cases).astype(int), n_cases.astype(int), strict=True)
        intervals = [proportion_interval(int(k), int(n), shown.judge.confidence_level) for k, n in counts]
        low, high = np.array([(interval.low, interval.high) for interval in intervals]).T
    else:
        _, low, high, _ = shown.judge.band(shown.rows(model), bin_statistic(n_bins, "observed"), BY_REPEAT)
    return pd.DataFrame({"predicted": predicted, "observed": observed, "low": low, "high": high, "n_cases": n_cases})


def _histogram(rows: pd.DataFrame) -> np.ndarray:
    # A training part holds each case several times a repeat; it counts once all the same.
    each = 1 / rows.groupby("case_id")["case_id"].transform("size")
    return np.histogram(rows["score"], HISTOGRAM_EDGES, weights=each)[0]
