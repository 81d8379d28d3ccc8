"""Agreement of true and predicted classes: F1, balanced accuracy, Matthews' correlation."""

from numpy.typing import ArrayLike

from radiohers._sklearn import validate_params
from radiohers.metrics._inputs import as_predicted_folds
from radiohers.metrics._interval import Interval
from radiohers.metrics._one_sample import RESAMPLING, bootstrap_interval
from radiohers.metrics._statistics import STATISTICS

__all__ = ["balanced_accuracy", "f1", "matthews_correlation"]


@validate_params(RESAMPLING, prefer_skip_nested_validation=True)
def f1(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the harmonic mean of sensitivity and positive predictive value, and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_pred : array-like of bool of shape (n_cases,)
        Whether each case is called positive.
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
    2 TP / (2 TP + FP + FN). Patient bootstrap, expanded percentiles, as in :func:`auc`.
    Where no resample differs (all calls right, all calls alike) the exact
    binomial bound for the number of patients.

    References
    ----------
    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import f1
    >>> round(f1([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    0.8
    """
    (fold,) = as_predicted_folds(y_true, groups, y_pred=y_pred)
    return bootstrap_interval(fold, STATISTICS["f1"], confidence_level, n_bootstraps, random_state)


@validate_params(RESAMPLING, prefer_skip_nested_validation=True)
def balanced_accuracy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the mean of sensitivity and specificity, and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_pred : array-like of bool of shape (n_cases,)
        Whether each case is called positive.
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
        Within 0..1; NaN if a class is missing. 0.5 if all calls are alike.

    Notes
    -----
    Patient bootstrap, expanded percentiles, as in :func:`auc`.
    Where no resample differs (all calls right, all calls alike) the exact
    binomial bound for the number of patients.

    References
    ----------
    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import balanced_accuracy
    >>> round(balanced_accuracy([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    0.833
    """
    (fold,) = as_predicted_folds(y_true, groups, y_pred=y_pred)
    return bootstrap_interval(fold, STATISTICS["balanced_accuracy"], confidence_level, n_bootstraps, random_state)


@validate_params(RESAMPLING, prefer_skip_nested_validation=True)
def matthews_correlation(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    confidence_level: float = 0.95,
    n_bootstraps: int = 2000,
    random_state: int = 0,
) -> Interval:
    """Return the correlation of true and predicted class, and its interval.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_pred : array-like of bool of shape (n_cases,)
        Whether each case is called positive.
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
        Within -1..1; NaN if a class is missing. 0 if all calls are alike, as in scikit-learn.

    Notes
    -----
    Patient bootstrap, expanded percentiles, as in :func:`auc`.
    Where no resample differs (all calls right, all calls alike) the exact
    binomial bound for the number of patients.

    References
    ----------
    Matthews BW. Biochimica et Biophysica Acta 1975;405:442.
    doi:10.1016/0005-2795(75)90109-9

    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789

    Examples
    --------
    >>> from radiohers.metrics import matthews_correlation
    >>> round(matthews_correlation([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    0.577
    """
    (fold,) = as_predicted_folds(y_true, groups, y_pred=y_pred)
    return bootstrap_interval(fold, STATISTICS["matthews_correlation"], confidence_level, n_bootstraps, random_state)
