"""Finding the DICOM files of a folder, whatever they are called, by their headers alone."""

import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
from pydicom.errors import InvalidDicomError
from tqdm import tqdm

from radiohers._folders import files_below
from radiohers.exceptions import ImageReadError

__all__ = ["DicomFile", "Scan", "quiet_pydicom", "read_dataset", "referenced_series", "scan_folder", "sop_uids"]

DICOMDIR = "1.2.840.10008.1.3.10"
_PREAMBLE_BYTES = 128
_MAGIC = b"DICM"
# Little-endian files without the preamble begin with a tag of group 0002 or 0008 whose element number is small.
_BARE_STARTS = (b"\x02\x00", b"\x08\x00")
_TAGS = [
    "ImageType",
    "SOPClassUID",
    "SOPInstanceUID",
    "ContentDate",
    "ContentTime",
    "StructureSetDate",
    "StructureSetTime",
    "Modality",
    "SeriesDescription",
    "ReferencedSeriesSequence",
    "PatientName",
    "PatientID",
    "SliceThickness",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SeriesNumber",
    "ImagePositionPatient",
    "FrameOfReferenceUID",
    "SamplesPerPixel",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "ReferencedFrameOfReferenceSequence",
]


@dataclass(frozen=True, slots=True)
class DicomFile:
    """What is kept of a file's header."""

    path: Path
    sop_class: str
    sop_uid: str
    series_uid: str
    study_uid: str
    patient_id: str
    patient_name: str
    modality: str
    description: str
    series_number: str
    image_type: tuple[str, ...]
    n_frames: int
    rows: int
    columns: int
    samples: int
    position_mm: tuple[float, ...]
    thickness_mm: float | None
    written: tuple[str, str]
    refers_to: tuple[str, ...]


@dataclass(frozen=True)
class Scan:
    """The files of a folder: those that are DICOM, those that should be and cannot be read, and how many are not."""

    folder: Path
    files: tuple[DicomFile, ...]
    damaged: tuple[tuple[Path, str], ...]
    n_other: int


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Keep pydicom from warning of values that break the standard and do no harm, once a file."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pydicom")
        yield


def scan_folder(folder: str | os.PathLike, *, verbose: int = 0) -> Scan:
    """Read the headers of all DICOM files below a folder.

    Parameters
    ----------
    folder : path-like
        Searched with all folders in it. Neither names nor suffixes matter; files
        that are not DICOM are counted and left alone, and so is a DICOMDIR.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    Scan
        In the order of the paths.

    Raises
    ------
    ImageReadError
        If there is no such folder.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise ImageReadError(what, advice="Give the path of a folder of DICOM files.", source=folder, joined=" ")
    files, damaged, n_other = [], [], 0
    with quiet_pydicom():
        for path in tqdm(list(files_below(folder)), desc="headers", unit="file", disable=not verbose):
            try:
                found = _read_header(path)
            except _DamagedError as error:
                damaged.append((path, str(error)))
                continue
            if found is None:
                n_other += 1
            elif found.sop_class != DICOMDIR:
                files.append(found)
    return Scan(folder, tuple(files), tuple(damaged), n_other)


def read_dataset(path: Path, **how: Any) -> pydicom.Dataset:
    """Read a DICOM file, or raise an :class:`ImageReadError` that names it."""
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "does not exist"
        raise ImageReadError(what, advice="Give the path of a DICOM file.", source=path, joined=" ")
    with quiet_pydicom():
        try:
            return pydicom.dcmread(path, force=_starts_as_dicom(path) == "bare", **how)
        except (
            InvalidDicomError,
            OSError,
            EOFError,
            ValueError,
            AttributeError,
            KeyError,
            NotImplementedError,
        ) as error:
            raise ImageReadError(
                f"cannot be read as DICOM ({_one_line(error)})",
                advice="Copy or export it again.",
                source=path,
                joined=" ",
            ) from error


class _DamagedError(Exception):
    pass


def _read_header(path: Path) -> DicomFile | None:
    start = _starts_as_dicom(path)
    if start is None:
        if path.suffix.lower() == ".dcm":
            raise _DamagedError(f"it does not begin as a DICOM file ({path.stat().st_size} bytes)")
        return None
    try:
        header = pydicom.dcmread(path, force=start == "bare", stop_before_pixels=True, specific_tags=_TAGS)
        if header.file_meta.get("MediaStorageSOPClassUID") == DICOMDIR:
            return None
        found = _as_file(path, header)
    # pydicom raises whatever the bytes led it to: a header is either understood or it is not.
    except Exception as error:
        if start == "bare":
            return None
        raise _DamagedError(f"its header cannot be read ({_one_line(error)})") from error
    if found.sop_class and found.series_uid:
        return found
    if start == "bare":
        return None
    raise _DamagedError("its header ends before it names its series: the file is cut short, or not an image")


def _starts_as_dicom(path: Path) -> str | None:
    with path.open("rb") as file:
        start = file.read(_PREAMBLE_BYTES + len(_MAGIC))
    if start[_PREAMBLE_BYTES:] == _MAGIC:
        return "whole"
    return "bare" if len(start) > 8 and start[:2] in _BARE_STARTS and start[3] == 0 and start[2] <= 0x18 else None


def _as_file(path: Path, header: pydicom.Dataset) -> DicomFile:
    thickness = header.get("SliceThickness")
    return DicomFile(
        path=path,
        sop_class=_text(header, "SOPClassUID"),
        sop_uid=_text(header, "SOPInstanceUID"),
        series_uid=_text(header, "SeriesInstanceUID"),
        study_uid=_text(header, "StudyInstanceUID"),
        patient_id=_text(header, "PatientID"),
        patient_name=_text(header, "PatientName"),
        modality=_text(header, "Modality"),
        description=_text(header, "SeriesDescription"),
        series_number=_text(header, "SeriesNumber"),
        image_type=tuple(map(str, header.get("ImageType") or ())),
        n_frames=int(header.get("NumberOfFrames") or 1),
        rows=int(header.get("Rows") or 0),
        columns=int(header.get("Columns") or 0),
        samples=int(header.get("SamplesPerPixel") or 0),
        position_mm=tuple(map(float, header.get("ImagePositionPatient") or ())),
        thickness_mm=None if thickness in (None, "") else float(thickness),
        written=_written(header),
        refers_to=tuple(referenced_series(header)),
    )


def _text(header: pydicom.Dataset, name: str) -> str:
    value = header.get(name)
    return "" if value is None else str(value).strip()


def _written(header: pydicom.Dataset) -> tuple[str, str]:
    """Return date and time when contours were drawn; those of the series or study are the images'."""
    kind = "StructureSet" if _text(header, "StructureSetDate") else "Content"
    return _text(header, f"{kind}Date"), _text(header, f"{kind}Time")


def referenced_series(dataset: pydicom.Dataset) -> dict[str, set[str]]:
    """Return the series that an RTSTRUCT or SEG refers to, each with the slices that stand there."""
    found: dict[str, set[str]] = {}
    for item in dataset.get("ReferencedSeriesSequence") or ():
        _add(found, item, "ReferencedInstanceSequence")
    for frame in dataset.get("ReferencedFrameOfReferenceSequence") or ():
        for study in frame.get("RTReferencedStudySequence") or ():
            for item in study.get("RTReferencedSeriesSequence") or ():
                _add(found, item, "ContourImageSequence")
    found.pop("", None)
    return found


def _add(found: dict[str, set[str]], item: pydicom.Dataset, slices: str) -> None:
    found.setdefault(str(item.get("SeriesInstanceUID", "")).strip(), set()).update(sop_uids(item.get(slices)))


def sop_uids(items: Iterable[pydicom.Dataset] | None) -> Iterator[str]:
    """Yield the identifiers of the slices that some items refer to."""
    for item in items or ():
        if item.get("ReferencedSOPInstanceUID"):
            yield str(item.ReferencedSOPInstanceUID)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
