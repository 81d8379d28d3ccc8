"""Predictions and one draw of patients: intervals, bands and differences."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from radiohers._blas import one_blas_thread
from radiohers.metrics import (
    METRICS,
    Band,
    FoldScores,
    Interval,
    Statistic,
    bootstrap_fold_mean,
    bootstrap_fold_mean_curve,
    bootstrapped_difference,
    fold_mean,
    fold_values,
    resampled_fold_means,
)
from radiohers.results._cross_validated import FoldDesign, cross_validated_interval
from radiohers.results._fold_scores import cohort_weights, fold_scores, units_of

__all__ = ["BY_FOLD", "BY_REPEAT", "Judge", "Judged"]

BY_FOLD = ("repeat", "fold")
BY_REPEAT = ("repeat",)


class Judged(NamedTuple):
    """What a model predicted, and the mean of a metric over its folds.

    Attributes
    ----------
    folds : list of FoldScores
        What was predicted, fold by fold.
    metric : str
        Name of the metric.
    value : float
        Its mean over folds, of all patients.
    draws : ndarray of shape (n_bootstraps,)
        Its mean over folds in every draw of the patients.
    """

    folds: list[FoldScores]
    metric: str
    value: float
    draws: np.ndarray


class Judge:
    """Judges predictions of one part, all on the same draw of patients, so that differences are paired.

    Parameters
    ----------
    predictions : DataFrame
        The long table of one or several models; its rows of `part` give the cases and their order.
    part : {"test", "train"}, default="test"
        Which predictions are judged.
    confidence_level : float, default=0.95
        Coverage of the intervals.
    n_bootstraps : int, default=2000
        Number of resamples of the patients.
    random_state : int, default=0
        Seed of the resamples.
    design : FoldDesign or None, default=None
        How the folds were dealt; None for a single split, and for the training part, in which no other training set
        comes in.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from radiohers.evaluation import compare_models
    >>> X, y = make_classification(60, random_state=0)
    >>> result = compare_models({"LR": LogisticRegression()}, X, y, n_bootstraps=100)
    >>> judge = result.judge("test")
    >>> judge.table_interval(result.predictions).text() == judge.interval(judge.aucs["LR"]).text()
    True
    """

    def __init__(
        self,
        predictions: pd.DataFrame,
        part: str = "test",
        *,
        confidence_level: float = 0.95,
        n_bootstraps: int = 2000,
        random_state: int = 0,
        design: FoldDesign | None = None,
    ):
        self.predictions = predictions[predictions["part"] == part]
        self.part = part
        self.confidence_level = confidence_level
        self.n_bootstraps = n_bootstraps
        self.random_state = random_state
        self.design = design

    @cached_property
    def unit(self) -> str:
        """What is drawn: "patient", or "case" where patients were not given."""
        return units_of(self.predictions)[1]

    @cached_property
    def weights(self) -> np.ndarray:
        """How often each resample draws each case: the same for all models and folds."""
        return cohort_weights(self._first_rows, self.n_bootstraps, self.random_state)

    @cached_property
    def aucs(self) -> dict[str, Judged]:
        """The AUC of every model."""
        return {str(model): self.judge(rows) for model, rows in self.predictions.groupby("model", sort=False)}

    @property
    def _first_rows(self) -> pd.DataFrame:
        return self.predictions[self.predictions["model"] == self.predictions["model"].iloc[0]]

    @cached_property
    def _case_ids(self) -> pd.Index:
        return pd.Index(self._first_rows["case_id"].drop_duplicates())

    def folds(self, predictions: pd.DataFrame, keys: Sequence[str] = BY_FOLD) -> list[FoldScores]:
        """Return the predictions of one model, fold by fold or repeat by repeat.

        Parameters
        ----------
        predictions : DataFrame
            The long table, of one model; other parts are passed over.
        keys : sequence of str, default=("repeat", "fold")
            What is taken together; ``("repeat",)`` pools the folds of a repeat.

        Returns
        -------
        list of FoldScores
            In the order in which the folds appear.
        """
        return fold_scores(predictions[predictions["part"] == self.part], keys, self._case_ids)

    @one_blas_thread()
    def judge(self, predictions: pd.DataFrame, metric: str = "auc") -> Judged:
        """Return the mean over folds of a metric of one model.

        Parameters
        ----------
        predictions : DataFrame
            As of :meth:`folds`.
        metric : str, default="auc"
            The metric.

        Returns
        -------
        Judged
            Folds in which the metric is undefined are left out of the mean.
        """
        folds, statistic = self.folds(predictions), METRICS[metric]
        draws = resampled_fold_means(folds, self.weights, statistic)
        return Judged(folds, metric, float(fold_mean(folds, statistic)), draws)

    def interval(self, judged: Judged) -> Interval:
        """Return the interval of a metric over folds, which holds the spread of other training sets.

        Parameters
        ----------
        judged : Judged
            From :meth:`judge`.

        Returns
        -------
        Interval
            Of several folds, that of the table of the comparison.
        """
        return self._widened(judged.folds, judged.metric)

    @one_blas_thread()
    def _widened(self, folds: list[FoldScores], metric: str) -> Interval:
        statistic, level = METRICS[metric], self.confidence_level
        bootstrap = bootstrap_fold_mean(folds, self.weights, statistic, level)
        return cross_validated_interval(bootstrap, fold_values(folds, statistic), self.design, level)

    def table_interval(self, predictions: pd.DataFrame, metric: str = "auc") -> Interval:
        """Return the interval of a metric as it stands in the table, of one split or over folds.

        Parameters
        ----------
        predictions : DataFrame
            As of :meth:`folds`.
        metric : str, default="auc"
            One that is taken within each fold.

        Returns
        -------
        Interval
            By formula where a single split of independent cases allows it.
        """
        folds = self.folds(predictions)
        return self._widened(folds, metric) if len(folds) > 1 else self._of_one(folds[0], metric)

    @one_blas_thread()
    def interval_as_fitted(self, judged: Judged, confidence_level: float | None = None) -> Interval:
        """Return the interval of a metric over folds, the models kept as fitted.

        Parameters
        ----------
        judged : Judged
            From :meth:`judge`.
        confidence_level : float or None, default=None
            Coverage; None takes that of the judge.

        Returns
        -------
        Interval
            The patient bootstrap, narrower than :meth:`interval`.
        """
        level = self.confidence_level if confidence_level is None else confidence_level
        return bootstrap_fold_mean(judged.folds, self.weights, METRICS[judged.metric], level)

    @one_blas_thread()
    def metric(self, predictions: pd.DataFrame, metric: str, keys: Sequence[str] = BY_FOLD) -> Interval:
        """Return a metric of a model as fitted: of its only fold, or the mean over folds or repeats.

        Parameters
        ----------
        predictions : DataFrame
            As of :meth:`folds`.
        metric : str
            Name of a function of :mod:`radiohers.metrics`.
        keys : sequence of str, default=("repeat", "fold")
            As of :meth:`folds`.

        Returns
        -------
        Interval
            By formula where a single fold of independent cases allows it, else by bootstrap.
        """
        folds = self.folds(predictions, keys)
        if len(folds) == 1:
            return self._of_one(folds[0], metric)
        return bootstrap_fold_mean(folds, self.weights, METRICS[metric], self.confidence_level, _method(keys))

    def _of_one(self, fold: FoldScores, metric: str) -> Interval:
        return METRICS[metric](
            fold.y_true, METRICS[metric].values(fold),
            fold.patient if self.unit == "patient" else None,
            confidence_level=self.confidence_level, n_bootstraps=self.n_bootstraps, random_state=self.random_state,
        )  # fmt: skip

    @one_blas_thread()
    def band(self, predictions: pd.DataFrame, statistic: Statistic, keys: Sequence[str] = BY_FOLD) -> Band:
        """Return the mean over folds or repeats of a curve, with its pointwise band.

        Parameters
        ----------
        predictions : DataFrame
            As of :meth:`folds`.
        statistic : Statistic
            Of a curve.
        keys : sequence of str, default=("repeat", "fold")
            As of :meth:`folds`.

        Returns
        -------
        Band
            The models kept as fitted.
        """
        return bootstrap_fold_mean_curve(
            self.folds(predictions, keys), self.weights, statistic, self.confidence_level, f"{_method(keys)}, pointwise"
        )

    @one_blas_thread()
    def difference(
        self, first: Judged, second: Judged, value: float | None = None, by_fold: np.ndarray | None = None
    ) -> Interval:
        """Return the interval of the first less the second, paired.

        Parameters
        ----------
        first, second : Judged
            From :meth:`judge`.
        value : float or None, default=None
            The difference as a test has it, which adds up in another order; None takes that of the means.
        by_fold : ndarray of shape (n_folds,) or None, default=None
            The difference in each fold as a test has it.

        Returns
        -------
        Interval
            As in :meth:`ModelComparison.compare`.
        """
        level = self.confidence_level
        value = first.value - second.value if value is None else value
        if by_fold is None:
            by_fold = np.subtract(*(fold_values(judged.folds, METRICS[judged.metric]) for judged in (first, second)))
        bootstrap = bootstrapped_difference(value, first.draws - second.draws, first.folds, second.folds, level)
        return cross_validated_interval(bootstrap, by_fold, self.design, level, (-1, 1))


def _method(keys: Sequence[str]) -> str:
    return f"{{unit}} bootstrap of the mean over {'folds' if tuple(keys) == BY_FOLD else 'repeats'}"
