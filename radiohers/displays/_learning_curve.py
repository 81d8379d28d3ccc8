"""Learning curves: what more patients would give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from radiohers._wording import counted
from radiohers.displays._data import ShownPredictions, class_names
from radiohers.figures import COLOURS, Display, fit_panels, legend_below, new_axes, style_axes, title_panels
from radiohers.folds import Fold, has_network, predict_folds
from radiohers.results import Comparison, Judge

__all__ = ["LearningCurveDisplay"]

SHARES = (0.3, 0.475, 0.65, 0.825, 1.0)
# Colour and marker of each part.
PARTS = {"train": ("training part", COLOURS[1], "s"), "test": ("test part", COLOURS[0], "o")}


@dataclass(repr=False)
class LearningCurveDisplay(Display):
    """AUC on training and test cases by the number of training cases.

    Parameters
    ----------
    curves : DataFrame
        A row a model, share of the training patients and part: ``model``, ``share``, ``part``, ``n_train``
        (mean number of training cases), ``auc`` (mean over folds), ``low``, ``high``.
    note : str
        Which predictions are shown, how they were split, and what the intervals are.
    caption : str
        What the figure shows, in words.

    Attributes
    ----------
    axes_, figure_ : list of matplotlib Axes, and Figure
        After `plot`.
    """

    curves: pd.DataFrame
    note: str
    caption: str = ""

    @classmethod
    def from_comparison(
        cls, comparison: Comparison, models: Sequence[str] | None = None, n_jobs: int | None = None
    ) -> "LearningCurveDisplay":
        """Fit the models of a :class:`ModelComparison` on growing shares of its training patients.

        Parameters
        ----------
        comparison : Comparison
            The result; the folds of its first repeat are used.
        models : sequence of str, default=None
            Which ones; None takes all but networks on crops, each of which it would train
            four times for every fold.
        n_jobs : int, default=None
            Number of fits at the same time.

        Returns
        -------
        LearningCurveDisplay
            Not plotted yet.

        Raises
        ------
        ValueError
            If a model is not known, or none is left.
        """
        chosen, left_out = _choose_models(comparison, models)
        settings = comparison.settings
        folds = [fold for fold in comparison.folds if fold.repeat == comparison.folds[0].repeat]
        rows = []
        for share in SHARES:
            smaller = [
                _share_of_patients(fold, comparison.units, comparison.y, share, settings["random_state"])
                for fold in folds
            ]
            predictions = _predictions(comparison, chosen, smaller, share, n_jobs)
            n_train = float(np.mean([len(fold.train) for fold in smaller]))
            for part in PARTS:
                judge = Judge(
                    predictions, part, confidence_level=settings["confidence_level"],
                    n_bootstraps=settings["n_bootstraps"], random_state=settings["random_state"],
                )  # fmt: skip
                shown = ShownPredictions(judge, tuple(chosen), comparison.split, class_names(comparison))
                rows += [_row(shown, model, share, n_train) for model in chosen]
        method = " or ".join(dict.fromkeys(row.pop("method") for row in rows))
        is_resampled = any([row.pop("is_resampled") for row in rows])
        short = f"{comparison.unit} bootstrap" if is_resampled else method
        of_first = rival = ""
        if len(folds) < len(comparison.folds):
            of_first = " of the first repeat"
            rival = " The last points are not the AUC of the table, which is the mean over all repeats."
        return cls(
            curves=pd.DataFrame(rows),
            note=f"{shown.note}\nbands: {shown.level}, {short}",
            caption=(
                f"AUC by the number of training cases, {counted(len(folds), 'fold')}{of_first}. Bands: "
                f"{shown.level}, {method}. A test curve that still rises asks for more {comparison.unit}s; the "
                f"distance between the curves is overfitting.{rival}{left_out}"
            ),
        )

    def plot(self, axes: Any = None) -> "LearningCurveDisplay":
        """Plot the curves of the models, one a panel.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, default=None
            One a model; None makes a figure.

        Returns
        -------
        LearningCurveDisplay
            The display itself.
        """
        models = {str(model): curves for model, curves in self.curves.groupby("model", sort=False)}
        self.axes_ = new_axes(len(models), axes)
        self.figure_ = self.axes_[0].figure
        titles = title_panels(self.axes_, axes, "Learning curve", self.note, list(models))
        for ax, title, curves in zip(self.axes_, titles, models.values(), strict=True):
            for part, (name, colour, marker) in PARTS.items():
                own = curves[curves["part"] == part]
                ax.fill_between(own["n_train"], own["low"], own["high"], color=colour, alpha=0.16, linewidth=0)
                ax.plot(own["n_train"], own["auc"], color=colour, marker=marker, markersize=4, label=name)
            ax.axhline(0.5, color="0.6", linestyle=":", linewidth=1)
            ax.set_ylim(0.0, 1.03)
            style_axes(ax, title, "number of training cases", "AUC")
        legend_below(self.axes_[-1], columns=2 if len(self.axes_) == 1 else 1)
        if axes is None:
            fit_panels(self.axes_, 2.9 if len(self.axes_) == 1 else None)
        return self

    def frame(self) -> pd.DataFrame:
        """Return the points of the curves.

        Returns
        -------
        DataFrame
            One row a model, share of the training patients and part: ``model``, ``share``, ``part``, ``n_train``,
            ``auc``, ``low`` and ``high``.
        """
        return self.curves.copy()


def _choose_models(comparison: Comparison, models: Sequence[str] | None) -> tuple[list[str], str]:
    """Return the models to fit, and what is said of those that nobody asked for by name."""
    costly = [name for name, model in comparison.models.items() if has_network(model)]
    chosen = [name for name in comparison.models if name not in costly] if models is None else list(models)
    unknown = [name for name in chosen if name not in comparison.models]
    if unknown or not chosen:
        what = f"models has {unknown[0]!r}" if unknown else "there is no model but networks, which are left out"
        raise ValueError(f"{what}. Choose from {list(comparison.models)}: plot_learning_curve(models=[...]).")
    if models is not None or not costly:
        return chosen, ""
    return chosen, f" Left out, as each point would train networks: {', '.join(costly)}."


def _predictions(
    comparison: Comparison, models: list[str], folds: list[Fold], share: float, n_jobs: int | None
) -> pd.DataFrame:
    """Return what the models predict when they are fitted on folds of a share of the training patients."""
    if share == 1:
        # The fits of the comparison itself.
        return comparison.predictions[comparison.predictions["repeat"] == folds[0].repeat]
    prepared = {name: comparison.prepared[name] for name in models}
    patients = comparison.groups, comparison.patients
    # The threshold has no part in an AUC; a fixed one costs nothing.
    return predict_folds(prepared, comparison.y, *patients, folds, comparison.positive, 0.5, n_jobs, 0).predictions


def _row(shown: ShownPredictions, model: str, share: float, n_train: float) -> dict[str, Any]:
    auc = shown.judge.metric(shown.rows(model), "auc")
    return {
        "model": model, "share": share, "part": shown.judge.part, "n_train": n_train,
        "auc": auc.value, "low": auc.low, "high": auc.high, "method": auc.method,
        "is_resampled": auc.is_resampled,
    }  # fmt: skip


def _share_of_patients(fold: Fold, groups: np.ndarray, y: Any, share: float, seed: int) -> Fold:
    """Keep a share of the training patients of each class; larger shares hold the smaller ones."""
    rng = np.random.default_rng([seed, fold.fold])
    kept: list[Any] = []
    taken: set[Any] = set()
    for label in np.unique(y):
        patients = [
            p for p in np.unique(groups[fold.train][(y.iloc[fold.train] == label).to_numpy()]) if p not in taken
        ]
        taken.update(patients)
        order = rng.permutation(len(patients))
        kept += [patients[i] for i in order[: max(2, round(share * len(patients)))]]
    return fold._replace(train=fold.train[np.isin(groups[fold.train], kept)])
