"""How useful a model is to decide by: net benefit."""

from dataclasses import replace
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from radiohers._sklearn import Interval as ValueRange
from radiohers._sklearn import validate_params
from radiohers.metrics._inputs import as_folds
from radiohers.metrics._interval import Interval
from radiohers.metrics._one_sample import RESAMPLING, bootstrap_interval
from radiohers.metrics._statistics import net_benefit_statistic

__all__ = ["net_benefit"]


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
