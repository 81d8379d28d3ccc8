"""Patient-level bootstrap of statistics that are means over folds."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from radiohers.metrics._auc import Interval, auc_kernel, edge_interval

__all__ = [
    "FoldScores",
    "accuracy",
    "bootstrap_fold_mean",
    "patient_weights",
    "sensitivity",
    "specificity",
    "weighted_auc",
]

BOOTSTRAP_METHOD = "patient bootstrap of the mean over folds"
_AT_THE_EDGE = "exact binomial bound for the number of patients"


class FoldScores(NamedTuple):
    """What one fold predicted: one entry a case, `case` being its position in the cohort."""

    case: np.ndarray
    patient: np.ndarray
    y_true: np.ndarray
    score: np.ndarray
    y_pred: np.ndarray


Statistic = Callable[[FoldScores, np.ndarray], np.ndarray]


def patient_weights(groups: np.ndarray, y_true: np.ndarray, n_bootstraps: int, rng: np.random.Generator) -> np.ndarray:
    """Draw patients with replacement and return how often each case was drawn.

    Patients with and without a positive case are drawn apart, so every
    resample keeps both classes.

    Parameters
    ----------
    groups : ndarray of shape (n_cases,)
        The patient of each case.
    y_true : ndarray of bool of shape (n_cases,)
        Whether each case is positive.
    n_bootstraps : int
        Number of resamples.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray of float of shape (n_bootstraps, n_cases)
        All cases of a patient have the same weight.
    """
    patients, patient_of_case = np.unique(groups, return_inverse=True)
    is_positive = np.zeros(len(patients), dtype=bool)
    np.logical_or.at(is_positive, patient_of_case, y_true)
    weights = np.zeros((n_bootstraps, len(patients)))
    for stratum in (np.flatnonzero(is_positive), np.flatnonzero(~is_positive)):
        if len(stratum):
            chances = np.full(len(stratum), 1 / len(stratum))
            weights[:, stratum] = rng.multinomial(len(stratum), chances, size=n_bootstraps)
    return weights[:, patient_of_case]


def weighted_auc(fold: FoldScores, weights: np.ndarray) -> np.ndarray:
    """Return the AUC of each resample, NaN where a class was not drawn."""
    positive, negative = fold.y_true, ~fold.y_true
    kernel = auc_kernel(fold.score[positive], fold.score[negative])
    wins = ((weights[:, positive] @ kernel) * weights[:, negative]).sum(axis=1)
    return _divide(wins, weights[:, positive].sum(axis=1) * weights[:, negative].sum(axis=1))


def accuracy(fold: FoldScores, weights: np.ndarray) -> np.ndarray:
    """Return the share of right predictions in each resample."""
    return _share(fold.y_pred == fold.y_true, np.ones_like(fold.y_true), weights)


def sensitivity(fold: FoldScores, weights: np.ndarray) -> np.ndarray:
    """Return the share of positive cases that were predicted so, in each resample."""
    return _share(fold.y_pred, fold.y_true, weights)


def specificity(fold: FoldScores, weights: np.ndarray) -> np.ndarray:
    """Return the share of negative cases that were predicted so, in each resample."""
    return _share(~fold.y_pred, ~fold.y_true, weights)


def bootstrap_fold_mean(
    folds: Sequence[FoldScores], weights: np.ndarray, statistic: Statistic, confidence_level: float = 0.95
) -> Interval:
    """Return the mean of a statistic over folds, and its patient-level bootstrap interval.

    Parameters
    ----------
    folds : sequence of FoldScores
        The predictions, fold by fold.
    weights : ndarray of shape (n_bootstraps, n_cases)
        From :func:`patient_weights`; one draw of patients serves all folds, as
        one cohort served them.
    statistic : callable
        ``(fold, weights) -> ndarray of shape (n_bootstraps,)``.
    confidence_level : float, default=0.95
        Coverage of the interval.

    Returns
    -------
    Interval
        Percentiles of the resampled means. Folds in which the statistic is
        undefined (a class is missing) are left out of the mean. At 0 and 1, where
        resamples do not differ, the exact binomial bound for the number of patients.

    Notes
    -----
    The models are not fitted anew, so the interval tells what other patients
    would have given with these models, not what other training sets would have.
    """
    observed = np.concatenate([statistic(fold, np.ones((1, len(fold.case)))) for fold in folds])
    if np.isnan(observed).all():
        return Interval(np.nan, np.nan, np.nan, "undefined: one class only in every fold")
    value = float(np.nanmean(observed))
    if value in (0.0, 1.0):
        # Every resample gives the same value, which says nothing of other patients.
        return edge_interval(value, _PATIENTS_THAT_COUNT[statistic](folds), confidence_level, _AT_THE_EDGE)
    resampled = np.stack([statistic(fold, weights[:, fold.case]) for fold in folds])
    means = _mean_of_defined(resampled)
    tail = (1 - confidence_level) / 2
    low, high = np.nanquantile(means, [tail, 1 - tail])
    # The observed value lies outside a percentile interval if resampling shifts the mean; the interval must hold it.
    return Interval(value, float(min(low, value)), float(max(high, value)), BOOTSTRAP_METHOD)


def _n_patients(folds: Sequence[FoldScores], positive: bool) -> int:
    return len({patient for fold in folds for patient in fold.patient[fold.y_true == positive]})


_PATIENTS_THAT_COUNT: dict[Statistic, Callable[[Sequence[FoldScores]], int]] = {
    weighted_auc: lambda folds: min(_n_patients(folds, True), _n_patients(folds, False)),
    accuracy: lambda folds: len({patient for fold in folds for patient in fold.patient}),
    sensitivity: lambda folds: _n_patients(folds, True),
    specificity: lambda folds: _n_patients(folds, False),
}


def _share(success: np.ndarray, among: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return _divide(weights @ (success & among).astype(float), weights @ among.astype(float))


def _divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    return np.divide(numerator, denominator, out=np.full(len(numerator), np.nan), where=denominator > 0)


def _mean_of_defined(values: np.ndarray) -> np.ndarray:
    defined = ~np.isnan(values)
    return _divide(np.where(defined, values, 0).sum(axis=0), defined.sum(axis=0))
