"""Statistics of many resamples at once against plain formulas, one resample after the other; and their memory."""

import tracemalloc

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from radiohers.metrics import (
    METRICS,
    FoldScores,
    _draws,
    _recalibration,
    _resamples,
    bootstrap_fold_means,
    patient_weights,
    precision_statistic,
    roc_statistic,
)
from radiohers.metrics._probability_metrics import clipped_logit
from radiohers.metrics._resamples import Resamples

N_RESAMPLES = 17


def scores_of(kind, n=120, seed=0):
    """Return labels and scores between 0 and 1."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n) < n // 3)
    x = rng.normal(size=n) + 1.2 * y - 0.5
    scores = {
        "continuous": expit(x),
        "ties": np.round(expit(x), 1),
        "ties at the ends": np.clip(np.round(expit(3 * x), 1), 0, 1),
        "flat": expit(x / 40),
        "saturated": expit(9 * x),
        "two values": (x > 0) * 0.6 + 0.2,
        "constant": np.full(n, 0.3),
        "separated": np.where(y, 0.6, 0.1) + rng.random(n) / 5,
        "reversed": expit(-2 * x),
    }
    return y, scores[kind]


KINDS = [
    "continuous",
    "ties",
    "ties at the ends",
    "flat",
    "saturated",
    "two values",
    "constant",
    "separated",
    "reversed",
]


def weights_of(y, patients=None):
    groups = np.arange(len(y)) if patients is None else patients
    return patient_weights(groups, y, N_RESAMPLES, np.random.default_rng(1))


@pytest.fixture(params=[7, 2**17], ids=["blocks of a row", "one block"])
def block_size(request, monkeypatch):
    for module, name in (
        (_resamples, "_IN_ORDER"),
        (_resamples, "_SUMMED"),
        (_recalibration, "_AT_ONCE"),
        (_draws, "_DRAWN_AT_ONCE"),
    ):
        monkeypatch.setattr(module, name, request.param)


@pytest.mark.parametrize("kind", KINDS)
def test_auc_and_average_precision_are_scikit_learns(kind, block_size):
    y, score = scores_of(kind)
    weights = weights_of(y)
    for name, oracle in (("auc", roc_auc_score), ("average_precision", average_precision_score)):
        expected = [oracle(y, score, sample_weight=row) for row in weights]
        np.testing.assert_allclose(METRICS[name].function(y, score, weights), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_curves_are_scikit_learns(kind, block_size):
    y, score = scores_of(kind)
    weights, grid = weights_of(y), np.array([0.0, 0.03, 0.1, 1 / 3, 0.5, 0.77, 1.0])
    roc = roc_statistic(grid).function(y, score, weights)
    precision = precision_statistic(grid).function(y, score, weights)
    for own_roc, own_precision, row in zip(roc, precision, weights, strict=True):
        drawn = row > 0
        given = {"y_true": y[drawn], "y_score": score[drawn], "sample_weight": row[drawn], "drop_intermediate": False}
        false_positive, true_positive, _ = roc_curve(**given)
        # Of points above each other the last one counts.
        np.testing.assert_allclose(own_roc, np.interp(grid, false_positive, true_positive), atol=1e-9)
        precisions, recalls, _ = precision_recall_curve(**given)
        reached = [precisions[:-1][recalls[:-1] >= max(recall - 1e-9, 1e-9)][-1] for recall in grid]
        np.testing.assert_allclose(own_precision, reached, atol=1e-12)


@pytest.mark.parametrize("name", ["accuracy", "matthews_correlation", "brier_score", "expected_calibration_error"])
def test_sums_take_each_case_as_often_as_it_is_shown_and_drawn(name, block_size):
    y, score = scores_of("continuous", n=50)
    weights = weights_of(y)
    # Three of the cases stand in the fold three times, and some not at all.
    case = np.concatenate([np.arange(40), [3, 3, 7, 7, 39, 39]])
    statistic = METRICS[name]
    values = score > 0.5 if statistic.of == "classes" else score
    found = statistic.function(y[case], values[case], Resamples(weights, case))
    np.testing.assert_allclose(found, statistic.function(y[case], values[case], weights[:, case]), atol=1e-15)
    repeated = [np.repeat(case, row) for row in weights[:, case]]
    once = [statistic.function(y[rows], values[rows], np.ones((1, len(rows))))[0] for rows in repeated]
    np.testing.assert_allclose(found, once, atol=1e-12)


def newton(y, x, weights, fit_slope):
    """Fit the logistic regression of one resample, case by case."""
    design = np.stack([np.ones_like(x), x], axis=1) if fit_slope else np.ones((len(x), 1))
    theta, offset = np.zeros(design.shape[1]), 0 if fit_slope else x
    for _ in range(60):
        p = expit(design @ theta + offset)
        information = (design * (weights * p * (1 - p))[:, None]).T @ design
        step = np.linalg.solve(information, design.T @ (weights * (y - p)))
        theta = theta + step * 2 / max(2, np.abs(step).max())
    return theta


@pytest.mark.parametrize(
    "kind", ["continuous", "ties", "ties at the ends", "flat", "saturated", "two values", "reversed"]
)
@pytest.mark.parametrize("n", [45, 400])
def test_calibration_is_a_logistic_regression_of_each_resample(kind, n, block_size):
    y, score = scores_of(kind, n)
    weights, x = weights_of(y), clipped_logit(score)
    slopes = METRICS["calibration_slope"].function(y, score, weights)
    intercepts = METRICS["calibration_intercept"].function(y, score, weights)
    for slope, intercept, row in zip(slopes, intercepts, weights, strict=True):
        np.testing.assert_allclose(intercept, newton(y, x, row, fit_slope=False)[0], rtol=1e-9, atol=1e-9)
        if np.isfinite(slope):
            np.testing.assert_allclose(slope, newton(y, x, row, fit_slope=True)[1], rtol=1e-9, atol=1e-9)


def test_calibration_on_nodes_is_statsmodels():
    y, score = scores_of("continuous", 1000)
    weights, x = weights_of(y), clipped_logit(score)
    assert _recalibration._number_of_nodes(x, 1.5, 0.1) < 100
    slopes = METRICS["calibration_slope"].function(y, score, weights)
    for slope, row in list(zip(slopes, weights, strict=True))[:5]:
        model = sm.GLM(y.astype(float), sm.add_constant(x), family=sm.families.Binomial(), freq_weights=row)
        assert slope == pytest.approx(model.fit(tol=1e-14).params[1], abs=1e-9)


def test_resamples_that_are_much_steeper_than_all_cases_are_fitted_case_by_case():
    # All cases have a slope near 0; those of the first half alone have a steep one.
    rng = np.random.default_rng(0)
    x = np.tile(rng.normal(size=100), 2)
    y = rng.random(200) < expit(np.repeat([4, -4], 100) * x)
    halves = np.repeat(np.eye(2), 100, axis=1) * rng.integers(1, 4, size=200)
    slopes = METRICS["calibration_slope"].function(y, expit(x), halves)
    assert np.abs(slopes).min() > 2
    np.testing.assert_allclose(
        slopes, [newton(y, logit(expit(x)), row, fit_slope=True)[1] for row in halves], rtol=1e-9
    )


def test_separated_and_constant_resamples_are_told_from_the_others():
    y = np.array([False, False, True, True, True])
    score = np.array([0.2, 0.5, 0.5, 0.8, 0.3])
    weights = np.array(
        [[2, 0, 0, 3, 0], [1, 0, 1, 0, 0], [0, 1, 1, 0, 0], [0, 3, 0, 0, 1], [1, 1, 1, 1, 1], [0, 0, 1, 1, 1]]
    )
    slopes = METRICS["calibration_slope"].function(y, score, weights)
    np.testing.assert_array_equal(slopes[[0, 1, 2, 3, 5]], [np.inf, np.inf, np.nan, -np.inf, np.nan])
    assert np.isfinite(slopes[4])


def test_draws_do_not_depend_on_how_many_are_made_at_once(monkeypatch):
    groups, y = np.repeat(np.arange(11), 3), np.repeat(np.arange(11) < 2, 3)
    at_once = patient_weights(groups, y, N_RESAMPLES, np.random.default_rng(3))
    # A draw that lacks a class is made again after all others.
    monkeypatch.setattr(_draws, "_DRAWN_AT_ONCE", 10)
    np.testing.assert_array_equal(patient_weights(groups, y, N_RESAMPLES, np.random.default_rng(3)), at_once)
    plain = np.random.default_rng(3).integers(11, size=(N_RESAMPLES, 11))
    has_both = (plain < 2).any(axis=1) & (plain >= 2).any(axis=1)
    expected = np.stack([np.bincount(row, minlength=11) for row in plain[has_both]])
    np.testing.assert_array_equal(at_once[has_both][:, ::3], expected)
    assert at_once.dtype == np.uint8


class AlwaysTheFirst:
    """Draws the first patient, whatever is asked."""

    def integers(self, n, size):
        return np.zeros(size, dtype=int)


def test_a_patient_that_is_drawn_more_often_than_a_byte_holds_is_counted():
    groups = np.append(np.arange(300), 0)
    weights = patient_weights(groups, np.arange(301) > 299, 3, AlwaysTheFirst())
    assert (weights[:, [0, 300]] == 300).all()
    assert weights.sum() == 3 * 2 * 300


def test_resamples_take_a_byte_a_case_and_not_the_eight_of_a_float():
    n, n_resamples = 4000, 1000
    y, score = scores_of("continuous", n)
    rows = np.tile(np.arange(n), 4)
    fold = FoldScores(rows, rows, y[rows], np.roll(score[rows], 1), score[rows] > 0.5)
    tracemalloc.start()
    weights = patient_weights(np.arange(n), y, n_resamples, np.random.default_rng(0))
    bootstrap_fold_means([fold], weights, {name: METRICS[name] for name in ("auc", "accuracy", "calibration_slope")})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The weights of the fold's rows as floats alone would be 128 MB.
    assert peak < 40e6
