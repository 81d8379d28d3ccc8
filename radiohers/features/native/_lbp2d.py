"""Local binary patterns of slices, as scikit-image computes them."""

import math

import numpy as np

from radiohers.features.native._compile import kernel
from radiohers.features.native._crop import Volume, widen

__all__ = ["MOST_SAMPLES", "local_binary_pattern_2d"]

# Of patterns that are numbered by their bits: scikit-image numbers them in 32 bits.
MOST_SAMPLES = 31

_METHODS = {"default": 0, "ror": 1, "uniform": 2, "var": 3}


def local_binary_pattern_2d(volume: Volume, settings: dict) -> np.ndarray:
    """Return the local binary patterns in the lesion's box.

    Parameters
    ----------
    volume : Volume
        The case.
    settings : dict
        Of pyradiomics: ``lbp2DRadius`` (default 1, in voxels), ``lbp2DSamples``
        (8), ``lbp2DMethod`` (uniform; or default, ror, var) and
        ``force2Ddimension`` (0), the axis that slices are cut across.

    Returns
    -------
    ndarray of float64, of the box's shape
        Codes of patterns; for ``var``, the variance of the samples, NaN where
        it is 0. Rounded as the image's pixel type rounds, in which pyradiomics
        keeps them: of an image of integers, variances are whole numbers.

    Notes
    -----
    Samples on a circle around each voxel are interpolated bilinearly, with 0
    beyond the image's border, and compared with the voxel. ``uniform`` counts
    the samples that are not smaller if they change at most twice along the
    circle, and is one more than the number of samples otherwise; ``ror`` is the
    smallest of the rotations of the pattern.

    Unlike pyradiomics, this does not need scikit-image.

    References
    ----------
    Ojala T, Pietikainen M, Maenpaa T. Multiresolution gray-scale and rotation
    invariant texture classification with local binary patterns. IEEE TPAMI
    2002;24:971-987. doi:10.1109/TPAMI.2002.1017623
    """
    radius = float(np.float32(settings.get("lbp2DRadius", 1)))
    n_samples = settings.get("lbp2DSamples", 8)
    method = _METHODS[settings.get("lbp2DMethod", "uniform").lower()]
    across = settings.get("force2Ddimension", 0)

    image, box = _slices_first(volume, across)
    reach = math.ceil(radius) + 1
    wide, inner = widen(box, (0, reach, reach), image.shape)
    angles = 2 * np.pi * np.arange(n_samples, dtype=np.float64) / n_samples
    patterns = _patterns(
        np.ascontiguousarray(image[wide]),
        np.array([(side.start, part.start, part.stop) for side, part in zip(wide, inner, strict=True)]),
        np.round(-radius * np.sin(angles), 5),
        np.round(radius * np.cos(angles), 5),
        method,
    )
    if volume.image.ndim == 2:
        return patterns[0]
    with np.errstate(invalid="ignore"):
        patterns = patterns.swapaxes(0, across).astype(volume.pixel_type)
    return np.ascontiguousarray(patterns, dtype=volume.float_type)


def _slices_first(volume: Volume, across: int) -> tuple[np.ndarray, tuple[slice, ...]]:
    if volume.image.ndim == 2:
        return volume.image[np.newaxis], (slice(0, 1), *volume.box)
    # As pyradiomics does it: the first axis changes places with the one that slices are cut across.
    order = list(range(3))
    order[0], order[across] = across, 0
    return volume.image.transpose(order), tuple(volume.box[axis] for axis in order)


@kernel
def _patterns(slices, bounds, row_offsets, column_offsets, method):
    n_samples = row_offsets.size
    row_origin, row_start, row_stop = bounds[1, 0], bounds[1, 1], bounds[1, 2]
    column_origin, column_start, column_stop = bounds[2, 0], bounds[2, 1], bounds[2, 2]
    patterns = np.empty((len(slices), row_stop - row_start, column_stop - column_start))
    samples = np.empty(n_samples)
    for k in range(len(slices)):
        for r in range(row_start, row_stop):
            for c in range(column_start, column_stop):
                for i in range(n_samples):
                    # Whole-image coordinates, as the fraction that is left of them depends on their size.
                    row = row_origin + r + row_offsets[i]
                    column = column_origin + c + column_offsets[i]
                    samples[i] = _interpolate(slices[k], row, column, row_origin, column_origin)
                code = _variance(samples) if method == 3 else _code(samples, slices[k, r, c], method)
                patterns[k, r - row_start, c - column_start] = code
    return patterns


@kernel
def _interpolate(plane, row, column, row_origin, column_origin):
    top, left = math.floor(row), math.floor(column)
    down, right = row - top, column - left
    upper, lower = top - row_origin, math.ceil(row) - row_origin
    first, second = left - column_origin, math.ceil(column) - column_origin
    above = (1 - right) * _voxel(plane, upper, first) + right * _voxel(plane, upper, second)
    below = (1 - right) * _voxel(plane, lower, first) + right * _voxel(plane, lower, second)
    return (1 - down) * above + down * below


@kernel
def _voxel(plane, row, column):
    if row < 0 or row >= plane.shape[0] or column < 0 or column >= plane.shape[1]:
        return 0.0
    return plane[row, column]


@kernel
def _variance(samples):
    total = 0.0
    squares = 0.0
    for sample in samples:
        total += sample
        squares += sample * sample
    variance = (squares - (total * total) / samples.size) / samples.size
    return variance if variance != 0 else np.nan


@kernel
def _code(samples, centre, method):
    n_samples = samples.size
    pattern = 0
    n_set = 0
    changes = 0
    previous = 0
    for i in range(n_samples):
        bit = 1 if samples[i] - centre >= 0 else 0
        pattern += bit << i
        n_set += bit
        changes += 1 if i > 0 and bit != previous else 0
        previous = bit
    if method == 2:
        return float(n_set if changes <= 2 else n_samples + 1)
    if method == 1:
        smallest = pattern
        for _ in range(n_samples - 1):
            pattern = (pattern >> 1) | ((pattern & 1) << (n_samples - 1))
            smallest = min(smallest, pattern)
        pattern = smallest
    return float(pattern)
