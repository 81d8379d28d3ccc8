"""The positive class reaches the scorers of searches, and thresholds of a model's own are used."""

import numpy as np
import pytest
from sklearn.feature_selection import RFECV
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.metrics import average_precision_score, f1_score, fbeta_score, make_scorer, precision_score
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, TunedThresholdClassifierCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from radiohers import compare_models
from radiohers.evaluation._positive_class import tell_positive
from radiohers.folds._own_threshold import own_threshold

RNG = np.random.default_rng(0)
IS_POSITIVE = np.arange(60) % 3 == 0
X = RNG.normal(size=(60, 4)) + 0.8 * IS_POSITIVE[:, None]
# The positive class sorts first, last, is True, or 0.
LABELS = [("HER2+", "negative"), ("positive", "negative"), (True, False), (0, 1), (1, 0), ("a", "b")]


def compare(model, labels, **options):
    y = np.where(IS_POSITIVE, *labels) if isinstance(labels[0], str) else np.array(labels)[(~IS_POSITIVE).astype(int)]
    return compare_models({"m": model}, X, y, **{"cv": 3, "n_bootstraps": 100, "positive": labels[0], **options})


def search(scoring, estimator=None, **options):
    return GridSearchCV(estimator or LogisticRegression(), {}, scoring=scoring, cv=3, **options)


SCORINGS = [
    "f1",
    "precision",
    "recall",
    "jaccard",
    "average_precision",
    "neg_brier_score",
    make_scorer(f1_score),
    make_scorer(fbeta_score, beta=2),
    make_scorer(average_precision_score, response_method=("decision_function", "predict_proba")),
]


@pytest.mark.parametrize("scoring", SCORINGS, ids=str)
def test_inner_scores_are_of_the_positive_class_whatever_it_is_called(scoring):
    scores = [compare(search(scoring), labels).chosen_params["inner_score"].round(10).tolist() for labels in LABELS]
    assert all(found == scores[0] for found in scores)
    assert not np.isnan(scores[0]).any()


@pytest.mark.parametrize(
    "model",
    [
        search({"f1": "f1", "auc": "roc_auc"}, refit="f1"),
        search(["f1", "recall"], refit="f1"),
        make_pipeline(StandardScaler(), search("f1")),
    ],
)
def test_several_scorings_and_searches_at_the_end(model):
    scores = [compare(model, labels).chosen_params["inner_score"].round(10).tolist() for labels in LABELS]
    assert all(found == scores[0] for found in scores)


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegressionCV(Cs=2, scoring="f1", cv=2, l1_ratios=(0,), use_legacy_attributes=False),
        RFECV(LogisticRegression(), scoring="precision", cv=2),
        TunedThresholdClassifierCV(LogisticRegression(), scoring="f1", cv=2),
    ],
    ids=lambda model: type(model).__name__,
)
def test_whatever_scores_is_told(model):
    told = tell_positive(model, "HER2+")
    assert told.scoring._kwargs["pos_label"] == "HER2+"


@pytest.mark.parametrize("scoring", ["roc_auc", "accuracy", None, make_scorer(precision_score, pos_label="b")])
def test_what_needs_no_telling_is_left_alone(scoring):
    assert tell_positive(search(scoring), "a").scoring is scoring


@pytest.mark.parametrize(
    "model", [search(make_scorer(f1_score, pos_label="typo")), make_pipeline(StandardScaler(), search("r2"))]
)
@pytest.mark.filterwarnings("ignore")
def test_inner_scores_that_are_all_nan_are_an_error(model):
    with pytest.raises(ValueError, match="inner scores of GridSearchCV, .* are NaN for all candidates"):
        compare(model, ("HER2+", "negative"))


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize(
    "model",
    [
        FixedThresholdClassifier(GaussianNB(), threshold=0.2),
        make_pipeline(StandardScaler(), FixedThresholdClassifier(GaussianNB(), threshold=0.2)),
        GridSearchCV(FixedThresholdClassifier(GaussianNB()), {"threshold": [0.2]}, scoring="roc_auc", cv=2),
    ],
    ids=["alone", "in a pipeline", "in a search"],
)
def test_a_threshold_of_the_models_own_is_of_the_positive_class(model, labels):
    rows = compare(model, labels).predictions
    assert set(rows["threshold"]) == {0.2}
    np.testing.assert_array_equal(rows["y_pred"], rows["score"] >= 0.2)


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("scoring", ["f1", "balanced_accuracy"])
def test_a_tuned_threshold_calls_what_it_calls(labels, scoring):
    model = TunedThresholdClassifierCV(GaussianNB(), scoring=scoring, cv=3, thresholds=10)
    result = compare(model, labels)
    rows = result.predictions
    # Of the class that sorts first it is 1 less the threshold of the other, to the last digit or so.
    apart = (rows["score"] - rows["threshold"]).abs() > 1e-12
    np.testing.assert_array_equal(rows["y_pred"][apart], (rows["score"] >= rows["threshold"])[apart])
    assert apart.mean() > 0.9
    assert rows.groupby("fold")["threshold"].nunique().max() == 1


def test_without_one_the_threshold_is_chosen_on_the_training_part():
    assert own_threshold(GaussianNB().fit(X, IS_POSITIVE), True) is None
    assert own_threshold(FixedThresholdClassifier(LogisticRegression()).fit(X, IS_POSITIVE), True) == (0.5, True)
    by_margin = FixedThresholdClassifier(LogisticRegression(), response_method="decision_function")
    assert own_threshold(by_margin.fit(X, IS_POSITIVE), True) == (0.0, False)
