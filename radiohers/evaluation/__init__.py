"""Honest comparison of models: folds by patient, intervals, figures."""

from radiohers.evaluation._auc import Interval, delong_interval, wilson_interval
from radiohers.evaluation._comparison import ModelComparison, compare_models
from radiohers.evaluation._display_confusion import ConfusionDisplay
from radiohers.evaluation._display_learning_curve import LearningCurveDisplay
from radiohers.evaluation._display_pca import PCADisplay
from radiohers.evaluation._display_precision_recall import PrecisionRecallDisplay
from radiohers.evaluation._display_roc import ROCDisplay
from radiohers.evaluation._splits import Fold, RepeatedStratifiedGroupKFold, StratifiedGroupShuffleSplit
from radiohers.evaluation._table import format_table
from radiohers.evaluation._threshold import youden_threshold

__all__ = [
    "ConfusionDisplay",
    "Fold",
    "Interval",
    "LearningCurveDisplay",
    "ModelComparison",
    "PCADisplay",
    "PrecisionRecallDisplay",
    "ROCDisplay",
    "RepeatedStratifiedGroupKFold",
    "StratifiedGroupShuffleSplit",
    "compare_models",
    "delong_interval",
    "format_table",
    "wilson_interval",
    "youden_threshold",
]
