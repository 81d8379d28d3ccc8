"""The images that features are computed from: the original, and what filters make of it."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from radiohers.features.native._crop import Volume
from radiohers.features.native._gradient import gradient
from radiohers.features.native._lbp2d import MOST_SAMPLES, local_binary_pattern_2d
from radiohers.features.native._log import log_images
from radiohers.features.native._pointwise import exponential, logarithm, square, square_root
from radiohers.features.native._wavelet import wavelet_sub_bands

__all__ = ["NotNativeError", "filtered_images", "is_native"]

_Named = Iterator[tuple[str, np.ndarray]]


class NotNativeError(KeyError):
    """An image type that the native engine does not have; pyradiomics may."""


def filtered_images(
    image: np.ndarray,
    spacing_mm: tuple[float, ...],
    mask: np.ndarray,
    settings: dict,
    image_types: dict,
    pixel_type: npt.DTypeLike = np.float64,
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield every image that features are computed from, cut to the lesion's box.

    Parameters
    ----------
    image : ndarray of float64, C-contiguous
        The whole image, resampled, normalised and cropped as the settings say:
        3-D as (slice, row, column), or 2-D.
    spacing_mm : tuple of float
        In the order of the axes.
    mask : ndarray of bool
        True inside the lesion; not empty.
    settings : dict
        Of pyradiomics.
    image_types : dict
        Name of an image type to settings of its own, as in a parameter file.
    pixel_type : dtype, default=np.float64
        What the voxels were stored as, in whose type pyradiomics filters.

    Yields
    ------
    name : str
        As pyradiomics has it: ``original``, ``wavelet-LLH``,
        ``log-sigma-3-0-mm-3D``.
    box : ndarray, C-contiguous
        The smallest box that holds the lesion, with the values and the dtype
        that pyradiomics has there: float32 for LoG and gradient, and for the
        original, wavelet and LBP of a float32 image; else float64.
    box_mask : ndarray of bool
        The mask in that box; the same array every time.

    Raises
    ------
    NotNativeError
        At once, if there is an image type that is not native.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native._filters import filtered_images
    >>> image = np.arange(504.0).reshape(7, 8, 9)
    >>> mask = np.zeros(image.shape, dtype=bool)
    >>> mask[2:4, 3:6, 1:5] = True
    >>> for name, box, box_mask in filtered_images(image, (2.5, 1, 1), mask, {}, {"Original": {}, "Gradient": {}}):
    ...     print(name, box.shape, box.dtype)
    original (2, 3, 4) float64
    gradient (2, 3, 4) float32
    """
    for image_type, own_settings in image_types.items():
        if not is_native(image_type, {**settings, **(own_settings or {})}):
            raise NotNativeError(image_type)
    voxels = np.ascontiguousarray(image, dtype=np.float64)
    volume = Volume(voxels, tuple(map(float, spacing_mm)), mask, np.dtype(pixel_type))
    return _images(volume, settings, image_types)


def is_native(image_type: str, settings: dict) -> bool:
    """Tell whether there is a native filter for an image type with these settings.

    Parameters
    ----------
    image_type : str
        As in a parameter file: ``LoG``.
    settings : dict
        Of pyradiomics, with those of the image type.

    Returns
    -------
    bool
        False for LBP3D, and for LBP2D codes of more samples than fit an
        integer.
    """
    if image_type == "LBP2D":
        counts = settings.get("lbp2DMethod", "uniform") in ("uniform", "var")
        return counts or settings.get("lbp2DSamples", 8) <= MOST_SAMPLES
    return image_type in _FILTERS


def _images(volume: Volume, settings: dict, image_types: dict) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    for image_type, own_settings in image_types.items():
        for name, box in _FILTERS[image_type](volume, {**settings, **(own_settings or {})}):
            yield name, box, volume.boxed_mask


def _original(volume: Volume, settings: dict) -> _Named:
    yield "original", volume.boxed_image.astype(volume.float_type, copy=False)


def _square(volume: Volume, settings: dict) -> _Named:
    yield "square", square(volume)


def _square_root(volume: Volume, settings: dict) -> _Named:
    yield "squareroot", square_root(volume)


def _logarithm(volume: Volume, settings: dict) -> _Named:
    yield "logarithm", logarithm(volume)


def _exponential(volume: Volume, settings: dict) -> _Named:
    yield "exponential", exponential(volume)


def _gradient(volume: Volume, settings: dict) -> _Named:
    yield "gradient", gradient(volume, settings.get("gradientUseSpacing", True))


def _lbp2d(volume: Volume, settings: dict) -> _Named:
    yield "lbp-2D", local_binary_pattern_2d(volume, settings)


_FILTERS = {
    "Original": _original,
    "Wavelet": wavelet_sub_bands,
    "LoG": log_images,
    "Square": _square,
    "SquareRoot": _square_root,
    "Logarithm": _logarithm,
    "Exponential": _exponential,
    "Gradient": _gradient,
    "LBP2D": _lbp2d,
}
