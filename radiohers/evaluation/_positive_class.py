"""The positive class, told to every part of a model that needs it, and a model's own threshold on its scores."""

import copy
import inspect
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.metrics._scorer import _BaseScorer
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

from radiohers.evaluation._parts import is_ours, last_step, parts_of

__all__ = ["own_threshold", "tell_positive"]


def tell_positive(model: BaseEstimator, positive: Any) -> BaseEstimator:
    """Tell every part of a model which class is positive, where the user has left it open.

    Parameters
    ----------
    model : estimator
        Its parts are changed in place: give a clone.
    positive : object
        The positive class, as it stands in the labels.

    Returns
    -------
    estimator
        The model.

    Notes
    -----
    Scorers such as "f1" and "average_precision" take 1 for the positive class, or fail on texts;
    scikit-learn's threshold classifiers take the class that sorts last; so does "max" of crops.
    """
    for part, _ in parts_of(model):
        params = part.get_params(deep=False)
        changed = {}
        if params.get("scoring") is not None:
            changed["scoring"] = _with_positive(params["scoring"], positive)
        if isinstance(part, FixedThresholdClassifier) and params["pos_label"] is None:
            changed["pos_label"] = positive
        if is_ours(part) and params.get("positive", "") is None:
            changed["positive"] = positive
        if changed:
            part.set_params(**changed)
    return model


def _with_positive(scoring: Any, positive: Any) -> Any:
    """Return a scorer that takes the class for the positive one; the scoring itself where that is no question."""
    if isinstance(scoring, dict):
        return {name: _with_positive(one, positive) for name, one in scoring.items()}
    if isinstance(scoring, list | tuple | set | frozenset):
        return {name: _with_positive(name, positive) for name in scoring}
    # 1 is what scikit-learn's metrics take for positive anyway; True equals it.
    is_known = isinstance(scoring, _BaseScorer) or scoring in get_scorer_names()
    if positive == 1 or not is_known:
        return scoring
    scorer = get_scorer(scoring) if isinstance(scoring, str) else scoring
    takes = inspect.signature(scorer._score_func).parameters if hasattr(scorer, "_score_func") else {}
    if "pos_label" not in takes or "pos_label" in scorer._kwargs:
        return scoring
    scorer = copy.copy(scorer)
    scorer._kwargs = {**scorer._kwargs, "pos_label": positive}
    return scorer


def own_threshold(model: BaseEstimator, positive: Any) -> float | None:
    """Return the threshold that a fitted model has of its own, on the scores of the positive class.

    Parameters
    ----------
    model : fitted classifier
        The model.
    positive : object
        The positive class.

    Returns
    -------
    float or None
        Of a FixedThresholdClassifier or a TunedThresholdClassifierCV that the model is or ends in,
        also as the best of a search; None of any other.
    """
    last = last_step(model)[1]
    while not isinstance(last, FixedThresholdClassifier | TunedThresholdClassifierCV):
        if not hasattr(last, "best_estimator_"):
            return None
        last = last_step(last.best_estimator_)[1]
    is_probability = last.response_method != "decision_function" and hasattr(last, "predict_proba")
    if isinstance(last, TunedThresholdClassifierCV):
        threshold, of = last.best_threshold_, _scored_class(last)
    else:
        threshold = last.threshold if last.threshold != "auto" else (0.5 if is_probability else 0.0)
        of = last.pos_label
    if of is None:
        of = last.classes_[1]
    if of == positive:
        return float(threshold)
    # The other class is called from its threshold on, so this one is called above the rest.
    return float(np.nextafter(1 - threshold if is_probability else -threshold, np.inf))


def _scored_class(tuned: TunedThresholdClassifierCV) -> Any:
    return getattr(tuned.scoring, "_kwargs", {}).get("pos_label")
