"""Which series and which slices contours were drawn on, as far as their file says."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pydicom
import SimpleITK as sitk

from radiohers.dicom._planes import frame_items
from radiohers.dicom._read_series import DicomSeries
from radiohers.dicom._scan import sop_uids
from radiohers.exceptions import GeometryError

__all__ = [
    "check_owner",
    "check_references",
    "check_slices",
    "named_by_frames",
    "named_by_regions",
]

_HINT = (
    "Give the series that they were drawn on. If the identifiers were changed since, and only then, pass "
    "check_reference=False (check_reference: false in the rules)."
)


def named_by_regions(regions: Iterable[pydicom.Dataset]) -> set[str]:
    """Return the slices that contours name, of items of ROIContourSequence."""
    contours = (contour for region in regions for contour in region.get("ContourSequence") or ())
    return {uid for contour in contours for uid in sop_uids(contour.get("ContourImageSequence"))}


def named_by_frames(dataset: pydicom.Dataset, numbers: Sequence[int]) -> set[str]:
    """Return the slices that the frames of some segments of a SEG name as their source."""
    if "PerFrameFunctionalGroupsSequence" not in dataset:
        return set()
    named: set[str] = set()
    for items in frame_items(dataset):
        segment = next((item.ReferencedSegmentNumber for item in items if "ReferencedSegmentNumber" in item), None)
        # The frames of a label map hold all segments.
        if segment is None or segment in numbers:
            named.update(uid for item in items for uid in sop_uids(item.get("SourceImageSequence")))
    return named


def check_references(
    where: Path, series: DicomSeries | sitk.Image, referenced: Sequence[str], frames_of_reference: Iterable[str]
) -> list[str]:
    """Raise unless contours were drawn on the series; return what could not be checked.

    Raises
    ------
    GeometryError
        If they refer to another series, or to another frame of reference.
    """
    if not isinstance(series, DicomSeries):
        return []
    if referenced and series.series_uid not in referenced:
        raise GeometryError(
            f"refers to another series, {', '.join(referenced)}, not to {series.series_uid}, which was given",
            advice=_HINT,
            source=where,
            joined=" ",
        )
    others = {uid for uid in frames_of_reference if uid} - {series.frame_of_reference_uid}
    if others and series.frame_of_reference_uid:
        raise GeometryError(
            f"is in another frame of reference, {', '.join(sorted(others))}, than the series, "
            f"{series.frame_of_reference_uid}: its millimetres are counted from another point",
            advice=_HINT,
            source=where,
            joined=" ",
        )
    return [] if referenced else ["the contours name no series; only their place was checked"]


def check_owner(
    where: Path, series: DicomSeries | sitk.Image, named: set[str], referenced: dict[str, set[str]]
) -> None:
    """Raise if slices that contours name stand in their file as those of another series.

    Raises
    ------
    GeometryError
        The message names that series.
    """
    if not isinstance(series, DicomSeries):
        return
    strangers = named - set(series.sop_uids)
    others = [uid for uid, slices in referenced.items() if uid != series.series_uid and strangers & slices]
    if others:
        raise GeometryError(
            f"{len(strangers)} of the {len(named)} slices that the contours name are of another series, "
            f"{', '.join(others)}",
            advice=_HINT,
            source=where,
        )


def check_slices(
    where: Path, series: DicomSeries | sitk.Image, named: set[str], referenced: dict[str, set[str]]
) -> list[str]:
    """Compare the slices that contours name with those of the series; return what there is to note.

    Where the series itself is named, slices that nobody knows are noted only:
    tools that take names out of files were seen to renumber slices and not the
    contours' references to them.

    Raises
    ------
    GeometryError
        If they name no slice of the series, and the file does not name the series.
    """
    if not isinstance(series, DicomSeries):
        return []
    if not named and len(referenced) > 1:
        return [f"the file refers to {len(referenced)} series, and the contours name no slices; their place fits"]
    if not named or named & set(series.sop_uids):
        return []
    found = f"the contours name {len(named)} slices, none of which is in the series"
    if referenced:
        return [f"{found}; they name the series, and lie on its slices"]
    raise GeometryError(found, advice=_HINT, source=where)
