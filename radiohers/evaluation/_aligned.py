"""Cases, labels and patients of a comparison, brought into one order."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from radiohers._case_arrays import as_groups, as_own_type, as_vector, match_names
from radiohers.exceptions import CohortError

__all__ = ["Aligned", "align"]


class Aligned(NamedTuple):
    """Cases, labels and patients in one order.

    Attributes
    ----------
    X : object
        The cases.
    y : Series of shape (n_cases,)
        Labels; the index, called ``case_id``, names the cases. Objects that are all numbers,
        texts or booleans have that type.
    patients : ndarray of shape (n_cases,) or None
        Patients; None where they were not given.
    """

    X: Any
    y: pd.Series
    patients: np.ndarray | None


def align(X: Any, y: Any, groups: Any = None) -> Aligned:
    """Return cases, labels and patients in one order.

    Parameters
    ----------
    X : DataFrame of shape (n_cases, n_columns) or array-like of shape (n_cases, ...)
        The cases; the index of a DataFrame names them.
    y : array-like of shape (n_cases,)
        Labels. A Series is matched by the names in its index, unless these are plain positions.
    groups : array-like of shape (n_cases,), default=None
        Patients, matched likewise. A Series called ``case_id`` says that none were given.

    Returns
    -------
    Aligned
        All three, in the order of X if it has names.

    Raises
    ------
    CohortError
        If numbers of cases or names differ, names repeat, types are mixed, or a label or a patient is missing.
    """
    if groups is not None and getattr(groups, "name", None) == "case_id":
        groups = None
    n_cases = X.shape[0] if hasattr(X, "shape") else len(X)
    _check_lengths(n_cases, y=y, groups=groups)
    index = X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(n_cases)
    if index.has_duplicates:
        name = index[index.duplicated()].tolist()[0]
        raise CohortError(f"{name!r} names more than one case in the index of X", advice="Give each case its own name.")
    try:
        X, y, groups = match_names(X=X, y=y, groups=groups)
        labels = pd.Series(as_own_type(as_vector(y, "y")).tolist(), index=index.rename("case_id"))
        patients = None if groups is None else as_vector(groups, "groups")
        _refuse_missing("y", labels, labels.index, "Leave them out of X and y.")
        if patients is not None:
            _refuse_missing("groups", pd.Series(patients), labels.index, "Give the patient of each case.")
            patients = as_groups(patients)
    except CohortError:
        raise
    except ValueError as error:
        raise CohortError(str(error)) from error
    if infer_dtype(labels, skipna=True).startswith("mixed"):
        kinds = sorted({type(label).__name__ for label in labels})
        raise CohortError(f"y mixes labels of the types {', '.join(kinds)}", advice="Write each class in one way.")
    return Aligned(X, labels, patients)


def _check_lengths(n_cases: int, **given: Any) -> None:
    for name, values in given.items():
        if values is not None and len(values) != n_cases:
            raise CohortError(f"X has {n_cases} cases and {name} has {len(values)} entries", advice="Give one a case.")


def _refuse_missing(name: str, values: pd.Series, case_ids: pd.Index, advice: str) -> None:
    missing = values.isna().to_numpy()
    if missing.any():
        raise CohortError(
            f"{name} is missing for {missing.sum()} cases, the first is {case_ids[missing].tolist()[0]!r}",
            advice=advice,
        )
