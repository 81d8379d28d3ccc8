"""All displays: plot returns self, frame has the numbers, one line stands for them, and nothing is drawn twice."""

import copy
import inspect
import pkgutil
import re
from importlib import import_module

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

import radiohers
from radiohers.crops import Augmentation, Crops
from radiohers.displays import (
    CalibrationDisplay,
    ConfusionDisplay,
    DecisionCurveDisplay,
    Display,
    FeatureCoefficientDisplay,
    FeatureImportanceDisplay,
    LearningCurveDisplay,
    PCADisplay,
    PrecisionRecallDisplay,
    ROCDisplay,
    WaterfallDisplay,
)
from radiohers.estimators import CropCNNClassifier, ElbowPCA, TrainingHistoryDisplay
from radiohers.evaluation import compare_models
from radiohers.explain import GradCamDisplay
from radiohers.figures import ContactSheet

mpl.use("Agg")

IMAGES = np.random.default_rng(0).integers(0, 256, size=(8, 32, 32), dtype="uint8")
OF_COMPARISONS = (
    CalibrationDisplay,
    ConfusionDisplay,
    DecisionCurveDisplay,
    FeatureCoefficientDisplay,
    FeatureImportanceDisplay,
    LearningCurveDisplay,
    PCADisplay,
    PrecisionRecallDisplay,
    ROCDisplay,
    WaterfallDisplay,
)
OF_NETWORKS = (TrainingHistoryDisplay, GradCamDisplay)
DISPLAYS = (*OF_COMPARISONS, *OF_NETWORKS, ContactSheet)


def crops():
    n = len(IMAGES)
    lesion = np.zeros(IMAGES.shape, dtype=bool)
    lesion[:, 8:20, 8:20] = True
    return Crops(IMAGES, np.arange(n), list("abcdefgh"), np.arange(n), np.zeros((n, 4), int), np.ones((n, 2)), lesion)


@pytest.fixture(scope="module")
def result():
    X, y = make_classification(n_samples=50, n_features=8, flip_y=0.2, random_state=1)
    model = Pipeline([("pca", ElbowPCA()), ("classifier", LogisticRegression())])
    models = {"a model with a name that is rather long": model, **{f"LR {i}": LogisticRegression() for i in range(3)}}
    return compare_models(models, X, y, np.arange(50), cv=2, n_bootstraps=100)


@pytest.fixture(scope="module")
def network():
    cnn = CropCNNClassifier("small", max_epochs=2, validation_fraction=0, random_state=0)
    return cnn.fit(IMAGES, np.arange(8) % 2)


@pytest.fixture(scope="module", params=DISPLAYS, ids=lambda display: display.__name__)
def made(request):
    if request.param in OF_COMPARISONS:
        return request.param.from_comparison(request.getfixturevalue("result"))
    if request.param is GradCamDisplay:
        return GradCamDisplay.from_estimator(request.getfixturevalue("network"), crops(), n=3)
    if request.param is TrainingHistoryDisplay:
        return TrainingHistoryDisplay.from_estimator(request.getfixturevalue("network"))
    return ContactSheet(IMAGES, list("abcdefgh"), crops().table)


@pytest.fixture
def display(made):
    assert not plt.get_fignums(), "drawn before it was asked for"
    return copy.copy(made)


def test_plot_returns_the_display_and_draws_one_figure(display):
    assert display.plot() is display
    assert plt.get_fignums() == [display.figure_.number]


def test_frame_has_the_documented_columns(display):
    frame = display.frame()
    assert isinstance(frame, pd.DataFrame)
    assert len(frame)
    told = set(re.findall(r"``(\w+)``", inspect.getdoc(type(display).frame)))
    assert isinstance(display, ContactSheet) or set(frame.columns) <= told


def test_frame_is_a_copy(display):
    before = display.frame()
    changed = display.frame()
    changed.iloc[:, -1] = changed.iloc[0, -1]
    pd.testing.assert_frame_equal(display.frame(), before)


def test_one_line_stands_for_it(display):
    assert f"{type(display).__name__}" in repr(display)
    assert "not plotted" in repr(display)
    assert "not plotted" not in repr(display.plot())
    assert "\n" not in repr(display)
    assert len(repr(display)) < 120
    # Else a notebook would show the figure beside the one that pyplot shows.
    assert not any(hasattr(display, f"_repr_{kind}_") for kind in ("html", "png", "svg", "mimebundle"))


def test_no_display_is_forgotten():
    for module in pkgutil.walk_packages(radiohers.__path__, "radiohers."):
        import_module(module.name)
    classes = [Display]
    for parent in classes:
        classes += parent.__subclasses__()
    assert {cls for cls in classes if not inspect.isabstract(cls)} == set(DISPLAYS)
    assert {cls.__name__ for cls in classes if cls.__name__.endswith("Display")} >= {
        name
        for module in pkgutil.iter_modules(radiohers.__path__, "radiohers.")
        for name in getattr(import_module(module.name), "__all__", ())
        if name.endswith("Display")
    }


@pytest.mark.parametrize("show", [lambda: crops().show(3), lambda: Augmentation(erase=1).show(IMAGES[0], n=3)])
def test_contact_sheets_are_drawn_once(show):
    sheet = show()
    assert isinstance(sheet, ContactSheet)
    assert plt.get_fignums() == [sheet.figure_.number]
    assert len(sheet.frame()) == len(sheet.axes_)


def test_frames_hold_what_is_drawn(result):
    roc = ROCDisplay.from_comparison(result).plot()
    line = roc.lines_[1].get_xydata()[1:]
    frame = roc.frame().query("model == 'LR 0'")
    np.testing.assert_array_equal(frame[["false_positive_rate", "sensitivity"]], line)
    confusion = ConfusionDisplay.from_comparison(result).frame()
    assert confusion.groupby("model")["n_cases"].sum().tolist() == [50] * 4
    assert ((confusion["low"] <= confusion["share"]) & (confusion["share"] <= confusion["high"])).all()
    decision = DecisionCurveDisplay.from_comparison(result).frame()
    assert decision["model"].iloc[-1] == "treat all"
