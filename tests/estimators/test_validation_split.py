import numpy as np
import pytest

from radiohers.estimators._validation_split import split_validation

Y = np.repeat(["neg", "pos"], [40, 20])
PATIENTS = np.arange(60) // 2


def test_sides_share_no_row_and_lose_none():
    training, validation = split_validation(Y, None, 0.2, random_state=0)
    assert sorted([*training, *validation]) == list(range(60))


def test_classes_are_stratified():
    _, validation = split_validation(Y, None, 0.2, random_state=0)
    assert np.unique(Y[validation], return_counts=True)[1].tolist() == [8, 4]


@pytest.mark.parametrize("seed", range(5))
def test_patients_stay_on_one_side(seed):
    training, validation = split_validation(Y, PATIENTS, 0.2, random_state=seed)
    assert not set(PATIENTS[training]) & set(PATIENTS[validation])
    assert len(validation) == 12


def test_patient_of_two_classes_is_kept_whole():
    patients = np.repeat(["a", "b", "c", "d", "e"], 12)
    training, validation = split_validation(Y, patients, 0.4, random_state=0)
    assert not set(patients[training]) & set(patients[validation])


def test_seed_decides():
    first, second, other = (split_validation(Y, None, 0.2, random_state=seed)[1].tolist() for seed in (0, 0, 1))
    assert first == second != other


def test_at_least_one_patient_of_each_class_is_held_out():
    _, validation = split_validation(Y, None, 0.001, random_state=0)
    assert sorted(Y[validation]) == ["neg", "pos"]


@pytest.mark.parametrize(("y", "fraction"), [(["neg", "neg", "neg", "pos"], 0.5), (["neg", "neg", "pos", "pos"], 0.9)])
def test_split_that_cannot_be_made(y, fraction):
    with pytest.raises(ValueError, match="with every class on both sides.*Use early_stopping=False"):
        split_validation(np.array(y), None, fraction, random_state=0)
