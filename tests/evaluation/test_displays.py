"""Figures hold the numbers of the table, and say what they show."""

import matplotlib
import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from radiohers.estimators import ElbowPCA
from radiohers.evaluation import compare_models

matplotlib.use("Agg")


@pytest.fixture(scope="module")
def result():
    X, y = make_classification(n_samples=50, n_features=8, flip_y=0.2, random_state=1)
    model = Pipeline([("scaler", StandardScaler()), ("pca", ElbowPCA()), ("classifier", LogisticRegression())])
    return compare_models({"PCA": model, "LR": LogisticRegression()}, X, y, n_bootstraps=200)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_roc_shows_the_auc_of_the_table(result):
    display = result.plot_roc()
    row = result.table().loc[("LR", "test")]
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert f"LR: {row['auc']:.2f} ({row['auc_low']:.2f} to {row['auc_high']:.2f})" in texts
    area = np.trapezoid(display.curves["LR"], np.linspace(0, 1, 201))
    assert area == pytest.approx(row["auc"], abs=0.01)


def test_titles_tell_part_counts_and_split(result):
    title = result.plot_roc(part="train").ax_.get_title()
    assert title == "ROC\ntraining part of 25 folds, 50 cases of 50 patients, 26 positive\nsplit: patient-level"


def test_precision_recall_begins_at_the_prevalence(result):
    display = result.plot_precision_recall()
    assert display.prevalence == 26 / 50
    assert display.curves["LR"][1][0] == 26 / 50


def test_confusion_counts_each_case_once(result):
    for matrix in result.plot_confusion().matrices.values():
        assert matrix.sum() == pytest.approx(50)
        assert matrix[1].sum() == pytest.approx(26)


def test_confusion_agrees_with_the_predictions(result):
    rows = result.predictions.query("model == 'LR' and part == 'test'")
    true_positives = (rows["y_true"] & rows["y_pred"]).sum() / 5
    assert result.plot_confusion().matrices["LR"][1, 1] == pytest.approx(true_positives)


def test_learning_curve_ends_with_the_whole_training_part(result):
    display = result.plot_learning_curve()
    assert display.n_train["LR"].tolist() == sorted(display.n_train["LR"])
    assert display.n_train["LR"][-1] == 40
    first_repeat = result.predictions.query("model == 'LR' and part == 'test' and repeat == 0")
    from sklearn.metrics import roc_auc_score

    aucs = [roc_auc_score(rows["y_true"], rows["score"]) for _, rows in first_repeat.groupby("fold")]
    np.testing.assert_allclose(display.test_auc["LR"][-1], aucs)


def test_pca_is_fitted_on_the_training_part_of_the_first_fold(result):
    display = result.plot_pca()
    fold = result.folds[0]
    assert display.scores["training"].shape == (len(fold.train), 2)
    assert display.scores["training"].mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert display.cumulative[-1] == pytest.approx(1)


def test_pca_of_a_model_without_pca(result):
    with pytest.raises(ValueError, match="model='LR' has no step 'pca'. Models with one: \\['PCA'\\]"):
        result.plot_pca(model="LR")


def test_plots_go_into_axes_that_are_given(result):
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    assert result.plot_roc(ax=ax).figure_ is figure
    with pytest.raises(ValueError, match="1 axes were given for 2 panels"):
        result.plot_confusion(axes=ax)
