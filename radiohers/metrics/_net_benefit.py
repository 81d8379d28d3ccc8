"""How useful a model is to decide by: net benefit."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from radiohers._sklearn import Interval as ValueRange
from radiohers._sklearn import validate_params
from radiohers.metrics._inputs import RESAMPLING, as_folds
from radiohers.metrics._interval import Interval
from radiohers.metrics._metric import bootstrap_interval
from radiohers.metrics._resamples import Resamples, divide
from radiohers.metrics._statistic import Statistic, all_cases, because

__all__ = ["net_benefit", "net_benefit_statistic", "treat_all_statistic"]


def net_benefit_statistic(thresholds: ArrayLike) -> Statistic:
    """Return the statistic of the net benefit at each threshold, for a decision curve.

    Parameters
    ----------
    thresholds : array-like of shape (n_thresholds,)
        Probabilities, at least 0 and below 1.

    Returns
    -------
    Statistic
        The curve of :func:`net_benefit`, of probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import net_benefit_statistic
    >>> y, score = np.array([True, True, False, False]), np.array([0.9, 0.1, 0.6, 0.2])
    >>> net_benefit_statistic([0.2, 0.5]).function(y, score, np.ones((1, 4))).tolist()
    [[0.125, 0.0]]
    """
    return _of_thresholds(_net_benefit, thresholds, "probabilities")


def treat_all_statistic(thresholds: ArrayLike) -> Statistic:
    """Return the statistic of the net benefit of treating every case, at each threshold; treating none has 0.

    Parameters
    ----------
    thresholds : array-like of shape (n_thresholds,)
        Probabilities, at least 0 and below 1.

    Returns
    -------
    Statistic
        As :func:`net_benefit_statistic`, whatever the scores.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import treat_all_statistic
    >>> y = np.array([True, True, False, False])
    >>> treat_all_statistic([0.0, 0.5]).function(y, y, np.ones((1, 4))).tolist()
    [[0.5, 0.0]]
    """
    return _of_thresholds(_net_benefit_of_all, thresholds, "scores")


def _of_thresholds(function: Callable[..., np.ndarray], thresholds: ArrayLike, of: str) -> Statistic:
    """Return the statistic of a curve over thresholds."""
    at_them = partial(function, np.asarray(thresholds, dtype=float))
    return Statistic(at_them, of, all_cases, because("no cases"), value_range=(-np.inf, np.inf))


def _net_benefit(
    thresholds: np.ndarray, y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples
) -> np.ndarray:
    """Return true positives less false positives weighted by the odds of each threshold, as a share of all cases."""
    treated = y_score[:, None] >= thresholds
    odds = thresholds / (1 - thresholds)
    gain = np.where(y_true[:, None], treated, -odds * treated)
    resamples = Resamples.of(weights)
    return divide(resamples.sums(gain), resamples.total[:, None])


def _net_benefit_of_all(
    thresholds: np.ndarray, y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples
) -> np.ndarray:
    """Return the net benefit of treating every case, whatever its score."""
    return _net_benefit(thresholds, y_true, np.full(len(y_true), np.inf), weights)


@validate_params(
    {**RESAMPLING, "threshold": [ValueRange(Real, 0, 1, closed="left")]}, prefer_skip_nested_validation=True
)
def net_benefit(
    y_true: ArrayLike,
    y_score: ArrayLike,
    threshold: float,
    groups: ArrayLike | None = None,
    *,
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the net benefit of treating the cases at or above a threshold, and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_score : array-like of shape (n_cases,)
        Probability that the case is positive.
    threshold : float
        Probability from which on a case is treated, at least 0 and below 1.
    groups : array-like of shape (n_cases,), default=None
        The patient of each case; None takes each case for its own.
    confidence_level : float, default=0.95
        Coverage of the interval.
    n_bootstraps : int, default=2000
        Number of resamples of the patients.
    random_state : int, default=0
        Seed of the resamples.

    Returns
    -------
    Interval
        At most the share of positive cases, and at least minus the odds of the
        threshold; NaN if a score is outside 0..1.

    Notes
    -----
    TP / n - FP / n * threshold / (1 - threshold): true positives, less what the false
    ones cost to somebody who would treat at this probability. Treating nobody has 0;
    treating everybody has the same formula with every case called positive.
    Patient bootstrap, expanded percentiles, as in :func:`auc`.

    References
    ----------
    Vickers AJ, Elkin EB. Medical Decision Making 2006;26:565.
    doi:10.1177/0272989X06295361

    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import net_benefit
    >>> net_benefit([1, 1, 0, 0], [0.9, 0.1, 0.6, 0.2], threshold=0.2).value
    0.125
    """
    (fold,) = as_folds(y_true, groups, y_score=y_score)
    curve = net_benefit_statistic(np.array([threshold]))
    statistic = replace(
        curve,
        function=lambda y, score, weights: curve.function(y, score, weights)[:, 0],
        value_range=(-threshold / (1 - threshold), 1.0),
    )
    return bootstrap_interval(fold, statistic, confidence_level, n_bootstraps, random_state)
