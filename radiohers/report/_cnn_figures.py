"""What a report shows of a network: its crops, its training, and where it looks."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from radiohers._sklearn import _safe_indexing
from radiohers.crops import Crops
from radiohers.estimators import TrainingHistoryDisplay
from radiohers.explain import GradCamDisplay, crops_and_network, grad_cam, lesion_share
from radiohers.folds import ends_in_network
from radiohers.report.words import crops_caption, history_caption, map_caption
from radiohers.results import Comparison

__all__ = ["cnn_figures", "cnn_models"]

N_SUREST = 6


def cnn_models(comparison: Comparison) -> list[str]:
    """Return the names of the models that are networks on crops, in the order of the models."""
    return [name for name, model in comparison.models.items() if ends_in_network(model)]


def cnn_figures(comparison: Comparison, name: str) -> Iterator[tuple[str, str, Any]]:
    """Yield kind, caption and figure: the contact sheet, training history and Grad-CAM of a network.

    The network is the one that the comparison fitted on the training part of the first fold; crops and maps are those
    of the test part. Cases are numbered, not named.
    """
    test = comparison.folds[0].test
    X = _safe_indexing(comparison.prepared[name].X, test)
    crops, fitted = crops_and_network(comparison.first_fits[name], X)
    crops = replace(crops, case_ids=pd.Index([f"test case {number}" for number in range(1, len(test) + 1)]))
    labels = comparison.y.iloc[test].to_numpy()
    history = TrainingHistoryDisplay.from_estimator(fitted.classifier_, name=name).plot()
    surest, shares = _surest_maps(fitted, crops, labels)
    yield "crops", crops_caption(name), crops.show().figure_
    yield "history", history_caption(name, comparison.unit), history.figure_
    yield "grad-cam", map_caption(name, crops.n_crops, shares), surest.plot().figure_


def _surest_maps(fitted: Any, crops: Crops, labels: np.ndarray) -> tuple[GradCamDisplay, dict[str, float]]:
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
    return display, _shares(fitted, crops)


def _shares(fitted: Any, crops: Crops) -> dict[str, float]:
    """Return how much of the maps lies inside the lesion, on its rim and outside; nothing without outlines."""
    if crops.lesion is None:
        return {}
    shares = lesion_share(grad_cam(fitted.classifier_, crops), crops)
    return {place: float(shares[place].mean()) for place in ("inside", "rim", "outside")}
