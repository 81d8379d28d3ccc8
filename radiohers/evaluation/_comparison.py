"""What several models gave on the same folds: predictions, tables, figures, a report."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from radiohers.evaluation._comparison_figures import ComparisonFigures
from radiohers.evaluation._document import comparison_document
from radiohers.evaluation._fitting import Prepared
from radiohers.evaluation._splits import Fold
from radiohers.evaluation._table import performance_table
from radiohers.report import write_report

__all__ = ["ModelComparison"]


@dataclass(frozen=True, repr=False)
class ModelComparison(ComparisonFigures):
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
