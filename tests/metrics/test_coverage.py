"""Intervals hold the true AUC as often as they say: benchmarks/check_coverage.py in small."""

import numpy as np
from scipy.stats import norm

from radiohers import metrics

SHIFT = np.sqrt(2) * norm.ppf(0.75)


def coverage(simulate, interval_of, n_sets=200):
    rng = np.random.default_rng(0)
    return np.mean([low <= 0.75 <= high for _, low, high, _ in (interval_of(*simulate(rng)) for _ in range(n_sets))])


def of_patients(rng):
    """Return some 75 lesions of 25 patients, half of whose scores' variance is the patient's."""
    groups = np.repeat(np.arange(25), rng.integers(1, 6, size=25))
    y = groups < 12
    return y, np.sqrt(0.5) * (rng.normal(size=25)[groups] + rng.normal(size=len(y))) + SHIFT * y, groups


def test_delong_interval_holds_the_true_auc():
    y = np.arange(100) < 50
    assert 0.92 <= coverage(lambda rng: (y, rng.normal(size=100) + SHIFT * y), metrics.auc, 400) <= 0.98


def test_patient_bootstrap_holds_the_true_auc_where_a_bootstrap_of_cases_does_not():
    assert 0.90 <= coverage(of_patients, lambda *data: metrics.auc(*data, n_bootstraps=300)) <= 0.98
    naive = coverage(of_patients, lambda y, score, _: metrics.auc(y, score, method="bootstrap", n_bootstraps=300))
    assert naive < 0.87
