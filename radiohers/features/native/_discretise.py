"""From grey values to grey levels: pyradiomics' binning, once for all classes of features."""

from dataclasses import dataclass

import numpy as np

from radiohers.exceptions import ExtractionError, MaskError
from radiohers.features._grey_levels import check_bins
from radiohers.features.native._compile import kernel

__all__ = ["Lesion", "bin_edges", "discretise"]

MOST_LEVELS = 65_535  # what the 16 bits of a padded voxel hold, besides 0 for "outside"


@dataclass(frozen=True)
class Lesion:
    """A lesion in grey levels.

    Attributes
    ----------
    values : ndarray of float64, shape (n_voxels,)
        Grey values, in the order of memory.
    levels : ndarray of uint16, shape (slices, rows, columns)
        The rank of each voxel's grey level, from 1; 0 outside the lesion. The
        lesion's box, padded on all sides.
    rows : ndarray of int64, shape (n_rows, 2)
        Start and end of each row of lesion voxels, as indices into `levels`, flattened.
    grey_levels : ndarray of int64, shape (n_levels,)
        The grey levels that occur, pyradiomics' numbers: rank 1 stands for the first.
    counts : ndarray of int64, shape (n_levels,)
        Voxels of each grey level.
    size : tuple of int
        Sides of the lesion's box without padding, in voxels.
    """

    values: np.ndarray
    levels: np.ndarray
    rows: np.ndarray
    grey_levels: np.ndarray
    counts: np.ndarray
    size: tuple[int, int, int]


def bin_edges(values: np.ndarray, bin_width: float = 25, bin_count: int | None = None) -> np.ndarray:
    """Return the edges of the bins, as pyradiomics lays them.

    Parameters
    ----------
    values : ndarray of shape (n_voxels,)
        The lesion's grey values. The edges are worked out in their type, as
        pyradiomics does: float32 after a Laplacian of Gaussian.
    bin_width : float, default=25
        Width of a bin; the edges are multiples of it.
    bin_count : int or None, default=None
        Number of bins between minimum and maximum, instead of a width.

    Returns
    -------
    ndarray of float64, shape (n_bins + 1,)
        The edges, ascending.

    References
    ----------
    van Griethuysen et al., Cancer Res 2017;77:e104. https://doi.org/10.1158/0008-5472.CAN-17-0339

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native._discretise import bin_edges
    >>> bin_edges(np.array([54.0, 166.0])).tolist()
    [50.0, 75.0, 100.0, 125.0, 150.0, 175.0, 200.0]
    """
    lowest, highest = values.min(), values.max()
    if bin_count is not None:
        edges = np.histogram(np.array([lowest, highest]), bin_count)[1]
        edges[-1] += 1  # the maximum belongs to the last bin
        return edges.astype(np.float64)
    edges = np.arange(lowest - lowest % bin_width, highest + 2 * bin_width, bin_width)
    if len(edges) == 1:
        edges = np.array([edges[0] - 0.5, edges[0] + 0.5])
    return edges.astype(np.float64)


def _lesion_box(mask: np.ndarray) -> tuple[slice, ...]:
    """Return the smallest box that holds the lesion."""
    seen_along = np.any(mask, axis=0)
    sides = (mask.reshape(len(mask), -1).any(axis=1), seen_along.any(axis=1), seen_along.any(axis=0))
    found = [np.flatnonzero(side) for side in sides]
    if len(found[0]) == 0:
        raise MaskError("The mask marks no voxel of this image", advice="Check the mask and its label.")
    return tuple(slice(int(places[0]), int(places[-1]) + 1) for places in found)


def _rows(padded_mask: np.ndarray) -> np.ndarray:
    """Return start and end, in memory, of each row of lesion voxels; padding keeps rows apart."""
    flat = padded_mask.reshape(-1)
    return (np.flatnonzero(flat[1:] != flat[:-1]) + 1).reshape(-1, 2)


@kernel
def _bin_numbers(values, edges, numbers, counts):
    """Write each value's bin, from 1 as `np.digitize` counts, and the voxels of each bin."""
    last = len(edges) - 1
    lowest = edges[0]
    scale = last / (edges[last] - lowest)
    for v in range(len(values)):
        value = values[v]
        # The guess may be a bin off by rounding; the edges decide.
        b = min(int((value - lowest) * scale), last)
        while b < last and value >= edges[b + 1]:
            b += 1
        while b > 0 and value < edges[b]:
            b -= 1
        numbers[v] = b
        counts[b] += 1


@kernel
def _fill(levels, rows, numbers, ranks):
    """Write the ranks of the bins into the padded volume."""
    v = 0
    for row in range(len(rows)):
        for i in range(rows[row, 0], rows[row, 1]):
            levels[i] = ranks[numbers[v]]
            v += 1


def discretise(image: np.ndarray, mask: np.ndarray, settings: dict, pad: int = 1) -> Lesion:
    """Sort the lesion's voxels into grey levels.

    Parameters
    ----------
    image : ndarray of float64 or float32, shape (slices, rows, columns)
        Grey values of a box that holds the lesion.
    mask : ndarray of bool, shape (slices, rows, columns)
        The lesion.
    settings : dict
        pyradiomics' settings; ``binWidth`` (default 25) and ``binCount`` are used.
    pad : int, default=1
        Voxels of padding on each side: the longest step to a neighbour.

    Returns
    -------
    Lesion
        The lesion in grey levels.

    Raises
    ------
    MaskError
        If the mask is empty.
    ExtractionError
        If a grey value is NaN or infinite, there are more than 65,535 grey
        levels, or more than 10 million bins from the first to the last of them.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native._discretise import discretise
    >>> lesion = discretise(np.arange(24.0).reshape(2, 3, 4), np.ones((2, 3, 4), bool), {"binWidth": 10})
    >>> lesion.counts.tolist(), lesion.levels.shape
    ([10, 10, 4], (4, 5, 6))
    """
    box = _lesion_box(mask)
    image, mask = image[box], mask[box]
    values = image[mask]
    if not np.isfinite(values.sum()) and not np.isfinite(values).all():
        raise ExtractionError(
            f"{np.count_nonzero(~np.isfinite(values))} of {len(values)} grey values in the lesion are NaN or infinite",
            advice="Mend the image, or leave out the filter that makes them.",
        )
    check_bins(values, settings)
    edges = bin_edges(values, settings.get("binWidth", 25), settings.get("binCount"))
    numbers, counts = np.empty(len(values), np.int64), np.zeros(len(edges), np.int64)
    values = values.astype(np.float64, copy=False)
    _bin_numbers(values, edges, numbers, counts)
    present = np.flatnonzero(counts)
    if len(present) > MOST_LEVELS:
        raise ExtractionError(
            f"the lesion has {len(present)} grey levels (limit {MOST_LEVELS})",
            advice=f"Choose a wider bin (binWidth, now {settings.get('binWidth', 25)}) or fewer bins (binCount).",
        )
    ranks = np.zeros(len(edges), np.uint16)
    ranks[present] = np.arange(1, len(present) + 1)
    padded = np.pad(mask, pad)
    levels, rows = np.zeros(padded.shape, np.uint16), _rows(padded)
    _fill(levels.reshape(-1), rows, numbers, ranks)
    return Lesion(values, levels, rows, present + 1, counts[present], mask.shape)
