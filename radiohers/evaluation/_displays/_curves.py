"""What the figures of curves share: panels, bands, and the curves that are statistics of no table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from radiohers._display_style import line_style, new_axes
from radiohers.metrics._bootstrap import Band
from radiohers.metrics._statistics import Statistic

__all__ = [
    "bin_statistic",
    "bins_are_filled",
    "curve_panels",
    "draw_curves",
    "precision_statistic",
    "require_probabilities",
    "weighted_precision_at_recall",
]

# More bands than this in one panel cannot be told apart.
MOST_OVERLAID = 3


def curve_panels(models: Sequence[str], ax: Any) -> tuple[list[Any], list[list[str]]]:
    """Return the axes, and the models that each of them shows: all in one, or more than three in one each.

    Parameters
    ----------
    models : sequence of str
        Names.
    ax : matplotlib Axes or None
        The caller's: all models go there.

    Returns
    -------
    axes : list of matplotlib Axes
        The panels.
    shown : list of list of str
        For each panel its models.
    """
    if ax is None and len(models) > MOST_OVERLAID:
        return new_axes(len(models)), [[model] for model in models]
    return new_axes(1, ax), [list(models)]


def draw_curves(ax: Any, x: np.ndarray, bands: Mapping[str, Band], shown: Sequence[str], **kwargs: Any) -> list[Any]:
    """Draw the curves of the models shown with their bands, over those of the others in grey.

    Parameters
    ----------
    ax : matplotlib Axes
        Where.
    x : ndarray of shape (n_points,)
        Of all curves.
    bands : mapping of str to Band
        All models, in their order.
    shown : sequence of str
        Those that have a band and a colour here.
    **kwargs : object
        For both ``plot`` and ``fill_between``: ``drawstyle`` or ``step``.

    Returns
    -------
    list of matplotlib lines
        Of the models shown.
    """
    steps = kwargs.get("step")
    draw = {"drawstyle": f"steps-{steps}"} if steps else {}
    for model, band in bands.items():
        if model not in shown:
            ax.plot(x, band.value, color="0.82", linewidth=0.8, zorder=1, **draw)
    lines = []
    for number, (model, band) in enumerate(bands.items()):
        if model in shown:
            style = line_style(number)
            alpha = 0.22 if len(shown) == 1 else 0.1
            ax.fill_between(x, band.low, band.high, color=style["color"], alpha=alpha, linewidth=0, step=steps)
            if len(shown) > 1:
                # Fills that overlap look alike; their edges have the dashes of the curve.
                for edge in (band.low, band.high):
                    ax.plot(x, edge, zorder=2, alpha=0.7, **{**style, "linewidth": 0.5}, **draw)
            lines += ax.plot(x, band.value, zorder=3, **style, **draw)
    return lines


def require_probabilities(scores: Mapping[str, np.ndarray], what_for: str) -> None:
    """Check that the scores of every model can be probabilities.

    Parameters
    ----------
    scores : mapping of str to ndarray
        By model.
    what_for : str
        What needs them.

    Raises
    ------
    ValueError
        If a score lies outside 0..1, or is no number.
    """
    for model, values in scores.items():
        # Written so that a NaN fails it.
        if not (np.min(values) >= 0 and np.max(values) <= 1):
            able = [name for name, other in scores.items() if np.min(other) >= 0 and np.max(other) <= 1]
            raise ValueError(
                f"The scores of model {model!r} run from {np.min(values):.3g} to {np.max(values):.3g} and are no "
                f"probabilities, which {what_for} needs. Wrap the model in sklearn.calibration.CalibratedClassifierCV, "
                f"give it predict_proba, or leave it out: models={able}."
            )


def weighted_precision_at_recall(
    y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray, recalls: np.ndarray
) -> np.ndarray:
    """Return the precision of each resample at the highest threshold that reaches each recall.

    Parameters
    ----------
    y_true : ndarray of bool of shape (n_cases,)
        Whether each case is positive.
    y_score : ndarray of shape (n_cases,)
        Higher is more positive.
    weights : ndarray of shape (n_bootstraps, n_cases)
        How often each resample holds each case.
    recalls : ndarray of shape (n_points,)
        Rising.

    Returns
    -------
    ndarray of shape (n_bootstraps, n_points)
        NaN where no positive case was drawn.

    Notes
    -----
    A step function, which interpolates nothing: its area is the average precision.
    """
    order = np.argsort(-y_score, kind="stable")
    last_of_ties = np.append(np.flatnonzero(np.diff(y_score[order])), len(order) - 1)
    true_positives = np.cumsum(weights[:, order] * y_true[order], axis=1)[:, last_of_ties]
    called = np.cumsum(weights[:, order], axis=1)[:, last_of_ties]
    precision = np.divide(true_positives, called, out=np.zeros_like(called), where=called > 0)
    n_positive = true_positives[:, -1:]
    curves = np.full((len(weights), len(recalls)), np.nan)
    for i in np.flatnonzero(n_positive[:, 0] > 0):
        # Weights are whole numbers: half a case more or less than rounding errors decides nothing.
        reached = np.searchsorted(true_positives[i], recalls * n_positive[i] - 1e-9)
        # At recall 0 the first threshold that calls any positive case.
        reached = np.maximum(reached, np.searchsorted(true_positives[i], 1e-9))
        curves[i] = precision[i, reached]
    return curves


def precision_statistic(recalls: np.ndarray) -> Statistic:
    """Return the statistic of the precision at each recall, for a band around a precision-recall curve."""

    def function(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return weighted_precision_at_recall(y_true, y_score, weights, recalls)

    return Statistic(function, "score", lambda y, score: (y,), lambda y, score: "no case is positive")


def bin_statistic(n_bins: int, of: str) -> Statistic:
    """Return the statistic of what lies in each of `n_bins` bins of the scores, for the bars of a calibration curve.

    Parameters
    ----------
    n_bins : int
        Bins by quantiles of the scores: as many cases in each as ties allow.
    of : {"observed", "predicted", "size"}
        The share of positive cases, the mean score, or the number of cases.

    Returns
    -------
    Statistic
        NaN where a bin is empty.
    """

    def function(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray) -> np.ndarray:
        inside = (_bin_of(y_score, n_bins)[:, None] == np.arange(n_bins)).astype(float)
        size = weights @ inside
        if of == "size":
            return size
        summed = (weights * (y_true if of == "observed" else y_score)) @ inside
        return np.divide(summed, size, out=np.full_like(size, np.nan), where=size > 0)

    return Statistic(function, "score", lambda y, score: (np.ones_like(y),), lambda y, score: "a bin is empty")


def bins_are_filled(y_score: np.ndarray, n_bins: int) -> bool:
    """Tell whether each bin of :func:`bin_statistic` has a case."""
    return len(np.unique(_bin_of(y_score, n_bins))) == n_bins


def _bin_of(y_score: np.ndarray, n_bins: int) -> np.ndarray:
    edges = np.quantile(y_score, np.linspace(0, 1, n_bins + 1)[1:-1])
    return np.searchsorted(edges, y_score, side="right")
