"""Statistics of predicted classes, for all resamples at once.

Each takes ``(y_true, y_pred, weights)``: bool of shape (n_cases,), bool of shape
(n_cases,), and how often each resample holds each case, of shape (n_bootstraps,
n_cases) or as Resamples. Each returns one value a resample, NaN where it is 0/0.
"""

from typing import NamedTuple

import numpy as np

from radiohers.metrics._resamples import Resamples, divide

__all__ = [
    "weighted_accuracy",
    "weighted_balanced_accuracy",
    "weighted_f1",
    "weighted_matthews_correlation",
    "weighted_negative_predictive_value",
    "weighted_positive_predictive_value",
    "weighted_sensitivity",
    "weighted_specificity",
]


class _Counts(NamedTuple):
    true_positive: np.ndarray
    false_positive: np.ndarray
    false_negative: np.ndarray
    true_negative: np.ndarray


def _counts(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | Resamples) -> _Counts:
    cells = np.stack([y_true & y_pred, ~y_true & y_pred, y_true & ~y_pred, ~y_true & ~y_pred], axis=1)
    return _Counts(*Resamples.of(weights).sums(cells).T)


def weighted_accuracy(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the share of right predictions in each resample."""
    c = _counts(y_true, y_pred, weights)
    return divide(c.true_positive + c.true_negative, sum(c))


def weighted_sensitivity(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the share of positive cases that were predicted so, in each resample."""
    c = _counts(y_true, y_pred, weights)
    return divide(c.true_positive, c.true_positive + c.false_negative)


def weighted_specificity(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the share of negative cases that were predicted so, in each resample."""
    c = _counts(y_true, y_pred, weights)
    return divide(c.true_negative, c.true_negative + c.false_positive)


def weighted_positive_predictive_value(
    y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | Resamples
) -> np.ndarray:
    """Return the share of positive predictions that were right, in each resample."""
    c = _counts(y_true, y_pred, weights)
    return divide(c.true_positive, c.true_positive + c.false_positive)


def weighted_negative_predictive_value(
    y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | Resamples
) -> np.ndarray:
    """Return the share of negative predictions that were right, in each resample."""
    c = _counts(y_true, y_pred, weights)
    return divide(c.true_negative, c.true_negative + c.false_negative)


def weighted_f1(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the harmonic mean of sensitivity and positive predictive value, in each resample with a positive case."""
    c = _counts(y_true, y_pred, weights)
    f1 = divide(2 * c.true_positive, 2 * c.true_positive + c.false_positive + c.false_negative)
    return np.where(c.true_positive + c.false_negative > 0, f1, np.nan)


def weighted_balanced_accuracy(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the mean of sensitivity and specificity in each resample."""
    return (weighted_sensitivity(y_true, y_pred, weights) + weighted_specificity(y_true, y_pred, weights)) / 2


def weighted_matthews_correlation(
    y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | Resamples
) -> np.ndarray:
    """Return the correlation of true and predicted class, 0 where all predictions are alike, in each resample."""
    c = _counts(y_true, y_pred, weights)
    positive, negative = c.true_positive + c.false_negative, c.true_negative + c.false_positive
    called_positive, called_negative = c.true_positive + c.false_positive, c.true_negative + c.false_negative
    covariance = c.true_positive * c.true_negative - c.false_positive * c.false_negative
    correlation = divide(covariance, np.sqrt(positive * negative * called_positive * called_negative))
    # As scikit-learn: predictions that are all alike tell nothing, which is no correlation and not an unknown one.
    alike = (called_positive == 0) | (called_negative == 0)
    correlation = np.clip(np.where(alike, 0.0, correlation), -1, 1)
    return np.where((positive > 0) & (negative > 0), correlation, np.nan)
