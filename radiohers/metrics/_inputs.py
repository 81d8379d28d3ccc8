"""The one door of all metrics and tests: what they are given becomes folds, or is refused in a sentence."""

from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from radiohers._case_arrays import as_groups, as_numbers, as_vector, match_names, refuse_missing
from radiohers._sklearn import Interval as ValueRange
from radiohers.metrics._statistic import FoldScores

__all__ = ["CONFIDENCE", "RESAMPLING", "as_folds", "as_predicted_folds", "finite_or_missing"]

CONFIDENCE = {"confidence_level": [ValueRange(Real, 0, 1, closed="neither")]}
RESAMPLING = {
    **CONFIDENCE,
    "n_bootstraps": [ValueRange(Integral, 1, None, closed="left")],
    "random_state": [ValueRange(Integral, 0, None, closed="left")],
}


def as_folds(y_true: ArrayLike, groups: ArrayLike | None, **scores: ArrayLike) -> list[FoldScores]:
    """Return the cases as one fold for each set of scores, after a check of all that was given.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    groups : array-like of shape (n_cases,) or None
        Patients; None takes each case for its own.
    **scores : array-like of shape (n_cases,)
        Scores, by the name of the argument that they came in.

    Returns
    -------
    list of FoldScores
        With scores as float, in the order of `y_true`: what carries names of cases in an index is matched by them.

    Raises
    ------
    CohortError
        If names of cases cannot be matched.
    ValueError
        If shapes or lengths do not fit, `y_true` is not of 0 and 1, a score is not finite, or a patient is missing.
    """
    y_true, *given, groups = match_names(y_true=y_true, **scores, groups=groups)
    y_true = _as_classes(y_true, "y_true", "Give True or 1 for positive cases, else 0, as in y_true == 'positive'.")
    checked = {name: _as_scores(values, name) for name, values in zip(scores, given, strict=True)}
    if groups is not None:
        checked["groups"] = as_groups(groups)
    for name, values in checked.items():
        if len(values) != len(y_true):
            raise ValueError(f"y_true has {len(y_true)} cases and {name} has {len(values)}. Give one value a case.")
    cases = np.arange(len(y_true))
    patients = checked.pop("groups", cases)
    unit = "case" if groups is None else "patient"
    return [FoldScores(cases, patients, y_true, score, score > 0.5, unit) for score in checked.values()]


def as_predicted_folds(y_true: ArrayLike, groups: ArrayLike | None, **predicted: ArrayLike) -> list[FoldScores]:
    """Return the cases as one fold for each set of predicted classes.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    groups : array-like of shape (n_cases,) or None
        Patients; None takes each case for its own.
    **predicted : array-like of bool of shape (n_cases,)
        Predicted classes, by the name of the argument that they came in.

    Returns
    -------
    list of FoldScores
        With `y_pred` as bool.

    Raises
    ------
    CohortError
        If names of cases cannot be matched.
    ValueError
        If shapes or lengths do not fit, or something else than 0 and 1 is predicted.

    Examples
    --------
    >>> from radiohers.metrics import as_predicted_folds
    >>> (fold,) = as_predicted_folds([1, 1, 0], ["A", "A", "B"], y_pred=[1, 0, 0])
    >>> fold.y_pred.tolist(), fold.n_patients
    ([True, False, False], 2)
    """
    advice = (
        "Give True or 1 for cases called positive, else 0; scores become classes at a threshold, as in score >= 0.5."
    )
    for name, values in predicted.items():
        _as_classes(values, name, advice)
    return as_folds(y_true, groups, **predicted)


def finite_or_missing(values: ArrayLike, name: str) -> np.ndarray:
    """Return values of tests or folds as floats, NaN where one is undefined.

    Parameters
    ----------
    values : array-like of shape (n_values,)
        The values.
    name : str
        The argument's name.

    Returns
    -------
    ndarray of float of shape (n_values,)
        The values.

    Raises
    ------
    ValueError
        If they have another shape, or one is infinite or no number.
    """
    numbers = as_numbers(values, name)
    if np.isinf(numbers).any():
        row = int(np.flatnonzero(np.isinf(numbers))[0])
        raise ValueError(f"{name} is {numbers[row]} in row {row}. Give finite values, and NaN where there is none.")
    return numbers


def _as_classes(values: Any, name: str, advice: str) -> np.ndarray:
    array = as_vector(values, name)
    if not len(array):
        raise ValueError(f"{name} is empty. Give at least one case.")
    refuse_missing(array, name)
    if not np.isin(array.astype(object), (0, 1)).all():
        raise ValueError(f"{name} holds {pd.unique(array)[:5].tolist()}. {advice}")
    return array.astype(bool)


def _as_scores(values: Any, name: str) -> np.ndarray:
    columns = f"{name}.iloc[:, 1]" if isinstance(values, pd.DataFrame) else f"{name}[:, 1]"
    numbers = as_numbers(
        values, name, f"Give the probabilities of the positive class: {columns}, if it is the second in classes_."
    )
    if not np.isfinite(numbers).all():
        row = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise ValueError(f"{name} is {numbers[row]} in row {row}. Give finite scores, or leave out the case.")
    return numbers
