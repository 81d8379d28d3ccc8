"""The stationary wavelet transform, as pyradiomics applies it, in and around the lesion's box."""

import math
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np
import pywt

from radiohers.features.native._compile import kernel
from radiohers.features.native._crop import Volume
from radiohers.features.native._names import wavelet_prefix

__all__ = ["wavelet_sub_bands"]


class _Stretch(NamedTuple):
    """A run of voxels along an axis that counts as periodic."""

    start: int
    size: int
    period: int

    @property
    def positions(self) -> np.ndarray:
        return np.arange(self.start, self.start + self.size) % self.period

    def widen(self, n_taps: int) -> "_Stretch":
        """Return what the filter reads to fill this stretch."""
        return _Stretch(self.start - (n_taps // 2 - 1), self.size + n_taps - 1, self.period)

    def at_most_a_period(self) -> "_Stretch":
        return self if self.size < self.period else _Stretch(0, self.period, self.period)


_Region = tuple[_Stretch, ...]


def wavelet_sub_bands(volume: Volume, settings: dict) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the sub-bands in the lesion's box, in pyradiomics' order.

    Parameters
    ----------
    volume : Volume
        The case.
    settings : dict
        Of pyradiomics: ``wavelet`` (default coif1), ``start_level`` (0),
        ``level`` (1), ``force2D`` (False), ``force2Ddimension`` (0).

    Yields
    ------
    name : str
        ``wavelet-LLH``, ``wavelet2-LLH`` for the second level, and so on; L for
        low and H for high, the last axis first. The approximation of the last
        level comes last.
    box : ndarray of float64, or float32 for an image of that type

    Raises
    ------
    ValueError
        If PyWavelets has no discrete wavelet of that name.

    Notes
    -----
    Axes of odd size get one voxel more, a copy of their first, and are then
    periodic. Each level filters the approximation of the level before with the
    same taps: they are not dilated, which is what sets pyradiomics' levels
    apart from those of the textbook.

    Of each level, only what the box depends on is computed. Sums run in
    PyWavelets' order, so that they round alike.

    References
    ----------
    Lee GR, Gommers R, Waselewski F, Wohlfahrt K, O'Leary A. PyWavelets: A Python
    package for wavelet analysis. JOSS 2019;4:1237. doi:10.21105/joss.01237
    """
    wavelet = pywt.Wavelet(settings.get("wavelet", "coif1"))
    taps = _taps(wavelet, volume.float_type)
    start_level, n_levels = settings.get("start_level", 0), settings.get("level", 1)
    axes = _transformed_axes(volume.image.ndim, settings)
    regions = _regions(volume, axes, taps.shape[1], start_level + n_levels)
    approximation = "L" * len(axes)

    image_region = tuple(_Stretch(0, stretch.period, stretch.period) for stretch in regions[0])
    data, held = volume.image, image_region
    for level, region in enumerate(regions):
        number = level - start_level + 1
        source = _read(data, held, region, axes, taps.shape[1]).astype(taps.dtype, copy=False)
        kept = _inside(regions[-1], region)
        for name, band in _sub_bands(
            source.astype(volume.float_type, copy=False), region, axes, taps if number > 0 else taps[:1]
        ):
            if name == approximation:
                data, held = band, region
            else:
                yield f"{wavelet_prefix(number)}-{name}", np.ascontiguousarray(band[kept])
    yield f"{wavelet_prefix(n_levels)}-{approximation}", np.ascontiguousarray(data[kept])


def _taps(wavelet: pywt.Wavelet, float_type: np.dtype) -> np.ndarray:
    """Return the low and the high filter as PyWavelets applies them to data of that type."""
    if float_type == np.float64:
        return np.array([wavelet.dec_lo, wavelet.dec_hi])
    # Its coefficients of single precision are not always the rounded ones of double precision.
    n_taps = wavelet.dec_len
    impulse = np.zeros(2 * n_taps, float_type)
    impulse[n_taps] = 1
    responses = np.array(pywt.swt(impulse, wavelet, level=1)[0])
    return np.ascontiguousarray(responses[:, n_taps // 2 : n_taps // 2 + n_taps])


def _transformed_axes(ndim: int, settings: dict) -> list[int]:
    axes = list(range(ndim - 1, -1, -1))
    if settings.get("force2D", False):
        axes.remove(settings.get("force2Ddimension", 0))
    return axes


def _regions(volume: Volume, axes: list[int], n_taps: int, n_levels: int) -> list[_Region]:
    """Return what must be computed of each level: of the last the box, of the one before what the last reads."""
    region = tuple(
        _Stretch(side.start, side.stop - side.start, size + size % 2)
        for side, size in zip(volume.box, volume.image.shape, strict=True)
    )
    regions = [region]
    for _ in range(n_levels - 1):
        region = tuple(
            stretch.widen(n_taps).at_most_a_period() if axis in axes else stretch for axis, stretch in enumerate(region)
        )
        regions.insert(0, region)
    return regions


def _read(data: np.ndarray, held: _Region, region: _Region, axes: list[int], n_taps: int) -> np.ndarray:
    """Return the voxels of `data`, which lie in `held`, that the filter reads to fill `region`."""
    for axis, (have, stretch) in enumerate(zip(held, region, strict=True)):
        want = stretch.widen(n_taps) if axis in axes else stretch
        index = (want.positions - have.start) % have.period
        # Only the image itself may be one short of its period: the voxel that is added is its first.
        index[index == data.shape[axis]] = 0
        if index[-1] - index[0] == len(index) - 1:
            data = data[(slice(None),) * axis + (slice(index[0], index[-1] + 1),)]
        else:
            data = data.take(index, axis)
    return np.ascontiguousarray(data)


def _inside(inner: _Region, outer: _Region) -> tuple[slice, ...]:
    starts = [(small.start - large.start) % large.period for small, large in zip(inner, outer, strict=True)]
    return tuple(slice(start, start + stretch.size) for start, stretch in zip(starts, inner, strict=True))


def _sub_bands(
    source: np.ndarray, region: _Region, axes: list[int], taps: np.ndarray
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield all combinations of the filters along the axes, the low ones first."""
    names = ["".join(letters) for letters in product("LH"[: len(taps)], repeat=len(axes))]
    # One piece of memory for all, as many small ones take longer to get than to fill.
    bands = np.empty((len(names), *(stretch.size for stretch in region)), source.dtype)
    _fill(source, region, axes, taps, bands, {})
    yield from zip(names, bands, strict=True)


def _fill(
    source: np.ndarray, region: _Region, axes: list[int], taps: np.ndarray, bands: np.ndarray, memory: dict
) -> None:
    axis, *others = axes
    stretch = region[axis]
    filtered = bands
    if others:
        shape = (len(taps), *source.shape[:axis], stretch.size, *source.shape[axis + 1 :])
        if axis not in memory:
            memory[axis] = np.empty(shape, source.dtype)
        filtered = memory[axis]
    start = stretch.start % stretch.period
    if axis == source.ndim - 1:
        rows = source.reshape(-1, source.shape[axis])
        _convolve_rows(rows, taps, start, stretch.period, filtered.reshape(len(taps), len(rows), -1))
    else:
        lines = source.reshape(-1, source.shape[axis], math.prod(source.shape[axis + 1 :]))
        target = filtered.reshape(len(taps), len(lines), stretch.size, lines.shape[2])
        _convolve(lines, taps, start, stretch.period, target)
    if others:
        for half, part in zip(filtered, np.split(bands, len(taps)), strict=True):
            _fill(half, region, others, taps, part, memory)


@kernel
def _order_of_taps(position, period, n_taps, order):
    # PyWavelets sums from the first tap to the last, but where the filter reaches over the far border it
    # begins with the taps beyond, from the border outwards.
    beyond = position + n_taps // 2 - period
    for tap in range(n_taps):
        order[tap] = beyond - tap if tap <= beyond else tap


@kernel
def _convolve(source, taps, start, period, target):
    n_filters, n_lines, size, inner = target.shape
    n_taps = taps.shape[1]
    order = np.empty(n_taps, np.int64)
    # Rows longer than this fall out of the nearest cache before the next pair of taps.
    block = 512
    for line in range(n_lines):
        for first in range(0, inner, block):
            last = min(first + block, inner)
            for i in range(size):
                _order_of_taps((start + i) % period, period, n_taps, order)
                for f in range(n_filters):
                    row = target[f, line, i, first:last]
                    row[:] = 0.0
                    for pair in range(0, n_taps, 2):
                        tap, next_tap = order[pair], order[pair + 1]
                        weight, next_weight = taps[f, tap], taps[f, next_tap]
                        voxels = source[line, i + n_taps - 1 - tap, first:last]
                        next_voxels = source[line, i + n_taps - 1 - next_tap, first:last]
                        for x in range(np.uint64(row.size)):
                            row[x] = row[x] + weight * voxels[x] + next_weight * next_voxels[x]


@kernel
def _convolve_rows(source, taps, start, period, target):
    n_filters, n_rows, size = target.shape
    n_taps = taps.shape[1]
    width = source.shape[1]
    order = np.empty(n_taps, np.int64)
    # Several rows are filtered as if they were one, since short loops are slow; what spans two is not used.
    block = 16
    sums = np.empty(block * width, source.dtype)
    for first in range(0, n_rows, block):
        last = min(first + block, n_rows)
        voxels = source[first:last].reshape(-1)
        length = voxels.size - n_taps + 1
        for f in range(n_filters):
            sums[:length] = 0.0
            for tap in range(0, n_taps, 2):
                _add_two(voxels[n_taps - 2 - tap :], taps[f, tap], taps[f, tap + 1], sums[:length])
            for row in range(first, last):
                target[f, row] = sums[(row - first) * width : (row - first) * width + size]
    for i in range(size):
        position = (start + i) % period
        if position + n_taps // 2 >= period:
            _order_of_taps(position, period, n_taps, order)
            for f in range(n_filters):
                for row in range(n_rows):
                    target[f, row, i] = 0.0
                    for tap in order:
                        target[f, row, i] += taps[f, tap] * source[row, i + n_taps - 1 - tap]


@kernel
def _add_two(voxels, tap, next_tap, sums):
    for x in range(np.uint64(sums.size)):
        sums[x] = sums[x] + tap * voxels[x + np.uint64(1)] + next_tap * voxels[x]
