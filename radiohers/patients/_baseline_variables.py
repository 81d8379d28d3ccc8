"""What each column of a table of patients is, and how a group is summed up."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from radiohers._numbers import number_text
from radiohers._wording import counted
from radiohers.exceptions import CohortError
from radiohers.patients._baseline_groups import as_text, sorted_levels
from radiohers.patients._baseline_tests import CATEGORICAL_TESTS, CONTINUOUS_TESTS, Outcome, looks_normal, run_test

__all__ = ["DEPENDENT", "Choices", "LeftOut", "Variable", "as_variable", "describe", "summarise"]

DEPENDENT = "cases of one patient are not independent"
# Text of more different values than this, and in more than half of the rows, names or tells something.
_FEWEST_FREE_TEXTS = 5
_MOST_CODES = 6
_FEWEST_ROWS_FOR_CODES = 10


class Variable(NamedTuple):
    """A column ready to be described: one value a patient (or a case), with its group."""

    name: str
    categorical: bool
    values: pd.Series
    levels: list[str]
    group: np.ndarray
    unit: str
    notes: list[str]


class Choices(NamedTuple):
    """What the user chose for all columns."""

    nonnormal: str | list[Any] | None
    tests: dict[str, Any]
    digits: int | None
    seed: int


class LeftOut(NamedTuple):
    """A column that is not described, and why."""

    name: str
    reason: str


def as_variable(
    column: pd.Series,
    *,
    asked: bool,
    categorical: bool,
    patient: np.ndarray,
    group: np.ndarray,
    by_patient: bool,
    patients_given: bool,
) -> Variable | LeftOut:
    """Sort out what a column is, and reduce it to patients where their cases agree.

    Parameters
    ----------
    column : Series of shape (n_cases,)
        The cases that have a group.
    asked : bool
        Whether the user named the column; then text is described however many values it has.
    categorical : bool
        Whether the user called it categorical.
    patient, group : ndarray of int of shape (n_cases,)
        Patient and group of each case.
    by_patient : bool
        Whether a patient is counted once where that can be.
    patients_given : bool
        Whether it is known which patient a case is of.

    Raises
    ------
    CohortError
        If a column that was asked for holds no values of numbers or categories, or one holds infinite values.
    """
    name = str(column.name)
    kind = _kind(column, categorical)
    if kind not in ("numbers", "categories"):
        if asked:
            raise CohortError(f"Column {name!r} holds {kind}, which cannot be described", advice=_ADVICE[kind])
        return LeftOut(name, kind)
    values = _as_numbers(column) if kind == "numbers" else column.map(as_text, na_action="ignore").astype(object)
    if kind == "categories":
        values = values.where(values != "")
    levels = [level for level in sorted_levels(column) if level] if kind == "categories" else []
    repeated = len(np.unique(patient)) < len(patient)
    notes = []
    by_patient = not repeated or (by_patient and _constant_within(values, patient))
    unit = "patients" if by_patient and patients_given else "cases"
    if repeated and unit == "patients":
        notes.append(_note_on_filled(name, values, patient))
        # first() takes the first value that is there, so a value noted for one case serves the patient.
        values = values.groupby(patient).first()
        group = pd.Series(group).groupby(patient).first().to_numpy()
    values = values.reset_index(drop=True)
    n_values = int(values.notna().sum())
    if not asked and not categorical and kind == "categories" and len(levels) > max(_FEWEST_FREE_TEXTS, n_values / 2):
        return LeftOut(name, f"text, {len(levels)} different ones in {n_values} {unit}")
    notes.append(_note_on_codes(name, values) if kind == "numbers" else "")
    return Variable(name, kind == "categories", values, levels, group, unit, [note for note in notes if note])


_ADVICE = {
    "dates": "Turn it into a number, such as the years since a date.",
    "objects": "Turn it into numbers or texts.",
}


def _kind(column: pd.Series, categorical: bool) -> str:
    """Return "numbers", "categories", "dates" or "objects"."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(dtype):
        return "categories"
    if pd.api.types.is_any_real_numeric_dtype(dtype):
        return "categories" if categorical or _only_zero_and_one(column) else "numbers"
    inferred = pd.api.types.infer_dtype(column, skipna=True)
    if inferred in ("string", "boolean", "mixed-integer", "empty"):
        return "numbers" if inferred == "empty" and not categorical else "categories"
    if inferred in ("integer", "floating", "mixed-integer-float", "decimal"):
        return _kind(_floats(column), categorical)
    return "dates" if inferred.startswith(("date", "time", "period")) else "objects"


def _only_zero_and_one(column: pd.Series) -> bool:
    values = column.dropna()
    return len(values) > 0 and bool(values.isin([0, 1]).all())


def _floats(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), np.nan).astype(float)


def _as_numbers(column: pd.Series) -> pd.Series:
    values = _floats(column)
    n_infinite = int(np.isinf(values).sum())
    if n_infinite:
        raise CohortError(
            f"Column {str(column.name)!r} has {counted(n_infinite, 'infinite value')}",
            advice="Leave the cells empty where nothing was measured.",
        )
    return values


def _constant_within(values: pd.Series, patient: np.ndarray) -> bool:
    return bool((values.groupby(patient).nunique(dropna=True) <= 1).all())


def _note_on_filled(name: str, values: pd.Series, patient: np.ndarray) -> str:
    n_filled = int((values.isna() & (values.groupby(patient).transform("count") > 0)).sum())
    if not n_filled:
        return ""
    cases = "case" if n_filled == 1 else "cases"
    return f"{name}: what is missing in {n_filled} {cases} was taken from another case of the same patient."


def _note_on_codes(name: str, values: pd.Series) -> str:
    values = values.dropna()
    distinct = values.unique()
    if len(values) < _FEWEST_ROWS_FOR_CODES or not 2 <= len(distinct) <= _MOST_CODES:
        return ""
    if not (distinct == np.round(distinct)).all():
        return ""
    return (
        f"{name} has {len(distinct)} different whole numbers and is described as a measurement; if they are codes, "
        "name it in 'categorical'."
    )


def describe(variable: Variable, groups: Sequence[str], choices: Choices, *, overall: bool) -> dict[str, Any]:
    """Return all that the table says of a variable, as plain values.

    Its `groups` (and those of each of its `levels`) stand in the table's order, all together first if `overall`.
    """
    numbers = range(len(groups))
    rows = [variable.group == number for number in numbers]
    if overall and len(groups) > 1:
        rows.insert(0, np.ones(len(variable.group), dtype=bool))
    shape = _describe_levels(variable, rows) if variable.categorical else _describe_values(variable, rows, choices)
    normal = shape.pop("normal")
    outcome = Outcome(None, None)
    if len(groups) > 1:
        samples = _counts(variable, rows[-len(groups) :]) if variable.categorical else _samples(variable, numbers)
        test = choices.tests.get(variable.name)
        _check_test(variable, test)
        outcome = (
            Outcome(None, None, DEPENDENT)
            if variable.unit == "cases" and test is None
            else run_test(test, samples, normal=normal, seed=choices.seed)
        )
    return {
        "name": variable.name,
        "kind": "categorical" if variable.categorical else "continuous",
        "unit": variable.unit,
        **shape,
        "n_missing": int(variable.values.isna().sum()),
        "p_value": outcome.p_value,
        "test": outcome.name,
        "no_test": outcome.reason,
        "notes": variable.notes,
    }


def _check_test(variable: Variable, test: Any) -> None:
    fitting = CATEGORICAL_TESTS if variable.categorical else CONTINUOUS_TESTS
    if test is not None and not callable(test) and test not in fitting:
        kind = "categorical" if variable.categorical else "continuous"
        raise CohortError(
            f"tests: {test!r} is no test for the {kind} column {variable.name!r}",
            advice=f"Take one of {', '.join(fitting)}, or a function.",
        )


def _samples(variable: Variable, groups: Sequence[int]) -> list[np.ndarray]:
    values = variable.values.to_numpy(dtype=float)
    return [values[(variable.group == group) & ~np.isnan(values)] for group in groups]


def _counts(variable: Variable, rows: Sequence[np.ndarray]) -> np.ndarray:
    """Counts of shape (n_levels, n_groups)."""
    level = pd.Index(variable.levels, dtype=object).get_indexer(pd.Index(variable.values, dtype=object))
    counts = [[int((level[group] == number).sum()) for group in rows] for number in range(len(variable.levels))]
    return np.array(counts, dtype=int).reshape(len(variable.levels), len(rows))


def _describe_levels(variable: Variable, rows: Sequence[np.ndarray]) -> dict[str, Any]:
    missing = variable.values.isna().to_numpy()
    counts = _counts(variable, rows)
    totals = counts.sum(axis=0)
    levels = []
    for level, of_groups in zip(variable.levels, counts, strict=True):
        shares = [100 * n / total if total else None for n, total in zip(of_groups, totals, strict=True)]
        groups = [
            {
                "n": int(n),
                "percent": None if share is None else float(share),
                "text": "–" if share is None else f"{n} ({number_text(share, 1)})",
            }
            for n, share in zip(of_groups, shares, strict=True)
        ]
        levels.append({"level": level, "groups": groups})
    groups = [
        {"n": int(total), "n_missing": int(missing[group].sum())} for total, group in zip(totals, rows, strict=True)
    ]
    return {"statistic": "n (%)", "normal": None, "groups": groups, "levels": levels}


def _describe_values(variable: Variable, rows: Sequence[np.ndarray], choices: Choices) -> dict[str, Any]:
    values = variable.values.to_numpy(dtype=float)
    normal = _shows_mean(variable, choices.nonnormal)
    decimals = choices.digits
    if decimals is None:
        decimals = _decimals(summarise(values[~np.isnan(values)], 0), normal)
    groups = []
    for group in rows:
        inside = values[group]
        summary = summarise(inside[~np.isnan(inside)], int(np.isnan(inside).sum()))
        groups.append({**summary, "text": _summary_text(summary, normal, decimals)})
    statistic = "mean ± SD" if normal else "median (IQR)"
    return {"statistic": statistic, "normal": normal, "groups": groups, "levels": []}


def _shows_mean(variable: Variable, nonnormal: str | list[Any] | None) -> bool:
    if nonnormal is None:
        return False
    if isinstance(nonnormal, str):
        return looks_normal(_samples(variable, np.unique(variable.group).tolist()))
    return variable.name not in map(str, nonnormal)


def summarise(values: np.ndarray, n_missing: int) -> dict[str, float | int | None]:
    """Return number, missing, median, quartiles, mean, standard deviation and range of a group."""
    if not len(values):
        names = ("median", "q1", "q3", "mean", "sd", "minimum", "maximum")
        return {"n": 0, "n_missing": n_missing, **dict.fromkeys(names)}
    q1, median, q3 = np.percentile(values, [25, 50, 75])
    return {
        "n": len(values),
        "n_missing": n_missing,
        "median": float(median),
        "q1": float(q1),
        "q3": float(q3),
        "mean": float(np.mean(values)),
        "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None,
        "minimum": float(np.min(values)),
        "maximum": float(np.max(values)),
    }


def _decimals(summary: dict[str, Any], normal: bool) -> int:
    """Return how many decimals show the spread of all to two digits, 0 to 6."""
    if not summary["n"]:
        return 0
    spread = (summary["sd"] or 0) if normal else summary["q3"] - summary["q1"]
    # Where most values are alike, the quartiles are too, and the range is what is left.
    spread = spread or summary["maximum"] - summary["minimum"] or abs(summary["median"])
    return 0 if spread == 0 else int(np.clip(1 - np.floor(np.log10(spread)), 0, 6))


def _summary_text(summary: dict[str, Any], normal: bool, decimals: int) -> str:
    """Return ``61 (54 to 68)`` or ``61 ± 10``; a dash where there is no value."""
    if not summary["n"]:
        return "–"
    names: Sequence[str] = ("mean", "sd") if normal else ("median", "q1", "q3")
    shown = ["–" if summary[name] is None else number_text(summary[name], decimals) for name in names]
    return f"{shown[0]} ± {shown[1]}" if normal else f"{shown[0]} ({shown[1]} to {shown[2]})"
