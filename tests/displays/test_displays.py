"""Figures hold the numbers of the table, and say what they show."""

import matplotlib
import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from radiohers.estimators import ElbowPCA
from radiohers.evaluation import (
    ConfusionDisplay,
    PrecisionRecallDisplay,
    ROCDisplay,
    StratifiedGroupShuffleSplit,
    compare_models,
    format_table,
)

matplotlib.use("Agg")
RATES = np.linspace(0, 1, 201)


@pytest.fixture(scope="module")
def result():
    X, y = make_classification(n_samples=50, n_features=8, flip_y=0.2, random_state=1)
    model = Pipeline([("scaler", StandardScaler()), ("pca", ElbowPCA()), ("classifier", LogisticRegression())])
    return compare_models({"PCA": model, "LR": LogisticRegression()}, X, y, np.arange(50), n_bootstraps=200)


@pytest.fixture
def scores():
    y = np.arange(30) % 3 == 0
    return y, y + np.random.default_rng(1).normal(size=30)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_roc_shows_the_auc_of_the_table(result):
    display = result.plot_roc()
    row = result.table(full=True).loc[("LR", "test")]
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert f"LR: {format_table(result.table()).loc[('LR', 'test'), 'auc']}" in texts
    area = np.trapezoid(display.curves["LR"].value, RATES)
    assert area == pytest.approx(row["auc"], abs=0.01)


def test_roc_band_holds_the_mean_of_the_fold_curves(result):
    display = result.plot_roc(folds=True)
    band, folds = display.curves["LR"], display.fold_curves["LR"]
    assert folds.shape == (25, 201)
    np.testing.assert_allclose(band.value, folds.mean(axis=0))
    assert ((band.low <= band.value) & (band.value <= band.high)).all()
    assert (band.high - band.low).max() > 0.1


def test_roc_of_predictions_is_that_of_scikit_learn(scores):
    y, score = scores
    display = ROCDisplay.from_predictions(y, score, name="LR", n_bootstraps=100)
    assert display.labels["LR"].startswith(f"{roc_auc_score(y, score):.2f} (")
    assert np.trapezoid(display.curves["LR"].value, RATES) == pytest.approx(roc_auc_score(y, score), abs=0.01)


def test_many_models_get_a_panel_each(scores):
    y, score = scores
    display = ROCDisplay.from_predictions(y, {f"m{i}": score + i * y for i in range(5)}, n_bootstraps=100).plot()
    assert [ax.get_title().split("\n")[0] for ax in display.axes_] == ["m0", "m1", "m2", "m3", "m4"]
    assert len(display.lines_) == 5


def test_titles_tell_part_counts_split_and_interval(result):
    title = result.plot_roc(part="train").ax_.get_title()
    assert title == (
        "ROC\ntraining part of 25 folds, 50 cases of 50 patients, 26 positive\n"
        "split: patient-level\nbands: pointwise 95% CI, patient bootstrap"
    )


PLOTS = ["roc", "precision_recall", "confusion", "calibration", "decision_curve", "waterfall", "pca", "coefficients"]


@pytest.mark.parametrize("name", [*PLOTS, "learning_curve", "feature_importance"])
def test_figures_say_what_they_show_and_their_texts_do_not_overlap(result, name):
    display = getattr(result, f"plot_{name}")()
    figure = display.figure_
    texts = " ".join([figure.get_suptitle(), *(ax.get_title() for ax in figure.axes)])
    assert " cases of " in texts
    assert "positive" in texts
    assert "split: patient-level" in texts
    assert display.caption.endswith(".")
    assert overlapping_texts(figure) == []


def overlapping_texts(figure):
    figure.draw_without_rendering()
    shown = [text for text in figure.findobj(matplotlib.text.Text) if text.get_visible() and text.get_text().strip()]
    # Labels of ticks beyond the limits are there, and are not drawn.
    every = [axis for ax in figure.findobj(matplotlib.axes.Axes) for axis in (ax.xaxis, ax.yaxis)]
    ticks = {label for axis in every for label in axis.get_ticklabels()}
    drawn = {tick.label1 for axis in every for tick in axis._update_ticks()}
    boxes = [
        (text.get_text(), text.get_window_extent().shrunk(0.98, 0.9))
        for text in shown
        if text not in ticks or text in drawn
    ]
    return [(a, b) for i, (a, box) in enumerate(boxes) for b, other in boxes[:i] if box.overlaps(other)]


def test_precision_recall_ends_at_the_prevalence_and_its_area_is_the_average_precision(scores):
    y, score = scores
    display = PrecisionRecallDisplay.from_predictions(y, score, n_bootstraps=100)
    curve = display.curves["model"].value
    assert display.prevalence == 1 / 3
    # Ten positive cases: each step of the curve is 20 points wide, the first point stands for none of it.
    assert curve[1:].mean() == pytest.approx(average_precision_score(y, score))
    assert display.labels["model"].startswith(f"{average_precision_score(y, score):.2f} (")


def test_precision_recall_is_averaged_over_repeats(result):
    rows = result.predictions.query("model == 'LR' and part == 'test'")
    by_hand = [average_precision_score(r["y_true"], r["score"]) for _, r in rows.groupby("repeat")]
    assert result.plot_precision_recall().labels["LR"].startswith(f"{np.mean(by_hand):.2f} (")


def test_confusion_counts_each_case_once(result):
    for matrix in result.plot_confusion().matrices.values():
        assert matrix.sum() == pytest.approx(50)
        assert matrix[1].sum() == pytest.approx(26)


def test_confusion_agrees_with_the_predictions(result):
    rows = result.predictions.query("model == 'LR' and part == 'test'")
    true_positives = (rows["y_true"] & rows["y_pred"]).sum() / 5
    display = result.plot_confusion()
    assert display.matrices["LR"][1, 1] == pytest.approx(true_positives)
    sensitivity = display.intervals["LR"][1]
    assert sensitivity.value == pytest.approx(true_positives / 26)
    assert sensitivity.low < sensitivity.value < sensitivity.high


def test_confusion_writes_the_interval_of_each_share():
    display = ConfusionDisplay.from_predictions([1] * 10 + [0] * 10, [1] * 8 + [0] * 12).plot()
    texts = [text.get_text() for text in display.axes_[0].texts]
    assert display.intervals["model"][1].method == "Wilson"
    assert "(49% to 94%)" in texts  # Wilson of 8 of 10
    assert "(6% to 51%)" in texts  # of the other 2


def test_learning_curve_ends_with_the_whole_training_part(result):
    curves = result.plot_learning_curve().curves.query("model == 'LR' and part == 'test'")
    assert curves["n_train"].is_monotonic_increasing
    assert curves["n_train"].iloc[-1] == 40
    first_repeat = result.predictions.query("model == 'LR' and part == 'test' and repeat == 0")
    aucs = [roc_auc_score(rows["y_true"], rows["score"]) for _, rows in first_repeat.groupby("fold")]
    assert curves["auc"].iloc[-1] == pytest.approx(np.mean(aucs))
    assert (curves["low"] < curves["auc"]).all()


def test_pca_is_fitted_on_the_training_part_of_the_first_fold(result):
    display = result.plot_pca()
    fold = result.folds[0]
    assert display.scores["training"].shape == (len(fold.train), 2)
    assert display.scores["training"].mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert display.cumulative[-1] == pytest.approx(1)
    assert "40 cases of 40 patients" in display.note


def test_pca_of_a_model_without_pca(result):
    with pytest.raises(ValueError, match="model='LR' has no step 'pca'. Models with one: \\['PCA'\\]"):
        result.plot_pca(model="LR")


def test_plots_go_into_axes_that_are_given(result):
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    assert result.plot_roc(ax=ax).figure_ is figure
    with pytest.raises(ValueError, match="1 axes were given for 2 panels"):
        result.plot_confusion(axes=ax)


def test_single_split_of_few_cases_can_be_drawn():
    X, y = make_classification(n_samples=16, n_features=4, random_state=0)
    single = compare_models(
        {"LR": LogisticRegression()}, X, y, cv=StratifiedGroupShuffleSplit(test_size=0.5), n_bootstraps=100
    )
    title = single.plot_roc().ax_.get_title()
    assert "test part, 8 cases, 4 positive\nsplit: patients not given" in title
    for plot in (single.plot_precision_recall, single.plot_calibration, single.plot_decision_curve):
        assert plot().caption


def test_part_and_model_that_are_not_there(result):
    with pytest.raises(ValueError, match="part='valid' must be 'test' or 'train'"):
        result.plot_precision_recall(part="valid")
    with pytest.raises(ValueError, match="model 'SVM' is not in the comparison. Models: \\['PCA', 'LR'\\]"):
        result.plot_waterfall(models=["SVM"])
