"""One slice's place in the patient, of single-frame and of multi-frame files alike."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from radiohers.dicom._acquisitions import acquisition_of
from radiohers.dicom._scan import read_dataset
from radiohers.exceptions import ImageReadError

__all__ = ["Plane", "frame_items", "orthonormal", "planes_of"]

# How far direction cosines may be from length 1 and from right angles.
_COSINE_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Plane:
    """One slice: where its voxels are (mm), and how its numbers become HU."""

    path: Path
    frame: int
    sop_uid: str
    position_mm: np.ndarray
    orientation: np.ndarray
    shape: tuple[int, int]
    spacing_mm: tuple[float, float]
    thickness_mm: float | None
    step_mm: float | None
    slope: float
    intercept: float
    acquisition: dict[str, str]
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its file, for messages."""
        return f"{self.path}" if self.frame == 0 else f"{self.path} (frame {self.frame + 1})"


def planes_of(path: Path) -> tuple[list[Plane], pydicom.Dataset]:
    """Read the header of a file and return its slices.

    Raises
    ------
    ImageReadError
        If the header lacks what a slice needs; the message names the file and the attribute.
    """
    header = read_dataset(path, stop_before_pixels=True)
    try:
        return _planes(path, header), header
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        if isinstance(error, ImageReadError):
            raise
        raise ImageReadError(
            f"its header cannot be used ({' '.join(str(error).split())})",
            advice="Copy or export it again.",
            source=path,
        ) from error


def _planes(path: Path, header: pydicom.Dataset) -> list[Plane]:
    if "ModalityLUTSequence" in header:
        raise ImageReadError(
            "it turns stored values into HU by a table (ModalityLUTSequence), which is not supported",
            advice="Export it with RescaleSlope and RescaleIntercept.",
            source=path,
        )
    if "PerFrameFunctionalGroupsSequence" not in header and int(header.get("NumberOfFrames") or 1) > 1:
        raise ImageReadError(
            f"it has {header.NumberOfFrames} frames but says of none where it is (no PerFrameFunctionalGroupsSequence)",
            advice="Export the series as single slices or as enhanced CT.",
            source=path,
        )
    frames = frame_items(header)
    return [_plane(path, header, number, items) for number, items in enumerate(frames)]


def frame_items(header: pydicom.Dataset) -> list[list[pydicom.Dataset]]:
    """Return for each frame where its attributes may stand: its own groups, the shared ones, the top level."""
    if "PerFrameFunctionalGroupsSequence" not in header:
        return [[header]]
    shared = header.get("SharedFunctionalGroupsSequence") or []
    shared_groups = _group_items(shared[0]) if shared else []
    return [[*_group_items(own), *shared_groups, header] for own in header.PerFrameFunctionalGroupsSequence]


def _group_items(groups: pydicom.Dataset) -> list[pydicom.Dataset]:
    return [element.value[0] for element in groups if element.VR == "SQ" and element.value]


def _find(items: list[pydicom.Dataset], name: str) -> Any:
    for item in items:
        value = item.get(name)
        if value is not None and value != "":
            return value
    return None


def _number(items: list[pydicom.Dataset], name: str) -> float | None:
    value = _find(items, name)
    return None if value is None else float(value)


def _vector(items: list[pydicom.Dataset], name: str, size: int, path: Path) -> np.ndarray:
    value = _find(items, name)
    if value is None or np.size(value) != size:
        found = "is missing" if value is None else f"has {np.size(value)} numbers, not {size}"
        raise ImageReadError(
            f"{name} {found}", advice="Without it the slice has no place in the patient; export it again.", source=path
        )
    vector = np.array(value, dtype=float)
    if not np.isfinite(vector).all():
        raise ImageReadError(f"{name} is not finite: {vector.tolist()}", advice="Export it again.", source=path)
    return vector


def _plane(path: Path, header: pydicom.Dataset, number: int, items: list[pydicom.Dataset]) -> Plane:
    spacing = _vector(items, "PixelSpacing", 2, path)
    if (spacing <= 0).any():
        raise ImageReadError(
            f"PixelSpacing is {spacing.tolist()} mm; both must be above 0", advice="Export it again.", source=path
        )
    slope, intercept = _number(items, "RescaleSlope"), _number(items, "RescaleIntercept")
    if slope == 0:
        raise ImageReadError("RescaleSlope is 0, which makes every voxel alike", advice="Export it again.", source=path)
    unit = _find(items, "RescaleType")
    return Plane(
        path=path,
        frame=number,
        sop_uid=str(header.get("SOPInstanceUID", "")),
        position_mm=_vector(items, "ImagePositionPatient", 3, path),
        orientation=orthonormal(_vector(items, "ImageOrientationPatient", 6, path), path),
        shape=(int(header.Rows), int(header.Columns)),
        spacing_mm=(float(spacing[0]), float(spacing[1])),
        thickness_mm=_number(items, "SliceThickness"),
        step_mm=_number(items, "SpacingBetweenSlices"),
        slope=1.0 if slope is None else slope,
        intercept=0.0 if intercept is None else intercept,
        acquisition=acquisition_of(partial(_find, items)),
        notes=tuple(_notes(header, slope is None or intercept is None, unit)),
    )


def _notes(header: pydicom.Dataset, lacks_rescale: bool, unit: Any) -> list[str]:
    notes = []
    if lacks_rescale:
        notes.append("no RescaleSlope or RescaleIntercept: stored values are taken as they are (1 and 0)")
    if unit not in (None, "HU") and header.get("Modality") == "CT":
        notes.append(f"RescaleType is {str(unit)[:16]!r}, not 'HU'")
    if header.get("PhotometricInterpretation") == "MONOCHROME1":
        notes.append("MONOCHROME1 tells how to display the image; its values are not inverted")
    return notes


def orthonormal(orientation: np.ndarray, path: Path) -> np.ndarray:
    """Return the direction cosines of the rows and of the columns, of length 1 and at right angles.

    Raises
    ------
    ImageReadError
        If they are further from that than rounding takes them.
    """
    along_row, along_column = orientation[:3], orientation[3:]
    faults = [np.linalg.norm(along_row) - 1, np.linalg.norm(along_column) - 1, along_row @ along_column]
    if np.abs(faults).max() > _COSINE_TOLERANCE:
        raise ImageReadError(
            f"ImageOrientationPatient {orientation.tolist()} is not two directions of length 1 at right angles",
            advice="Export it again.",
            source=path,
        )
    along_row = along_row / np.linalg.norm(along_row)
    along_column = along_column - (along_column @ along_row) * along_row
    return np.concatenate([along_row, along_column / np.linalg.norm(along_column)])
