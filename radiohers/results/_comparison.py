"""What several models gave on the same folds, as data: nothing here draws or prints."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from radiohers._numbers import cases_text
from radiohers._wording import counted
from radiohers.folds import Fold, Marks, Prepared, check_unchanged, split_level
from radiohers.results._cross_validated import fold_design
from radiohers.results._judge import Judge

__all__ = ["Comparison"]


@dataclass(frozen=True, repr=False)
class Comparison:
    """What several models gave on the same folds.

    Made by :func:`~radiohers.evaluation.compare_models`.

    Attributes
    ----------
    predictions : DataFrame
        One row a model, fold, part ("train", "test") and case, with the columns
        ``model, repeat, fold, part, case_id, patient_id, y_true, score,
        threshold, y_pred``; ``y_true`` and ``y_pred`` are True for the positive class. ``patient_id`` is
        missing where patients were not given.
    models : dict of str to estimator
        Clones of the models that were given, not fitted, which know the positive class where they had left it open.
    folds : list of Fold
        Positions of the training and test cases.
    split : str
        "patient-level" if no fold cuts a patient, "patients not given", or a text that says why the result is
        optimistic.
    positive, negative : object
        The two classes.
    settings : dict
        The arguments that the result depends on.
    y : Series of shape (n_cases,)
        The labels.
    groups : ndarray of shape (n_cases,)
        What the fits were told to be the patients; where nobody said, each case is its own.
    patients : ndarray of shape (n_cases,) or None
        The patients, of whom a cohort may know better; None where they were not given.
    chosen_params : DataFrame
        One row a fold of each model that searches its parameters, with the columns ``model, repeat,
        fold``, ``inner_score`` (of the best parameters on the inner folds), ``inner_cv``, and
        one column a parameter.
    not_fitted : dict of str to list of str
        Models of which a part was fitted beforehand, such as a ``FrozenEstimator``, and the kinds of these parts.
        It may have seen the test cases: the result of such a model is optimistic.
    first_fits : dict of str to estimator
        Each model as it was fitted on the training part of the first fold, for what looks into a fitted model. It
        takes what `prepared` has for it.
    inner_cuts : dict of str to list of str
        Models of which a part holds out cases by itself, and cannot be told the patients, with the kinds of these
        parts. They tune on patients that they were fitted on; the test cases stay unseen.
    """

    predictions: pd.DataFrame
    models: dict[str, BaseEstimator]
    folds: list[Fold]
    positive: Any
    negative: Any
    settings: dict[str, Any]
    _prepared: dict[str, Prepared] = field(repr=False)
    _marks: Marks = field(repr=False)
    y: pd.Series = field(repr=False)
    groups: np.ndarray = field(repr=False)
    chosen_params: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)
    first_fits: dict[str, BaseEstimator] = field(repr=False, default_factory=dict)
    not_fitted: dict[str, list[str]] = field(default_factory=dict)
    inner_cuts: dict[str, list[str]] = field(default_factory=dict)
    # `groups` is what the fits were told. A cohort may know better, and after the comparison.
    patients: np.ndarray | None = field(repr=False, default=None)
    # The patients are drawn once a part; a copy with other patients draws anew.
    _judges: dict[str, Judge] = field(init=False, repr=False, compare=False, default_factory=dict)

    @property
    def unit(self) -> str:
        """What is counted and resampled: "patient", or "case" where patients were not given."""
        return "case" if self.patients is None else "patient"

    @property
    def units(self) -> np.ndarray:
        """The patient of each case; where patients were not given, what stands in its place."""
        return self.groups if self.patients is None else self.patients

    def n_patients(self, cases: Any = slice(None)) -> int | None:
        """Return the number of patients of all cases or of those at some positions; None where they were not given.

        Parameters
        ----------
        cases : array of int or bool, or slice, default=slice(None)
            Which of the cases.

        Returns
        -------
        int or None
            Each patient counts once.
        """
        return None if self.patients is None else len(pd.unique(self.patients[cases]))

    def __repr__(self) -> str:
        names = ", ".join(self.models)
        return (
            f"<{type(self).__name__}: {names}; {cases_text(len(self.y), self.n_patients())}, "
            f"{counted(len(self.folds), 'fold')}, {self.split}>"
        )

    @property
    def prepared(self) -> dict[str, Prepared]:
        """Models without the steps that learn nothing, and what these steps made of the cases.

        Raises
        ------
        CohortError
            If an image that a model reads is no longer the one it was.
        """
        check_unchanged(self._prepared, self._marks)
        return self._prepared

    def judge(self, part: str = "test") -> Judge:
        """Return what judges the predictions of a part: intervals, bands and differences, on one draw of patients.

        Parameters
        ----------
        part : {"test", "train"}, default="test"
            Which predictions.

        Returns
        -------
        Judge
            The same one each time.
        """
        if part not in self._judges:
            self._judges[part] = Judge(
                self.predictions,
                part,
                confidence_level=self.settings["confidence_level"],
                n_bootstraps=self.settings["n_bootstraps"],
                random_state=self.settings["random_state"],
                design=fold_design(self.predictions) if part == "test" else None,
            )
        return self._judges[part]

    def rows(self, model: str, part: str = "test") -> pd.DataFrame:
        """Return the predictions of one model and part.

        Parameters
        ----------
        model : str
            Name of the model.
        part : {"test", "train"}, default="test"
            Which predictions.

        Returns
        -------
        DataFrame
            Rows of the long table.
        """
        return self.predictions[(self.predictions["model"] == model) & (self.predictions["part"] == part)]

    @property
    def split(self) -> str:
        """What the folds are: "patient-level", "patients not given", or why the result is optimistic."""
        return split_level(self.folds, self.patients, self.not_fitted)

    def split_of(self, model: str) -> str:
        """Return what the folds are to one model.

        Parameters
        ----------
        model : str
            Name of the model.

        Returns
        -------
        str
            As `split`, or why the result of this model is optimistic.
        """
        not_fitted = {model: self.not_fitted[model]} if model in self.not_fitted else {}
        level = split_level(self.folds, self.patients, not_fitted)
        if kinds := self.inner_cuts.get(model):
            return f"{level}; {', '.join(kinds)} holds out cases, and cuts patients in training"
        return level
