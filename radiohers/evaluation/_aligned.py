"""Cases, labels and patients brought into one order: by name where they have names, by position where not."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from radiohers.exceptions import CohortError

__all__ = ["Aligned", "align"]


class Aligned(NamedTuple):
    """Labels and patients in the order of X.

    Attributes
    ----------
    y : Series of shape (n_cases,)
        Labels; the index, called ``case_id``, names the cases. Objects that are all numbers,
        texts or booleans have that type.
    groups : ndarray of shape (n_cases,) or None
        Patients, of one type: numbers beside texts become texts.
    """

    y: pd.Series
    groups: np.ndarray | None


def align(X: Any, y: Any, groups: Any = None) -> Aligned:
    """Return labels and patients in the order of X.

    Parameters
    ----------
    X : DataFrame of shape (n_cases, n_columns) or array-like of shape (n_cases, ...)
        The cases; the index of a DataFrame names them.
    y : array-like of shape (n_cases,)
        Labels. A Series is matched by the names in its index, unless these are plain positions.
    groups : array-like of shape (n_cases,), default=None
        Patients, matched likewise; with the names of `y` where X has none.

    Returns
    -------
    Aligned
        Both, in the order of X.

    Raises
    ------
    CohortError
        If numbers of cases or names differ, names repeat, or a label or a patient is missing.
    """
    has_names = isinstance(X, pd.DataFrame | pd.Series)
    n_cases = X.shape[0] if hasattr(X, "shape") else len(X)
    index = X.index if has_names else pd.RangeIndex(n_cases)
    _refuse_repeated(index, "the index of X")
    labels, patients = _as_series("y", y), None if groups is None else _as_series("groups", groups)
    for name, values in (("y", labels), ("groups", patients)):
        if values is not None and len(values) != n_cases:
            raise CohortError(f"X has {n_cases} cases and {name} has {len(values)} entries. Give one a case.")
    if has_names:
        labels = _in_order("y", labels, index, "X")
    if patients is not None:
        patients = _in_order("groups", patients, *((index, "X") if has_names else (labels.index, "y")))
    labels = _of_one_type(pd.Series(labels.tolist(), index=index.rename("case_id")))
    _refuse_missing("y", labels, labels.index, "Leave them out of X and y.")
    if patients is None:
        return Aligned(labels, None)
    _refuse_missing("groups", patients, labels.index, "Give the patient of each case.")
    return Aligned(labels, _as_patients(patients))


def _as_series(name: str, given: Any) -> pd.Series:
    """Return what was given as a Series, whose index is plain positions if it has no names."""
    if isinstance(given, pd.Series):
        return given
    if isinstance(given, pd.DataFrame):
        if given.shape[1] != 1:
            raise CohortError(f"{name} has {given.shape[1]} columns, where one is needed. Choose one.")
        return given.iloc[:, 0]
    if isinstance(given, np.ndarray):
        if given.ndim != 1 and given.shape[1:] != (1,):
            raise CohortError(f"{name} has the shape {given.shape}, where (n_cases,) is needed.")
        return pd.Series(given.reshape(-1))
    # As objects: a number beside a text stays a number.
    values = pd.Series(list(given), dtype=object)
    if values.map(np.ndim).gt(0).any():
        raise CohortError(f"{name} holds lists, where one value a case is needed.")
    return values


def _in_order(name: str, values: pd.Series, index: pd.Index, of: str) -> pd.Series:
    """Return values in the order of the cases in `index`, which are those of X or y, as `of` says."""
    if values.index.equals(index):
        return values
    if _is_positions(values.index) or _is_positions(index):
        if set(values.index) == set(index):
            raise CohortError(
                f"{name} and {of} have the same whole numbers in their index, in another order, and it cannot be told "
                f"whether these are names or positions. Bring both into one order, {name}.loc[{of}.index], or give "
                f"{name}.to_numpy()."
            )
        return values
    unknown = index[~index.isin(values.index)]
    if len(unknown):
        raise CohortError(
            f"{name} does not name {len(unknown)} of the {len(index)} cases of {of}, the first is "
            f"{unknown.tolist()[0]!r}. Give {name} the same index, or plain values in the order of {of}: "
            f"{name}.to_numpy()."
        )
    _refuse_repeated(values.index, f"the index of {name}")
    return values.loc[index]


def _is_positions(index: pd.Index) -> bool:
    return isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1


def _refuse_repeated(index: pd.Index, where: str) -> None:
    if index.has_duplicates:
        name = index[index.duplicated()].tolist()[0]
        raise CohortError(f"{name!r} names more than one case in {where}. Give each case its own name.")


def _refuse_missing(name: str, values: pd.Series, case_ids: pd.Index, advice: str) -> None:
    missing = values.isna().to_numpy()
    if missing.any():
        raise CohortError(
            f"{name} is missing for {missing.sum()} cases, the first is {case_ids[missing].tolist()[0]!r}. {advice}"
        )


def _of_one_type(labels: pd.Series) -> pd.Series:
    if infer_dtype(labels, skipna=True).startswith("mixed"):
        kinds = sorted({type(label).__name__ for label in labels})
        raise CohortError(f"y mixes labels of the types {', '.join(kinds)}. Write each class in one way.")
    return labels


def _as_patients(values: pd.Series) -> np.ndarray:
    values = pd.Series(values.tolist())
    if values.map(type).nunique() > 1:
        texts = values.astype(str)
        if texts.nunique() != values.nunique():
            raise CohortError(
                "groups holds numbers and texts that read alike, such as 1 and '1'. Name all patients by texts, or "
                "all by numbers."
            )
        values = texts
    return values.to_numpy()
