"""Shares of cases: accuracy, sensitivity, specificity, predictive values."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from radiohers._sklearn import StrOptions, validate_params
from radiohers.metrics._bootstrap import FoldScores
from radiohers.metrics._inputs import as_predicted_folds
from radiohers.metrics._interval import Interval, proportion_interval
from radiohers.metrics._one_sample import (
    RESAMPLING,
    bootstrap_interval,
    has_repeated_patients,
    refuse_repeated_patients,
)
from radiohers.metrics._statistics import STATISTICS

__all__ = [
    "PROPORTIONS",
    "accuracy",
    "independent_proportion",
    "negative_predictive_value",
    "positive_predictive_value",
    "sensitivity",
    "specificity",
]

# Of (y_true, y_pred): which cases are successes, and among which.
PROPORTIONS: dict[str, Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "accuracy": lambda y, called: (y == called, np.ones_like(y)),
    "sensitivity": lambda y, called: (y & called, y),
    "specificity": lambda y, called: (~y & ~called, ~y),
    "positive_predictive_value": lambda y, called: (y & called, called),
    "negative_predictive_value": lambda y, called: (~y & ~called, ~called),
}
_PARAMETERS = {**RESAMPLING, "method": [StrOptions({"auto", "wilson", "exact", "bootstrap"})]}


def independent_proportion(fold: FoldScores, name: str, confidence_level: float, method: str = "wilson") -> Interval:
    """Return a share of independent cases and its interval.

    Parameters
    ----------
    fold : FoldScores
        Its patients have one case each.
    name : str
        Key of `PROPORTIONS`.
    confidence_level : float
        Coverage.
    method : {"wilson", "exact"}, default="wilson"
        As in :func:`proportion_interval`.

    Returns
    -------
    Interval
        NaN, and why, if there is no case to take the share of.
    """
    success, among = PROPORTIONS[name](fold.y_true, fold.y_pred)
    if not among.any():
        return Interval.undefined(STATISTICS[name].why_undefined(fold.y_true, fold.y_pred))
    return proportion_interval(int(success.sum()), int(among.sum()), confidence_level, method)


def _proportion(
    name: str,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    groups: ArrayLike | None,
    method: str,
    confidence_level: float,
    n_bootstraps: int,
    random_state: int,
) -> Interval:
    (fold,) = as_predicted_folds(y_true, groups, y_pred=y_pred)
    if method in ("wilson", "exact"):
        refuse_repeated_patients(fold, f"method={method!r}")
    if method == "bootstrap" or (method == "auto" and has_repeated_patients(fold)):
        return bootstrap_interval(fold, STATISTICS[name], confidence_level, n_bootstraps, random_state)
    return independent_proportion(fold, name, confidence_level, "wilson" if method == "auto" else method)


@validate_params(_PARAMETERS, prefer_skip_nested_validation=True)
def accuracy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    method: str = "auto",
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the share of cases that were called right, and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_pred : array-like of bool of shape (n_cases,)
        Whether each case is called positive.
    groups : array-like of shape (n_cases,), default=None
        The patient of each case; None takes each case for its own.
    method : {"auto", "wilson", "exact", "bootstrap"}, default="auto"
        "auto" takes Wilson's score interval where every patient has one case,
        otherwise the patient bootstrap. "exact" is Clopper and Pearson's.
    confidence_level : float, default=0.95
        Coverage of the interval.
    n_bootstraps : int, default=2000
        Number of resamples of the patients.
    random_state : int, default=0
        Seed of the resamples.

    Returns
    -------
    Interval
        Within 0..1.

    Notes
    -----
    A model that calls every case by the more frequent class has the share of that
    class; see :func:`balanced_accuracy`.

    References
    ----------
    Wilson EB. Journal of the American Statistical Association 1927;22:209.
    doi:10.1080/01621459.1927.10502953

    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import accuracy
    >>> round(accuracy([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    0.75
    """
    resampling = (confidence_level, n_bootstraps, random_state)
    return _proportion("accuracy", y_true, y_pred, groups, method, *resampling)


@validate_params(_PARAMETERS, prefer_skip_nested_validation=True)
def sensitivity(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    method: str = "auto",
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the share of positive cases that were called positive, and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_pred : array-like of bool of shape (n_cases,)
        Whether each case is called positive.
    groups : array-like of shape (n_cases,), default=None
        The patient of each case; None takes each case for its own.
    method : {"auto", "wilson", "exact", "bootstrap"}, default="auto"
        "auto" takes Wilson's score interval where every patient has one case,
        otherwise the patient bootstrap. "exact" is Clopper and Pearson's.
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

    References
    ----------
    Wilson EB. Journal of the American Statistical Association 1927;22:209.
    doi:10.1080/01621459.1927.10502953

    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import sensitivity
    >>> round(sensitivity([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    0.667
    """
    resampling = (confidence_level, n_bootstraps, random_state)
    return _proportion("sensitivity", y_true, y_pred, groups, method, *resampling)


@validate_params(_PARAMETERS, prefer_skip_nested_validation=True)
def specificity(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    method: str = "auto",
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the share of negative cases that were called negative, and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_pred : array-like of bool of shape (n_cases,)
        Whether each case is called positive.
    groups : array-like of shape (n_cases,), default=None
        The patient of each case; None takes each case for its own.
    method : {"auto", "wilson", "exact", "bootstrap"}, default="auto"
        "auto" takes Wilson's score interval where every patient has one case,
        otherwise the patient bootstrap. "exact" is Clopper and Pearson's.
    confidence_level : float, default=0.95
        Coverage of the interval.
    n_bootstraps : int, default=2000
        Number of resamples of the patients.
    random_state : int, default=0
        Seed of the resamples.

    Returns
    -------
    Interval
        Within 0..1; NaN if no case is negative.

    References
    ----------
    Wilson EB. Journal of the American Statistical Association 1927;22:209.
    doi:10.1080/01621459.1927.10502953

    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import specificity
    >>> round(specificity([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    1.0
    """
    resampling = (confidence_level, n_bootstraps, random_state)
    return _proportion("specificity", y_true, y_pred, groups, method, *resampling)


@validate_params(_PARAMETERS, prefer_skip_nested_validation=True)
def positive_predictive_value(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    method: str = "auto",
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the share of positive calls that were right, and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_pred : array-like of bool of shape (n_cases,)
        Whether each case is called positive.
    groups : array-like of shape (n_cases,), default=None
        The patient of each case; None takes each case for its own.
    method : {"auto", "wilson", "exact", "bootstrap"}, default="auto"
        "auto" takes Wilson's score interval where every patient has one case,
        otherwise the patient bootstrap. "exact" is Clopper and Pearson's.
    confidence_level : float, default=0.95
        Coverage of the interval.
    n_bootstraps : int, default=2000
        Number of resamples of the patients.
    random_state : int, default=0
        Seed of the resamples.

    Returns
    -------
    Interval
        Within 0..1; NaN if no case is called positive.

    Notes
    -----
    It holds for cohorts with the same share of positive cases only.

    References
    ----------
    Wilson EB. Journal of the American Statistical Association 1927;22:209.
    doi:10.1080/01621459.1927.10502953

    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import positive_predictive_value
    >>> round(positive_predictive_value([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    1.0
    """
    resampling = (confidence_level, n_bootstraps, random_state)
    return _proportion("positive_predictive_value", y_true, y_pred, groups, method, *resampling)


@validate_params(_PARAMETERS, prefer_skip_nested_validation=True)
def negative_predictive_value(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    method: str = "auto",
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the share of negative calls that were right, and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_pred : array-like of bool of shape (n_cases,)
        Whether each case is called positive.
    groups : array-like of shape (n_cases,), default=None
        The patient of each case; None takes each case for its own.
    method : {"auto", "wilson", "exact", "bootstrap"}, default="auto"
        "auto" takes Wilson's score interval where every patient has one case,
        otherwise the patient bootstrap. "exact" is Clopper and Pearson's.
    confidence_level : float, default=0.95
        Coverage of the interval.
    n_bootstraps : int, default=2000
        Number of resamples of the patients.
    random_state : int, default=0
        Seed of the resamples.

    Returns
    -------
    Interval
        Within 0..1; NaN if no case is called negative.

    Notes
    -----
    It holds for cohorts with the same share of positive cases only.

    References
    ----------
    Wilson EB. Journal of the American Statistical Association 1927;22:209.
    doi:10.1080/01621459.1927.10502953

    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import negative_predictive_value
    >>> round(negative_predictive_value([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    0.5
    """
    resampling = (confidence_level, n_bootstraps, random_state)
    return _proportion("negative_predictive_value", y_true, y_pred, groups, method, *resampling)
