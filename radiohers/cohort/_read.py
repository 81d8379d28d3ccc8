"""Reading a cohort table and naming every row that cannot be used."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from radiohers._csv_file import read_csv_file
from radiohers.cohort._check_findings import Finding
from radiohers.cohort._cohort import CASE_ID, Cohort, CohortStep
from radiohers.cohort._labels import fault_of_classes, plain_label, positive_label
from radiohers.cohort._problems import Problem, raise_all
from radiohers.cohort._questions import find_patients, questions_about, questions_about_points
from radiohers.cohort._values import doubtful_separators, typed

__all__ = ["Rows", "case_columns", "read_cohort", "read_rows"]

_TEXTS = ("case_id", "image", "mask", "boxes", "patient_id")
_CASE_COLUMNS = ("image", "mask", "mask_label", "boxes")
_PATHS = ("image", "mask", "boxes")
_MAX_PATH_SHOWN = 120
# Masks have 8 bits, seldom 16.
_MAX_LABEL = 2**31 - 1


def read_cohort(csv: str | os.PathLike, target: str | None = None, positive: Any = None) -> Cohort:
    """Read a cohort table, check every row, and return the cohort.

    Parameters
    ----------
    csv : path-like
        A comma-separated table with a header and the columns ``case_id``,
        ``image`` and ``mask``, and optionally ``patient_id`` (else a column that
        names the patients, such as ``PatientID``, with a warning; else each case
        counts as a patient of its own, and no split is called patient-level),
        ``mask_label``, ``boxes`` and any clinical columns.
        Ids and texts such as NA and None stay as they are; only empty cells are missing.
        Relative paths are taken from the table's folder. ``boxes`` names a
        case's rectangles, a file or a folder of files (see
        :class:`radiohers.crops.CropExtractor`); a case that has them needs no
        mask, and a table whose cases all have them no column ``mask``.
    target : str, default=None
        The column of the labels, of two classes. None reads cases without labels,
        for scoring.
    positive : object, default=None
        The positive class. Needed unless the labels are 0 and 1.

    Returns
    -------
    Cohort
        With ``.X``, ``.y``, ``.groups`` and ``.clinical``.

    Raises
    ------
    CohortError
        If the table cannot be read, or any row is bad: a file missing, a
        case_id missing or used twice, an empty target, a number with a comma or
        with separators of thousands. All bad rows are named in one error; a fault
        that most rows of a column share is one line of it, and so is a target of
        another number of classes than two.

    Warns
    -----
    UserWarning
        If the table can be read in two ways: patients are named by another column than
        ``patient_id``; ids differ in zeros, capitals or spaces only; a word such as
        NA stands among numbers, or is a class.

    Examples
    --------
    >>> import tempfile
    >>> from radiohers import read_cohort
    >>> from radiohers.datasets import make_ct_cohort
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cohort = read_cohort(make_ct_cohort(folder, n_patients=4, shape=(12, 40, 44)), target="her2")
    >>> cohort.X.columns.tolist()
    ['image', 'mask']
    >>> cohort.clinical.columns.tolist()
    ['age', 'sex', 'slice_thickness_mm', 'synthetic']
    """
    rows = read_rows(csv, target)
    for question in rows.questions:
        warnings.warn(f"{rows.path}: {question.message}. {question.advice}", stacklevel=2)
    raise_all(rows.path, rows.problems, len(rows.table))
    return _build(rows, target, positive)


class Rows(NamedTuple):
    """A table as it was read, with everything that is wrong with its rows.

    Attributes
    ----------
    path : Path
        The file.
    table : DataFrame of shape (n_cases, n_columns)
        All columns; ids, paths and labels as texts.
    ids : Series of shape (n_cases,)
        The case_id; "" where it is missing.
    labels : Series of shape (n_cases,) or None
        Those of the target, as numbers where they are.
    problems : list of Problem
        In the order in which they were found.
    questions : list of Finding
        What can be read in two ways.
    """

    path: Path
    table: pd.DataFrame
    ids: pd.Series
    labels: pd.Series | None
    problems: list[Problem]
    questions: list[Finding]


def read_rows(csv: str | os.PathLike, target: str | None) -> Rows:
    """Read a cohort table, and find what is wrong with its rows without raising; see :func:`read_cohort`.

    Raises
    ------
    CohortError
        If it is not a table, or lacks a column.
    """
    path = Path(os.path.expanduser(csv))
    wanted = [] if target is None else [target]
    texts = read_csv_file(path, needed=["case_id", "image", "mask", *wanted])
    texts, questions = find_patients(texts, target)
    others = [name for name in texts.columns if name not in {*_TEXTS, *wanted}]
    table = texts.assign(**{name: typed(texts[name]) for name in others})
    ids = table["case_id"].fillna("").str.strip()
    problems = [*_bad_ids(ids), *_bad_paths(table, ids, path.parent.absolute())]
    if "patient_id" in table.columns:
        problems += _empty_cells(table["patient_id"], ids)
    if "mask_label" in table.columns:
        problems += _bad_mask_labels(table["mask_label"], ids)
    clinical = [name for name in others if name != "mask_label"]
    problems += _doubtful_numbers(texts[clinical], ids)
    labels = None
    if target is not None:
        labels = _as_numbers(table[target].str.strip())
        problems += _bad_labels(labels, ids)
    questions += questions_about(texts["case_id"], texts.get("patient_id"), table[clinical], labels)
    return Rows(path, table, ids, labels, problems, [*questions, *questions_about_points(texts[clinical])])


def _bad_ids(ids: pd.Series) -> Iterator[Problem]:
    first_row: dict[str, int] = {}
    for row, case_id in enumerate(ids, start=1):
        if not case_id:
            yield Problem(row, "", "case_id", "empty")
        elif case_id in first_row:
            yield Problem(row, case_id, "case_id", f"already used in row {first_row[case_id]}")
        else:
            first_row[case_id] = row


def _bad_paths(table: pd.DataFrame, ids: pd.Series, folder: Path) -> Iterator[Problem]:
    images = [None if pd.isna(cell) else str(_resolve(cell, folder)) for cell in table["image"]]
    for column in (column for column in _PATHS if column in table.columns):
        cells = zip(ids, table[column], _has_the_other(table, column), strict=True)
        for row, (case_id, cell, has_the_other) in enumerate(cells, start=1):
            if pd.isna(cell):
                if not has_the_other:
                    yield Problem(row, case_id, column, "empty")
                continue
            path = _resolve(cell, folder)
            fault = _fault_of_path(path, may_be_folder=column == "boxes")
            if column == "mask" and str(path) == images[row - 1]:
                fault = "is the same file as the image", str(path)
            if fault is not None:
                yield Problem(row, case_id, column, ": ".join(fault), kind=fault[0])


def _fault_of_path(path: Path, may_be_folder: bool) -> tuple[str, str] | None:
    """Say what is wrong with a path, and which it is."""
    try:
        if path.is_dir() and not may_be_folder:
            return "is a folder, not a file", str(path)
        if not path.exists():
            hint = " (folders are parted by /, not by a backslash)" if os.sep == "/" and "\\" in str(path) else ""
            return "file not found", f"{path}{hint}"
    except OSError as error:
        shown = str(path) if len(str(path)) <= _MAX_PATH_SHOWN else f"{str(path)[:_MAX_PATH_SHOWN]}..."
        return f"cannot be looked for ({error.strerror})", shown
    return None


def _has_the_other(table: pd.DataFrame, column: str) -> pd.Series:
    """Say which cases have a mask in place of rectangles, or rectangles in place of a mask: one of the two will do."""
    other = {"mask": "boxes", "boxes": "mask"}.get(column)
    return table[other].notna() if other in table.columns else pd.Series(False, index=table.index)


def _resolve(cell: str, folder: Path) -> Path:
    # Unlike Path.expanduser, it leaves the name of an unknown user as it is.
    return folder / os.path.expanduser(cell.strip())


def _empty_cells(cells: pd.Series, ids: pd.Series) -> Iterator[Problem]:
    for row, (case_id, cell) in enumerate(zip(ids, cells, strict=True), start=1):
        if pd.isna(cell) or not str(cell).strip():
            yield Problem(row, case_id, str(cells.name), "empty")


def _bad_mask_labels(cells: pd.Series, ids: pd.Series) -> Iterator[Problem]:
    numbers = pd.to_numeric(cells, errors="coerce")
    for row, (case_id, cell, number) in enumerate(zip(ids, cells, numbers, strict=True), start=1):
        if pd.isna(cell):
            yield Problem(row, case_id, "mask_label", "empty")
        elif pd.isna(number) or number % 1:
            yield Problem(row, case_id, "mask_label", f"{plain_label(cell)!r} is not a whole number", kind="words")
        elif not 1 <= number <= _MAX_LABEL:
            text = f"{plain_label(cell)!r} marks no lesion; labels are 1 or more"
            yield Problem(row, case_id, "mask_label", text, kind="no label")


def _doubtful_numbers(clinical: pd.DataFrame, ids: pd.Series) -> Iterator[Problem]:
    """Find numbers that would be taken for texts, each a category, or for other numbers."""
    for name, cells in clinical.items():
        for position, text in doubtful_separators(cells):
            yield Problem(position + 1, ids[position], str(name), text, kind="separator")


def _as_numbers(labels: pd.Series) -> pd.Series:
    """Turn texts into whole numbers if every one that is there spells one, as in 0, 1 or 1.0."""
    labels = labels.mask(labels == "")
    numbers = pd.to_numeric(labels, errors="coerce")
    if (numbers.isna() == labels.isna()).all() and (numbers.dropna() % 1 == 0).all():
        return numbers.astype("Int64")
    return labels


def _bad_labels(labels: pd.Series, ids: pd.Series) -> Iterator[Problem]:
    yield from _empty_cells(labels, ids)
    where = pd.Series([f"row {row}, case {case_id!r}" for row, case_id in enumerate(ids, start=1)], index=labels.index)
    fault = fault_of_classes(labels, where)
    if fault is not None and labels.notna().any():
        text, advice = fault
        yield Problem(0, "", str(labels.name), text, is_general=True, advice=advice)


def case_columns(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the columns of the cases with absolute paths, where there are paths."""
    X = table[[column for column in _CASE_COLUMNS if column in table.columns]].copy()
    for column in (column for column in _PATHS if column in X.columns):
        X[column] = [cell if pd.isna(cell) else str(_resolve(cell, path.parent.absolute())) for cell in X[column]]
    return X


def _build(rows: Rows, target: str | None, positive: Any) -> Cohort:
    path, table, ids, labels, *_ = rows
    index = pd.Index(ids, name="case_id")
    table = table.set_axis(index, axis=0)
    X = case_columns(table, path)
    if "mask_label" in X.columns:
        X["mask_label"] = X["mask_label"].astype(int)
    groups = (
        table["patient_id"].str.strip()
        if "patient_id" in table.columns
        else pd.Series(ids.to_numpy(), index=index, name=CASE_ID)
    )
    other = [column for column in table.columns if column not in {"case_id", "patient_id", target, *_CASE_COLUMNS}]
    y = None
    if labels is not None:
        y = labels.set_axis(index)
        y = y.astype(int) if y.dtype == "Int64" else y
    return Cohort(
        X=X,
        y=y,
        groups=groups,
        clinical=table[other].copy(),
        target=target,
        positive=None if y is None else positive_label(y, positive),
        source=path,
        # A row without label or file is an error, so none was left out.
        steps=(CohortStep("rows of the table", len(table), groups.nunique()),),
    )
