"""Folds, labels and scores that are unlike the usual ones: no false number, and an error that says what to do."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, LeaveOneGroupOut, PredefinedSplit, ShuffleSplit, StratifiedKFold

from radiohers import compare_models, read_cohort
from radiohers.datasets import make_ct_cohort
from radiohers.evaluation import RepeatedStratifiedGroupKFold, StratifiedGroupShuffleSplit, audit
from radiohers.exceptions import CohortError
from radiohers.report import comparison_document
from radiohers.results._cross_validated import fold_design

MODELS = {"LR": LogisticRegression(), "LR2": LogisticRegression(C=0.01)}


def sections(result):
    """The words of a report without figures."""
    return comparison_document(result, [])["words"]["sections"]


class FirstFeature(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X):
        return np.where(X[:, 0] > 1, np.nan, X[:, 0])


def cases(n=24):
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    return rng.normal(size=(n, 3)) + y[:, None], y


def compared(models=MODELS, n=24, **settings):
    return compare_models(models, *cases(n), **{"n_bootstraps": 100, **settings})


@pytest.fixture(scope="module")
def left_one_out():
    return compared(cv=LeaveOneGroupOut(), groups=np.arange(24))


def test_an_undefined_auc_is_never_significant(left_one_out):
    chance = left_one_out.against_chance(n_permutations=10, n_refits=2)
    assert chance[["auc", "p_permutation", "p_resampled_t", "p_refit"]].isna().all(axis=None)
    assert "one class only" in chance.loc["LR", "refit_method"]


def test_an_undefined_auc_has_no_interval_that_holds_chance(left_one_out):
    words = sections(left_one_out)
    assert words["summary"]["found"][0]["text"].endswith("Not shown to beat chance: there is no interval of the AUC.")
    assert words["comparison"]["tables"][0]["rows"][0][1] == "none – none"


@pytest.mark.parametrize(
    ("cv", "degrees_of_freedom"),
    [
        (RepeatedStratifiedGroupKFold(4, n_repeats=3), 3),
        (ShuffleSplit(10, test_size=0.1, random_state=0), 9),
        (ShuffleSplit(6, test_size=0.6, random_state=0), 5),
        (PredefinedSplit(np.repeat([-1, 0, 1], 8)), 1),
        ([*StratifiedKFold(2).split(*cases()), *StratifiedKFold(4).split(*cases())], 3),
        ([*KFold(4).split(np.zeros(24)), *list(KFold(4).split(np.zeros(24)))[:2]], 3),
    ],
)
def test_degrees_of_freedom(cv, degrees_of_freedom):
    assert fold_design(compared(cv=cv).predictions).degrees_of_freedom == degrees_of_freedom


def test_masks_are_taken_as_positions():
    first = np.arange(24) < 12
    folds = compared(cv=[(first, ~first), (~first, first)]).folds
    assert [(fold.repeat, fold.fold, len(fold.train)) for fold in folds] == [(0, 0, 12), (0, 1, 12)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"models": {"first": FirstFeature()}, "threshold": 0.5, "cv": 2}, "scores of model 'first'.*finite"),
        ({"groups": [None, *range(23)]}, "groups is missing for 1 cases, the first is 0"),
        ({"groups": [np.nan, np.nan, *range(22)]}, "groups is missing for 2 cases"),
        ({"cv": []}, "no folds"),
        ({"cv": [(np.arange(24), [])]}, "is empty"),
    ],
)
def test_what_cannot_be_compared_is_named(settings, message):
    with pytest.raises(CohortError, match=message):
        compared(**settings)


def test_a_stratified_split_needs_two_patients_of_each_class():
    X, y = cases(9)
    with pytest.raises(CohortError, match="2 patients of each class"):
        compare_models(MODELS, X, y, groups=[0, 1, 1, 2, 2, 3, 3, 4, 4], cv=StratifiedGroupShuffleSplit())


def test_the_advice_for_one_patient_of_a_class_is_not_two_folds():
    with pytest.raises(CohortError, match="has a positive case. Use more patients"):
        compare_models(MODELS, cases()[0], np.arange(24) < 3, groups=[0, 0, 0, *range(1, 22)], cv=2)


def test_a_threshold_and_a_name_that_mean_nothing():
    with pytest.raises(ValueError, match="threshold"):
        compared(threshold=float("nan"))
    with pytest.raises(ValueError, match="no text"):
        compared(models={1: LogisticRegression()})


def test_the_confidence_level_is_not_rounded():
    result = compared(cv=2, confidence_level=0.975)
    words = sections(result)
    assert words["settings"]["definitions"][0]["values"]["confidence level"] == "97.5%"
    assert "Intervals are 97.5% confidence" in words["methods"]["quote"]


def test_methods_say_how_many_cases_were_tested():
    result = compared(cv=PredefinedSplit(np.repeat([-1, 0, 1], 8)))
    text = sections(result)["methods"]["quote"]
    assert "the same folds of 24 lesions, 12 of the lesions positive" in text
    assert "Patients were not given, so the split was by lesion" in text
    assert "of which 16 were in a test part" in text
    assert "cross-validation: as given, by positions" in text


def test_methods_name_the_intervals_of_the_test_parts():
    result = compared(models={"LR": LogisticRegression()}, cv=3)
    assert (
        f"(AUC: {result.table(full=True).loc[('LR', 'test'), 'auc_interval']})" in sections(result)["methods"]["quote"]
    )


def test_one_case_of_a_class_gives_no_narrow_difference():
    X, y = cases()
    y[1:24:2] = np.arange(12) < 3
    train, test = np.r_[0:4, 12:24], np.arange(4, 12)
    pair = compare_models(MODELS, X, y, cv=[(train, test)], n_bootstraps=100).compare().iloc[0]
    assert pair["n_positive"] == 1
    assert pair["difference_high"] - pair["difference_low"] > 0.9
    assert np.isnan(pair["p_delong"])


def test_a_test_part_of_one_class_is_reported():
    result = compared(models={"LR": LogisticRegression()}, cv=[(np.arange(20), [21, 23])])
    assert result.plot_decision_curve().thresholds.mean() == pytest.approx(0.5)


def test_confusion_says_that_its_intervals_are_not_the_tables():
    assert "the table's sensitivity" in compared(cv=2).plot_confusion().caption
    assert "the table's sensitivity" not in compared(cv=StratifiedGroupShuffleSplit()).plot_confusion().caption


def test_an_audit_without_an_auc_says_so(tmp_path):
    cohort = read_cohort(make_ct_cohort(tmp_path, n_patients=6, shape=(8, 32, 40)), target="her2")
    X = pd.DataFrame({"noise": np.arange(6.0) % 4}, index=cohort.y.index)
    models = {"LR": LogisticRegression()}
    result = compare_models(models, X, cohort.y, groups=cohort.groups, cv=LeaveOneGroupOut(), n_bootstraps=100)
    checks = ["chance", "clinical", "lesion volume", "shuffled labels", "majority class"]
    lines = audit(result, cohort, checks=checks, n_permutations=2).table()
    levels = lines.set_index("check")["level"]
    assert levels.drop(["chance", "majority class"]).unique().tolist() == ["not run"]
    # Of 3 and 3 cases, the more frequent class of those left in is never that of the one left out.
    assert "right in 50% of cases" in lines.set_index("check").loc["majority class", "message"]
    assert not lines["message"].str.contains("nan").any()
