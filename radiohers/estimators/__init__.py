"""Estimators that learn from features or crops, for use in scikit-learn pipelines."""

from radiohers.estimators._case_cnn import CaseCNNClassifier
from radiohers.estimators._crop_cnn import CropCNNClassifier
from radiohers.estimators._display_history import TrainingHistoryDisplay
from radiohers.estimators._elbow_pca import ElbowPCA
from radiohers.estimators._mlp import TorchMLPClassifier
from radiohers.estimators._networks import BACKBONES, build_network, cam_layer, has_channels_last
from radiohers.estimators._pipelines import make_cnn_pipeline, make_radiomics_pipeline

__all__ = [
    "CaseCNNClassifier",
    "BACKBONES",
    "CropCNNClassifier",
    "ElbowPCA",
    "TorchMLPClassifier",
    "TrainingHistoryDisplay",
    "build_network",
    "cam_layer",
    "has_channels_last",
    "make_cnn_pipeline",
    "make_radiomics_pipeline",
]
