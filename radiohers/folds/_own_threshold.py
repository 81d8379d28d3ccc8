"""The threshold that a classifier has of its own."""

from typing import Any, NamedTuple

from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline

__all__ = ["OwnThreshold", "own_threshold"]


class OwnThreshold(NamedTuple):
    """A score of the positive class from which a model calls cases positive, and whether it is a probability."""

    value: float
    is_probability: bool


def own_threshold(model: Any, positive: Any) -> OwnThreshold | None:
    """Return the threshold that a fitted model has of its own, on the scores of the positive class.

    Parameters
    ----------
    model : fitted classifier
        The model.
    positive : object
        The positive class.

    Returns
    -------
    OwnThreshold or None
        Of a FixedThresholdClassifier or a TunedThresholdClassifierCV that the model is or ends in,
        also as the best of a search; None of any other.
    """
    if isinstance(model, Pipeline):
        return own_threshold(model.steps[-1][1], positive)
    if hasattr(model, "best_estimator_"):
        return own_threshold(model.best_estimator_, positive)
    if isinstance(model, TunedThresholdClassifierCV):
        value, of = float(model.best_threshold_), getattr(model.scoring, "_kwargs", {}).get("pos_label")
    elif isinstance(model, FixedThresholdClassifier):
        value, of = model.threshold, model.pos_label
    else:
        return None
    is_probability = model.response_method != "decision_function" and hasattr(model, "predict_proba")
    if value == "auto":
        value = 0.5 if is_probability else 0.0
    if positive == (model.classes_[1] if of is None else of):
        return OwnThreshold(float(value), is_probability)
    # The other class is called from its threshold on, and this one by what is left.
    return OwnThreshold(float(1 - value if is_probability else -value), is_probability)
