"""Random fields on a grid in millimetres: the noise and texture of synthetic CTs."""

from collections.abc import Sequence

import numpy as np
from scipy import fft


def correlated_noise(
    generator: np.random.Generator,
    shape: tuple[int, ...],
    spacing_mm: Sequence[float] | np.ndarray,
    scales_mm: Sequence[float],
    amplitudes: Sequence[float],
) -> np.ndarray:
    """Draw a Gaussian random field that mixes several length scales.

    The field is white noise filtered in the Fourier domain, so its cost does
    not grow with the scales. It is periodic: opposite borders resemble each
    other, over about one scale.

    Parameters
    ----------
    generator : numpy.random.Generator
        Source of the white noise.
    shape : tuple of int
        Slices, rows and columns.
    spacing_mm : tuple of float
        Distance of slices, rows and columns, in mm.
    scales_mm : sequence of float
        Standard deviation of the Gaussian filter of each scale, in mm.
    amplitudes : sequence of float
        Standard deviation that each scale adds to the field; they add in squares.

    Returns
    -------
    numpy.ndarray of shape (slices, rows, columns), float32
        The field, of expected value 0.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.datasets._texture import correlated_noise
    >>> field = correlated_noise(np.random.default_rng(0), (20, 30, 40), (4.0, 0.9, 0.8), [0.5, 2.0], [3.0, 4.0])
    >>> field.shape, bool(4.5 < field.std() < 5.5)
    ((20, 30, 40), True)
    """
    power = sum(
        amplitude**2 * _gaussian_power(shape, spacing_mm, scale_mm)
        for scale_mm, amplitude in zip(scales_mm, amplitudes, strict=True)
    )
    white = generator.standard_normal(shape, dtype=np.float32)
    return fft.irfftn(fft.rfftn(white) * np.sqrt(power), s=shape)


def _gaussian_power(shape: tuple[int, ...], spacing_mm: Sequence[float] | np.ndarray, scale_mm: float) -> np.ndarray:
    """Power spectrum, on the grid of ``rfftn``, of a Gaussian filter that leaves white noise at variance 1."""
    axes = [
        np.exp(-((2 * np.pi * scale_mm * fft.fftfreq(size, distance)) ** 2))
        for size, distance in zip(shape, spacing_mm, strict=True)
    ]
    axes = [axis / axis.mean() for axis in axes]
    axes[-1] = axes[-1][: shape[-1] // 2 + 1]
    slices, rows, columns = np.ix_(*axes)
    return (slices * rows * columns).astype(np.float32)
