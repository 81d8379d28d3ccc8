"""AUCs and paired differences of AUCs, on one draw of patients."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from radiohers.metrics import (
    METRICS,
    FoldScores,
    Interval,
    bootstrap_fold_mean,
    bootstrapped_difference,
    fold_mean,
    fold_values,
    resampled_fold_means,
)
from radiohers.results import FoldDesign, cohort_weights, cross_validated_interval, fold_scores

__all__ = ["Judge", "Judged"]


class Judged(NamedTuple):
    """What a model predicted, and the mean of a metric over its folds: of all patients, and of every draw of them."""

    folds: list[FoldScores]
    metric: str
    value: float
    draws: np.ndarray


class Judge:
    """Judges predictions on the test parts; all on the same draws of patients, so that differences are paired.

    Parameters
    ----------
    predictions : DataFrame
        Of one model on the test parts, for the cases and their order.
    design : FoldDesign or None
        How the folds were dealt; None for a single split.
    n_bootstraps : int
        Number of draws.
    confidence_level : float
        Coverage of the intervals.
    random_state : int
        Seed of the draws.
    """

    def __init__(
        self,
        predictions: pd.DataFrame,
        design: FoldDesign | None,
        n_bootstraps: int,
        confidence_level: float,
        random_state: int,
    ):
        self.design = design
        self.case_ids = pd.Index(predictions["case_id"].drop_duplicates())
        self.confidence_level = confidence_level
        self.weights = cohort_weights(predictions, n_bootstraps, random_state)

    def judge(self, predictions: pd.DataFrame, metric: str = "auc") -> Judged:
        """Return the mean over folds of a metric of one model.

        Parameters
        ----------
        predictions : DataFrame
            The long table, of one model.
        metric : {"auc", "accuracy"}, default="auc"
            The metric.

        Returns
        -------
        Judged
            Folds in which the metric is undefined are left out of the mean.
        """
        folds = fold_scores(predictions[predictions["part"] == "test"], case_ids=self.case_ids)
        statistic = METRICS[metric]
        draws = resampled_fold_means(folds, self.weights, statistic)
        return Judged(folds, metric, float(fold_mean(folds, statistic)), draws)

    def interval(self, judged: Judged, what: str = "AUC") -> Interval:
        """Return the interval of a metric.

        Parameters
        ----------
        judged : Judged
            From :meth:`judge`.
        what : str, default="AUC"
            What the number is.
        Returns
        -------
        Interval
            As in the table of the comparison.
        """
        statistic, level = METRICS[judged.metric], self.confidence_level
        bootstrap = bootstrap_fold_mean(judged.folds, self.weights, statistic, level)
        found = cross_validated_interval(bootstrap, fold_values(judged.folds, statistic), self.design, level)
        return found.called(f"{what}: {found.method}, {level:.4g}")

    def interval_as_fitted(self, judged: Judged, what: str = "AUC", n_compared: int = 1) -> Interval:
        """Return the interval of a baseline or a single column, the models kept as fitted.

        Parameters
        ----------
        judged : Judged
            From :meth:`judge`.
        what : str, default="AUC"
            What the number is.
        n_compared : int, default=1
            How many are looked at together; each interval is widened as Bonferroni says.

        Returns
        -------
        Interval
            The patient bootstrap, narrower than :meth:`interval`: what finds a shortcut
            errs on the side of the alarm, as what finds a success must not.
        """
        level = 1 - (1 - self.confidence_level) / n_compared
        found = bootstrap_fold_mean(judged.folds, self.weights, METRICS[judged.metric], level)
        many = f" (Bonferroni for {n_compared})" if n_compared > 1 else ""
        return found.called(f"{what}: {found.method}, {level:.4g}{many}")

    def difference(self, first: Judged, second: Judged, what: str) -> Interval:
        """Return the interval of the first minus the second, paired.

        Parameters
        ----------
        first, second : Judged
            From :meth:`judge`.
        what : str
            What the number is.

        Returns
        -------
        Interval
            As in :meth:`ModelComparison.compare`.
        """
        level = self.confidence_level
        value, draws = first.value - second.value, first.draws - second.draws
        bootstrap = bootstrapped_difference(value, draws, first.folds, second.folds, level)
        by_fold = [fold_values(judged.folds, METRICS[judged.metric]) for judged in (first, second)]
        found = cross_validated_interval(bootstrap, by_fold[0] - by_fold[1], self.design, level, (-1, 1))
        return found.called(f"{what}: {found.method}, {level:.4g}")
