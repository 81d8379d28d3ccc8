"""From an image and its mask to the voxels that filters and features work on."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import SimpleITK as sitk

from radiohers.exceptions import ExtractionError

__all__ = ["DEFAULT_SETTINGS", "PreparedCase", "prepare"]

# pyradiomics' own, for what the settings leave out.
DEFAULT_SETTINGS = {
    "minimumROIDimensions": 2,
    "minimumROISize": None,
    "normalize": False,
    "normalizeScale": 1,
    "removeOutliers": None,
    "resampledPixelSpacing": None,
    "interpolator": "sitkBSpline",
    "preCrop": False,
    "padDistance": 5,
    "distances": [1],
    "force2D": False,
    "force2Ddimension": 0,
    "resegmentRange": None,
    "resegmentMode": "absolute",
    "resegmentShape": False,
}

# 8 GB as float64.
_MOST_VOXELS = 10**9

# The lowest and the highest index of the lesion along (slice, row, column), both inside.
Bounds = tuple[np.ndarray, np.ndarray]


class PreparedCase(NamedTuple):
    """What filters and features work on; axes are (slice, row, column).

    Attributes
    ----------
    image : ndarray of float64
        The image, normalised, resampled or cropped as the settings say.
    mask : ndarray of bool
        The lesion in it, resegmented if the settings say so.
    shape_mask : ndarray of bool
        The lesion whose shape is measured: a box of `mask`, or of the mask as it was drawn.
    spacing_mm : tuple of float
        Distance of the voxels.
    pixel_type : dtype
        What the voxels were before they became float64, as pyradiomics has them.
    """

    image: np.ndarray
    mask: np.ndarray
    shape_mask: np.ndarray
    spacing_mm: tuple[float, float, float]
    pixel_type: np.dtype


class _Shared:
    """An image's memory as an array that is not marked read-only, for which kernels would be compiled twice."""

    def __init__(self, image: sitk.Image):
        interface = sitk.GetArrayViewFromImage(image).__array_interface__
        self.__array_interface__ = {**interface, "data": (interface["data"][0], False)}
        # Keeps the memory alive as long as the array.
        self.image = image


def prepare(image: sitk.Image, mask: sitk.Image, settings: dict[str, Any]) -> PreparedCase:
    """Return the voxels of a case, prepared as pyradiomics does.

    Parameters
    ----------
    image : SimpleITK.Image
        Of 3 dimensions, finite. It is resampled in its own pixel type, as pyradiomics does.
    mask : SimpleITK.Image
        1 in the lesion, on the image's grid.
    settings : dict
        pyradiomics' settings; :data:`DEFAULT_SETTINGS` for those that are missing.

    Returns
    -------
    PreparedCase
        Image, lesion, the lesion whose shape counts, spacing and pixel type.

    Raises
    ------
    ExtractionError
        If the lesion is smaller than the settings allow, nothing is left of it,
        or resampling would make more voxels than memory is taken for.

    References
    ----------
    van Griethuysen JJM et al. Computational radiomics system to decode the
    radiographic phenotype. Cancer Research 2017;77:e104.
    doi:10.1158/0008-5472.CAN-17-0339

    Examples
    --------
    >>> import SimpleITK as sitk
    >>> image, mask = sitk.Image(9, 8, 7, sitk.sitkFloat64), sitk.Image(9, 8, 7, sitk.sitkUInt8)
    >>> mask[3:6, 2:5, 4] = 1
    >>> prepare(image, mask, {}).shape_mask.shape
    (1, 3, 3)
    """
    settings = {**DEFAULT_SETTINGS, **settings}
    if settings["normalize"]:
        image = _normalize(image, settings)
    if settings["interpolator"] is not None and settings["resampledPixelSpacing"] is not None:
        image, mask = _resample(image, mask, settings)
    elif settings["preCrop"]:
        bounds = _checked_bounds(_lesion(mask), settings)
        image, mask = _cropped(image, bounds, settings), _cropped(mask, bounds, settings)
    pixel_type = sitk.GetArrayViewFromImage(image).dtype
    # Only now, so that an image of integers is resampled to integers, and no sum of them overflows.
    voxels, lesion = np.asarray(_Shared(_as_float64(image))), _lesion(mask)
    drawn, bounds = lesion, _checked_bounds(lesion, settings)
    if settings["resegmentRange"] is not None:
        lesion = _resegment(voxels, pixel_type, lesion, _box(bounds), settings)
        bounds = _checked_bounds(lesion, settings)
    # As pyradiomics does, the shape of the lesion as drawn ends where the resegmented one does.
    shape_mask = lesion if settings["resegmentShape"] else drawn
    shape_mask = np.ascontiguousarray(shape_mask[_box(bounds)])
    return PreparedCase(voxels, lesion, shape_mask, image.GetSpacing()[::-1], pixel_type)


def _as_float64(image: sitk.Image) -> sitk.Image:
    return image if image.GetPixelID() == sitk.sitkFloat64 else sitk.Cast(image, sitk.sitkFloat64)


def _lesion(mask: sitk.Image) -> np.ndarray:
    labels = np.asarray(_Shared(mask))
    # A mask of bytes is 0 and 1, and needs no copy.
    return labels.view(bool) if labels.dtype == np.uint8 else labels == 1


def _box(bounds: Bounds) -> tuple[slice, ...]:
    return tuple(slice(int(low), int(high) + 1) for low, high in zip(*bounds, strict=True))


def _bounds(lesion: np.ndarray) -> Bounds:
    slices = np.flatnonzero(lesion.reshape(len(lesion), -1).any(axis=1))
    if not len(slices):
        raise ExtractionError(
            "nothing of the lesion is left after resampling",
            advice="Choose a smaller resampledPixelSpacing, or leave the lesion out.",
        )
    # What the slices without lesion hold need not be looked at twice.
    plane = np.any(lesion[slices[0] : slices[-1] + 1], axis=0)
    rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    ends = np.array([[indices[0], indices[-1]] for indices in (slices, rows, columns)])
    return ends[:, 0], ends[:, 1]


def _checked_bounds(lesion: np.ndarray, settings: dict) -> Bounds:
    bounds = _bounds(lesion)
    n_dimensions, least = int((bounds[1] > bounds[0]).sum()), settings["minimumROIDimensions"]
    if n_dimensions == 0:
        raise ExtractionError(
            "the lesion is a single voxel, which has no texture", advice="Check the mask, or leave it out."
        )
    if n_dimensions < least:
        raise ExtractionError(
            f"the lesion extends in {n_dimensions} of 3 dimensions, at least {least} are required "
            "(minimumROIDimensions)",
            advice="Check the mask, or lower the setting.",
        )
    if settings["minimumROISize"] is not None:
        n_voxels = int(np.count_nonzero(lesion[_box(bounds)]))
        if n_voxels <= settings["minimumROISize"]:
            raise ExtractionError(
                f"the lesion has {n_voxels} voxels; more than {settings['minimumROISize']} are required "
                "(minimumROISize)",
                advice="Leave the lesion out, or lower the setting.",
            )
    return bounds


def _normalize(image: sitk.Image, settings: dict) -> sitk.Image:
    """Return the image less its mean, in standard deviations, all voxels taken together."""
    with _one_thread():
        image = sitk.Normalize(_as_float64(image))
    voxels = np.asarray(_Shared(image))
    if settings["removeOutliers"] is not None:
        np.clip(voxels, -settings["removeOutliers"], settings["removeOutliers"], out=voxels)
    voxels *= settings["normalizeScale"]
    return image


@contextmanager
def _one_thread() -> Iterator[None]:
    # ITK adds up what its threads found as they get done, so that the last digit of the mean changes from run to run.
    # A filter's own number of threads does not reach the filters inside it.
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


def _cropped(image: sitk.Image, bounds: Bounds, settings: dict) -> sitk.Image:
    size, pad = np.array(image.GetSize()), settings["padDistance"]
    low = np.maximum(bounds[0][::-1] - pad, 0)
    high = np.maximum(size - bounds[1][::-1] - pad - 1, 0)
    return sitk.Crop(image, low.tolist(), high.tolist())


def _resample(image: sitk.Image, mask: sitk.Image, settings: dict) -> tuple[sitk.Image, sitk.Image]:
    """Return image and mask around the lesion, at another spacing.

    The grid is pyradiomics': it starts at the corner of the mask's first voxel,
    and covers the lesion and `padDistance` new voxels around it, as far as the
    mask reaches.
    """
    low, high = (ends[::-1] for ends in _bounds(_lesion(mask)))
    spacing, size = np.array(mask.GetSpacing()), np.array(mask.GetSize())
    wanted = np.array(settings["resampledPixelSpacing"], dtype=float)
    if len(wanted) != len(spacing):
        raise ExtractionError(
            f"resampledPixelSpacing has {len(wanted)} values, but the image {len(spacing)} dimensions",
            advice="Give one spacing an axis (x, y, z).",
        )
    # 0 stands for the spacing as it is; an axis along which the lesion is one voxel wide is never resampled.
    wanted = np.where((wanted == 0) | (low == high), spacing, wanted)
    if np.allclose(spacing, wanted):
        bounds = low[::-1], high[::-1]
        return _cropped(image, bounds, settings), _cropped(mask, bounds, settings)
    ratio, pad = spacing / wanted, settings["padDistance"]
    first = np.maximum(np.floor((low - 0.5) * ratio - pad), 0)
    last = np.minimum(np.ceil((high + 0.5) * ratio + pad), np.ceil(size * ratio) - 1)
    new_size = (last - first + 1).astype(int).tolist()
    if math.prod(new_size) > _MOST_VOXELS:
        raise ExtractionError(
            f"resampled to {tuple(wanted.tolist())} mm, the lesion and padDistance {pad} around it are "
            f"{math.prod(new_size):,} voxels {tuple(new_size)}, at most {_MOST_VOXELS:,} are possible",
            advice="Choose a larger resampledPixelSpacing.",
        )
    # Centre of the first new voxel, in voxels of the mask.
    origin = 0.5 * (wanted - spacing) / spacing + first / ratio

    resampler = sitk.ResampleImageFilter()
    resampler.SetOutputSpacing(wanted.tolist())
    resampler.SetOutputDirection(mask.GetDirection())
    resampler.SetOutputOrigin(mask.TransformContinuousIndexToPhysicalPoint(origin.tolist()))
    resampler.SetSize(new_size)
    resampler.SetInterpolator(_interpolator(settings["interpolator"], image))
    resampled = resampler.Execute(image)
    resampler.SetInterpolator(sitk.sitkNearestNeighbor)
    return resampled, resampler.Execute(mask)


def _interpolator(setting: str | int, image: sitk.Image) -> int:
    interpolator = getattr(sitk, setting) if isinstance(setting, str) else setting
    if interpolator == sitk.sitkBSpline and 2 in image.GetSize():
        # ITK mirrors places outside the image once, which is not enough here: it reads what lies behind it in memory.
        raise ExtractionError(
            f"an image of {image.GetSize()} voxels (x, y, z) cannot be interpolated by B-splines, which need 3 along "
            "an axis, or 1",
            advice="Set interpolator to sitkLinear.",
        )
    return interpolator


def _resegment(
    voxels: np.ndarray, pixel_type: np.dtype, lesion: np.ndarray, box: tuple[slice, ...], settings: dict
) -> np.ndarray:
    """Return the lesion without the voxels whose values are outside a range, both ends inside."""
    inside = voxels[box][lesion[box]]
    if pixel_type == np.float32:
        # pyradiomics' mean and standard deviation are of that type too.
        inside = inside.astype(np.float32)
    limits = sorted(settings["resegmentRange"])
    if len(limits) not in (1, 2):
        raise ExtractionError(
            f"resegmentRange has {len(limits)} values", advice="Give a lower limit, or a lower and an upper."
        )
    mode = settings["resegmentMode"]
    if mode == "relative":
        limits = [inside.max() * limit for limit in limits]
    elif mode == "sigma":
        limits = [inside.mean() + inside.std() * limit for limit in limits]
    kept = (inside >= limits[0]) & (inside <= (limits[1] if len(limits) == 2 else np.inf))
    if kept.sum() <= 1:
        raise ExtractionError(
            f"{kept.sum()} of {len(inside)} voxels of the lesion are within the resegmentRange {limits}, too few for "
            "features",
            advice="Widen the range, or leave the lesion out.",
        )
    smaller = np.zeros_like(lesion)
    part = smaller[box]
    part[lesion[box]] = kept
    return smaller
