"""The series of a folder as a table."""

import os
from collections import Counter
from collections.abc import Iterable

import pandas as pd

from radiohers.dicom._kinds import kind_of, n_slices, unusable
from radiohers.dicom._scan import DicomFile, Scan, scan_folder

__all__ = ["list_series", "series_of"]

_COLUMNS = [
    "series_uid",
    "patient_id",
    "study_uid",
    "kind",
    "modality",
    "series_number",
    "description",
    "n_files",
    "n_slices",
    "rows",
    "columns",
    "slice_thickness_mm",
    "refers_to",
    "reason",
    "folder",
]


def list_series(folder: str | os.PathLike) -> pd.DataFrame:
    """List the series of a folder, from the headers alone.

    Parameters
    ----------
    folder : path-like
        Searched with all folders in it. Names and suffixes of files do not
        matter; files that are not DICOM are passed over.

    Returns
    -------
    DataFrame of shape (n_series, 15)
        Ordered by patient, study and series number; the columns are

        - ``series_uid``, ``patient_id``, ``study_uid``, ``modality``,
          ``series_number``, ``description``: texts, as the files have them;
        - ``kind``: "image", "RTSTRUCT", "SEG" or "other";
        - ``n_files``, and ``n_slices`` that may belong to a volume;
        - ``rows``, ``columns`` of the pixels, ``slice_thickness_mm``;
        - ``refers_to``: for contours, the series_uid they were drawn on; several are
          separated by semicolons;
        - ``reason``: why some files or all of them are no slices; else empty;
        - ``folder``: where its files are, as a path.

    Raises
    ------
    ImageReadError
        If there is no such folder.

    See Also
    --------
    read_series : Read one of them.

    Notes
    -----
    The table holds what identifies the patient. It is for your eyes, not for
    being passed on. That a series is listed without a reason does not yet mean
    that its slices form a volume: :func:`read_series` finds that out.

    Examples
    --------
    >>> import tempfile
    >>> from radiohers.dicom import list_series
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     len(list_series(folder))
    0
    """
    return series_table(scan_folder(folder))


def series_table(scan: Scan) -> pd.DataFrame:
    """Return the table of a scan; see :func:`list_series`."""
    rows = [_row(uid, files) for uid, files in series_of(scan.files).items()]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return table.sort_values(
        ["patient_id", "study_uid", "series_number", "series_uid"],
        key=lambda column: column.map(_in_order_of_numbers) if column.name == "series_number" else column,
        ignore_index=True,
    )


def series_of(files: Iterable[DicomFile]) -> dict[str, list[DicomFile]]:
    """Group files by their series."""
    series: dict[str, list[DicomFile]] = {}
    for file in files:
        series.setdefault(file.series_uid, []).append(file)
    return series


def _in_order_of_numbers(text: str) -> str:
    return text.zfill(12)


def _row(uid: str, files: list[DicomFile]) -> tuple:
    images = [file for file in files if kind_of(file) == "image"]
    first = next((file for file in images if unusable(file) is None), (images or files)[0])
    kind = kind_of(first)
    reasons = Counter(unusable(file) for file in files) if kind == "image" else Counter()
    return (
        uid,
        first.patient_id,
        first.study_uid,
        kind,
        first.modality,
        first.series_number,
        first.description,
        len(files),
        n_slices(files),
        first.rows,
        first.columns,
        first.thickness_mm,
        "; ".join(dict.fromkeys(uid for file in files for uid in file.refers_to)),
        "; ".join(f"{reason} ({count} of {len(files)} files)" for reason, count in reasons.items() if reason),
        str(first.path.parent),
    )
