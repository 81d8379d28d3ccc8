"""The models of a comparison against each other and against chance."""

import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.naive_bayes import GaussianNB

from radiohers.evaluation import StratifiedGroupShuffleSplit, compare_models
from radiohers.metrics import corrected_resampled_t_test, delong_test, holm_adjust, mcnemar_test, permutation_test

X, Y = make_classification(n_samples=60, n_features=6, flip_y=0.2, random_state=3)
PATIENT = np.arange(60) // 2
MODELS = {"LR": LogisticRegression(), "LR again": LogisticRegression(), "NB": GaussianNB(), "chance": DummyClassifier()}


@pytest.fixture(scope="module")
def repeated():
    return compare_models(MODELS, X, Y, groups=PATIENT, n_bootstraps=200)


@pytest.fixture(scope="module")
def single():
    return compare_models(MODELS, X, Y, cv=StratifiedGroupShuffleSplit(test_size=0.5), n_bootstraps=200)


def scores_of(result, model):
    return result.predictions.query("model == @model and part == 'test'").reset_index()


def test_one_row_a_pair_with_everything_told(repeated):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = repeated.compare()
    assert table.index.names == ["model_a", "model_b"]
    assert len(table) == 6
    row = table.loc[("LR", "NB")]
    assert row["difference"] == pytest.approx(row["auc_a"] - row["auc_b"], abs=1e-14)
    assert row["auc_a"] == pytest.approx(repeated.table().loc[("LR", "test"), "auc"], abs=1e-14)
    assert row["difference_low"] < row["difference"] < row["difference_high"]
    assert row["difference_interval"].startswith("corrected resampled t over folds (Nadeau-Bengio, 4 degrees")
    assert row[["n_cases", "n_patients", "n_folds", "split"]].tolist() == [60, 30, 25, "patient-level"]
    assert row["delong_method"] == "DeLong, paired, patients as clusters (Obuchowski), mean over folds"
    assert row["mcnemar_method"] == "McNemar over patients, exact sign flips"


def test_the_same_model_twice_does_not_differ(repeated):
    row = repeated.compare().loc[("LR", "LR again")]
    assert row[["difference", "difference_low", "difference_high"]].tolist() == [0, 0, 0]
    assert row[["p_delong", "p_resampled_t", "p_mcnemar"]].tolist() == [1, 1, 1]


def test_p_values_are_adjusted_over_the_pairs(repeated):
    table = repeated.compare()
    for name in ("delong", "resampled_t", "mcnemar"):
        np.testing.assert_array_equal(table[f"p_{name}_holm"], holm_adjust(table[f"p_{name}"]))


def test_one_split_is_tested_as_the_pure_functions_do(single):
    a, b = scores_of(single, "LR"), scores_of(single, "NB")
    row = single.compare().loc[("LR", "NB")]
    assert row["p_delong"] == delong_test(a["y_true"], a["score"], b["score"]).p_value
    assert row["p_mcnemar"] == mcnemar_test(a["y_true"], a["y_pred"], b["y_pred"]).p_value
    assert np.isnan(row["p_resampled_t"])
    assert row["resampled_t_method"].endswith("undefined, fewer than two folds")
    chance = single.against_chance().loc["LR"]
    assert chance["p_permutation"] == permutation_test(a["y_true"], a["score"]).p_value


def test_resampled_t_takes_the_aucs_of_the_folds(repeated):
    folds = [
        scores_of(repeated, model)
        .groupby(["repeat", "fold"])
        .apply(lambda rows: roc_auc_score(rows["y_true"], rows["score"]))
        .to_numpy()
        for model in ("LR", "NB")
    ]
    expected = corrected_resampled_t_test(folds[0] - folds[1], 24, 6, degrees_of_freedom=4)
    assert repeated.compare().loc[("LR", "NB"), "p_resampled_t"] == pytest.approx(expected.p_value)


def test_a_repeat_more_of_the_same_changes_no_p_of_delong_and_mcnemar():
    halves = [(np.arange(30), np.arange(30, 60)), (np.arange(30, 60), np.arange(30))]
    models = {"LR": LogisticRegression(), "NB": GaussianNB()}
    once, thrice = (
        compare_models(models, X, Y, groups=PATIENT, cv=halves * n, n_bootstraps=200).compare().squeeze()
        for n in (1, 3)
    )
    assert once["n_folds"] * 3 == thrice["n_folds"]
    for column in ("p_delong", "p_mcnemar", "difference"):
        assert thrice[column] == pytest.approx(once[column], rel=1e-10)


def test_perfect_models_and_constant_ones():
    y = np.arange(40) % 2
    models = {"LR": LogisticRegression(), "NB": GaussianNB(), "chance": DummyClassifier()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = compare_models(models, np.column_stack([y + 0.01 * np.arange(40), y]), y, n_bootstraps=200)
        table, chance = result.compare(), result.against_chance(n_permutations=200)
    perfect = table.loc[("LR", "NB")]
    assert perfect[["auc_a", "auc_b", "difference", "p_delong", "p_resampled_t"]].tolist() == [1, 1, 0, 1, 1]
    assert perfect["difference_low"] < 0 < perfect["difference_high"]
    assert np.isnan(table.loc[("LR", "chance"), "p_delong"])
    assert chance.loc["chance", "p_permutation"] == 1.0
    assert chance.loc["LR", "p_permutation"] == 1 / 201


def test_one_model_has_no_pairs():
    table = compare_models({"LR": LogisticRegression()}, X, Y, cv=3, n_bootstraps=100).compare()
    assert table.empty
    assert "p_delong_holm" in table.columns


def test_training_cases_are_not_tested(single):
    with pytest.raises(ValueError, match="part='train' cannot be tested: the models were fitted on these cases"):
        single.compare("train")


def test_models_against_chance(repeated):
    table = repeated.against_chance(n_permutations=500)
    assert table.loc["LR", "p_permutation"] < 0.01
    assert table.loc["LR", "p_resampled_t"] < 0.05
    assert table.loc["chance", ["p_permutation", "p_resampled_t"]].tolist() == [1, 1]
    np.testing.assert_array_equal(table["p_permutation_holm"], holm_adjust(table["p_permutation"]))
    assert table.loc["LR", "auc_low"] == repeated.table().loc[("LR", "test"), "auc_low"]
    assert "p_refit" not in table


class Memory(ClassifierMixin, BaseEstimator):
    """Tells the labels of the cases that it was fitted on from their numbers, and of no others."""

    def fit(self, X, y, groups=None):
        assert set(y) == {"neg", "pos"}
        assert groups is not None
        self.classes_, self.seen_ = np.unique(y), dict(zip(X[:, 0], y == "pos", strict=True))
        return self

    def predict_proba(self, X):
        score = np.array([float(self.seen_.get(key, key % 7 / 7)) for key in X[:, 0]])
        return np.column_stack([1 - score, score])


def test_models_fitted_anew_on_permuted_labels():
    labels = np.where(Y == 1, "pos", "neg")
    numbers = np.column_stack([np.arange(60), X[:, 0] + Y])
    models = {"memory": Memory(), "NB": GaussianNB()}
    result = compare_models(models, numbers, labels, groups=PATIENT, positive="pos", cv=3, n_bootstraps=100)
    table = result.against_chance(n_permutations=100, n_refits=19)
    assert table.loc["NB", "p_refit"] == 1 / 20
    assert table.loc["memory", "p_refit"] > 0.1
    assert table.loc["NB", "refit_method"].startswith("permutation of all labels over patients, models fitted anew, 19")
    two = result.against_chance(n_permutations=100, n_refits=19, n_jobs=2)
    np.testing.assert_array_equal(table["p_refit"], two["p_refit"])


@pytest.mark.parametrize(("n", "level", "fewest"), [(1, 0.95, 19), (18, 0.95, 19), (8, 0.9, 9), (98, 0.99, 99)])
def test_too_few_permutations_are_not_run(n, level, fewest):
    models = {"NB": GaussianNB()}
    result = compare_models(models, X, Y, groups=PATIENT, cv=3, n_bootstraps=100, confidence_level=level)
    row = result.against_chance(n_permutations=n, n_refits=n).loc["NB"]
    for test in ("permutation", "refit"):
        assert np.isnan(row[f"p_{test}"])
        assert row[f"{test}_method"].startswith(f"not run: with n_{test}s={n} p cannot be below")
        assert f"to {fewest} or more" in row[f"{test}_method"]
    assert row["p_resampled_t"] > 0
    assert result.against_chance(n_permutations=fewest).loc["NB", "p_permutation"] >= 1 / (1 + fewest)
