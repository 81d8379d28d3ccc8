"""One record a metric: what it is called, what it needs, how it is computed and shown; it can be called itself."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from numbers import Integral
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from radiohers._sklearn import Interval as ValueRange
from radiohers._sklearn import StrOptions, validate_parameter_constraints
from radiohers.metrics._bootstrap import bootstrap_fold_mean
from radiohers.metrics._draws import patient_weights
from radiohers.metrics._inputs import RESAMPLING, as_folds, as_predicted_folds
from radiohers.metrics._interval import Interval
from radiohers.metrics._statistic import FoldScores, Statistic

__all__ = ["BinnedMetric", "ClassMetric", "Metric", "ScoreMetric", "bootstrap_interval"]

# What stands in place of these names in the docstring of a metric's function.
_HESTERBERG = "Hesterberg TC. The American Statistician 2015;69:371.\ndoi:10.1080/00031305.2015.1089789"
_WILSON = (
    f"Wilson EB. Journal of the American Statistical Association 1927;22:209.\ndoi:10.1080/01621459.1927.10502953\n\n"
    f"{_HESTERBERG}"
)
_EDGE = (
    "Patient bootstrap, expanded percentiles, as in :func:`auc`.\n"
    "Where no resample differs (all calls right, all calls alike) the exact\n"
    "binomial bound for the number of patients."
)
_PARAMETERS = {
    "y_true": "array-like of bool of shape (n_cases,)\n    Whether each case is positive.",
    "y_pred": "array-like of bool of shape (n_cases,)\n    Whether each case is called positive.",
    "y_score": "array-like of shape (n_cases,)\n    {of}",
    "groups": "array-like of shape (n_cases,), default=None\n    "
    "The patient of each case; None takes each case for its own.",
    "n_bins": "int, default=10\n    Number of bins.",
    "method": '{methods}, default="auto"\n    {auto}',
    "confidence_level": "float, default=0.95\n    Coverage of the interval.",
    "n_bootstraps": "int, default=2000\n    Number of resamples of the patients.",
    "random_state": "int, default=0\n    Seed of the resamples.",
}
_OF = {
    "scores": "Higher is more positive.",
    "probabilities": "Probability that the case is positive.",
    "classes": "",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Metric(Statistic):
    """A number that says how good predictions are: what the tables, the report and the audit know of it.

    The functions of :mod:`radiohers.metrics` that return a value with its interval are metrics. Each is a
    :class:`ScoreMetric` or a :class:`ClassMetric`, made of its function, whose name and docstring it takes::

        @partial(ClassMetric, of="classes", rests_on=all_cases, why_undefined=because("no cases"))
        def share_called(y_true, y_pred, weights): ...

    Attributes
    ----------
    function, of, rests_on, why_undefined, value_range, by_definition, fixed : object
        As in :class:`Statistic`.
    name : str
        Its key in :data:`METRICS` and its column in a table.
    label : str
        Its name in a report.
    greater_is_better : bool or None, default=True
        Its direction; None if one value between is right.
    per : {"fold", "repeat"}, default="repeat"
        Whether it is taken within each fold, whose scores come from one model, or of all folds of a repeat
        together, as one that needs more cases than a fold holds.
    as_fitted : bool, default=False
        Whether the interval over folds keeps the models as they were fitted. Otherwise that of a metric per fold holds
        the spread that other training sets would add.
    needs_folds : bool, default=False
        Whether it says nothing new of a single split, and is left out there.
    place : int or None, default=None
        Its place in a main table, which shows those that have one; None for a metric shown further down.
    apart_from : tuple of float, default=()
        Values on whose side it must be seen to lie, whatever the digits.
    formulas : mapping of str to callable, default={}
        By the name of the method: ``(FoldScores, confidence_level) -> Interval``, for independent cases. The first is
        taken where every patient has one case.
    doc : str
        The docstring of its function.

    Examples
    --------
    >>> from radiohers.metrics import METRICS
    >>> METRICS["auc"].label, METRICS["auc"].per, METRICS["auc"].methods
    ('AUC', 'fold', ('auto', 'delong', 'bootstrap'))
    >>> METRICS["auc"]([0, 0, 1, 1], [0.1, 0.4, 0.3, 0.8]).text()
    '0.75 (0.07 to 0.99)'
    """

    name: str = ""
    label: str = ""
    greater_is_better: bool | None = True
    per: str = "repeat"
    as_fitted: bool = False
    needs_folds: bool = False
    place: int | None = None
    apart_from: tuple[float, ...] = ()
    formulas: Mapping[str, Callable[[FoldScores, float], Interval]] = field(default_factory=dict)
    doc: str = ""

    # What a kind of metric is called with.
    __call__: ClassVar[Callable[..., Interval]]

    def __post_init__(self) -> None:
        name = self.name or self.function.__name__
        doc = self.doc or inspect.cleandoc(self.function.__doc__ or "")
        written = {"name": name, "label": self.label or name.replace("_", " "), "doc": doc}
        # As a function has them, for help() and the pages made of docstrings.
        written |= {"__name__": name, "__qualname__": name, "__module__": "radiohers.metrics"}
        for key, value in written.items():
            object.__setattr__(self, key, value)
        object.__setattr__(self, "__doc__", self._composed_doc())

    def __repr__(self) -> str:
        return f"<metric {self.name}>"

    def __reduce__(self) -> str:
        return self.name

    @property
    def methods(self) -> tuple[str, ...]:
        """How its interval can be found."""
        return ("auto", *self.formulas, "bootstrap")

    def interval(
        self,
        fold: FoldScores,
        method: str = "auto",
        confidence_level: float = 0.95,
        n_bootstraps: int = 2000,
        random_state: int = 0,
    ) -> Interval:
        """Return its value and interval in one set of cases, as the metric itself does for arrays.

        Parameters
        ----------
        fold : FoldScores
            The cases.
        method : str, default="auto"
            As that of the metric.
        confidence_level : float, default=0.95
            Coverage of the interval.
        n_bootstraps : int, default=2000
            Number of resamples.
        random_state : int, default=0
            Seed of the resamples.

        Returns
        -------
        Interval
            By the formula, or by the patient bootstrap.

        Raises
        ------
        ValueError
            If a parameter is wrong, or a formula for independent cases is asked for where a patient has several.
        """
        given = {"method": method, "confidence_level": confidence_level}
        given |= {"n_bootstraps": n_bootstraps, "random_state": random_state}
        constraints = {"method": [StrOptions(set(self.methods))], **RESAMPLING}
        validate_parameter_constraints(constraints, given, caller_name=self.name)
        if method in self.formulas and fold.has_repeated_patients:
            raise ValueError(
                f"method={method!r} takes cases for independent, and groups has {len(fold.patient)} cases of "
                f"{fold.n_patients} patients. Use method='bootstrap' (or 'auto'), which draws patients."
            )
        if method == "auto" and self.formulas and not fold.has_repeated_patients:
            method = next(iter(self.formulas))
        if method in self.formulas:
            return self.formulas[method](fold, confidence_level)
        return bootstrap_interval(fold, self, confidence_level, n_bootstraps, random_state)

    def _composed_doc(self) -> str:
        """Return the docstring of the function with what all metrics have in common."""
        methods = "{" + ", ".join(f'"{method}"' for method in self.methods) + "}"
        auto = '"auto" is the patient bootstrap.'
        if self.formulas:
            auto = (
                f'"auto" takes "{next(iter(self.formulas))}" where every patient has one case, otherwise the patient\n'
                "    bootstrap, since cases of one patient are not independent."
            )
        texts = {"{of}": _OF[self.of], "{methods}": methods, "{auto}": auto}
        parameters = "\n".join(f"{name} : {_PARAMETERS[name]}" for name in inspect.signature(self).parameters)
        for key, text in texts.items():
            parameters = parameters.replace(key, text)
        doc = self.doc.replace("{parameters}", f"Parameters\n----------\n{parameters}")
        return doc.replace("{edge}", _EDGE).replace("{wilson}", _WILSON).replace("{hesterberg}", _HESTERBERG)


class ScoreMetric(Metric):
    """A metric of scores or probabilities.

    Examples
    --------
    >>> from radiohers.metrics import ScoreMetric, auc
    >>> isinstance(auc, ScoreMetric)
    True
    """

    def __call__(
        self,
        y_true: ArrayLike,
        y_score: ArrayLike,
        groups: ArrayLike | None = None,
        *,
        method: str = "auto",
        confidence_level: float = 0.95,
        n_bootstraps: int = 2000,
        random_state: int = 0,
    ) -> Interval:
        """Return the value and its interval."""
        (fold,) = as_folds(y_true, groups, y_score=y_score)
        return self.interval(fold, method, confidence_level, n_bootstraps, random_state)


class ClassMetric(Metric):
    """A metric of predicted classes.

    Examples
    --------
    >>> from radiohers.metrics import ClassMetric, accuracy
    >>> isinstance(accuracy, ClassMetric)
    True
    """

    def __call__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        groups: ArrayLike | None = None,
        *,
        method: str = "auto",
        confidence_level: float = 0.95,
        n_bootstraps: int = 2000,
        random_state: int = 0,
    ) -> Interval:
        """Return the value and its interval."""
        (fold,) = as_predicted_folds(y_true, groups, y_pred=y_pred)
        return self.interval(fold, method, confidence_level, n_bootstraps, random_state)


class BinnedMetric(ScoreMetric):
    """A metric of scores in bins."""

    def __call__(
        self,
        y_true: ArrayLike,
        y_score: ArrayLike,
        groups: ArrayLike | None = None,
        *,
        n_bins: int = 10,
        method: str = "auto",
        confidence_level: float = 0.95,
        n_bootstraps: int = 2000,
        random_state: int = 0,
    ) -> Interval:
        """Return the value and its interval."""
        constraints = {"n_bins": [ValueRange(Integral, 1, None, closed="left")]}
        validate_parameter_constraints(constraints, {"n_bins": n_bins}, caller_name=self.name)
        (fold,) = as_folds(y_true, groups, y_score=y_score)
        of_bins = replace(self, function=partial(self.function, n_bins=n_bins))
        return of_bins.interval(fold, method, confidence_level, n_bootstraps, random_state)


def bootstrap_interval(
    fold: FoldScores, statistic: Statistic, confidence_level: float, n_bootstraps: int, random_state: int
) -> Interval:
    """Return a statistic of one set of cases with its patient-level bootstrap interval."""
    weights = patient_weights(fold.patient, fold.y_true, n_bootstraps, np.random.default_rng(random_state))
    method = "{unit} bootstrap" if fold.has_repeated_patients else "bootstrap of the cases"
    return bootstrap_fold_mean([fold], weights, statistic, confidence_level, method)
