"""How well scores rank: the area under the ROC curve, average precision."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit
from scipy.stats import norm

from radiohers._sklearn import StrOptions, validate_params
from radiohers.metrics._bootstrap import FoldScores, at_the_edge
from radiohers.metrics._delong import placements
from radiohers.metrics._inputs import as_folds
from radiohers.metrics._interval import Interval, unseen_interval
from radiohers.metrics._one_sample import (
    RESAMPLING,
    bootstrap_interval,
    has_repeated_patients,
    refuse_repeated_patients,
)
from radiohers.metrics._statistics import STATISTICS

__all__ = ["auc", "average_precision", "delong_interval"]


@validate_params(
    {**RESAMPLING, "method": [StrOptions({"auto", "delong", "bootstrap"})]}, prefer_skip_nested_validation=True
)
def auc(
    y_true: ArrayLike,
    y_score: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    method: str = "auto",
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the area under the ROC curve and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_score : array-like of shape (n_cases,)
        Higher is more positive.
    groups : array-like of shape (n_cases,), default=None
        The patient of each case; None takes each case for its own.
    method : {"auto", "delong", "bootstrap"}, default="auto"
        "auto" takes DeLong where every patient has one case, otherwise the patient
        bootstrap, since cases of one patient are not independent.
    confidence_level : float, default=0.95
        Coverage of the interval.
    n_bootstraps : int, default=2000
        Number of resamples of the patients.
    random_state : int, default=0
        Seed of the resamples.

    Returns
    -------
    Interval
        Within 0..1; NaN if a class is missing. Where nothing varies (AUC 0 or 1, one
        case in a class) the exact binomial bound for the smaller class.

    Notes
    -----
    DeLong's standard error is used on the logit scale: logit(AUC) ± z SE / (AUC (1 - AUC)).
    Its limits stay within 0..1, and it covers better with few cases: at 3 positive of
    23 cases and a true AUC of 0.75, 94 % against 79 % for AUC ± z SE
    (`benchmarks/check_coverage.py`, 1,000 data sets).

    The patient bootstrap draws patients with replacement, all cases of a patient
    together; a draw without both classes is drawn again. Its percentiles are
    expanded for the number of patients of the smaller class (Hesterberg 2015).

    References
    ----------
    DeLong ER, DeLong DM, Clarke-Pearson DL. Biometrics 1988;44:837.
    doi:10.2307/2531595

    Sun X, Xu W. IEEE Signal Processing Letters 2014;21:1389.
    doi:10.1109/LSP.2014.2337313

    Pepe MS. The Statistical Evaluation of Medical Tests for Classification and
    Prediction. Oxford University Press 2003, section 5.2.

    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import auc
    >>> result = auc([0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.35, 0.8, 0.2, 0.6])
    >>> round(result.value, 3), round(result.low, 3), round(result.high, 3), result.method
    (0.889, 0.261, 0.995, 'DeLong, logit scale')
    """
    (fold,) = as_folds(y_true, groups, y_score=y_score)
    if method == "delong":
        refuse_repeated_patients(fold, "method='delong'")
    if method == "delong" or (method == "auto" and not has_repeated_patients(fold)):
        return delong_interval(fold, confidence_level)
    return bootstrap_interval(fold, STATISTICS["auc"], confidence_level, n_bootstraps, random_state)


def delong_interval(fold: FoldScores, confidence_level: float) -> Interval:
    """Return the AUC of a fold of independent cases, and its DeLong interval on the logit scale.

    Parameters
    ----------
    fold : FoldScores
        Its patients have one case each.
    confidence_level : float
        Coverage.

    Returns
    -------
    Interval
        As from :func:`auc`.
    """
    statistic = STATISTICS["auc"]
    y = fold.y_true
    n_scarce = int(min(y.sum(), (~y).sum()))
    if n_scarce == 0:
        return Interval.undefined("one class only")
    if certain := statistic.by_definition(y, fold.score):
        return Interval(0.5, 0.5, 0.5, certain)
    placed = placements(y, fold.score)
    value = float(placed[y].mean())
    if value in (0.0, 1.0) or n_scarce == 1:
        limits = unseen_interval(value, n_scarce, statistic.value_range, confidence_level)
        return Interval(value, *limits, at_the_edge(fold.unit))
    variance = sum(placed[chosen].var(ddof=1) / chosen.sum() for chosen in (y, ~y))
    half = norm.ppf((1 + confidence_level) / 2) * np.sqrt(variance) / (value * (1 - value))
    return Interval(value, float(expit(logit(value) - half)), float(expit(logit(value) + half)), "DeLong, logit scale")


@validate_params(RESAMPLING, prefer_skip_nested_validation=True)
def average_precision(
    y_true: ArrayLike,
    y_score: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the average precision and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_score : array-like of shape (n_cases,)
        Higher is more positive.
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
        Within 0..1; NaN if no case is positive.

    Notes
    -----
    The sum over the scores that occur of the precision there times the recall that
    they add; not interpolated. Its value for scores that tell nothing is the share
    of positive cases, so it is not comparable between cohorts with other shares.
    Patient bootstrap, expanded percentiles, as in :func:`auc`.

    References
    ----------
    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import average_precision
    >>> round(average_precision([0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.35, 0.8, 0.2, 0.6]).value, 3)
    0.917
    """
    (fold,) = as_folds(y_true, groups, y_score=y_score)
    return bootstrap_interval(fold, STATISTICS["average_precision"], confidence_level, n_bootstraps, random_state)
