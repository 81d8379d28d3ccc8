"""Honest comparison of models: folds by patient, intervals, figures."""

from radiohers.audit import Audit, AuditLine, audit
from radiohers.displays import (
    CalibrationDisplay,
    ConfusionDisplay,
    DecisionCurveDisplay,
    FeatureCoefficientDisplay,
    FeatureImportanceDisplay,
    LearningCurveDisplay,
    PCADisplay,
    PrecisionRecallDisplay,
    ROCDisplay,
    WaterfallDisplay,
)
from radiohers.evaluation._compare_models import compare_models
from radiohers.evaluation._comparison import ModelComparison
from radiohers.folds import Fold, RepeatedStratifiedGroupKFold, StratifiedGroupShuffleSplit
from radiohers.results import format_table

__all__ = [
    "CalibrationDisplay",
    "Audit",
    "AuditLine",
    "ConfusionDisplay",
    "DecisionCurveDisplay",
    "FeatureCoefficientDisplay",
    "FeatureImportanceDisplay",
    "Fold",
    "LearningCurveDisplay",
    "ModelComparison",
    "PCADisplay",
    "PrecisionRecallDisplay",
    "ROCDisplay",
    "RepeatedStratifiedGroupKFold",
    "StratifiedGroupShuffleSplit",
    "WaterfallDisplay",
    "audit",
    "compare_models",
    "format_table",
]
