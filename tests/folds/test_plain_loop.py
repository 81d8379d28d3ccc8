"""Out-of-fold scores are those of a plain loop over the same folds, bit for bit, whatever the pipeline."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from imblearn.ensemble import BalancedBaggingClassifier
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import Pipeline as SamplingPipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import RFECV, SelectKBest, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, TunedThresholdClassifierCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer, PowerTransformer, RobustScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from radiohers import compare_models
from radiohers.estimators import ElbowPCA, TorchMLPClassifier
from radiohers.evaluation import RepeatedStratifiedGroupKFold

# benchmarks/check_plain_loop.py makes 500.
N_DRAWS = 60
HOLDS_OUT = re.compile("CV|cv=|Stacking|TorchMLP")


class OwnSelector:
    """Follows scikit-learn's protocol without its base classes."""

    def __init__(self, k=3):
        self.k = k

    def get_params(self, deep=True):
        return {"k": self.k}

    def set_params(self, **params):
        vars(self).update(params)
        return self

    def fit(self, X, y=None):
        covariance = np.asarray(X, dtype=float).T @ (pd.factorize(np.asarray(y), sort=True)[0] - 0.5)
        self.chosen = np.sort(np.argsort(-np.abs(covariance), kind="stable")[: self.k])
        return self

    def transform(self, X):
        return np.asarray(X)[:, self.chosen]

    def fit_transform(self, X, y=None):
        return self.fit(X, y).transform(X)


class CallsItselfStateless(TransformerMixin, BaseEstimator):
    """Says that it need not be fitted, and centres the batch all the same."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.asarray(X) - np.asarray(X).mean(axis=0)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


def scaled_by_batch(X):
    return (X - X.mean()) / X.std()


TRANSFORMERS = [
    lambda: ("own", OwnSelector()),
    lambda: ("says", CallsItselfStateless()),
    lambda: ("batch", FunctionTransformer(scaled_by_batch)),
    lambda: ("lambda", FunctionTransformer(lambda X: np.asarray(X)[:, ::-1])),
    lambda: ("scale", StandardScaler()),
    lambda: ("robust", RobustScaler()),
    lambda: ("normalize", Normalizer()),
    lambda: ("power", PowerTransformer()),
    lambda: ("best", SelectKBest(k=3)),
    lambda: ("varied", VarianceThreshold()),
    lambda: ("pca", PCA(2, random_state=0)),
    lambda: ("elbow", ElbowPCA()),
    lambda: ("impute", SimpleImputer()),
    lambda: ("rfe", RFECV(LogisticRegression(), cv=2, min_features_to_select=3)),
    lambda: ("nothing", "passthrough"),
    lambda: ("frame", StandardScaler().set_output(transform="pandas")),
]
SAMPLERS = [
    lambda: ("over", RandomOverSampler(random_state=0)),
    lambda: ("under", RandomUnderSampler(random_state=0)),
    lambda: ("smote", SMOTE(k_neighbors=2, random_state=0)),
]
CLASSIFIERS = [
    LogisticRegression,
    lambda: LogisticRegressionCV(Cs=[0.1, 1.0], cv=2, l1_ratios=(0,), use_legacy_attributes=False),
    lambda: RandomForestClassifier(5, random_state=0),
    lambda: DecisionTreeClassifier(max_depth=2, random_state=0),
    GaussianNB,
    LinearDiscriminantAnalysis,
    lambda: KNeighborsClassifier(5),
    SVC,
    lambda: CalibratedClassifierCV(GaussianNB(), cv=2),
    lambda: CalibratedClassifierCV(GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2), cv=2),
    lambda: VotingClassifier([("a", GaussianNB()), ("b", LogisticRegression())], voting="soft"),
    lambda: StackingClassifier([("a", GaussianNB()), ("b", LogisticRegression())], cv=2),
    lambda: FixedThresholdClassifier(LogisticRegression(), threshold=0.4),
    lambda: TunedThresholdClassifierCV(LogisticRegression(), cv=2),
    lambda: GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2),
    lambda: BalancedBaggingClassifier(LogisticRegression(), n_estimators=3, random_state=0),
    lambda: TorchMLPClassifier(hidden_layer_sizes=(4,), max_epochs=2, random_state=0),
]
LABELS = [(0, 1), ("negative", "HER2+"), ("low", "high"), (False, True), (-1, 1), (2.0, 1.0)]


def draw(seed):
    """Return models, X, y, groups and the positive class, in what order and types the seed says."""
    rng = np.random.default_rng(seed)
    n = 36
    names = [f"case {i:02d}" for i in rng.permutation(n)]
    is_positive = rng.permutation(n) % 2 == 0
    X = pd.DataFrame(rng.normal(size=(n, 5)) + 0.7 * is_positive[:, None], index=names, columns=list("abcde"))
    y = pd.Series(np.array(LABELS[rng.integers(len(LABELS))], dtype=object)[is_positive.astype(int)], index=names)
    if rng.random() < 0.5:
        y = y.infer_objects()
    positive = y.iloc[rng.integers(n)]
    models = {}
    for number in range(rng.integers(1, 3)):
        steps = [TRANSFORMERS[i]() for i in rng.choice(len(TRANSFORMERS), rng.integers(0, 3), replace=False)]
        kind = Pipeline
        if rng.random() < 0.3:
            kind = SamplingPipeline
            steps.insert(rng.integers(len(steps) + 1), SAMPLERS[rng.integers(len(SAMPLERS))]())
        models[f"model {number}"] = kind([*steps, ("classifier", CLASSIFIERS[rng.integers(len(CLASSIFIERS))]())])
    # With several cases a patient, inner folds are dealt by patient, and in a plain loop they are not.
    several = not any(HOLDS_OUT.search(repr(model)) for model in models.values())
    groups = pd.Series([f"p{i // (3 if several else 1)}" for i in rng.permutation(n)], index=names)
    shuffled = rng.permutation(n)
    given = {"X": X, "y": y.iloc[shuffled], "groups": groups.iloc[rng.permutation(n)]}
    if rng.random() < 0.3:
        given = {"X": X, "y": y.tolist(), "groups": None if rng.random() < 0.5 else groups.to_numpy()}
    if rng.random() < 0.2:
        given = {"X": X.to_numpy(), "y": y.to_numpy(), "groups": groups}
    return models, given, X if isinstance(given["X"], pd.DataFrame) else given["X"], y, positive


def scores_by_hand(model, X, y, positive, fold):
    take = (lambda rows: X.iloc[rows]) if isinstance(X, pd.DataFrame) else (lambda rows: X[rows])
    fitted = clone(model).fit(take(fold.train), y.infer_objects().iloc[fold.train])
    column = fitted.classes_.tolist().index(positive)
    if hasattr(fitted, "predict_proba"):
        return fitted.predict_proba(take(fold.test))[:, column]
    return fitted.decision_function(take(fold.test)) * (1 if column else -1)


def check(seed):
    models, given, X, y, positive = draw(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cv = RepeatedStratifiedGroupKFold(3, n_repeats=1, random_state=seed)
        result = compare_models(models, **given, cv=cv, positive=positive, n_bootstraps=100)
        rows = result.predictions[result.predictions["part"] == "test"]
        for name, model in models.items():
            for fold in result.folds:
                found = rows[(rows["model"] == name) & (rows["fold"] == fold.fold)]["score"].to_numpy()
                np.testing.assert_array_equal(found, scores_by_hand(model, X, y, positive, fold), err_msg=repr(model))
    assert not result.not_fitted


@pytest.mark.parametrize("seed", range(N_DRAWS))
def test_out_of_fold_scores_are_those_of_a_plain_loop(seed):
    check(seed)
