"""Time to fit TorchMLPClassifier over the time to fit scikit-learn's MLPClassifier.

Both train the same layers on the same 67 x 50 table of noise for the same number
of epochs and of steps an epoch, without early stopping. Repeats alternate, so
that whatever else the machine does slows both.

Run: python benchmarks/bench_mlp.py
"""

import argparse
import os
import statistics
import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from radiohers.estimators import TorchMLPClassifier

N_ROWS, N_COLUMNS = 67, 50
HIDDEN_LAYER_SIZES = (32,)
TARGET_RATIO = 2.0


def seconds_to_fit(model, X, y):
    start = time.perf_counter()
    model.fit(X, y)
    return time.perf_counter() - start


def compare(epochs, batch_size, dropout, repeats):
    """Return the median seconds of both, and the median of their ratios."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N_ROWS, N_COLUMNS)), rng.integers(2, size=N_ROWS)
    ours = TorchMLPClassifier(
        HIDDEN_LAYER_SIZES, dropout=dropout, max_epochs=epochs, batch_size=batch_size, device="cpu", random_state=0
    )
    rival = MLPClassifier(
        HIDDEN_LAYER_SIZES, max_iter=epochs, batch_size=batch_size, tol=0, n_iter_no_change=epochs + 1, random_state=0
    )
    # The first fit of each pays for imports and is not counted.
    pairs = [(seconds_to_fit(ours, X, y), seconds_to_fit(rival, X, y)) for _ in range(repeats + 1)][1:]
    assert ours.n_epochs_ == rival.n_iter_ == epochs
    our_seconds, rival_seconds = zip(*pairs, strict=True)
    return (
        statistics.median(our_seconds),
        statistics.median(rival_seconds),
        statistics.median(a / b for a, b in pairs),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(f"{N_ROWS} x {N_COLUMNS}, layers {HIDDEN_LAYER_SIZES}, {arguments.epochs} epochs, {os.cpu_count()} cores")
    for batch_size, dropout in [(N_ROWS, 0.0), (32, 0.0), (16, 0.0), (32, 0.5)]:
        ours, rival, ratio = compare(arguments.epochs, batch_size, dropout, arguments.repeats)
        note = "target" if dropout == 0 else "scikit-learn has no dropout; target"
        print(
            f"batch {batch_size:2d}, dropout {dropout}: torch {ours:.3f} s, scikit-learn {rival:.3f} s, "
            f"ratio {ratio:.2f} ({note} at most {TARGET_RATIO})"
        )


if __name__ == "__main__":
    main()
