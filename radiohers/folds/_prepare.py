"""The steps of pipelines that learn nothing, run once for all models and folds."""

import copy
from collections.abc import Collection, Mapping
from pickle import PicklingError
from typing import Any, NamedTuple

import joblib
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from radiohers.folds._nested_search import find_search, search_on_tail, tuned_steps
from radiohers.folds._parts import is_ours

__all__ = ["Prepared", "check_stateless", "prepare"]

# Parameters that say how a step runs and not what it gives.
_RUNNING = {"memory": None, "n_jobs": None, "verbose": 0}


class Prepared(NamedTuple):
    """A model without the steps that learn nothing, and what these steps made of X.

    Attributes
    ----------
    model : estimator
        What is left to fit in each fold.
    X : array-like of shape (n_cases, ...)
        What it is fitted on.
    """

    model: BaseEstimator
    X: Any


def prepare(models: Mapping[str, BaseEstimator], X: Any, stateless: Collection[str] = ()) -> dict[str, Prepared]:
    """Run the steps that learn nothing once, for all models and folds.

    Parameters
    ----------
    models : mapping of str to estimator
        The models; pipelines may begin with stateless steps, such as a
        :class:`~radiohers.features.RadiomicsExtractor`, also inside a search
        that does not search the parameters of these steps.
    X : DataFrame of shape (n_cases, n_columns)
        Cohort rows.
    stateless : collection of str, default=()
        Names of steps of which the user says that they learn nothing.

    Returns
    -------
    dict of str to Prepared
        Models whose first steps are alike share what these made.

    Notes
    -----
    Only these steps may see all cases; everything else is fitted in the fold. scikit-learn's tag
    ``requires_fit`` alone does not make a step one of them: it is false of functions of a batch, and
    of any class that says so, wrongly or rightly. So it counts for radiohers' own classes only.
    """
    made: dict[str, Any] = {}
    prepared = {}
    for name, model in models.items():
        head, tail = _split_stateless(model, stateless)
        if head is None:
            prepared[name] = Prepared(tail, X)
            continue
        key = _same_output_key(head) or f"of {name} alone"
        if key not in made:
            made[key] = clone(head).fit_transform(X)
        prepared[name] = Prepared(tail, made[key])
    return prepared


def check_stateless(models: Mapping[str, BaseEstimator], stateless: Collection[str]) -> None:
    """Make sure that every name of a stateless step is that of a step.

    Parameters
    ----------
    models : mapping of str to estimator
        The models.
    stateless : collection of str
        Names of steps of which the user says that they learn nothing.

    Raises
    ------
    ValueError
        If a name is that of no step.
    """
    if isinstance(stateless, str):
        raise ValueError(f"stateless={stateless!r} is one text. Give a list of names of steps: [{stateless!r}].")
    steps = {name for model in models.values() for name in _step_names(model)}
    for name in stateless:
        if name not in steps:
            raise ValueError(
                f"stateless names {name!r}, which is a step of no pipeline. The steps are {', '.join(sorted(steps))}."
            )


def _step_names(model: BaseEstimator) -> list[str]:
    search = find_search(model)
    inner = _step_names(search.estimator) if search is not None else []
    return [*(name for name, _ in getattr(model, "steps", [])), *inner]


def _split_stateless(model: BaseEstimator, stateless: Collection[str]) -> tuple[Pipeline | None, BaseEstimator]:
    if not isinstance(model, Pipeline):
        return _split_stateless_of_search(model, stateless)
    if not _is_plain(model):
        return None, model
    n_stateless = 0
    for name, step in model.steps[:-1]:
        if not _learns_nothing(name, step, stateless):
            break
        n_stateless += 1
    if n_stateless == 0:
        return None, model
    tail = copy.copy(model)
    tail.steps = model.steps[n_stateless:]
    return Pipeline(model.steps[:n_stateless]), tail


def _is_plain(model: Pipeline) -> bool:
    """Tell whether a pipeline does nothing but hand on what its steps make, so that it can be run in two parts."""
    home = type(model).__module__.partition(".")[0]
    return home in ("sklearn", "imblearn") and getattr(model, "transform_input", None) is None


def _learns_nothing(name: str, step: Any, stateless: Collection[str]) -> bool:
    if isinstance(step, str) or step is None:
        return True
    return name in stateless or (is_ours(step) and not get_tags(step).requires_fit)


def _split_stateless_of_search(
    model: BaseEstimator, stateless: Collection[str]
) -> tuple[Pipeline | None, BaseEstimator]:
    search = find_search(model)
    if search is None or not isinstance(search.estimator, Pipeline):
        return None, model
    head, tail = _split_stateless(search.estimator, stateless)
    searched = tuned_steps(search)
    # Whatever is searched must be a step that stays.
    if head is None or searched is None or not searched <= set(tail.named_steps):
        return None, model
    return head, search_on_tail(search, tail)


def _same_output_key(head: Pipeline) -> str | None:
    """Return what is alike for steps that give the same; None if that cannot be proven, as of functions."""
    steps: list[Any] = [step if isinstance(step, str) else clone(step) for _, step in head.steps]
    for step in steps:
        if is_ours(step):
            step.set_params(**{name: off for name, off in _RUNNING.items() if name in step.get_params(deep=False)})
    try:
        return joblib.hash(steps)
    # Functions without a name of their own cannot be compared.
    except (PicklingError, AttributeError, TypeError):
        return None
