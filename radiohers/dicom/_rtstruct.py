"""Contours of an RTSTRUCT as masks on the grid of their image."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from sklearn.utils._param_validation import Interval, validate_params

from radiohers.dicom._kinds import RTSTRUCT
from radiohers.dicom._rasterise import fill_polygon
from radiohers.dicom._read_series import DicomSeries
from radiohers.dicom._rois import Roi, check_references, choose_rois, merge_rois, open_contours, roi_names
from radiohers.exceptions import GeometryError, ImageReadError, MaskError

__all__ = ["read_rtstruct"]

_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
_SHARE_OF_STEP = 0.2


@dataclass
class _Outlines:
    """The closed contours of a region, in voxels of the image: slice by slice, lists of (column, row)."""

    slices: dict[int, list[np.ndarray]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@validate_params(
    {
        "path": "no_validation",
        "series": [DicomSeries, sitk.Image],
        "roi": "no_validation",
        "merge": ["boolean"],
        "plane_tolerance_mm": [Interval(Real, 0, None, closed="left"), None],
        "check_reference": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def read_rtstruct(
    path: str | os.PathLike,
    series: DicomSeries | sitk.Image,
    roi: int | str | Sequence[int | str] | None = None,
    *,
    merge: bool = False,
    plane_tolerance_mm: float | None = None,
    check_reference: bool = True,
) -> list[Roi]:
    """Read contours of an RTSTRUCT as masks.

    Parameters
    ----------
    path : path-like
        The RTSTRUCT file.
    series : DicomSeries or SimpleITK.Image
        The series the contours were drawn on, from :func:`read_series`. With an
        image alone it cannot be checked that it is the right one.
    roi : int, str, sequence of them, or None, default=None
        Which regions: a number; a name; or a pattern with ``*``, ``?`` and
        ``[...]`` as in :mod:`fnmatch`, upper and lower case alike. None is all.
    merge : bool, default=False
        Whether to make one mask of them all.
    plane_tolerance_mm : float, default=None
        How far a contour may lie from the plane of a slice. None is a fifth
        of the spacing between slices.
    check_reference : bool, default=True
        Whether the RTSTRUCT must refer to this very series and its frame of reference.

    Returns
    -------
    list of Roi
        One a region, in the file's order, or one in all.

    Raises
    ------
    MaskError
        If a region is not there (the message lists those that are), has no
        closed contour, or holds the centre of no voxel.
    GeometryError
        If the contours refer to another series, lie between slices, are not
        parallel to them, or lie above or below all of them.
    ImageReadError
        If the file cannot be read.

    See Also
    --------
    list_rois : The names and numbers.

    Notes
    -----
    A voxel is inside if its centre is, by the even-odd rule; a centre exactly
    on an edge is inside if the region lies to its right or below. Contours of
    one region on one slice are combined by exclusive or, so an outline inside
    an outline is a hole. A contour that stands in the file twice is taken
    once, and outlines that overlap in part are noted.
    Points and open contours enclose nothing and are left out with a note, as
    is what reaches beyond the image's sides; contours beyond its first or
    last slice are an error, since the lesion would be cut.

    For the case that the tests compare, this rule gives the mask that the Image
    Biomarker Standardisation Initiative published, voxel by voxel.

    Examples
    --------
    >>> import SimpleITK as sitk
    >>> from radiohers.dicom import read_rtstruct
    >>> read_rtstruct("gone.dcm", sitk.Image(9, 8, 7, sitk.sitkInt16))
    Traceback (most recent call last):
    radiohers.exceptions.ImageReadError: gone.dcm does not exist. Give the path of a DICOM file.
    """
    where = Path(path).expanduser()
    dataset = open_contours(where, (RTSTRUCT,), "an RTSTRUCT")
    image = series.image if isinstance(series, DicomSeries) else series
    names = roi_names(dataset)
    numbers = choose_rois(names, roi, where)
    contours = {int(item.ReferencedROINumber): item for item in dataset.get("ROIContourSequence") or ()}
    notes = []
    if check_reference:
        referenced, frames = _references(dataset, numbers)
        notes += check_references(where, series, referenced, frames)
        notes += _check_slices(where, series, [contours[one] for one in numbers if one in contours], any(referenced))
    tolerance = _SHARE_OF_STEP * image.GetSpacing()[2] if plane_tolerance_mm is None else plane_tolerance_mm
    rois, empty = [], []
    for number in numbers:
        title = f"{where}, region {number} {names[number]!r}"
        outlines = _outlines(contours.get(number), image, tolerance, title)
        if outlines.slices:
            mask = _mask(outlines, image, title)
            rois.append(Roi(mask, (names[number],), (number,), (*notes, *outlines.notes)))
        else:
            empty.append(f"{names[number]!r} ({'; '.join(outlines.notes) or 'no contours'})")
    if not rois or (empty and roi is not None and not _is_pattern(roi)):
        raise MaskError(f"{where}: no closed contour in {', '.join(empty)}. Draw the lesion, or check the export.")
    if empty:
        rois = [one._replace(notes=(*one.notes, f"regions without a closed contour: {len(empty)}")) for one in rois]
    return [merge_rois(rois)] if merge else rois


def _is_pattern(roi: int | str | Sequence) -> bool:
    return isinstance(roi, str) and any(sign in roi for sign in "*?[")


def _references(dataset: pydicom.Dataset, numbers: list[int]) -> tuple[list[str], list[str]]:
    """Return the series the file refers to, and the frames of reference of the regions."""
    series = [
        str(item.get("SeriesInstanceUID", ""))
        for frame in dataset.get("ReferencedFrameOfReferenceSequence") or ()
        for study in frame.get("RTReferencedStudySequence") or ()
        for item in study.get("RTReferencedSeriesSequence") or ()
    ]
    frames = [
        str(item.get("ReferencedFrameOfReferenceUID", ""))
        for item in dataset.get("StructureSetROISequence") or ()
        if int(item.ROINumber) in numbers
    ]
    return series, frames


def _check_slices(
    where: Path, series: DicomSeries | sitk.Image, regions: list[pydicom.Dataset], series_is_named: bool
) -> list[str]:
    """Compare the slices that contours name with those of the series; return what there is to note.

    Where the series itself is named, other slices are noted only: tools that
    take names out of files were seen to renumber slices and not the contours' references to them.
    """
    named = {
        str(image.get("ReferencedSOPInstanceUID", ""))
        for region in regions
        for contour in region.get("ContourSequence") or ()
        for image in contour.get("ContourImageSequence") or ()
    }
    if not named or not isinstance(series, DicomSeries) or named & set(series.sop_uids):
        return []
    found = f"the contours name {len(named)} slices, none of which is in the series"
    if series_is_named:
        return [f"{found}; they name the series, and lie on its slices"]
    raise GeometryError(
        f"{where}: {found}. Give the series that they were drawn on. If the identifiers were changed since, and only "
        f"then, "
        "pass check_reference=False (check_reference: false in the rules)."
    )


def _outlines(item: pydicom.Dataset | None, image: sitk.Image, tolerance_mm: float, title: str) -> _Outlines:
    outlines = _Outlines()
    unlike = Counter()
    repeated = 0
    for contour in (item.get("ContourSequence") or ()) if item is not None else ():
        kind = str(contour.get("ContourGeometricType", ""))
        points = _points(contour, title)
        if kind not in _CLOSED or len(points) < 3:
            unlike[kind if kind not in _CLOSED else f"{kind} of fewer than 3 points"] += 1
            continue
        index, number = _in_voxels(points, image, tolerance_mm, title)
        on_slice = outlines.slices.setdefault(number, [])
        if any(other.shape == index.shape and np.allclose(other, index, rtol=0, atol=1e-6) for other in on_slice):
            repeated += 1
        else:
            on_slice.append(index)
    outlines.notes += [f"{count} contours of kind {kind or 'unknown'} left out" for kind, count in unlike.items()]
    if repeated:
        outlines.notes.append(f"{repeated} contours stand in the file twice; taken once")
    return outlines


def _points(contour: pydicom.Dataset, title: str) -> np.ndarray:
    data = np.array(contour.get("ContourData") or [], dtype=float)
    if data.size % 3 or not np.isfinite(data).all():
        raise ImageReadError(
            f"{title}: a contour of {data.size} numbers, which are not points of three. Export it again."
        )
    return data.reshape(-1, 3)


def _in_voxels(points: np.ndarray, image: sitk.Image, tolerance_mm: float, title: str) -> tuple[np.ndarray, int]:
    """Return a contour as (column, row) in voxels, and the number of its slice."""
    axes = np.reshape(image.GetDirection(), (3, 3))
    # Direction cosines are orthonormal, so their transpose is their inverse.
    index = (points - image.GetOrigin()) @ axes / image.GetSpacing()
    step_mm, n_slices = image.GetSpacing()[2], image.GetSize()[2]
    number = round(float(index[:, 2].mean()))
    spread_mm, off_mm = np.ptp(index[:, 2]) * step_mm, np.abs(index[:, 2] - number).max() * step_mm
    place = f"at {np.round(points.mean(axis=0), 2).tolist()} mm"
    if spread_mm > 2 * tolerance_mm:
        raise GeometryError(
            f"{title}: a contour {place} is not parallel to the slices: its points lie {spread_mm:.2f} mm apart "
            f"across them "
            f"(tolerance {2 * tolerance_mm:.3g}). Export contours drawn on this series."
        )
    if off_mm > tolerance_mm:
        raise GeometryError(
            f"{title}: a contour {place} lies {off_mm:.2f} mm from the nearest slice (tolerance {tolerance_mm:.3g}; "
            f"the "
            f"slices are {step_mm:.3g} mm apart). It was drawn on other slices: give their series, or raise "
            "plane_tolerance_mm."
        )
    if not 0 <= number < n_slices:
        raise GeometryError(
            f"{title}: a contour {place} lies {'below the first' if number < 0 else 'above the last'} of the "
            f"{n_slices} "
            "slices, so the lesion would be cut. Is the series complete? Copy or export it again."
        )
    return index[:, :2], number


def _mask(outlines: _Outlines, image: sitk.Image, title: str) -> sitk.Image:
    n_columns, n_rows, n_slices = image.GetSize()
    inside = np.zeros((n_slices, n_rows, n_columns), dtype=bool)
    overlapping = beyond = 0
    for number, contours in outlines.slices.items():
        filled = [fill_polygon(points, (n_rows, n_columns)) for points in contours]
        for position, one in enumerate(filled):
            inside[number] ^= one
            overlapping += any(_overlap_in_part(one, other) for other in filled[:position])
        edges = np.array([n_columns - 0.5, n_rows - 0.5])
        beyond += sum(bool((points < -0.5).any() or (points > edges).any()) for points in contours)
    if overlapping:
        outlines.notes.append(
            f"{overlapping} contours overlap others in part; what two share is outside (exclusive or)"
        )
    if beyond:
        outlines.notes.append(f"{beyond} contours reach beyond the sides of the image and are cut there")
    if not inside.any():
        where = "lie beside the image" if beyond else "enclose the centre of no voxel"
        raise MaskError(f"{title}: its contours {where}, so the mask is empty. Check that both are of one patient.")
    mask = sitk.GetImageFromArray(inside.astype(np.uint8))
    mask.CopyInformation(image)
    return mask


def _overlap_in_part(a: np.ndarray, b: np.ndarray) -> bool:
    shared = int((a & b).sum())
    return 0 < shared < min(int(a.sum()), int(b.sum()))
