"""A DICOM series as one image in HU."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Literal

import numpy as np
import SimpleITK as sitk

from radiohers._sklearn import Interval, StrOptions, validate_params
from radiohers._wording import listed
from radiohers.dicom._kinds import kind_of, unusable
from radiohers.dicom._pixels import smallest_exact, stored_frames
from radiohers.dicom._planes import Plane, planes_of
from radiohers.dicom._scan import DicomFile, Scan, scan_folder
from radiohers.dicom._series_table import series_of
from radiohers.dicom._stack import Stack, stack_planes
from radiohers.dicom._tilt import without_shear
from radiohers.exceptions import ImageReadError

__all__ = ["DicomSeries", "read_series"]


@dataclass(frozen=True, repr=False)
class DicomSeries:
    """A series that was read: its image, and what is needed to fit contours to it.

    Made by :func:`read_series`.

    Attributes
    ----------
    image : SimpleITK.Image
        HU, of 3 dimensions, in millimetres towards left, posterior, superior.
        The pixel type is the smallest of int16, int32, float32 and float64
        that holds every value exactly.
    series_uid, frame_of_reference_uid : str
        As in the files.
    sop_uids : tuple of str
        One a slice, in the order of the image's slices.
    modality : str
        Such as "CT".
    notes : tuple of str
        What was noticed while reading, without anything that identifies the patient.
    left_out : tuple of (str, str)
        Files of the series that are not in the image, and why.
    """

    image: sitk.Image
    series_uid: str
    frame_of_reference_uid: str
    sop_uids: tuple[str, ...]
    modality: str
    notes: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        spacing = " x ".join(f"{step:.4g}" for step in self.image.GetSpacing())
        return f"<DicomSeries: {self.modality}, {self.image.GetSize()} voxels (x, y, z) of {spacing} mm>"


@validate_params(
    {
        "folder": "no_validation",
        "series_uid": [str, None],
        "tolerance_mm": [Interval(Real, 0, None, closed="left")],
        "on_tilt": [StrOptions({"raise", "resample"})],
    },
    prefer_skip_nested_validation=True,
)
def read_series(
    folder: str | os.PathLike,
    series_uid: str | None = None,
    *,
    tolerance_mm: float = 0.1,
    on_tilt: Literal["raise", "resample"] = "raise",
) -> DicomSeries:
    """Read a DICOM series as an image in HU.

    Parameters
    ----------
    folder : path-like
        Searched with all folders in it; see :func:`list_series`.
    series_uid : str, default=None
        Which series. None takes the only one of images that there is.
    tolerance_mm : float, default=0.1
        How far a slice may stand from even spacing, but never more than a
        fifth of the spacing; and how far beside the normal through the first one.
    on_tilt : {"raise", "resample"}, default="raise"
        What to do with slices that stand beside one another, as those of a
        tilted gantry do: raise an error, or move each back by linear
        interpolation within its plane.

    Returns
    -------
    DicomSeries
        Its ``image`` is a :class:`SimpleITK.Image`.

    Raises
    ------
    ImageReadError
        If there is no such series, or several and none is named; if a file is
        damaged or compressed beyond what is installed; or if the slices are
        no evenly spaced volume of one acquisition. The message names the files
        or the attribute.

    See Also
    --------
    list_series : What a folder holds.
    read_rtstruct, read_seg : Contours drawn on the series.

    Notes
    -----
    HU are ``stored value * RescaleSlope + RescaleIntercept``, each slice with
    its own slope and intercept, computed in float64 and kept exactly. Values
    outside the field of view (PixelPaddingValue, often -2000 or -3024) stay
    as they are. MONOCHROME1 tells how to display the image; nothing is inverted.

    Slices are ordered by position along their normal, never by name or
    number. Two slices at one position are dropped to one if their HU are
    equal, else they are an error. Slices of several acquisitions by turns
    (phases, kVp, kernels, acquisition numbers that go back and forth) are an
    error too; what changes from block to block is noted. Scouts, secondary captures and colour
    pictures are left out, with the reason in ``left_out``. The spacing between
    slices is that of their positions; only a single slice has to take its
    SliceThickness. An oblique orientation is kept in the direction cosines.

    Examples
    --------
    >>> from radiohers.dicom import read_series
    >>> read_series("gone")
    Traceback (most recent call last):
    radiohers.exceptions.ImageReadError: gone does not exist. Give the path of a folder of DICOM files.
    """
    scan = scan_folder(folder)
    return series_from(scan, _choose(scan, series_uid), tolerance_mm=tolerance_mm, on_tilt=on_tilt)


def series_from(scan: Scan, files: Sequence[DicomFile], *, tolerance_mm: float, on_tilt: str) -> DicomSeries:
    """Read the series of some files of a scan; see :func:`read_series`."""
    _check_none_damaged(scan, files)
    usable = [file for file in files if unusable(file) is None]
    left_out = [(str(file.path), why) for file in files if (why := unusable(file)) is not None]
    name = f"the series in {files[0].path.parent}"
    if not usable:
        reasons = ", ".join(dict.fromkeys(reason for _, reason in left_out))
        raise ImageReadError(
            f"has no slices of a volume: {reasons}", advice="Choose another series.", source=name, joined=" "
        )
    planes: list[Plane] = []
    headers = []
    for file in usable:
        found, header = planes_of(file.path)
        planes += found
        headers.append(header)
    frames = _Frames()
    stack = stack_planes(planes, lambda a, b: np.array_equal(frames.hu(a), frames.hu(b)), tolerance_mm, name)
    _check_tilt(stack, on_tilt, name)
    # Slice by slice: a volume of float64 would be four times the size. Stacking promotes without loss.
    image = _image(stack, np.stack([smallest_exact(frames.hu(plane)) for plane in stack.planes]))
    n_scouts = len(left_out)
    return DicomSeries(
        image=image,
        series_uid=files[0].series_uid,
        frame_of_reference_uid=next(
            (uid for plane in stack.planes if (uid := plane.acquisition.get("FrameOfReferenceUID"))), ""
        ),
        sop_uids=tuple(plane.sop_uid for plane in stack.planes),
        modality=stack.planes[0].acquisition.get("Modality", ""),
        notes=(
            *([f"{n_scouts} files that are no slices left out"] if n_scouts else []),
            *stack.notes,
            *_padding_note(headers),
        ),
        left_out=(*left_out, *stack.left_out),
    )


def _choose(scan: Scan, series_uid: str | None) -> list[DicomFile]:
    images = {
        uid: files for uid, files in series_of(scan.files).items() if any(kind_of(file) == "image" for file in files)
    }
    if series_uid is not None:
        if series_uid not in images:
            raise ImageReadError(
                f"no image series {series_uid}; there are {len(images)}",
                advice="See radiohers.dicom.list_series.",
                source=scan.folder,
            )
        return images[series_uid]
    usable = {uid: files for uid, files in images.items() if any(unusable(file) is None for file in files)}
    if len(usable or images) == 1:
        return next(iter((usable or images).values()))
    if not images:
        damaged = f" ({len(scan.damaged)} damaged, for instance {scan.damaged[0][0]})" if scan.damaged else ""
        raise ImageReadError(
            f"no DICOM image in it{damaged}", advice="Give the folder of a series.", source=scan.folder
        )
    shown = "; ".join(f"{uid} ({len(files)} files)" for uid, files in list((usable or images).items())[:10])
    raise ImageReadError(
        f"{len(usable or images)} series of images, not one: {shown}",
        advice="Name one of them as series_uid (radiohers.dicom.list_series describes them).",
        source=scan.folder,
    )


def _check_none_damaged(scan: Scan, files: Sequence[DicomFile]) -> None:
    folders = {file.path.parent for file in files}
    damaged = [f"{path}: {reason}" for path, reason in scan.damaged if path.parent in folders]
    if damaged:
        raise ImageReadError(
            listed(damaged, 1, separator="; "),
            advice="It may be a slice of this series, whose loss at an end would not show. Copy it again, or take it "
            "out of the folder.",
        )


def _check_tilt(stack: Stack, on_tilt: str, name: str) -> None:
    if not stack.shifts_mm.any():
        return
    largest = np.linalg.norm(stack.shifts_mm, axis=1).max()
    if on_tilt == "raise":
        raise ImageReadError(
            f"its slices stand beside one another, by up to {largest:.2f} mm over {len(stack.planes)} slices "
            f"(a gantry tilt of {stack.tilt_degrees:.1f} degrees?), so that its voxels are no right-angled grid",
            advice="Have the shear taken out by interpolation: read_series(..., on_tilt='resample') (on_tilt: "
            "resample in the rules).",
            source=name,
        )
    stack.notes.append(
        f"shear of {largest:.2f} mm ({stack.tilt_degrees:.1f} degrees of gantry tilt) taken out by linear interpolation"
    )


def _image(stack: Stack, hu: np.ndarray) -> sitk.Image:
    first = stack.planes[0]
    along_row, along_column = first.orientation[:3], first.orientation[3:]
    spacing = (first.spacing_mm[1], first.spacing_mm[0])
    origin = first.position_mm
    if stack.shifts_mm.any():
        hu, start = without_shear(hu, stack.shifts_mm, spacing)
        hu = smallest_exact(hu)
        origin = origin + start[0] * along_row + start[1] * along_column
    image = sitk.GetImageFromArray(hu)
    image.SetSpacing((*spacing, stack.step_mm))
    image.SetOrigin(origin.tolist())
    axes = np.stack([along_row, along_column, np.cross(along_row, along_column)], axis=1)
    image.SetDirection(axes.ravel().tolist())
    return image


def _padding_note(headers: list) -> list[str]:
    values = {header.PixelPaddingValue for header in headers if "PixelPaddingValue" in header}
    if not values:
        return []
    return [f"PixelPaddingValue {', '.join(map(str, sorted(values)))} (stored): such voxels stay as they are"]


class _Frames:
    """HU of slices; keeps the file that was decoded last, since a multi-frame file has many slices."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._frames = np.zeros((0, 0, 0))

    def hu(self, plane: Plane) -> np.ndarray:
        """Return float64 of shape (rows, columns)."""
        if plane.path != self._path:
            self._frames, _ = stored_frames(plane.path)
            self._path = plane.path
        return self._frames[plane.frame] * float(plane.slope) + plane.intercept
