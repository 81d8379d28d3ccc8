"""One judge for tables, tests, figures and audit: its numbers are theirs, bit for bit."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from radiohers.evaluation import StratifiedGroupShuffleSplit, compare_models
from radiohers.results import Judge

X, Y = make_classification(n_samples=60, n_features=6, flip_y=0.2, random_state=3)
ONE_SPLIT = StratifiedGroupShuffleSplit(test_size=0.5)
AUC = ["auc", "auc_low", "auc_high", "auc_interval"]


@pytest.fixture(
    scope="module",
    params=[(5, 2), (5, None), (ONE_SPLIT, 2), (ONE_SPLIT, 1)],
    ids=["folds", "folds by case", "one split", "one split, a case a patient"],
)
def result(request):
    cv, n_cases = request.param
    groups = None if n_cases is None else np.arange(60) // n_cases
    models = {"LR": LogisticRegression(), "NB": GaussianNB()}
    return compare_models(models, X, Y, groups, cv=cv, n_bootstraps=100)


@pytest.mark.parametrize("part", ["test", "train"])
def test_auc_is_that_of_the_table(result, part):
    table = result.table(full=True)
    for model in result.models:
        auc = result.judge(part).table_interval(result.predictions.query("model == @model"))
        assert [auc.value, auc.low, auc.high, auc.method] == table.loc[(model, part), AUC].tolist()


def test_difference_of_judged_aucs_is_that_of_the_pairs(result):
    judge = result.judge()
    difference = judge.difference(judge.aucs["LR"], judge.aucs["NB"])
    row = result.compare().loc[("LR", "NB")]
    bounds = row[["difference", "difference_low", "difference_high"]].tolist()
    assert [difference.value, difference.low, difference.high] == pytest.approx(bounds)
    assert difference.method == row["difference_interval"]


def test_patients_are_drawn_once_a_part(result):
    assert result.judge() is result.judge("test")
    assert result.judge().weights is result.judge().weights
    assert result.judge("train") is not result.judge("test")


def test_other_models_are_judged_on_the_same_patients(result):
    rows = result.predictions.query("model == 'NB'")
    alone = Judge(rows, n_bootstraps=100, design=result.judge().design)
    np.testing.assert_array_equal(alone.judge(rows).draws, result.judge().aucs["NB"].draws)
