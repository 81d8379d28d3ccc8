"""The crops of one case, computed or read from the cache."""

from typing import NamedTuple

import numpy as np
import SimpleITK as sitk
from joblib import Memory

from radiohers._cache import from_cache
from radiohers._versions import version
from radiohers.cohort import Case, CaseResult
from radiohers.crops._cut import ADVICE, AxialSlices, Crop, CropSettings, cut, find_fault
from radiohers.crops._outlines import Outline, clip, draw_outward, outlines_of_mask
from radiohers.exceptions import CropError
from radiohers.images import content_hash, hash_rectangles, read_image, read_pair, read_rectangles

__all__ = ["CaseCrops", "Dropped", "crop_case"]


class Dropped(NamedTuple):
    """A slice that gives no crop, and why."""

    slice: int
    reason: str
    detail: str


class CaseCrops(NamedTuple):
    """The crops of one case, in the order of its slices, and the slices that gave none."""

    crops: list[Crop]
    dropped: list[Dropped]


def crop_case(case: Case, settings: CropSettings, memory: Memory) -> CaseResult:
    """Return the crops of a case, from the cache where they are there.

    Parameters
    ----------
    case : Case
        The case, with a mask or boxes.
    settings : CropSettings
        How to crop.
    memory : joblib.Memory
        The cache.

    Returns
    -------
    CaseResult
        Its value is a :class:`CaseCrops`; with an error if there is no crop in it.

    Raises
    ------
    RadiohersError
        If image, mask or rectangles cannot be used.
    """
    content = _content_key(case) if memory.location is not None else None
    found = from_cache(memory, _compute, content, case, settings)
    return CaseResult(found, None if found.crops else _nothing_left(case, found.dropped))


def _compute(content: tuple | None, case: Case, settings: CropSettings) -> CaseCrops:
    # `content` stands for the case in the cache: two paths with the same voxels are one entry,
    # and a file that was changed is another.
    slices = _read_slices(case)
    dropped, standard = [], []
    for outline in _outlines(case, slices):
        rectangle = clip(draw_outward(outline.rectangle, settings.margin_mm, slices.spacing_mm), slices.hu.shape[1:])
        fault = find_fault(outline, rectangle, slices, settings)
        if fault is None:
            standard.append((outline, rectangle))
        else:
            dropped.append(Dropped(outline.slice, *fault))
    kept = _largest([outline for outline, _ in standard], settings.slices)
    crops = [
        cut(outline.slice, rectangle, slices, settings) for outline, rectangle in standard if outline.slice in kept
    ]
    return CaseCrops(crops, dropped)


def _content_key(case: Case) -> tuple:
    mask = None if case.mask is None else (content_hash(case.mask), case.mask_label)
    boxes = None if case.boxes is None else hash_rectangles(case.boxes)
    versions = [(name, version(name)) for name in ("radiohers", "SimpleITK", "numpy", "scipy")]
    return content_hash(case.image), mask, boxes, versions


def _read_slices(case: Case) -> AxialSlices:
    if case.mask is None:
        image, lesion = read_image(case.image, case_id=case.case_id, finite=True), None
    else:
        image, mask = read_pair(case.image, case.mask, label=case.mask_label, case_id=case.case_id)
        lesion = sitk.GetArrayFromImage(_as_axial(mask)).view(bool)
    image = _as_axial(image)
    column_mm, row_mm, _ = image.GetSpacing()
    return AxialSlices(sitk.GetArrayFromImage(image), lesion, np.array([row_mm, column_mm]))


def _as_axial(image: sitk.Image) -> sitk.Image:
    """Turn and flip the axes of an image, without resampling, so that they go left, posterior and superior."""
    if sitk.DICOMOrientImageFilter.GetOrientationFromDirectionCosines(image.GetDirection()) == "LPS":
        return image
    return sitk.DICOMOrient(image, "LPS")


def _outlines(case: Case, slices: AxialSlices) -> list[Outline]:
    if case.boxes is None and slices.lesion is not None:
        return outlines_of_mask(slices.lesion, slices.spacing_mm)
    n_slices, *shape = slices.hu.shape
    outlines = []
    for number, rectangle in read_rectangles(case.boxes, n_slices, tuple(shape)):
        sides_mm = np.ptp(rectangle.reshape(2, 2), axis=1) * slices.spacing_mm
        outlines.append(Outline(number, rectangle, float(sides_mm.prod())))
    return outlines


def _largest(outlines: list[Outline], n_slices: str | int) -> set[int]:
    """Return the slices with the largest area of the lesion."""
    area_mm2: dict[int, float] = {}
    for outline in outlines:
        area_mm2[outline.slice] = area_mm2.get(outline.slice, 0.0) + outline.area_mm2
    # Sorting is stable: of two slices alike, the lower one is kept.
    by_area = sorted(area_mm2, key=lambda number: -area_mm2[number])
    return set(by_area[:n_slices] if isinstance(n_slices, int) else by_area)


def _nothing_left(case: Case, dropped: list[Dropped]) -> CropError:
    by_reason: dict[str, list[Dropped]] = {}
    for found in dropped:
        by_reason.setdefault(found.reason, []).append(found)
    counts = [
        f"{len(found)} x {reason} (slice {found[0].slice}: {found[0].detail})" for reason, found in by_reason.items()
    ]
    advice = " or ".join(ADVICE[reason] for reason in by_reason)
    return CropError(
        f"none of its {len(dropped)} outlines gives a crop: {'; '.join(counts)}",
        advice=f"{advice[:1].upper()}{advice[1:]}.",
        case=case.case_id,
    )
