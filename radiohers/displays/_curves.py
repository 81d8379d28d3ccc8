"""What the figures of curves share: panels and bands."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from radiohers.figures import line_style, new_axes
from radiohers.metrics import Band

__all__ = [
    "curve_panels",
    "draw_curves",
    "require_probabilities",
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
