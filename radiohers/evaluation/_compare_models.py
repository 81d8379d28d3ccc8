"""compare_models: several models, the same folds, one honest table."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval as Range
from sklearn.utils._param_validation import StrOptions, validate_params

from radiohers.cohort import positive_label
from radiohers.evaluation._comparison import ModelComparison
from radiohers.evaluation._fitting import predict_folds, prepare
from radiohers.evaluation._nested_search import check_searches
from radiohers.evaluation._splits import make_folds, split_level
from radiohers.exceptions import CohortError

__all__ = ["compare_models"]


@validate_params(
    {
        "models": [Mapping],
        "X": "no_validation",
        "y": ["array-like"],
        "groups": ["array-like", None],
        "cv": ["cv_object", None],
        "positive": "no_validation",
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
        The models by name; see :func:`~radiohers.estimators.make_radiomics_pipeline`. A search, such as
        ``GridSearchCV``, or a pipeline that ends in one, searches anew in each fold.
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
        fewer patients than there are folds, a patient is not named, or a score is no finite number.
    ValueError
        If there are no models, or the inner folds of a search cut a patient.

    Notes
    -----
    The inner folds of a search are dealt by patient too: its ``cv`` may be a number or None
    (5), which become a shuffled ``StratifiedGroupKFold`` of at most as many folds as the smaller
    class has patients, or a splitter that cuts no patient. What was chosen is in
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
    <ModelComparison: LR; 60 cases of 60 patients, 25 folds, patient-level>
    """
    if not models:
        raise ValueError("models is empty. Give at least one, as in {'LR': make_radiomics_pipeline('lr')}.")
    if unnamed := [name for name in models if not isinstance(name, str)]:
        raise ValueError(f"models has the name {unnamed[0]!r}, which is no text. Name each model by a text.")
    y = _labels(X, y)
    groups = _patients(groups, y)
    positive = positive_label(y, positive)
    (negative,) = [label for label in pd.unique(y) if label != positive]
    is_positive = (y == positive).to_numpy()
    folds = make_folds(cv, X, is_positive, groups, random_state)
    check_searches(models, X, y, groups, folds)
    prepared = prepare(models, X, y)
    predictions, chosen = predict_folds(prepared, y, groups, folds, positive, threshold, n_jobs, verbose)
    settings = {
        "cv": repr(cv) if cv is not None else "5 folds by patient, stratified, repeated 5 times",
        "threshold": threshold,
        "n_bootstraps": n_bootstraps,
        "confidence_level": confidence_level,
        "random_state": random_state,
    }
    return ModelComparison(
        predictions=predictions,
        chosen_params=chosen,
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
            f"{index[index.duplicated()].tolist()[0]!r} names more than one case in the index of X. Give each case its own name."
        )
    if isinstance(y, pd.Series) and not y.index.equals(index) and set(y.index) == set(index):
        raise CohortError("y names the same cases as X, in another order. Reorder it: y.loc[X.index].")
    labels = pd.Series(np.asarray(y) if not isinstance(y, pd.Series) else y.to_numpy(), index=index.rename("case_id"))
    if labels.isna().any():
        missing = labels.index[labels.isna()].tolist()
        raise CohortError(
            f"y is missing for {len(missing)} cases, the first is {missing[0]!r}. Leave them out of X and y."
        )
    return labels


def _patients(groups: Any, y: pd.Series) -> np.ndarray:
    groups = y.index.to_numpy() if groups is None else np.asarray(groups)
    if len(groups) != len(y):
        raise CohortError(f"groups has {len(groups)} entries and y has {len(y)}. Give the patient of each case.")
    if pd.isna(groups).any():
        nameless = y.index[pd.isna(groups)]
        raise CohortError(
            f"groups is missing for {len(nameless)} cases, the first is {nameless.tolist()[0]!r}. "
            "Give the patient of each case."
        )
    return groups
