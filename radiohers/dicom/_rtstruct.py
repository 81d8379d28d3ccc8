"""Contours of an RTSTRUCT as masks on the grid of their image."""

import os
from collections.abc import Sequence
from numbers import Real
from pathlib import Path
from typing import Literal

import pydicom
import SimpleITK as sitk

from radiohers._sklearn import Interval, StrOptions, validate_params
from radiohers.dicom._kinds import RTSTRUCT
from radiohers.dicom._lesion_gaps import with_gaps_named
from radiohers.dicom._outlines import SHARE_OF_STEP, enclosed, outlines_of
from radiohers.dicom._read_series import DicomSeries
from radiohers.dicom._references import check_owner, check_references, check_slices, named_by_regions
from radiohers.dicom._rois import Roi, choose_rois, contours_of, merge_rois, open_contours, roi_names
from radiohers.dicom._scan import referenced_series
from radiohers.exceptions import MaskError, RadiohersError

__all__ = ["read_rtstruct"]


@validate_params(
    {
        "path": "no_validation",
        "series": [DicomSeries, sitk.Image],
        "roi": "no_validation",
        "merge": ["boolean"],
        "plane_tolerance_mm": [Interval(Real, 0, None, closed="left"), None],
        "check_reference": ["boolean"],
        "fill_gaps": [StrOptions({"interpolate"}), None],
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
    fill_gaps: Literal["interpolate"] | None = None,
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
    fill_gaps : {"interpolate"} or None, default=None
        Whether slices between the contours of a lesion that have none are
        filled from their neighbours, by shape-based interpolation [1]_. They
        are named in the notes in either case.

    Returns
    -------
    list of Roi
        One a region, in the file's order, or one in all.

    Raises
    ------
    MaskError
        If a region is not there (the message lists those that are), has no
        closed contour, or holds the centre of no voxel; or if two regions have
        one number.
    GeometryError
        If the contours refer to another series or name its slices, lie between
        slices, are not parallel to them, lie above or below all of them, or if
        contours of several planes lie on one slice.
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
    an outline is a hole. An outline that stands in the file twice is taken
    once, wherever it begins, whichever way round it goes and whether its first
    point is repeated: outlines that are nowhere further apart than a tenth of
    a pixel are one. Outlines that overlap in part are noted. Contours of one
    region that stand in several places of the file are joined.
    Points and open contours enclose nothing and are left out with a note, as
    is what reaches beyond the image's sides; contours beyond its first or
    last slice are an error, since the lesion would be cut.

    For the case that the tests compare, this rule gives the mask that the Image
    Biomarker Standardisation Initiative published, voxel by voxel.

    References
    ----------
    .. [1] Raya SP, Udupa JK. Shape-based interpolation of multidimensional objects.
       IEEE Trans Med Imaging 1990;9:32-42. doi:10.1109/42.52980

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
    names = roi_names(dataset, where)
    numbers = choose_rois(names, roi, where)
    contours = contours_of(dataset)
    nameless = set(contours) - set(names)
    notes = [f"contours of {len(nameless)} regions that the file does not name left out"] if nameless else []
    if check_reference:
        referenced = referenced_series(dataset)
        notes += check_references(where, series, list(referenced), _frames_of_reference(dataset, numbers))
        named = named_by_regions(item for number in numbers for item in contours.get(number, ()))
        check_owner(where, series, named, referenced)
        notes += check_slices(where, series, named, referenced)
    tolerance = SHARE_OF_STEP * image.GetSpacing()[2] if plane_tolerance_mm is None else plane_tolerance_mm
    rois, empty = [], []
    for number in numbers:
        title = f"region {number} {names[number]!r}"
        items = contours.get(number, [])
        try:
            outlines = outlines_of(items, image, tolerance, title)
            mask = enclosed(outlines, image, title) if outlines.slices else None
        except RadiohersError as error:
            raise error.with_source(where, ", ") from None
        if mask is not None:
            joined = [f"contours of {len(items)} parts of the file joined"] if len(items) > 1 else []
            found = Roi(mask, (names[number],), (number,), (*notes, *joined, *outlines.notes))
            rois.append(with_gaps_named(found, fill_gaps))
        else:
            empty.append(f"{names[number]!r} ({'; '.join(outlines.notes) or 'no contours'})")
    if not rois or (empty and roi is not None and not _is_pattern(roi)):
        raise MaskError(
            f"no closed contour in {', '.join(empty)}", advice="Draw the lesion, or check the export.", source=where
        )
    if empty:
        rois = [one._replace(notes=(*one.notes, f"regions without a closed contour: {len(empty)}")) for one in rois]
    return [merge_rois(rois)] if merge else rois


def _is_pattern(roi: int | str | Sequence) -> bool:
    return isinstance(roi, str) and any(sign in roi for sign in "*?[")


def _frames_of_reference(dataset: pydicom.Dataset, numbers: list[int]) -> list[str]:
    items = dataset.get("StructureSetROISequence") or ()
    return [str(item.get("ReferencedFrameOfReferenceUID", "")) for item in items if int(item.ROINumber) in numbers]
