"""Honest comparison of models: folds by patient, intervals, figures."""

from radiohers.evaluation._audit._audit import audit
from radiohers.evaluation._audit._result import Audit, AuditLine
from radiohers.evaluation._compare_models import compare_models
from radiohers.evaluation._comparison import ModelComparison
from radiohers.evaluation._displays._calibration import CalibrationDisplay
from radiohers.evaluation._displays._coefficients import FeatureCoefficientDisplay
from radiohers.evaluation._displays._confusion import ConfusionDisplay
from radiohers.evaluation._displays._decision_curve import DecisionCurveDisplay
from radiohers.evaluation._displays._feature_importance import FeatureImportanceDisplay
from radiohers.evaluation._displays._learning_curve import LearningCurveDisplay
from radiohers.evaluation._displays._pca import PCADisplay
from radiohers.evaluation._displays._precision_recall import PrecisionRecallDisplay
from radiohers.evaluation._displays._roc import ROCDisplay
from radiohers.evaluation._displays._waterfall import WaterfallDisplay
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
