"""Curves of what is called positive as the threshold falls, for all resamples at once.

Each takes ``(y_true, y_score, weights, grid)``, the weights being how often each resample holds each case,
and returns one curve a resample: its value at each point of the grid.
"""

import numpy as np

from radiohers.metrics._resamples import Resamples, divide

__all__ = ["weighted_precision_at_recall", "weighted_roc_curve"]

# Counts held at a time: 16 MiB of each class.
_AT_ONCE = 2**22


def weighted_roc_curve(
    y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples, false_positive_rates: np.ndarray
) -> np.ndarray:
    """Return the ROC curve of each resample.

    Parameters
    ----------
    y_true, y_score, weights : ndarray
        As in :func:`~radiohers.metrics._weighted_ranks.weighted_auc`.
    false_positive_rates : ndarray of shape (n_rates,)
        1 - specificity, between 0 and 1.

    Returns
    -------
    ndarray of shape (n_bootstraps, n_rates)
        Sensitivity, linear between the curve's points; the top of a vertical step,
        so at a rate of 0 that which is reached without a false positive. NaN where
        a class was not drawn.
    """
    return np.concatenate(
        [
            _roc_curve(*_called_positive(y_true, y_score, part), false_positive_rates)
            for part in Resamples.of(weights).parts(_AT_ONCE)
        ]
    )


def _roc_curve(true_positive: np.ndarray, false_positive: np.ndarray, rates: np.ndarray) -> np.ndarray:
    n_positive, n_negative = true_positive[-1], false_positive[-1]
    # Rounded, so that 0.07 x 100 negative cases are seven of them.
    wanted = np.round(rates[:, None] * n_negative, 9)
    above = _n_at_most(false_positive, wanted)
    below, above = above - 1, np.minimum(above, len(false_positive) - 1)
    low, high = (_at(false_positive, place) for place in (below, above))
    low_y, high_y = (_at(true_positive, place) for place in (below, above))
    share = np.divide(wanted - low, high - low, out=np.zeros_like(wanted), where=high > low)
    reached = low_y + share * (high_y - low_y)
    return np.where(n_negative > 0, divide(reached, n_positive), np.nan).T


def weighted_precision_at_recall(
    y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples, recalls: np.ndarray
) -> np.ndarray:
    """Return the precision of each resample at the highest threshold that reaches each recall.

    Parameters
    ----------
    y_true, y_score, weights : ndarray
        As in :func:`~radiohers.metrics._weighted_ranks.weighted_auc`.
    recalls : ndarray of shape (n_recalls,)
        Between 0 and 1.

    Returns
    -------
    ndarray of shape (n_bootstraps, n_recalls)
        NaN where no positive case was drawn.

    Notes
    -----
    A step function, which interpolates nothing: its area is the average precision.
    """
    return np.concatenate(
        [
            _precision_at_recall(*_called_positive(y_true, y_score, part), recalls)
            for part in Resamples.of(weights).parts(_AT_ONCE)
        ]
    )


def _precision_at_recall(true_positive: np.ndarray, false_positive: np.ndarray, recalls: np.ndarray) -> np.ndarray:
    # Weights are whole numbers: half a case more or less than rounding errors decides nothing. At recall 0 it is
    # the first threshold that calls any positive case.
    wanted = np.maximum(recalls[:, None] * true_positive[-1] - 1e-9, 1e-9)
    place = np.minimum(_n_at_most(true_positive, wanted), len(true_positive) - 1)
    right, wrong = (_at(counts, place) for counts in (true_positive, false_positive))
    return np.where(true_positive[-1] > 0, divide(right, right + wrong), np.nan).T


def _called_positive(y_true: np.ndarray, y_score: np.ndarray, resamples: Resamples) -> tuple[np.ndarray, np.ndarray]:
    """Return the positive and the negative cases of each resample at or above each threshold.

    Each has the shape (1 + n_thresholds, n_bootstraps): none, then at each score that occurs, the highest first.
    """
    order = np.argsort(-y_score, kind="stable")
    last_of_ties = np.append(np.diff(y_score[order]) != 0, True)
    # Single precision holds whole numbers up to 16 million.
    right, wrong = (np.empty((1 + last_of_ties.sum(), len(resamples)), dtype=np.float32) for _ in range(2))
    right[0] = wrong[0] = 0
    positive, negative, n_thresholds = np.zeros(len(resamples)), np.zeros(len(resamples)), 0
    walk = zip(resamples.in_order(order), y_true[order].tolist(), last_of_ties.tolist(), strict=True)
    for drawn, is_positive, last in walk:
        if is_positive:
            positive += drawn
        else:
            negative += drawn
        if last:
            n_thresholds += 1
            right[n_thresholds], wrong[n_thresholds] = positive, negative
    return right, wrong


def _n_at_most(rising: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return how many numbers of each column, which rise, are at most each of those wanted in that column."""
    found = np.zeros(wanted.shape, dtype=int)
    for bit in reversed(range(len(rising).bit_length())):
        further = found + 2**bit
        reached = _at(rising, np.minimum(further, len(rising)) - 1) <= wanted
        reached &= further <= len(rising)
        found += reached * 2**bit
    return found


def _at(counts: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return the numbers of each column at its own places."""
    n_columns = counts.shape[1]
    return counts.ravel().take(place * n_columns + np.arange(n_columns)).astype(float)
