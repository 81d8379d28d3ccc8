"""Calibration, decision curves and waterfalls, against numbers worked out by hand."""

import matplotlib
import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from radiohers.evaluation import CalibrationDisplay, DecisionCurveDisplay, WaterfallDisplay, compare_models
from radiohers.metrics import calibration_slope, net_benefit
from radiohers.report import figure_to_svg

matplotlib.use("Agg")

Y = np.array([0, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 0])
SCORE = np.array([0.1, 0.1, 0.2, 0.2, 0.4, 0.4, 0.5, 0.5, 0.7, 0.8, 0.9, 0.8])


@pytest.fixture(scope="module")
def result():
    X, y = make_classification(n_samples=60, n_features=6, flip_y=0.2, random_state=0)
    groups = np.arange(60) // 2
    return compare_models({"LR": LogisticRegression(), "SVM": LinearSVC()}, X, y, groups, n_bootstraps=200)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_calibration_bins_by_hand():
    bins = CalibrationDisplay.from_predictions(Y, SCORE, n_bins=3).curves["model"]
    assert bins["n_cases"].tolist() == [4, 4, 4]
    assert bins["observed"].tolist() == [0.25, 0.5, 0.75]
    assert bins["predicted"].tolist() == pytest.approx([0.15, 0.45, 0.8])
    assert bins["low"].iloc[1] == pytest.approx(0.15, abs=0.001)  # Wilson of 2 of 4: 0.150 to 0.850
    assert bins["high"].iloc[1] == pytest.approx(0.85, abs=0.001)


def test_calibration_histogram_counts_each_case_once(result):
    display = result.plot_calibration(models=["LR"])
    assert display.histograms["LR"].sum() == pytest.approx(60)
    assert display.curves["LR"]["n_cases"].sum() == pytest.approx(60)


def test_calibration_slope_is_that_of_the_metrics():
    display = CalibrationDisplay.from_predictions(Y, SCORE, n_bootstraps=200)
    assert display.slopes["model"] == calibration_slope(Y, SCORE, n_bootstraps=200)
    legend = display.plot().ax_.child_axes[0].get_legend().get_texts()[0].get_text()
    assert f"slope {display.slopes['model'].value:.2f} (" in legend


def test_calibration_of_constant_scores_has_one_bin():
    display = CalibrationDisplay.from_predictions(Y, np.full(12, 0.5), n_bootstraps=100).plot()
    assert display.curves["model"]["observed"].tolist() == [0.5]
    assert "slope undefined" in display.ax_.child_axes[0].get_legend().get_texts()[0].get_text()


@pytest.mark.parametrize("plot", ["plot_calibration", "plot_decision_curve"])
def test_scores_that_are_no_probabilities(result, plot):
    with pytest.raises(ValueError, match=r"model 'SVM' run from -.*CalibratedClassifierCV.*models=\['LR'\]"):
        getattr(result, plot)()


def test_net_benefit_by_hand():
    display = DecisionCurveDisplay.from_predictions(Y, SCORE, thresholds=[0.2, 0.6], n_bootstraps=100)
    # From 0.2 on: 6 true and 4 false positives of 12; from 0.6 on: 3 and 1. Odds of the thresholds: 0.25 and 1.5.
    assert display.curves["model"].value == pytest.approx([6 / 12 - 4 / 12 * 0.25, 3 / 12 - 1 / 12 * 1.5])
    assert display.treat_all.value == pytest.approx([0.5 - 0.5 * 0.25, 0.5 - 0.5 * 1.5])
    assert display.curves["model"].value[0] == pytest.approx(net_benefit(Y, SCORE, 0.2, n_bootstraps=100).value)


def test_thresholds_lie_around_the_prevalence():
    display = DecisionCurveDisplay.from_predictions(Y, SCORE, n_bootstraps=100).plot()
    assert display.thresholds[[0, -1]] == pytest.approx([1 / 6, 5 / 6])
    assert display.treat_all.value[50] == pytest.approx(0)
    assert display.ax_.get_ylabel() == "net benefit per case"
    of_patients = DecisionCurveDisplay.from_predictions(Y, SCORE, np.arange(len(Y)), n_bootstraps=100).plot()
    assert of_patients.ax_.get_ylabel() == "net benefit per patient"


def test_unit_is_the_case_where_patients_have_several(result):
    assert result.plot_decision_curve(models=["LR"]).ax_.get_ylabel() == "net benefit per case"
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        result.plot_decision_curve(models=["LR"], thresholds=[0.5, 1.0])


def test_waterfall_takes_each_score_with_the_threshold_of_its_fold(result):
    display = result.plot_waterfall()
    bars = display.bars["LR"].set_index("case_id")
    rows = result.predictions.query("model == 'LR' and part == 'test' and case_id == 7")
    margins = rows["score"] - rows["threshold"]
    assert bars.loc[7, ["low", "margin", "high"]].tolist() == [margins.min(), margins.median(), margins.max()]
    assert display.bars["LR"]["margin"].is_monotonic_increasing


def test_waterfall_names_cases_only_when_asked():
    display = WaterfallDisplay.from_predictions(Y, SCORE)
    assert "11" in [label.get_text() for label in display.plot(names=True).axes_[0].get_xticklabels()]
    assert display.plot().axes_[0].get_xlabel() == "cases, sorted by score (n = 12)"


def test_waterfall_has_a_bar_a_case_in_the_colour_of_its_class():
    ax = WaterfallDisplay.from_predictions(Y, SCORE).plot().axes_[0]
    negative, positive = (patch.get_path() for patch in ax.patches)
    # Rising scores, so that the place of a case is its rank, and its height the score less 0.5.
    order = np.argsort(SCORE, kind="stable")
    for path, chosen in ((negative, Y[order] == 0), (positive, Y[order] == 1)):
        corners = path.vertices.reshape(-1, 5, 2)
        np.testing.assert_allclose(corners[:, 0, 0] + 0.425, 1 + np.flatnonzero(chosen))
        np.testing.assert_allclose(corners[:, 1, 1], SCORE[order][chosen] - 0.5)
        np.testing.assert_array_equal(corners[:, 0, 1], 0)
    assert ax.get_ylim() == pytest.approx((-0.4 - 0.08, 0.4 + 0.08))


@pytest.mark.parametrize(("n", "as_pixels"), [(1000, False), (1001, True), (4000, True)])
def test_waterfall_of_thousands_of_cases_is_kept_as_pixels(n, as_pixels):
    rng = np.random.default_rng(0)
    y = rng.random(n) < 0.3
    display = WaterfallDisplay.from_predictions(y, rng.random(n)).plot()
    svg = figure_to_svg(display.figure_, "waterfall")
    assert ("data:image/png" in svg) == as_pixels
    assert (len(svg) < 150_000) == as_pixels
