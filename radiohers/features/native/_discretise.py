"""From grey values to grey levels: pyradiomics' binning, once for all classes of features."""

from dataclasses import dataclass

import numpy as np

from radiohers.exceptions import ExtractionError, MaskError
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


@kernel
def _row_bounds(mask):
    """Return the lesion's box and the rows of lesion voxels in it, as (slice, row, first, end)."""
    n_slices, n_rows, n_columns = mask.shape
    rows = np.empty((64, 4), np.int64)
    n = 0
    box = np.array([n_slices, n_rows, n_columns, 0, 0, 0])
    for z in range(n_slices):
        for y in range(n_rows):
            line = mask[z, y]
            x = 0
            while x < n_columns:
                if line[x] == 0:
                    x += 1
                    continue
                first = x
                while x < n_columns and line[x] != 0:
                    x += 1
                if n == len(rows):
                    grown = np.empty((2 * n, 4), np.int64)
                    grown[:n] = rows
                    rows = grown
                rows[n] = (z, y, first, x)
                n += 1
                box[0], box[3] = min(box[0], z), max(box[3], z + 1)
                box[1], box[4] = min(box[1], y), max(box[4], y + 1)
                box[2], box[5] = min(box[2], first), max(box[5], x)
    return box, rows[:n].copy()


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
        If a grey value is NaN or infinite, or there are more than 65,535 grey levels.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native._discretise import discretise
    >>> lesion = discretise(np.arange(24.0).reshape(2, 3, 4), np.ones((2, 3, 4), bool), {"binWidth": 10})
    >>> lesion.counts.tolist(), lesion.levels.shape
    ([10, 10, 4], (4, 5, 6))
    """
    box, rows = _row_bounds(np.ascontiguousarray(mask).view(np.uint8))
    if len(rows) == 0:
        raise MaskError("The mask marks no voxel of this image. Check the mask and its label.")
    size = tuple(int(side) for side in box[3:] - box[:3])
    values = np.ascontiguousarray(image)[mask]
    if not np.isfinite(values.sum()) and not np.isfinite(values).all():
        raise ExtractionError(
            f"{np.count_nonzero(~np.isfinite(values))} of {len(values)} grey values in the lesion are NaN or "
            "infinite. Mend the image, or leave out the filter that makes them."
        )
    edges = bin_edges(values, settings.get("binWidth", 25), settings.get("binCount"))
    numbers, counts = np.empty(len(values), np.int64), np.zeros(len(edges), np.int64)
    values = values.astype(np.float64, copy=False)
    _bin_numbers(values, edges, numbers, counts)
    present = np.flatnonzero(counts)
    if len(present) > MOST_LEVELS:
        raise ExtractionError(
            f"The lesion has {len(present)} grey levels (limit {MOST_LEVELS}). Choose a wider bin "
            f"(binWidth, now {settings.get('binWidth', 25)}) or fewer bins (binCount)."
        )
    ranks = np.zeros(len(edges), np.uint16)
    ranks[present] = np.arange(1, len(present) + 1)
    padded = tuple(side + 2 * pad for side in size)
    origin = np.array([pad, pad, pad]) - box[:3]
    starts = (rows[:, 0] + origin[0]) * padded[1] + rows[:, 1] + origin[1]
    flat_rows = starts[:, None] * padded[2] + rows[:, 2:] + origin[2]
    levels = np.zeros(padded, np.uint16)
    _fill(levels.reshape(-1), flat_rows, numbers, ranks)
    return Lesion(values, levels, flat_rows, present + 1, counts[present], size)
