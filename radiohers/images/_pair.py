"""One image with its mask, on one grid."""

from numbers import Integral, Real
from typing import Any, Literal, NamedTuple

import numpy as np
import SimpleITK as sitk

from radiohers._sklearn import Interval, StrOptions, validate_params
from radiohers._wording import counted, listed
from radiohers.exceptions import GeometryError, MaskError
from radiohers.images._grids import compare_grids
from radiohers.images._header import header_of
from radiohers.images._read import check_finite, read_volume
from radiohers.images._source import describe_source, naming_source

__all__ = ["ImagePair", "read_pair"]

_MAX_LABELS_NAMED = 10
# More than a mask of 8 bits can hold; whole-body segmentations have over 100.
_MAX_LABELS = 255


class ImagePair(NamedTuple):
    """An image and its lesion, on the same grid.

    Attributes
    ----------
    image : SimpleITK.Image
        Of 3 dimensions, finite, in the pixel type of its source.
    mask : SimpleITK.Image
        Of the same size, spacing, origin and direction; uint8, 1 inside the
        lesion and 0 elsewhere.
    """

    image: sitk.Image
    mask: sitk.Image


@validate_params(
    {
        "image": "no_validation",
        "mask": "no_validation",
        "label": [Interval(Integral, 1, None, closed="left")],
        "on_mismatch": [StrOptions({"raise", "resample"})],
        "tolerance_mm": [Interval(Real, 0, None, closed="left")],
        "case_id": "no_validation",
    },
    prefer_skip_nested_validation=True,
)
def read_pair(
    image: Any,
    mask: Any,
    label: int = 1,
    *,
    on_mismatch: Literal["raise", "resample"] = "raise",
    tolerance_mm: float = 1e-3,
    case_id: Any = None,
) -> ImagePair:
    """Read an image and its mask, and check that they fit.

    Parameters
    ----------
    image, mask : path-like, SimpleITK.Image or nibabel image
        See :func:`read_image`.
    label : int, default=1
        The value that marks the lesion in the mask; at least 1.
    on_mismatch : {"raise", "resample"}, default="raise"
        What to do with a mask on another grid: raise an error, or resample
        it on the image's grid (nearest neighbour).
    tolerance_mm : float, default=1e-3
        How far, in mm, the mask's voxels may lie from the image's. Origin,
        spacing (summed up over the volume) and direction (at the farthest
        corner) are each held to it. A mask within the tolerance gets exactly
        the image's geometry.
    case_id : object, default=None
        Name of the case, for error messages.

    Returns
    -------
    ImagePair
        ``image``, in the pixel type of its source, and ``mask``, uint8, 1
        inside the lesion and 0 elsewhere; both :class:`SimpleITK.Image` of 3
        dimensions on one grid.

    Raises
    ------
    ImageReadError
        If one of the two cannot be read, or the image has voxels that are NaN
        or infinite.
    GeometryError
        If they lie on different grids and `on_mismatch` is ``"raise"``.
    MaskError
        If the mask is empty, lacks the label, has values that are not whole
        numbers from 0 on or are an image's, or has no voxel of the lesion left
        after resampling.

    Notes
    -----
    The image keeps its pixel type, since pyradiomics resamples in it: a CT
    stored as integers stays whole HU. Convert it before doing arithmetic of
    your own, which overflows on integers of 8 or 16 bits.

    Examples
    --------
    >>> import SimpleITK as sitk
    >>> from radiohers.images import read_pair
    >>> image, mask = sitk.Image(9, 8, 7, sitk.sitkInt16), sitk.Image(9, 8, 7, sitk.sitkUInt8)
    >>> mask[3:6, 2:5, 4] = 1
    >>> pair = read_pair(image, mask)
    >>> pair.image.GetPixelIDTypeAsString(), int(sitk.GetArrayViewFromImage(pair.mask).sum())
    ('16-bit signed integer', 9)
    """
    volume = read_volume(image, "image", case_id)
    check_finite(volume, image, case_id)
    mask_volume = read_volume(mask, "mask", case_id)
    sources = {"image": describe_source(image), "mask": describe_source(mask)}
    grids = compare_grids(header_of(volume), header_of(mask_volume), tolerance_mm)
    is_mismatch = grids.name != "same grid"
    if is_mismatch and on_mismatch == "raise":
        raise GeometryError(grids.text, advice=grids.advice, case=case_id, source=sources)
    with naming_source("mask", mask, case_id):
        lesion = _lesion(mask_volume, int(label))
    if is_mismatch:
        lesion = sitk.Resample(lesion, volume, sitk.Transform(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)
        if not sitk.GetArrayViewFromImage(lesion).any():
            raise MaskError(
                f"nothing of the lesion (label {label}) is left on the image's grid after resampling the mask",
                advice="Check that both show the same patient and series.",
                case=case_id,
                source=sources,
            )
    lesion.CopyInformation(volume)
    # A copy as soon as one of the two is written to.
    return ImagePair(sitk.Image(volume), lesion)


def _lesion(mask: sitk.Image, label: int) -> sitk.Image:
    """Return 1 where the mask has the label and 0 elsewhere, on the mask's grid."""
    voxels = sitk.GetArrayViewFromImage(mask)
    _check_whole_numbers(voxels)
    _check_labels(voxels)
    is_inside = voxels == label
    if not is_inside.any():
        raise _no_label(voxels, label)
    lesion = sitk.GetImageFromArray(is_inside.view(np.uint8))
    lesion.CopyInformation(mask)
    return lesion


def _check_whole_numbers(voxels: np.ndarray) -> None:
    if voxels.dtype.kind != "f":
        return
    is_broken = ~np.isfinite(voxels) | (voxels != np.rint(voxels))
    if is_broken.any():
        finite = voxels[np.isfinite(voxels)]
        if finite.size and (finite.min() < -1 or finite.max() > _MAX_LABELS):
            raise _an_image(finite)
        raise MaskError(
            f"{is_broken.sum()} of {voxels.size} voxels are not whole numbers (for instance "
            f"{voxels[is_broken][0]:.6g})",
            advice="Threshold the mask, or repeat its resampling with nearest neighbour.",
        )


def _check_labels(voxels: np.ndarray) -> None:
    low, high = voxels.min(), voxels.max()
    if low >= 0 and high <= _MAX_LABELS:
        return
    n_values = len(np.unique(voxels))
    if n_values > (_MAX_LABELS if low >= 0 else _MAX_LABELS_NAMED):
        raise _an_image(voxels)
    if low < 0:
        raise MaskError(
            f"it has values below 0, down to {low:g}",
            advice="Export it with 0 as background and labels from 1 on.",
        )


def _an_image(voxels: np.ndarray) -> MaskError:
    return MaskError(
        f"its values, {voxels.min():g} to {voxels.max():g}, are those of an image, not of a mask",
        advice="Image and mask may be exchanged, or both name the image: correct the paths.",
    )


def _no_label(voxels: np.ndarray, label: int) -> MaskError:
    labels, counts = np.unique(voxels[voxels != 0], return_counts=True)
    if not len(labels):
        return MaskError(
            f"the mask is empty, all {voxels.size} voxels are 0", advice="Draw the lesion, or check the export."
        )
    of_each = list(zip(labels, counts, strict=True))
    found = listed(of_each, _MAX_LABELS_NAMED, lambda item: f"{item[0]:g} ({counted(item[1], 'voxel')})")
    return MaskError(
        f"no voxel has label {label}; the labels are {found}",
        advice="Set label (in a cohort, the column mask_label) to one of them.",
    )
