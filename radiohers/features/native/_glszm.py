"""Grey level size zones: connected voxels of one level."""

import numpy as np

from radiohers.features.native._compile import kernel
from radiohers.features.native._discretise import Lesion

__all__ = ["size_zones"]


@kernel
def _root(parents, i):
    while parents[i] != i:
        parents[i] = parents[parents[i]]
        i = parents[i]
    return i


@kernel
def _join(levels, rows, offsets, parents):
    """Link each voxel to the first one, in memory, of its zone."""
    for row in range(len(rows)):
        for i in range(rows[row, 0], rows[row, 1]):
            level = levels[i]
            # The first neighbour touches all others that come before this voxel: if it
            # belongs to the zone, they are linked already.
            if levels[i - offsets[0]] == level:
                parents[i] = _root(parents, i - offsets[0])
                continue
            root = i
            parents[i] = i
            for a in range(1, len(offsets)):
                neighbour = i - offsets[a]
                if levels[neighbour] == level:
                    other = _root(parents, neighbour)
                    if other < root:
                        parents[root] = other
                        root = other
                    elif other > root:
                        parents[other] = root


@kernel
def _zone_sizes(rows, parents, sizes):
    """Count the voxels of each zone at its first voxel."""
    for row in range(len(rows)):
        for i in range(rows[row, 0], rows[row, 1]):
            sizes[_root(parents, i)] += 1


@kernel
def _list_zones(levels, rows, sizes, keys, n_sizes):
    """Write level and size of each zone as one number; return how many there are."""
    n = 0
    for row in range(len(rows)):
        for i in range(rows[row, 0], rows[row, 1]):
            if sizes[i] > 0:
                keys[n] = np.int64(levels[i] - 1) * n_sizes + sizes[i]
                n += 1
    return n


def size_zones(lesion: Lesion, steps: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count the zones by grey level and size.

    Parameters
    ----------
    lesion : Lesion
        The lesion in grey levels.
    steps : ndarray of int64, shape (n_directions, 3)
        Directions to neighbours, of length 1, leading on in memory.
    offsets : ndarray of int64, shape (n_directions,)
        The steps as distances in memory.

    Returns
    -------
    tables : ndarray of float64, shape (1, n_levels, n_sizes)
        Zones.
    sizes : ndarray of int64, shape (n_sizes,)
        Voxels of a zone, a column each.

    References
    ----------
    Thibault et al., IEEE Trans Biomed Eng 2014;61:630. https://doi.org/10.1109/TBME.2013.2284600
    """
    levels = lesion.levels.reshape(-1)
    # A step along the slowest axis alone leads to a voxel that touches all the others.
    central = int(np.argmax((np.abs(steps).sum(axis=1) == 1) & (offsets == _slowest(steps, offsets))))
    order = np.r_[central, np.delete(np.arange(len(offsets)), central)]
    parents, sizes = np.zeros(levels.size, np.int32), np.zeros(levels.size, np.int32)
    _join(levels, lesion.rows, offsets[order], parents)
    _zone_sizes(lesion.rows, parents, sizes)
    n_sizes = len(lesion.values) + 1
    keys = np.empty(len(lesion.values), np.int64)
    keys = keys[: _list_zones(levels, lesion.rows, sizes, keys, n_sizes)]
    zones, counts = np.unique(keys, return_counts=True)
    found, columns = np.unique(zones % n_sizes, return_inverse=True)
    tables = np.zeros((1, len(lesion.grey_levels), len(found)))
    tables[0, zones // n_sizes, columns] = counts
    return tables, found


def _slowest(steps: np.ndarray, offsets: np.ndarray) -> int:
    return int(offsets[np.abs(steps).sum(axis=1) == 1].max())
