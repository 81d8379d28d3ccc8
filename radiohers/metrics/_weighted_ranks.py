"""Statistics of the order of scores, for all resamples at once.

Each takes ``(y_true, y_score, weights)``, the weights being how often each resample
holds each case, and returns one value (or curve) a resample. The cases are sorted
once; a resample changes how often they count and not how they are ordered.
"""

import numpy as np

from radiohers.metrics._blocks import by_blocks, divide

__all__ = ["weighted_auc", "weighted_average_precision", "weighted_roc_curve"]


@by_blocks
def weighted_auc(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the AUC of each resample.

    Parameters
    ----------
    y_true : ndarray of bool of shape (n_cases,)
        Whether each case is positive.
    y_score : ndarray of shape (n_cases,)
        Higher is more positive. Ties count half.
    weights : ndarray of shape (n_bootstraps, n_cases)
        How often each resample holds each case.

    Returns
    -------
    ndarray of shape (n_bootstraps,)
        NaN where a class was not drawn.
    """
    positive, negative = _at_distinct_scores(y_true, y_score, weights)
    below = np.cumsum(negative, axis=1)
    n_negative = below[:, -1].copy()
    below -= negative / 2
    wins = np.einsum("ij,ij->i", positive, below)
    return divide(wins, positive.sum(axis=1) * n_negative)


@by_blocks
def weighted_average_precision(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the average precision of each resample.

    Parameters
    ----------
    y_true, y_score, weights : ndarray
        As in :func:`weighted_auc`.

    Returns
    -------
    ndarray of shape (n_bootstraps,)
        The precision at each score that occurs, weighted by the recall it adds;
        NaN where no positive case was drawn.
    """
    positive, negative = _at_distinct_scores(y_true, -y_score, weights)
    true_positive = np.cumsum(positive, axis=1)
    called_positive = np.cumsum(positive + negative, axis=1)
    precision = true_positive / np.maximum(called_positive, 1e-300)
    return divide(np.einsum("ij,ij->i", positive, precision), true_positive[:, -1])


@by_blocks
def weighted_roc_curve(
    y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray, false_positive_rates: np.ndarray
) -> np.ndarray:
    """Return the ROC curve of each resample.

    Parameters
    ----------
    y_true, y_score, weights : ndarray
        As in :func:`weighted_auc`.
    false_positive_rates : ndarray of shape (n_rates,)
        1 - specificity, between 0 and 1.

    Returns
    -------
    ndarray of shape (n_bootstraps, n_rates)
        Sensitivity, linear between the curve's points; the top of a vertical step,
        so at a rate of 0 that which is reached without a false positive. NaN where
        a class was not drawn.
    """
    positive, negative = _at_distinct_scores(y_true, -y_score, weights)
    true_positive, false_positive = np.cumsum(positive, axis=1), np.cumsum(negative, axis=1)
    n_positive, n_negative = true_positive[:, -1:], false_positive[:, -1:]
    # One interpolation for all resamples: their curves stand side by side on one axis of false positives.
    start = np.arange(len(weights))[:, None] * (n_negative.max() + 1)
    nothing_called = np.zeros_like(n_positive)
    x = np.hstack([nothing_called, false_positive]) + start
    y = np.hstack([nothing_called, true_positive])
    # Rounded, so that 0.07 x 100 negative cases are seven of them.
    wanted = np.round(false_positive_rates * n_negative, 9) + start
    reached = np.interp(wanted.ravel(), x.ravel(), y.ravel()).reshape(wanted.shape)
    return np.where(n_negative > 0, divide(reached, n_positive), np.nan)


def _at_distinct_scores(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of positive and negative cases at each distinct score, ascending."""
    order = np.argsort(y_score, kind="stable")
    sorted_score = y_score[order]
    drawn = weights[:, order]
    positive = drawn * y_true[order]
    negative = drawn - positive
    starts = np.flatnonzero(np.concatenate([[True], sorted_score[1:] != sorted_score[:-1]]))
    if len(starts) == len(order):
        return positive, negative
    return np.add.reduceat(positive, starts, axis=1), np.add.reduceat(negative, starts, axis=1)
