"""Whatever holds out cases inside a model deals them by patient, or is named as cutting patients."""

import numpy as np
import pytest
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import make_pipeline as make_sampling_pipeline
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import RFECV, SequentialFeatureSelector
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, RidgeClassifierCV, SGDClassifier
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    GroupKFold,
    KFold,
    RandomizedSearchCV,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    TunedThresholdClassifierCV,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from radiohers import compare_models
from radiohers.estimators import TorchMLPClassifier

PATIENT = np.repeat(np.arange(20), 3)
Y = np.random.default_rng(4).permutation(np.arange(20) % 2)[PATIENT]
X = np.column_stack([PATIENT, np.random.default_rng(0).normal(size=(60, 3))])
CUTS = []


class Spy(ClassifierMixin, BaseEstimator):
    """Notes when it predicts cases that were held out, and was fitted on others of the same patients."""

    def __init__(self, C=1.0):
        self.C = C

    def fit(self, X, y):
        self.classes_, self.seen_ = np.unique(y), np.asarray(X)
        return self

    def predict_proba(self, X):
        X = np.asarray(X)
        if set(self.seen_[:, 0]) & set(X[:, 0]) and not np.isin(X[:, 1], self.seen_[:, 1]).any():
            CUTS.append(set(X[:, 0]))
        return np.column_stack([1 - X[:, 0] / 20, X[:, 0] / 20])

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def compare(model, **options):
    CUTS.clear()
    return compare_models({"m": model}, X, Y, **{"groups": PATIENT, "cv": 3, "n_bootstraps": 100, **options})


def calibrated(estimator, cv=3):
    return CalibratedClassifierCV(estimator, cv=cv)


SPACE = {"C": [0.1, 1.0]}
BY_PATIENT = {
    "calibration": calibrated(Spy()),
    "calibration of a search": calibrated(GridSearchCV(Spy(), SPACE, cv=2), cv=2),
    "search of a calibration": GridSearchCV(calibrated(Spy()), {"estimator__C": [0.1, 1.0]}, cv=2),
    "tuned threshold": TunedThresholdClassifierCV(Spy(), cv=3),
    "tuned threshold, one split": TunedThresholdClassifierCV(Spy(), cv=0.4, random_state=0),
    "tuned threshold of a calibration": TunedThresholdClassifierCV(calibrated(Spy(), 2), cv=2),
    "fixed threshold of a search": FixedThresholdClassifier(RandomizedSearchCV(Spy(), SPACE, n_iter=1, cv=2)),
    "stacking": StackingClassifier([("spy", Spy())], cv=3),
    "stacking, calibrated end": StackingClassifier([("nb", GaussianNB())], calibrated(GaussianNB(), 2), cv=2),
    "voting": VotingClassifier([("a", calibrated(Spy())), ("b", GaussianNB())], voting="soft"),
    "bagging": BaggingClassifier(GridSearchCV(GaussianNB(), {}, cv=GroupKFold(2)), 2, bootstrap=False),
    "in a pipeline": make_pipeline("passthrough", calibrated(Spy())),
    "a splitter by patient": calibrated(Spy(), GroupKFold(3)),
    "a selector": make_pipeline(RFECV(LogisticRegression(), cv=2), GaussianNB()),
    "another selector": make_pipeline(
        SequentialFeatureSelector(GaussianNB(), n_features_to_select=2, cv=2), GaussianNB()
    ),
    "regularisation": LogisticRegressionCV(Cs=2, cv=2, l1_ratios=(0,), use_legacy_attributes=False),
    "ridge": make_pipeline(StandardScaler(), RidgeClassifierCV(cv=2)),
    "a network in voting": VotingClassifier(
        [("mlp", TorchMLPClassifier((2,), max_epochs=1, early_stopping=True)), ("b", GaussianNB())], voting="soft"
    ),
    "a calibrated network": calibrated(TorchMLPClassifier((2,), max_epochs=1, early_stopping=True), 2),
}
CUTTING = {
    "early stopping": (MLPClassifier((2,), max_iter=2, early_stopping=True), "MLPClassifier"),
    "early stopping of boosting": (GradientBoostingClassifier(n_estimators=2, n_iter_no_change=1), "GradientBoosting"),
    "early stopping of histograms": (HistGradientBoostingClassifier(max_iter=2, early_stopping=True), "HistGradient"),
    "in a wrapper": (calibrated(SGDClassifier(loss="log_loss", early_stopping=True), 2), "SGDClassifier"),
    "after a sampler": (make_sampling_pipeline(RandomOverSampler(), calibrated(GaussianNB(), 2)), "Calibrated"),
    "a search in stacking": (StackingClassifier([("s", GridSearchCV(Spy(), SPACE, cv=2))], cv=2), "GridSearchCV"),
    "in what does not route": (
        AdaBoostClassifier(calibrated(GaussianNB(), 2), n_estimators=2),
        "CalibratedClassifierCV",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("model", BY_PATIENT.values(), ids=BY_PATIENT)
def test_inner_folds_are_dealt_by_patient(model):
    result = compare(model)
    assert CUTS == []
    assert result.inner_cuts == {}
    assert result.split == "patient-level"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("model", "kind"), CUTTING.values(), ids=CUTTING)
def test_what_cannot_be_dealt_by_patient_is_named(model, kind):
    result = compare(model)
    assert kind in result.inner_cuts["m"][0]
    assert f"{result.inner_cuts['m'][0]} holds out cases, and cuts patients" in result.table()["split"].iloc[0]


@pytest.mark.filterwarnings("ignore")
def test_without_patients_of_several_cases_nothing_can_be_cut():
    model = calibrated(MLPClassifier((2,), max_iter=2, early_stopping=True), 2)
    assert compare(model, groups=np.arange(60)).inner_cuts == {}
    assert compare(model, groups=None).inner_cuts == {}


@pytest.mark.parametrize("cv", [KFold(3), ShuffleSplit(2, random_state=0), RepeatedStratifiedKFold(n_splits=2)])
@pytest.mark.parametrize("wrap", [calibrated, lambda model: VotingClassifier([("a", model)], voting="soft")])
def test_a_splitter_that_cuts_patients_is_refused_at_any_depth(cv, wrap):
    with pytest.raises(ValueError, match=r"model 'm': the inner folds of GridSearchCV.* on both sides"):
        compare(wrap(GridSearchCV(Spy(), SPACE, cv=cv)))


def test_the_spy_sees_cut_patients():
    calibrated(Spy()).fit(X, Y)
    assert CUTS


def test_the_users_model_is_not_changed():
    search = GridSearchCV(Spy(), SPACE, cv=2, scoring="f1")
    model = calibrated(search)
    compare_models({"m": model}, X, np.where(Y, "HER2+", "negative"), PATIENT, cv=2, positive="HER2+", n_bootstraps=100)
    assert (search.cv, search.scoring, model.cv) == (2, "f1", 3)
