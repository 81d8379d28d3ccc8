"""The figures of a report, by section."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from tqdm import tqdm

from radiohers.displays import (
    feature_groups,
    feature_table,
    has_auc,
    models_with_coefficients,
    models_with_features,
    models_with_pca,
)
from radiohers.folds import has_network
from radiohers.report import DrawnFigure, draw_figure
from radiohers.report.facts._cnn_figures import cnn_figures, cnn_models

__all__ = ["MAX_SINGLE_FEATURES", "draw_figures", "has_too_many_features", "models_with_probabilities"]

MAX_SINGLE_FEATURES = 200


class _Plot(NamedTuple):
    name: str
    section: str
    plot: Callable[[], Any]


def draw_figures(comparison: Any, *, with_png: bool = False, verbose: int = 0) -> list[DrawnFigure]:
    """Draw all figures that a comparison has.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    with_png : bool, default=False
        Whether to draw them as pixels too, for files.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    list of DrawnFigure
        With names that are unlike and can be those of files.
    """
    drawn: list[DrawnFigure] = []
    for name, section, caption, figure in _figures(comparison, verbose):
        own = _file_name(name, {other.name for other in drawn})
        drawn.append(draw_figure(figure, own, section, caption, with_png=with_png))
    return drawn


def _file_name(name: str, taken: set[str]) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
    number = 2
    own = name
    while own in taken:
        own, number = f"{name}-{number}", number + 1
    return own


def models_with_probabilities(comparison: Any) -> list[str]:
    """Return the names of the models whose scores can be probabilities.

    Parameters
    ----------
    comparison : ModelComparison
        The result.

    Returns
    -------
    list of str
        In the order of the models.
    """
    predictions = comparison.predictions
    can_be = predictions["score"].between(0, 1).groupby(predictions["model"]).all()
    return [name for name in comparison.models if can_be[name]]


def has_too_many_features(comparison: Any, name: str) -> bool:
    """Say whether permuting the features of a model would take longer than the rest of the report.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    name : str
        One of the models that learn from a table of numbers.

    Returns
    -------
    bool
        Features in pyradiomics' names are permuted class by class, however many they are; others one by one.
    """
    names = list(feature_table(comparison, name).columns)
    has_groups = any(len(feature_groups(names, by)) > 1 for by in ("class", "image_type"))
    return not has_groups and len(names) > MAX_SINGLE_FEATURES


def _figures(comparison: Any, verbose: int) -> Iterator[tuple[str, str, str, Any]]:
    plots, networks = _plots(comparison), cnn_models(comparison)
    with tqdm(total=len(plots) + len(networks), desc="figures", unit="figure", disable=not verbose) as bar:
        for name, section, plot in plots:
            bar.set_postfix_str(name)
            display = plot()
            yield name, section, display.caption, display.figure_
            bar.update()
        for model in networks:
            bar.set_postfix_str(model)
            for name, caption, figure in cnn_figures(comparison, model):
                yield name, "explanation", caption, figure
            bar.update()


def _plots(comparison: Any) -> list[_Plot]:
    plots = [
        _Plot("roc", "performance", comparison.plot_roc),
        _Plot("roc-train", "performance", partial(comparison.plot_roc, part="train")),
        _Plot("precision-recall", "performance", comparison.plot_precision_recall),
        _Plot("confusion", "performance", comparison.plot_confusion),
        _Plot("waterfall", "performance", comparison.plot_waterfall),
    ]
    if not all(map(has_network, comparison.models.values())):
        plots.append(_Plot("learning-curve", "performance", comparison.plot_learning_curve))
    probable = models_with_probabilities(comparison)
    if probable:
        plots += [
            _Plot("calibration", "calibration", partial(comparison.plot_calibration, models=probable)),
            _Plot("decision-curve", "usefulness", partial(comparison.plot_decision_curve, models=probable)),
        ]
    plots += [
        _Plot(f"importance-{name}", "explanation", partial(comparison.plot_feature_importance, name))
        for name in models_with_features(comparison)
        if has_auc(comparison) and not has_too_many_features(comparison, name)
    ]
    plots += [
        _Plot(f"coefficients-{name}", "explanation", partial(comparison.plot_coefficients, name))
        for name in models_with_coefficients(comparison)
    ]
    if models_with_pca(comparison):
        plots.append(_Plot("pca", "explanation", comparison.plot_pca))
    return plots
