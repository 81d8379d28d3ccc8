"""Metrics of predictions with their confidence intervals, and tests; each says which method it used."""

from radiohers.metrics._agreement import balanced_accuracy, f1, matthews_correlation
from radiohers.metrics._auc import auc, average_precision
from radiohers.metrics._bootstrap import expanded_tail
from radiohers.metrics._calibration import (
    brier_score,
    calibration_intercept,
    calibration_slope,
    expected_calibration_error,
)
from radiohers.metrics._corrected_resampling import corrected_resampled_interval
from radiohers.metrics._delong import delong_test
from radiohers.metrics._draws import patient_weights
from radiohers.metrics._interval import Interval, proportion_interval
from radiohers.metrics._multiple_testing import holm_adjust
from radiohers.metrics._net_benefit import net_benefit
from radiohers.metrics._paired_tests import corrected_resampled_t_test, mcnemar_test
from radiohers.metrics._permutation_tests import paired_permutation_test, permutation_test
from radiohers.metrics._proportions import (
    accuracy,
    negative_predictive_value,
    positive_predictive_value,
    sensitivity,
    specificity,
)
from radiohers.metrics._significance import SignificanceTest
from radiohers.metrics._threshold import youden_threshold

__all__ = [
    "Interval",
    "SignificanceTest",
    "accuracy",
    "auc",
    "average_precision",
    "balanced_accuracy",
    "brier_score",
    "calibration_intercept",
    "calibration_slope",
    "corrected_resampled_interval",
    "corrected_resampled_t_test",
    "delong_test",
    "expanded_tail",
    "expected_calibration_error",
    "f1",
    "holm_adjust",
    "matthews_correlation",
    "mcnemar_test",
    "negative_predictive_value",
    "net_benefit",
    "paired_permutation_test",
    "patient_weights",
    "permutation_test",
    "positive_predictive_value",
    "proportion_interval",
    "sensitivity",
    "specificity",
    "youden_threshold",
]
