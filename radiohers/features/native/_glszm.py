"""Grey level size zones: connected voxels of one level."""

from functools import lru_cache

import numpy as np

from radiohers.features.native._compile import kernel
from radiohers.features.native._discretise import Lesion

__all__ = ["size_zones"]

_BLOCK = 4096


@kernel
def _root(parents, i):
    parent = np.uint64(parents[i])
    while parent != i:
        parents[i] = parents[parent]
        i, parent = parent, np.uint64(parents[parent])
    return i


@kernel
def _mark_equal(levels, offsets, margin, marks):
    """Set a bit for each earlier neighbour of equal level, block by block so that the marks stay in the cache."""
    for first in range(margin, len(levels), _BLOCK):
        last = min(first + _BLOCK, len(levels))
        here, bits = levels[first:last], marks[first:last]
        for a in range(len(offsets)):
            there = levels[first - offsets[a] : last - offsets[a]]
            bit = np.uint16(1 << a)
            for x in range(len(here)):
                bits[x] |= np.uint16(here[x] == there[x]) * bit


@kernel
def _join(rows, offsets, marks, one_of_each, parents, sizes):
    """Link each voxel to the first one, in memory, of its zone, where the zone's voxels are counted."""
    one, four_bits = np.uint64(1), np.uint64(15)
    for row in range(len(rows)):
        i = np.uint64(rows[row, 0])
        while i < np.uint64(rows[row, 1]):
            # Neighbours that touch each other are linked already: one of them will do.
            neighbours = np.uint64(one_of_each[marks[i]])
            root = i
            parents[i] = i
            sizes[i] = 1
            while neighbours != 0:
                other = _root(parents, i - np.uint64(offsets[(neighbours & four_bits) - one]))
                if other != root:
                    older, younger = min(other, root), max(other, root)
                    parents[younger] = older
                    sizes[older] += sizes[younger]
                    sizes[younger] = 0
                    root = older
                neighbours >>= np.uint64(4)
            i += one


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


@lru_cache(maxsize=16)
def _one_of_each(steps: tuple[tuple[int, ...], ...]) -> np.ndarray:
    """Return, for each set of neighbours, one of each group of those that touch each other.

    Sets are numbers whose bits stand for the steps that lead to the neighbours.
    What is chosen, four at most, comes as numbers of steps from 1, in four bits each.
    """
    places, bits = np.array(steps), 1 << np.arange(len(steps))
    touching = (np.abs(places[:, None] - places).max(axis=2) == 1) @ bits
    left = np.arange(1 << len(steps))
    chosen = np.zeros_like(left)
    while left.any():
        # The last step leads to the nearest in memory.
        last = np.floor(np.log2(np.maximum(left, 1))).astype(np.int64)
        group = np.where(left > 0, 1 << last, 0)
        chosen = np.where(left > 0, chosen << 4 | last + 1, chosen)
        for _ in steps:
            for bit, touched in zip(bits, touching, strict=True):
                group |= np.where(group & bit, touched, 0) & left
        left &= ~group
    return chosen.astype(np.uint16)


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
    marks = np.zeros(levels.size, np.uint16)
    _mark_equal(levels, offsets, int(offsets.max()), marks)
    parents, sizes = np.empty(levels.size, np.uint32), np.empty(levels.size, np.uint32)
    # What a step leads to lies ahead; the neighbours that come before a voxel lie the other way.
    one_of_each = _one_of_each(tuple(map(tuple, steps.tolist())))
    _join(lesion.rows, offsets, marks, one_of_each, parents, sizes)
    n_sizes = len(lesion.values) + 1
    keys = np.empty(len(lesion.values), np.int64)
    keys = keys[: _list_zones(levels, lesion.rows, sizes, keys, n_sizes)]
    zones, counts = np.unique(keys, return_counts=True)
    found, columns = np.unique(zones % n_sizes, return_inverse=True)
    tables = np.zeros((1, len(lesion.grey_levels), len(found)))
    tables[0, zones // n_sizes, columns] = counts
    return tables, found
