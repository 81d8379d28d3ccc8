"""What a report shows of a network: its crops, its training, and where it looks."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from radiohers._numbers import percent_text
from radiohers._sklearn import _safe_indexing
from radiohers.crops import Crops
from radiohers.estimators import TrainingHistoryDisplay
from radiohers.explain import GradCamDisplay, crops_and_network, grad_cam, lesion_share
from radiohers.folds import ends_in_network

__all__ = ["NamedFigure", "cnn_figures", "cnn_models"]

N_SUREST = 6


class NamedFigure(NamedTuple):
    """A figure of a report: its name on the page, its caption, and itself."""

    name: str
    caption: str
    figure: Any


def cnn_models(comparison: Any) -> list[str]:
    """Return the names of the models that are networks on crops.

    Parameters
    ----------
    comparison : ModelComparison
        The result.

    Returns
    -------
    list of str
        In the order of the models.
    """
    return [name for name, model in comparison.models.items() if ends_in_network(model)]


def cnn_figures(comparison: Any, name: str) -> list[NamedFigure]:
    """Return contact sheet, training history and Grad-CAM of a network.

    The network is the one that the comparison fitted on the training part of the first
    fold; crops and maps are those of the test part.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    name : str
        One of :func:`cnn_models`.

    Returns
    -------
    list of NamedFigure
        Cases are numbered, not named.
    """
    test = comparison.folds[0].test
    X = _safe_indexing(comparison.prepared[name].X, test)
    crops, fitted = crops_and_network(comparison.first_fits[name], X)
    crops = replace(crops, case_ids=[f"test case {number}" for number in range(1, len(test) + 1)])
    labels = comparison.y.iloc[test].to_numpy()
    who = "patients" if comparison.unit == "patient" else "cases"
    history = TrainingHistoryDisplay.from_estimator(fitted.classifier_, name=name).plot()
    surest, maps = _surest_maps(fitted, crops, labels)
    return [
        NamedFigure(f"crops-{name}", f"{name}: crops of the test part of the first fold.", crops.show().figure_),
        NamedFigure(
            f"history-{name}",
            f"{name}: loss and accuracy by epoch in the first fold, on its training crops and on the {who} that "
            "were held out of them to choose the epoch. No learning curve by number of training cases is drawn, as it "
            f"would train the network many times more; plot_learning_curve(models=[{name!r}]) draws it.",
            history.figure_,
        ),
        NamedFigure(
            f"grad-cam-{name}",
            f"{name}: Grad-CAM in the test part of the first fold, of the cases that were classified with most "
            f"certainty, rightly first, then wrongly; of each the crop that speaks most for it. {maps}",
            surest.plot().figure_,
        ),
    ]


def _surest_maps(fitted: Any, crops: Crops, labels: np.ndarray) -> tuple[GradCamDisplay, str]:
    of_crop = fitted.classifier_.predict_proba(crops.images)
    of_case = fitted.combine_crops(crops, of_crop)
    predicted = of_case.argmax(axis=1)
    right = fitted.classes_[predicted] == labels
    order = np.argsort(-of_case.max(axis=1), kind="stable")
    chosen = [*order[right[order]][: N_SUREST // 2], *order[~right[order]][: N_SUREST // 2]]
    rows = []
    for case in chosen:
        own = np.flatnonzero(crops.case == case)
        rows.append(own[of_crop[own, predicted[case]].argmax()])
    shown = crops.select_crops(rows)
    display = GradCamDisplay.from_estimator(
        fitted.classifier_,
        shown,
        target_class=fitted.classes_[predicted[chosen]],
        y_true=labels[shown.case],
        n=shown.n_crops,
    )
    return display, _describe_shares(fitted, crops)


def _describe_shares(fitted: Any, crops: Crops) -> str:
    if crops.lesion is None:
        return ""
    shares = lesion_share(grad_cam(fitted.classifier_, crops), crops)
    means = shares[["inside", "rim", "outside"]].mean()
    return (
        f"Of the maps of all {crops.n_crops} test crops, on average {percent_text(means['inside'])} lies inside the "
        f"lesion, {percent_text(means['rim'])} on its rim and {percent_text(means['outside'])} outside."
    )
