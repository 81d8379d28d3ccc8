"""A small picture of each lesion, to look at."""

from typing import NamedTuple

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

__all__ = ["Picture", "picture_of"]

N_PIXELS = 144
# HU, level 40 and width 400: the usual window for soft tissue.
SOFT_TISSUE_HU = (-160.0, 240.0)
_MARGIN_MM = 15.0


class Picture(NamedTuple):
    """The slice on which a lesion is largest, as square pixels around it.

    Attributes
    ----------
    grey : uint8 ndarray of shape (144, 144)
        The image, windowed.
    outline : bool ndarray of shape (144, 144)
        The lesion.
    slice : int
        The slice, counted from 0.
    """

    grey: np.ndarray
    outline: np.ndarray
    slice: int


def picture_of(
    voxels: np.ndarray, lesion: np.ndarray, box: tuple[slice, slice, slice], image: sitk.Image, modality: str
) -> Picture:
    """Return the picture of a lesion.

    Parameters
    ----------
    voxels : ndarray of shape (slice, row, column)
        The image.
    lesion : bool ndarray of shape (slice, row, column)
        Where the lesion is.
    box : tuple of 3 slice
        The smallest part of the volume that holds it.
    image : SimpleITK.Image
        For its geometry.
    modality : {"ct", "other"}
        "ct" is shown in a window of soft tissue, anything else from its 1st to its 99th percentile.

    Returns
    -------
    Picture
        With the patient's left on the right, where the axes are near those of the scanner.
    """
    number = box[0].start + int(lesion[box].sum(axis=(1, 2)).argmax())
    spacing_mm = np.array(image.GetSpacing()[1::-1])
    sides_mm = np.array([(side.stop - side.start) for side in box[1:]]) * spacing_mm
    middle = np.array([(side.start + side.stop - 1) / 2 for side in box[1:]])
    length_mm = sides_mm.max() + 2 * max(_MARGIN_MM, 0.2 * sides_mm.max())
    steps_mm = (np.arange(N_PIXELS) + 0.5) / N_PIXELS * length_mm - length_mm / 2
    direction = np.reshape(image.GetDirection(), (3, 3))
    signs = [-1.0 if direction[axis, axis] < 0 else 1.0 for axis in (1, 0)]
    rows, columns = (middle[i] + signs[i] * steps_mm / spacing_mm[i] for i in (0, 1))
    points = np.meshgrid(rows, columns, indexing="ij")
    plane = np.nan_to_num(voxels[number].astype(np.float32))
    low, high = SOFT_TISSUE_HU
    if modality != "ct":
        low, high = np.percentile(plane, [1, 99])
    shown = ndimage.map_coordinates(plane, points, order=1, mode="constant", cval=low)
    grey = np.clip((shown - low) / max(high - low, 1e-6) * 255, 0, 255).astype(np.uint8)
    outline = ndimage.map_coordinates(lesion[number].astype(np.uint8), points, order=0, mode="constant", cval=0)
    return Picture(grey, outline.astype(bool), number)
