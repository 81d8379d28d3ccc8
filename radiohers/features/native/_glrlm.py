"""Grey level run lengths: how many voxels of one level follow each other along a direction."""

import numpy as np

from radiohers.features.native._compile import kernel
from radiohers.features.native._discretise import Lesion

__all__ = ["run_lengths", "voxels_reached"]


@kernel
def _count_longer(levels, rows, offset, run, reached):
    """Count the voxels that continue a run, by level and by how many voxels of it lie before them."""
    n_lengths = np.uint64(reached.shape[1])
    table = reached.reshape(-1)
    for row in range(len(rows)):
        first, last = rows[row, 0], rows[row, 1]
        here, there = levels[first:last], levels[first - offset : last - offset]
        before, now = run[first - offset : last - offset], run[first:last]
        for x in range(np.uint64(last - first)):
            # Without a branch: what levels follow each other cannot be predicted.
            length = np.uint64(np.uint64(before[x]) + np.uint64(1)) * np.uint64(here[x] == there[x])
            now[x] = length
            table[np.uint64(here[x]) * n_lengths + length] += np.uint32(1)


@kernel
def _count_all(levels, rows, offsets, run, reached):
    for a in range(len(offsets)):
        _count_longer(levels, rows, offsets[a], run, reached[a])


def _has_company(lesion: Lesion, step: np.ndarray, offset: int) -> bool:
    """Return whether any line along the step holds two lesion voxels, be they neighbours or not."""
    flat = lesion.levels.reshape(-1)
    inside = np.flatnonzero(flat)
    if flat[inside + offset].any():
        return True
    places = np.stack(np.unravel_index(inside, lesion.levels.shape), axis=1)
    axis = np.flatnonzero(step)[0]
    on_first = places - (places[:, axis] // step[axis])[:, None] * step
    return len(np.unique(on_first, axis=0)) < len(places)


def voxels_reached(lesion: Lesion, offsets: np.ndarray) -> np.ndarray:
    """Count the voxels by grey level and by how many voxels of their run lie before them.

    Parameters
    ----------
    lesion : Lesion
        The lesion in grey levels.
    offsets : ndarray of int64, shape (n_directions,)
        The directions as distances in memory, leading on.

    Returns
    -------
    ndarray of uint32, shape (n_directions, n_levels, longest side + 1)
        Voxels.
    """
    reached = np.zeros((len(offsets), len(lesion.grey_levels) + 1, max(lesion.size) + 1), np.uint32)
    run = np.zeros(lesion.levels.size, np.uint16)
    _count_all(lesion.levels.reshape(-1), lesion.rows, offsets, run, reached)
    return reached[:, 1:]


def run_lengths(
    lesion: Lesion,
    steps: np.ndarray,
    offsets: np.ndarray,
    reached: np.ndarray,
    weights: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Count the runs by grey level and length.

    Parameters
    ----------
    lesion : Lesion
        The lesion in grey levels.
    steps : ndarray of int64, shape (n_directions, 3)
        Directions, leading on in memory.
    offsets : ndarray of int64, shape (n_directions,)
        The steps as distances in memory.
    reached : ndarray of shape (n_directions, n_levels, longest side + 1)
        What :func:`voxels_reached` counts.
    weights : ndarray of shape (n_directions,) or None, default=None
        Weights by which the directions are summed to one table.

    Returns
    -------
    tables : ndarray of float64, shape (n_tables, n_levels, n_lengths)
        Runs, a table a direction. A direction along which no two voxels lie has none,
        and is left out if there are several.
    lengths : ndarray of int64, shape (n_lengths,)
        Length of a run, a column each.

    References
    ----------
    Galloway, Comput Graph Image Process 1975;4:172. https://doi.org/10.1016/S0146-664X(75)80008-6
    """
    reached = reached.astype(np.float64)
    # Runs that reach a length, less those that reach a longer one.
    tables = reached[:, :, :-1] - reached[:, :, 1:]
    for table, step, offset in zip(tables, steps, offsets, strict=True):
        if not table[:, 1:].any() and not _has_company(lesion, step, int(offset)):
            table[:] = 0
    if weights is not None:
        tables = (tables * weights[:, None, None]).sum(axis=0, keepdims=True)
    if len(tables) > 1:
        tables = tables[tables.any(axis=(1, 2))]
    lengths = np.flatnonzero(tables.any(axis=(0, 1)))
    return np.ascontiguousarray(tables[:, :, lengths]), lengths + 1
