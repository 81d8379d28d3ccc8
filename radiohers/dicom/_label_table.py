"""The table of labels that is joined to the cases by patient."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from radiohers.exceptions import CohortError

__all__ = ["check_no_identifiers", "read_labels"]

PSEUDONYM = "pseudonym"
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
    table = _read(path)
    column = rules["patient_column"]
    wanted = [name for name in table.columns if name != column] if rules["columns"] is None else list(rules["columns"])
    missing = [name for name in [column, *wanted] if name not in table.columns]
    if missing:
        raise CohortError(
            f"{path}: no column {', '.join(map(repr, missing))}; its columns are {', '.join(map(str, table.columns))}. "
            "Name them in the rules (labels: patient_column, columns)."
        )
    clashing = [name for name in wanted if name in _RESERVED]
    if clashing:
        raise CohortError(f"{path}: the column {clashing[0]!r} is one of the cohort table's own. Rename it.")
    patients = table[column].str.strip()
    rows = table.index[(patients == "") | patients.duplicated(keep=False)]
    if len(rows):
        shown = ", ".join(str(row + 1) for row in rows[:20])
        raise CohortError(
            f"{path}: in the column {column!r} rows {shown} are empty or name a patient twice (rows are counted from 1 "
            "below the header). Keep one row a patient."
        )
    kept = list(dict.fromkeys([*wanted, *([PSEUDONYM] if PSEUDONYM in table.columns else [])]))
    return table[kept].assign(_row=table.index + 1).set_index(patients.rename("patient"))


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        what = "is a folder, not a table" if path.is_dir() else "does not exist"
        raise CohortError(f"{path} {what}. Give the path of a CSV file.")
    try:
        with path.open(encoding="utf-8-sig") as file:
            header = file.readline()
        separator = ";" if header.count(";") > header.count(",") else ","
        # Texts as they are: a patient's number may begin with zeros.
        table = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8-sig", sep=separator, index_col=False
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise CohortError(f"{path} cannot be read as a CSV table: {reason}. Save it as UTF-8.") from error
    table.columns = table.columns.str.strip()
    return table


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
        is_name = [cell in {name.casefold() for name in names[patient]} for patient, cell in cells.items()]
        if is_name and sum(is_name) >= len(is_name) / 2:
            raise CohortError(
                f"{path}: the column {column!r} holds names or numbers of patients, which are not to be written. "
                f"Name the "
                "columns to take over in the rules (labels: columns)."
            )
