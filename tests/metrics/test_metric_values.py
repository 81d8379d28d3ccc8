"""Values and intervals of the metrics against scikit-learn, statsmodels, MLstatkit and hand computations."""

import numpy as np
import pytest
import statsmodels.api as sm
from MLstatkit import Delong_test
from scipy.special import logit
from scipy.stats import norm
from sklearn import metrics as sklearn_metrics
from statsmodels.stats.proportion import proportion_confint

from radiohers import metrics

RNG = np.random.default_rng(0)
Y = RNG.permutation(np.repeat([True, False], [12, 18]))
# Rounded: with ties.
SCORE = np.round(np.clip(RNG.normal(0.4, 0.25, size=30) + 0.2 * Y, 0.1, 0.9), 1)
PRED = SCORE >= 0.5
EXACT = {"abs": 1e-12}


@pytest.mark.parametrize(
    ("ours", "oracle"),
    [
        (metrics.auc, sklearn_metrics.roc_auc_score),
        (metrics.average_precision, sklearn_metrics.average_precision_score),
        (metrics.brier_score, sklearn_metrics.brier_score_loss),
    ],
)
def test_value_of_scores_is_scikit_learns(ours, oracle):
    assert ours(Y, SCORE).value == pytest.approx(oracle(Y, SCORE), **EXACT)


@pytest.mark.parametrize(
    ("ours", "oracle"),
    [
        (metrics.accuracy, sklearn_metrics.accuracy_score),
        (metrics.sensitivity, sklearn_metrics.recall_score),
        (metrics.specificity, lambda y, pred: sklearn_metrics.recall_score(~y, ~pred)),
        (metrics.positive_predictive_value, sklearn_metrics.precision_score),
        (metrics.negative_predictive_value, lambda y, pred: sklearn_metrics.precision_score(~y, ~pred)),
        (metrics.f1, sklearn_metrics.f1_score),
        (metrics.balanced_accuracy, sklearn_metrics.balanced_accuracy_score),
        (metrics.matthews_correlation, sklearn_metrics.matthews_corrcoef),
    ],
)
def test_value_of_calls_is_scikit_learns(ours, oracle):
    assert ours(Y, PRED).value == pytest.approx(oracle(Y, PRED), **EXACT)
    assert ours(Y.astype(int), PRED.astype(int)) == ours(Y, PRED)


def test_calls_that_are_all_alike_have_no_correlation():
    result = metrics.matthews_correlation(Y, np.ones(30))
    assert result.value == sklearn_metrics.matthews_corrcoef(Y, np.ones(30)) == 0
    assert result.low < 0 < result.high


def test_delong_standard_error_is_mlstatkits():
    _, _, (low, high), _, value, _, _ = Delong_test(Y, SCORE, RNG.normal(size=30))
    standard_error = (high - low) / 2 / norm.ppf(0.975)
    result = metrics.auc(Y, SCORE, method="delong")
    half = norm.ppf(0.975) * standard_error / (value * (1 - value))
    assert high < 1
    assert result.value == pytest.approx(value, **EXACT)
    assert logit(result.low) == pytest.approx(logit(value) - half, abs=1e-9)
    assert logit(result.high) == pytest.approx(logit(value) + half, abs=1e-9)


def test_delong_by_hand():
    # Wins of the positives 1, 0.5, 1 and of the negatives 1, 2/3: variances 1/12 and 1/18.
    result = metrics.auc([1, 1, 1, 0, 0], [3.0, 1.5, 2.5, 1.0, 2.0])
    half = 1.959963984540054 * np.sqrt((1 / 12) / 3 + (1 / 18) / 2) / (5 / 36)
    assert result.value == pytest.approx(5 / 6)
    assert logit(result.low) == pytest.approx(np.log(5) - half, abs=1e-12)
    assert result.method == "DeLong, logit scale"


@pytest.mark.parametrize(("ours", "theirs"), [("wilson", "wilson"), ("exact", "beta")])
@pytest.mark.parametrize(("n_success", "n_total"), [(0, 10), (3, 23), (17, 17), (250, 300)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_proportion_intervals_are_statsmodels(ours, theirs, n_success, n_total, level):
    result = metrics.proportion_interval(n_success, n_total, level, method=ours)
    expected = proportion_confint(n_success, n_total, alpha=1 - level, method=theirs)
    assert (result.low, result.high) == pytest.approx(expected, **EXACT)


def test_sensitivity_takes_its_interval_from_positive_cases():
    expected = proportion_confint((Y & PRED).sum(), 12, method="beta")
    result = metrics.sensitivity(Y, PRED, method="exact")
    assert (result.low, result.high) == pytest.approx(expected, **EXACT)
    assert result.method == "exact (Clopper-Pearson)"


def test_calibration_slope_is_statsmodels():
    expected = sm.Logit(Y.astype(float), sm.add_constant(logit(SCORE))).fit(disp=0, tol=1e-14).params[1]
    assert metrics.calibration_slope(Y, SCORE).value == pytest.approx(expected, rel=1e-9)


def test_calibration_intercept_is_that_of_an_offset():
    model = sm.GLM(Y.astype(float), np.ones(30), family=sm.families.Binomial(), offset=logit(SCORE))
    expected = model.fit(tol=1e-14).params[0]
    assert metrics.calibration_intercept(Y, SCORE).value == pytest.approx(expected, rel=1e-9)


def test_probabilities_made_twice_as_extreme_have_half_the_slope():
    extreme = 1 / (1 + np.exp(-2 * logit(SCORE)))
    expected = metrics.calibration_slope(Y, SCORE).value / 2
    assert metrics.calibration_slope(Y, extreme).value == pytest.approx(expected, rel=1e-9)


def test_net_benefit_by_hand():
    # At 0.25: two true positives and two false ones of six, an odds of 1/3.
    y, score = [1, 1, 1, 0, 0, 0], [0.9, 0.25, 0.2, 0.6, 0.3, 0.1]
    assert metrics.net_benefit(y, score, 0.25).value == pytest.approx(2 / 6 - 2 / 6 / 3, **EXACT)
    assert metrics.net_benefit(y, score, 0.0).value == pytest.approx(0.5, **EXACT)


def test_expected_calibration_error_by_hand():
    # Bins of 0.25: |0 - 0.1|, |1 - 0.3| of two cases together, |1 - 1|.
    result = metrics.expected_calibration_error([0, 1, 0, 1], [0.1, 0.25, 0.35, 1.0], n_bins=4)
    assert result.value == pytest.approx((0.1 + 2 * abs(0.5 - 0.3) + 0.0) / 4, **EXACT)


def test_corrected_interval_by_hand():
    result = metrics.corrected_resampled_interval([0.5, 0.7, np.nan, 0.9], 80, 20)
    half = 4.302652729749464 * 0.2 * np.sqrt(1 / 3 + 1 / 4)
    assert result.value == pytest.approx(0.7)
    # SciPy's quantile of t has 11 digits before 1.17.
    assert result.low == pytest.approx(0.7 - half, abs=1e-10)
    assert result.high == 1.0
    assert result.notes == ("1 of 4 left out: undefined",)


def test_more_repeats_of_the_same_folds_hardly_narrow_the_corrected_interval():
    folds = [0.6, 0.7, 0.8, 0.65, 0.75]
    once, often = (metrics.corrected_resampled_interval(folds * n, 80, 20) for n in (1, 20))
    # Taken for 100 independent folds it would be 0.13.
    assert 0.45 < (often.high - often.low) / (once.high - once.low) < 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [([np.nan], "no fold has a value"), ([0.5, np.nan], "one fold only"), ([1.0, 1.0], "the same in every fold")],
)
def test_corrected_interval_needs_folds_that_differ(values, reason):
    result = metrics.corrected_resampled_interval(values, 8, 2)
    assert np.isnan(result.low)
    assert (result.why, result.method) == (reason, f"undefined: {reason}")


def test_threshold_of_the_best_youden_index_is_between_scores():
    y, score = np.array([0, 0, 1, 0, 1, 1], dtype=bool), np.array([0.1, 0.2, 0.35, 0.4, 0.8, 0.9])
    assert metrics.youden_threshold(y, score) == pytest.approx(0.6)


def test_threshold_of_constant_scores_is_that_score():
    assert metrics.youden_threshold(Y, np.full(30, 0.3)) == 0.3
