"""The table of labels that is joined to the cases by patient."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from radiohers._alike_ids import alike_key
from radiohers._csv_file import read_csv_file
from radiohers._wording import listed
from radiohers.exceptions import CohortError

__all__ = ["check_no_identifiers", "count_unmatched", "read_labels"]

PSEUDONYM = "pseudonym"
_MAX_NAMED = 5
_RESERVED = ("case_id", "image", "mask", "mask_label", "boxes", "patient_id")


def read_labels(path: str | os.PathLike | None, rules: Mapping[str, Any]) -> pd.DataFrame:
    """Read the table of labels.

    Parameters
    ----------
    path : path-like or None
        A CSV table with one row a patient, separated by commas or semicolons.
    rules : mapping
        The section ``labels`` of the rules.

    Returns
    -------
    DataFrame
        Texts, by patient; with the column ``pseudonym`` if there is one, and
        a column ``_row``, counted from 1 below the header.

    Raises
    ------
    CohortError
        If the table cannot be read, lacks a column, has a patient twice, or a
        column of a name that the cohort table has itself.
    """
    if path is None:
        return pd.DataFrame({"_row": pd.Series(dtype=int)})
    path = Path(path).expanduser()
    table = read_csv_file(path, separators=",;").fillna("")
    column = rules["patient_column"]
    wanted = [name for name in table.columns if name != column] if rules["columns"] is None else list(rules["columns"])
    missing = [name for name in [column, *wanted] if name not in table.columns]
    if missing:
        raise CohortError(
            f"no column {', '.join(map(repr, missing))}; its columns are {', '.join(map(str, table.columns))}",
            advice="Name them in the rules (labels: patient_column, columns).",
            source=path,
        )
    clashing = [name for name in wanted if name in _RESERVED]
    if clashing:
        raise CohortError(
            f"the column {clashing[0]!r} is one of the cohort table's own", advice="Rename it.", source=path
        )
    patients = table[column].str.strip()
    rows = table.index[(patients == "") | patients.duplicated(keep=False)]
    if len(rows):
        shown = ", ".join(str(row + 1) for row in rows[:20])
        raise CohortError(
            f"in the column {column!r} rows {shown} are empty or name a patient twice (rows are counted from 1 below "
            "the header)",
            advice="Keep one row a patient.",
            source=path,
        )
    kept = list(dict.fromkeys([*wanted, *([PSEUDONYM] if PSEUDONYM in table.columns else [])]))
    return table[kept].assign(_row=table.index + 1).set_index(patients.rename("patient"))


def count_unmatched(labels: pd.DataFrame, patients: Collection[str], path: Any, column: str) -> str:
    """Say how many labels and patients do not belong together; raise if none do.

    Parameters
    ----------
    labels : DataFrame
        From :func:`read_labels`.
    patients : collection of str
        Those of the folder.
    path, column : object
        The table's path, and its column of patients, for the message.

    Returns
    -------
    str
        Empty if all belong together. It names patients, so it is not to be written.

    Raises
    ------
    CohortError
        If no row of the labels is of a patient of the folder.
    """
    without_patient = [name for name in labels.index if name not in patients]
    known = set(labels.index)
    without_labels = [name for name in patients if name not in known]
    if not patients or not (without_patient or without_labels):
        return ""
    hint = _hint(without_patient, patients)
    if len(without_patient) == len(labels):
        raise CohortError(
            f"no row is of a patient of the folder. The table has {_named(without_patient)} in the column {column!r}, "
            f"the folder {_named(without_labels)}.{hint}",
            advice="Write patients as the folder calls them, or name another column in the rules (labels: "
            "patient_column).",
            source=path,
        )
    parts = [
        (without_patient, f"of {len(labels)} rows name no patient of the folder"),
        (without_labels, f"of {len(patients)} patients of the folder have no row"),
    ]
    return f"{path}: {'; '.join(f'{len(some)} {what} ({_named(some)})' for some, what in parts if some)}.{hint}"


def _hint(of_labels: Collection[str], of_folder: Collection[str]) -> str:
    by_key = {alike_key(name): name for name in of_folder}
    alike = [f"{name!r} and {by_key[alike_key(name)]!r}" for name in of_labels if alike_key(name) in by_key]
    if not alike:
        return ""
    return f" Alike but for zeros, capitals, spaces or dashes: {listed(alike, _MAX_NAMED)}."


def _named(names: Collection[str]) -> str:
    return listed(names, _MAX_NAMED, repr)


def check_no_identifiers(labels: pd.DataFrame, names: Mapping[str, Collection[str]], path: Any) -> None:
    """Raise if a column that would be written holds what identifies patients.

    Parameters
    ----------
    labels : DataFrame
        From :func:`read_labels`.
    names : mapping of str to collection of str
        What identifies each patient.
    path : object
        The table's path, for the message.

    Raises
    ------
    CohortError
        Naming the column, if at least half of its cells are a name or number of their patients. A
        label may be the number of one patient by chance.
    """
    met = labels[labels.index.isin(list(names))]
    for column in labels.columns.drop("_row"):
        cells = met[column].str.strip().str.casefold()
        is_name = [cell in {name.casefold() for name in names[str(patient)]} for patient, cell in cells.items()]
        if is_name and sum(is_name) >= len(is_name) / 2:
            raise CohortError(
                f"the column {column!r} holds names or numbers of patients, which are not to be written",
                advice="Name the columns to take over in the rules (labels: columns).",
                source=path,
            )
