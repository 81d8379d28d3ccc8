"""Searches for parameters inside the folds, and what they chose."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import has_fit_parameter

from radiohers._sklearn import BaseSearchCV
from radiohers.folds._parts import last_step, takes_crops

__all__ = ["check_search", "chosen_params", "ends_in_network", "find_search", "search_on_tail", "tuned_steps"]

# Where searches keep what they search: scikit-learn's, and Optuna's after them.
_SPACES = ("param_grid", "param_distributions")


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


def ends_in_network(model: BaseEstimator) -> bool:
    """Tell whether a model, or what it searches, ends in a network on crops, which can be shown.

    Parameters
    ----------
    model : estimator
        A classifier, a pipeline or a search.

    Returns
    -------
    bool
        What the tags of its last step say. False of what puts several models together.
    """
    search = find_search(model)
    return takes_crops(last_step(model)[1]) if search is None else ends_in_network(search.estimator)


def tuned_steps(search: BaseEstimator) -> set[str] | None:
    """Return the first parts of the names of the parameters that are searched, None if they are not known."""
    spaces = _spaces(search)
    return {name.partition("__")[0] for space in spaces for name in space} if spaces else None


def search_on_tail(search: BaseEstimator, tail: BaseEstimator) -> BaseEstimator:
    """Return the same search around the later steps of its pipeline."""
    return clone(search).set_params(estimator=tail)


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

    Raises
    ------
    ValueError
        If no candidate has a score.
    """
    search = find_search(model)
    if search is None:
        return None
    score = float(getattr(search, "best_score_", np.nan))
    if np.isnan(score):
        raise ValueError(
            f"the inner scores of {type(search).__name__}, scoring={getattr(search, 'scoring', None)!r}, are NaN for "
            "all candidates, so that none was chosen. Choose a scoring that fits the labels, or look at what fails "
            "with error_score='raise'."
        )
    return {"inner_score": score, "inner_cv": repr(search.cv), **search.best_params_}


def _spaces(search: BaseEstimator) -> list[Mapping[str, Any]]:
    spaces: Any = next((getattr(search, name) for name in _SPACES if hasattr(search, name)), [])
    return [spaces] if isinstance(spaces, Mapping) else list(spaces)


def check_search(search: BaseEstimator) -> None:
    """Raise a ValueError if a search cannot predict, or cannot hand the patients on to its classifier."""
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
