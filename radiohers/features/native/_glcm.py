"""Grey level co-occurrence: which levels lie beside each other."""

import numpy as np

from radiohers.features.native._compile import kernel
from radiohers.features.native._discretise import Lesion

__all__ = ["co_occurrences", "normalised_matrices"]


@kernel
def _count_pairs(levels, rows, offsets, pairs):
    n_columns = np.uint64(pairs.shape[2])
    for a in range(len(offsets)):
        table = pairs[a].reshape(-1)
        offset = offsets[a]
        for row in range(len(rows)):
            first = rows[row, 0]
            n = np.uint64(rows[row, 1] - first)
            here = levels[first : rows[row, 1]]
            there = levels[first + offset : rows[row, 1] + offset]
            for x in range(n):
                table[np.uint64(here[x]) * n_columns + np.uint64(there[x])] += np.uint32(1)


def co_occurrences(lesion: Lesion, offsets: np.ndarray) -> np.ndarray:
    """Count the pairs of neighbours by their grey levels.

    Parameters
    ----------
    lesion : Lesion
        The lesion in grey levels.
    offsets : ndarray of int64, shape (n_directions,)
        Distance in memory from a voxel to its neighbour, a direction each.

    Returns
    -------
    ndarray of float64, shape (n_directions, n_levels, n_levels)
        Pairs of a level (axis 1) and its neighbour's (axis 2).

    References
    ----------
    Haralick et al., IEEE Trans Syst Man Cybern 1973;3:610. https://doi.org/10.1109/TSMC.1973.4309314
    """
    n_levels = len(lesion.grey_levels) + 1
    pairs = np.zeros((len(offsets), n_levels, n_levels), np.uint32)
    _count_pairs(lesion.levels.reshape(-1), lesion.rows, offsets, pairs)
    return pairs[:, 1:, 1:].astype(np.float64)


def normalised_matrices(pairs: np.ndarray, symmetrical: bool = True, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the probabilities of pairs of levels, a matrix a direction.

    Parameters
    ----------
    pairs : ndarray of float64, shape (n_directions, n_levels, n_levels)
        What :func:`co_occurrences` counts.
    symmetrical : bool, default=True
        Whether a pair counts in both orders.
    weights : ndarray of shape (n_directions,) or None, default=None
        Weights by which the directions are summed to one matrix.

    Returns
    -------
    ndarray of float64, shape (n_matrices, n_levels, n_levels)
        Each sums to 1; directions without a pair are left out, except that a
        lone matrix without a pair is NaN.
    """
    if symmetrical:
        pairs = pairs + pairs.transpose(0, 2, 1)
    if weights is not None:
        pairs = (pairs * weights[:, None, None]).sum(axis=0, keepdims=True)
    totals = pairs.sum(axis=(1, 2))
    if len(pairs) > 1:
        pairs, totals = pairs[totals != 0], totals[totals != 0]
    return pairs / np.where(totals == 0, np.nan, totals)[:, None, None]
