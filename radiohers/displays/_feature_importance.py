"""Importance of features: what a model loses on held-out cases when they are permuted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from radiohers._numbers import level_text
from radiohers._wording import counted
from radiohers.displays._data import stacked
from radiohers.displays._permutation import (
    feature_groups,
    feature_table,
    importance_draws,
    importances,
    permute_folds,
)
from radiohers.figures import COLOURS, SMALL, Display, describe_part, fit_panels, new_axes, style_axes, title_panels
from radiohers.metrics import METRICS, fold_mean, patient_weights
from radiohers.results import Comparison

__all__ = ["FeatureImportanceDisplay", "has_auc", "models_with_features"]

PANEL_NAMES = {"class": "by feature class", "image_type": "by image type", "feature": "by feature"}
INCHES_PER_BAR = 0.19


@dataclass(repr=False)
class FeatureImportanceDisplay(Display):
    """Drop in the AUC of held-out cases when features are permuted, by groups of them.

    Parameters
    ----------
    importances : DataFrame
        A row a bar, most important first in each grouping: ``by``, ``group``, ``n_features``, ``importance``
        (drop in AUC), ``low``, ``high``.
    model : str
        Name of the model.
    auc : float
        The AUC with all features intact, mean over the folds.
    n_left_out : int
        Number of groups less important than those shown.
    note : str
        Which cases are shown, how they were split, and what the intervals are.
    caption : str
        What the figure shows, in words.

    Attributes
    ----------
    axes_, figure_ : list of matplotlib Axes, and Figure
        After `plot`.

    Notes
    -----
    The model is fitted on the training part of each fold. On the test part all features of a group are
    rearranged between the cases together, so that they keep what they tell of one another and lose what they
    tell of the class. Correlated features stand in for one another: permuted one at a time, each of them
    seems to matter little. Groups share that fault with the groups that they are correlated with.

    References
    ----------
    Breiman L. Machine Learning 2001;45:5. doi:10.1023/A:1010933404324

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from radiohers.evaluation import FeatureImportanceDisplay, compare_models
    >>> X, y = make_classification(60, n_features=4, n_informative=1, n_redundant=0, n_clusters_per_class=1,
    ...                            shuffle=False, random_state=0)
    >>> result = compare_models({"LR": LogisticRegression()}, X, y, n_bootstraps=100)
    >>> display = FeatureImportanceDisplay.from_comparison(result)
    >>> display.importances["group"][0]
    'x0'
    """

    importances: pd.DataFrame
    model: str
    auc: float
    n_left_out: int
    note: str
    caption: str = ""

    @classmethod
    def from_comparison(
        cls,
        comparison: Comparison,
        model: str | None = None,
        *,
        by: Any = None,
        n_permutations: int = 10,
        n_top: int = 15,
        n_jobs: int | None = None,
    ) -> "FeatureImportanceDisplay":
        """Fit a model of a :class:`ModelComparison` anew on the folds of the first repeat, and permute features.

        Parameters
        ----------
        comparison : Comparison
            The result.
        model : str, default=None
            A model whose X are numbers; None takes the first one.
        by : {"class", "image_type", "feature"}, list of them, or mapping of str to list of str, default=None
            What to permute together; a mapping has the names of the features of each group. None takes class and
            image type where features are named as pyradiomics does, and else each feature by itself.
        n_permutations : int, default=10
            How often the cases are rearranged, in each fold.
        n_top : int, default=15
            Most bars of a panel.
        n_jobs : int, default=None
            Number of folds at the same time; it does not change the result.

        Returns
        -------
        FeatureImportanceDisplay
            Not plotted yet.

        Raises
        ------
        ValueError
            If the model, or every model, takes images or other things that are no numbers, or no test part has both
            classes.
        """
        model, table = _choose_model(comparison, model)
        if not has_auc(comparison):
            raise ValueError(
                "no test part has both classes, so there is no AUC that could drop. Use folds of several patients "
                "with both classes (StratifiedGroupKFold)."
            )
        folds = [fold for fold in comparison.folds if fold.repeat == comparison.folds[0].repeat]
        groupings = _groupings(list(table.columns), by)
        groups = [columns for grouping in groupings.values() for columns in grouping.values()]
        permuted = permute_folds(comparison, model, folds, groups, n_permutations, n_jobs)
        settings = comparison.settings
        is_positive = (comparison.y == comparison.positive).to_numpy()
        rng = np.random.default_rng(settings["random_state"])
        weights = patient_weights(comparison.units, is_positive, settings["n_bootstraps"], rng)
        importances, n_left_out = _summarize(permuted, groupings, weights, settings["confidence_level"], n_top)
        of_first = " of the first repeat" if len(folds) < len(comparison.folds) else ""
        first = comparison.predictions[comparison.predictions["repeat"] == folds[0].repeat]
        level = f"{level_text(settings['confidence_level'])} CI"
        return cls(
            importances=importances,
            model=model,
            auc=_mean_intact_auc(permuted),
            n_left_out=n_left_out,
            note=f"{describe_part(first, 'test', comparison.split)}\nwhiskers: {level}, {comparison.unit} bootstrap",
            caption=(
                f"{model}: drop in the AUC of held-out cases when features are permuted between them, those of a group "
                f"together; mean over {counted(len(folds), 'fold')}{of_first} and "
                f"{counted(n_permutations, 'permutation')}. Whiskers: {level} by {settings['n_bootstraps']} resamples "
                f"of the {comparison.unit}s; n: features of a group. "
                "Correlated groups stand in for one another, so a small drop does not say that a group holds nothing."
            ),
        )

    def plot(self, axes: Any = None) -> "FeatureImportanceDisplay":
        """Plot the importances, one panel a grouping.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, default=None
            One a grouping; None makes a figure.

        Returns
        -------
        FeatureImportanceDisplay
            The display itself.
        """
        panels = {str(by): bars for by, bars in self.importances.groupby("by", sort=False)}
        self.axes_ = new_axes(len(panels), axes, columns=1)
        self.figure_ = self.axes_[0].figure
        heading = f"Importance of features: {self.model}"
        names = list(panels) if len(panels) > 1 else [""]
        titles = title_panels(self.axes_, axes, heading, self.note, names)
        for ax, title, bars in zip(self.axes_, titles, panels.values(), strict=True):
            plot_bars(ax, bars["group"] + [f", n = {n}" if n > 1 else "" for n in bars["n_features"]],
                      bars["importance"], bars["low"], bars["high"])  # fmt: skip
            if self.n_left_out and len(panels) == 1:
                title += f"\nthe first {len(bars)} of {len(bars) + self.n_left_out}"
            style_axes(ax, title, "drop in AUC when permuted", "")
            ax.set_xlim(_limits(self.importances))
        if axes is None:
            fit_panels(self.axes_, [0.3 + INCHES_PER_BAR * len(bars) for bars in panels.values()])
        return self

    def frame(self) -> pd.DataFrame:
        """Return the bars.

        Returns
        -------
        DataFrame
            One row a bar, most important first in each grouping: ``model``, ``by``, ``group``, ``n_features``,
            ``importance``, ``low`` and ``high``.
        """
        return stacked({self.model: self.importances})


def _limits(importances: pd.DataFrame) -> tuple[float, float]:
    low, high = min(0.0, importances["low"].min()), max(0.0, importances["high"].max())
    # Never closer than this, where a difference in AUC means nothing.
    room = max(0.04 * (high - low), 0.01)
    return low - room, high + room


def plot_bars(ax: Any, names: Any, values: Any, low: Any, high: Any) -> None:
    """Plot horizontal bars with whiskers, the first on top.

    Parameters
    ----------
    ax : matplotlib Axes
        Where.
    names : sequence of str
        Of the bars.
    values, low, high : array-like of shape (n_bars,)
        Lengths, and the ends of the whiskers.
    """
    place = np.arange(len(values))
    values, low, high = (np.asarray(column, dtype=float) for column in (values, low, high))
    colours = [COLOURS[0] if value >= 0 else COLOURS[1] for value in values]
    errors = np.clip([values - low, high - values], 0, None)
    ax.barh(place, values, color=colours, alpha=0.75, linewidth=0, height=0.7)
    ax.errorbar(values, place, xerr=errors, linestyle="", ecolor="0.25", elinewidth=1, capsize=2)
    ax.axvline(0, color="0.2", linewidth=1)
    ax.set_yticks(place, names, fontsize=SMALL)
    ax.set_ylim(len(values) - 0.4, -0.6)
    ax.xaxis.get_major_locator().set_params(nbins=5)


def models_with_features(comparison: Comparison) -> list[str]:
    """Return the names of the models that learn from numbers.

    Parameters
    ----------
    comparison : Comparison
        The result.

    Returns
    -------
    list of str
        In the order of the models.
    """
    return [name for name in comparison.models if feature_table(comparison, name) is not None]


def has_auc(comparison: Comparison) -> bool:
    """Say whether a test part of any fold has both classes, without which no AUC can drop.

    Parameters
    ----------
    comparison : Comparison
        The result.

    Returns
    -------
    bool
        False if each patient is a test part, and has one class.
    """
    is_positive = (comparison.y == comparison.positive).to_numpy()
    return any(0 < is_positive[fold.test].sum() < len(fold.test) for fold in comparison.folds)


def _choose_model(comparison: Comparison, model: str | None) -> tuple[str, pd.DataFrame]:
    able = {name: table for name in comparison.models if (table := feature_table(comparison, name)) is not None}
    chosen = model or next(iter(able), None)
    if chosen not in able:
        raise ValueError(
            f"model={model!r} does not learn from a table of numbers, which permuting features needs. Models that do: "
            f"{list(able)}. For a network on crops see radiohers.explain."
        )
    return chosen, able[chosen]


def _groupings(names: list[str], by: Any) -> dict[str, dict[str, np.ndarray]]:
    if isinstance(by, Mapping):
        return {"by group": feature_groups(names, by)}
    if by is None:
        found = {key: feature_groups(names, key) for key in ("class", "image_type")}
        # A grouping of a single group tells nothing; features that are named otherwise have no other.
        useful = [key for key, groups in found.items() if len(groups) > 1]
        by = useful or ["feature"]
    keys = [by] if isinstance(by, str) else list(by)
    unknown = [key for key in keys if key not in PANEL_NAMES]
    if unknown:
        raise ValueError(f"by={unknown[0]!r} must be one of {list(PANEL_NAMES)}, a list of them, or a mapping.")
    return {PANEL_NAMES[key]: feature_groups(names, key) for key in keys}


def _mean_intact_auc(permuted: list) -> float:
    return float(fold_mean([fold.intact for fold in permuted], METRICS["auc"]))


def _summarize(
    permuted: list, groupings: dict, weights: np.ndarray, confidence_level: float, n_top: int
) -> tuple[pd.DataFrame, int]:
    tail = (1 - confidence_level) / 2
    tables, number, n_left_out = [], 0, 0
    drops = importances(permuted)
    for panel, groups in groupings.items():
        rows = []
        for group, columns in groups.items():
            drop = float(drops[number])
            rows.append({"by": panel, "group": group, "n_features": len(columns), "importance": drop, "number": number})
            number += 1
        # Stable, so that groups that are equally unimportant keep the order of the features.
        table = pd.DataFrame(rows).sort_values("importance", ascending=False, kind="stable")
        n_left_out += max(0, len(table) - n_top)
        tables.append(table.head(n_top))
    shown = pd.concat(tables, ignore_index=True)
    # Only for what is shown: resamples of a thousand features would take minutes.
    draws = importance_draws(permuted, shown.pop("number").tolist(), weights)
    low, high = np.nanquantile(draws, [tail, 1 - tail], axis=1)
    value = shown["importance"]
    return shown.assign(low=np.minimum(low, value), high=np.maximum(high, value)), n_left_out
