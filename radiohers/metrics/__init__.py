"""Metrics of predictions with their confidence intervals, and tests; each says which method it used."""

from radiohers.metrics._auc import auc
from radiohers.metrics._average_precision import average_precision
from radiohers.metrics._bootstrap import (
    Band,
    bootstrap_fold_mean,
    bootstrap_fold_mean_curve,
    bootstrap_fold_means,
    expanded_tail,
)
from radiohers.metrics._class_metrics import (
    accuracy,
    balanced_accuracy,
    f1,
    matthews_correlation,
    negative_predictive_value,
    positive_predictive_value,
    sensitivity,
    specificity,
)
from radiohers.metrics._corrected_resampling import corrected_resampled_interval
from radiohers.metrics._curves import precision_statistic, roc_statistic
from radiohers.metrics._delong import delong_fold_test, delong_test, placements
from radiohers.metrics._difference import bootstrapped_difference
from radiohers.metrics._draws import patient_weights
from radiohers.metrics._fold_means import fold_mean, fold_values, resampled_fold_means
from radiohers.metrics._inputs import as_predicted_folds
from radiohers.metrics._interval import Interval, proportion_interval
from radiohers.metrics._metric import ClassMetric, Metric, ScoreMetric
from radiohers.metrics._multiple_testing import holm_adjust
from radiohers.metrics._net_benefit import net_benefit, net_benefit_statistic, treat_all_statistic
from radiohers.metrics._paired_tests import corrected_resampled_t_test, mcnemar_fold_test, mcnemar_test
from radiohers.metrics._permutation_tests import (
    paired_permutation_test,
    permutation_fold_test,
    permutation_test,
    permuted_labels,
)
from radiohers.metrics._probability_metrics import (
    bin_statistic,
    bins_are_filled,
    brier_score,
    calibration_intercept,
    calibration_slope,
    expected_calibration_error,
)
from radiohers.metrics._registry import METRICS, metrics_as_shown
from radiohers.metrics._significance import SignificanceTest
from radiohers.metrics._statistic import FoldScores, Statistic
from radiohers.metrics._threshold import youden_threshold

__all__ = [
    "METRICS",
    "Band",
    "ClassMetric",
    "FoldScores",
    "Interval",
    "Metric",
    "ScoreMetric",
    "SignificanceTest",
    "Statistic",
    "accuracy",
    "as_predicted_folds",
    "auc",
    "average_precision",
    "balanced_accuracy",
    "bin_statistic",
    "bins_are_filled",
    "bootstrap_fold_mean",
    "bootstrap_fold_mean_curve",
    "bootstrap_fold_means",
    "bootstrapped_difference",
    "brier_score",
    "calibration_intercept",
    "calibration_slope",
    "corrected_resampled_interval",
    "corrected_resampled_t_test",
    "delong_fold_test",
    "delong_test",
    "expanded_tail",
    "expected_calibration_error",
    "f1",
    "fold_mean",
    "fold_values",
    "holm_adjust",
    "matthews_correlation",
    "mcnemar_fold_test",
    "mcnemar_test",
    "metrics_as_shown",
    "negative_predictive_value",
    "net_benefit",
    "net_benefit_statistic",
    "paired_permutation_test",
    "patient_weights",
    "permutation_fold_test",
    "permutation_test",
    "permuted_labels",
    "placements",
    "positive_predictive_value",
    "precision_statistic",
    "proportion_interval",
    "resampled_fold_means",
    "roc_statistic",
    "sensitivity",
    "specificity",
    "treat_all_statistic",
    "youden_threshold",
]
