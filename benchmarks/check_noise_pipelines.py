"""Check that pure noise has an AUC about 0.5, or is called optimistic, in two dozen kinds of pipeline.

60 cases, 2,000 columns of noise, the mean over 20 cohorts. Run: python benchmarks/check_noise_pipelines.py
"""

import sys
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "folds"))

from test_fitted_in_the_fold import HONEST, NOT_FITTED, N, Y, noise, noise_auc

from radiohers import compare_models

N_COHORTS, N_COLUMNS = 20, 2000

warnings.simplefilter("ignore")
failed = []
for name, kind in HONEST.items():
    aucs = [noise_auc(kind, seed, N_COLUMNS) for seed in range(N_COHORTS)]
    mean, error = np.mean(aucs), np.std(aucs) / np.sqrt(N_COHORTS)
    failed += [name] * (not 0.35 < mean < 0.65)
    print(f"{name:45s} {mean:.3f} +- {error:.3f}  patient-level", flush=True)
for name, kind in NOT_FITTED.items():
    X = noise(0, N_COLUMNS)
    result = compare_models({"m": kind(X, Y)}, X, Y, groups=np.arange(N), cv=3, n_bootstraps=100)
    failed += [name] * ("OPTIMISTIC" not in result.split)
    print(f"{name:45s} {result.table().loc[('m', 'test'), 'auc']:.3f}          {result.split}", flush=True)
print(f"{len(HONEST) + len(NOT_FITTED) - len(failed)} of {len(HONEST) + len(NOT_FITTED)} kinds are as they should be.")
sys.exit(bool(failed))
