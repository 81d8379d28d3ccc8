"""Statistics of the order of scores, for all resamples at once.

Each takes ``(y_true, y_score, weights)``, the weights being how often each resample
holds each case, and returns one value a resample. The cases are sorted
once, and walked through in that order: a resample changes how often they count and
not how they are ordered.
"""

import numpy as np

from radiohers.metrics._resamples import Resamples, divide

__all__ = ["weighted_auc", "weighted_average_precision"]


def weighted_auc(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the AUC of each resample.

    Parameters
    ----------
    y_true : ndarray of bool of shape (n_cases,)
        Whether each case is positive.
    y_score : ndarray of shape (n_cases,)
        Higher is more positive. Ties count half.
    weights : ndarray of shape (n_bootstraps, n_cases), or Resamples
        How often each resample holds each case.

    Returns
    -------
    ndarray of shape (n_bootstraps,)
        NaN where a class was not drawn.
    """
    resamples = Resamples.of(weights)
    # Ties count half: the mean of negative cases first and positive cases first.
    orders = [np.lexsort((first, y_score)) for first in (y_true, ~y_true)]
    wins, n_pairs = _wins(y_true, orders[0], resamples)
    if not np.array_equal(y_true[orders[0]], y_true[orders[1]]):
        wins = (wins + _wins(y_true, orders[1], resamples)[0]) / 2
    return divide(wins, n_pairs)


def _wins(y_true: np.ndarray, order: np.ndarray, resamples: Resamples) -> tuple[np.ndarray, np.ndarray]:
    """Return in how many pairs of a negative and a positive case the negative one is first, and the number of pairs."""
    wins, n_negative, n_positive = (np.zeros(len(resamples)) for _ in range(3))
    for drawn, positive in zip(resamples.in_order(order), y_true[order].tolist(), strict=True):
        if positive:
            n_positive += drawn
            drawn *= n_negative
            wins += drawn
        else:
            n_negative += drawn
    return wins, n_positive * n_negative


def weighted_average_precision(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
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
    resamples = Resamples.of(weights)
    # Among ties the positive cases come last: all that are called with the last of them are called positive there.
    order = np.lexsort((y_true, -y_score))
    last_of_ties = np.append(np.diff(y_score[order]) != 0, True)
    area, called, true_positive, added = (np.zeros(len(resamples)) for _ in range(4))
    walk = zip(resamples.in_order(order), y_true[order].tolist(), last_of_ties.tolist(), strict=True)
    for drawn, positive, last in walk:
        called += drawn
        if positive:
            true_positive += drawn
            added += drawn
            if last:
                added *= true_positive
                added /= np.maximum(called, 1e-300)
                area += added
                added[:] = 0
    return divide(area, true_positive)
