"""CaseCNNClassifier and its pipeline: crops of a case speak with one voice."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, cross_val_score
from sklearn.pipeline import Pipeline

from radiohers.cohort import read_cohort
from radiohers.crops import CropExtractor, Crops
from radiohers.datasets import make_ct_cohort
from radiohers.estimators import CaseCNNClassifier, CropCNNClassifier, make_cnn_pipeline
from radiohers.evaluation import compare_models
from radiohers.exceptions import CropError, ParamsError

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


def pipeline(extractor, classifier=SMALL, *args, **options):
    return Pipeline([("crops", extractor), ("cnn", CaseCNNClassifier(classifier, *args, **options))])


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    return read_cohort(make_ct_cohort(folder, n_patients=12, shape=(12, 48, 56), lesions_per_patient=2), target="her2")


@pytest.fixture(scope="module")
def extractor(tmp_path_factory):
    return CropExtractor(size=32, memory=str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def crops(cohort, extractor):
    return extractor.transform(cohort.X)


@pytest.fixture(scope="module")
def probabilities(cohort, crops):
    p = crops.images.mean(axis=(1, 2)) / 255
    return [p[crops.case == case] for case in range(len(cohort))]


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [("mean", np.mean), ("median", np.median), ("max", np.max), ("noisy_or", lambda p: 1 - np.prod(1 - p))],
)
def test_aggregates(cohort, extractor, probabilities, aggregate, expected):
    model = pipeline(extractor, BrightnessClassifier(), aggregate).fit(cohort.X, cohort.y)
    proba = model.predict_proba(cohort.X)
    np.testing.assert_allclose(proba[:, 1], [expected(p) for p in probabilities], rtol=1e-12)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_array_equal(model.predict(cohort.X), (proba[:, 1] > 0.5).astype(int))


def test_crops_get_the_label_and_the_patient_of_their_case(cohort, crops):
    model = CaseCNNClassifier(BrightnessClassifier()).fit(crops, cohort.y, groups=cohort.groups)
    images, y, groups = model.classifier_.seen_
    table = model.predict_crops(crops)
    assert len(images) == model.n_crops_ == len(table)
    assert y.tolist() == cohort.y.loc[table["case_id"]].tolist()
    assert list(groups) == cohort.groups.loc[table["case_id"]].tolist()


def test_table_of_crops(cohort, crops):
    table = CaseCNNClassifier(BrightnessClassifier()).fit(crops, cohort.y).predict_crops(crops)
    assert {"case_id", "slice", "probability_0", "probability_1"} <= set(table.columns)
    np.testing.assert_allclose(table["probability_0"] + table["probability_1"], 1)


def test_order_of_cases_does_not_matter(cohort, extractor):
    model = pipeline(extractor).fit(cohort.X, cohort.y, cnn__groups=cohort.groups)
    turned = model.predict_proba(cohort.X[::-1])
    np.testing.assert_array_equal(turned[::-1], model.predict_proba(cohort.X))
    np.testing.assert_array_equal(turned[-1:], model.predict_proba(cohort.X[:1]))


def test_clone_pickle_cross_validation_and_grid(cohort, extractor):
    model = pipeline(extractor)
    fitted = clone(model).fit(cohort.X, cohort.y)
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.predict_proba(cohort.X), fitted.predict_proba(cohort.X))
    cv = StratifiedGroupKFold(2)
    assert len(cross_val_score(model, cohort.X, cohort.y, groups=cohort.groups, cv=cv, error_score="raise")) == 2
    grid = {"crops__size": [32, 40], "cnn__classifier__lr": [1e-3], "cnn__aggregate": ["mean", "max"]}
    search = GridSearchCV(model, grid, cv=cv, error_score="raise")
    assert search.fit(cohort.X, cohort.y, groups=cohort.groups).predict_proba(cohort.X).shape == (24, 2)
    assert len(search.cv_results_["params"]) == 4


def test_a_step_of_crops_takes_part_in_what_scikit_learn_does_with_tables(cohort, extractor):
    model = pipeline(extractor, BrightnessClassifier())
    expected = model.fit(cohort.X, cohort.y).predict_proba(cohort.X)
    np.testing.assert_array_equal(
        clone(model).set_output(transform="pandas").fit(cohort.X, cohort.y).predict_proba(cohort.X), expected
    )
    with config_context(transform_output="pandas"):
        np.testing.assert_array_equal(clone(model).fit(cohort.X, cohort.y).predict_proba(cohort.X), expected)


def test_pipeline_of_the_reference_protocol():
    model = make_cnn_pipeline()
    assert model["crops"].get_params() == CropExtractor.from_params("liver_portal_venous").get_params()
    own = CropCNNClassifier(random_state=0).get_params()
    assert model["cnn"].classifier.get_params() == own
    given = make_cnn_pipeline(BrightnessClassifier(), CropExtractor(size=40), aggregate="median", memory="elsewhere")
    assert (given["crops"].size, given["crops"].memory, given["cnn"].aggregate) == (40, None, "median")
    assert isinstance(given["cnn"].classifier, BrightnessClassifier)
    assert make_cnn_pipeline("small", {"size": 64}, memory="cache", n_jobs=2).get_params()["crops__memory"] == "cache"
    with pytest.raises(ParamsError, match="liver_portal_venous"):
        make_cnn_pipeline(crops="liver_portal_venus")


def test_it_is_compared_beside_other_models_on_the_same_folds(cohort, extractor):
    models = {"CNN": pipeline(extractor), "grey": pipeline(extractor, BrightnessClassifier())}
    result = compare_models(models, cohort.X, cohort.y, groups=cohort.groups, cv=2, n_bootstraps=100)
    wide = result.predictions.pivot(index=["fold", "part", "case_id"], columns="model", values="score")
    assert not wide.isna().any(axis=None)
    assert result.split == "patient-level"


def test_a_case_without_crops_is_named(cohort, extractor):
    model = pipeline(clone(extractor).set_params(min_area_mm2=1e6, on_error="warn"))
    with (
        pytest.warns(UserWarning, match="case 'SYN_001_1'"),
        pytest.raises(CropError, match="24 of 24 cases have no crop"),
    ):
        model.fit(cohort.X, cohort.y)


def test_one_case_without_crops_among_others(cohort, extractor):
    X = cohort.X.copy()
    X.loc["SYN_002_1", "mask"] += ".gone"
    model = pipeline(clone(extractor).set_params(on_error="warn"), BrightnessClassifier())
    for act in (lambda: model.fit(X, cohort.y), lambda: model.fit(cohort.X, cohort.y).predict(X)):
        with (
            pytest.warns(UserWarning, match="case 'SYN_002_1'"),
            pytest.raises(CropError, match="1 of 24 cases have no crop, the first is 'SYN_002_1'"),
        ):
            act()


def test_rows_without_a_step_that_crops_them(cohort):
    model = CaseCNNClassifier(BrightnessClassifier())
    with pytest.raises(CropError, match="X is a DataFrame, and CaseCNNClassifier takes Crops. Put a CropExtractor"):
        model.fit(cohort.X, cohort.y)


def test_wrong_labels_and_parameters(cohort, crops):
    with pytest.raises(ValueError, match="y has one class only"):
        CaseCNNClassifier(SMALL).fit(crops, np.zeros(24))
    with pytest.raises(ValueError, match="aggregate='max' needs two classes, and y has 3. Use 'mean'."):
        CaseCNNClassifier(SMALL, "max").fit(crops, np.arange(24) % 3)
    with pytest.raises(ValueError, match="The 'aggregate' parameter of CaseCNNClassifier must be a str among"):
        CaseCNNClassifier(SMALL, "vote").fit(crops, cohort.y)
    with pytest.raises(ValueError, match="X has 24 rows and y has 2"):
        CaseCNNClassifier(SMALL).fit(crops, pd.Series([0, 1]))
    with pytest.raises(ValueError, match="y is missing in 1 of 24 rows"):
        CaseCNNClassifier(SMALL).fit(crops, [None, *cohort.y[1:]])


def of_three_crops(model, classes):
    """What `model` makes of three crops of one case: the first speaks for the first class, the others against it."""
    model.classes_ = np.array(classes)
    crops = Crops(
        images=np.zeros((3, 8, 8), np.uint8), case=np.zeros(3, int), case_ids=["a"], slice=np.arange(3),
        rectangle=np.zeros((3, 4)), spacing_mm=np.ones((3, 2)),
    )  # fmt: skip
    return model.combine_crops(crops, CROPS)[0]


CROPS = np.array([[0.8, 0.2], [0.3, 0.7], [0.1, 0.9]])


@pytest.mark.parametrize(
    ("classes", "positive"),
    [
        ([0, 1], 1),
        ([-1, 1], 1),
        ([False, True], 1),
        ([0.0, 1.0], 1),
        (["ER+", "ER-"], 0),
        (["HER2 negative", "HER2 positive"], 1),
        (["Amplified", "Neg"], 0),
        (["benign", "malignant"], 1),
        (["absent", "3+"], 1),
        (["Control", "HER2-low"], 1),
        (["no", "yes"], 1),
        (["HER2_POS", "HER2_NEG"], 0),
    ],
)
def test_a_single_crop_proves_the_positive_class(classes, positive):
    for aggregate, expected in (("max", CROPS[:, positive].max()), ("noisy_or", 1 - np.prod(1 - CROPS[:, positive]))):
        proba = of_three_crops(CaseCNNClassifier(aggregate=aggregate), classes)
        np.testing.assert_allclose(proba[[positive, 1 - positive]], [expected, 1 - expected], rtol=1e-12)


@pytest.mark.parametrize("classes", [["high", "low"], [1, 2], ["a", "b"], ["negative", "other negative"], ["0", "1"]])
def test_the_positive_class_is_given_where_labels_do_not_say_it(classes):
    for positive in (0, 1):
        model = CaseCNNClassifier(aggregate="max", positive=classes[positive])
        assert of_three_crops(model, classes)[positive] == CROPS[:, positive].max()
    with pytest.raises(ValueError, match=r"aggregate='noisy_or' needs the positive class.*positive=\.\.\.") as error:
        of_three_crops(CaseCNNClassifier(aggregate="noisy_or"), classes)
    assert repr(classes[0]) in str(error.value)


@pytest.mark.parametrize(
    "classes", [["ER+ HER2-", "ER- HER2+"], ["HER2-low", "HER2-zero"], ["other", "triple-negative"], ["no", "negative"]]
)
def test_no_word_decides_where_both_or_none_are_negative(classes):
    with pytest.raises(ValueError, match="needs the positive class"):
        of_three_crops(CaseCNNClassifier(aggregate="max"), classes)


@pytest.mark.parametrize("aggregate", ["max", "noisy_or"])
def test_a_given_class_decides_over_words_and_numbers(aggregate):
    for classes in (["negative", "positive"], [0, 1], [False, True]):
        of_first, of_second = (
            of_three_crops(CaseCNNClassifier(aggregate=aggregate, positive=label), classes) for label in classes
        )
        assert of_first[0] > of_second[0]
    with pytest.raises(ValueError, match="positive='typo' is not one of the labels 'neg', 'pos'"):
        of_three_crops(CaseCNNClassifier(aggregate=aggregate, positive="typo"), ["neg", "pos"])


@pytest.mark.parametrize("texts", [["HER2+", "negative"], ["a", "b"], ["neg", "pos"]])
def test_a_pipeline_of_texts_is_that_of_numbers(cohort, extractor, texts):
    """The positive class is the first of the texts, and the second of the numbers that stand for the others."""
    model = pipeline(extractor, BrightnessClassifier(), "max", positive=0)
    expected = model.fit(cohort.X, cohort.y).predict_proba(cohort.X)
    model.set_params(cnn__positive=texts[0])
    found = model.fit(cohort.X, cohort.y.map(dict(enumerate(texts)))).predict_proba(cohort.X)
    np.testing.assert_array_equal(found, expected)
    assert not np.array_equal(found, model.set_params(cnn__positive=texts[1]).predict_proba(cohort.X))


@pytest.mark.parametrize("dtype", [object, bool, "boolean", "Int64", float, "category"])
def test_labels_of_all_types_are_alike(cohort, crops, dtype):
    expected = CaseCNNClassifier(BrightnessClassifier(), "max").fit(crops, cohort.y)
    model = clone(expected).fit(crops, cohort.y.astype(dtype))
    assert model.classes_.tolist() == [0, 1]
    np.testing.assert_array_equal(model.predict_proba(crops), expected.predict_proba(crops))


def test_labels_without_a_positive_class_are_refused_before_anything_is_learned(cohort, crops):
    model = CaseCNNClassifier(BrightnessClassifier(), "max")
    with pytest.raises(ValueError, match=r"one of \['high', 'low'\], or use aggregate='mean'"):
        model.fit(crops, cohort.y.map({0: "low", 1: "high"}))
    assert not hasattr(model, "classifier_")


def test_cases_are_matched_by_name(cohort, crops):
    model = CaseCNNClassifier(BrightnessClassifier())
    expected = clone(model).fit(crops, cohort.y, groups=cohort.groups).classifier_.seen_
    found = clone(model).fit(crops, cohort.y[::-1], groups=cohort.groups.sample(frac=1, random_state=0))
    for one, other in zip(found.classifier_.seen_, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match="y names other cases than X"):
        model.fit(crops, cohort.y.rename(lambda name: f"{name}x"))
    with pytest.raises(ValueError, match="groups is missing in 1 of 24 rows, the first is row 3"):
        model.fit(crops, cohort.y, groups=[None if i == 3 else i for i in range(24)])
