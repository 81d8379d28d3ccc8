"""Lesions of a mask: by label, merged, or by connected component."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Literal

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from radiohers._sklearn import Interval, StrOptions, validate_params
from radiohers._wording import counted
from radiohers.exceptions import MaskError
from radiohers.images._read import read_volume
from radiohers.images._source import naming_source

__all__ = ["select_lesions"]

_MAX_NAMED = 20
_TOUCHING = np.ones((3, 3, 3), dtype=bool)


@validate_params(
    {
        "mask": "no_validation",
        "labels": [Integral, "array-like", None],
        "merge": ["boolean"],
        "components": [StrOptions({"all", "largest", "separate"})],
        "min_voxels": [Interval(Integral, 1, None, closed="left")],
        "case_id": "no_validation",
    },
    prefer_skip_nested_validation=True,
)
def select_lesions(
    mask: Any,
    labels: int | Sequence[int] | None = None,
    *,
    merge: bool = False,
    components: Literal["all", "largest", "separate"] = "all",
    min_voxels: int = 1,
    case_id: Any = None,
) -> dict[str, sitk.Image]:
    """Take the lesions of a mask apart, or some of them together.

    Parameters
    ----------
    mask : path-like, SimpleITK.Image or nibabel image
        See :func:`read_image`; 0 is the background, every other whole number a label.
    labels : int, sequence of int or None, default=None
        Which labels. None is all that there are.
    merge : bool, default=False
        Whether the labels are one lesion together, rather than one each.
    components : {"all", "largest", "separate"}, default="all"
        What to do with the parts of a lesion that do not touch, not even at a
        corner: keep them all as one lesion, keep the largest, or make one lesion of each.
    min_voxels : int, default=1
        Parts of fewer voxels are left out.
    case_id : object, default=None
        Name of the case, for error messages.

    Returns
    -------
    dict of str to SimpleITK.Image
        The lesions by name: ``"label1"``, merged ``"label1+3"``, components
        ``"label1_1"``, ``"label1_2"``, from the largest on (equal ones by
        their place). uint8, 1 inside and 0 elsewhere, on the mask's grid.

    Raises
    ------
    ImageReadError
        If the mask cannot be read.
    MaskError
        If it is empty, lacks a label (the message lists those that are
        there), has values that are not whole numbers, or has no part of
        `min_voxels`.

    Examples
    --------
    >>> import SimpleITK as sitk
    >>> from radiohers.images import select_lesions
    >>> mask = sitk.Image(9, 8, 7, sitk.sitkUInt8)
    >>> mask[1:3, 1, 1], mask[6, 6, 5], mask[4, 4, 3] = 1, 1, 3
    >>> list(select_lesions(mask)), list(select_lesions(mask, merge=True))
    (['label1', 'label3'], ['label1+3'])
    >>> list(select_lesions(mask, 1, components="separate"))
    ['label1_1', 'label1_2']
    """
    volume = read_volume(mask, "mask", case_id)
    voxels = sitk.GetArrayViewFromImage(volume)
    with naming_source("mask", mask, case_id):
        wanted = _wanted(voxels, labels)
        groups = [wanted] if merge else [[label] for label in wanted]
        lesions: dict[str, sitk.Image] = {}
        for group in groups:
            name = "label" + "+".join(map(str, group))
            parts = _parts(np.isin(voxels, group), components, min_voxels)
            for number, part in enumerate(parts, start=1):
                lesions[f"{name}_{number}" if components == "separate" else name] = _as_mask(part, volume)
        if not lesions:
            raise MaskError(f"no part of the lesion has {min_voxels} voxels", advice="Lower min_voxels.")
    return lesions


def _wanted(voxels: np.ndarray, labels: int | Sequence[int] | None) -> list[int]:
    found, counts = np.unique(voxels, return_counts=True)
    if (found != np.rint(found)).any() or not np.isfinite(found).all():
        raise MaskError(
            f"not all of its voxels are whole numbers (for instance {found[found != np.rint(found)][0]:.6g})",
            advice="Threshold the mask, or repeat its resampling with nearest neighbour.",
        )
    there = {int(label): int(count) for label, count in zip(found, counts, strict=True) if label}
    if not there:
        raise MaskError(
            f"the mask is empty, all {voxels.size} voxels are 0",
            advice="Draw the lesion, or check the export.",
        )
    if labels is None:
        return list(there)
    wanted = [int(label) for label in np.atleast_1d(labels)]
    missing = [label for label in wanted if label not in there]
    if missing or not wanted:
        shown = ", ".join(f"{label} ({counted(n, 'voxel')})" for label, n in list(there.items())[:_MAX_NAMED])
        raise MaskError(
            f"no voxel has label {', '.join(map(str, missing)) or '(none was given)'}; the labels are {shown}",
            advice="Choose one of them.",
        )
    return wanted


def _parts(inside: np.ndarray, components: str, min_voxels: int) -> list[np.ndarray]:
    if components == "all" and min_voxels == 1:
        return [inside]
    numbered, n_parts = ndimage.label(inside, structure=_TOUCHING)
    sizes = np.bincount(numbered.ravel(), minlength=n_parts + 1)[1:]
    # A stable sort keeps equal ones in the order of their first voxels.
    order = [part + 1 for part in np.argsort(-sizes, kind="stable") if sizes[part] >= min_voxels]
    if not order:
        return []
    if components == "all":
        return [np.isin(numbered, order)]
    return [numbered == part for part in (order[:1] if components == "largest" else order)]


def _as_mask(inside: np.ndarray, like: sitk.Image) -> sitk.Image:
    mask = sitk.GetImageFromArray(inside.astype(np.uint8))
    mask.CopyInformation(like)
    return mask
