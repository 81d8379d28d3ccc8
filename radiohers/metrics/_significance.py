"""What a test of significance takes and returns."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_consistent_length

from radiohers.metrics._bootstrap import FoldScores

__all__ = ["SignificanceTest", "as_one_fold"]


class SignificanceTest(NamedTuple):
    """What a test found.

    Attributes
    ----------
    statistic : float
        See the test.
    p_value : float
        NaN where the test cannot be made; `method` then says why.
    difference : float
        What was tested against 0: first model minus second, or model minus chance.
    low, high : float
        Confidence interval of the difference; NaN from tests by permutation, which give none.
    method : str
        The test, in words for the caption of a table.
    """

    statistic: float
    p_value: float
    difference: float
    low: float
    high: float
    method: str


def as_one_fold(y_true: ArrayLike, y_score: ArrayLike, groups: ArrayLike | None) -> FoldScores:
    """Return arrays as a fold, after a check of their lengths and values.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_score : array-like of shape (n_cases,)
        Scores or predicted classes.
    groups : array-like of shape (n_cases,) or None
        Patients; None takes each case for its own.

    Returns
    -------
    FoldScores
        With scores as float.

    Raises
    ------
    ValueError
        If lengths differ, `y_true` is not of 0 and 1, or a score is not finite.
    """
    y_true, y_score = np.asarray(y_true), np.asarray(y_score, dtype=float)
    unit = "case" if groups is None else "patient"
    groups = np.arange(len(y_true)) if groups is None else np.asarray(groups)
    check_consistent_length(y_true, y_score, groups)
    if not np.isin(y_true, (0, 1)).all():
        raise ValueError(f"y_true holds {np.unique(y_true)[:5].tolist()}. Give True or 1 for positive cases, else 0.")
    if not np.isfinite(y_score).all():
        row = int(np.flatnonzero(~np.isfinite(y_score))[0])
        raise ValueError(f"The score of row {row} is {y_score[row]}. Give finite scores, or leave out the case.")
    return FoldScores(np.arange(len(y_true)), groups, y_true.astype(bool), y_score, y_score > 0.5, unit)
