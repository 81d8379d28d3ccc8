"""Where metrics are undefined or nothing varies: an interval within the range, or NaN and why."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiohers import metrics

Y = np.arange(23) < 3
OF_SCORES = {
    "auc": (0, 1),
    "average_precision": (0, 1),
    "brier_score": (0, 1),
    "calibration_slope": (-np.inf, np.inf),
    "calibration_intercept": (-np.inf, np.inf),
    "expected_calibration_error": (0, 1),
}
OF_CALLS = {
    "accuracy": (0, 1),
    "sensitivity": (0, 1),
    "specificity": (0, 1),
    "positive_predictive_value": (0, 1),
    "negative_predictive_value": (0, 1),
    "f1": (0, 1),
    "balanced_accuracy": (0, 1),
    "matthews_correlation": (-1, 1),
}
SETTINGS = settings(max_examples=40, deadline=None, derandomize=True)


@st.composite
def cases(draw):
    """Few cases, with ties and constant scores, one class, perfect separation, patients with several cases."""
    n = draw(st.integers(2, 23))
    y = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    score = draw(st.lists(st.sampled_from([0.0, 0.2, 0.3, 0.5, 0.9, 1.0]), min_size=n, max_size=n))
    if draw(st.booleans()):
        score = [0.9 if positive else 0.2 for positive in y]
    groups = draw(st.none() | st.lists(st.integers(0, n), min_size=n, max_size=n))
    return np.array(y), np.array(score), groups


def check(interval, lowest, highest):
    value, low, high, _ = interval
    if np.isnan(value):
        assert np.isnan([low, high]).all()
        assert interval.why
        return
    assert lowest <= value <= highest
    assert np.isnan(low) or lowest <= low <= value + 1e-12
    assert np.isnan(high) or value - 1e-12 <= high <= highest
    if np.isnan(low) or np.isnan(high):
        assert interval.why or interval.notes[-1].endswith("limit, since resamples separate the classes")
    if high - low < 1e-12:
        assert interval.procedure == "constant scores: 0.5 by definition"


@SETTINGS
@given(cases())
@pytest.mark.parametrize("name", OF_SCORES)
def test_intervals_of_scores_stay_in_range(name, data):
    y, score, groups = data
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(getattr(metrics, name)(y, score, groups, n_bootstraps=50), *OF_SCORES[name])


@SETTINGS
@given(cases())
@pytest.mark.parametrize("name", OF_CALLS)
def test_intervals_of_calls_stay_in_range(name, data):
    y, score, groups = data
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(getattr(metrics, name)(y, score >= 0.5, groups, n_bootstraps=50), *OF_CALLS[name])


@SETTINGS
@given(cases(), st.sampled_from([0.0, 0.1, 0.3, 0.9]))
def test_interval_of_net_benefit_stays_in_range(data, threshold):
    y, score, groups = data
    interval = metrics.net_benefit(y, score, threshold, groups, n_bootstraps=50)
    assert -threshold / (1 - threshold) - 1e-12 <= interval.low <= interval.value <= interval.high <= 1
    assert interval.low < interval.high


@pytest.mark.parametrize("method", ["delong", "bootstrap"])
def test_perfect_separation_is_not_certainty(method):
    result = metrics.auc(Y, Y * 1.0, method=method)
    assert result.value == result.high == 1.0
    assert result.low == pytest.approx(0.025 ** (1 / 3))
    assert result.method == "exact binomial bound for the number of cases"
    of_patients = metrics.auc(Y, Y * 1.0, groups=np.arange(len(Y)), method=method)
    assert of_patients.method == "exact binomial bound for the number of patients"


def test_one_positive_case_says_next_to_nothing():
    result = metrics.auc(np.arange(23) < 1, -np.abs(np.arange(23) - 8.0))
    assert result.low < 0.02
    assert result.high > 0.97


def test_perfect_calls_get_the_bound_of_the_smaller_class():
    assert metrics.f1(Y, Y).low == pytest.approx(0.025 ** (1 / 3))
    assert metrics.matthews_correlation(Y, Y).low == pytest.approx(2 * 0.025 ** (1 / 3) - 1)


@pytest.mark.parametrize(
    ("score", "reason"),
    [
        (np.full(23, 0.3), "constant scores"),
        (np.where(Y, 0.8, 0.1), "the scores separate the classes"),
        (np.linspace(-1, 1, 23), "the scores are not probabilities (some lie outside 0..1)"),
    ],
)
def test_slope_says_why_there_is_none(score, reason):
    assert metrics.calibration_slope(Y, score).why == reason


def test_slope_says_why_a_limit_is_missing():
    score = np.where(Y, 0.8, 0.1) + np.linspace(0, 0.02, 23)
    score[3] = 0.81
    result = metrics.calibration_slope(Y, score)
    assert np.isnan(result.high)
    assert result.low < result.value
    assert "no upper limit, since resamples separate the classes" in result.notes
    assert result.method.startswith("bootstrap of the cases; ")


@pytest.mark.parametrize("name", ["auc", "balanced_accuracy", "matthews_correlation", "calibration_intercept"])
def test_one_class_is_undefined(name):
    assert getattr(metrics, name)(np.ones(4), [0, 0, 1, 1]).why == "one class only"


def test_predictive_value_without_a_positive_call_is_undefined():
    assert metrics.positive_predictive_value(Y, np.zeros(23)).why == "no case is called positive"


@pytest.mark.parametrize("method", ["delong", "bootstrap"])
def test_constant_scores_are_a_half_and_say_so(method):
    assert tuple(metrics.auc(Y, np.ones(23), method=method)) == (0.5, 0.5, 0.5, "constant scores: 0.5 by definition")


def test_formulas_for_independent_cases_refuse_patients_with_several():
    groups = np.arange(23) // 2
    with pytest.raises(ValueError, match="23 cases of 12 patients"):
        metrics.auc(Y, np.arange(23), groups, method="delong")
    with pytest.raises(ValueError, match="method='exact' takes cases for independent"):
        metrics.accuracy(Y, Y, groups, method="exact")
    assert metrics.accuracy(Y, ~Y, groups, method="auto").method.startswith("exact binomial bound")
    assert metrics.auc(Y, np.arange(23) % 7, groups).method == "patient bootstrap"


def test_scores_where_calls_are_asked_for_are_refused():
    with pytest.raises(ValueError, match=r"y_pred holds \[0.2, 0.7\].*threshold"):
        metrics.f1([0, 1], [0.2, 0.7])


def test_missing_scores_are_refused():
    with pytest.raises(ValueError, match="row 1"):
        metrics.auc([0, 1], [0.2, np.nan])


def test_wrong_parameters_are_refused():
    with pytest.raises(ValueError, match="confidence_level"):
        metrics.f1(Y, Y, confidence_level=95)
    with pytest.raises(ValueError, match="threshold"):
        metrics.net_benefit(Y, Y, threshold=1.0)
