"""compare_models: several models, the same folds, one honest table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval as Range
from sklearn.utils._param_validation import StrOptions, validate_params

from radiohers.cohort import positive_label
from radiohers.evaluation._display_confusion import ConfusionDisplay
from radiohers.evaluation._display_learning_curve import LearningCurveDisplay
from radiohers.evaluation._display_pca import PCADisplay
from radiohers.evaluation._display_precision_recall import PrecisionRecallDisplay
from radiohers.evaluation._display_roc import ROCDisplay
from radiohers.evaluation._document import comparison_document
from radiohers.evaluation._fitting import Prepared, predict_folds, prepare
from radiohers.evaluation._splits import Fold, make_folds, split_level
from radiohers.evaluation._table import performance_table
from radiohers.exceptions import CohortError
from radiohers.report import write_report

__all__ = ["ModelComparison", "compare_models"]


@dataclass(frozen=True, repr=False)
class ModelComparison:
    """What several models gave on the same folds.

    Made by :func:`compare_models`.

    Attributes
    ----------
    predictions : DataFrame
        One row a model, fold, part ("train", "test") and case, with the columns
        ``model, repeat, fold, part, case_id, patient_id, y_true, score,
        threshold, y_pred``; ``y_true`` and ``y_pred`` are True for the positive class.
    models : dict of str to estimator
        The models as they were given, not fitted.
    folds : list of Fold
        Positions of the training and test cases.
    split : str
        "patient-level", or a text that says why the result is optimistic.
    positive, negative : object
        The two classes.
    settings : dict
        The arguments that the result depends on.
    """

    predictions: pd.DataFrame
    models: dict[str, BaseEstimator]
    folds: list[Fold]
    split: str
    positive: Any
    negative: Any
    settings: dict[str, Any]
    prepared: dict[str, Prepared] = field(repr=False)
    y: pd.Series = field(repr=False)
    groups: np.ndarray = field(repr=False)

    def __repr__(self) -> str:
        names = ", ".join(self.models)
        return (
            f"<ModelComparison: {names}; {len(self.y)} cases of {len(pd.unique(self.groups))} patients, "
            f"{len(self.folds)} folds, {self.split}>"
        )

    def table(self) -> pd.DataFrame:
        """Return the performance of every model on training and test cases.

        Returns
        -------
        DataFrame with the index (model, part)
            ``auc``, ``accuracy``, ``sensitivity`` and ``specificity``, each with
            ``_low`` and ``_high``; counts; ``split``; and ``auc_interval`` and
            ``share_interval``, which name the methods. With several folds the AUC is
            the mean over folds, and ``auc_pooled`` stands beside it.
        """
        return self._table.copy()

    @cached_property
    def _table(self) -> pd.DataFrame:
        # Figures and report ask for it again and again, and the resamples take a while.
        settings = self.settings
        return performance_table(
            self.predictions,
            self.split,
            settings["n_bootstraps"],
            settings["confidence_level"],
            settings["random_state"],
        )

    def threshold(self, model: str) -> float:
        """Return the median over folds of the thresholds chosen on the training parts.

        Parameters
        ----------
        model : str
            Name of the model.

        Returns
        -------
        float
            For use with a model that is fitted on all cases.
        """
        rows = self.predictions[self.predictions["model"] == model]
        return float(rows.groupby(["repeat", "fold"])["threshold"].first().median())

    def plot_roc(self, part: str = "test", ax: Any = None) -> ROCDisplay:
        """Plot the ROC curves of all models, averaged over folds.

        Parameters
        ----------
        part : {"test", "train"}, default="test"
            Which predictions.
        ax : matplotlib Axes, default=None
            Where to plot; None makes a figure.

        Returns
        -------
        ROCDisplay
            With ``figure_`` and ``ax_``.
        """
        return ROCDisplay.from_comparison(self, part=part).plot(ax=ax)

    def plot_precision_recall(self, part: str = "test", ax: Any = None) -> PrecisionRecallDisplay:
        """Plot the precision-recall curves of all models, of the pooled predictions.

        Parameters
        ----------
        part : {"test", "train"}, default="test"
            Which predictions.
        ax : matplotlib Axes, default=None
            Where to plot; None makes a figure.

        Returns
        -------
        PrecisionRecallDisplay
            With ``figure_`` and ``ax_``.
        """
        return PrecisionRecallDisplay.from_comparison(self, part=part).plot(ax=ax)

    def plot_confusion(self, part: str = "test", axes: Any = None) -> ConfusionDisplay:
        """Plot the confusion matrix of each model, averaged over repeats.

        Parameters
        ----------
        part : {"test", "train"}, default="test"
            Which predictions.
        axes : sequence of matplotlib Axes, default=None
            One a model; None makes a figure.

        Returns
        -------
        ConfusionDisplay
            With ``figure_`` and ``axes_``.
        """
        return ConfusionDisplay.from_comparison(self, part=part).plot(axes=axes)

    def plot_learning_curve(self, axes: Any = None, n_jobs: int | None = None) -> LearningCurveDisplay:
        """Fit the models on growing shares of the training patients and plot the AUC.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, default=None
            One a model; None makes a figure.
        n_jobs : int, default=None
            Number of fits at the same time.

        Returns
        -------
        LearningCurveDisplay
            With ``figure_`` and ``axes_``.
        """
        return LearningCurveDisplay.from_comparison(self, n_jobs=n_jobs).plot(axes=axes)

    def plot_pca(self, model: str | None = None, axes: Any = None) -> PCADisplay:
        """Plot the principal components of the first fold, fitted on its training part.

        Parameters
        ----------
        model : str, default=None
            A model with a step ``pca``; None takes the first one.
        axes : pair of matplotlib Axes, default=None
            For the cumulative variance and the scatter; None makes a figure.

        Returns
        -------
        PCADisplay
            With ``figure_`` and ``axes_``.

        Raises
        ------
        ValueError
            If the model, or every model, has no step ``pca``.
        """
        return PCADisplay.from_comparison(self, model=model).plot(axes=axes)

    def to_dict(self, title: str | None = None, cohort: Any = None) -> dict[str, Any]:
        """Return the report as plain values, with figures as SVG texts.

        Parameters
        ----------
        title : str, default=None
            Of the report.
        cohort : Cohort, default=None
            Adds the target's name and the source of the cohort.

        Returns
        -------
        dict
            What :meth:`report` writes.
        """
        return comparison_document(self, title=title, cohort=cohort)

    def report(self, path: Any, *, title: str | None = None, cohort: Any = None, force: bool = False) -> Path:
        """Write the report as one HTML file that needs nothing else.

        Parameters
        ----------
        path : path-like
            The file.
        title : str, default=None
            Of the report.
        cohort : Cohort, default=None
            Adds the target's name and the source of the cohort.
        force : bool, default=False
            Whether an existing file is overwritten.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputExistsError
            If the file exists and `force` is false. Found before any work is done.
        """
        return write_report(path, lambda: self.to_dict(title=title, cohort=cohort), force=force)


@validate_params(
    {
        "models": [Mapping],
        "X": "no_validation",
        "y": ["array-like"],
        "groups": ["array-like", None],
        "cv": ["cv_object", None],
        "positive": "no_validation",
        "threshold": [StrOptions({"youden"}), Real],
        "n_bootstraps": [Range(Integral, 100, None, closed="left")],
        "confidence_level": [Range(Real, 0, 1, closed="neither")],
        "n_jobs": [Integral, None],
        "random_state": [Range(Integral, 0, None, closed="left")],
        "verbose": ["verbose"],
    },
    prefer_skip_nested_validation=True,
)
def compare_models(
    models,
    X,
    y,
    groups=None,
    *,
    cv=None,
    positive=None,
    threshold="youden",
    n_bootstraps=2000,
    confidence_level=0.95,
    n_jobs=None,
    random_state=0,
    verbose=0,
):
    """Cross-validate several models on the same folds, by patient.

    Parameters
    ----------
    models : mapping of str to classifier
        The models by name; see :func:`~radiohers.estimators.make_radiomics_pipeline`.
    X : DataFrame of shape (n_cases, n_columns) or array-like of shape (n_cases, n_features)
        Cohort rows, or features.
    y : array-like of shape (n_cases,)
        Labels of two classes.
    groups : array-like of shape (n_cases,), default=None
        The patient of each case; None takes each case for its own patient.
    cv : int, cross-validator or iterable of (train, test), default=None
        None is 5 folds by patient, stratified, dealt 5 times
        (:class:`RepeatedStratifiedGroupKFold`). A 7:3 split is
        ``StratifiedGroupShuffleSplit(test_size=0.3)``. A splitter that cuts patients is
        carried out, and called optimistic wherever its result is shown.
    positive : object, default=None
        The positive class; needed unless labels are 0 and 1.
    threshold : "youden" or float, default="youden"
        How a score becomes a class: the threshold with the highest Youden index on
        the training part of each fold, or a fixed score.
    n_bootstraps : int, default=2000
        Number of resamples of the patients for the intervals.
    confidence_level : float, default=0.95
        Coverage of the intervals.
    n_jobs : int, default=None
        Number of fits at the same time; it does not change the result.
    random_state : int, default=0
        Seed of the default folds and of the resamples. Models have their own.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    ModelComparison
        The predictions, and tables, figures and a report made from them.

    Raises
    ------
    CohortError
        If the labels have not two classes, lengths differ, case_ids repeat, or a class has
        fewer patients than there are folds.

    Notes
    -----
    Steps that learn nothing (scikit-learn's tag ``requires_fit`` is false), such as the
    extraction of features, are run once for all models; everything else is fitted
    in each fold on its training part.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from radiohers import compare_models
    >>> X, y = make_classification(n_samples=60, random_state=0)
    >>> result = compare_models({"LR": LogisticRegression()}, X, y, n_bootstraps=200)
    >>> result
    <ModelComparison: LR; 60 cases of 60 patients, 25 folds, patient-level>
    """
    if not models:
        raise ValueError("models is empty. Give at least one, as in {'LR': make_radiomics_pipeline('lr')}.")
    y = _labels(X, y)
    groups = y.index.to_numpy() if groups is None else np.asarray(groups)
    if len(groups) != len(y):
        raise CohortError(f"groups has {len(groups)} entries and y has {len(y)}. Give the patient of each case.")
    positive = positive_label(y, positive)
    (negative,) = [label for label in pd.unique(y) if label != positive]
    is_positive = (y == positive).to_numpy()
    folds = make_folds(cv, X, is_positive, groups, random_state)
    prepared = prepare(models, X, y)
    predictions = predict_folds(prepared, y, groups, folds, positive, threshold, n_jobs, verbose)
    settings = {
        "cv": repr(cv) if cv is not None else "5 folds by patient, stratified, repeated 5 times",
        "threshold": threshold,
        "n_bootstraps": n_bootstraps,
        "confidence_level": confidence_level,
        "random_state": random_state,
    }
    return ModelComparison(
        predictions=predictions,
        models=dict(models),
        folds=folds,
        split=split_level(folds, groups),
        positive=positive,
        negative=negative,
        settings=settings,
        prepared=prepared,
        y=y,
        groups=groups,
    )


def _labels(X: Any, y: Any) -> pd.Series:
    n_cases = X.shape[0] if hasattr(X, "shape") else len(X)
    if len(y) != n_cases:
        raise CohortError(f"X has {n_cases} cases and y has {len(y)} labels. Give one label a case.")
    index = X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(n_cases)
    if index.has_duplicates:
        raise CohortError(
            f"{index[index.duplicated()][0]!r} names more than one case in the index of X. Give each case its own name."
        )
    if isinstance(y, pd.Series) and not y.index.equals(index) and set(y.index) == set(index):
        raise CohortError("y names the same cases as X, in another order. Reorder it: y.loc[X.index].")
    labels = pd.Series(np.asarray(y) if not isinstance(y, pd.Series) else y.to_numpy(), index=index.rename("case_id"))
    if labels.isna().any():
        missing = labels.index[labels.isna()]
        raise CohortError(
            f"y is missing for {len(missing)} cases, the first is {missing[0]!r}. Leave them out of X and y."
        )
    return labels
