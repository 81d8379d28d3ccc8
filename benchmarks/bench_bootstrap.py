"""Time of a bootstrap of the AUC over the time of a loop of scikit-learn's roc_auc_score.

Both resample the same cases equally often and give the same AUCs (checked). The loop
counts each case as often as it was drawn, through sample_weight. Repeats alternate,
so that whatever else the machine does slows both.

Run: python benchmarks/bench_bootstrap.py
"""

import argparse
import statistics
import time

import numpy as np
from sklearn.metrics import roc_auc_score

from radiohers.metrics import auc, patient_weights

TARGET_SECONDS = 0.5


def seconds(function):
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def looped(y, score, weights):
    return np.array([roc_auc_score(y, score, sample_weight=row) for row in weights])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--bootstraps", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    y = rng.random(arguments.cases) < 0.4
    score = rng.normal(size=arguments.cases) + y
    weights = patient_weights(np.arange(arguments.cases), y, arguments.bootstraps, rng)
    auc.function(y, score, weights)
    times = []
    for _ in range(arguments.repeats):
        whole, _ = seconds(lambda: auc(y, score, method="bootstrap", n_bootstraps=arguments.bootstraps))
        ours, fast = seconds(lambda: auc.function(y, score, weights))
        rival, slow = seconds(lambda: looped(y, score, weights))
        times.append((whole, ours, rival))
    assert np.abs(fast - slow).max() < 1e-12
    whole, ours, rival = (statistics.median(column) for column in zip(*times, strict=True))
    ratio = statistics.median(row[1] / row[2] for row in times)
    print(f"{arguments.bootstraps} bootstraps of the AUC of {arguments.cases} cases")
    print(f"auc(method='bootstrap'), draws and interval included: {whole:.3f} s (target at most {TARGET_SECONDS} s)")
    print(f"the AUCs alone: {ours:.4f} s, loop of sklearn.metrics.roc_auc_score: {rival:.2f} s, ratio {ratio:.4f}")


if __name__ == "__main__":
    main()
