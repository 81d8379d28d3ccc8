"""Grey level dependence: how many neighbours are like a voxel."""

import numpy as np

from radiohers.features.native._compile import kernel
from radiohers.features.native._discretise import Lesion

__all__ = ["dependences"]

_BLOCK = 4096


@kernel
def _equal_neighbours(levels, offsets, margin, equal):
    """Count each voxel's neighbours of its own level, block by block so that the counts stay in the cache."""
    for first in range(margin, len(levels) - margin, _BLOCK):
        last = min(first + _BLOCK, len(levels) - margin)
        here, counts = levels[first:last], equal[first:last]
        for a in range(len(offsets)):
            there = levels[first + offsets[a] : last + offsets[a]]
            for x in range(len(here)):
                counts[x] += np.uint16(here[x] == there[x])


@kernel
def _alike_neighbours(levels, rows, offsets, grey_levels, alpha, alike):
    """Count each voxel's neighbours whose level differs by at most alpha."""
    for row in range(len(rows)):
        for i in range(rows[row, 0], rows[row, 1]):
            level = grey_levels[levels[i] - 1]
            n = 0
            for offset in offsets:
                other = levels[i + offset]
                if other > 0 and abs(grey_levels[other - 1] - level) <= alpha:
                    n += 1
            alike[i] = n


@kernel
def _tabulate(levels, rows, alike, table):
    for row in range(len(rows)):
        for i in range(rows[row, 0], rows[row, 1]):
            table[levels[i] - 1, alike[i]] += 1


def dependences(lesion: Lesion, offsets: np.ndarray, alpha: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Count the voxels by grey level and number of dependent voxels.

    Parameters
    ----------
    lesion : Lesion
        The lesion in grey levels.
    offsets : ndarray of int64, shape (n_directions,)
        Distances in memory to all neighbours, both ways.
    alpha : int, default=0
        Largest difference in grey levels of a neighbour that depends on the voxel.

    Returns
    -------
    tables : ndarray of float64, shape (1, n_levels, n_sizes)
        Voxels.
    sizes : ndarray of int64, shape (n_sizes,)
        Dependent voxels, the voxel itself counted, a column each.

    References
    ----------
    Sun and Wee, Comput Vis Graph Image Process 1983;23:341. https://doi.org/10.1016/0734-189X(83)90032-4
    """
    levels = lesion.levels.reshape(-1)
    alike = np.zeros(levels.size, np.uint16)
    if alpha == 0:
        _equal_neighbours(levels, offsets, int(np.abs(offsets).max()), alike)
    else:
        _alike_neighbours(levels, lesion.rows, offsets, lesion.grey_levels, alpha, alike)
    table = np.zeros((len(lesion.grey_levels), len(offsets) + 1), np.int64)
    _tabulate(levels, lesion.rows, alike, table)
    sizes = np.flatnonzero(table.any(axis=0))
    return np.ascontiguousarray(table[None, :, sizes], dtype=np.float64), sizes + 1
