"""Tests by permutation: of a model against chance, and of two models."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from radiohers.metrics._delong import placements
from radiohers.metrics._inputs import as_folds
from radiohers.metrics._significance import SignificanceTest
from radiohers.metrics._statistic import FoldScores

__all__ = [
    "paired_permutation_fold_test",
    "paired_permutation_test",
    "permutation_fold_test",
    "permutation_test",
    "permuted_labels",
]

# Numbers held at a time: 2,000 permutations of 5,000 cases.
_CHUNK = 10_000_000
_POSITIONS = 200_000
# AUCs that are equal but for rounding count as equal.
_TIE = 1e-10


def permutation_test(
    y_true: ArrayLike,
    y_score: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    n_permutations: int = 10_000,
    random_state: Any = 0,
) -> SignificanceTest:
    """Test whether a model's AUC is above that of chance.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    y_score : array-like of shape (n_cases,)
        Scores of cases that the model was not fitted on; higher is more positive.
    groups : array-like of shape (n_cases,), default=None
        The patient of each case; None takes each case for its own patient.
    n_permutations : int, default=10000
        Number of permutations.
    random_state : int or numpy Generator, default=0
        Seed of the permutations.

    Returns
    -------
    SignificanceTest
        `statistic` is the AUC and `difference` is what it has above 0.5. The test is
        one-sided: an AUC below 0.5 has a p above 0.5.

    Notes
    -----
    Labels change places between patients, so that cases of one patient keep theirs
    together; a patient with more cases than the one that the labels come from gets them over again.
    With k of n permutations at least as high as the AUC, p = (1 + k) / (1 + n).

    References
    ----------
    Phipson B, Smyth GK. Statistical Applications in Genetics and Molecular Biology 2010;9:39.
    doi:10.2202/1544-6115.1585

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import permutation_test
    >>> result = permutation_test(np.arange(12) > 5, np.arange(12) % 9)
    >>> round(result.statistic, 3), round(result.p_value, 1)
    (0.625, 0.3)
    """
    return permutation_fold_test(as_folds(y_true, groups, y_score=y_score), n_permutations, random_state)


def permutation_fold_test(
    folds: Sequence[FoldScores], n_permutations: int = 10_000, random_state: Any = 0
) -> SignificanceTest:
    """Test whether the mean AUC over folds is above that of chance.

    Parameters
    ----------
    folds : sequence of FoldScores
        Predictions of test cases.
    n_permutations : int, default=10000
        Number of permutations.
    random_state : int or numpy Generator, default=0
        Seed of the permutations.

    Returns
    -------
    SignificanceTest
        As from :func:`permutation_test`, which is the case of one fold.

    Notes
    -----
    If each patient is tested in one fold, labels are permuted within the folds. Over
    repeats, a case has the same permuted label in every repeat, and labels go to any patient.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import FoldScores, permutation_fold_test
    >>> y = np.arange(20) < 8
    >>> fold = FoldScores(np.arange(20), np.arange(20), y, y * 1.0, y)
    >>> permutation_fold_test([fold], 999).p_value
    0.001
    """
    _check_n_permutations(n_permutations)
    defined = [fold for fold in folds if 0 < fold.y_true.sum() < len(fold.y_true)]
    if not defined:
        return SignificanceTest(method="permutation: undefined, one class only")
    observed = float(np.mean([placements(fold.y_true, fold.score)[fold.y_true].mean() for fold in defined]))
    cases, y_true, groups, strata = _cases_of(defined)
    if strata is not None and len(np.unique(groups)) == len(np.unique(strata)):
        reason = f"one {defined[0].unit} {'in a fold' if len(defined) > 1 else 'only'}"
        return SignificanceTest(observed, difference=observed - 0.5, method=f"permutation: undefined, {reason}")
    ranks, rng = _ranks_by_case(defined, cases), np.random.default_rng(random_state)
    n_above, n_left = 0, int(n_permutations)
    while n_left:
        n_now = min(n_left, max(1, _CHUNK // len(y_true)))
        labels = permuted_labels(y_true, groups, n_now, rng, strata)
        aucs = _mean_auc(labels, *ranks)
        # No permuted fold with both classes is no evidence against chance.
        n_above += int((np.nan_to_num(aucs, nan=np.inf) >= observed - _TIE).sum())
        n_left -= n_now
    where = "within folds" if strata is not None and len(defined) > 1 else f"over {defined[0].unit}s"
    method = f"permutation of labels {where}, {n_permutations} permutations, one-sided"
    return SignificanceTest(observed, (1 + n_above) / (1 + n_permutations), observed - 0.5, np.nan, np.nan, method)


def permuted_labels(
    y_true: np.ndarray,
    groups: np.ndarray,
    n_permutations: int,
    rng: np.random.Generator,
    strata: np.ndarray | None = None,
) -> np.ndarray:
    """Return labels that changed places between patients.

    Parameters
    ----------
    y_true : ndarray of bool of shape (n_cases,)
        Labels.
    groups : ndarray of shape (n_cases,)
        The patient of each case.
    n_permutations : int
        Number of permutations.
    rng : numpy Generator
        Source of the permutations.
    strata : ndarray of shape (n_cases,), default=None
        Labels stay within these, which must not cut patients; None is one for all.

    Returns
    -------
    ndarray of bool of shape (n_permutations, n_cases)
        One row a permutation.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import permuted_labels
    >>> y, patients = np.array([True, False, False]), np.array(["A", "B", "C"])
    >>> permuted_labels(y, patients, 5, np.random.default_rng(0)).sum(axis=1).tolist()
    [1, 1, 1, 1, 1]
    """
    patients, row = np.unique(groups, return_inverse=True)
    order = np.argsort(row, kind="stable")
    counts = np.bincount(row)
    starts = np.cumsum(counts) - counts
    place = np.empty(len(row), dtype=int)
    place[order] = np.arange(len(row)) - np.repeat(starts, counts)
    stratum_of_patient = np.zeros(len(patients), dtype=int)
    if strata is not None:
        stratum_of_patient[row] = np.unique(strata, return_inverse=True)[1]
    donor = np.tile(np.arange(len(patients), dtype=np.int32), (n_permutations, 1))
    for stratum in np.unique(stratum_of_patient):
        members = np.flatnonzero(stratum_of_patient == stratum)
        own = donor[:, members]
        donor[:, members] = rng.permuted(own, axis=1, out=own)
    labels, sorted_labels = np.empty((n_permutations, len(row)), dtype=bool), y_true[order]
    # A few at a time, since positions take eight times the memory of labels.
    for some in np.array_split(np.arange(n_permutations), 1 + n_permutations * len(row) // _POSITIONS):
        own = donor[some][:, row]
        labels[some] = sorted_labels[own if (counts == 1).all() else starts[own] + place % counts[own]]
    return labels


def paired_permutation_test(
    y_true: ArrayLike,
    score_a: ArrayLike,
    score_b: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    n_permutations: int = 2000,
    random_state: Any = 0,
) -> SignificanceTest:
    """Test whether two models have the same AUC, by letting them change places.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    score_a, score_b : array-like of shape (n_cases,)
        Scores of the two models; higher is more positive.
    groups : array-like of shape (n_cases,), default=None
        The patient of each case; None takes each case for its own patient.
    n_permutations : int, default=2000
        Number of permutations.
    random_state : int or numpy Generator, default=0
        Seed of the permutations.

    Returns
    -------
    SignificanceTest
        `statistic` and `difference` are the difference of the AUCs; the test is two-sided. It
        needs no variance, so it holds for a model with AUC 1 too.

    Notes
    -----
    The scores of each model are replaced by their ranks; then the two models swap the ranks of a
    patient, or do not, each with chance one half. p = (1 + k) / (1 + n), where k of n
    permutations have a difference at least as far from 0.

    References
    ----------
    Bandos AI, Rockette HE, Gur D. Statistics in Medicine 2005;24:2873.
    doi:10.1002/sim.2149

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import paired_permutation_test
    >>> y = np.arange(20) > 9
    >>> result = paired_permutation_test(y, np.arange(20), np.zeros(20))
    >>> result.difference, result.p_value < 0.01
    (0.5, True)
    """
    fold_a, fold_b = as_folds(y_true, groups, score_a=score_a, score_b=score_b)
    return paired_permutation_fold_test([fold_a], [fold_b], n_permutations, random_state)


def paired_permutation_fold_test(
    folds_a: Sequence[FoldScores], folds_b: Sequence[FoldScores], n_permutations: int = 2000, random_state: Any = 0
) -> SignificanceTest:
    """Test whether two models have the same mean AUC over folds, by letting them change places.

    Parameters
    ----------
    folds_a, folds_b : sequence of FoldScores
        Predictions of the two models: the same folds, and in them the same cases in the same order.
    n_permutations : int, default=2000
        Number of permutations.
    random_state : int or numpy Generator, default=0
        Seed of the permutations.

    Returns
    -------
    SignificanceTest
        As from :func:`paired_permutation_test`. A patient's scores change places in all folds or in none.
    """
    _check_n_permutations(n_permutations)
    pairs = [(a, b) for a, b in zip(folds_a, folds_b, strict=True) if 0 < a.y_true.sum() < len(a.y_true)]
    unit = folds_a[0].unit
    method = f"paired permutation of the models' ranks over {unit}s, {n_permutations} permutations"
    if not pairs:
        return SignificanceTest(method=f"{method}: undefined, one class only")
    patients = np.unique(np.concatenate([a.patient for a, _ in pairs]))
    swapped = np.random.default_rng(random_state).random((n_permutations, len(patients))) < 0.5
    # The first row swaps nobody: the observed difference.
    swapped = np.concatenate([np.zeros((1, len(patients)), dtype=bool), swapped]).astype(float)
    differences = np.mean(
        [_swapped_difference(a, b, swapped[:, np.searchsorted(patients, a.patient)]) for a, b in pairs], axis=0
    )
    observed = float(differences[0])
    # The first row is the 1 of (1 + k).
    p = float((np.abs(differences) >= abs(observed) - _TIE).mean())
    return SignificanceTest(observed, p, observed, np.nan, np.nan, method)


def _swapped_difference(a: FoldScores, b: FoldScores, swapped: np.ndarray) -> np.ndarray:
    positive, ranks = a.y_true, (rankdata(a.score), rankdata(b.score))
    kernels = [[_wins(first[positive], second[~positive]) for second in ranks] for first in ranks]
    takes = [(1 - swapped, swapped), (swapped, 1 - swapped)]
    first, second = (
        sum(
            ((take[i][:, positive] @ kernels[i][j]) * take[j][:, ~positive]).sum(axis=1) for i in (0, 1) for j in (0, 1)
        )
        for take in takes
    )
    return (first - second) / (positive.sum() * (~positive).sum())


def _wins(positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
    return (np.sign(positive[:, None] - negative[None, :]) + 1) / 2


def _cases_of(folds: Sequence[FoldScores]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """Return each tested case once, its label and its patient, and its fold where patients have one fold each."""
    cases, first = np.unique(np.concatenate([fold.case for fold in folds]), return_index=True)
    y_true, groups = (np.concatenate([getattr(fold, name) for fold in folds]) for name in ("y_true", "patient"))
    number = np.repeat(np.arange(len(folds)), [len(fold.case) for fold in folds])
    patient = np.unique(groups, return_inverse=True)[1]
    nested = len(np.unique(patient * len(folds) + number)) == patient.max() + 1
    return cases, y_true[first], groups[first], number[first] if nested else None


def _ranks_by_case(folds: Sequence[FoldScores], cases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rank of each case in each fold, and how often it is there, each of shape (n_cases, n_folds)."""
    ranks, times = np.zeros((len(cases), len(folds))), np.zeros((len(cases), len(folds)))
    for i, fold in enumerate(folds):
        row = np.searchsorted(cases, fold.case)
        np.add.at(ranks[:, i], row, rankdata(fold.score))
        np.add.at(times[:, i], row, 1)
    return ranks, times


def _mean_auc(labels: np.ndarray, ranks: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the mean AUC of each row of labels over the folds that have both classes; NaN if none has."""
    both = np.hstack([ranks, times])
    n_blocks = 1 + labels.size // _POSITIONS
    sums = np.concatenate([some.astype(float) @ both for some in np.array_split(labels, n_blocks)])
    ranks_of_positive, n_positive = np.split(sums, 2, axis=1)
    n_pairs = n_positive * (times.sum(axis=0) - n_positive)
    wins = ranks_of_positive - n_positive * (n_positive + 1) / 2
    aucs = np.divide(wins, n_pairs, out=np.zeros_like(wins), where=n_pairs > 0)
    n_defined = (n_pairs > 0).sum(axis=1)
    return np.divide(aucs.sum(axis=1), n_defined, out=np.full(len(aucs), np.nan), where=n_defined > 0)


def _check_n_permutations(n_permutations: int) -> None:
    if not isinstance(n_permutations, Integral) or n_permutations < 1:
        raise ValueError(f"n_permutations={n_permutations!r}; give a whole number above 0, such as 10000.")
