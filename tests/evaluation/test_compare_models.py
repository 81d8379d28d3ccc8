"""compare_models: the same folds, nothing seen twice, numbers that can be recomputed."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, KFold, StratifiedGroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from radiohers.evaluation import StratifiedGroupShuffleSplit, compare_models
from radiohers.exceptions import CohortError

X, Y = make_classification(n_samples=60, n_features=6, flip_y=0.2, random_state=3)
LR = make_pipeline(StandardScaler(), LogisticRegression())


def compare(models=None, X=X, y=Y, **options):
    return compare_models(models or {"LR": LR}, X, y, **{"n_bootstraps": 200, **options})


class CountingTransformer(TransformerMixin, BaseEstimator):
    """A step that learns nothing and counts how often it is asked."""

    calls = 0

    def __init__(self, factor=1, n_jobs=None):
        self.factor = factor
        self.n_jobs = n_jobs

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        type(self).calls += 1
        return np.asarray(X) * self.factor

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


def test_headline_auc_is_the_mean_over_folds():
    result = compare()
    test = result.predictions.query("part == 'test'")
    aucs = [roc_auc_score(rows["y_true"], rows["score"]) for _, rows in test.groupby(["repeat", "fold"])]
    pooled = [roc_auc_score(rows["y_true"], rows["score"]) for _, rows in test.groupby("repeat")]
    row = result.table(full=True).loc[("LR", "test")]
    assert len(aucs) == 25
    assert row["auc"] == pytest.approx(np.mean(aucs), abs=1e-12)
    assert row["auc_pooled"] == pytest.approx(np.mean(pooled), abs=1e-12)
    assert row["auc_low"] < row["auc"] < row["auc_high"]
    assert row["auc_interval"].startswith("corrected resampled t over folds (Nadeau-Bengio, 4 degrees of freedom)")


def test_every_case_is_tested_once_a_repeat():
    test = compare().predictions.query("part == 'test'")
    assert (test.groupby("case_id").size() == 5).all()
    assert test.groupby("case_id")["repeat"].nunique().eq(5).all()


def test_predictions_are_those_of_a_model_fitted_on_the_training_part():
    result = compare()
    fold = result.folds[7]
    expected = LR.fit(X[fold.train], Y[fold.train]).predict_proba(X[fold.test])[:, 1]
    rows = result.predictions.query("part == 'test' and repeat == @fold.repeat and fold == @fold.fold")
    assert rows["case_id"].tolist() == fold.test.tolist()
    np.testing.assert_array_equal(rows["score"], expected)


def test_one_split_has_delong_and_wilson():
    table = compare(cv=StratifiedGroupShuffleSplit(test_size=0.3)).table(full=True)
    row = table.loc[("LR", "test")]
    assert (row["auc_interval"], row["accuracy_interval"]) == ("DeLong, logit scale", "Wilson")
    assert (row["n_cases"], row["n_folds"]) == (18, 1)


def test_one_split_with_several_lesions_a_patient_is_bootstrapped():
    table = compare(groups=np.arange(60) // 2, cv=StratifiedGroupShuffleSplit(test_size=0.3)).table(full=True)
    assert table.loc[("LR", "test"), "auc_interval"] == "patient bootstrap"


def test_models_get_the_same_folds_and_their_threshold_from_the_training_part():
    result = compare({"LR": LR, "chance": DummyClassifier()})
    wide = result.predictions.pivot(index=["repeat", "fold", "part", "case_id"], columns="model", values="y_true")
    assert not wide.isna().any(axis=None)
    for _, rows in result.predictions.query("model == 'LR'").groupby(["repeat", "fold"]):
        train = rows.query("part == 'train'")
        youden = [
            (train["y_true"] == (train["score"] >= cut)).groupby(train["y_true"]).mean().sum() for cut in train["score"]
        ]
        chosen = (train["y_true"] == train["y_pred"]).groupby(train["y_true"]).mean().sum()
        assert chosen == pytest.approx(max(youden))


def test_chance_is_a_half():
    row = compare({"chance": DummyClassifier()}).table(full=True).loc[("chance", "test")]
    assert (row["auc"], row["auc_low"], row["auc_high"]) == (0.5, 0.5, 0.5)


def test_steps_that_learn_run_in_the_fold():
    rng = np.random.default_rng(0)
    noise, y = rng.normal(size=(60, 3000)), np.arange(60) % 2
    selected = make_pipeline(SelectKBest(k=10), LogisticRegression())
    assert compare({"selected": selected}, noise, y).table().loc[("selected", "test"), "auc"] < 0.65


def test_steps_that_learn_nothing_run_once_for_all_models():
    CountingTransformer.calls = 0
    models = {
        name: Pipeline([("extract", CountingTransformer(factor=2)), ("classifier", LogisticRegression(C=c))])
        for name, c in (("a", 1.0), ("b", 0.1))
    }
    compare(models, stateless=["extract"])
    assert CountingTransformer.calls == 1
    models["c"] = Pipeline([("extract", CountingTransformer(factor=3)), ("classifier", LogisticRegression())])
    compare(models, stateless=["extract"])
    assert CountingTransformer.calls == 3


def test_classifiers_that_ask_for_patients_get_them():
    seen = []

    class AskingClassifier(LogisticRegression):
        def fit(self, X, y, groups=None):
            seen.append(groups)
            return super().fit(X, y)

    groups = np.arange(60) // 2
    result = compare({"asks": make_pipeline(StandardScaler(), AskingClassifier())}, groups=groups)
    for fold, given in zip(result.folds, seen, strict=True):
        np.testing.assert_array_equal(given, groups[fold.train])


def test_number_of_jobs_does_not_change_a_bit():
    pd.testing.assert_frame_equal(compare().predictions, compare(n_jobs=2).predictions, check_exact=True)


def test_text_labels_in_either_order():
    expected = compare().table().loc[("LR", "test"), "auc"]
    for names in (["a-neg", "b-pos"], ["z-neg", "y-pos"]):
        result = compare(y=np.array(names)[Y], positive=names[1])
        assert (result.positive, result.negative) == (names[1], names[0])
        assert result.table().loc[("LR", "test"), "auc"] == pytest.approx(expected)


def test_decision_functions_are_turned_towards_the_positive_class():
    forward = compare({"ridge": RidgeClassifier()}).table().loc[("ridge", "test"), "auc"]
    backward = compare({"ridge": RidgeClassifier()}, positive=0).table().loc[("ridge", "test"), "auc"]
    assert forward == pytest.approx(backward)
    assert forward > 0.6


def test_a_split_that_cuts_patients_is_labelled_in_table_figures_and_report():
    result = compare(groups=np.arange(60) // 2, cv=KFold(5, shuffle=True, random_state=0))
    assert "OPTIMISTIC" in result.table()["split"].iloc[0]
    assert "OPTIMISTIC" in repr(result)
    assert "OPTIMISTIC" in result.plot_roc().ax_.get_title()
    assert any("OPTIMISTIC" in note for note in result.to_dict()["words"]["notes"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"y": Y[:50]}, "X has 60 cases and y has 50 entries"),
        ({"y": np.zeros(60, dtype=int)}, "every label is 0 \\(60 rows\\), where two classes are needed"),
        ({"y": np.where(Y, "p", "n")}, "which of them is positive is not told. Pass positive="),
        ({"y": np.where(np.arange(60) == 3, np.nan, Y)}, "y is missing for 1 cases, the first is 3"),
        ({"groups": np.arange(5)}, "X has 60 cases and groups has 5 entries"),
        ({"X": pd.DataFrame(X, index=["a"] * 60)}, "'a' names more than one case"),
    ],
)
def test_wrong_input(change, said):
    with pytest.raises(CohortError, match=said):
        compare(**change)


def test_no_models():
    with pytest.raises(ValueError, match="models is empty"):
        compare_models({}, X, Y)


def test_threshold_for_a_model_fitted_on_all_cases():
    result = compare()
    assert (
        result.threshold("LR")
        == result.predictions.query("part == 'test'").groupby(["repeat", "fold"])["threshold"].first().median()
    )


def test_the_inner_folds_of_a_search_get_the_patients():
    search = GridSearchCV(LR, {"logisticregression__C": [0.1, 1.0]}, cv=StratifiedGroupKFold(3))
    assert compare({"search": search}, groups=np.arange(60) // 2).split == "patient-level"


def test_the_legend_names_the_level_of_its_intervals():
    assert compare(confidence_level=0.9).plot_roc().ax_.get_legend().get_title().get_text() == "AUC (90% CI)"


def test_the_note_names_every_method_of_the_table():
    forest = RandomForestClassifier(20, bootstrap=False, random_state=0)
    result = compare({"LR": LR, "RF": forest})
    notes = "".join(result.to_dict()["words"]["sections"]["performance"]["lines"])
    methods = set(result.table(full=True).filter(like="_interval").to_numpy().ravel())
    assert len(methods) > 3
    assert [method for method in methods if method not in notes and "undefined" not in method] == []
