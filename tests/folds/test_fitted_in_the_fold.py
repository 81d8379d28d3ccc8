"""Pure noise has an AUC about 0.5, or the result says why not: what was not fitted in the folds is named."""

import copy

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import make_pipeline as make_sampling_pipeline
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import SelectFromModel, SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, TunedThresholdClassifierCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from test_plain_loop import CallsItselfStateless, OwnSelector

from radiohers import compare_models
from radiohers.estimators import CropCNNClassifier, make_cnn_pipeline
from radiohers.exceptions import CohortError

N = 60
Y = np.arange(N) % 2


def noise(seed, n_columns=2000):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.normal(size=(N, n_columns)), index=[f"c{i:02d}" for i in range(N)])


class SelectorThatSaysItIsStateless(OwnSelector, TransformerMixin, BaseEstimator):
    """Learns from the labels, and its tag says that it does not."""

    def __sklearn_tags__(self):
        tags = TransformerMixin.__sklearn_tags__(self)
        tags.requires_fit = False
        return tags


class AlreadyFitted(ClassifierMixin, BaseEstimator):
    """Predicts by a function that it is given."""

    def __init__(self, function):
        self.function = function

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return self.function(X)


class ClonesAsItself(LogisticRegression):
    def __sklearn_clone__(self):
        return self


def forest(X, y):
    return RandomForestClassifier(30, random_state=0).fit(X, y)


def best(k=5):
    return SelectKBest(k=k)


# Of X and y, since some are fitted on all cases beforehand.
HONEST = {
    "own selector": lambda X, y: make_pipeline(OwnSelector(5), LogisticRegression()),
    "own selector that says it is stateless": lambda X, y: make_pipeline(
        SelectorThatSaysItIsStateless(5), LogisticRegression()
    ),
    "own selector within others": lambda X, y: make_pipeline(
        Pipeline([("union", FeatureUnion([("own", SelectorThatSaysItIsStateless(5))]))]), LogisticRegression()
    ),
    "own selector in a search": lambda X, y: GridSearchCV(
        Pipeline([("own", OwnSelector()), ("lr", LogisticRegression())]), {"own__k": [3, 5]}, cv=2
    ),
    "own selector before a sampler": lambda X, y: make_sampling_pipeline(
        OwnSelector(5), RandomOverSampler(random_state=0), LogisticRegression()
    ),
    "sampler first": lambda X, y: make_sampling_pipeline(
        RandomOverSampler(random_state=0), best(), LogisticRegression()
    ),
    "function of a batch": lambda X, y: make_pipeline(
        FunctionTransformer(lambda X: (X - X.mean()) / X.std()), best(), GaussianNB()
    ),
    "says it is stateless": lambda X, y: make_pipeline(CallsItselfStateless(), best(), SVC()),
    "best features": lambda X, y: make_pipeline(StandardScaler(), best(), LogisticRegression()),
    "calibrated": lambda X, y: CalibratedClassifierCV(make_pipeline(best(), GaussianNB()), cv=2),
    "voting": lambda X, y: VotingClassifier(
        [("a", make_pipeline(best(), GaussianNB())), ("b", make_pipeline(OwnSelector(5), LogisticRegression()))],
        voting="soft",
    ),
    "stacking": lambda X, y: StackingClassifier([("a", make_pipeline(best(), GaussianNB()))], cv=2),
    "tuned threshold": lambda X, y: TunedThresholdClassifierCV(make_pipeline(best(), GaussianNB()), cv=2),
    "bagging": lambda X, y: BaggingClassifier(make_pipeline(best(), GaussianNB()), 3, random_state=0),
    "columns": lambda X, y: make_pipeline(
        ColumnTransformer([("best", best(), list(range(500)))]), FixedThresholdClassifier(LogisticRegression())
    ),
}
NOT_FITTED = {
    "frozen": lambda X, y: FrozenEstimator(forest(X, y)),
    "frozen selector": lambda X, y: make_pipeline(FrozenEstimator(best().fit(X, y)), LogisticRegression()),
    "frozen in voting": lambda X, y: VotingClassifier(
        [("a", FrozenEstimator(forest(X, y))), ("b", make_pipeline(best(), GaussianNB()))], voting="soft"
    ),
    "calibrated, frozen": lambda X, y: CalibratedClassifierCV(FrozenEstimator(forest(X, y)), cv=2),
    "prefit selector": lambda X, y: make_pipeline(
        SelectFromModel(FrozenEstimator(forest(X, y)), prefit=True, max_features=5), GaussianNB()
    ),
    "prefit stacking": lambda X, y: StackingClassifier(
        [("a", FrozenEstimator(forest(X, y)))], final_estimator=LogisticRegression(), cv="prefit"
    ),
    "a function that was fitted": lambda X, y: AlreadyFitted(forest(X, y).predict_proba),
    "in a pipeline": lambda X, y: make_pipeline(FunctionTransformer(), AlreadyFitted(forest(X, y).predict_proba)),
    "clones as itself": lambda X, y: make_pipeline(StandardScaler(), ClonesAsItself()),
}


def noise_auc(kind, seed, n_columns):
    X = noise(seed, n_columns)
    result = compare_models({"m": kind(X, Y)}, X, Y, groups=np.arange(N), cv=3, n_bootstraps=100)
    assert result.split == "patient-level"
    rows = result.predictions[result.predictions["part"] == "test"]
    return rows.groupby("fold")[["y_true", "score"]].apply(lambda fold: roc_auc_score(fold.y_true, fold.score)).mean()


@pytest.mark.parametrize("kind", HONEST.values(), ids=HONEST)
def test_noise_is_noise(kind):
    # benchmarks/check_noise_pipelines.py takes more columns and cohorts. A selection on all cases gives 0.9 here.
    aucs = [noise_auc(kind, seed, 500) for seed in (0, 1, 2)]
    assert 0.25 < np.mean(aucs) < 0.65


@pytest.mark.parametrize("kind", NOT_FITTED.values(), ids=NOT_FITTED)
def test_what_was_fitted_beforehand_is_named_and_optimistic(kind, tmp_path):
    X = noise(0, 50)
    models = {"m": kind(X, Y), "honest": make_pipeline(best(), GaussianNB())}
    result = compare_models(models, X, Y, groups=np.arange(N), cv=3, n_bootstraps=100)
    assert list(result.not_fitted) == ["m"]
    split = result.table()["split"]
    assert split["honest", "test"] == "patient-level"
    for text in (split["m", "test"], result.split, repr(result), result.plot_roc().ax_.get_title()):
        assert "OPTIMISTIC" in text
        assert "not fitted in the folds" in text


@pytest.mark.parametrize("kind", ["own selector", "says it is stateless", "function of a batch"])
def test_a_step_is_run_once_on_all_cases_if_the_user_says_so(kind):
    X = noise(0, 50)
    model = HONEST[kind](X, Y)
    first, step = model.steps[0]
    result = compare_models({"m": model}, X, Y, cv=3, stateless=[first] if kind != "own selector" else [])
    made = result.prepared["m"].X
    assert made.shape == X.shape
    assert np.array_equal(made, X) == (kind == "own selector")


@pytest.mark.parametrize("stateless", [["typo"], ["standardscaler", "typo"], "standardscaler"])
def test_a_step_that_is_not_there(stateless):
    X = noise(0, 5)
    model = make_pipeline(StandardScaler(), GaussianNB())
    with pytest.raises(ValueError, match="stateless"):
        compare_models({"m": model, "search": GridSearchCV(model, {}, cv=2)}, X, Y, cv=3, stateless=stateless)


def test_later_changes_of_models_and_features_change_nothing():
    X, model = noise(0, 5), make_pipeline(StandardScaler(), LogisticRegression())
    result = compare_models({"m": model, "array": GaussianNB()}, X, Y, cv=3, n_bootstraps=100)
    prepared = copy.deepcopy(result.prepared["m"].X)
    model.set_params(logisticregression__C=1e-9)
    X.iloc[:] = 0.0
    assert result.models["m"].get_params()["logisticregression__C"] == 1.0
    pd.testing.assert_frame_equal(result.prepared["m"].X, prepared)


@pytest.mark.parametrize("change", ["file", "image in memory", "file gone"])
def test_images_that_changed_since_the_comparison(change, tmp_path):
    rng = np.random.default_rng(0)
    rows = []
    for i in range(8):
        mask = sitk.GetImageFromArray(np.pad(np.ones((2, 10, 10), np.uint8), ((1, 1), (6, 6), (6, 6))))
        image = sitk.GetImageFromArray(rng.integers(0, 100, (4, 22, 22)).astype(np.int16))
        if change != "image in memory":
            sitk.WriteImage(image, tmp_path / f"{i}.nii")
            image = str(tmp_path / f"{i}.nii")
        rows.append((image, mask))
    X = pd.DataFrame(index=[f"c{i}" for i in range(8)])
    X["image"], X["mask"] = (pd.Series([row[k] for row in rows], index=X.index, dtype=object) for k in (0, 1))
    # What is searched is not prepared: the model reads the images itself.
    cnn = make_cnn_pipeline(CropCNNClassifier("small", max_epochs=1, validation_fraction=0))
    cnn = GridSearchCV(cnn, {"crops__size": [16]}, cv=2)
    result = compare_models({"CNN": cnn}, X, np.arange(8) % 2, cv=2, n_bootstraps=100)
    result.prepared["CNN"]
    if change == "file":
        sitk.WriteImage(sitk.GetImageFromArray(np.zeros((4, 22, 23), np.int16)), tmp_path / "3.nii")
    elif change == "file gone":
        (tmp_path / "3.nii").unlink()
    else:
        rows[3][0][0, 0, 0] = 1000
    with pytest.raises(CohortError, match="changed since the comparison, the first is column 'image' of case 'c3'"):
        result.prepared["CNN"]


@pytest.mark.parametrize("model", [LogisticRegression, object(), "lr"])
def test_no_estimator(model):
    with pytest.raises(ValueError, match="model 'm' is a .* which cannot be cloned"):
        compare_models({"m": model}, noise(0, 3), Y)
