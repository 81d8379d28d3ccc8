"""Principal components: how many, and what they show."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from radiohers._numbers import cases_text, number_text, percent_text
from radiohers._sklearn import _safe_indexing
from radiohers._wording import counted
from radiohers.displays._data import class_names
from radiohers.figures import COLOURS, GREY, SMALL, Display, fit_panels, legend_below, new_axes, style_axes
from radiohers.results import Comparison

__all__ = ["PCADisplay"]


@dataclass(repr=False)
class PCADisplay(Display):
    """Cumulative explained variance with the chosen number, and the first two components.

    Parameters
    ----------
    cumulative : ndarray of shape (n_possible_components,)
        Cumulative explained variance, 0..1.
    n_components : int
        How many were kept.
    area : float
        Area under the cumulative curve up to the last component kept, in % x components.
    scores : dict of str to ndarray of shape (n_cases, 2)
        First two components of the cases, by part.
    is_positive : dict of str to ndarray of bool of shape (n_cases,)
        Their classes.
    class_names : tuple of str
        Negative and positive class.
    note : str
        What the components were fitted on, and how the cases were split.
    caption : str
        What the figure shows, in words.

    Attributes
    ----------
    axes_, figure_ : list of matplotlib Axes, and Figure
        After `plot`.
    """

    cumulative: np.ndarray
    n_components: int
    area: float
    scores: dict[str, np.ndarray]
    is_positive: dict[str, np.ndarray]
    class_names: tuple[str, str]
    note: str
    caption: str = ""

    @classmethod
    def from_comparison(cls, comparison: Comparison, model: str | None = None) -> "PCADisplay":
        """Fit a model of a :class:`ModelComparison` on its first training part.

        Parameters
        ----------
        comparison : Comparison
            The result.
        model : str, default=None
            A model with a step ``pca``; None takes the first one.

        Returns
        -------
        PCADisplay
            Not plotted yet.

        Raises
        ------
        ValueError
            If the model, or every model, has no step ``pca``.
        """
        model = model or next(iter(models_with_pca(comparison)), None)
        if model not in models_with_pca(comparison):
            raise ValueError(f"model={model!r} has no step 'pca'. Models with one: {models_with_pca(comparison)}.")
        fold = comparison.folds[0]
        X = comparison.prepared[model].X
        parts = {"training": fold.train, "test": fold.test}
        y = comparison.y
        fitted = comparison.first_fits[model]
        pca = fitted.named_steps["pca"]
        to_components = fitted[: list(fitted.named_steps).index("pca") + 1]
        by_elbow = getattr(pca, "n_components", None) == "elbow"
        chosen = "the elbow: the point farthest from the chord" if by_elbow else "set beforehand"
        counts = {part: _count(comparison, rows) for part, rows in parts.items()}
        return cls(
            cumulative=pca.cumulative_explained_variance_,
            n_components=pca.n_components_,
            area=pca.explained_variance_area_,
            scores={
                part: np.asarray(to_components.transform(_safe_indexing(X, rows)))[:, :2]
                for part, rows in parts.items()
            },
            is_positive={part: (y.iloc[rows] == comparison.positive).to_numpy() for part, rows in parts.items()},
            class_names=class_names(comparison),
            note=(
                f"{model}, first fold, split: {comparison.split}\nfitted on {counts['training']} of the training part, "
                f"{counts['test']} of the test part projected"
            ),
            caption=(
                f"{model}: cumulative explained variance of the training part of the first fold, with the number of "
                f"components kept ({chosen}), and the first two components, "
                "into which the test cases were projected. One fit, without intervals."
            ),
        )

    def plot(self, axes: Any = None) -> "PCADisplay":
        """Plot the cumulative variance, and the scatter of the first two components.

        Parameters
        ----------
        axes : pair of matplotlib Axes, default=None
            Where; None makes a figure.

        Returns
        -------
        PCADisplay
            The display itself.
        """
        self.axes_ = new_axes(2, axes, columns=1)
        self.figure_ = self.axes_[0].figure
        self._plot_variance(self.axes_[0])
        self._plot_scatter(self.axes_[1])
        if axes is None:
            fit_panels(self.axes_, [2.4, 3.0])
        return self

    def frame(self) -> pd.DataFrame:
        """Return the points of both panels.

        Returns
        -------
        DataFrame
            One row a point: ``panel``, ``part``, ``class_name``, ``x`` and ``y``. In the panel "variance" these are a
            number of components and their cumulative explained variance, 0..1, of the training part; in the panel
            "scores" the first two components of a case, the second NaN where there is one only.
        """
        variance = {"x": np.arange(1, len(self.cumulative) + 1), "y": self.cumulative}
        tables = [pd.DataFrame({"panel": "variance", "part": "training", "class_name": "", **variance})]
        for part, scores in self.scores.items():
            names = np.where(self.is_positive[part], *reversed(self.class_names))
            second = scores[:, 1] if scores.shape[1] > 1 else np.nan
            table = {"panel": "scores", "part": part, "class_name": names, "x": scores[:, 0], "y": second}
            tables.append(pd.DataFrame(table))
        return pd.concat(tables, ignore_index=True)

    def _plot_variance(self, ax: Any) -> None:
        numbers = np.arange(1, len(self.cumulative) + 1)
        percent = 100 * self.cumulative
        k = self.n_components
        ax.plot(numbers, percent, color=COLOURS[0], marker=".", markersize=4)
        ax.fill_between(numbers[:k], percent[:k], color=COLOURS[0], alpha=0.12, linewidth=0)
        ax.axvline(k, color=COLOURS[1], linestyle="--", linewidth=1)
        ax.plot(k, percent[k - 1], marker="o", markersize=8, markerfacecolor="none", color=COLOURS[1])
        # Below the curve there is room, on the side where more of it lies.
        left = k > 0.6 * len(numbers)
        text = f"kept: {counted(k, 'component')}, {percent_text(self.cumulative[k - 1])}\n"
        text += f"area {number_text(self.area, 1)} % × components"
        ax.annotate(
            text, (k, 4), xytext=(-6 if left else 6, 0), textcoords="offset points", fontsize=SMALL,
            ha="right" if left else "left", va="bottom",
        )  # fmt: skip
        ax.set_ylim(0, 103)
        ax.xaxis.get_major_locator().set_params(integer=True)
        style_axes(ax, f"Explained variance\n{self.note}", "number of components", "cumulative variance (%)")

    def _plot_scatter(self, ax: Any) -> None:
        for part, scores in self.scores.items():
            for positive, marker in ((False, "o"), (True, "^")):
                chosen = scores[self.is_positive[part] == positive]
                second = chosen[:, 1] if chosen.shape[1] > 1 else np.zeros(len(chosen))
                name = f"{self.class_names[positive]} ({'positive' if positive else 'negative'})"
                # The class is the colour and the shape, the part whether it is filled.
                fill = {"facecolor": COLOURS[positive], "alpha": 0.55} if part == "training" else {"facecolor": "none"}
                ax.scatter(
                    chosen[:, 0], second, s=24, marker=marker, edgecolor=COLOURS[positive], linewidth=0.9,
                    label=f"{name}, {part}, n = {len(chosen)}", **fill,
                )  # fmt: skip
        ax.axhline(0, color=GREY, linewidth=0.4, zorder=0)
        ax.axvline(0, color=GREY, linewidth=0.4, zorder=0)
        own = np.diff(self.cumulative, prepend=0)[:2]
        labels = [f"component {i} ({percent_text(share)} of the variance)" for i, share in enumerate(own, start=1)]
        style_axes(ax, "First two components", labels[0], labels[1] if len(labels) > 1 else "")
        legend_below(ax, columns=2)


def _count(comparison: Comparison, rows: np.ndarray) -> str:
    n_positive = int((comparison.y.iloc[rows] == comparison.positive).sum())
    return f"{cases_text(len(rows), comparison.n_patients(rows))} ({n_positive} positive)"


def models_with_pca(comparison: Comparison) -> list[str]:
    """Return the names of the models that have a step ``pca``.

    Parameters
    ----------
    comparison : Comparison
        The result.

    Returns
    -------
    list of str
        In the order of the models.
    """
    return [
        name
        for name, (estimator, _) in comparison.prepared.items()
        if isinstance(estimator, Pipeline) and "pca" in estimator.named_steps
    ]
