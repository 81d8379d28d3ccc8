"""Fitting models on the same folds, with features extracted once."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from tqdm import tqdm

from radiohers._blas import one_blas_thread
from radiohers._sklearn import _safe_indexing
from radiohers._workers import ignore_stopped_workers
from radiohers.exceptions import CohortError
from radiohers.folds._inner_folds import deal_inner_folds, has_several_cases
from radiohers.folds._nested_search import chosen_params
from radiohers.folds._own_threshold import own_threshold
from radiohers.folds._prepare import Prepared
from radiohers.folds._splits import Fold
from radiohers.metrics import youden_threshold

__all__ = ["FoldResults", "fit_model", "positive_scores", "predict_folds"]

CHOSEN_COLUMNS = ("model", "repeat", "fold", "inner_score", "inner_cv")


class FoldResults(NamedTuple):
    """What models made of the folds.

    Attributes
    ----------
    predictions : DataFrame
        One row a model, fold, part and case.
    chosen : DataFrame
        One row a fold of each model that is a search: ``model, repeat, fold, inner_score,
        inner_cv``, and one column a parameter.
    first_fits : dict of str to estimator
        Each model as it was fitted on the first fold: one, so that memory does not grow with the folds.
    """

    predictions: pd.DataFrame
    chosen: pd.DataFrame
    first_fits: dict[str, BaseEstimator]


@one_blas_thread()
def fit_model(model: BaseEstimator, X: Any, y: Any, groups: Any) -> BaseEstimator:
    """Fit a clone of a model, giving the patients to all that holds out cases inside it.

    Parameters
    ----------
    model : estimator
        A classifier, or a pipeline, search or wrapper around one.
    X : array-like of shape (n_cases, n_features)
        What it learns from.
    y : Series of shape (n_cases,)
        Labels.
    groups : ndarray of shape (n_cases,)
        Patients. Where each has one case, nothing inside the model can cut one, and it is
        fitted as it is; see :func:`deal_inner_folds` for the rest.

    Returns
    -------
    estimator
        The fitted clone.
    """
    model = clone(model)
    if not has_several_cases(groups):
        return model.fit(X, y)
    dealt = deal_inner_folds(model, X, y, groups)
    with config_context(enable_metadata_routing=dealt.is_routed):
        if dealt.is_routed:
            return model.fit(X, y, groups=groups)
        return model.fit(X, y, **({dealt.by_name: groups} if dealt.by_name else {}))


def positive_scores(model: BaseEstimator, X: Any, positive: Any) -> np.ndarray:
    """Return the scores of the positive class.

    Parameters
    ----------
    model : fitted classifier
        With ``predict_proba`` or ``decision_function``.
    X : array-like of shape (n_cases, n_features)
        Cases.
    positive : object
        The positive class.

    Returns
    -------
    ndarray of shape (n_cases,)
        Higher is more positive: a probability where the model gives one.

    Raises
    ------
    ValueError
        If the model gives classes only.
    """
    column = list(model.classes_).index(positive)
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(X), dtype=float)[:, column]
    if not hasattr(model, "decision_function"):
        raise ValueError(
            f"{type(model).__name__} gives neither probabilities nor scores, only classes, from which no AUC can be "
            "computed. Use a setting or a classifier with predict_proba or decision_function (voting='soft')."
        )
    scores = np.asarray(model.decision_function(X), dtype=float)
    return scores if column == 1 else -scores


def predict_folds(
    prepared: Mapping[str, Prepared],
    y: pd.Series,
    groups: np.ndarray,
    patients: np.ndarray | None,
    folds: list[Fold],
    positive: Any,
    threshold: Any,
    n_jobs: int | None,
    verbose: int,
    what: str = "cross-validation",
) -> FoldResults:
    """Fit every model on every fold and return all predictions, and what searches chose.

    Parameters
    ----------
    prepared : mapping of str to Prepared
        From :func:`prepare`.
    y : Series of shape (n_cases,)
        Labels; its index names the cases.
    groups : ndarray of shape (n_cases,)
        What fits take for the patients.
    patients : ndarray of shape (n_cases,) or None
        What is written down as the patients; None if they are not known.
    folds : list of Fold
        The folds, the same for every model.
    positive : object
        The positive class.
    threshold : "youden" or float
        How a score becomes a class.
    n_jobs : int or None
        Number of fits at the same time.
    verbose : int
        Whether to show a progress bar.
    what : str, default="cross-validation"
        Its name.

    Returns
    -------
    FoldResults
        In the order of the models.
    """
    tasks = [(name, fold) for name in prepared for fold in folds]
    ignore_stopped_workers()
    results = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_predict_fold)(name, prepared[name], y, groups, patients, fold, positive, threshold, fold is folds[0])
        for name, fold in tasks
    )
    bar = tqdm(results, total=len(tasks), unit="fit", desc=what, disable=not verbose)
    predictions, fits = zip(*bar, strict=True)
    rows = [
        {"model": name, "repeat": fold.repeat, "fold": fold.fold, **fit.chosen}
        for (name, fold), fit in zip(tasks, fits, strict=True)
        if fit.chosen is not None
    ]
    return FoldResults(
        pd.concat(predictions, ignore_index=True),
        pd.DataFrame(rows, columns=None if rows else list(CHOSEN_COLUMNS)),
        {name: fit.model for (name, _), fit in zip(tasks, fits, strict=True) if fit.model is not None},
    )


class _Fit(NamedTuple):
    """What is kept of a fit: what its search chose, and of the first fold the model itself."""

    chosen: dict[str, Any] | None
    model: BaseEstimator | None


@one_blas_thread()
def _predict_fold(
    name: str,
    prepared: Prepared,
    y: pd.Series,
    groups: np.ndarray,
    patients: np.ndarray | None,
    fold: Fold,
    positive: Any,
    threshold: Any,
    is_first: bool,
) -> tuple[pd.DataFrame, _Fit]:
    part = {"train": fold.train, "test": fold.test}
    X_part = {key: _safe_indexing(prepared.X, rows) for key, rows in part.items()}
    model = fit_model(prepared.model, X_part["train"], y.iloc[fold.train], groups[fold.train])
    scores = {key: positive_scores(model, X_part[key], positive) for key in part}
    for key, rows in part.items():
        _check_finite(scores[key], f"model {name!r}, repeat {fold.repeat}, fold {fold.fold}", y.index[rows])
    is_positive = (y == positive).to_numpy()
    own = own_threshold(model, positive)
    if own is not None:
        cut = own.value
        called = {key: np.asarray(model.predict(X_part[key])) == positive for key in part}
    else:
        # Only training scores may choose the threshold.
        cut = youden_threshold(is_positive[fold.train], scores["train"]) if threshold == "youden" else float(threshold)
        called = {key: scores[key] >= cut for key in part}
    predictions = pd.concat(
        [
            pd.DataFrame(
                {
                    "model": name,
                    "repeat": fold.repeat,
                    "fold": fold.fold,
                    "part": key,
                    "case_id": y.index[rows],
                    "patient_id": None if patients is None else patients[rows],
                    "y_true": is_positive[rows],
                    "score": scores[key],
                    "threshold": cut,
                    "y_pred": called[key],
                }
            )
            for key, rows in part.items()
        ],
        ignore_index=True,
    )
    return predictions, _Fit(chosen_params(model), model if is_first else None)


def _check_finite(scores: np.ndarray, where: str, case_ids: pd.Index) -> None:
    wrong = ~np.isfinite(scores)
    if wrong.any():
        raise CohortError(
            f"{int(wrong.sum())} of {len(scores)} scores of {where} are no finite numbers, the first is that of case "
            f"{case_ids[wrong].tolist()[0]!r}",
            advice="Mend the model, or leave it or the case out.",
        )
