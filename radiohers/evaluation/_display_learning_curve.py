"""Learning curves: what more patients would give."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.metrics import roc_auc_score
from sklearn.utils import _safe_indexing

from radiohers._display_style import COLOURS, describe_part, new_axes, style_axes
from radiohers.evaluation._fitting import Prepared, fit_model, positive_scores
from radiohers.evaluation._splits import Fold

__all__ = ["LearningCurveDisplay"]

SHARES = (0.3, 0.475, 0.65, 0.825, 1.0)


@dataclass
class LearningCurveDisplay:
    """AUC on training and test cases by the number of training cases.

    Parameters
    ----------
    n_train : dict of str to ndarray of shape (n_sizes,)
        Mean number of training cases, a model.
    train_auc, test_auc : dict of str to ndarray of shape (n_sizes, n_folds)
        AUC of each fold.
    note : str
        Which predictions are shown, and how they were split.

    Attributes
    ----------
    axes_, figure_ : list of matplotlib Axes, and Figure
        After `plot`.
    """

    n_train: dict[str, np.ndarray]
    train_auc: dict[str, np.ndarray]
    test_auc: dict[str, np.ndarray]
    note: str

    @classmethod
    def from_comparison(cls, comparison: Any, n_jobs: int | None = None) -> "LearningCurveDisplay":
        """Fit the models of a :class:`ModelComparison` on growing shares of its training patients.

        Parameters
        ----------
        comparison : ModelComparison
            The result; the folds of its first repeat are used.
        n_jobs : int, default=None
            Number of fits at the same time.

        Returns
        -------
        LearningCurveDisplay
            Not plotted yet.
        """
        folds = [fold for fold in comparison.folds if fold.repeat == 0]
        first_repeat = comparison.predictions[comparison.predictions["repeat"] == 0]
        seed = comparison.settings["random_state"]
        tasks = [
            (model, share, _share_of_patients(fold, comparison.groups, comparison.y, share, seed))
            for model in comparison.models
            for share in SHARES
            for fold in folds
        ]
        results = Parallel(n_jobs=n_jobs)(
            delayed(_fit_and_score)(
                comparison.prepared[model], comparison.y, comparison.groups, fold, comparison.positive
            )
            for model, _, fold in tasks
        )
        shape = len(comparison.models), len(SHARES), len(folds), 3
        values = dict(zip(comparison.models, np.array(results).reshape(shape), strict=True))
        return cls(
            n_train={model: value[:, :, 0].mean(axis=1) for model, value in values.items()},
            train_auc={model: value[:, :, 1] for model, value in values.items()},
            test_auc={model: value[:, :, 2] for model, value in values.items()},
            note=describe_part(first_repeat, "test", comparison.split),
        )

    def plot(self, axes: Any = None) -> "LearningCurveDisplay":
        """Plot the curves of the models side by side.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, default=None
            One a model; None makes a figure.

        Returns
        -------
        LearningCurveDisplay
            The display itself.
        """
        self.axes_ = new_axes(len(self.n_train), axes)
        self.figure_ = self.axes_[0].figure
        for ax, model in zip(self.axes_, self.n_train, strict=True):
            parts = (("training", self.train_auc[model]), ("test", self.test_auc[model]))
            for colour, (name, auc) in zip(COLOURS, parts, strict=False):
                _plot_mean_and_spread(ax, self.n_train[model], auc, colour, name)
            ax.axhline(0.5, color="0.6", linestyle=":")
            ax.set_ylim(0.0, 1.03)
            ax.legend(title="mean ± SD over folds", fontsize=8, title_fontsize=8, loc="lower right", frameon=False)
            style_axes(ax, f"Learning curve: {model}\n{self.note}", "number of training cases", "AUC")
        return self


def _plot_mean_and_spread(ax: Any, n_train: np.ndarray, auc: np.ndarray, colour: str, name: str) -> None:
    mean, spread = np.nanmean(auc, axis=1), np.nanstd(auc, axis=1)
    ax.plot(n_train, mean, color=colour, marker="o", markersize=4, label=name)
    ax.fill_between(
        n_train, np.clip(mean - spread, 0, 1), np.clip(mean + spread, 0, 1), color=colour, alpha=0.15, linewidth=0
    )


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


def _fit_and_score(prepared: Prepared, y: Any, groups: np.ndarray, fold: Fold, positive: Any) -> tuple[float, ...]:
    X_train, X_test = (_safe_indexing(prepared.X, rows) for rows in (fold.train, fold.test))
    model = fit_model(prepared.model, X_train, y.iloc[fold.train], groups[fold.train])
    is_positive = (y == positive).to_numpy()
    aucs = [
        roc_auc_score(is_positive[rows], positive_scores(model, X, positive))
        if len(set(is_positive[rows])) > 1
        else np.nan
        for rows, X in ((fold.train, X_train), (fold.test, X_test))
    ]
    return len(fold.train), *aucs
