"""Honest comparison of models: folds by patient, intervals, figures."""

from radiohers.evaluation._audit import audit
from radiohers.evaluation._audit_result import Audit, AuditLine
from radiohers.evaluation._compare_models import compare_models
from radiohers.evaluation._comparison import ModelComparison
from radiohers.evaluation._display_calibration import CalibrationDisplay
from radiohers.evaluation._display_coefficients import FeatureCoefficientDisplay
from radiohers.evaluation._display_confusion import ConfusionDisplay
from radiohers.evaluation._display_decision_curve import DecisionCurveDisplay
from radiohers.evaluation._display_feature_importance import FeatureImportanceDisplay
from radiohers.evaluation._display_learning_curve import LearningCurveDisplay
from radiohers.evaluation._display_pca import PCADisplay
from radiohers.evaluation._display_precision_recall import PrecisionRecallDisplay
from radiohers.evaluation._display_roc import ROCDisplay
from radiohers.evaluation._display_waterfall import WaterfallDisplay
from radiohers.evaluation._splits import Fold, RepeatedStratifiedGroupKFold, StratifiedGroupShuffleSplit
from radiohers.evaluation._table import format_table

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
