"""Which series of a patient a file of contours was drawn on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pydicom

from radiohers.dicom._kinds import RTSTRUCT, SEGMENTATIONS, kind_of, n_slices, unusable
from radiohers.dicom._nifti_out import uid_hash
from radiohers.dicom._outlines import SHARE_OF_STEP, contour_points
from radiohers.dicom._planes import Plane, frame_items, planes_of
from radiohers.dicom._references import named_by_frames, named_by_regions
from radiohers.dicom._rois import choose_rois, contours_of, open_contours, roi_names
from radiohers.dicom._scan import DicomFile
from radiohers.exceptions import MaskError

__all__ = ["drawn_on"]


def drawn_on(
    file: DicomFile,
    candidates: Mapping[str, list[DicomFile]],
    images: Mapping[str, list[DicomFile]],
    rules: Mapping[str, Any],
) -> tuple[str | None, str]:
    """Find the series that contours were drawn on.

    Parameters
    ----------
    file : DicomFile
        An RTSTRUCT or SEG.
    candidates, images : mapping of str to list of DicomFile
        The series that the rules let through, and all of the patient, by their UID.
    rules : mapping
        The section ``contours`` of the rules.

    Returns
    -------
    series_uid : str or None
        That whose slices the contours name; else the one that the file refers
        to; else, of several, the only one whose slices the contours lie on.
    reason : str
        Why it is none, or how it was found where that has to be said.
    """
    kind = kind_of(file)
    dataset = open_contours(file.path, (RTSTRUCT, *SEGMENTATIONS), "an RTSTRUCT or SEG")
    numbers = _wanted(dataset, file, rules["roi"])
    owners = _owners(_named(dataset, numbers), images)
    if len(owners) > 1:
        return None, f"the {kind} names slices of {len(owners)} series: {_listed(owners, images)}"
    if owners:
        left_out = f"the {kind} was drawn on a series that the rules leave out"
        return (owners[0], "") if owners[0] in candidates else (None, left_out)
    targets = [uid for uid in file.refers_to if uid in candidates]
    is_free = not file.refers_to or not rules["check_reference"]
    if not targets and is_free and len(candidates) == 1:
        targets = list(candidates)
    if not targets:
        return None, _why_no_target(file, images)
    if len(targets) == 1:
        return targets[0], ""
    fitting = [uid for uid in targets if _lies_on(dataset, file, numbers, candidates[uid], rules)]
    refers = f"the {kind} refers to {len(targets)} series and names no slices of them"
    if len(fitting) == 1:
        return fitting[0], f"{refers}; it lies on the slices of this one alone"
    where = "more than one" if fitting else "none"
    return None, f"{refers}, and it lies on the slices of {where}: {_listed(targets, images)}"


def _why_no_target(file: DicomFile, images: Mapping[str, list[DicomFile]]) -> str:
    kind = kind_of(file)
    if not file.refers_to:
        return f"the {kind} names no series, and there is not exactly one to choose"
    if set(images) & set(file.refers_to):
        return f"the {kind} was drawn on a series that the rules leave out"
    return f"the {kind} was drawn on a series of which no file is there"


def _listed(uids: Sequence[str], images: Mapping[str, list[DicomFile]]) -> str:
    return ", ".join(f"{uid_hash(uid)} ({n_slices(images[uid])} slices)" for uid in uids)


def _wanted(dataset: pydicom.Dataset, file: DicomFile, roi: Any) -> list[int]:
    """Return the numbers of the regions that the rules want; of all, where reading them will be an error."""
    try:
        return choose_rois(roi_names(dataset, file.path), roi, file.path)
    except MaskError:
        return list(contours_of(dataset))


def _named(dataset: pydicom.Dataset, numbers: Sequence[int]) -> set[str]:
    if dataset.SOPClassUID != RTSTRUCT:
        return named_by_frames(dataset, numbers)
    contours = contours_of(dataset)
    return named_by_regions(item for number in numbers for item in contours.get(number, ()))


def _owners(named: set[str], images: Mapping[str, list[DicomFile]]) -> list[str]:
    return [uid for uid, files in images.items() if any(file.sop_uid in named for file in files)]


def _lies_on(
    dataset: pydicom.Dataset, file: DicomFile, numbers: Sequence[int], files: list[DicomFile], rules: Mapping[str, Any]
) -> bool:
    """Tell whether every contour lies on a slice of a series, and beside none."""
    planes = [plane for one in files if unusable(one) is None for plane in planes_of(one.path)[0]]
    frames = _frames_of_reference(dataset, numbers)
    known = {plane.acquisition.get("FrameOfReferenceUID", "") for plane in planes}
    if frames and known - {""} and not frames & known:
        return False
    parts = list(_parts(dataset, file, numbers))
    return bool(parts) and all(_is_on_a_slice(points, planes, rules["plane_tolerance_mm"]) for points in parts)


def _frames_of_reference(dataset: pydicom.Dataset, numbers: Sequence[int]) -> set[str]:
    items = dataset.get("StructureSetROISequence") or ()
    found = {str(item.get("ReferencedFrameOfReferenceUID", "")) for item in items if int(item.ROINumber) in numbers}
    return (found or {str(dataset.get("FrameOfReferenceUID", ""))}) - {""}


def _parts(dataset: pydicom.Dataset, file: DicomFile, numbers: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield the points (mm) of each contour, or the first pixel of each frame."""
    if dataset.SOPClassUID == RTSTRUCT:
        contours = contours_of(dataset)
        for item in (item for number in numbers for item in contours.get(number, ())):
            for contour in item.get("ContourSequence") or ():
                yield contour_points(contour, source=file.path)
        return
    for items in frame_items(dataset):
        position = next((item.ImagePositionPatient for item in items if "ImagePositionPatient" in item), None)
        if position is not None:
            yield np.array(position, dtype=float).reshape(1, 3)


def _is_on_a_slice(points: np.ndarray, planes: Sequence[Plane], tolerance_mm: float | None) -> bool:
    first = planes[0]
    normal = np.cross(first.orientation[:3], first.orientation[3:])
    along = np.sort([plane.position_mm @ normal for plane in planes])
    steps = np.diff(along)
    step = float(np.median(steps)) if len(steps) else (first.thickness_mm or 0.0)
    tolerance = SHARE_OF_STEP * step if tolerance_mm is None else tolerance_mm
    depths = points @ normal
    if np.abs(along[:, None] - depths).min(axis=0).max() > tolerance or np.ptp(depths) > 2 * tolerance:
        return False
    beside = points.mean(axis=0) - first.position_mm
    column = beside @ first.orientation[:3] / first.spacing_mm[1]
    row = beside @ first.orientation[3:] / first.spacing_mm[0]
    n_rows, n_columns = first.shape
    return -0.5 <= column <= n_columns - 0.5 and -0.5 <= row <= n_rows - 0.5
