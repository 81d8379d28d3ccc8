"""AUC, DeLong, Wilson and the patient bootstrap against hand computations and other formulas."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from radiohers.metrics import delong_interval, wilson_interval, youden_threshold
from radiohers.metrics._bootstrap import FoldScores, bootstrap_fold_mean, patient_weights, sensitivity, weighted_auc

RNG = np.random.default_rng(0)
Y = RNG.permutation(np.repeat([True, False], [12, 18]))
SCORE = np.round(RNG.normal(size=30) + Y, 1)


def one_fold(y=Y, score=SCORE, patient=None):
    patient = np.arange(len(y)) if patient is None else patient
    return FoldScores(np.arange(len(y)), patient, y, score, score > 0.5)


def test_auc_equals_scikit_learns_with_ties():
    assert delong_interval(Y, SCORE).value == pytest.approx(roc_auc_score(Y, SCORE), abs=1e-14)
    assert weighted_auc(one_fold(), np.ones((1, 30)))[0] == pytest.approx(roc_auc_score(Y, SCORE), abs=1e-14)


def test_weights_are_the_same_as_repeating_cases():
    counts = RNG.integers(0, 4, size=30)
    repeated = np.repeat(np.arange(30), counts)
    expected = roc_auc_score(Y[repeated], SCORE[repeated])
    assert weighted_auc(one_fold(), counts[None].astype(float))[0] == pytest.approx(expected, abs=1e-14)


def test_delong_variance_by_hand():
    # Wins of the positives 1, 0.5, 1 and of the negatives 1, 2/3: variances 1/12 and 1/18.
    auc = delong_interval(np.array([1, 1, 1, 0, 0]), np.array([3.0, 1.5, 2.5, 1.0, 2.0]))
    half = 1.959963984540054 * np.sqrt((1 / 12) / 3 + (1 / 18) / 2)
    assert auc.value == pytest.approx(5 / 6)
    assert auc.low == pytest.approx(5 / 6 - half, abs=1e-12)
    assert auc.high == 1.0


def test_perfect_separation_is_not_certainty():
    auc = delong_interval(np.arange(10) > 4, np.arange(10.0))
    assert auc.value == auc.high == 1.0
    assert auc.low == pytest.approx(0.025 ** (1 / 5))


def test_one_class_is_undefined():
    assert np.isnan(delong_interval(np.ones(4), np.arange(4.0)).value)


def test_wilson_by_hand():
    interval = wilson_interval(0, 10)
    assert (interval.value, interval.low) == (0.0, 0.0)
    assert interval.high == pytest.approx(1.959963984540054**2 / (10 + 1.959963984540054**2))


def test_all_cases_of_a_patient_are_drawn_together():
    groups = np.repeat(np.arange(10), 3)
    y = groups < 4
    weights = patient_weights(groups, y, 50, np.random.default_rng(0))
    assert (weights[:, ::3] == weights[:, 1::3]).all()
    assert (weights[:, ::3] == weights[:, 2::3]).all()
    assert (weights[:, y].sum(axis=1) == 12).all()
    assert (weights[:, ~y].sum(axis=1) == 18).all()


def test_bootstrap_agrees_with_delong_on_one_case_a_patient():
    rng = np.random.default_rng(1)
    y = np.arange(300) < 120
    score = rng.normal(size=300) + 0.9 * y
    weights = patient_weights(np.arange(300), y, 4000, np.random.default_rng(0))
    bootstrap, delong = bootstrap_fold_mean([one_fold(y, score)], weights, weighted_auc), delong_interval(y, score)
    assert bootstrap.low == pytest.approx(delong.low, abs=0.01)
    assert bootstrap.high == pytest.approx(delong.high, abs=0.01)


def test_lesions_of_one_patient_widen_the_interval():
    patient = np.repeat(np.arange(60), 5)
    y = patient < 30
    score = np.random.default_rng(0).normal(size=60)[patient] + y
    width = {}
    for name, groups in (("patients", patient), ("cases", np.arange(300))):
        weights = patient_weights(groups, y, 1000, np.random.default_rng(0))
        interval = bootstrap_fold_mean([one_fold(y, score, groups)], weights, weighted_auc)
        width[name] = interval.high - interval.low
    assert width["patients"] > 1.7 * width["cases"]


def test_mean_over_folds_leaves_out_undefined_folds():
    folds = [one_fold(), one_fold(y=np.zeros(30, dtype=bool))]
    interval = bootstrap_fold_mean(folds, np.ones((10, 30)), weighted_auc)
    assert interval.value == pytest.approx(roc_auc_score(Y, SCORE))
    assert interval.method == "patient bootstrap of the mean over folds"


def test_perfect_folds_get_the_exact_bound():
    fold = one_fold(score=Y.astype(float))
    assert bootstrap_fold_mean([fold], np.ones((10, 30)), weighted_auc).low == pytest.approx(0.025 ** (1 / 12))


def test_sensitivity_counts_positive_cases_only():
    fold = one_fold(y=np.array([True, True, True, False]), score=np.array([1.0, 1.0, 0.0, 1.0]))
    assert sensitivity(fold, np.ones((1, 4)))[0] == pytest.approx(2 / 3)


def test_threshold_of_the_best_youden_index_is_between_scores():
    y, score = np.array([0, 0, 1, 0, 1, 1], dtype=bool), np.array([0.1, 0.2, 0.35, 0.4, 0.8, 0.9])
    assert youden_threshold(y, score) == pytest.approx(0.6)


def test_threshold_of_constant_scores_is_that_score():
    assert youden_threshold(Y, np.full(30, 0.3)) == 0.3
