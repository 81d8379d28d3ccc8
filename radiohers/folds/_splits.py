"""Splits that never cut a patient, and what a set of folds really is."""

import math
import warnings
from collections.abc import Iterator, Mapping
from numbers import Integral
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import BaseCrossValidator, StratifiedGroupKFold, StratifiedShuffleSplit, check_cv
from sklearn.utils import check_random_state

from radiohers.exceptions import CohortError

__all__ = [
    "NOT_GIVEN",
    "PATIENT_LEVEL",
    "Fold",
    "RepeatedStratifiedGroupKFold",
    "StratifiedGroupShuffleSplit",
    "dealt",
    "is_optimistic",
    "make_folds",
    "split_level",
]

PATIENT_LEVEL = "patient-level"
NOT_GIVEN = "patients not given"


class Fold(NamedTuple):
    """Positions of the training and the test cases of one fold.

    Attributes
    ----------
    repeat, fold : int
        Its number, from 0.
    train, test : ndarray of int
        Positions of the cases.
    """

    repeat: int
    fold: int
    train: np.ndarray
    test: np.ndarray


class RepeatedStratifiedGroupKFold(BaseCrossValidator):
    """Stratified k-fold by patient, repeated with other shuffles.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds.
    n_repeats : int, default=5
        Number of times that the patients are dealt anew.
    random_state : int, RandomState instance or None, default=0
        Seed of the shuffles.

    Examples
    --------
    >>> from radiohers.evaluation import RepeatedStratifiedGroupKFold
    >>> RepeatedStratifiedGroupKFold(n_splits=5, n_repeats=2).get_n_splits()
    10
    """

    def __init__(
        self, n_splits: int = 5, *, n_repeats: int = 5, random_state: int | np.random.RandomState | None = 0
    ) -> None:
        self.n_splits = n_splits
        self.n_repeats = n_repeats
        self.random_state = random_state

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the positions of training and test cases.

        Parameters
        ----------
        X : array-like of shape (n_cases, ...)
            The cases.
        y : array-like of shape (n_cases,), default=None
            Their labels.
        groups : array-like of shape (n_cases,), default=None
            Their patients; None takes each case for its own patient.

        Yields
        ------
        train, test : ndarray of int
            Positions.
        """
        rng = check_random_state(self.random_state)
        groups = np.arange(len(y)) if groups is None else groups
        for _ in range(self.n_repeats):
            seed = rng.randint(np.iinfo(np.int32).max)
            yield from StratifiedGroupKFold(self.n_splits, shuffle=True, random_state=seed).split(X, y, groups)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds over all repeats.

        Parameters
        ----------
        X, y, groups : object, default=None
            Ignored.

        Returns
        -------
        int
            `n_splits` times `n_repeats`.
        """
        return self.n_splits * self.n_repeats


class StratifiedGroupShuffleSplit(BaseCrossValidator):
    """Random splits by patient that keep the share of the classes.

    Patients are drawn, each counted once and stratified by the class of its cases
    (where they differ, the later one in sorted order); their cases follow them.

    Parameters
    ----------
    n_splits : int, default=1
        Number of splits.
    test_size : float or int, default=0.3
        Share or number of the patients in the test part.
    random_state : int, RandomState instance or None, default=0
        Seed.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.evaluation import StratifiedGroupShuffleSplit
    >>> y = np.arange(10) % 2
    >>> [(train, test)] = StratifiedGroupShuffleSplit(test_size=0.4).split(y, y)
    >>> len(test), int(y[test].sum())
    (4, 2)
    """

    def __init__(
        self, n_splits: int = 1, *, test_size: float = 0.3, random_state: int | np.random.RandomState | None = 0
    ) -> None:
        self.n_splits = n_splits
        self.test_size = test_size
        self.random_state = random_state

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the positions of training and test cases.

        Parameters
        ----------
        X : array-like of shape (n_cases, ...)
            The cases.
        y : array-like of shape (n_cases,), default=None
            Their labels.
        groups : array-like of shape (n_cases,), default=None
            Their patients; None takes each case for its own patient.

        Yields
        ------
        train, test : ndarray of int
            Positions.
        """
        groups = np.arange(len(y)) if groups is None else np.asarray(groups)
        codes = np.unique(np.asarray(y), return_inverse=True)[1]
        patients, patient_of_case = np.unique(groups, return_inverse=True)
        patient_class = np.zeros(len(patients), dtype=int)
        np.maximum.at(patient_class, patient_of_case, codes)
        _check_two_patients_of_each(patient_class)
        _check_test_size(self.test_size, patient_class)
        drawn = StratifiedShuffleSplit(self.n_splits, test_size=self.test_size, random_state=self.random_state)
        for _, test_patients in drawn.split(patient_class, patient_class):
            in_test = np.isin(patient_of_case, test_patients)
            yield np.flatnonzero(~in_test), np.flatnonzero(in_test)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of splits.

        Parameters
        ----------
        X, y, groups : object, default=None
            Ignored.

        Returns
        -------
        int
            `n_splits`.
        """
        return self.n_splits


def _check_two_patients_of_each(patient_class: np.ndarray) -> None:
    counts = np.bincount(patient_class)
    if (counts == 1).any():
        raise CohortError(
            "A stratified split needs 2 patients of each class, one for either side, but one class has only 1; a "
            "patient whose cases differ counts for the later class in sorted order",
            advice="Use more patients, or another cv.",
        )


def make_folds(
    cv: Any, X: Any, y: np.ndarray, groups: np.ndarray, random_state: int = 0, unit: str = "patient"
) -> list[Fold]:
    """Return the folds of a cross-validator, checked and numbered.

    Parameters
    ----------
    cv : int, cross-validator, iterable of (train, test) or None
        None is :class:`RepeatedStratifiedGroupKFold`; a number is that many folds
        of it, once.
    X : array-like of shape (n_cases, ...)
        The cases.
    y : ndarray of bool of shape (n_cases,)
        Whether each case is positive.
    groups : ndarray of shape (n_cases,)
        The patient of each case.
    random_state : int, default=0
        Seed of the folds that are made here.
    unit : {"patient", "case"}, default="patient"
        What `groups` are called.

    Returns
    -------
    list of Fold
        A new repeat begins where a case comes into the test part again.

    Raises
    ------
    CohortError
        If a class has fewer patients than there are folds, or the training
        part of a fold has one class only.
    """
    if cv is None:
        cv = RepeatedStratifiedGroupKFold(random_state=random_state)
    elif isinstance(cv, Integral):
        cv = RepeatedStratifiedGroupKFold(int(cv), n_repeats=1, random_state=random_state)
    _check_enough_patients(cv, y, groups, unit)
    folds: list[Fold] = []
    seen: set[int] = set()
    repeat = fold = 0
    for train, test in dealt(cv, X, y, groups):
        train, test = _positions(train), _positions(test)
        if not len(test):
            raise CohortError(f"The test part of repeat {repeat}, fold {fold} is empty", advice="Leave it out of cv.")
        if seen.intersection(test.tolist()):
            repeat, fold, seen = repeat + 1, 0, set()
        seen.update(test.tolist())
        if len(np.unique(y[train])) < 2:
            raise CohortError(
                f"The training part of repeat {repeat}, fold {fold} has {len(train)} cases of one class only",
                advice="Use fewer folds, or a stratified split.",
            )
        folds.append(Fold(repeat, fold, train, test))
        fold += 1
    if not folds:
        raise CohortError(
            "cv has no folds", advice="Give pairs (train, test) of positions, a splitter, or a number of folds."
        )
    return folds


def _check_test_size(test_size: float, patient_class: np.ndarray) -> None:
    n, n_classes = len(patient_class), len(np.unique(patient_class))
    n_test = math.ceil(test_size * n) if isinstance(test_size, float) else int(test_size)
    if not n_classes <= n_test <= n - n_classes:
        raise CohortError(
            f"test_size={test_size} puts {n_test} of {n} patients into the test part and {n - n_test} into the "
            "training part, and each needs one of each class",
            advice=f"Use a test_size between {n_classes / n:.2g} and {1 - n_classes / n:.2g} (--test-size), or folds.",
        )


def dealt(cv: Any, X: Any, y: Any, groups: np.ndarray) -> list[tuple[Any, Any]]:
    """Return what a splitter deals; patients whom it cuts are looked for afterwards, whatever it does with groups."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The groups parameter is ignored", UserWarning)
        return list(check_cv(cv).split(X, y, groups))


def _positions(rows: Any) -> np.ndarray:
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows


def _check_enough_patients(cv: Any, y: np.ndarray, groups: np.ndarray, unit: str) -> None:
    if not isinstance(cv, (RepeatedStratifiedGroupKFold, StratifiedGroupKFold)):
        return
    n_splits = cv.n_splits
    for positive, name in ((True, "positive"), (False, "negative")):
        n_patients = len(np.unique(groups[y == positive]))
        if n_patients < n_splits:
            raise CohortError(
                f"{n_splits} folds need {n_splits} {unit}s of each class, but only {n_patients} "
                f"{_having(n_patients, name, unit)}",
                advice=f"Use {f'at most {n_patients} folds (cv=...), or ' if n_patients > 1 else ''}more {unit}s.",
            )


def _having(n: int, name: str, unit: str) -> str:
    if unit == "case":
        return f"{'is' if n == 1 else 'are'} {name}"
    return f"{'has' if n == 1 else 'have'} a {name} case"


def split_level(
    folds: list[Fold], groups: np.ndarray | None, not_fitted: Mapping[str, list[str]] = MappingProxyType({})
) -> str:
    """Tell from the folds themselves whether any patient is on both sides.

    Parameters
    ----------
    folds : list of Fold
        The folds.
    groups : ndarray of shape (n_cases,) or None
        The patient of each case; None if they were not given.
    not_fitted : mapping of str to list of str, default={}
        Models of which a part was fitted beforehand, so that the folds say nothing of what it has seen, and the
        kinds of these parts.

    Returns
    -------
    str
        "patient-level", "patients not given", or a text that says that the result is optimistic.
    """
    reasons = []
    if groups is not None:
        cut = {patient for fold in folds for patient in np.intersect1d(groups[fold.train], groups[fold.test])}
        if cut:
            n_patients = len(pd.unique(groups))
            reasons.append(f"case-level, OPTIMISTIC: {len(cut)} of {n_patients} patients are in training and test")
    if not_fitted:
        named = "; ".join(f"{name} ({', '.join(kinds)})" for name, kinds in not_fitted.items())
        reasons.append(f"OPTIMISTIC: not fitted in the folds: {named}")
    if reasons:
        return "; ".join(reasons)
    return NOT_GIVEN if groups is None else PATIENT_LEVEL


def is_optimistic(split: str) -> bool:
    """Tell from the text of :func:`split_level` whether the result is optimistic.

    Parameters
    ----------
    split : str
        The text.

    Returns
    -------
    bool
        Whether folds may cut patients.
    """
    return split not in (PATIENT_LEVEL, NOT_GIVEN)
