"""A radiomics model and a CNN on the same folds: of a cohort of one's own, or where the truth is known.

    python benchmarks/check_cnn.py [COHORT.CSV --target COLUMN] [--patients 60] [--size 64] [--epochs 15]

Without a table, two synthetic cohorts are made. Without signal the AUC of the CNN
should lie in 0.35 to 0.65, with strong signal above 0.85. Prints the time of the comparison, too.
"""

import argparse
import tempfile
import time
from pathlib import Path

import radiohers as rh
from radiohers.datasets import make_ct_cohort


def compare(name, cohort, options, cache):
    """Print the AUC of both models and how long they took."""
    crops = {"window_hu": (80, 300), "size": options.size}
    cnn = rh.make_cnn_pipeline("small", crops, max_epochs=options.epochs, lr=1e-3, memory=cache)
    models = {
        "LR": rh.make_radiomics_pipeline("lr", options.params, memory=cache, n_jobs=options.n_jobs),
        "CNN": cnn.set_params(cnn__classifier__batch_size=32),
    }
    start = time.perf_counter()
    result = rh.compare_models(
        models,
        cohort,
        cv=options.folds,
        n_jobs=options.n_jobs,
    )
    minutes = (time.perf_counter() - start) / 60
    for model, row in result.table().xs("test", level="part").iterrows():
        interval = f"{row['auc_low']:.3f} to {row['auc_high']:.3f}"
        print(f"{name}: {model:4} AUC {row['auc']:.3f} ({interval}), {row['n_folds']} folds, {row['split']}")
    print(f"{name}: {minutes:.1f} minutes", flush=True)


def main():
    """Compare on the cohort that was named, or on two synthetic ones."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohort", nargs="?")
    parser.add_argument("--target")
    parser.add_argument("--patients", type=int, default=60)
    parser.add_argument("--params", default="first_order_shape")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--folds", type=int)
    parser.add_argument("--n-jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = str(Path(folder) / "cache")
        if options.cohort:
            cohort = rh.read_cohort(options.cohort, target=options.target)
            compare(Path(options.cohort).name, cohort, options, cache)
            return
        for signal in (0.0, 1.0):
            csv = make_ct_cohort(Path(folder) / f"signal{signal}", n_patients=options.patients, signal=signal)
            compare(f"signal {signal:.0f}", rh.read_cohort(csv, target="her2"), options, cache)


if __name__ == "__main__":
    main()
