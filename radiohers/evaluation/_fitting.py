"""Fitting models on the same folds, with features extracted once."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import joblib
import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing, get_tags
from sklearn.utils.validation import has_fit_parameter
from tqdm import tqdm

from radiohers._blas import one_blas_thread
from radiohers.evaluation._nested_search import (
    chosen_params,
    find_search,
    fit_search,
    last_step,
    search_on_tail,
    tuned_steps,
)
from radiohers.evaluation._splits import Fold
from radiohers.exceptions import CohortError
from radiohers.metrics._threshold import youden_threshold

__all__ = ["Prepared", "fit_first_fold", "fit_model", "positive_scores", "predict_folds", "prepare"]

# Parameters that say how a step runs and not what it gives.
_RUNNING = ("memory", "n_jobs", "verbose")
CHOSEN_COLUMNS = ("model", "repeat", "fold", "inner_score", "inner_cv")


class Prepared(NamedTuple):
    """A model without the steps that learn nothing, and what these steps made of X."""

    model: BaseEstimator
    X: Any


def prepare(models: Mapping[str, BaseEstimator], X: Any, y: Any) -> dict[str, Prepared]:
    """Run the steps that learn nothing once, for all models and folds.

    Parameters
    ----------
    models : mapping of str to estimator
        The models; pipelines may begin with stateless steps, such as a
        :class:`~radiohers.features.RadiomicsExtractor`, also inside a search
        that does not search the parameters of these steps.
    X : DataFrame of shape (n_cases, n_columns)
        Cohort rows.
    y : array-like of shape (n_cases,)
        Labels, for steps that ask for them.

    Returns
    -------
    dict of str to Prepared
        Models whose first steps are alike share what these made.

    Notes
    -----
    scikit-learn's tag ``requires_fit`` tells which steps learn nothing. Only
    these may see all cases; everything else is fitted in the fold.
    """
    made: dict[str, Any] = {}
    prepared = {}
    for name, model in models.items():
        head, tail = _split_stateless(model)
        if head is None:
            prepared[name] = Prepared(tail, X)
            continue
        key = _same_output_key(head)
        if key not in made:
            made[key] = clone(head).fit_transform(X, y)
        prepared[name] = Prepared(tail, made[key])
    return prepared


def _split_stateless(model: BaseEstimator) -> tuple[Pipeline | None, BaseEstimator]:
    if not isinstance(model, Pipeline):
        return _split_stateless_of_search(model)
    n_stateless = 0
    for _, step in model.steps[:-1]:
        if isinstance(step, BaseEstimator) and get_tags(step).requires_fit:
            break
        n_stateless += 1
    if n_stateless == 0:
        return None, model
    return Pipeline(model.steps[:n_stateless]), Pipeline(model.steps[n_stateless:])


def _split_stateless_of_search(model: BaseEstimator) -> tuple[Pipeline | None, BaseEstimator]:
    search = find_search(model)
    if search is None or not isinstance(search.estimator, Pipeline):
        return None, model
    head, tail = _split_stateless(search.estimator)
    searched = tuned_steps(search)
    # Whatever is searched must be a step that stays.
    if head is None or searched is None or not searched <= set(tail.named_steps):
        return None, model
    return head, search_on_tail(search, tail)


def _same_output_key(head: Pipeline) -> str:
    steps = [
        (
            type(step),
            {} if isinstance(step, str) else {k: v for k, v in step.get_params().items() if k not in _RUNNING},
        )
        for _, step in head.steps
    ]
    return joblib.hash(steps)


@one_blas_thread()
def fit_model(model: BaseEstimator, X: Any, y: Any, groups: Any) -> BaseEstimator:
    """Fit a clone of a model, giving it the patients if it asks for them.

    Parameters
    ----------
    model : estimator
        A classifier, a search, or a pipeline that ends in one.
    X : array-like of shape (n_cases, n_features)
        What it learns from.
    y : array-like of shape (n_cases,)
        Labels.
    groups : array-like of shape (n_cases,)
        Patients, for classifiers that split off a validation part themselves, and for
        the inner folds of a search; see :func:`fit_search`.

    Returns
    -------
    estimator
        The fitted clone.
    """
    model = clone(model)
    if find_search(model) is not None:
        return fit_search(model, X, y, groups)
    prefix, last = last_step(model)
    return model.fit(X, y, **({f"{prefix}groups": groups} if has_fit_parameter(last, "groups") else {}))


def fit_first_fold(comparison: Any, name: str) -> BaseEstimator:
    """Fit a model of a comparison on the training part of its first fold, as the comparison did.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    name : str
        The model.

    Returns
    -------
    estimator
        The fitted clone; the same bits as in the comparison if the model has a seed.
    """
    train = comparison.folds[0].train
    model, X = comparison.prepared[name]
    return fit_model(model, _safe_indexing(X, train), comparison.y.iloc[train], comparison.groups[train])


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
    """
    column = list(model.classes_).index(positive)
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(X), dtype=float)[:, column]
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
) -> tuple[pd.DataFrame, pd.DataFrame]:
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

    Returns
    -------
    predictions : DataFrame
        One row a model, fold, part and case.
    chosen : DataFrame
        One row a fold of each model that is a search: ``model, repeat, fold, inner_score,
        inner_cv``, and one column a parameter.
    """
    tasks = [(name, fold) for name in prepared for fold in folds]
    results = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_predict_fold)(name, prepared[name], y, groups, patients, fold, positive, threshold)
        for name, fold in tasks
    )
    bar = tqdm(results, total=len(tasks), unit="fit", desc="cross-validation", disable=not verbose)
    predictions, chosen = zip(*bar, strict=True)
    rows = [
        {"model": name, "repeat": fold.repeat, "fold": fold.fold, **params}
        for (name, fold), params in zip(tasks, chosen, strict=True)
        if params is not None
    ]
    return pd.concat(predictions, ignore_index=True), pd.DataFrame(rows, columns=None if rows else list(CHOSEN_COLUMNS))


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
) -> tuple[pd.DataFrame, dict[str, Any] | None]:
    part = {"train": fold.train, "test": fold.test}
    X_part = {key: _safe_indexing(prepared.X, rows) for key, rows in part.items()}
    model = fit_model(prepared.model, X_part["train"], y.iloc[fold.train], groups[fold.train])
    scores = {key: positive_scores(model, X_part[key], positive) for key in part}
    for key, rows in part.items():
        _check_finite(scores[key], f"model {name!r}, repeat {fold.repeat}, fold {fold.fold}", y.index[rows])
    is_positive = (y == positive).to_numpy()
    # Only training scores may choose the threshold.
    cut = youden_threshold(is_positive[fold.train], scores["train"]) if threshold == "youden" else float(threshold)
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
                    "y_pred": scores[key] >= cut,
                }
            )
            for key, rows in part.items()
        ],
        ignore_index=True,
    )
    return predictions, chosen_params(model)


def _check_finite(scores: np.ndarray, where: str, case_ids: pd.Index) -> None:
    wrong = ~np.isfinite(scores)
    if wrong.any():
        raise CohortError(
            f"{int(wrong.sum())} of {len(scores)} scores of {where} are no finite numbers, the first is that of case "
            f"{case_ids[wrong].tolist()[0]!r}. Mend the model, or leave it or the case out."
        )
