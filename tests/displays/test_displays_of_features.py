"""Importance of features and coefficients: planted ones are found, noise is not."""

import joblib
import matplotlib
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from radiohers.displays._coefficients import models_with_coefficients
from radiohers.displays._permutation import feature_groups
from radiohers.estimators import ElbowPCA
from radiohers.evaluation import compare_models

matplotlib.use("Agg")


@pytest.fixture(scope="module")
def result():
    rng = np.random.default_rng(0)
    y = np.arange(100) % 2
    signal = y + rng.normal(scale=0.6, size=100)
    X = pd.DataFrame(rng.normal(size=(100, 5)), columns=[f"wavelet-LLH_firstorder_F{i}" for i in range(5)])
    X["original_glcm_A"] = signal
    X["original_glcm_B"] = 3 * signal + 0.01 * rng.normal(size=100)
    models = {
        "LR": make_pipeline(StandardScaler(), ElbowPCA(n_components=6, whiten=True), LogisticRegression()),
        "RF": RandomForestClassifier(20, random_state=0),
        "squares": make_pipeline(PolynomialFeatures(2), LogisticRegression()),
    }
    return compare_models(models, X, y, n_bootstraps=200)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_planted_class_matters_and_noise_does_not(result):
    display = result.plot_feature_importance("LR")
    glcm, first_order = display.importances.query("by == 'by feature class'").to_dict("records")
    assert glcm["group"] == "glcm"
    # Without the planted features nothing but chance is left.
    assert glcm["importance"] == pytest.approx(display.auc - 0.5, abs=0.08)
    assert glcm["low"] > 0.2
    assert abs(first_order["importance"]) < 0.05
    assert first_order["low"] <= first_order["importance"] <= first_order["high"]


def test_copies_share_importance_unless_they_are_permuted_together(result):
    single = result.plot_feature_importance("RF", by="feature").importances.set_index("group")["importance"]
    together = result.plot_feature_importance("RF", by={"copies": ["original_glcm_A", "original_glcm_B"]}).importances
    assert together["importance"][0] > single[["original_glcm_A", "original_glcm_B"]].sum()


def test_auc_with_all_intact_is_that_of_the_first_repeat(result):
    rows = result.predictions.query("model == 'RF' and part == 'test' and repeat == 0")
    aucs = [roc_auc_score(fold["y_true"], fold["score"]) for _, fold in rows.groupby("fold")]
    assert result.plot_feature_importance("RF").auc == pytest.approx(np.mean(aucs))


def test_importance_does_not_depend_on_the_number_of_processes(result):
    with joblib.parallel_config("threading"):
        one, two = (result.plot_feature_importance("LR", n_permutations=2, n_jobs=n).importances for n in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_only_the_most_important_are_shown(result):
    display = result.plot_feature_importance("LR", by="feature", n_top=2)
    assert len(display.importances) == 2
    assert "the first 2 of 7" in display.axes_[0].get_title()


def test_names_that_are_no_radiomic_features_are_other():
    names = ["original_shape_Sphericity", "log-sigma-3-0-mm-3D_glcm_Idm", "age", "her2_score_x"]
    by_type = feature_groups(names, "image_type")
    assert {group: columns.tolist() for group, columns in by_type.items()} == {
        "original": [0],
        "log-sigma-3-0-mm-3D": [1],
        "other": [2, 3],
    }


def test_groups_that_are_not_there(result):
    with pytest.raises(ValueError, match="by='type' must be one of"):
        result.plot_feature_importance(by="type")
    with pytest.raises(ValueError, match="by names the feature 'age', which the model does not have"):
        result.plot_feature_importance(by={"clinical": ["age"]})


def test_model_of_images_is_refused():
    X = pd.DataFrame({"image": [f"{i}.nii" for i in range(20)], "size": np.arange(20.0)})
    model = make_pipeline(SizeOnly(), LogisticRegression())
    comparison = compare_models({"CNN": model}, X, np.arange(20) % 2, cv=2, n_bootstraps=100)
    with pytest.raises(ValueError, match="does not learn from a table of numbers"):
        comparison.plot_feature_importance("CNN")


class SizeOnly(SimpleImputer):
    """Stands for a network: it takes rows of a cohort, and learns."""

    def fit(self, X, y=None):
        return super().fit(X[["size"]])

    def transform(self, X):
        return super().transform(X[["size"]])


def test_coefficients_through_pca_are_loadings_times_coefficients(result):
    display = result.plot_coefficients("LR")
    per_fold = []
    for fold in result.folds[:5]:
        X = result.prepared["LR"].X.iloc[fold.train]
        fitted = result.models["LR"].fit(X, result.y.iloc[fold.train])
        pca, classifier = fitted[1], fitted[2]
        per_fold.append((classifier.coef_[0] / np.sqrt(pca.explained_variance_)) @ pca.components_)
    by_hand = pd.Series(np.mean(per_fold, axis=0), index=X.columns)
    table = display.coefficients.set_index("feature")
    np.testing.assert_allclose(table["coefficient"], by_hand[table.index], rtol=1e-8)
    assert set(table.index[:2]) == {"original_glcm_A", "original_glcm_B"}


def test_coefficients_of_models_that_are_not_linear(result):
    assert models_with_coefficients(result) == ["LR"]
    with pytest.raises(ValueError, match="model='squares' is no linear model"):
        result.plot_coefficients("squares")
