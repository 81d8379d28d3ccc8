"""DeLong, McNemar, corrected t, permutations and Holm against hand computations, MLstatkit, statsmodels and scipy."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from MLstatkit import Delong_test
from scipy import stats
from sklearn.metrics import roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from radiohers.metrics import (
    FoldScores,
    _permutation_tests,
    corrected_resampled_t_test,
    delong_fold_test,
    delong_test,
    holm_adjust,
    mcnemar_test,
    paired_permutation_test,
    permutation_fold_test,
    permutation_test,
    permuted_labels,
)

RNG = np.random.default_rng(0)
Y = RNG.permutation(np.arange(60) < 25)
A = np.round(RNG.normal(size=60) + Y, 1)
B = np.round(0.6 * A + RNG.normal(size=60) + 0.2 * Y, 1)
PATIENT = RNG.integers(0, 25, size=60)

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "check_tests.py"


def wins(y, score):
    return (np.sign(score[y][:, None] - score[~y][None, :]) + 1) / 2


def textbook_variance(y, a, b):
    """DeLong et al. 1988: L (S10 / m + S01 / n) L' with L = (1, -1)."""
    kernels = wins(y, a), wins(y, b)
    s10 = np.cov([kernel.mean(axis=1) for kernel in kernels])
    s01 = np.cov([kernel.mean(axis=0) for kernel in kernels])
    both = s10 / y.sum() + s01 / (~y).sum()
    return both[0, 0] + both[1, 1] - 2 * both[0, 1]


def obuchowski_variance(y, a, b, patient):
    """Obuchowski 1997, equations for the placements summed over clusters, of a difference."""
    kernel = wins(y, a) - wins(y, b)
    theta, m, n = kernel.mean(), y.sum(), (~y).sum()
    v10, v01 = kernel.mean(axis=1), kernel.mean(axis=0)
    clusters = np.unique(patient)
    positive = np.array([(v10[patient[y] == p] - theta).sum() for p in clusters])
    negative = np.array([(v01[patient[~y] == p] - theta).sum() for p in clusters])
    i10, i01, i = len(np.unique(patient[y])), len(np.unique(patient[~y])), len(clusters)
    s10 = i10 / ((i10 - 1) * m) * (positive**2).sum()
    s01 = i01 / ((i01 - 1) * n) * (negative**2).sum()
    s11 = i / (i - 1) * (positive * negative).sum()
    return s10 / m + s01 / n + 2 * s11 / (m * n)


def variance_of(result):
    return (result.difference / result.statistic) ** 2


def fold(cases, y=Y, score=A, patient=None):
    patient = np.arange(60) if patient is None else patient
    return FoldScores(cases, patient[cases], y[cases], score[cases], score[cases] > 0.5)


def test_delong_equals_the_textbook_and_mlstatkit():
    result = delong_test(Y, A, B)
    z, p = Delong_test(Y.astype(int), B, A, return_ci=False, return_auc=False)
    assert variance_of(result) == pytest.approx(textbook_variance(Y, A, B), rel=1e-10)
    assert result.statistic == pytest.approx(z, abs=1e-10)
    assert result.p_value == pytest.approx(p, abs=1e-10)
    assert result.difference == pytest.approx(wins(Y, A).mean() - wins(Y, B).mean(), abs=1e-14)


def test_delong_by_hand():
    # Placements of a: 1, 1 and 1, 1; of b: 1/2, 1 and 1/2, 1. Their difference has the variance 2 (1/8) / 2.
    result = delong_test([1, 1, 0, 0], [3.0, 4.0, 1.0, 2.0], [2.0, 4.0, 3.0, 1.0])
    assert result.difference == 0.25
    assert result.statistic == pytest.approx(0.25 / np.sqrt(1 / 8), abs=1e-14)
    assert result.p_value == pytest.approx(2 * stats.norm.sf(0.5**0.5), abs=1e-14)


def test_delong_with_patients_is_obuchowskis():
    result = delong_test(Y, A, B, PATIENT)
    assert variance_of(result) == pytest.approx(obuchowski_variance(Y, A, B, PATIENT), rel=1e-12)
    assert result.method == "DeLong, paired, patients as clusters (Obuchowski)"


def test_mean_over_folds_of_other_patients_adds_their_variances():
    halves = np.arange(30), np.arange(30, 60)
    y = np.tile(np.arange(30) < 12, 2)
    result = delong_fold_test([fold(h, y, A) for h in halves], [fold(h, y, B) for h in halves])
    expected = sum(textbook_variance(y[h], A[h], B[h]) for h in halves) / 4
    assert variance_of(result) == pytest.approx(expected, rel=1e-12)


def test_a_repeat_that_gives_the_same_again_does_not_count_as_more_patients():
    once = delong_fold_test([fold(np.arange(60))], [fold(np.arange(60), score=B)])
    thrice = delong_fold_test([fold(np.arange(60))] * 3, [fold(np.arange(60), score=B)] * 3)
    assert thrice[:5] == pytest.approx(once[:5], rel=1e-12)


def test_lesions_that_are_copies_do_not_count_as_more_patients():
    copies = np.repeat(np.arange(60), 4)
    assert delong_test(Y[copies], A[copies], B[copies], copies)[:5] == pytest.approx(delong_test(Y, A, B)[:5])


@pytest.mark.parametrize("other", [A, 2 * A + 3])
def test_models_that_order_alike_do_not_differ(other):
    assert delong_test(Y, A, other)[:5] == (0.0, 1.0, 0.0, 0.0, 0.0)
    assert paired_permutation_test(Y, A, other).p_value == 1.0
    assert mcnemar_test(Y, A > 0, A > 0).p_value == 1.0


def test_two_perfect_models_may_yet_differ_on_other_patients():
    result = delong_test(Y, Y + 0.1 * A, Y + 0.1 * B)
    reach = 1 - 0.025 ** (1 / 25)
    assert result[:3] == (0.0, 1.0, 0.0)
    assert (result.low, result.high) == pytest.approx((-reach, reach))


def test_a_difference_without_variance_needs_the_permutation():
    constant = np.zeros(60)
    result = delong_test(Y, Y, constant)
    assert np.isnan(result.p_value)
    assert result.method == "DeLong, paired: undefined, no variance"
    assert result.low < 0.5 < result.high
    assert paired_permutation_test(Y, Y, constant).p_value == pytest.approx(1 / 2001)


def test_one_class_only():
    for test in (delong_test, paired_permutation_test):
        assert np.isnan(test(np.ones(4), np.arange(4), np.arange(4)).p_value)
    assert np.isnan(permutation_test(np.ones(4), np.arange(4)).p_value)


def test_paired_permutation_by_hand():
    # Of the 2^2 swaps, which swap both or none give the difference 1 or -1, the other two give 0.
    result = paired_permutation_test([1, 0], [2.0, 1.0], [1.0, 2.0], n_permutations=20_000)
    assert result.difference == 1.0
    assert result.p_value == pytest.approx(0.5, abs=0.01)


def test_paired_permutation_agrees_with_delong():
    by_permutation = paired_permutation_test(Y, A, B, n_permutations=20_000)
    assert by_permutation.difference == pytest.approx(delong_test(Y, A, B).difference, abs=1e-14)
    assert by_permutation.p_value == pytest.approx(delong_test(Y, A, B).p_value, abs=0.02)


def test_permutation_agrees_with_the_rank_sum_test():
    weak = A * 0.2 + B * 0 + RNG.normal(size=60)
    expected = stats.mannwhitneyu(weak[Y], weak[~Y], alternative="greater").pvalue
    assert permutation_test(Y, weak, n_permutations=50_000).p_value == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("patients", [np.arange(60), PATIENT, np.arange(60) // 2])
def test_permuted_labels_do_not_depend_on_how_many_are_made_at_once(monkeypatch, patients):
    at_once = permuted_labels(Y, patients, 23, np.random.default_rng(0))
    monkeypatch.setattr(_permutation_tests, "_POSITIONS", 100)
    np.testing.assert_array_equal(permuted_labels(Y, patients, 23, np.random.default_rng(0)), at_once)
    assert len(np.unique(at_once, axis=0)) > 15


def test_permutations_of_folds_are_judged_by_mean_aucs(monkeypatch):
    # Overlapping folds, one of them with a case twice and one of few cases.
    monkeypatch.setattr(_permutation_tests, "_POSITIONS", 100)
    rows = [np.arange(0, 40), np.append(np.arange(20, 60), 25), np.array([1, 2, 3])]
    folds = [FoldScores(case, case, Y[case], A[case], A[case] > 0) for case in rows]
    labels = permuted_labels(Y, np.arange(60), 30, np.random.default_rng(0))
    found = _permutation_tests._mean_auc(labels, *_permutation_tests._ranks_by_case(folds, np.arange(60)))
    for auc, row in zip(found, labels, strict=True):
        defined = [roc_auc_score(row[case], A[case]) for case in rows if 0 < row[case].sum() < len(case)]
        assert auc == pytest.approx(np.mean(defined), abs=1e-12)


def test_no_permutation_reaches_a_perfect_model():
    assert permutation_test(Y, Y, n_permutations=999).p_value == 1 / 1000
    assert permutation_test(Y, ~Y, n_permutations=999).p_value == 1.0
    assert permutation_test(Y, np.zeros(60), n_permutations=999).p_value == 1.0


def test_labels_are_permuted_over_patients():
    patients = np.array([5, 5, 5, 2, 2, 2, 9, 9, 9, 7, 7, 7])
    y = np.isin(patients, (5, 7))
    labels = permuted_labels(y, patients, 200, np.random.default_rng(0))
    by_patient = labels.reshape(200, 4, 3)
    assert (by_patient == by_patient[:, :, :1]).all()
    assert (labels.sum(axis=1) == 6).all()
    assert len(np.unique(labels, axis=0)) == 6


def test_labels_of_several_repeats_are_permuted_once():
    whole = np.arange(60)
    once, thrice = (permutation_fold_test([fold(whole, score=B)] * n, 2000) for n in (1, 3))
    assert once.p_value == thrice.p_value
    halves = [fold(whole[:30]), fold(whole[30:])]
    assert "within folds" in permutation_fold_test(halves, 10).method


def test_chunks_change_nothing(monkeypatch):
    whole = permutation_test(Y, B, n_permutations=500)
    monkeypatch.setattr("radiohers.metrics._permutation_tests._CHUNK", 60 * 7)
    assert permutation_test(Y, B, n_permutations=500) == whole


@pytest.mark.parametrize(("first", "second"), [(9, 3), (4, 4), (0, 5), (30, 12), (13, 12)])
def test_mcnemar_equals_statsmodels(first, second):
    y = np.ones(first + second + 8)
    pred_a = np.repeat([1, 0, 1, 0], [first, second, 5, 3])
    pred_b = np.repeat([0, 1, 1, 0], [first, second, 5, 3])
    expected = mcnemar([[5, first], [second, 3]], exact=first + second < 25, correction=True)
    result = mcnemar_test(y, pred_a, pred_b)
    assert result.p_value == pytest.approx(expected.pvalue, abs=1e-12)
    assert result.statistic == pytest.approx(expected.statistic)
    assert result.difference == pytest.approx((first - second) / len(y))
    assert result.low < result.difference < result.high


def test_mcnemar_interval_by_hand():
    result = mcnemar_test(np.ones(10), np.repeat([1, 0], [4, 6]), np.repeat([0, 1], [9, 1]))
    # Bonett and Price: (4 + 1) / 12 and (1 + 1) / 12.
    half = stats.norm.ppf(0.975) * np.sqrt((7 / 12 - (3 / 12) ** 2) / 12)
    assert (result.low, result.high) == pytest.approx((0.25 - half, 0.25 + half))


def test_mcnemar_flips_patients_by_hand():
    # The patients' balances are 3, 1 and -1; of the 8 sums of +-3 +-1 +-1, 6 are at least 3 in size.
    y, patient = np.ones(5), [0, 0, 0, 1, 2]
    result = mcnemar_test(y, [1, 1, 1, 1, 0], [0, 0, 0, 0, 1], patient)
    assert (result.statistic, result.p_value) == (3.0, 0.75)
    assert result.method == "McNemar over patients, exact sign flips"


def test_mcnemar_of_copies_is_that_of_the_patients():
    copies = np.repeat(np.arange(60), 3)
    once = mcnemar_test(Y[:40], A[:40] > 0.5, B[:40] > 0.5)
    thrice = mcnemar_test(*(array[copies[:120]] for array in (Y, A > 0.5, B > 0.5)), copies[:120])
    assert once.method == "McNemar, exact binomial"
    assert thrice.p_value == pytest.approx(once.p_value, abs=1e-12)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_corrected_t_by_hand_and_without_correction_as_scipy():
    differences = np.array([0.1, 0.02, 0.06, 0.08, 0.04])
    result = corrected_resampled_t_test(differences, 80, 20)
    assert result.statistic == pytest.approx(0.06 / np.sqrt((1 / 5 + 1 / 4) * 0.001), rel=1e-12)
    assert result.p_value == pytest.approx(2 * stats.t.sf(result.statistic, 4), rel=1e-12)
    expected = stats.ttest_1samp(differences, 0)
    uncorrected = corrected_resampled_t_test(differences, 1, 1e-300)
    assert uncorrected[:2] == pytest.approx((expected.statistic, expected.pvalue))
    assert uncorrected[3:5] == pytest.approx(tuple(expected.confidence_interval()))
    one_sided = corrected_resampled_t_test(-differences, 80, 20, alternative="greater")
    assert one_sided.p_value == pytest.approx(1 - result.p_value / 2)


def test_corrected_t_where_folds_do_not_differ():
    assert corrected_resampled_t_test([0.0, 0.0, 0.0], 8, 2)[:5] == (0.0, 1.0, 0.0, 0.0, 0.0)
    assert "no variance" in corrected_resampled_t_test([0.1, 0.1], 8, 2).method
    assert "fewer than two folds" in corrected_resampled_t_test([0.1, np.nan], 8, 2).method


@pytest.mark.parametrize("p_values", [[0.01, 0.04, 0.03], [0.5, 0.9, 0.5, 0.001], [0.2], [], [0.01] * 4])
def test_holm_equals_statsmodels(p_values):
    expected = multipletests(p_values, method="holm")[1] if p_values else []
    np.testing.assert_allclose(holm_adjust(p_values), expected, atol=1e-14)


def test_holm_does_not_count_what_was_not_tested():
    np.testing.assert_allclose(holm_adjust([0.02, np.nan, 0.03]), [0.04, np.nan, 0.04])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: holm_adjust([0.1, 1.2]), "p_values holds 1.2"),
        (lambda: delong_test([0, 1], [1, 2], [1, np.nan]), "score_b is nan in row 1"),
        (lambda: delong_test([0, 1, 2], [1, 2, 3], [1, 2, 3]), r"y_true holds \[0, 1, 2\]"),
        (lambda: delong_test([0, 1], [1, 2, 3], [1, 2, 3]), "y_true has 2 cases and score_a has 3"),
        (lambda: mcnemar_test([0, 1], [0, 1], [0.2, 0.7]), "pred_b holds"),
        (lambda: corrected_resampled_t_test([0.1, 0.2], 0, 5), "n_train=0"),
        (lambda: corrected_resampled_t_test([0.1, 0.2], 8, 5, confidence_level=95), "confidence_level"),
        (lambda: delong_test([0, 1], [1, 2], [2, 1], confidence_level=1.0), "confidence_level"),
        (lambda: mcnemar_test([0, 1], [0, 1], [1, 1], confidence_level=-0.5), "confidence_level"),
        (lambda: corrected_resampled_t_test([0.1, 0.2], 5, 5, alternative="less"), "alternative='less'"),
        (lambda: permutation_test([0, 1], [1, 2], n_permutations=0), "n_permutations=0"),
    ],
)
def test_wrong_input(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_tests_keep_their_level():
    spec = importlib.util.spec_from_file_location("check_tests", BENCHMARK)
    check_tests = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check_tests)
    for lesions in (1, 5):
        shares = check_tests.rejections(lambda rng, n=lesions: check_tests.p_values_of_test_set(rng, 60, n), 200)
        # Two standard errors of 200 data sets are 3%.
        assert max(shares.values()) <= 0.08
    told_apart = check_tests.rejections(lambda rng: check_tests.p_values_of_test_set(rng, 60, 5, False), 200)
    assert told_apart["DeLong"] > 0.1


def test_one_patient_of_a_class_has_no_delong_p():
    y = np.arange(30) == 0
    result = delong_test(y, np.r_[29.5, np.arange(29)], np.r_[10.5, np.arange(29)], groups=np.arange(30))
    assert np.isnan(result.p_value)
    assert "one patient of a class" in result.method
    assert result.low < 0 < result.high


def test_labels_of_one_patient_cannot_be_permuted():
    result = permutation_test([0, 1, 0, 1], [0.1, 0.9, 0.2, 0.8], groups=[7, 7, 7, 7])
    assert np.isnan(result.p_value)
    assert result.method == "permutation: undefined, one patient only"


def test_the_bound_of_a_largest_difference_reaches_as_far_as_unseen_patients_can_move_it():
    result = delong_test([0, 0, 1], [1, 2, 3], [2, 3, 1])
    assert (result.difference, result.high) == (1.0, 1.0)
    assert result.low == pytest.approx(1 - 2 * 0.975)
