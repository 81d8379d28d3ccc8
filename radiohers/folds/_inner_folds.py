"""Folds inside the folds (searches, calibration, stacking, thresholds): dealt by patient wherever there are any."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import pairwise
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.model_selection import BaseCrossValidator, FixedThresholdClassifier, StratifiedGroupKFold
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.svm import SVC, NuSVC
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

from radiohers._sklearn import InvalidParameterError, _safe_indexing
from radiohers.folds._nested_search import check_search, find_search
from radiohers.folds._parts import Part, last_step, parts_of
from radiohers.folds._splits import Fold, StratifiedGroupShuffleSplit, dealt

__all__ = ["InnerFolds", "check_inner_folds", "deal_inner_folds", "has_several_cases"]

_DEFAULT_INNER_FOLDS = 5
_INNER_SEED = 0
# From this many cases on scikit-learn's "auto" stops early.
_AUTO_STOPPING_ABOVE = 10_000
# These hand every row that they are given to what they hold.
_HANDS_ON_ALL_ROWS = (Pipeline, FeatureUnion, ColumnTransformer, VotingClassifier, FixedThresholdClassifier)


class _DealtFolds(BaseCrossValidator):
    """Folds that were dealt by patient beforehand, so that nobody can deal them otherwise."""

    # Searches by halving ask for these, to be sure that each call yields the same folds.
    shuffle = False
    random_state = None
    # Whoever routes the patients to others is not to wonder about these folds.
    __metadata_request__split = {"groups": False}

    def __init__(self, splits: list[tuple[np.ndarray, np.ndarray]], name: str) -> None:
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


class _Probe(_DealtFolds):
    """A splitter that asks for something of its own, to see whether that would be handed on to it."""

    wanted = "radiohers_probe"
    __metadata_request__split = {wanted: True}

    def __init__(self) -> None:
        super().__init__([], "probe")


class InnerFolds(NamedTuple):
    """What became of the inner folds of a model.

    Attributes
    ----------
    model : estimator
        The model, whose inner folds are dealt by patient where that can be done.
    is_routed : bool
        Whether it must be fitted with scikit-learn's metadata routing, which hands the patients on.
    by_name : str or None
        The parameter of `fit`, as in ``classifier__groups``, that takes the patients without routing.
    cutting : list of str
        Kinds of the parts whose inner folds may cut a patient.
    """

    model: BaseEstimator
    is_routed: bool
    by_name: str | None
    cutting: list[str]


def has_several_cases(groups: np.ndarray | None) -> bool:
    """Tell whether any patient has several cases; otherwise no inner fold can cut one."""
    return groups is not None and len(pd.unique(groups)) < len(groups)


def deal_inner_folds(model: BaseEstimator, X: Any, y: pd.Series, groups: np.ndarray) -> InnerFolds:
    """Deal the inner folds of every part of a model by patient.

    Parameters
    ----------
    model : estimator
        Its parts are changed in place: give a clone.
    X : array-like of shape (n_cases, ...)
        Training cases.
    y : Series of shape (n_cases,)
        Their labels.
    groups : ndarray of shape (n_cases,)
        Their patients, of whom some have several cases.

    Returns
    -------
    InnerFolds
        The model and how to fit it.

    Raises
    ------
    ValueError
        If a splitter that the user gave cuts a patient, or a class has one patient only.

    Notes
    -----
    A part that sees all training cases gets folds that are dealt here. One that sees the
    inner training cases of another gets a splitter by patient if scikit-learn's metadata
    routing hands the patients on to it. What is left is named as cutting patients.
    """
    parts = list(parts_of(model))
    takers = [part for part in parts if takes_patients(part.estimator)]
    by_name = {id(part.estimator): name for part in takers if (name := _name_in_fit(model, part)) is not None}
    left = [part for part in takers if id(part.estimator) not in by_name and not _ask_for_patients(model, part)]
    is_routed = len(left) + len(by_name) < len(takers)
    for part in parts:
        if _has_inner_folds(part.estimator):
            by_patient, own_folds = _deal(part.estimator, X, y, groups)
            if _sees_all_rows(part) and _set_folds(part.estimator, own_folds):
                continue
            if _is_handed_patients(model, part) and _set_folds(part.estimator, by_patient):
                is_routed = True
                continue
            left.append(part)
        elif not takes_patients(part.estimator) and _holds_out_cases(part.estimator, len(y)):
            left.append(part)
    if is_routed and by_name:
        # With routing on, scikit-learn refuses what is given by name.
        left += [part for part in takers if id(part.estimator) in by_name and not _ask_for_patients(model, part)]
        by_name = {}
    cutting = sorted({type(part.estimator).__name__ for part in left})
    return InnerFolds(model, is_routed, next(iter(by_name.values()), None), cutting)


def check_inner_folds(
    models: Mapping[str, BaseEstimator], X: Any, y: pd.Series, groups: np.ndarray, folds: list[Fold]
) -> dict[str, list[str]]:
    """Deal all inner folds, so that a wrong one is found before any work is done.

    Parameters
    ----------
    models : mapping of str to estimator
        The models, not changed.
    X : array-like of shape (n_cases, ...)
        The cases.
    y : Series of shape (n_cases,)
        Labels.
    groups : ndarray of shape (n_cases,)
        Patients.
    folds : list of Fold
        The outer folds.

    Returns
    -------
    dict of str to list of str
        Models whose inner folds may cut a patient, with the kinds of the parts that deal them.

    Raises
    ------
    ValueError
        If a splitter that the user gave cuts a patient, a class has one patient only, or a search does
        not fit the best parameters on all training cases.
    """
    cutting = {}
    for name, model in models.items():
        found: set[str] = set()
        try:
            if (search := find_search(model)) is not None:
                check_search(search)
            for fold in folds:
                if has_several_cases(groups[fold.train]):
                    X_train = _safe_indexing(X, fold.train)
                    found.update(
                        deal_inner_folds(clone(model), X_train, y.iloc[fold.train], groups[fold.train]).cutting
                    )
        except ValueError as error:
            raise ValueError(f"model {name!r}: {error}") from error
        if found:
            cutting[name] = sorted(found)
    return cutting


def takes_patients(estimator: Any) -> bool:
    """Tell whether an estimator's `fit` takes `groups`, and its inner folds are not found by its `cv`."""
    return has_fit_parameter(estimator, "groups") and not _has_inner_folds(estimator)


def _has_inner_folds(estimator: Any) -> bool:
    params = estimator.get_params(deep=False)
    return "cv" in params and params["cv"] != "prefit"


def _holds_out_cases(estimator: Any, n_cases: int) -> bool:
    """Tell whether an estimator draws a validation part, or folds, by case and cannot be told otherwise."""
    params = estimator.get_params(deep=False)
    if isinstance(estimator, SVC | NuSVC):
        return params.get("probability") is True
    if params.get("validation_fraction") is None:
        return False
    stops_early = params.get("early_stopping", params.get("n_iter_no_change") is not None)
    return n_cases > _AUTO_STOPPING_ABOVE if stops_early == "auto" else bool(stops_early)


def _name_in_fit(model: BaseEstimator, part: Part) -> str | None:
    """Return the parameter of the model's `fit` that gives the patients to a part, if it is the last step.

    The last step of the estimator of a search counts too: every search hands on what is given by the name of a step.
    """
    if _is_resampled(part):
        return None
    prefix, last = last_step(model)
    if part.estimator is last:
        return f"{prefix}groups"
    search = find_search(model)
    if search is None:
        return None
    inner_prefix, inner = last_step(search.estimator)
    is_candidate = part.ancestors[-1] is search and takes_patients(inner)
    return f"{prefix}{inner_prefix}groups" if inner_prefix and (part.estimator is inner or is_candidate) else None


def _is_out_of_reach(part: Part) -> bool:
    """Tell whether the patients cannot be handed on to a part, whatever scikit-learn's routing says."""
    # Stacking gives its final estimator everything that it was given for the others.
    return _is_resampled(part) or any(isinstance(owner, StackingClassifier) for owner in part.ancestors)


def _is_resampled(part: Part) -> bool:
    """Tell whether a sampler before the part gives it other cases than the patients are known of."""
    for owner, child in pairwise((*part.ancestors, part.estimator)):
        if isinstance(owner, Pipeline):
            before = [step for _, step in owner.steps]
            before = before[: next((i for i, step in enumerate(before) if step is child), 0)]
            if any(hasattr(step, "fit_resample") for step in before):
                return True
    return False


def _sees_all_rows(part: Part) -> bool:
    path = pairwise((*part.ancestors, part.estimator))
    hand_on = (
        isinstance(owner, _HANDS_ON_ALL_ROWS) or child is getattr(owner, "final_estimator", None)
        for owner, child in path
    )
    return all(hand_on) and not _is_resampled(part)


def _is_handed_patients(model: BaseEstimator, part: Part) -> bool:
    """Tell whether scikit-learn's routing would hand the patients on to the splitter of a part."""
    if _is_out_of_reach(part):
        return False
    own = part.estimator.get_params(deep=False)["cv"]
    part.estimator.set_params(cv=_Probe())
    try:
        return _routes(model, _Probe.wanted)
    finally:
        part.estimator.set_params(cv=own)


def _ask_for_patients(model: BaseEstimator, part: Part) -> bool:
    """Let a part ask for the patients, if scikit-learn's routing hands them on to it."""
    if _is_out_of_reach(part) or not hasattr(part.estimator, "set_fit_request"):
        return False
    with config_context(enable_metadata_routing=True):
        part.estimator.set_fit_request(groups=_Probe.wanted)
        reached = _routes(model, _Probe.wanted)
        part.estimator.set_fit_request(groups=reached)
    return reached


def _routes(model: BaseEstimator, wanted: str) -> bool:
    with config_context(enable_metadata_routing=True):
        try:
            return bool(get_routing_for_object(model).consumes("fit", {wanted}))
        # Owners that do not route, scikit-learn's and others', say so in their own ways.
        except (NotImplementedError, AttributeError, TypeError, ValueError):
            return False


def _set_folds(estimator: BaseEstimator, cv: Any) -> bool:
    """Give an estimator its inner folds, if it takes any but a number of them."""
    own = estimator.get_params(deep=False)["cv"]
    estimator.set_params(cv=cv)
    try:
        if hasattr(estimator, "_parameter_constraints"):
            estimator._validate_params()
    except InvalidParameterError:
        estimator.set_params(cv=own)
        return False
    return True


def _deal(part: BaseEstimator, X: Any, y: pd.Series, groups: np.ndarray) -> tuple[Any, _DealtFolds]:
    """Return a splitter by patient and the folds it deals, checked if the part brings its own splitter."""
    kind, cv = type(part).__name__, part.get_params(deep=False)["cv"]
    if cv is None or isinstance(cv, Real):
        cv = _splitter_by_patient(kind, cv, y, groups)
    # A splitter that draws from a generator must not draw twice from the same one.
    splits = [(np.asarray(a), np.asarray(b)) for a, b in dealt(deepcopy(cv), X, y, groups)]
    cut = {patient for train, test in splits for patient in np.intersect1d(groups[train], groups[test])}
    if cut:
        raise ValueError(
            f"the inner folds of {kind}, cv={cv!r}, put {len(cut)} of {len(np.unique(groups))} patients on both sides, "
            "and would choose parameters that recognise patients. Use a number (cv=5), which is dealt by patient "
            "here, or a splitter that does so, such as StratifiedGroupKFold(5)."
        )
    if hasattr(cv, "set_split_request"):
        with config_context(enable_metadata_routing=True):
            cv = deepcopy(cv).set_split_request(groups=True)
    return cv, _DealtFolds(splits, repr(cv))


def _splitter_by_patient(kind: str, cv: Real | None, y: pd.Series, groups: np.ndarray) -> BaseCrossValidator:
    n_patients = min(len(np.unique(groups[y == label])) for label in y.unique())
    if n_patients < 2:
        raise ValueError(
            f"{kind} needs two patients of each class in its training part for inner folds, and has {n_patients}. "
            "Use fewer outer folds, or more patients."
        )
    if cv is not None and not isinstance(cv, Integral):
        return StratifiedGroupShuffleSplit(test_size=float(cv), random_state=_INNER_SEED)
    n_splits = min(_DEFAULT_INNER_FOLDS if cv is None else int(cv), n_patients)
    return StratifiedGroupKFold(n_splits, shuffle=True, random_state=_INNER_SEED)
