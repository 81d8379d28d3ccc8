"""Who is compared with whom in a table of patients."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from radiohers.cohort import Cohort, names_patients
from radiohers.exceptions import CohortError

__all__ = [
    "Counting",
    "Groups",
    "Source",
    "as_groups",
    "as_source",
    "as_text",
    "count_who",
    "group_sizes",
    "sorted_levels",
]

_NAMES_AND_FILES = ("case_id", "patient_id", "image", "mask", "mask_label", "boxes")


class Source(NamedTuple):
    """The columns that can be described, and the patient of each row."""

    table: pd.DataFrame
    patient: np.ndarray
    target: Any
    positive: Any
    notes: tuple[str, ...]
    patients_given: bool = True


class Groups(NamedTuple):
    """Names of the groups, and the group of each case as a position in the names; -1 is none."""

    names: tuple[str, ...]
    code: np.ndarray
    column: Any
    notes: tuple[str, ...]


class Counting(NamedTuple):
    """Whether patients or cases are counted, and what led to it."""

    by_case: bool
    asked_by_case: bool
    n_patients: int
    n_cases: int
    n_with_several: int
    n_crossing: int
    patients_given: bool


def as_source(cohort_or_frame: Cohort | pd.DataFrame) -> Source:
    """Return the clinical columns, with the target first, and a number for each case's patient."""
    if isinstance(cohort_or_frame, Cohort):
        cohort = cohort_or_frame
        table, patients = cohort.clinical.copy(), cohort.groups
        target = None
        if cohort.y is not None:
            target = "target" if cohort.target is None else cohort.target
            table.insert(0, target, cohort.y.array, allow_duplicates=True)
        source = _checked(table, patients, target, cohort.positive, [])
        return source._replace(patients_given=cohort.patients_given)
    frame = cohort_or_frame
    named = [column for column in _NAMES_AND_FILES if column in frame.columns]
    notes = [f"Not described, since they name cases, patients or files: {', '.join(named)}."] if named else []
    others = [column for column in frame.columns if names_patients(column)]
    if others and "patient_id" not in named:
        notes.append(
            f"Each row is counted as a patient, since no column is called patient_id, although there is {others[0]}."
        )
    patients = frame["patient_id"] if "patient_id" in named else pd.Series(np.arange(len(frame)))
    return _checked(frame.drop(columns=named), patients, None, None, notes)


def _checked(table: pd.DataFrame, patients: pd.Series, target: Any, positive: Any, notes: list[str]) -> Source:
    if not len(table):
        raise CohortError("There is no case to describe: the table has no rows", advice="Check how they were chosen.")
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise CohortError(f"The table has two columns named {twice[0]!r}", advice="Rename one of them.")
    if "synthetic" in table.columns:
        if (pd.to_numeric(table["synthetic"], errors="coerce") == 1).any():
            notes = ["SYNTHETIC COHORT: made by a program. These are no patients.", *notes]
        table = table.drop(columns="synthetic")
    code = pd.factorize(patients)[0]
    if (code < 0).any():
        raise CohortError(
            f"{int((code < 0).sum())} of {len(code)} rows have no patient_id (the first is row "
            f"{int(np.argmax(code < 0)) + 1})",
            advice="Fill it in, or take these rows out.",
        )
    return Source(table, code, target, positive, tuple(notes))


def as_groups(source: Source, by: Any, split: Any) -> Groups:
    """Return the groups that `by` or `split` names.

    Raises
    ------
    CohortError
        If they cannot be found, do not match the cases, or are fewer than two where `by` or `split` is given.
    """
    if by is not None and split is not None:
        raise CohortError("by and split are both given, and each says what is compared", advice="Pass one of them.")
    if split is None and _is_split(by):
        by, split = None, by
    if split is not None:
        return _groups_of_split(split, len(source.table))
    if by is None and source.target is None:
        return Groups(("All",), np.zeros(len(source.table), dtype=int), None, ())
    is_class = by is None or (isinstance(by, str) and by == "target" and source.target is not None)
    column = source.target if is_class else by
    groups = _groups_of_column(source, column) if np.isscalar(column) else _groups_of_labels(source, by)
    if by is not None and len(groups.names) < 2:
        count = int((groups.code >= 0).sum())
        what = f"by={by!r}" if np.isscalar(by) else "by"
        raise CohortError(
            f"{what} gives one group only ({', '.join(groups.names) or 'no value at all'}; {count} cases), and "
            "nothing to compare it with",
            advice="Choose another column, or describe all cases together: baseline_table(cohort.clinical).",
        )
    return groups


def _is_split(by: Any) -> bool:
    pair = isinstance(by, tuple) and len(by) == 2 and not any(np.isscalar(part) for part in by)
    return pair or (hasattr(by, "train") and hasattr(by, "test"))


def _groups_of_column(source: Source, column: Any) -> Groups:
    if column not in source.table.columns:
        raise CohortError(
            f"by={column!r} is no column of the table; its columns are {', '.join(map(str, source.table.columns))}",
            advice="Pass one of these, 'target' for the class, or one label a case.",
        )
    positive = as_text(source.positive) if column == source.target else None
    return _grouped(source.table[column], f"{column} = ", column, positive)


def _groups_of_labels(source: Source, labels: Any) -> Groups:
    index = source.table.index
    if isinstance(labels, pd.Series) and labels.index.is_unique and set(labels.index) == set(index):
        labels = labels.reindex(index)
    name = getattr(labels, "name", None)
    labels = pd.Series(labels)
    if len(labels) != len(index):
        raise CohortError(f"by holds {len(labels)} labels for {len(index)} cases", advice="Give one label a case.")
    return _grouped(labels, "" if name is None else f"{name} = ", None, None)


def _grouped(labels: pd.Series, prefix: str, column: Any, positive: str | None) -> Groups:
    text = labels.map(as_text, na_action="ignore").to_numpy(dtype=object)
    levels = sorted(sorted_levels(labels), key=lambda level: level == positive)
    code = pd.Index(levels, dtype=object).get_indexer(pd.Index(text, dtype=object))
    without = int((code < 0).sum())
    notes = [f"{without} of {len(code)} cases have no group and are left out."] if without else []
    return Groups(tuple(f"{prefix}{level}" for level in levels), code, column, tuple(notes))


def _groups_of_split(split: Any, n_cases: int) -> Groups:
    train, test = (split.train, split.test) if hasattr(split, "train") else split
    code = np.full(n_cases, -1)
    for number, (name, part) in enumerate((("training", train), ("test", test))):
        rows = _positions(part, name, n_cases)
        if (code[rows] >= 0).any():
            raise CohortError(
                f"split: {int((code[rows] >= 0).sum())} cases are in training and test",
                advice="Give each case to one part.",
            )
        code[rows] = number
    without = int((code < 0).sum())
    notes = [
        "Where the cases were dealt to training and test at random, every difference between the parts arose by "
        "chance: a small p-value is then no fault of the split, and a large one is no proof that the parts are alike."
    ]
    if without:
        notes.insert(0, f"{without} of {n_cases} cases are in neither part and are left out.")
    return Groups(("Training", "Test"), code, None, tuple(notes))


def _positions(part: Any, name: str, n_cases: int) -> np.ndarray:
    part = np.asarray(part)
    if part.dtype == bool and part.shape == (n_cases,):
        part = np.flatnonzero(part)
    if part.ndim != 1 or not np.issubdtype(part.dtype, np.integer) or part.size == 0:
        raise CohortError(
            f"split: the {name} part is neither {n_cases} booleans nor a list of positions with at least one in it."
        )
    if part.min() < 0 or part.max() >= n_cases:
        raise CohortError(
            f"split: the {name} part has the position {int(part.min() if part.min() < 0 else part.max())}, and the "
            f"{n_cases} cases have 0 to {n_cases - 1}",
            advice="Count positions from 0 in this table.",
        )
    return part


def count_who(source: Source, groups: Groups, per: str) -> Counting:
    """Decide whether patients or cases are counted: cases if asked for, or if groups cut patients."""
    inside = groups.code >= 0
    patient = source.patient[inside]
    cases = pd.Series(groups.code[inside]).groupby(patient)
    n_several, n_crossing = int((cases.size() > 1).sum()), int((cases.nunique() > 1).sum())
    by_case = n_several > 0 and (per == "case" or n_crossing > 0)
    return Counting(
        by_case, per == "case", len(np.unique(patient)), len(patient), n_several, n_crossing, source.patients_given
    )


def group_sizes(source: Source, groups: Groups, by_case: bool, overall: bool) -> tuple[dict[str, Any], ...]:
    """Return name, patients, cases, what is counted, and the size as a text, of each group."""
    chosen = [(name, groups.code == number) for number, name in enumerate(groups.names)]
    if overall and len(groups.names) > 1:
        chosen.insert(0, ("All", groups.code >= 0))
    repeated = len(np.unique(source.patient[groups.code >= 0])) < (groups.code >= 0).sum()
    sizes = []
    for name, rows in chosen:
        n_patients, n_cases = len(np.unique(source.patient[rows])), int(rows.sum())
        size = f"n = {n_cases}"
        if repeated:
            size = f"{n_cases} cases of {n_patients} patients" if by_case else f"{n_patients} patients, {n_cases} cases"
        unit = "cases" if by_case or not source.patients_given else "patients"
        sizes.append(
            {
                "name": name,
                "n_patients": n_patients if source.patients_given else None,
                "n_cases": n_cases,
                "unit": unit,
                "size": size,
            }
        )
    return tuple(sizes)


def sorted_levels(values: pd.Series) -> list[str]:
    """Return the values that occur as texts: in the order of their categories, of size, or of the alphabet."""
    values = values.dropna()
    if isinstance(values.dtype, pd.CategoricalDtype):
        present = set(values.unique())
        levels = [level for level in values.cat.categories if level in present]
    else:
        levels = list(pd.unique(values))
        numbers = all(isinstance(level, int | float | np.number | np.bool_) for level in levels)
        levels = sorted(levels, key=None if numbers else as_text)
    return list(dict.fromkeys(as_text(level) for level in levels))


def as_text(value: Any) -> str:
    """Return a value as shown: whole numbers without a point, texts without blanks around them."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    return str(value).strip()
