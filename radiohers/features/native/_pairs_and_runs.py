"""Neighbouring levels and runs of one level, counted in one walk: half the time of two."""

import numpy as np

from radiohers.features.native._compile import kernel
from radiohers.features.native._discretise import Lesion

__all__ = ["pairs_and_runs"]


@kernel
def _count(levels, rows, offset, run, counts):
    """Count each voxel once: where its level is new under its neighbour's, else under the run's length so far."""
    n_columns = np.uint64(counts.shape[1])
    n_levels = np.uint64(counts.shape[0])
    one = np.uint64(1)
    table = counts.reshape(-1)
    for row in range(len(rows)):
        first, last = rows[row, 0], rows[row, 1]
        here, there = levels[first:last], levels[first - offset : last - offset]
        before, now = run[first - offset : last - offset], run[first:last]
        for x in range(np.uint64(last - first)):
            # Without a branch: what levels follow each other cannot be predicted.
            level, other = np.uint64(here[x]), np.uint64(there[x])
            length = (np.uint64(before[x]) + one) * np.uint64(level == other)
            now[x] = length
            column = n_levels + length if level == other else other
            table[level * n_columns + column] += np.uint32(1)


@kernel
def _count_all(levels, rows, offsets, run, counts):
    for a in range(len(offsets)):
        _count(levels, rows, offsets[a], run, counts[a])


def pairs_and_runs(lesion: Lesion, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count what co-occurrence and run lengths need.

    Parameters
    ----------
    lesion : Lesion
        The lesion in grey levels.
    offsets : ndarray of int64, shape (n_directions,)
        Distances in memory to the next voxel, leading on.

    Returns
    -------
    pairs : ndarray of float64, shape (n_directions, n_levels, n_levels)
        As :func:`radiohers.features.native._glcm.co_occurrences` counts.
    reached : ndarray of float64, shape (n_directions, n_levels, longest side + 1)
        As :func:`radiohers.features.native._glrlm.voxels_reached` counts.
    """
    n_levels, longest = len(lesion.grey_levels) + 1, max(lesion.size)
    counts = np.zeros((len(offsets), n_levels, n_levels + longest + 1), np.uint32)
    run = np.zeros(lesion.levels.size, np.uint16)
    _count_all(lesion.levels.reshape(-1), lesion.rows, offsets, run, counts)
    # From a voxel back to its neighbour: the neighbour's level is the first of the pair.
    pairs = counts[:, 1:, 1:n_levels].transpose(0, 2, 1).astype(np.float64, order="C")
    reached = counts[:, 1:, n_levels:].astype(np.float64)
    again = np.arange(n_levels - 1)
    pairs[:, again, again] = reached.sum(axis=2)
    reached[:, :, 0] = lesion.counts - pairs[:, again, again]
    return pairs, reached
