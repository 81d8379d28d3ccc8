"""Segments of a DICOM SEG as masks."""

import os
from collections.abc import Iterator, Sequence
from numbers import Real
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pydicom
import SimpleITK as sitk

from radiohers._sklearn import Interval, StrOptions, validate_params
from radiohers.dicom._kinds import SEGMENTATIONS
from radiohers.dicom._lesion_gaps import with_gaps_named
from radiohers.dicom._pixels import stored_frames
from radiohers.dicom._planes import frame_items, orthonormal
from radiohers.dicom._read_series import DicomSeries
from radiohers.dicom._references import check_owner, check_references, named_by_frames
from radiohers.dicom._rois import Roi, choose_rois, merge_rois, open_contours, roi_names
from radiohers.dicom._scan import referenced_series
from radiohers.exceptions import GeometryError, ImageReadError, MaskError

__all__ = ["read_seg"]

# How far, in voxels, a SEG's pixels may lie from the image's.
_TOLERANCE_VOXELS = 0.1
# Frames this many times their thickness apart leave room for a slice between them.
_MANY_SLICES = 1.5
_SAME_PLACE_MM = 0.01
_SAME_COSINES = 1e-4


class _Frame(NamedTuple):
    """One frame: where it is in the patient (mm), and of which segment (0: of all, a label map)."""

    position_mm: np.ndarray
    orientation: np.ndarray
    spacing_mm: tuple[float, float]
    step_mm: float | None
    segment: int


@validate_params(
    {
        "path": "no_validation",
        "series": [DicomSeries, sitk.Image, None],
        "segment": "no_validation",
        "merge": ["boolean"],
        "fraction": [Interval(Real, 0, 1, closed="right")],
        "check_reference": ["boolean"],
        "fill_gaps": [StrOptions({"interpolate"}), None],
    },
    prefer_skip_nested_validation=True,
)
def read_seg(
    path: str | os.PathLike,
    series: DicomSeries | sitk.Image | None = None,
    segment: int | str | Sequence[int | str] | None = None,
    *,
    merge: bool = False,
    fraction: float = 0.5,
    check_reference: bool = True,
    fill_gaps: Literal["interpolate"] | None = None,
) -> list[Roi]:
    """Read segments of a DICOM SEG as masks.

    Parameters
    ----------
    path : path-like
        The SEG file: binary, fractional or a label map.
    series : DicomSeries, SimpleITK.Image or None, default=None
        What was segmented; the masks get its grid exactly. With an image alone
        it cannot be checked that it is the right one. None gives masks on the
        SEG's own grid, of the slices that it holds.
    segment : int, str, sequence of them, or None, default=None
        Which segments: numbers, labels or patterns; see :func:`read_rtstruct`.
    merge : bool, default=False
        Whether to make one mask of them all.
    fraction : float, default=0.5
        A voxel of a fractional SEG is inside from this share of the file's
        greatest value on; above 0.
    check_reference : bool, default=True
        Whether the SEG must refer to this very series and its frame of reference.
    fill_gaps : {"interpolate"} or None, default=None
        Whether slices between the frames of a lesion that have none are filled
        from their neighbours; see :func:`read_rtstruct`.

    Returns
    -------
    list of Roi
        One a segment, in the file's order, or one in all.

    Raises
    ------
    MaskError
        If a segment is not there (the message lists those that are), or is empty;
        if two segments have one number, or two frames of a segment at one place differ.
    GeometryError
        If the SEG refers to another series or names its slices, or its pixels lie beside the
        image's voxels by more than a tenth of one.
    ImageReadError
        If the file cannot be read.

    See Also
    --------
    list_rois : The numbers and labels.

    Notes
    -----
    Frames are placed by their position and orientation, never by their order;
    they may be fewer than the image's slices, turned, mirrored, or of another
    plane of its grid. Nothing is resampled.

    Examples
    --------
    >>> from radiohers.dicom import read_seg
    >>> read_seg("gone.dcm")
    Traceback (most recent call last):
    radiohers.exceptions.ImageReadError: gone.dcm does not exist. Give the path of a DICOM file.
    """
    where = Path(path).expanduser()
    header = open_contours(where, SEGMENTATIONS, "a DICOM SEG")
    names = roi_names(header, where)
    numbers = choose_rois(names, segment, where)
    notes = []
    if check_reference and series is not None:
        referenced = referenced_series(header)
        notes += check_references(where, series, list(referenced), [str(header.get("FrameOfReferenceUID", ""))])
        check_owner(where, series, named_by_frames(header, numbers), referenced)
    frames = _frames(header, where)
    values, dataset = stored_frames(where)
    if len(values) != len(frames):
        raise ImageReadError(
            f"{len(values)} frames of pixels, {len(frames)} described", advice="Export it again.", source=where
        )
    grid = _own_grid(frames, values.shape[1:], where) if series is None else series
    image = grid.image if isinstance(grid, DicomSeries) else grid
    kind = str(dataset.get("SegmentationType", "BINARY"))
    threshold = fraction * float(dataset.get("MaximumFractionalValue", 1)) if kind == "FRACTIONAL" else 1
    if kind == "FRACTIONAL":
        notes = [*notes, f"fractional: inside from {fraction:g} of the greatest value on"]
    rois = []
    for number in numbers:
        planes = [
            (frame, pixels == number if frame.segment == 0 else pixels >= threshold)
            for frame, pixels in zip(frames, values, strict=True)
            if frame.segment in (0, number)
        ]
        title = f"segment {number} {names[number]!r}"
        kept = _without_copies(planes, title, where)
        inside = np.zeros(image.GetSize()[::-1], dtype=np.uint8)
        for frame, pixels in kept:
            _place(frame, pixels, image, inside, where)
        if inside.any():
            mask = sitk.GetImageFromArray(inside)
            mask.CopyInformation(image)
            n_copies = len(planes) - len(kept)
            copies = [f"{n_copies} frames stand in the file twice; taken once"] if n_copies else []
            rois.append(with_gaps_named(Roi(mask, (names[number],), (number,), (*notes, *copies)), fill_gaps))
        elif segment is not None:
            raise MaskError(f"{title} is empty", advice="Choose another one.", source=where)
    if not rois:
        raise MaskError(
            f"all {len(numbers)} segments are empty", advice="Draw the lesion, or check the export.", source=where
        )
    return [merge_rois(rois)] if merge else rois


def _without_copies(
    planes: list[tuple[_Frame, np.ndarray]], title: str, where: Path
) -> list[tuple[_Frame, np.ndarray]]:
    """Return the frames at different places; raise if two at one place differ."""
    kept: list[tuple[_Frame, np.ndarray]] = []
    for frame, pixels in planes:
        twin = next((known for known, _ in kept if _is_same_place(known, frame)), None)
        if twin is None:
            kept.append((frame, pixels))
        elif not any(known is twin and np.array_equal(other, pixels) for known, other in kept):
            raise MaskError(
                f"{title} has two different frames at {np.round(frame.position_mm, 2).tolist()} mm, and which one is "
                "right cannot be known",
                advice="Export it again.",
                source=where,
            )
    return kept


def _is_same_place(a: _Frame, b: _Frame) -> bool:
    return (
        np.abs(a.position_mm - b.position_mm).max() < _SAME_PLACE_MM
        and np.abs(a.orientation - b.orientation).max() < _SAME_COSINES
    )


def _frames(header: pydicom.Dataset, where: Path) -> list[_Frame]:
    if "PerFrameFunctionalGroupsSequence" not in header:
        raise ImageReadError("it says of no frame where it is (no PerFrameFunctionalGroupsSequence).", source=where)
    return [_frame(items, header, where) for items in frame_items(header)]


def _frame(items: list[pydicom.Dataset], header: pydicom.Dataset, where: Path) -> _Frame:
    found: dict[str, Any] = {}
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SpacingBetweenSlices"):
        found[name] = next((item.get(name) for item in items if item.get(name) is not None), None)
        if found[name] is None and name != "SpacingBetweenSlices":
            raise ImageReadError(
                f"a frame has no {name}, so it has no place in the patient", advice="Export it again.", source=where
            )
    segment = next((item.ReferencedSegmentNumber for item in items if "ReferencedSegmentNumber" in item), 0)
    if not segment and header.get("SegmentationType") != "LABELMAP":
        raise ImageReadError(
            "a frame names no segment (ReferencedSegmentNumber)", advice="Export it again.", source=where
        )
    step = found["SpacingBetweenSlices"]
    return _Frame(
        np.array(found["ImagePositionPatient"], dtype=float),
        orthonormal(np.array(found["ImageOrientationPatient"], dtype=float), where),
        (float(found["PixelSpacing"][0]), float(found["PixelSpacing"][1])),
        None if step is None else abs(float(step)),
        int(segment),
    )


def _place(frame: _Frame, pixels: np.ndarray, image: sitk.Image, inside: np.ndarray, where: Path) -> None:
    """Mark a frame's pixels in the voxels of the image at their places."""
    rows, columns = np.nonzero(pixels)
    if not len(rows):
        return
    axes, spacing = np.reshape(image.GetDirection(), (3, 3)), np.array(image.GetSpacing())
    start = (frame.position_mm - image.GetOrigin()) @ axes / spacing
    a_column = frame.orientation[:3] * frame.spacing_mm[1] @ axes / spacing
    a_row = frame.orientation[3:] * frame.spacing_mm[0] @ axes / spacing
    off = max(
        np.abs(start - np.rint(start)).max(),
        np.abs(a_column - np.rint(a_column)).max() * pixels.shape[1],
        np.abs(a_row - np.rint(a_row)).max() * pixels.shape[0],
    )
    is_step = np.abs(np.rint(a_column)).sum() == 1 and np.abs(np.rint(a_row)).sum() == 1
    if off > _TOLERANCE_VOXELS or not is_step:
        raise GeometryError(
            f"the frame at {np.round(frame.position_mm, 2).tolist()} mm does not lie on the image's voxels: it is off "
            f"by up to {off:.2f} of a voxel (tolerance {_TOLERANCE_VOXELS}), pixels of {frame.spacing_mm} mm in "
            f"voxels of {tuple(np.round(spacing, 4).tolist())}",
            advice="Give the series that was segmented.",
            source=where,
        )
    index = np.rint(start + np.outer(columns, np.rint(a_column)) + np.outer(rows, np.rint(a_row))).astype(int)
    if (index < 0).any() or (index >= image.GetSize()).any():
        raise GeometryError(
            f"the segment reaches beyond the image ({image.GetSize()} voxels), so the lesion would be cut",
            advice="Is the series complete? Give the series that was segmented.",
            source=where,
        )
    inside[index[:, 2], index[:, 1], index[:, 0]] = 1


def _own_grid(frames: Sequence[_Frame], shape: tuple[int, int], where: Path) -> sitk.Image:
    """Return an image of the grid that the frames span; slices between them that none covers are in it."""
    first = frames[0]
    along_row, along_column = first.orientation[:3], first.orientation[3:]
    normal = np.cross(along_row, along_column)
    if any(np.abs(frame.orientation - first.orientation).max() > _SAME_COSINES for frame in frames):
        raise ImageReadError(
            "its frames have several orientations", advice="Give the series that was segmented.", source=where
        )
    along = np.unique(np.round([frame.position_mm @ normal for frame in frames], 3))
    steps = np.diff(along)
    thickness = _thickness(where)
    if not first.step_mm and len(steps) and thickness and steps.min() > _MANY_SLICES * thickness:
        raise ImageReadError(
            f"its frames lie {steps.min():g} mm apart and are {thickness:g} mm thick, so slices between them may be "
            "missing",
            advice="Give the series that was segmented.",
            source=where,
        )
    step = first.step_mm or (float(steps.min()) if len(steps) else thickness)
    if step is None:
        raise ImageReadError(
            "one slice of unknown thickness", advice="Give the series that was segmented.", source=where
        )
    if (np.abs(steps / step - np.rint(steps / step)) > _TOLERANCE_VOXELS).any():
        raise ImageReadError(
            f"its frames are not on one grid of {step:g} mm", advice="Give the series that was segmented.", source=where
        )
    start = min(frames, key=lambda frame: frame.position_mm @ normal)
    n_slices = round((along[-1] - along[0]) / step) + 1
    image = sitk.Image(shape[1], shape[0], n_slices, sitk.sitkUInt8)
    image.SetSpacing((first.spacing_mm[1], first.spacing_mm[0], float(step)))
    image.SetOrigin(start.position_mm.tolist())
    image.SetDirection(np.stack([along_row, along_column, normal], axis=1).ravel().tolist())
    return image


def _thickness(where: Path) -> float | None:
    header = open_contours(where, SEGMENTATIONS, "a DICOM SEG")
    return next((float(item.SliceThickness) for item in _all_items(header) if item.get("SliceThickness")), None)


def _all_items(header: pydicom.Dataset) -> Iterator[pydicom.Dataset]:
    for items in frame_items(header):
        yield from items
