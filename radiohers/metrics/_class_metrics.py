"""Metrics of predicted classes.

Their functions take ``(y_true, y_pred, weights)``: bool of shape (n_cases,), bool of shape
(n_cases,), and how often each resample holds each case, of shape (n_bootstraps,
n_cases) or as Resamples. They return one value a resample, NaN where it is 0/0. Those of shares
return what is shared and among what, from the counts of right and wrong calls.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, NamedTuple

import numpy as np

from radiohers.metrics._interval import Interval, proportion_interval
from radiohers.metrics._metric import ClassMetric
from radiohers.metrics._resamples import Resamples, divide
from radiohers.metrics._statistic import ONE_CLASS, FoldScores, Kinds, all_cases, because, both_classes, positive_cases

__all__ = [
    "accuracy",
    "balanced_accuracy",
    "f1",
    "matthews_correlation",
    "negative_predictive_value",
    "positive_predictive_value",
    "sensitivity",
    "specificity",
]


class _Counts(NamedTuple):
    true_positive: np.ndarray
    false_positive: np.ndarray
    false_negative: np.ndarray
    true_negative: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Number of cases."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative


Share = Callable[[_Counts], tuple[np.ndarray, np.ndarray]]


def _counts(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | Resamples) -> _Counts:
    """Count right and wrong calls in each resample."""
    cells = np.stack([y_true & y_pred, ~y_true & y_pred, y_true & ~y_pred, ~y_true & ~y_pred], axis=1)
    return _Counts(*Resamples.of(weights).sums(cells).T)


def _share(rests_on: Kinds, why_undefined: str, **fields: Any) -> Callable[[Share], ClassMetric]:
    """Make the metric of a share of cases, which has formulas where cases are independent."""

    def of_cases(share: Share) -> ClassMetric:
        @wraps(share)
        def function(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
            return divide(*share(_counts(y_true, y_pred, weights)))

        formulas = {method: partial(_by_formula, share, why_undefined, method) for method in ("wilson", "exact")}
        reason = because(why_undefined)
        return ClassMetric(function, "classes", rests_on, reason, formulas=formulas, **fields)

    return of_cases


def _by_formula(share: Share, why_undefined: str, method: str, fold: FoldScores, confidence_level: float) -> Interval:
    """Return a share of independent cases and its interval."""
    n_success, n_total = share(_counts(fold.y_true, fold.y_pred, np.ones((1, len(fold.case)))))
    if not n_total[0]:
        return Interval.undefined(why_undefined)
    return proportion_interval(int(n_success[0]), int(n_total[0]), confidence_level, method)


@_share(all_cases, "no cases", per="fold", place=4)
def accuracy(c: _Counts) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of cases that were called right, and its interval.

    {parameters}

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
    {wilson}

    Examples
    --------
    >>> from radiohers.metrics import accuracy
    >>> round(accuracy([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    0.75
    """
    return c.true_positive + c.true_negative, c.total


@_share(positive_cases, "no case is positive", per="fold", place=2)
def sensitivity(c: _Counts) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of positive cases that were called positive, and its interval.

    {parameters}

    Returns
    -------
    Interval
        Within 0..1; NaN if no case is positive.

    References
    ----------
    {wilson}

    Examples
    --------
    >>> from radiohers.metrics import sensitivity
    >>> round(sensitivity([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    0.667
    """
    return c.true_positive, c.true_positive + c.false_negative


@_share(lambda y, y_pred: (~y,), "no case is negative", per="fold", place=3)
def specificity(c: _Counts) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of negative cases that were called negative, and its interval.

    {parameters}

    Returns
    -------
    Interval
        Within 0..1; NaN if no case is negative.

    References
    ----------
    {wilson}

    Examples
    --------
    >>> from radiohers.metrics import specificity
    >>> round(specificity([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    1.0
    """
    return c.true_negative, c.true_negative + c.false_positive


@partial(ClassMetric, of="classes", rests_on=both_classes, why_undefined=ONE_CLASS, per="fold")
def balanced_accuracy(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the mean of sensitivity and specificity, and its interval.

    {parameters}

    Returns
    -------
    Interval
        Within 0..1; NaN if a class is missing. 0.5 if all calls are alike.

    Notes
    -----
    {edge}

    References
    ----------
    {hesterberg}

    Examples
    --------
    >>> from radiohers.metrics import balanced_accuracy
    >>> round(balanced_accuracy([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    0.833
    """
    resamples = Resamples.of(weights)
    return (sensitivity.function(y_true, y_pred, resamples) + specificity.function(y_true, y_pred, resamples)) / 2


@_share(lambda y, y_pred: (y_pred,), "no case is called positive", label="PPV")
def positive_predictive_value(c: _Counts) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of positive calls that were right, and its interval.

    {parameters}

    Returns
    -------
    Interval
        Within 0..1; NaN if no case is called positive.

    Notes
    -----
    It holds for cohorts with the same share of positive cases only.

    References
    ----------
    {wilson}

    Examples
    --------
    >>> from radiohers.metrics import positive_predictive_value
    >>> round(positive_predictive_value([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    1.0
    """
    return c.true_positive, c.true_positive + c.false_positive


@_share(lambda y, y_pred: (~y_pred,), "no case is called negative", label="NPV")
def negative_predictive_value(c: _Counts) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of negative calls that were right, and its interval.

    {parameters}

    Returns
    -------
    Interval
        Within 0..1; NaN if no case is called negative.

    Notes
    -----
    It holds for cohorts with the same share of positive cases only.

    References
    ----------
    {wilson}

    Examples
    --------
    >>> from radiohers.metrics import negative_predictive_value
    >>> round(negative_predictive_value([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    0.5
    """
    return c.true_negative, c.true_negative + c.false_negative


@partial(ClassMetric, of="classes", rests_on=positive_cases, why_undefined=because("no case is positive"), label="F1")
def f1(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the harmonic mean of sensitivity and positive predictive value, and its interval.

    {parameters}

    Returns
    -------
    Interval
        Within 0..1; NaN if no case is positive.

    Notes
    -----
    2 TP / (2 TP + FP + FN). {edge}

    References
    ----------
    {hesterberg}

    Examples
    --------
    >>> from radiohers.metrics import f1
    >>> round(f1([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    0.8
    """
    c = _counts(y_true, y_pred, weights)
    f1 = divide(2 * c.true_positive, 2 * c.true_positive + c.false_positive + c.false_negative)
    return np.where(c.true_positive + c.false_negative > 0, f1, np.nan)


@partial(
    ClassMetric, of="classes", rests_on=both_classes, why_undefined=ONE_CLASS, label="MCC", value_range=(-1.0, 1.0)
)
def matthews_correlation(y_true: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the correlation of true and predicted class, and its interval.

    {parameters}

    Returns
    -------
    Interval
        Within -1..1; NaN if a class is missing. 0 if all calls are alike, as in scikit-learn.

    Notes
    -----
    {edge}

    References
    ----------
    Matthews BW. Biochimica et Biophysica Acta 1975;405:442.
    doi:10.1016/0005-2795(75)90109-9

    {hesterberg}

    Examples
    --------
    >>> from radiohers.metrics import matthews_correlation
    >>> round(matthews_correlation([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    0.577
    """
    c = _counts(y_true, y_pred, weights)
    positive, negative = c.true_positive + c.false_negative, c.true_negative + c.false_positive
    called_positive, called_negative = c.true_positive + c.false_positive, c.true_negative + c.false_negative
    covariance = c.true_positive * c.true_negative - c.false_positive * c.false_negative
    correlation = divide(covariance, np.sqrt(positive * negative * called_positive * called_negative))
    # As scikit-learn: predictions that are all alike tell nothing, which is no correlation and not an unknown one.
    alike = (called_positive == 0) | (called_negative == 0)
    correlation = np.clip(np.where(alike, 0.0, correlation), -1, 1)
    return np.where((positive > 0) & (negative > 0), correlation, np.nan)
