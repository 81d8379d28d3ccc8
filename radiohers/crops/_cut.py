"""One crop of one slice: whether the slice is fit for it, and how it is cut out."""

from typing import NamedTuple

import numpy as np

from radiohers.crops._outlines import Outline, clip, make_square
from radiohers.crops._resample import resample_rectangle

__all__ = ["ADVICE", "AxialSlices", "Crop", "CropSettings", "cut", "find_fault"]

# Fewer would be a blur of interpolation at any size.
_FEWEST_PIXELS = 4
_LEAST_SHARE_INSIDE = 0.5
_TOO_SMALL, _OFF_IMAGE = "lesion too small", "rectangle off the image"
_TOO_FEW_PIXELS, _CONSTANT = "too few pixels", "constant crop"
ADVICE = {
    _TOO_SMALL: "lower min_area_mm2",
    _OFF_IMAGE: "check that image and rectangles are of the same case",
    _TOO_FEW_PIXELS: "raise margin_mm",
    _CONSTANT: "check window_hu",
}


class CropSettings(NamedTuple):
    """What decides how a crop looks; see :class:`CropExtractor`."""

    margin_mm: float
    window_hu: tuple[float, float]
    size: int
    keep_aspect: bool
    min_area_mm2: float
    slices: str | int


class AxialSlices(NamedTuple):
    """An image as slices from inferior to superior, rows from anterior to posterior, columns from right to left.

    Attributes
    ----------
    hu : ndarray of shape (slice, row, column)
        The image.
    lesion : ndarray of shape (slice, row, column), bool, or None
        The lesion, if there is a mask.
    spacing_mm : ndarray of shape (2,)
        Distance of rows and of columns.
    """

    hu: np.ndarray
    lesion: np.ndarray | None
    spacing_mm: np.ndarray


class Crop(NamedTuple):
    """One crop; its fields are rows of the arrays of :class:`Crops`."""

    image: np.ndarray
    slice: int
    rectangle: np.ndarray
    spacing_mm: np.ndarray
    lesion: np.ndarray | None


def find_fault(
    outline: Outline, rectangle: np.ndarray, slices: AxialSlices, settings: CropSettings
) -> tuple[str, str] | None:
    """Say why a slice gives no crop.

    Parameters
    ----------
    outline : Outline
        The lesion on the slice.
    rectangle : ndarray of shape (4,)
        Drawn outward and clipped to the slice.
    slices : AxialSlices
        The image.
    settings : CropSettings
        How to crop.

    Returns
    -------
    tuple of two str, or None
        The reason, which is a key of :data:`ADVICE`, and the numbers; None if nothing is at fault.
    """
    n_rows, n_columns = slices.hu.shape[1:]
    share = _area(clip(outline.rectangle, (n_rows, n_columns))) / _area(outline.rectangle)
    if share < _LEAST_SHARE_INSIDE:
        row_start, row_stop, column_start, column_stop = outline.rectangle
        return _OFF_IMAGE, (
            f"rows {row_start:g} to {row_stop:g}, columns {column_start:g} to {column_stop:g}, of which {share:.0%} "
            f"is on the slice of {n_rows} rows and {n_columns} columns"
        )
    if outline.area_mm2 < settings.min_area_mm2:
        return _TOO_SMALL, f"{outline.area_mm2:.3g} mm2, min_area_mm2={settings.min_area_mm2:g}"
    height, width = np.ptp(rectangle.reshape(2, 2), axis=1)
    if min(height, width) < _FEWEST_PIXELS:
        return (
            _TOO_FEW_PIXELS,
            f"{height:.3g} x {width:.3g} with the margin, {_FEWEST_PIXELS} x {_FEWEST_PIXELS} needed",
        )
    rows, columns = (slice(int(start), int(np.ceil(stop))) for start, stop in rectangle.reshape(2, 2))
    grey = np.rint(_grey_values(slices.hu[outline.slice, rows, columns], settings.window_hu))
    if grey.min() == grey.max():
        return _CONSTANT, f"every pixel is {grey.min():g} of 255 in the window {settings.window_hu} (level, width)"
    return None


def _area(rectangle: np.ndarray) -> float:
    return np.ptp(rectangle.reshape(2, 2), axis=1).prod()


def cut(number: int, rectangle: np.ndarray, slices: AxialSlices, settings: CropSettings) -> Crop:
    """Cut a rectangle out of a slice, window it and resample it.

    Parameters
    ----------
    number : int
        The slice.
    rectangle : ndarray of shape (4,)
        Drawn outward and clipped to the slice.
    slices : AxialSlices
        The image.
    settings : CropSettings
        How to crop.

    Returns
    -------
    Crop
        The lesion in it is None where there is no mask.
    """
    if settings.keep_aspect:
        rectangle = make_square(rectangle, slices.spacing_mm)
    sides = rectangle.reshape(2, 2)
    # What is needed of the slice: the interpolation reaches one pixel of the crop, or one voxel, beyond the rectangle.
    reach = np.maximum(np.ptp(sides, axis=1) / settings.size, 1) + 1
    starts = np.maximum(np.floor(sides[:, 0] - reach), 0).astype(int)
    stops = np.minimum(np.ceil(sides[:, 1] + reach), slices.hu.shape[1:]).astype(int)
    rows, columns = (slice(start, stop) for start, stop in zip(starts, stops, strict=True))
    layers = [_grey_values(slices.hu[number, rows, columns], settings.window_hu)]
    if slices.lesion is not None:
        layers.append(slices.lesion[number, rows, columns].astype(float))
    image, *lesion = resample_rectangle(layers, (sides - starts[:, None]).ravel(), settings.size)
    return Crop(
        image=np.rint(image).astype(np.uint8),
        slice=number,
        rectangle=rectangle,
        spacing_mm=np.ptp(sides, axis=1) * slices.spacing_mm / settings.size,
        lesion=lesion[0] >= 0.5 if lesion else None,
    )


def _grey_values(hu: np.ndarray, window_hu: tuple[float, float]) -> np.ndarray:
    level, width = window_hu
    above = np.subtract(hu, level - width / 2, dtype=np.float64)
    return np.clip(above / width, 0, 1) * 255
