"""The figures of a report, by section."""

import re
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain, count
from typing import Any, NamedTuple

from tqdm import tqdm

from radiohers.displays import (
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
    has_auc,
    models_with_coefficients,
    models_with_features,
    models_with_pca,
)
from radiohers.folds import has_network
from radiohers.report._cnn_figures import cnn_figures, cnn_models
from radiohers.report.facts import has_too_many_features, models_with_probabilities
from radiohers.report.page import DrawnFigure, draw_figure
from radiohers.results import Comparison

__all__ = ["draw_figures"]


class _Plot(NamedTuple):
    kind: str
    section: str
    model: str
    # Kind, caption and figure of each.
    draw: Callable[[], Iterable[tuple[str, str, Any]]]


def draw_figures(comparison: Comparison, *, with_png: bool = False, verbose: int = 0) -> list[DrawnFigure]:
    """Draw all figures that a comparison has.

    Parameters
    ----------
    comparison : Comparison
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
    with tqdm(_plots(comparison), desc="figures", unit="figure", disable=not verbose) as bar:
        for plot in bar:
            bar.set_postfix_str(f"{plot.kind} {plot.model}".rstrip())
            for kind, caption, figure in plot.draw():
                name = f"{kind}-{plot.model}" if plot.model else kind
                own = _file_name(name, {other.name for other in drawn})
                drawn.append(draw_figure(figure, own, kind, plot.section, caption, with_png=with_png))
    return drawn


def _file_name(name: str, taken: set[str]) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
    return next(own for own in chain([name], (f"{name}-{number}" for number in count(2))) if own not in taken)


def _plots(comparison: Comparison) -> list[_Plot]:
    def plot(kind: str, section: str, display: Any, model: str = "", **options: Any) -> _Plot:
        def draw() -> list[tuple[str, str, Any]]:
            shown = display.from_comparison(comparison, *[model] * bool(model), **options).plot()
            return [(kind, shown.caption, shown.figure_)]

        return _Plot(kind, section, model, draw)

    plots = [
        plot("roc", "performance", ROCDisplay),
        plot("roc-train", "performance", ROCDisplay, part="train"),
        plot("precision-recall", "performance", PrecisionRecallDisplay),
        plot("confusion", "performance", ConfusionDisplay),
        plot("waterfall", "performance", WaterfallDisplay),
    ]
    # Each point of a network's would be another training.
    if not all(map(has_network, comparison.models.values())):
        plots.append(plot("learning-curve", "performance", LearningCurveDisplay))
    probable = models_with_probabilities(comparison)
    if probable:
        plots += [
            plot("calibration", "calibration", CalibrationDisplay, models=probable),
            plot("decision-curve", "usefulness", DecisionCurveDisplay, models=probable),
        ]
    plots += [
        plot("importance", "explanation", FeatureImportanceDisplay, name)
        for name in models_with_features(comparison)
        if has_auc(comparison) and not has_too_many_features(comparison, name)
    ]
    plots += [
        plot("coefficients", "explanation", FeatureCoefficientDisplay, name)
        for name in models_with_coefficients(comparison)
    ]
    if models_with_pca(comparison):
        plots.append(plot("pca", "explanation", PCADisplay))
    networks = cnn_models(comparison)
    return plots + [_Plot("network", "explanation", name, partial(cnn_figures, comparison, name)) for name in networks]
