"""The estimators that a model is made of, and what they say of themselves before they are fitted."""

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from radiohers._sklearn import _num_samples, _safe_indexing

__all__ = ["Part", "has_network", "is_ours", "last_step", "parts_not_fitted", "parts_of", "takes_crops"]

_FEW_CASES = 2


class Part(NamedTuple):
    """An estimator in a model, and those it stands in, from the model itself to its owner."""

    estimator: Any
    ancestors: tuple[Any, ...] = ()


def parts_of(model: Any, ancestors: tuple[Any, ...] = ()) -> Iterator[Part]:
    """Yield a model and, at any depth, every estimator among its parameters.

    Parameters
    ----------
    model : estimator
        Anything with ``get_params``.
    ancestors : tuple of estimator, default=()
        What it stands in.

    Yields
    ------
    Part
        Owners before what they own. What is frozen is not looked into.
    """
    yield Part(model, ancestors)
    if isinstance(model, FrozenEstimator) or not hasattr(model, "get_params"):
        return
    for child in _estimators_in(model.get_params(deep=False).values()):
        yield from parts_of(child, (*ancestors, model))


def _estimators_in(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from _estimators_in(value)
        elif isinstance(value, Mapping):
            yield from _estimators_in(value.values())
        elif hasattr(value, "get_params") and hasattr(value, "fit") and not isinstance(value, type):
            yield value


def last_step(model: Any) -> tuple[str, Any]:
    """Return the last step of a pipeline, of pipelines in pipelines too.

    Parameters
    ----------
    model : estimator
        A pipeline, or any other model, which is its own last step.

    Returns
    -------
    prefix : str
        What its parameters begin with, as in ``step__``; empty for a model that is no pipeline.
    step : estimator
        The last step.
    """
    prefix = ""
    while isinstance(model, Pipeline):
        prefix, model = f"{prefix}{model.steps[-1][0]}__", model.steps[-1][1]
    return prefix, model


def is_ours(estimator: Any) -> bool:
    """Tell whether radiohers itself defines the class of an estimator.

    Parameters
    ----------
    estimator : object
        The estimator.

    Returns
    -------
    bool
        False also of a subclass that a user defines.
    """
    return type(estimator).__module__.partition(".")[0] == "radiohers"


def takes_crops(estimator: Any) -> bool:
    """Tell whether an estimator learns from crops, which it says in its tags."""
    return hasattr(estimator, "__sklearn_tags__") and getattr(get_tags(estimator).input_tags, "crops", False)


def has_network(model: Any) -> bool:
    """Tell whether any part of a model is a network on crops, whose fits take long.

    Parameters
    ----------
    model : estimator
        A classifier, or a pipeline, search or wrapper around some.

    Returns
    -------
    bool
        What the tags of its parts say, at any depth.
    """
    return any(takes_crops(part.estimator) for part in parts_of(model))


def parts_not_fitted(model: Any, X: Any) -> list[str]:
    """Return the kinds of the parts that a fit leaves as they are, so that a fold does not fit them.

    Parameters
    ----------
    model : estimator
        Not changed.
    X : array-like of shape (n_cases, ...)
        Cases that are given to an unfitted clone, to see whether it predicts.

    Returns
    -------
    list of str
        Such as ``FrozenEstimator``; empty if all is fitted in the fold.
    """
    copy = clone(model)
    found = [type(part.estimator).__name__ for part in parts_of(copy) if _is_prefit(part.estimator)]
    if not found and _predicts(copy, X):
        found = [type(copy).__name__]
    return sorted(set(found))


def _is_prefit(part: Any) -> bool:
    params = part.get_params(deep=False)
    if params.get("cv") == "prefit" or params.get("prefit") is True:
        return True
    if clone(part, safe=False) is part:
        return True
    # What owns others is judged by them: a union of functions calls itself fitted.
    is_leaf = next(_estimators_in(params.values()), None) is None
    return is_leaf and _learns(part) and _is_fitted(part)


def _learns(part: Any) -> bool:
    try:
        return get_tags(part).requires_fit
    # A class that follows scikit-learn's protocol without its base class has no tags.
    except (AttributeError, TypeError, ValueError):
        return True


def _is_fitted(part: Any) -> bool:
    try:
        check_is_fitted(part)
    # Whatever an estimator of the user's raises here, it does not say that it is fitted.
    except Exception:
        return False
    return True


def _predicts(model: Any, X: Any) -> bool:
    """Tell whether a model that nobody fitted predicts, itself or its last parts."""
    few = _safe_indexing(X, np.arange(min(_FEW_CASES, _num_samples(X))))
    for part, _ in parts_of(model):
        predict = getattr(part, "predict_proba", None) or getattr(part, "decision_function", None)
        if predict is None:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                predict(few)
        # NotFittedError is what is expected, but estimators of the user's raise what they like.
        except Exception:
            continue
        return True
    return False
