"""Folds that never cut a patient, and folds that do."""

import warnings

import numpy as np
import pytest
from sklearn.model_selection import KFold, LeaveOneOut, ShuffleSplit, StratifiedKFold

from radiohers.evaluation import RepeatedStratifiedGroupKFold, StratifiedGroupShuffleSplit
from radiohers.exceptions import CohortError
from radiohers.folds._splits import make_folds, split_level

GROUPS = np.repeat(np.arange(20), 3)
Y = np.repeat(np.arange(20) % 2 == 0, 3)


def test_default_folds_hold_whole_patients_and_both_classes():
    folds = make_folds(None, Y, Y, GROUPS)
    assert len(folds) == 25
    assert split_level(folds, GROUPS) == "patient-level"
    assert all(Y[fold.test].any() and not Y[fold.test].all() for fold in folds)


def test_each_case_is_tested_once_a_repeat():
    folds = make_folds(None, Y, Y, GROUPS)
    for repeat in range(5):
        tested = np.concatenate([fold.test for fold in folds if fold.repeat == repeat])
        assert sorted(tested) == list(range(60))


def test_repeats_differ_and_the_seed_decides():
    first, again, other = (list(RepeatedStratifiedGroupKFold(random_state=s).split(Y, Y, GROUPS)) for s in (0, 0, 1))
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0][1], first[5][1])
    assert not np.array_equal(first[0][1], other[0][1])


def test_a_split_that_cuts_patients_is_called_optimistic():
    folds = make_folds(KFold(5, shuffle=True, random_state=0), Y, Y, GROUPS)
    assert split_level(folds, GROUPS).startswith("case-level, OPTIMISTIC:")


def test_single_split_draws_patients_of_both_classes():
    [(train, test)] = StratifiedGroupShuffleSplit(test_size=0.3).split(Y, Y, GROUPS)
    assert len(set(GROUPS[test])) == 6
    assert not set(GROUPS[train]) & set(GROUPS[test])
    assert Y[test].sum() == 9
    assert sorted([*train, *test]) == list(range(60))


def test_fewer_patients_than_folds():
    groups, y = np.arange(10), np.arange(10) < 3
    with pytest.raises(CohortError, match="5 folds need 5 patients of each class, but only 3 have a positive case"):
        make_folds(None, y, y, groups)


def test_a_training_part_of_one_class():
    y = np.arange(10) < 5
    with pytest.raises(CohortError, match="repeat 0, fold 0 has 5 cases of one class only"):
        make_folds(KFold(2), y, y, np.arange(10))


def test_splitters_without_groups_work():
    assert len(make_folds(StratifiedKFold(3), Y, Y, np.arange(60))) == 3


@pytest.mark.parametrize(
    "cv", [KFold(3), StratifiedKFold(3, shuffle=True, random_state=0), ShuffleSplit(2, random_state=0), LeaveOneOut()]
)
def test_a_splitter_that_takes_no_patients_gives_no_warning(cv):
    y = np.array([0, 1] * 6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        folds = make_folds(cv, np.zeros((12, 1)), y == 1, np.arange(12) // 2)
    assert len(folds) >= 2
