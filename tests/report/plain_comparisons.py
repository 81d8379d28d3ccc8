"""Comparisons on plain numbers, with two cases of each patient."""

import numpy as np
from sklearn.datasets import make_classification

from radiohers.evaluation import compare_models

X, Y = make_classification(n_samples=40, n_features=6, random_state=0)
PATIENTS = np.repeat(np.arange(20), 2)


def compare(models, cv=2, **options):
    """Compare models on them."""
    return compare_models(models, X, Y, cv=cv, n_bootstraps=100, **options)
