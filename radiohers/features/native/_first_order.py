"""First-order features: of the grey values alone, wherever they lie."""

from collections.abc import Sequence

import numpy as np

from radiohers.features.native._compile import kernel
from radiohers.features.native._discretise import Lesion

__all__ = ["first_order_features"]

_EPS = np.spacing(1.0)
_N_CELLS = 4096


@kernel
def _histogram(values, lowest, scale, cells, counts):
    for v in range(len(values)):
        cell = min(int((values[v] - lowest) * scale), _N_CELLS - 1)
        cells[v] = cell
        counts[cell] += 1


@kernel
def _collect(values, cells, wanted, collected):
    n = 0
    for v in range(len(values)):
        if wanted[cells[v]]:
            collected[n] = values[v]
            n += 1


def order_statistics(values: np.ndarray, lowest: float, highest: float, places: np.ndarray) -> np.ndarray:
    """Return the values that would stand at those places if all were sorted.

    Parameters
    ----------
    values : ndarray of float64, shape (n_voxels,)
        The values, in any order.
    lowest, highest : float
        Their minimum and maximum.
    places : ndarray of int64
        Places, from 0.

    Returns
    -------
    ndarray of float64
        The values, exactly: only the cells of a fine histogram that hold one of them are sorted.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native._first_order import order_statistics
    >>> order_statistics(np.array([3.0, 1.0, 2.0]), 1.0, 3.0, np.array([1]))
    array([2.])
    """
    # A range so narrow, or so wide, that the cells cannot be told apart is sorted as a whole.
    span = float(highest) - float(lowest)
    if not _N_CELLS * np.finfo(np.float64).tiny < span < np.inf:
        return np.sort(values)[places]
    scale = _N_CELLS / span
    cells, counts = np.empty(len(values), np.uint16), np.zeros(_N_CELLS, np.int64)
    _histogram(values, lowest, scale, cells, counts)
    ends = np.cumsum(counts)
    wanted = np.zeros(_N_CELLS, np.bool_)
    wanted[np.searchsorted(ends, places, side="right")] = True
    collected = np.empty(counts[wanted].sum())
    _collect(values, cells, wanted, collected)
    collected.sort()
    # As many values as lie in the cells left out below stand before a collected one.
    left_out = np.cumsum(np.where(wanted, 0, counts))
    return collected[places - left_out[np.searchsorted(ends, places, side="right")]]


def _percentiles(values: np.ndarray, lowest: float, highest: float) -> dict[int, float]:
    """Return the percentiles 10, 25, 50, 75, 90, interpolated as `np.percentile` does."""
    percents = np.array([10, 25, 50, 75, 90])
    at = (len(values) - 1) * (percents / 100)
    below = np.floor(at).astype(np.int64)
    above = np.minimum(below + 1, len(values) - 1)
    ordered = order_statistics(values, lowest, highest, np.concatenate([below, above]))
    a, b, t = ordered[:5], ordered[5:], at - below
    found = np.where(t >= 0.5, b - (b - a) * (1 - t), a + (b - a) * t)
    found[2] = (a[2] + b[2]) / 2 if t[2] != 0 else a[2]
    return dict(zip(percents.tolist(), found.tolist(), strict=True))


@kernel
def _central_moments(values, mean, sums):
    """Add up the absolute deviations and their powers 2 to 4, in blocks so that rounding errors stay small."""
    first = 0
    while first < len(values):
        last = min(first + 256, len(values))
        s1 = s2 = s3 = s4 = 0.0
        for v in range(first, last):
            away = values[v] - mean
            squared = away * away
            s1 += abs(away)
            s2 += squared
            s3 += squared * away
            s4 += squared * squared
        sums[0] += s1
        sums[1] += s2
        sums[2] += s3
        sums[3] += s4
        first = last


@kernel
def _fold(buffer):
    """Return the sum, halves upon halves, in the vector unit."""
    half = np.uint64(len(buffer) // 2)
    while half > 0:
        for x in range(half):
            buffer[x] += buffer[x + half]
        half //= np.uint64(2)
    return buffer[0]


@kernel
def _robust_deviation(values, low, high):
    """Return the mean absolute deviation of the values from `low` to `high`; NaN where there is none."""
    n, mean, total = 0, 0.0, 0.0
    buffer = np.empty(256)
    for first in range(0, len(values), 256):
        block = values[first : first + 256]
        buffer[len(block) :] = 0.0
        for x in range(len(block)):
            inside = (block[x] >= low) & (block[x] <= high)
            n += inside
            buffer[x] = block[x] if inside else 0.0
        total += _fold(buffer)
    mean, total = total / n, 0.0
    for first in range(0, len(values), 256):
        block = values[first : first + 256]
        buffer[len(block) :] = 0.0
        for x in range(len(block)):
            inside = (block[x] >= low) & (block[x] <= high)
            buffer[x] = abs(block[x] - mean) if inside else 0.0
        total += _fold(buffer)
    return total / n


def first_order_features(lesion: Lesion, spacing_mm: Sequence[float], shift: float = 0) -> dict[str, float]:
    """Return the features of the grey values.

    Parameters
    ----------
    lesion : Lesion
        Its values, and the voxels of each grey level.
    spacing_mm : sequence of 3 floats
        Distance between voxels in mm.
    shift : float, default=0
        What is added to the values for the energies (``voxelArrayShift``).

    Returns
    -------
    dict of str to float
        The 18 features, and StandardDeviation,
        which pyradiomics gives only where it is asked for by name.

    References
    ----------
    van Griethuysen et al., Cancer Res 2017;77:e104. https://doi.org/10.1158/0008-5472.CAN-17-0339
    Zwanenburg et al., Radiology 2020;295:328. https://doi.org/10.1148/radiol.2020191145

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native._discretise import discretise
    >>> lesion = discretise(np.arange(24.0).reshape(2, 3, 4), np.ones((2, 3, 4), bool), {})
    >>> first_order_features(lesion, (1.0, 1.0, 1.0))["Median"]
    11.5
    """
    values, n = lesion.values, len(lesion.values)
    lowest, highest, mean = float(values.min()), float(values.max()), float(values.sum() / n)
    percentiles = _percentiles(values, lowest, highest)
    sums = np.zeros(4)
    _central_moments(values, mean, sums)
    deviation, m2, m3, m4 = (sums / n).tolist()
    shifted = values + shift
    energy = float((shifted * shifted).sum())
    p = lesion.counts / n
    return {
        "10Percentile": percentiles[10],
        "90Percentile": percentiles[90],
        "Energy": energy,
        "Entropy": float(-1.0 * (p * np.log2(p + _EPS)).sum()),
        "InterquartileRange": percentiles[75] - percentiles[25],
        "Kurtosis": m4 / m2**2.0 if m2 != 0 else 0.0,
        "Maximum": highest,
        "Mean": mean,
        "MeanAbsoluteDeviation": deviation,
        "Median": percentiles[50],
        "Minimum": lowest,
        "Range": highest - lowest,
        "RobustMeanAbsoluteDeviation": float(_robust_deviation(values, percentiles[10], percentiles[90])),
        "RootMeanSquared": float(np.sqrt(energy / n)),
        "Skewness": m3 / m2**1.5 if m2 != 0 else 0.0,
        "TotalEnergy": energy * float(np.prod(spacing_mm)),
        "Uniformity": float((p**2).sum()),
        "Variance": m2,
        "StandardDeviation": float(np.sqrt(m2)),
    }
