"""Estimators that learn from features or crops, for use in scikit-learn pipelines."""

from radiohers.estimators._elbow_pca import ElbowPCA

__all__ = ["ElbowPCA"]
