"""Searches inside the folds: inner folds by patient, the patients handed on, the chosen parameters told."""

import numpy as np
import optuna
import pandas as pd
import pytest
from joblib import parallel_config
from optuna.distributions import FloatDistribution
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    RandomizedSearchCV,
    StratifiedGroupKFold,
    check_cv,
    cross_val_score,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from radiohers.estimators import TorchMLPClassifier
from radiohers.estimators._validation_split import split_validation
from radiohers.evaluation import LearningCurveDisplay, RepeatedStratifiedGroupKFold, compare_models

# Three images of each of 20 patients, who can be recognised; their labels cannot be told from them.
PATIENT = np.repeat(np.arange(20), 3)
Y = np.random.default_rng(4).permutation(np.arange(20) % 2)[PATIENT]
X = np.column_stack([np.random.default_rng(0).normal(size=(20, 3))[PATIENT], PATIENT, np.arange(60)])
X[:, :3] += 0.01 * np.random.default_rng(1).normal(size=(60, 3))
SEEN = []


def compare(model, cv=3, **options):
    return compare_models({"model": model}, X, Y, groups=PATIENT, cv=cv, n_bootstraps=100, **options)


class Spy(ClassifierMixin, BaseEstimator):
    """Notes which patients it was fitted on, which it was told of, and which it predicts."""

    def __init__(self, C=1.0):
        self.C = C

    def fit(self, X, y, groups=None):
        self.classes_, self.fitted_on_ = np.unique(y), set(X[:, 3])
        SEEN.append((X[:, 3], groups))
        return self

    def predict_proba(self, X):
        SEEN.append((self.fitted_on_, set(X[:, 3])))
        return np.column_stack([1 - X[:, 4] / 60, X[:, 4] / 60])

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class StudySearch(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """What optuna-integration's OptunaSearchCV does, as far as others rely on it."""

    def __init__(self, estimator, param_distributions, cv=None, n_trials=3):
        self.estimator = estimator
        self.param_distributions = param_distributions
        self.cv = cv
        self.n_trials = n_trials

    def fit(self, X, y, groups=None, **fit_params):
        cv = check_cv(self.cv, y, classifier=True)

        def objective(trial):
            params = {name: trial._suggest(name, space) for name, space in self.param_distributions.items()}
            model = clone(self.estimator).set_params(**params)
            return cross_val_score(model, X, y, groups=groups, cv=cv, params=fit_params).mean()

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
        study.optimize(objective, n_trials=self.n_trials)
        self.best_params_, self.best_score_ = study.best_params, study.best_value
        self.best_estimator_ = clone(self.estimator).set_params(**self.best_params_).fit(X, y, **fit_params)
        self.classes_ = self.best_estimator_.classes_
        return self

    def predict_proba(self, X):
        return self.best_estimator_.predict_proba(X)


@pytest.fixture(autouse=True)
def forget():
    SEEN.clear()


def grid(estimator=None, cv=None, name="C", **options):
    return GridSearchCV(estimator or Spy(), {name: [0.1, 1.0]}, cv=cv, scoring="roc_auc", **options)


SEARCHES = {
    "classifier": grid(),
    "number": grid(cv=2),
    "splitter": grid(cv=StratifiedGroupKFold(3)),
    "repeated splitter": grid(cv=RepeatedStratifiedGroupKFold(2, n_repeats=2)),
    "pipeline": grid(make_pipeline(FunctionTransformer(), Spy()), name="spy__C"),
    "at the end of a pipeline": make_pipeline(FunctionTransformer(), grid()),
    "pipeline in a pipeline": make_pipeline(
        FunctionTransformer(), grid(make_pipeline(FunctionTransformer(), Spy()), name="spy__C")
    ),
    "random": RandomizedSearchCV(Spy(), {"C": loguniform(0.1, 10)}, n_iter=2, random_state=0),
    "halving": HalvingGridSearchCV(Spy(), {"C": [0.1, 1.0]}, random_state=0, min_resources=30),
    "optuna": StudySearch(make_pipeline(Spy()), {"spy__C": FloatDistribution(0.1, 1.0)}),
    "two fits at a time": grid(n_jobs=2),
}


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_inner_folds_cut_no_patient_and_the_classifier_is_told_its_patients(search):
    # Threads, so that the spy writes into this process's list.
    with parallel_config(backend="threading"):
        result = compare(search)
    fitted = [(seen, told) for seen, told in SEEN if isinstance(seen, np.ndarray)]
    predicted = [(on, of) for on, of in SEEN if isinstance(on, set) and on != of]
    assert len(fitted) > 3 * 3
    assert len(predicted) >= 3 * 3
    assert all((seen == told).all() for seen, told in fitted)
    assert all(on.isdisjoint(of) for on, of in predicted)
    assert result.chosen_params.shape == (3, 6)


def test_inner_folds_by_image_would_choose_what_recognises_patients():
    neighbours = {"n_neighbors": [1, 15]}
    by_image = GridSearchCV(
        KNeighborsClassifier(), neighbours, scoring="roc_auc", cv=KFold(5, shuffle=True, random_state=0)
    )
    assert by_image.fit(X[:, :3], Y).best_score_ > 0.9
    by_patient = GridSearchCV(KNeighborsClassifier(), neighbours, scoring="roc_auc")
    result = compare_models({"kNN": by_patient}, X[:, :3], Y, groups=PATIENT, cv=3, n_bootstraps=100)
    assert result.chosen_params["inner_score"].mean() < 0.75


@pytest.mark.parametrize("cv", [KFold(3), KFold(3, shuffle=True), [(np.arange(10), np.arange(10, 20))]])
def test_a_splitter_that_cuts_patients_is_refused_before_any_work(cv):
    with pytest.raises(ValueError, match=r"model 'model': the inner folds of GridSearchCV.* on both sides"):
        compare(grid(cv=cv))
    assert SEEN == []


def test_a_search_that_cannot_predict():
    with pytest.raises(ValueError, match="model 'model': GridSearchCV has refit=False"):
        compare(grid(refit=False))


def test_a_search_that_cannot_hand_on_the_patients():
    with pytest.raises(ValueError, match="Spy takes the patients in fit, and StudySearch has no way to hand them on"):
        compare(StudySearch(Spy(), {"C": FloatDistribution(0.1, 1.0)}))


def test_classifiers_of_two_kinds_in_one_search():
    search = GridSearchCV(Pipeline([("last", Spy())]), {"last": [Spy(), LogisticRegression()]})
    with pytest.raises(ValueError, match="some take the patients in fit and some do not"):
        compare(search)


def test_too_few_patients_for_inner_folds():
    lonely = np.where(PATIENT < 2, 1, 0)
    with pytest.raises(ValueError, match="needs two patients of each class"):
        compare_models({"model": grid()}, X, lonely, groups=PATIENT, cv=2)


def test_no_more_inner_folds_than_patients_of_a_class():
    rare = np.where(PATIENT < 4, 1, 0)
    result = compare_models({"model": grid(LogisticRegression())}, X, rare, groups=PATIENT, cv=2, n_bootstraps=100)
    assert result.chosen_params["inner_cv"].str.startswith("StratifiedGroupKFold(n_splits=2,").all()


LR_SEARCH = GridSearchCV(
    make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [1e-4, 1.0]}, scoring="roc_auc"
)


def test_chosen_parameters_are_those_of_a_search_by_hand():
    result = compare_models({"search": LR_SEARCH, "LR": LogisticRegression()}, X, Y, groups=PATIENT, cv=3)
    train = result.folds[1].train
    by_hand = clone(LR_SEARCH).set_params(cv=StratifiedGroupKFold(5, shuffle=True, random_state=0))
    by_hand.fit(X[train], Y[train], groups=PATIENT[train])
    row = result.chosen_params.query("fold == 1").squeeze()
    assert result.chosen_params["model"].unique().tolist() == ["search"]
    assert (row["logisticregression__C"], row["inner_score"]) == (
        by_hand.best_params_["logisticregression__C"],
        by_hand.best_score_,
    )
    assert row["inner_cv"] == "StratifiedGroupKFold(n_splits=5, random_state=0, shuffle=True)"
    assert LR_SEARCH.cv is None


def test_without_a_search_nothing_was_chosen():
    chosen = compare(LogisticRegression()).chosen_params
    assert chosen.columns.tolist() == ["model", "repeat", "fold", "inner_score", "inner_cv"]
    assert chosen.empty


def test_same_bits_whatever_n_jobs():
    one = compare(LR_SEARCH)
    for other in (compare(LR_SEARCH, n_jobs=2), compare(clone(LR_SEARCH).set_params(n_jobs=2))):
        pd.testing.assert_frame_equal(one.predictions, other.predictions, check_exact=True)
        pd.testing.assert_frame_equal(one.chosen_params, other.chosen_params, check_exact=True)


def test_a_network_holds_out_patients_of_the_inner_training_cases(monkeypatch):
    told = []
    monkeypatch.setattr(
        "radiohers.estimators._mlp.split_validation",
        lambda y, groups, *args: told.append(groups) or split_validation(y, groups, *args),
    )
    network = TorchMLPClassifier((2,), max_epochs=1, early_stopping=True, random_state=0)
    compare(GridSearchCV(network, {"lr": [0.1, 1.0]}, cv=2))
    # In each of 3 folds, 2 candidates on 2 inner folds, then the better one on all training cases.
    assert len(told) == 3 * (2 * 2 + 1)
    assert all(
        np.isin(groups, PATIENT).all() and (np.bincount(groups)[np.unique(groups)] == 3).all() for groups in told
    )


class Extractor(FunctionTransformer):
    """A step that learns nothing and counts how often it is asked."""

    calls = 0

    def __init__(self, factor=1):
        super().__init__()
        self.factor = factor

    def transform(self, X):
        type(self).calls += 1
        return X[:, :3] * self.factor


@pytest.mark.parametrize(
    ("space", "calls"),
    [({"lr__C": [0.1, 1]}, 1), ({"extract__factor": [1, 2]}, None), ({"extract": [Extractor()]}, None)],
)
def test_extraction_runs_once_unless_it_is_searched(space, calls):
    Extractor.calls = 0
    pipeline = Pipeline([("extract", Extractor()), ("scale", StandardScaler()), ("lr", LogisticRegression())])
    chosen = compare(GridSearchCV(pipeline, space), stateless=["extract"]).chosen_params
    assert Extractor.calls == calls or (calls is None and Extractor.calls > 3)
    assert list(space) == chosen.columns[5:].tolist()


def test_first_fold_and_learning_curve():
    result = compare(LR_SEARCH)
    assert result.fit_first_fold("model").best_params_["logisticregression__C"] in (1e-4, 1.0)
    curve = LearningCurveDisplay.from_comparison(result)
    assert curve.curves["n_train"].max() == 40
