"""The Laplacian of a Gaussian: ITK's recursive filter, rounded as ITK rounds."""

import math
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from radiohers.exceptions import ExtractionWarning
from radiohers.features.native._compile import kernel
from radiohers.features.native._crop import Volume
from radiohers.features.native._names import log_name

__all__ = ["laplacian_of_gaussian", "log_images"]

_FEWEST_VOXELS = 4

# Deriche's fit of a Gaussian (order 0) and of its second derivative (order 2) by two damped oscillations, one
# slow and one fast, with ITK's constants: (cosine, sine) amplitudes, angular frequencies and dampings at sigma 1.
_SLOW = {0: (1.3530, 1.8151), 2: (-1.3563, 5.2318)}
_FAST = {0: (-0.3531, 0.0902), 2: (0.3446, -2.2355)}
_SLOW_FREQUENCY, _SLOW_DAMPING = 0.6681, -1.3932
_FAST_FREQUENCY, _FAST_DAMPING = 2.0787, -1.3732

# Lines that are filtered side by side: enough to fill the vector unit, few enough for the nearest caches.
_LANES = 64


class _Recursion(NamedTuple):
    """Coefficients of a causal and an anti-causal recursion of order 4, whose results are added."""

    causal: np.ndarray
    anticausal: np.ndarray
    feedback: np.ndarray
    causal_border: np.ndarray
    anticausal_border: np.ndarray


def log_images(volume: Volume, settings: dict) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the Laplacian of a Gaussian in the lesion's box for each width.

    Parameters
    ----------
    volume : Volume
        The case.
    settings : dict
        Of pyradiomics: ``sigma``, a list of widths in mm (default: none).

    Yields
    ------
    name : str
        ``log-sigma-3-0-mm-3D`` for 3.0; ``log-sigma-3-mm-3D`` for 3.
    box : ndarray of float32

    Warns
    -----
    ExtractionWarning
        Where the image is too small for a width, which then gives no image, as
        in pyradiomics: fewer than 4 voxels along an axis, or fewer than
        sigma / spacing + 1, rounded up.
    """
    shape, spacing_mm = np.array(volume.image.shape), np.array(volume.spacing_mm)
    if shape.min() < _FEWEST_VOXELS:
        _warn(
            f"an image of {volume.image.shape} voxels is too small for it: {_FEWEST_VOXELS} are needed along each axis"
        )
        return
    for sigma_mm in settings.get("sigma", []):
        needed = np.ceil(sigma_mm / spacing_mm) + 1
        if sigma_mm <= 0:
            _warn(f"sigma must be greater than 0 mm; {sigma_mm:g} is left out")
        elif (shape < needed).any():
            _warn(
                f"sigma {sigma_mm:g} mm is left out: it needs {tuple(int(n) for n in needed)} voxels, the image has "
                f"{volume.image.shape}"
            )
        else:
            yield log_name(sigma_mm), laplacian_of_gaussian(volume, sigma_mm)


def _warn(reason: str) -> None:
    warnings.warn(f"LoG: {reason}.", ExtractionWarning, stacklevel=3)


def laplacian_of_gaussian(volume: Volume, sigma_mm: float) -> np.ndarray:
    r"""Return the scale-normalised Laplacian of a Gaussian in the lesion's box.

    Parameters
    ----------
    volume : Volume
        The case; at least 4 voxels along each axis.
    sigma_mm : float
        Width of the Gaussian, above 0.

    Returns
    -------
    ndarray of float32, of the box's shape
        float32 as in pyradiomics, whose bins depend on it.

    Notes
    -----
    :math:`\sigma^2 \sum_a \partial_a^2 (G_\sigma * I)`, the sum over the axes,
    the last one first. For each, a recursion along that axis gives the second
    derivative, and recursions along the others, the last one first, smooth it.
    The recursions run in float64; what they leave behind is rounded to float32.

    Every pass reads whole lines, as a recursion has no end: a crop, even one
    of 6 sigma, moves voxels across the edges of bins. But a pass leaves only
    what lies in the box along its axis, so that each is smaller than the last.

    References
    ----------
    Deriche R. Recursively implementing the Gaussian and its derivatives. INRIA
    research report 1893, 1993.

    Farneback G, Westin CF. On implementation of recursive Gaussian filters.
    2006 (unpublished); the constants are those of ITK's
    RecursiveGaussianImageFilter.
    """
    axes = range(volume.image.ndim - 1, -1, -1)
    passes = [(derived, *(axis for axis in axes if axis != derived)) for derived in axes]
    scratch = _scratch(volume, passes)
    total = np.zeros([side.stop - side.start for side in volume.box], dtype=np.float32)
    for derived, *others in passes:
        values = volume.image
        for turn, axis in enumerate((derived, *others)):
            recursion = _recursion(sigma_mm, volume.spacing_mm[axis], order=2 if axis == derived else 0)
            values = _filter(values, axis, volume.box[axis], recursion, scratch[turn % 2])
        _add(values.reshape(-1), 1.0 / volume.spacing_mm[derived] ** 2, total.reshape(-1))
    return total


def _scratch(volume: Volume, passes: list[tuple[int, ...]]) -> tuple[np.ndarray, np.ndarray]:
    """Return memory for what a pass leaves to the next, which takes longer to get anew than to fill."""
    sizes = [0, 0]
    for axes in passes:
        shape = list(volume.image.shape)
        for turn, axis in enumerate(axes):
            shape[axis] = volume.box[axis].stop - volume.box[axis].start
            sizes[turn % 2] = max(sizes[turn % 2], math.prod(shape))
    return np.empty(sizes[0]), np.empty(sizes[1])


def _filter(values: np.ndarray, axis: int, kept: slice, recursion: _Recursion, memory: np.ndarray) -> np.ndarray:
    """Run a recursion along an axis and return what lies in `kept`, as float64 that holds float32 values."""
    n_kept, inner = kept.stop - kept.start, math.prod(values.shape[axis + 1 :])
    lines = values.reshape(-1, values.shape[axis], inner)
    filtered = memory[: len(lines) * n_kept * inner].reshape(len(lines), n_kept, inner)
    _filter_lines(lines, kept.start, kept.stop, *recursion, filtered)
    return filtered.reshape(*values.shape[:axis], n_kept, *values.shape[axis + 1 :])


def _recursion(sigma_mm: float, spacing_mm: float, order: int) -> _Recursion:
    """Return the coefficients for order 0, the Gaussian, or 2, its second derivative times sigma squared."""
    sigma = sigma_mm / spacing_mm
    feedback, (total, first, second) = _feedback(sigma)
    smooth, (smooth_total, smooth_first, smooth_second) = _feedforward(sigma, 0)
    if order == 0:
        scale = 1.0 / (2 * smooth_total / total - smooth[0])
        causal = smooth * scale
    else:
        curved, (curved_total, curved_first, curved_second) = _feedforward(sigma, 2)
        # So much of the Gaussian is added that a flat image gives zero.
        share = -(2 * curved_total - total * curved[0]) / (2 * smooth_total - total * smooth[0])
        causal = curved + share * smooth
        sum_0 = curved_total + share * smooth_total
        sum_1 = curved_first + share * smooth_first
        sum_2 = curved_second + share * smooth_second
        norm = sum_2 * total * total - second * sum_0 * total - 2 * sum_1 * first * total + 2 * first * first * sum_0
        norm /= total * total * total
        causal = causal * (sigma_mm * sigma_mm / norm)
    anticausal = np.append(causal[1:] - feedback[:3] * causal[0], -feedback[3] * causal[0])
    # Beyond the borders the outermost voxel goes on for ever, and the recursion has settled on it.
    causal_border = feedback * (((causal[0] + causal[1]) + causal[2]) + causal[3]) / total
    anticausal_border = feedback * (((anticausal[0] + anticausal[1]) + anticausal[2]) + anticausal[3]) / total
    return _Recursion(causal, anticausal, feedback, causal_border, anticausal_border)


def _oscillations(sigma: float) -> tuple[float, ...]:
    # sine, cosine and decay over one voxel, of the slow oscillation and of the fast one
    slow, fast = _SLOW_FREQUENCY / sigma, _FAST_FREQUENCY / sigma
    return (
        *(math.sin(slow), math.cos(slow), math.exp(_SLOW_DAMPING / sigma)),
        *(math.sin(fast), math.cos(fast), math.exp(_FAST_DAMPING / sigma)),
    )


def _feedback(sigma: float) -> tuple[np.ndarray, tuple[float, float, float]]:
    """Return the recursion's denominator, without its leading 1, and its moments of order 0 to 2."""
    _, cos_1, exp_1, _, cos_2, exp_2 = _oscillations(sigma)
    d4 = exp_1 * exp_1 * exp_2 * exp_2
    d3 = -2 * cos_1 * exp_1 * exp_2 * exp_2 + -2 * cos_2 * exp_2 * exp_1 * exp_1
    d2 = 4 * cos_2 * cos_1 * exp_1 * exp_2 + (exp_1 * exp_1 + exp_2 * exp_2)
    d1 = -2 * (exp_2 * cos_2 + exp_1 * cos_1)
    moments = (1.0 + d1 + d2 + d3 + d4, d1 + 2 * d2 + 3 * d3 + 4 * d4, d1 + 4 * d2 + 9 * d3 + 16 * d4)
    return np.array([d1, d2, d3, d4]), moments


def _feedforward(sigma: float, order: int) -> tuple[np.ndarray, tuple[float, float, float]]:
    """Return the causal recursion's numerator, not yet normalised, and its moments of order 0 to 2."""
    sin_1, cos_1, exp_1, sin_2, cos_2, exp_2 = _oscillations(sigma)
    (a1, b1), (a2, b2) = _SLOW[order], _FAST[order]
    n0 = a1 + a2
    n1 = exp_2 * (b2 * sin_2 - (a2 + 2 * a1) * cos_2)
    n1 += exp_1 * (b1 * sin_1 - (a1 + 2 * a2) * cos_1)
    n2 = (a1 + a2) * cos_2 * cos_1
    n2 -= b1 * cos_2 * sin_1 + b2 * cos_1 * sin_2
    n2 *= 2 * exp_1 * exp_2
    n2 += a2 * exp_1 * exp_1 + a1 * exp_2 * exp_2
    n3 = exp_2 * exp_1 * exp_1 * (b2 * sin_2 - a2 * cos_2)
    n3 += exp_1 * exp_2 * exp_2 * (b1 * sin_1 - a1 * cos_1)
    return np.array([n0, n1, n2, n3]), (n0 + n1 + n2 + n3, n1 + 2 * n2 + 3 * n3, n1 + 4 * n2 + 9 * n3)


@kernel
def _add(values, factor, total):
    for i in range(np.uint64(total.size)):
        total[i] = np.float32(total[i] + values[i] * factor)


@kernel
def _filter_lines(source, start, stop, causal, anticausal, feedback, causal_border, anticausal_border, target):
    n_outer, size, inner = source.shape
    # A row of lanes for each voxel of the line; flat and unsigned, so that no index is checked for a sign.
    inputs = np.zeros(size * _LANES)
    # Turned round, and one voxel late: the anti-causal recursion does not read the voxel that it is at.
    turned = np.zeros((size + 1) * _LANES)
    forward = np.zeros(size * _LANES)
    backward = np.zeros(size * _LANES)
    n_lines = n_outer * inner
    for first in range(0, n_lines, _LANES):
        lanes = min(_LANES, n_lines - first)
        _load(source, first, lanes, inputs)
        _turn(inputs, start, turned[_LANES:])
        for i in range(min(4, stop)):
            _border_step(inputs, 0, causal, feedback, causal_border, i, forward)
        _recur(inputs, causal, feedback, stop, forward)
        for i in range(min(4, size - start)):
            _border_step(turned[_LANES:], 1, anticausal, feedback, anticausal_border, i, backward)
        _recur(turned, anticausal, feedback, size - start, backward)
        _store(forward, backward, first, lanes, start, size, target)


@kernel
def _recur(inputs, weights, feedback, n_voxels, states):
    n0, n1, n2, n3 = weights[0], weights[1], weights[2], weights[3]
    d1, d2, d3, d4 = feedback[0], feedback[1], feedback[2], feedback[3]
    # Constants, so that the compiler sees that lanes do not depend on each other.
    back1, back2, back3, back4 = np.uint64(_LANES), np.uint64(2 * _LANES), np.uint64(3 * _LANES), np.uint64(4 * _LANES)
    for i in range(np.uint64(4), np.uint64(n_voxels)):
        for lane in range(back1):
            x = i * back1 + lane
            read = inputs[x] * n0 + inputs[x - back1] * n1 + inputs[x - back2] * n2 + inputs[x - back3] * n3
            fed_back = states[x - back1] * d1 + states[x - back2] * d2 + states[x - back3] * d3 + states[x - back4] * d4
            states[x] = read - fed_back


@kernel
def _border_step(inputs, delay, weights, feedback, border, i, states):
    # One of the first four voxels. Before them the input is the first voxel's, for ever, and the state is
    # what the recursion makes of it.
    for lane in range(_LANES):
        constant = inputs[lane]
        read = constant * weights[0] if i <= delay else inputs[(i - delay) * _LANES + lane] * weights[0]
        for k in range(1, 4):
            before = i - delay - k
            read += (constant if before <= 0 else inputs[before * _LANES + lane]) * weights[k]
        fed_back = constant * border[0] if i == 0 else states[(i - 1) * _LANES + lane] * feedback[0]
        for k in range(1, 4):
            before = i - 1 - k
            fed_back += constant * border[k] if before < 0 else states[before * _LANES + lane] * feedback[k]
        states[i * _LANES + lane] = read - fed_back


@kernel
def _load(source, first, lanes, inputs):
    _, size, inner = source.shape
    outer, column = first // inner, first % inner
    if column + lanes <= inner:
        for i in range(size):
            row = source[outer, i, column : column + lanes]
            for lane in range(np.uint64(lanes)):
                inputs[np.uint64(i * _LANES) + lane] = row[lane]
    else:
        voxels, starts = source.reshape(-1), _starts(source, first, lanes)
        # Lines whose starts share a set of the cache throw each other out of it, so what comes with a voxel is
        # used at once.
        for begin in range(0, size, 8):
            for lane in range(lanes):
                for i in range(np.uint64(begin), np.uint64(min(begin + 8, size))):
                    inputs[i * np.uint64(_LANES) + np.uint64(lane)] = voxels[starts[lane] + i * np.uint64(inner)]


@kernel
def _starts(array, first, lanes):
    """Return where lines that are not side by side start in the memory of an array."""
    _, size, inner = array.shape
    starts = np.empty(lanes, np.uint64)
    for lane in range(lanes):
        starts[lane] = (first + lane) // inner * size * inner + (first + lane) % inner
    return starts


@kernel
def _turn(inputs, start, turned):
    row = np.uint64(_LANES)
    last = np.uint64(inputs.size) - row
    for i in range(np.uint64(inputs.size) // row - np.uint64(start)):
        for lane in range(row):
            turned[i * row + lane] = inputs[last - i * row + lane]


@kernel
def _store(forward, backward, first, lanes, start, size, target):
    _, n_kept, inner = target.shape
    outer, column = first // inner, first % inner
    side_by_side = column + lanes <= inner
    values, starts = target.reshape(-1), _starts(target, first, lanes)
    for i in range(n_kept):
        at, turned = np.uint64((start + i) * _LANES), np.uint64((size - 1 - start - i) * _LANES)
        if side_by_side:
            row = target[outer, i, column : column + lanes]
            for lane in range(np.uint64(lanes)):
                row[lane] = np.float32(forward[at + lane] + backward[turned + lane])
        else:
            for lane in range(np.uint64(lanes)):
                value = np.float32(forward[at + lane] + backward[turned + lane])
                values[starts[lane] + np.uint64(i * inner)] = value
