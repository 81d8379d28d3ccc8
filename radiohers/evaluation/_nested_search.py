"""Searches for parameters inside the folds, with inner folds that cut no patient either."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import BaseCrossValidator, StratifiedGroupKFold
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import has_fit_parameter

from radiohers.evaluation._splits import Fold, dealt

__all__ = [
    "check_searches",
    "chosen_params",
    "find_search",
    "fit_search",
    "last_step",
    "search_on_tail",
    "tuned_steps",
]

# Where searches keep what they search: scikit-learn's, and Optuna's after them.
_SPACES = ("param_grid", "param_distributions")
_DEFAULT_INNER_FOLDS = 5
_INNER_SEED = 0


class _DealtFolds(BaseCrossValidator):
    """Folds that were dealt by patient beforehand, so that whoever searches cannot deal them otherwise."""

    # Searches by halving ask for these, to be sure that each call yields the same folds.
    shuffle = False
    random_state = None

    def __init__(self, splits, name):
        self.splits = splits
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the positions of training and validation cases."""
        yield from self.splits

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds."""
        return len(self.splits)


def last_step(model: BaseEstimator) -> tuple[str, BaseEstimator]:
    """Return the last step of a pipeline, of pipelines in pipelines too, and its prefix as in ``step__``."""
    prefix = ""
    while isinstance(model, Pipeline):
        prefix, model = f"{prefix}{model.steps[-1][0]}__", model.steps[-1][1]
    return prefix, model


def find_search(model: BaseEstimator) -> BaseEstimator | None:
    """Return the search that a model is or ends in, or None.

    Parameters
    ----------
    model : estimator
        A search, a pipeline, or anything else.

    Returns
    -------
    estimator or None
        Whatever follows scikit-learn's searches: it has the parameters `estimator` and `cv` and a
        space named `param_grid` or `param_distributions`.
    """
    last = last_step(model)[1]
    if isinstance(last, BaseSearchCV):
        return last
    names = set(last.get_params(deep=False)) if hasattr(last, "get_params") else set()
    return last if {"estimator", "cv"} <= names and names.intersection(_SPACES) else None


def tuned_steps(search: BaseEstimator) -> set[str] | None:
    """Return the first parts of the names of the parameters that are searched, None if they are not known."""
    spaces = _spaces(search)
    return {name.partition("__")[0] for space in spaces for name in space} if spaces else None


def search_on_tail(search: BaseEstimator, tail: BaseEstimator) -> BaseEstimator:
    """Return the same search around the later steps of its pipeline."""
    return clone(search).set_params(estimator=tail)


def check_searches(models: Mapping[str, BaseEstimator], X: Any, y: Any, groups: np.ndarray, folds: list[Fold]) -> None:
    """Deal the inner folds of every search, so that a wrong one is found before any work is done.

    Parameters
    ----------
    models : mapping of str to estimator
        The models.
    X : array-like of shape (n_cases, ...)
        The cases.
    y : Series of shape (n_cases,)
        Labels.
    groups : ndarray of shape (n_cases,)
        Patients.
    folds : list of Fold
        The outer folds.

    Raises
    ------
    ValueError
        If inner folds cut a patient, a class has one patient only, or the search does not fit
        the best parameters on all training cases.
    """
    for name, model in models.items():
        search = find_search(model)
        if search is None:
            continue
        try:
            _check_search(search)
            for fold in folds:
                _deal(search, _safe_indexing(X, fold.train), y.iloc[fold.train], groups[fold.train])
        except ValueError as error:
            raise ValueError(f"model {name!r}: {error}") from error


def fit_search(model: BaseEstimator, X: Any, y: Any, groups: np.ndarray) -> BaseEstimator:
    """Fit a model that is or ends in a search, with inner folds by patient.

    Parameters
    ----------
    model : estimator
        Its search is changed in place: give a clone.
    X : array-like of shape (n_cases, ...)
        Training cases of an outer fold.
    y : Series of shape (n_cases,)
        Their labels.
    groups : ndarray of shape (n_cases,)
        Their patients.

    Returns
    -------
    estimator
        The model.

    Notes
    -----
    A classifier that takes `groups` in fit, to split off a validation part itself, gets the
    patients of the inner training cases: by the name of its step if it is one of a pipeline, which
    every search hands on, otherwise by scikit-learn's metadata routing.
    """
    prefix, search = last_step(model)
    search.set_params(cv=_deal(search, X, y, groups))
    inner_prefix, classifier = last_step(search.estimator)
    asks = has_fit_parameter(classifier, "groups")
    if not asks or inner_prefix:
        with config_context(enable_metadata_routing=False):
            return model.fit(X, y, **({f"{prefix}{inner_prefix}groups": groups} if asks else {}))
    with config_context(enable_metadata_routing=True):
        classifier.set_fit_request(groups=True)
        return model.fit(X, y, groups=groups)


def chosen_params(model: BaseEstimator) -> dict[str, Any] | None:
    """Return what a fitted model's search chose, or None if it has none.

    Parameters
    ----------
    model : fitted estimator
        The model.

    Returns
    -------
    dict or None
        The score on the inner folds, the inner folds, and the parameters.
    """
    search = find_search(model)
    if search is None:
        return None
    score = float(getattr(search, "best_score_", np.nan))
    return {"inner_score": score, "inner_cv": repr(search.cv), **search.best_params_}


def _spaces(search: BaseEstimator) -> list[Mapping[str, Any]]:
    spaces = next((getattr(search, name) for name in _SPACES if hasattr(search, name)), [])
    return [spaces] if isinstance(spaces, Mapping) else list(spaces)


def _check_search(search: BaseEstimator) -> None:
    kind = type(search).__name__
    if getattr(search, "refit", True) is False:
        raise ValueError(
            f"{kind} has refit=False, so it cannot predict. Leave refit at True, or name the metric that decides."
        )
    prefix, classifier = last_step(search.estimator)
    asks = has_fit_parameter(classifier, "groups")
    candidates = [value for space in _spaces(search) for name, value in space.items() if f"{name}__" == prefix]
    for candidate in [c for values in candidates if isinstance(values, list | tuple) for c in values]:
        if has_fit_parameter(candidate, "groups") != asks:
            raise ValueError(
                f"{kind} searches {prefix[:-2]!r} among classifiers of which some take the patients in fit and some do "
                f"not ({type(candidate).__name__}, {type(classifier).__name__}). Give each kind a search of its own."
            )
    if asks and not prefix and not (isinstance(search, BaseSearchCV) and hasattr(classifier, "set_fit_request")):
        raise ValueError(
            f"{type(classifier).__name__} takes the patients in fit, and {kind} has no way to hand them on. Put it "
            "into a pipeline of one step, Pipeline([('classifier', ...)]), and name parameters 'classifier__...'."
        )


def _deal(search: BaseEstimator, X: Any, y: pd.Series, groups: np.ndarray) -> _DealtFolds:
    """Return the inner folds, dealt by patient, and checked if the search brings its own splitter."""
    kind, cv = type(search).__name__, search.cv
    if cv is None or isinstance(cv, Integral):
        n_patients = min(len(np.unique(groups[y == label])) for label in y.unique())
        if n_patients < 2:
            raise ValueError(
                f"{kind} needs two patients of each class in its training part for inner folds, and has {n_patients}. "
                "Use fewer outer folds, or more patients."
            )
        n_splits = min(_DEFAULT_INNER_FOLDS if cv is None else int(cv), n_patients)
        cv = StratifiedGroupKFold(n_splits, shuffle=True, random_state=_INNER_SEED)
    # A splitter that draws from a generator must not draw twice from the same one.
    splits = [(np.asarray(a), np.asarray(b)) for a, b in dealt(deepcopy(cv), X, y, groups)]
    cut = {patient for train, test in splits for patient in np.intersect1d(groups[train], groups[test])}
    if cut:
        raise ValueError(
            f"the inner folds of {kind}, cv={cv!r}, put {len(cut)} of {len(np.unique(groups))} patients on both sides, "
            "and would choose parameters that recognise patients. Use a number (cv=5), which is dealt by patient "
            "here, or a splitter that does so, such as StratifiedGroupKFold(5)."
        )
    return _DealtFolds(splits, repr(cv))
