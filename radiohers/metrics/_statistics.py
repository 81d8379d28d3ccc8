"""The metrics: how each is computed, what range it has, and which patients it rests on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from radiohers.metrics._resamples import Resamples
from radiohers.metrics._weighted_classes import (
    weighted_accuracy,
    weighted_balanced_accuracy,
    weighted_f1,
    weighted_matthews_correlation,
    weighted_negative_predictive_value,
    weighted_positive_predictive_value,
    weighted_sensitivity,
    weighted_specificity,
)
from radiohers.metrics._weighted_curves import weighted_roc_curve
from radiohers.metrics._weighted_probabilities import (
    clipped_logit,
    weighted_brier_score,
    weighted_calibration_intercept,
    weighted_calibration_slope,
    weighted_expected_calibration_error,
    weighted_net_benefit,
    weighted_treat_all_net_benefit,
)
from radiohers.metrics._weighted_ranks import weighted_auc, weighted_average_precision

__all__ = [
    "NOT_PROBABILITIES",
    "STATISTICS",
    "Statistic",
    "net_benefit_statistic",
    "roc_statistic",
    "treat_all_statistic",
]

NOT_PROBABILITIES = "the scores are not probabilities (some lie outside 0..1)"
CONSTANT = "constant scores: 0.5 by definition"

# Of (y_true, values): the cases of which some must exist, several kinds if the scarcest decides.
Kinds = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class Statistic:
    """What has to be known of a metric to compute it with an interval.

    Attributes
    ----------
    function : callable
        ``(y_true, values, weights) -> ndarray of shape (n_bootstraps,)``, or
        ``(n_bootstraps, n_points)`` for a curve.
    of : {"score", "y_pred"}
        Which values of a fold it takes.
    rests_on : callable
        ``(y_true, values) -> tuple of masks``: the interval is as wide as the number
        of patients of the scarcest of these kinds of cases asks for.
    value_range : (float, float)
        Lowest and highest possible value.
    needs_probabilities : bool
        Whether scores outside 0..1 leave it undefined.
    why_undefined : callable
        ``(y_true, values) -> str``: why the value is NaN.
    by_definition : callable
        ``(y_true, values) -> str``: why the value cannot be other; empty if it can.
    fixed : ndarray of bool, or False
        Points of a curve that are the same for all data.
    """

    function: Callable[[np.ndarray, np.ndarray, np.ndarray | Resamples], np.ndarray]
    of: str
    rests_on: Kinds
    why_undefined: Callable[[np.ndarray, np.ndarray], str]
    value_range: tuple[float, float] = (0.0, 1.0)
    needs_probabilities: bool = False
    by_definition: Callable[[np.ndarray, np.ndarray], str] = field(default=lambda y, v: "")
    fixed: np.ndarray | bool = False


def _all_cases(y: np.ndarray, _: np.ndarray) -> tuple[np.ndarray, ...]:
    return (np.ones_like(y),)


def _both_classes(y: np.ndarray, _: np.ndarray) -> tuple[np.ndarray, ...]:
    return y, ~y


def _positive(y: np.ndarray, _: np.ndarray) -> tuple[np.ndarray, ...]:
    return (y,)


def _negative(y: np.ndarray, _: np.ndarray) -> tuple[np.ndarray, ...]:
    return (~y,)


def _called_positive(_: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, ...]:
    return (y_pred,)


def _called_negative(_: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, ...]:
    return (~y_pred,)


def _because(reason: str) -> Callable[[np.ndarray, np.ndarray], str]:
    return lambda y, values: reason


def _why_no_slope(y: np.ndarray, score: np.ndarray) -> str:
    if y.all() or not y.any():
        return "one class only"
    return "constant scores" if np.ptp(clipped_logit(score)) == 0 else "the scores separate the classes"


_ONE_CLASS = _because("one class only")

STATISTICS: dict[str, Statistic] = {
    "auc": Statistic(
        weighted_auc,
        "score",
        _both_classes,
        _ONE_CLASS,
        by_definition=lambda y, score: CONSTANT if np.ptp(score) == 0 else "",
    ),
    "average_precision": Statistic(weighted_average_precision, "score", _positive, _because("no case is positive")),
    "accuracy": Statistic(weighted_accuracy, "y_pred", _all_cases, _because("no cases")),
    "balanced_accuracy": Statistic(weighted_balanced_accuracy, "y_pred", _both_classes, _ONE_CLASS),
    "sensitivity": Statistic(weighted_sensitivity, "y_pred", _positive, _because("no case is positive")),
    "specificity": Statistic(weighted_specificity, "y_pred", _negative, _because("no case is negative")),
    "positive_predictive_value": Statistic(
        weighted_positive_predictive_value, "y_pred", _called_positive, _because("no case is called positive")
    ),
    "negative_predictive_value": Statistic(
        weighted_negative_predictive_value, "y_pred", _called_negative, _because("no case is called negative")
    ),
    "f1": Statistic(weighted_f1, "y_pred", _positive, _because("no case is positive")),
    "matthews_correlation": Statistic(
        weighted_matthews_correlation, "y_pred", _both_classes, _ONE_CLASS, value_range=(-1.0, 1.0)
    ),
    "brier_score": Statistic(weighted_brier_score, "score", _all_cases, _because("no cases"), needs_probabilities=True),
    "calibration_slope": Statistic(
        weighted_calibration_slope,
        "score",
        _both_classes,
        _why_no_slope,
        value_range=(-np.inf, np.inf),
        needs_probabilities=True,
    ),
    "calibration_intercept": Statistic(
        weighted_calibration_intercept,
        "score",
        _both_classes,
        _ONE_CLASS,
        value_range=(-np.inf, np.inf),
        needs_probabilities=True,
    ),
    "expected_calibration_error": Statistic(
        weighted_expected_calibration_error, "score", _all_cases, _because("no cases"), needs_probabilities=True
    ),
}


def roc_statistic(false_positive_rates: np.ndarray) -> Statistic:
    """Return the statistic of the sensitivity at each false-positive rate, for a band around a ROC curve."""
    rates = np.asarray(false_positive_rates, dtype=float)
    function = partial(_with_grid, weighted_roc_curve, rates)
    return Statistic(function, "score", _both_classes, _ONE_CLASS, fixed=rates == 1)


def net_benefit_statistic(thresholds: np.ndarray) -> Statistic:
    """Return the statistic of the net benefit at each threshold, for a decision curve."""
    return _net_benefit_statistic(weighted_net_benefit, thresholds, needs_probabilities=True)


def treat_all_statistic(thresholds: np.ndarray) -> Statistic:
    """Return the statistic of the net benefit of treating every case, at each threshold."""
    return _net_benefit_statistic(weighted_treat_all_net_benefit, thresholds, needs_probabilities=False)


def _net_benefit_statistic(
    function: Callable[..., np.ndarray], thresholds: np.ndarray, needs_probabilities: bool
) -> Statistic:
    thresholds = np.asarray(thresholds, dtype=float)
    return Statistic(
        partial(_with_grid, function, thresholds),
        "score",
        _all_cases,
        _because("no cases"),
        value_range=(-np.inf, np.inf),
        needs_probabilities=needs_probabilities,
    )


def _with_grid(
    function: Callable[..., np.ndarray],
    grid: np.ndarray,
    y: np.ndarray,
    score: np.ndarray,
    weights: np.ndarray | Resamples,
) -> np.ndarray:
    return function(y, score, weights, grid)
