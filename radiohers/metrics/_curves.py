"""Curves of what is called positive as the threshold falls, for all resamples at once.

Each takes ``(grid, y_true, y_score, weights)``, the weights being how often each resample holds each case,
and returns one curve a resample: its value at each point of the grid. The cases are walked through once, the
highest score first; where a curve rises or falls is written down at the first point of the grid that has it,
and summed up in the end.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from radiohers.metrics._auc import is_tied_with_other_class
from radiohers.metrics._resamples import Resamples
from radiohers.metrics._statistic import ONE_CLASS, Statistic, because, both_classes, positive_cases

__all__ = ["precision_statistic", "roc_statistic"]


def roc_statistic(false_positive_rates: ArrayLike) -> Statistic:
    """Return the statistic of the sensitivity at each false-positive rate, for a band around a ROC curve.

    Parameters
    ----------
    false_positive_rates : array-like of shape (n_rates,)
        1 - specificity, rising from 0 or above to at most 1.

    Returns
    -------
    Statistic
        Sensitivity, linear between the curve's points; the top of a vertical step,
        so at a rate of 0 that which is reached without a false positive. NaN where
        a class was not drawn.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import roc_statistic
    >>> y, score = np.array([True, True, False, False]), np.array([0.9, 0.1, 0.6, 0.2])
    >>> roc_statistic([0.0, 1.0]).function(y, score, np.ones((1, 4))).tolist()
    [[0.5, 1.0]]
    """
    rates = np.asarray(false_positive_rates, dtype=float)
    return Statistic(partial(_roc_curve, rates), "scores", both_classes, ONE_CLASS, fixed=rates == 1)


def precision_statistic(recalls: ArrayLike) -> Statistic:
    """Return the statistic of the precision at each recall, for a band around a precision-recall curve.

    Parameters
    ----------
    recalls : array-like of shape (n_recalls,)
        Rising, between 0 and 1.

    Returns
    -------
    Statistic
        The precision at the highest threshold that reaches each recall: a step function, which
        interpolates nothing, so that its area is the average precision. NaN where no positive case was drawn.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import precision_statistic
    >>> y, score = np.array([True, True, False, False]), np.array([0.9, 0.1, 0.6, 0.2])
    >>> precision_statistic([0.5, 1.0]).function(y, score, np.ones((1, 4))).tolist()
    [[1.0, 0.5]]
    """
    at_them = partial(_precision_at_recall, np.asarray(recalls, dtype=float))
    return Statistic(at_them, "scores", positive_cases, because("no case is positive"))


def _roc_curve(
    false_positive_rates: np.ndarray, y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples
) -> np.ndarray:
    """Return the ROC curve of each resample."""
    resamples = Resamples.of(weights)
    order = np.argsort(-y_score, kind="stable")
    tied = is_tied_with_other_class(y_true[order], y_score[order])
    ends = _ends_of_steps(y_true[order], y_score[order], tied)
    n_negative = resamples.sums(~y_true)
    # Rounded, so that 0.07 x 100 negative cases are seven of them.
    grid = _Grid(n_negative, lambda n: np.round(np.multiply.outer(n, false_positive_rates), 9))
    has_ties = bool(tied.any())
    risen, between = grid.nothing(), grid.nothing() if has_ties else np.zeros(0)
    wrong, up, right = (np.zeros(len(resamples)) for _ in range(3))
    walk = zip(resamples.in_order(order), y_true[order].tolist(), tied.tolist(), ends.tolist(), strict=True)
    for drawn, positive, is_tied, is_end in walk:
        if positive:
            up += drawn
        else:
            right += drawn
        if not is_end:
            continue
        if is_tied:
            start, end = grid.place(wrong), grid.place(wrong + right)
            risen[end] += up
            while len(inside := np.flatnonzero(start < end)):
                here = start[inside]
                between[here] = up[inside] * (grid.wanted(here) - wrong[inside]) / right[inside]
                start[inside] = grid.next_point(here)
        elif positive:
            risen[grid.place(wrong)] += up
        wrong += right
        up[:] = right[:] = 0
    reached = grid.summed(risen)
    if has_ties:
        reached += grid.values(between)
    n_positive = resamples.total - n_negative
    reached /= np.where((n_positive > 0) & (n_negative > 0), n_positive, np.nan)
    return reached.T


def _ends_of_steps(y_true: np.ndarray, y_score: np.ndarray, tied: np.ndarray) -> np.ndarray:
    """Say which case is the last of a run of one class, or of ties of both, in the order of the scores."""
    new_score, new_class = np.diff(y_score) != 0, np.diff(y_true)
    return np.append(np.where(tied[1:] | tied[:-1], new_score, new_class), True)


def _precision_at_recall(
    recalls: np.ndarray, y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples
) -> np.ndarray:
    """Return the precision of each resample at the highest threshold that reaches each recall."""
    resamples = Resamples.of(weights)
    # Among ties the positive cases come last: all that are called with the last of them are called positive there.
    order = np.lexsort((y_true, -y_score))
    ends = np.append(np.diff(y_score[order]) != 0, True)
    n_positive = resamples.sums(y_true)
    # Weights are whole numbers: half a case more or less than rounding errors decides nothing. At recall 0 it is
    # the first threshold that calls any positive case.
    grid = _Grid(n_positive, lambda n: np.maximum(np.multiply.outer(n, recalls) - 1e-9, 1e-9))
    changes = grid.nothing()
    true_positive, false_positive, up, precision = (np.zeros(len(resamples)) for _ in range(4))
    walk = zip(resamples.in_order(order), y_true[order].tolist(), ends.tolist(), strict=True)
    for drawn, positive, is_end in walk:
        if not positive:
            false_positive += drawn
            continue
        up += drawn
        if is_end:
            place = grid.place(true_positive)
            true_positive += up
            here = np.divide(true_positive, true_positive + false_positive, out=precision.copy(), where=up > 0)
            changes[place] += here - precision
            precision = here
            up[:] = 0
    reached = grid.summed(changes)
    reached[:, n_positive == 0] = np.nan
    return reached.T


class _Grid:
    """Where counts of cases, which are whole numbers, stand on the grid of each resample.

    Parameters
    ----------
    n_cases : ndarray of shape (n_bootstraps,)
        How many cases of the class that is counted each resample holds.
    wanted : callable
        Returns the counts that the points of the grid stand for, rising, of shape (n, n_points), from numbers of cases.
    """

    def __init__(self, n_cases: np.ndarray, wanted: Callable[[np.ndarray], np.ndarray]):
        # Resamples that hold equally many cases have the same grid.
        numbers, self._kind = np.unique(n_cases, return_inverse=True)
        self._wanted = wanted(numbers)
        first_above = np.floor(self._wanted).astype(int) + 1
        n_counts = first_above.max(initial=0) + 1
        flat = np.bincount(
            (first_above + n_counts * np.arange(len(numbers))[:, None]).ravel(), minlength=len(numbers) * n_counts
        )
        # How many points lie below each count: the number of the first one that does not.
        self._n_below = np.cumsum(flat.reshape(len(numbers), n_counts), axis=1)
        self._row = self._kind * n_counts
        self._own = np.arange(len(n_cases))

    def nothing(self) -> np.ndarray:
        """Return zero at each point of each resample, and behind the last one."""
        return np.zeros((self._wanted.shape[1] + 1) * len(self._own))

    def place(self, counts: np.ndarray) -> np.ndarray:
        """Return where the first point stands that is at least the count of each resample."""
        place = np.minimum(counts, self._n_below.shape[1] - 1).astype(int)
        place += self._row
        place = self._n_below.ravel().take(place)
        place *= len(self._own)
        place += self._own
        return place

    def wanted(self, place: np.ndarray) -> np.ndarray:
        """Return the counts that some points stand for."""
        point, resample = np.divmod(place, len(self._own))
        return self._wanted[self._kind[resample], point]

    def next_point(self, place: np.ndarray) -> np.ndarray:
        """Return where the next points of the same resamples stand."""
        return place + len(self._own)

    def values(self, points: np.ndarray) -> np.ndarray:
        """Return what stands at the points, of shape (n_points, n_bootstraps)."""
        return points.reshape(-1, len(self._own))[:-1]

    def summed(self, changes: np.ndarray) -> np.ndarray:
        """Return what the changes up to each point add up to, of shape (n_points, n_bootstraps)."""
        values = self.values(changes)
        for before, here in pairwise(values):
            here += before
        return values
