"""Estimators that learn from features, for use in scikit-learn pipelines."""

from radiohers.estimators._elbow_pca import ElbowPCA
from radiohers.estimators._mlp import TorchMLPClassifier
from radiohers.estimators._pipelines import make_radiomics_pipeline

__all__ = ["ElbowPCA", "TorchMLPClassifier", "make_radiomics_pipeline"]
