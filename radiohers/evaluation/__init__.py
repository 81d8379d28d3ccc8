"""Honest comparison of models: folds by patient, intervals, figures."""

from radiohers.audit import audit
from radiohers.audit import Audit, AuditLine
from radiohers.evaluation._compare_models import compare_models
from radiohers.evaluation._comparison import ModelComparison
from radiohers.displays import CalibrationDisplay
from radiohers.displays import FeatureCoefficientDisplay
from radiohers.displays import ConfusionDisplay
from radiohers.displays import DecisionCurveDisplay
from radiohers.displays import FeatureImportanceDisplay
from radiohers.displays import LearningCurveDisplay
from radiohers.displays import PCADisplay
from radiohers.displays import PrecisionRecallDisplay
from radiohers.displays import ROCDisplay
from radiohers.displays import WaterfallDisplay
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
