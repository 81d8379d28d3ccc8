"""The positive class, told to every part of a model that needs it."""

import copy
import inspect
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.model_selection import FixedThresholdClassifier

from radiohers._sklearn import _BaseScorer
from radiohers.folds import is_ours, parts_of

__all__ = ["tell_positive"]


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
