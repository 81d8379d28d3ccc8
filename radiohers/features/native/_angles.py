"""The directions in which neighbours are looked for, in pyradiomics' order."""

import itertools
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from radiohers.exceptions import ExtractionError

__all__ = ["directions", "flat_offsets"]


def directions(
    size: Sequence[int], distances: Sequence[int] = (1,), flat_axis: int | None = None, both_ways: bool = False
) -> np.ndarray:
    """Return the steps from a voxel to its neighbours.

    Parameters
    ----------
    size : sequence of int
        Sides of the lesion's box, in voxels; no step is as long as a side.
    distances : sequence of int, default=(1,)
        Lengths of the steps, in voxels, by the infinity norm.
    flat_axis : int or None, default=None
        The axis along which no step goes (pyradiomics' ``force2Ddimension``).
    both_ways : bool, default=False
        Whether the opposite of each step is returned too.

    Returns
    -------
    ndarray of int64, shape (n_directions, n_axes)
        The steps; the first half, which is all by default, leads on in memory.

    Raises
    ------
    ExtractionError
        If there is no direction: the lesion is a single voxel within the plane.

    Notes
    -----
    A distance that is named twice doubles the number of directions, as in
    pyradiomics: then the opposite ways come in, and after them the first again.

    Examples
    --------
    >>> from radiohers.features.native._angles import directions
    >>> directions((1, 4, 5)).tolist()
    [[0, 1, 1], [0, 1, 0], [0, 1, -1], [0, 0, 1]]
    """
    # Three matrices of every filtered image ask for the same ones. A copy, as what is kept must not be written to.
    return _directions(tuple(map(int, size)), tuple(map(int, distances)), flat_axis, both_ways).copy()


@lru_cache(maxsize=64)
def _directions(
    size: tuple[int, ...], distances: tuple[int, ...], flat_axis: int | None, both_ways: bool
) -> np.ndarray:
    moving = np.array([axis != flat_axis for axis in range(len(size))])
    longest = max(distances, default=0)
    reach = [min(longest, side - 1) if moves else 0 for side, moves in zip(size, moving, strict=True)]
    steps = np.array(list(itertools.product(*(range(most, -most - 1, -1) for most in reach)))).reshape(-1, len(size))
    found = steps[np.isin(np.abs(steps).max(axis=1), list(distances)) & steps.any(axis=1)]
    sides = (np.asarray(size) - 1)[moving]
    within = np.minimum(np.asarray(distances)[:, None], sides)
    inside = np.minimum(np.asarray(distances)[:, None] - 1, sides)
    wanted = int((np.prod(2 * within + 1, axis=1) - np.prod(2 * inside + 1, axis=1)).sum())
    wanted = wanted if both_ways else wanted // 2
    if wanted == 0 or min(distances) < 1:
        raise ExtractionError(
            f"a lesion of {'x'.join(map(str, size))} voxels has no neighbours at the distances {distances} (flat "
            f"axis: {flat_axis})",
            advice="Texture needs two voxels along an axis; check the mask, or ask for shape and first-order features "
            "alone.",
        )
    return found[np.arange(wanted) % len(found)]


def flat_offsets(steps: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Return steps as distances in the memory of a C-contiguous volume of that shape."""
    strides = np.array([shape[1] * shape[2], shape[2], 1])
    return np.ascontiguousarray(steps @ strides)
