"""compare_models: several models, the same folds, one honest table."""

import copy
import warnings
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone

from radiohers._numbers import percent_text
from radiohers._sklearn import Interval as Range
from radiohers._sklearn import StrOptions, validate_params
from radiohers.cohort import Cohort, positive_label
from radiohers.evaluation._aligned import align
from radiohers.evaluation._comparison import ModelComparison
from radiohers.evaluation._positive_class import tell_positive
from radiohers.exceptions import CohortError
from radiohers.folds import (
    check_inner_folds,
    check_stateless,
    make_folds,
    marks_of_images,
    parts_not_fitted,
    predict_folds,
    prepare,
)

__all__ = ["compare_models"]

# From here on groups are asked whether they are sites.
_CASES_OF_A_SITE = 4
_SHARE_MIXED = 0.8


@validate_params(
    {
        "models": [Mapping],
        "X": "no_validation",
        "y": ["array-like", None],
        "groups": ["array-like", None],
        "cv": ["cv_object", None],
        "positive": "no_validation",
        "stateless": "no_validation",
        "threshold": [StrOptions({"youden"}), Range(Real, None, None, closed="neither")],
        "n_bootstraps": [Range(Integral, 100, None, closed="left")],
        "confidence_level": [Range(Real, 0, 1, closed="neither")],
        "n_jobs": [Integral, None],
        "random_state": [Range(Integral, 0, None, closed="left")],
        "verbose": ["verbose"],
    },
    prefer_skip_nested_validation=True,
)
def compare_models(
    models: Mapping[str, BaseEstimator],
    X: Any,
    y: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    *,
    cv: Any = None,
    positive: Any = None,
    stateless: Sequence[str] = (),
    threshold: float | Literal["youden"] = "youden",
    n_bootstraps: int = 2000,
    confidence_level: float = 0.95,
    n_jobs: int | None = None,
    random_state: int = 0,
    verbose: int = 0,
) -> ModelComparison:
    """Cross-validate several models on the same folds, by patient.

    Parameters
    ----------
    models : mapping of str to classifier
        The models by name; see :func:`~radiohers.estimators.make_radiomics_pipeline`. A search, such as
        ``GridSearchCV``, or a pipeline that ends in one, searches anew in each fold.
    X : Cohort, DataFrame of shape (n_cases, n_columns) or array-like of shape (n_cases, n_features)
        A cohort, which brings labels, patients and the positive class; or cohort rows, or features.
    y : array-like of shape (n_cases,), default=None
        Labels of two classes; those of the cohort where `X` is one.
    groups : array-like of shape (n_cases,), default=None
        The patient of each case. Without them folds are dealt by case, and the split is called
        "patients not given" wherever the result is shown.
    cv : int, cross-validator or iterable of (train, test), default=None
        None is 5 folds by patient (by case where patients are not given), stratified, dealt 5 times
        (:class:`RepeatedStratifiedGroupKFold`). A 7:3 split is
        ``StratifiedGroupShuffleSplit(test_size=0.3)``. A splitter that cuts patients is
        carried out, and called optimistic wherever its result is shown.
    positive : object, default=None
        The positive class; needed unless labels are 0 and 1, or `X` is a cohort.
    stateless : sequence of str, default=()
        Names of steps at the beginning of pipelines that learn nothing from the cases, neither in `fit` nor from
        the batch they are given, by your word. They are run once on all cases.
    threshold : "youden" or float, default="youden"
        How a score becomes a class: the threshold with the highest Youden index on
        the training part of each fold, or a fixed score.
    n_bootstraps : int, default=2000
        Number of resamples of the patients, or cases, for the intervals.
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
        If the labels are missing or have not two classes, lengths differ, case_ids repeat, or a class has
        fewer patients than there are folds, a patient is not named, or a score is no finite number.
    ValueError
        If there are no models, a cohort and `y` or `groups` are given, or the inner folds of a search cut a patient.

    Warns
    -----
    UserWarning
        If the groups look like sites: four cases each or more, nearly all groups with both classes.

    Notes
    -----
    The inner folds of a search are dealt as the outer ones, by patient where patients are given: its
    ``cv`` may be a number or None (5), which become a shuffled ``StratifiedGroupKFold`` of at most as many
    folds as the smaller class has patients, or a splitter that cuts no patient. What was chosen is in
    :attr:`ModelComparison.chosen_params`.

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
    <ModelComparison: LR; 60 cases, 25 folds, patients not given>
    >>> patients = [i // 2 for i in range(60)]
    >>> compare_models({"LR": LogisticRegression()}, X, y, groups=patients, n_bootstraps=200)
    <ModelComparison: LR; 60 cases of 30 patients, 25 folds, patient-level>
    """
    _check_names(models)
    X, y, groups, positive = _parts_of_cohort(X, y, groups, positive)
    X, y, patients = align(X, y, groups)
    groups = y.index.to_numpy() if patients is None else patients
    unit = "case" if patients is None else "patient"
    positive = positive_label(y, positive)
    (negative,) = [label for label in pd.unique(y) if label != positive]
    is_positive = (y == positive).to_numpy()
    _question_groups(patients, is_positive)
    models = {name: tell_positive(_clone_of(name, model), positive) for name, model in models.items()}
    # What the user does to the table after this is not to change a figure that is made later.
    X = X.copy() if hasattr(X, "copy") else copy.copy(X)
    folds = make_folds(cv, X, is_positive, groups, random_state, unit)
    check_stateless(models, stateless)
    cutting = check_inner_folds(models, X, y, groups, folds)
    prepared = prepare(models, X, stateless)
    not_fitted = {name: kinds for name, (model, made) in prepared.items() if (kinds := parts_not_fitted(model, made))}
    results = predict_folds(prepared, y, groups, patients, folds, positive, threshold, n_jobs, verbose)
    settings = {
        "cv": _describe_cv(cv, unit),
        "threshold": threshold,
        "n_bootstraps": n_bootstraps,
        "confidence_level": confidence_level,
        "random_state": random_state,
        "stateless": list(stateless),
    }
    return ModelComparison(
        predictions=results.predictions,
        chosen_params=results.chosen,
        models=models,
        folds=folds,
        positive=positive,
        negative=negative,
        settings=settings,
        not_fitted=not_fitted,
        inner_cuts=cutting,
        first_fits=results.first_fits,
        _prepared=prepared,
        _marks=marks_of_images(prepared),
        y=y,
        groups=groups,
        patients=patients,
    )


def _check_names(models: Mapping[Any, Any]) -> None:
    if not models:
        raise ValueError("models is empty. Give at least one, as in {'LR': make_radiomics_pipeline('lr')}.")
    if unnamed := [name for name in models if not isinstance(name, str)]:
        raise ValueError(f"models has the name {unnamed[0]!r}, which is no text. Name each model by a text.")


def _clone_of(name: str, model: Any) -> BaseEstimator:
    try:
        return clone(model)
    except TypeError as error:
        raise ValueError(
            f"model {name!r} is a {type(model).__name__}, which cannot be cloned for each fold. Give an instance of "
            "an estimator, with get_params, set_params and fit."
        ) from error


def _parts_of_cohort(X: Any, y: Any, groups: Any, positive: Any) -> tuple[Any, Any, Any, Any]:
    if not isinstance(X, Cohort):
        if y is None:
            raise CohortError("y is missing", advice="Give the labels, or a cohort: compare_models(models, cohort).")
        return X, y, groups, positive
    if y is not None or groups is not None:
        raise ValueError(
            "A cohort was given, and y or groups beside it. Give the cohort alone, which has both, or X, y and groups."
        )
    if X.y is None:
        raise CohortError("the cohort has no target", advice="Read it with one: read_cohort(csv, target=...).")
    return X.X, X.y, X.groups, X.positive if positive is None else positive


def _describe_cv(cv: Any, unit: str) -> str:
    if cv is None:
        return f"5 folds by {unit}, stratified, repeated 5 times"
    if isinstance(cv, Integral):
        return f"{cv} folds by {unit}, stratified"
    # Positions fill pages, and a generator or an object without a repr shows its place in memory.
    is_splitter = hasattr(cv, "split") and type(cv).__repr__ is not object.__repr__
    if not is_splitter or any(isinstance(value, np.ndarray) for value in vars(cv).values()):
        return "as given, by positions"
    # scikit-learn breaks long lines.
    return " ".join(repr(cv).split())


def _question_groups(patients: np.ndarray | None, is_positive: np.ndarray) -> None:
    """Warn of groups that look like sites: large, and with both classes, which the cases of a patient seldom have."""
    if patients is None:
        return
    of_group = pd.Series(is_positive).groupby(patients)
    share_mixed = (of_group.nunique() == 2).mean()
    if len(patients) >= _CASES_OF_A_SITE * of_group.ngroups and share_mixed >= _SHARE_MIXED:
        warnings.warn(
            f"groups has {of_group.ngroups} values for {len(patients)} cases, and {percent_text(share_mixed)} of them "
            "have cases of both classes. Are they sites, and not patients? Give the patient of each case: a site "
            "counts as one patient here.",
            UserWarning,
            stacklevel=4,
        )
