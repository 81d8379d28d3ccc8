"""How far probabilities can be believed: Brier score, calibration."""

from dataclasses import replace
from functools import partial
from numbers import Integral

from numpy.typing import ArrayLike

from radiohers._sklearn import Interval as ValueRange
from radiohers._sklearn import validate_params
from radiohers.metrics._inputs import as_folds
from radiohers.metrics._interval import Interval
from radiohers.metrics._one_sample import RESAMPLING, bootstrap_interval
from radiohers.metrics._statistics import STATISTICS
from radiohers.metrics._weighted_probabilities import weighted_expected_calibration_error

__all__ = ["brier_score", "calibration_intercept", "calibration_slope", "expected_calibration_error"]


@validate_params(RESAMPLING, prefer_skip_nested_validation=True)
def brier_score(
    y_true: ArrayLike,
    y_score: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the mean squared distance of probability and outcome, and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_score : array-like of shape (n_cases,)
        Probability that the case is positive.
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
        Within 0..1, lower is better; NaN if a score is outside 0..1.

    Notes
    -----
    A probability that is the share of positive cases p for every case has p (1 - p).
    Patient bootstrap, expanded percentiles, as in :func:`auc`.

    References
    ----------
    Brier GW. Monthly Weather Review 1950;78:1.
    doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2

    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import brier_score
    >>> round(brier_score([0, 0, 1, 0, 1, 1, 0, 1], [0.1, 0.4, 0.3, 0.2, 0.7, 0.9, 0.6, 0.8]).value, 3)
    0.15
    """
    (fold,) = as_folds(y_true, groups, y_score=y_score)
    return bootstrap_interval(fold, STATISTICS["brier_score"], confidence_level, n_bootstraps, random_state)


@validate_params(RESAMPLING, prefer_skip_nested_validation=True)
def calibration_slope(
    y_true: ArrayLike,
    y_score: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the slope of the outcome on the logit of the score, and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_score : array-like of shape (n_cases,)
        Probability that the case is positive.
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
        1 is right; below 1 the probabilities are too extreme, as an overfitted model's
        are. NaN if a class is missing, all scores are the same, the scores separate
        the classes (no slope is steep enough then), or one is outside 0..1. A limit is NaN, and the
        method says so, where too many resamples separate the classes.

    Notes
    -----
    Logistic regression of the outcome on log(p / (1 - p)), with an intercept, by
    maximum likelihood; p is kept 1e-6 away from 0 and 1.
    Patient bootstrap, expanded percentiles, as in :func:`auc`.

    References
    ----------
    Cox DR. Biometrika 1958;45:562. doi:10.1093/biomet/45.3-4.562

    Van Calster B, McLernon DJ, van Smeden M, et al. BMC Medicine 2019;17:230.
    doi:10.1186/s12916-019-1466-7

    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import calibration_slope
    >>> round(calibration_slope([0, 0, 1, 0, 1, 1, 0, 1], [0.1, 0.4, 0.3, 0.2, 0.7, 0.9, 0.6, 0.8]).value, 2)
    1.38
    """
    (fold,) = as_folds(y_true, groups, y_score=y_score)
    return bootstrap_interval(fold, STATISTICS["calibration_slope"], confidence_level, n_bootstraps, random_state)


@validate_params(RESAMPLING, prefer_skip_nested_validation=True)
def calibration_intercept(
    y_true: ArrayLike,
    y_score: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the calibration in the large, and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_score : array-like of shape (n_cases,)
        Probability that the case is positive.
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
        0 is right; above 0 the probabilities are too low on average, below 0 too high.
        NaN if a class is missing or a score is outside 0..1.

    Notes
    -----
    The intercept of a logistic regression of the outcome on log(p / (1 - p)) whose
    slope is fixed at 1 (an offset), not that which is fitted together with
    :func:`calibration_slope`; p is kept 1e-6 away from 0 and 1.
    Patient bootstrap, expanded percentiles, as in :func:`auc`.

    References
    ----------
    Van Calster B, McLernon DJ, van Smeden M, et al. BMC Medicine 2019;17:230.
    doi:10.1186/s12916-019-1466-7

    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import calibration_intercept
    >>> round(calibration_intercept([0, 0, 1, 0, 1, 0], [0.2, 0.6, 0.8, 0.5, 0.7, 0.9]).value, 2)
    -1.47
    """
    (fold,) = as_folds(y_true, groups, y_score=y_score)
    return bootstrap_interval(fold, STATISTICS["calibration_intercept"], confidence_level, n_bootstraps, random_state)


@validate_params(
    {**RESAMPLING, "n_bins": [ValueRange(Integral, 1, None, closed="left")]}, prefer_skip_nested_validation=True
)
def expected_calibration_error(
    y_true: ArrayLike,
    y_score: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    n_bins: int = 10,
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the mean distance of observed share and mean probability, and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_score : array-like of shape (n_cases,)
        Probability that the case is positive.
    groups : array-like of shape (n_cases,), default=None
        The patient of each case; None takes each case for its own.
    n_bins : int, default=10
        Number of bins.
    confidence_level : float, default=0.95
        Coverage of the interval.
    n_bootstraps : int, default=2000
        Number of resamples of the patients.
    random_state : int, default=0
        Seed of the resamples.

    Returns
    -------
    Interval
        Within 0..1, lower is better; NaN if a score is outside 0..1.

    Notes
    -----
    Probabilities are sorted into bins of equal width from 0 to 1, the upper border
    belonging to the next bin. The distance of the share of positive cases from the
    mean probability is averaged over bins, weighted by their cases. With few cases
    it is above 0 even for perfect probabilities, and higher still in resamples: its
    interval tells of its spread, and cannot be read as a test of calibration.
    Patient bootstrap, expanded percentiles, as in :func:`auc`.

    References
    ----------
    Naeini MP, Cooper GF, Hauskrecht M. AAAI 2015;2901.
    doi:10.1609/aaai.v29i1.9602

    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import expected_calibration_error
    >>> round(expected_calibration_error([0, 0, 1, 0, 1, 1, 0, 1], [0.1, 0.4, 0.3, 0.2, 0.7, 0.9, 0.6, 0.8]).value, 3)
    0.325
    """
    (fold,) = as_folds(y_true, groups, y_score=y_score)
    of_bins = partial(weighted_expected_calibration_error, n_bins=n_bins)
    statistic = replace(STATISTICS["expected_calibration_error"], function=of_bins)
    return bootstrap_interval(fold, statistic, confidence_level, n_bootstraps, random_state)
