"""CaseCNNClassifier: crops of a case speak with one voice."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, cross_val_score

from radiohers.cohort import read_cohort
from radiohers.crops import CropExtractor
from radiohers.datasets import make_ct_cohort
from radiohers.estimators import CaseCNNClassifier, CropCNNClassifier
from radiohers.evaluation import compare_models
from radiohers.exceptions import CropError

SMALL = CropCNNClassifier("small", max_epochs=3, lr=1e-3, batch_size=32, random_state=0)


class BrightnessClassifier(ClassifierMixin, BaseEstimator):
    """The probability of the second class is the mean grey value of the crop."""

    def fit(self, X, y, groups=None):
        self.classes_ = np.unique(y)
        self.seen_ = X, y, groups
        return self

    def predict_proba(self, X):
        p = X.mean(axis=(1, 2)) / 255
        return np.column_stack([1 - p, p])


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    return read_cohort(make_ct_cohort(folder, n_patients=12, shape=(12, 48, 56), lesions_per_patient=2), target="her2")


@pytest.fixture(scope="module")
def extractor(tmp_path_factory):
    return CropExtractor(size=32, memory=str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def probabilities(cohort, extractor):
    crops = extractor.transform(cohort.X)
    p = crops.images.mean(axis=(1, 2)) / 255
    return [p[crops.case == case] for case in range(len(cohort))]


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [("mean", np.mean), ("median", np.median), ("max", np.max), ("noisy_or", lambda p: 1 - np.prod(1 - p))],
)
def test_aggregates(cohort, extractor, probabilities, aggregate, expected):
    model = CaseCNNClassifier(extractor, BrightnessClassifier(), aggregate).fit(cohort.X, cohort.y)
    proba = model.predict_proba(cohort.X)
    np.testing.assert_allclose(proba[:, 1], [expected(p) for p in probabilities], rtol=1e-12)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_array_equal(model.predict(cohort.X), (proba[:, 1] > 0.5).astype(int))


def test_crops_get_the_label_and_the_patient_of_their_case(cohort, extractor):
    model = CaseCNNClassifier(extractor, BrightnessClassifier()).fit(cohort.X, cohort.y, groups=cohort.groups)
    images, y, groups = model.classifier_.seen_
    table = model.predict_crops(cohort.X)
    assert len(images) == model.n_crops_ == len(table)
    assert y.tolist() == cohort.y.loc[table["case_id"]].tolist()
    assert list(groups) == cohort.groups.loc[table["case_id"]].tolist()


def test_table_of_crops(cohort, extractor):
    table = CaseCNNClassifier(extractor, BrightnessClassifier()).fit(cohort.X, cohort.y).predict_crops(cohort.X)
    assert {"case_id", "slice", "probability_0", "probability_1"} <= set(table.columns)
    np.testing.assert_allclose(table["probability_0"] + table["probability_1"], 1)


def test_order_of_cases_does_not_matter(cohort, extractor):
    model = CaseCNNClassifier(extractor, SMALL).fit(cohort.X, cohort.y, groups=cohort.groups)
    turned = model.predict_proba(cohort.X[::-1])
    np.testing.assert_array_equal(turned[::-1], model.predict_proba(cohort.X))
    np.testing.assert_array_equal(turned[-1:], model.predict_proba(cohort.X[:1]))


def test_clone_pickle_cross_validation_and_grid(cohort, extractor):
    model = CaseCNNClassifier(extractor, SMALL)
    fitted = clone(model).fit(cohort.X, cohort.y)
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.predict_proba(cohort.X), fitted.predict_proba(cohort.X))
    cv = StratifiedGroupKFold(2)
    assert len(cross_val_score(model, cohort.X, cohort.y, groups=cohort.groups, cv=cv, error_score="raise")) == 2
    search = GridSearchCV(model, {"classifier__lr": [1e-3], "aggregate": ["mean", "max"]}, cv=cv, error_score="raise")
    assert search.fit(cohort.X, cohort.y, groups=cohort.groups).predict_proba(cohort.X).shape == (24, 2)


def test_it_is_compared_beside_other_models_on_the_same_folds(cohort, extractor):
    models = {"CNN": CaseCNNClassifier(extractor, SMALL), "grey": CaseCNNClassifier(extractor, BrightnessClassifier())}
    result = compare_models(models, cohort.X, cohort.y, groups=cohort.groups, cv=2, n_bootstraps=100)
    wide = result.predictions.pivot(index=["fold", "part", "case_id"], columns="model", values="score")
    assert not wide.isna().any(axis=None)
    assert result.split == "patient-level"


def test_a_case_without_crops_is_named(cohort, extractor):
    model = CaseCNNClassifier(clone(extractor).set_params(min_area_mm2=1e6, on_error="warn"), SMALL)
    with (
        pytest.warns(UserWarning, match="case 'SYN_001_1'"),
        pytest.raises(CropError, match="24 of 24 cases have no crop"),
    ):
        model.fit(cohort.X, cohort.y)


def test_wrong_labels_and_parameters(cohort, extractor):
    with pytest.raises(ValueError, match="y has one class only"):
        CaseCNNClassifier(extractor, SMALL).fit(cohort.X, np.zeros(24))
    with pytest.raises(ValueError, match="aggregate='max' needs two classes, and y has 3. Use 'mean'."):
        CaseCNNClassifier(extractor, SMALL, "max").fit(cohort.X, np.arange(24) % 3)
    with pytest.raises(ValueError, match="The 'aggregate' parameter of CaseCNNClassifier must be a str among"):
        CaseCNNClassifier(extractor, SMALL, "vote").fit(cohort.X, cohort.y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        CaseCNNClassifier(extractor, SMALL).fit(cohort.X, pd.Series([0, 1]))
