"""Resamples in blocks that fit the processor's cache."""

from collections.abc import Callable
from functools import wraps

import numpy as np

__all__ = ["by_blocks", "divide"]

# Weights of 1 MiB: larger blocks leave the cache, and memory would grow with the number of cases.
_BLOCK_ELEMENTS = 2**17


def by_blocks(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Make a statistic of ``(y_true, values, weights, ...)`` see a block of the rows of `weights` at a time."""

    @wraps(function)
    def in_blocks(y_true: np.ndarray, values: np.ndarray, weights: np.ndarray, *args: np.ndarray) -> np.ndarray:
        n_rows = max(1, _BLOCK_ELEMENTS // max(1, weights.shape[1]))
        starts = range(0, max(len(weights), 1), n_rows)
        return np.concatenate([function(y_true, values, weights[start : start + n_rows], *args) for start in starts])

    return in_blocks


def divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Return the quotient, NaN where the denominator is not positive."""
    quotient = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    return np.divide(numerator, denominator, out=quotient, where=denominator > 0)
