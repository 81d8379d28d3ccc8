"""Arrays with one value a case, as users give them, and the names of cases that pandas carries along."""

from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse

from radiohers.exceptions import CohortError

# np.bool_ is no Real to Python.
_NUMBERS = Real | Decimal | np.bool_

__all__ = ["as_groups", "as_numbers", "as_own_type", "as_vector", "match_names", "refuse_missing"]


def match_names(**given: Any) -> list[Any]:
    """Bring values that carry names of cases into one order.

    Parameters
    ----------
    **given : object
        Values of the same cases by argument name, such as ``X=X, y=y, groups=groups``; None is left out.
        A Series or DataFrame carries names if its index is not 0, 1, 2 and so on, which are positions.

    Returns
    -------
    list of object
        The values, those that carry names in the order of the first of them that does.
        Positions stay positions, and are those of the first argument.

    Raises
    ------
    CohortError
        If names differ, repeat in another order, or cannot be told from positions; or if
        names are in several orders and the first argument has none.
    """
    indexed = {name: value for name, value in given.items() if isinstance(value, pd.Series | pd.DataFrame)}
    anchor = next((name for name, value in indexed.items() if not _are_positions(value.index)), None)
    if anchor is None:
        return list(given.values())
    matched = {
        name: value if name == anchor else _in_order(name, value, anchor, indexed[anchor])
        for name, value in indexed.items()
    }
    first = next(name for name, value in given.items() if value is not None)
    moved = next((name for name in indexed if matched[name] is not indexed[name]), None)
    if moved and anchor != first:
        raise CohortError(
            f"{moved} names the same cases as {anchor}, in another order, and {first} has no names that would say "
            "which order is its own",
            advice=f"Give all in one order: {moved}.loc[{anchor}.index].",
        )
    return [matched.get(name, value) for name, value in given.items()]


def _are_positions(index: pd.Index) -> bool:
    return pd.api.types.is_integer_dtype(index.dtype) and np.array_equal(index, np.arange(len(index)))


def _in_order(name: str, value: Any, anchor: str, anchored: Any) -> Any:
    """Return a Series or DataFrame in the order of another; itself if it is so already, or has positions."""
    # pandas takes texts of dtype object and of dtype str for different names.
    own, wanted = value.index.astype(object), anchored.index.astype(object)
    if len(own) != len(wanted):
        raise CohortError(
            f"{anchor} has {len(wanted)} rows and {name} has {len(own)}", advice="Give one for each case."
        )
    if own.equals(wanted):
        return value
    same = set(own) == set(wanted)
    if _are_positions(value.index):
        if not same:
            return value
        raise CohortError(
            f"{anchor} and {name} have the same numbers in their index in another order, and those of {name} may be "
            "names or positions",
            advice=f"Choose: {anchor}.loc[{name}.index] in place of {anchor}, or {name}.to_numpy().",
        )
    if not same:
        unknown = next(iter(sorted(set(own) - set(wanted), key=repr)), None)
        shown = f"{unknown!r} is" if unknown is not None else "some are"
        raise CohortError(
            f"{name} names other cases than {anchor}: {shown} not in the index of both",
            advice=f"Give {name} for the cases of {anchor}, or {name}.to_numpy() if its order is that of {anchor}.",
        )
    if not (own.is_unique and wanted.is_unique):
        raise CohortError(
            f"{name} names the same cases as {anchor}, in another order and some twice, so they cannot be matched",
            advice=f"Bring both into one order, and give {name}.to_numpy().",
        )
    return value.iloc[own.get_indexer(wanted)]


def as_vector(values: Any, name: str, two_columns: str = "") -> np.ndarray:
    """Return values as an array of one axis.

    Parameters
    ----------
    values : array-like of shape (n_cases,) or (n_cases, 1)
        The values.
    name : str
        The argument's name.
    two_columns : str, default=""
        Advice to whoever gives two columns.

    Returns
    -------
    ndarray of shape (n_cases,)
        Text as objects.

    Raises
    ------
    ValueError
        If the values have another shape, or are masked.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} has rows of unequal lengths. Give one value a case.") from error
    if array.dtype.kind in "USTO":
        # Among texts, NumPy turns numbers and NaN of a list to text.
        array = np.asarray(values, dtype=object)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or issparse(values):
        advice = two_columns if array.ndim == 2 and array.shape[1] == 2 else ""
        shape = values.shape if issparse(values) else array.shape
        raise ValueError(
            f"{name} has the shape {shape}, and must have (n_cases,) or (n_cases, 1). "
            + (advice or "Give a plain array with one value a case.")
        )
    # Nullable arrays of pandas have a mask of their own, and say what is missing.
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise ValueError(f"{name} has masked values. Leave out these cases.")
    if array.dtype == object and (nested := [row for row, value in enumerate(array) if np.ndim(value)]):
        raise ValueError(f"{name} holds a {type(array[nested[0]]).__name__} in row {nested[0]}. Give one value a case.")
    return array


def refuse_missing(array: np.ndarray, name: str) -> None:
    """Raise a ValueError if a value is missing: NaN, None, NaT or pandas' NA."""
    rows = np.flatnonzero(pd.isna(array))
    if len(rows):
        raise ValueError(
            f"{name} is missing in {len(rows)} of {len(array)} rows, the first is row {rows[0]}. "
            f"Fill in {name}, or leave out these cases."
        )


def as_numbers(values: Any, name: str, two_columns: str = "") -> np.ndarray:
    """Return values as floats.

    Parameters
    ----------
    values, name, two_columns : array-like, str, str
        As in :func:`as_vector`.

    Returns
    -------
    ndarray of float of shape (n_cases,)
        NaN where a number is missing.

    Raises
    ------
    ValueError
        If the values have another shape, or are no real numbers.
    """
    array = as_vector(values, name, two_columns)
    if array.dtype.kind in "biuf":
        return array.astype(float)
    numbers = np.full(len(array), np.nan)
    for row in np.flatnonzero(~pd.isna(array)):
        if not isinstance(array[row], _NUMBERS):
            raise ValueError(f"{name} holds {array[row]!r} in row {row}, which is no real number. Give numbers.")
        numbers[row] = float(array[row])
    return numbers


def as_own_type(labels: Any) -> Any:
    """Return numbers or booleans that are kept as objects in their own type, and all else as it is."""
    dtype = getattr(labels, "dtype", None)
    if dtype is None or not pd.api.types.is_object_dtype(dtype) or np.ndim(labels) != 1:
        return labels
    inferred = pd.Series(np.asarray(labels)).infer_objects()
    return inferred.to_numpy() if pd.api.types.is_numeric_dtype(inferred) else labels


def as_groups(groups: Any) -> np.ndarray:
    """Return the patient of each case.

    Parameters
    ----------
    groups : array-like of shape (n_cases,) or (n_cases, 1)
        Patients: all text, or all numbers.

    Returns
    -------
    ndarray of shape (n_cases,)
        The patients.

    Raises
    ------
    ValueError
        If they have another shape, one is missing, or types are mixed, so that 1 and "1" may be one patient or two.
    """
    array = as_vector(groups, "groups")
    refuse_missing(array, "groups")
    if array.dtype == object:
        first: dict[Any, Any] = {}
        for value in array:
            first.setdefault("number" if isinstance(value, _NUMBERS) else type(value), value)
        if len(first) > 1:
            shown = " and ".join(repr(value) for value in first.values())
            raise ValueError(
                f"groups mixes types, such as {shown}. Give all patients as text: [str(patient) for patient in groups]."
            )
    return array
