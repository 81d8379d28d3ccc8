"""Weights against repeating the cases, and resamples of patients."""

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from radiohers import metrics
from radiohers.metrics import (
    METRICS,
    FoldScores,
    bootstrap_fold_mean,
    bootstrap_fold_mean_curve,
    expanded_tail,
    fold_mean,
    net_benefit_statistic,
    patient_weights,
    resampled_fold_means,
    roc_statistic,
    treat_all_statistic,
)

RNG = np.random.default_rng(0)
Y = RNG.permutation(np.repeat([True, False], [12, 18]))
SCORE = np.round(np.clip(RNG.normal(0.4, 0.2, size=30) + 0.2 * Y, 0.1, 0.9), 1)
COUNTS = RNG.integers(0, 4, size=(40, 30)).astype(float)
RATES = np.array([0.0, 0.1, 0.25, 0.5, 1.0])
THRESHOLDS = np.array([0.1, 0.35, 0.6])
CURVES = {
    "roc": roc_statistic(RATES),
    "net benefit": net_benefit_statistic(THRESHOLDS),
    "treat all": treat_all_statistic(THRESHOLDS),
}


def one_fold(y=Y, score=SCORE, patient=None):
    patient = np.arange(len(y)) if patient is None else patient
    return FoldScores(np.arange(len(y)), patient, y, score, score > 0.5)


@pytest.mark.parametrize("statistic", (METRICS | CURVES).values(), ids=(METRICS | CURVES).keys())
def test_weights_are_the_same_as_repeating_cases(statistic):
    values = SCORE > 0.5 if statistic.of == "classes" else SCORE
    weighted = statistic.function(Y, values, COUNTS)
    for row, counts in zip(weighted, COUNTS.astype(int), strict=True):
        y, repeated = np.repeat(Y, counts), np.repeat(values, counts)
        np.testing.assert_allclose(row, statistic.function(y, repeated, np.ones((1, len(y))))[0], rtol=1e-9, atol=1e-12)


def test_many_cases_are_taken_in_blocks_with_the_same_result():
    weights = np.repeat(COUNTS, 300, axis=0)
    result = METRICS["auc"].function(Y, SCORE, weights)
    np.testing.assert_array_equal(result, np.repeat(METRICS["auc"].function(Y, SCORE, COUNTS), 300))


def test_roc_curve_is_scikit_learns_at_the_top_of_each_step():
    false_positive, true_positive, _ = roc_curve(Y, SCORE, drop_intermediate=False)
    curve = CURVES["roc"].function(Y, SCORE, np.ones((1, 30)))[0]
    np.testing.assert_allclose(curve, np.interp(RATES, false_positive, true_positive), atol=1e-12)
    assert curve[-1] == 1


def test_area_under_the_curve_of_each_resample_is_its_auc():
    rates = np.linspace(0, 1, 20001)
    curves = roc_statistic(rates).function(Y, SCORE, COUNTS[:5])
    areas = np.trapezoid(curves, rates, axis=1)
    np.testing.assert_allclose(areas, METRICS["auc"].function(Y, SCORE, COUNTS[:5]), atol=1e-4)


def test_slope_of_a_separated_resample_is_infinite():
    weights = np.array([[1.0, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 1], [1, 1, 0, 0]])
    y, score = np.array([False, False, True, True]), np.array([0.1, 0.7, 0.8, 0.4])
    slopes = METRICS["calibration_slope"].function(y, score, weights)
    np.testing.assert_array_equal(slopes, [np.inf, -np.inf, np.inf, np.nan])


def test_all_cases_of_a_patient_are_drawn_together():
    groups = np.repeat(np.arange(10), 3)
    weights = patient_weights(groups, groups < 4, 50, np.random.default_rng(0))
    assert (weights[:, ::3] == weights[:, 1::3]).all()
    assert (weights[:, ::3] == weights[:, 2::3]).all()
    assert (weights.sum(axis=1) == 30).all()
    assert len(np.unique(weights[:, :12].sum(axis=1))) > 1


def test_every_resample_has_both_classes():
    y = np.arange(23) < 1
    weights = patient_weights(np.arange(23), y, 500, np.random.default_rng(0))
    assert (weights[:, 0] > 0).all()
    only_one = patient_weights(np.arange(3), np.ones(3, dtype=bool), 5, np.random.default_rng(0))
    assert (only_one.sum(axis=1) == 3).all()


def test_bootstrap_agrees_with_delong_on_one_case_a_patient():
    rng = np.random.default_rng(1)
    y = np.arange(300) < 120
    score = rng.normal(size=300) + 0.9 * y
    bootstrap, delong = (metrics.auc(y, score, method=method) for method in ("bootstrap", "delong"))
    assert bootstrap.low == pytest.approx(delong.low, abs=0.01)
    assert bootstrap.high == pytest.approx(delong.high, abs=0.01)


def test_lesions_of_one_patient_widen_the_interval():
    patient = np.repeat(np.arange(60), 5)
    y = patient < 30
    score = np.random.default_rng(0).normal(size=60)[patient] + y
    patients, cases = (metrics.auc(y, score, groups, method="bootstrap") for groups in (patient, None))
    assert patients.high - patients.low > 1.7 * (cases.high - cases.low)
    assert (patients.method, cases.method) == ("patient bootstrap", "bootstrap of the cases")


def test_few_patients_move_the_limits_outwards():
    assert expanded_tail(10**6, 0.95) == pytest.approx(0.025, abs=1e-5)
    # Phi(-sqrt(3 / 2) t) for two degrees of freedom.
    assert expanded_tail(3, 0.95) == pytest.approx(6.83e-8, rel=0.01)


def test_same_seed_same_interval():
    assert metrics.auc(Y, SCORE, method="bootstrap") == metrics.auc(Y, SCORE, method="bootstrap")
    assert metrics.auc(Y, SCORE, method="bootstrap") != metrics.auc(Y, SCORE, method="bootstrap", random_state=1)


def test_mean_over_folds_leaves_out_undefined_folds_and_says_so():
    folds = [one_fold(), one_fold(y=np.zeros(30, dtype=bool))]
    interval = bootstrap_fold_mean(folds, COUNTS, METRICS["auc"])
    assert interval.value == fold_mean(folds, METRICS["auc"]) == pytest.approx(metrics.auc(Y, SCORE).value)
    assert interval.method == "patient bootstrap of the mean over folds; 1 of 2 left out: one class only"
    np.testing.assert_array_equal(
        resampled_fold_means(folds, COUNTS, METRICS["auc"]), METRICS["auc"].function(Y, SCORE, COUNTS)
    )


def test_resamples_of_folds_take_the_columns_of_their_cases():
    halves = [FoldScores(*(field[part] for field in one_fold())) for part in (slice(0, 15), slice(15, 30))]
    means = resampled_fold_means(halves, COUNTS, METRICS["accuracy"])
    right = (SCORE > 0.5) == Y
    expected = [
        np.mean([np.average(right[part], weights=row[part]) for part in (slice(15), slice(15, 30))]) for row in COUNTS
    ]
    np.testing.assert_allclose(means, expected, atol=1e-12)


def test_band_of_a_perfect_curve_is_not_certainty():
    fold = one_fold(score=Y * 1.0)
    band = bootstrap_fold_mean_curve([fold], patient_weights(fold.patient, Y, 50, RNG), CURVES["roc"])
    np.testing.assert_array_equal(band.value, 1)
    np.testing.assert_allclose(band.low, [*[0.025 ** (1 / 12)] * 4, 1])


def test_band_holds_its_curve_and_its_points_are_intervals():
    weights = patient_weights(np.arange(30), Y, 200, np.random.default_rng(0))
    band = bootstrap_fold_mean_curve([one_fold()], weights, CURVES["net benefit"])
    alone = metrics.net_benefit(Y, SCORE, 0.35, n_bootstraps=200)
    assert (band.low < band.value).all()
    assert (band.value < band.high).all()
    assert (band.value[1], band.low[1], band.high[1]) == pytest.approx((alone.value, alone.low, alone.high), abs=1e-12)
    assert band.method.endswith("pointwise")


def test_band_of_one_class_says_why_there_is_none():
    band = bootstrap_fold_mean_curve([one_fold(y=np.ones(30, dtype=bool))], COUNTS, CURVES["roc"])
    assert np.isnan(band.low).all()
    assert band.method == "undefined: one class only"
