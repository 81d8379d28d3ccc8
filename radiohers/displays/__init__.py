"""The figures of a comparison, one class each."""

from radiohers.displays._calibration import CalibrationDisplay
from radiohers.displays._coefficients import FeatureCoefficientDisplay, models_with_coefficients
from radiohers.displays._confusion import ConfusionDisplay
from radiohers.displays._decision_curve import DecisionCurveDisplay
from radiohers.displays._feature_importance import FeatureImportanceDisplay, has_auc, models_with_features
from radiohers.displays._learning_curve import LearningCurveDisplay
from radiohers.displays._pca import PCADisplay, models_with_pca
from radiohers.displays._permutation import feature_groups, feature_table
from radiohers.displays._precision_recall import PrecisionRecallDisplay
from radiohers.displays._roc import ROCDisplay
from radiohers.displays._waterfall import WaterfallDisplay
from radiohers.figures import Display

__all__ = [
    "CalibrationDisplay",
    "ConfusionDisplay",
    "DecisionCurveDisplay",
    "Display",
    "FeatureCoefficientDisplay",
    "FeatureImportanceDisplay",
    "LearningCurveDisplay",
    "PCADisplay",
    "PrecisionRecallDisplay",
    "ROCDisplay",
    "WaterfallDisplay",
    "feature_groups",
    "feature_table",
    "has_auc",
    "models_with_coefficients",
    "models_with_features",
    "models_with_pca",
]
