"""Statistics of the order of scores, for all resamples at once.

Each takes ``(y_true, y_score, weights)``, the weights being how often each resample
holds each case, and returns one value a resample. The cases are sorted
once, and walked through in that order: a resample changes how often they count and
not how they are ordered.
"""

import numpy as np

from radiohers.metrics._resamples import Resamples, divide

__all__ = ["is_tied_with_other_class", "weighted_auc", "weighted_average_precision"]


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
    # Among ties the negative cases come first.
    order = np.lexsort((y_true, y_score))
    tied = is_tied_with_other_class(y_true[order], y_score[order])
    wins, n_negative, n_positive, below = (np.zeros(len(resamples)) for _ in range(4))
    opens = tied & np.append(True, np.diff(y_score[order]) != 0)
    walk = zip(resamples.in_order(order), y_true[order].tolist(), tied.tolist(), opens.tolist(), strict=True)
    for drawn, positive, is_tied, is_first in walk:
        if is_first:
            below[:] = n_negative
        if positive:
            n_positive += drawn
            drawn *= (below + n_negative) / 2 if is_tied else n_negative
            wins += drawn
        else:
            n_negative += drawn
    return divide(wins, n_positive * n_negative)


def is_tied_with_other_class(y_true: np.ndarray, y_score: np.ndarray) -> np.ndarray:
    """Say of each case, sorted by score, whether a case of the other class has the same score."""
    group = np.append(0, np.cumsum(np.diff(y_score) != 0))
    share = np.bincount(group, y_true) / np.bincount(group)
    return ((share > 0) & (share < 1))[group]


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
