"""A value with its confidence interval, and the intervals that need counts only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy.stats import binomtest

from radiohers._numbers import estimate_text
from radiohers._sklearn import Interval as ValueRange
from radiohers._sklearn import StrOptions, validate_params

__all__ = ["Interval", "edge_interval", "edge_procedure", "method_text", "proportion_interval", "unseen_limits"]

_PROPORTION_METHODS = {"wilson": "Wilson", "exact": "exact (Clopper-Pearson)"}


@dataclass(frozen=True)
class Interval:
    """A value with its confidence interval and how it came about; it unpacks to value, low, high and method.

    Attributes
    ----------
    value : float
        NaN if undefined.
    low, high : float
        Limits; NaN where there is none.
    procedure : str
        What gave the limits; empty where `why` says that nothing could.
    notes : tuple of str
        What was left out on the way: folds, resamples, a limit.
    why : str
        Why the value, or its interval, is undefined; empty if it is defined.
    is_resampled : bool
        Whether patients were drawn for the limits.

    Examples
    --------
    >>> from radiohers.metrics import auc
    >>> value, low, high, method = auc([0, 0, 1, 1], [0.1, 0.4, 0.3, 0.8])
    >>> value, method
    (0.75, 'DeLong, logit scale')
    >>> auc([1, 1, 1], [0.2, 0.7, 0.8]).why
    'one class only'
    """

    value: float
    low: float
    high: float
    procedure: str
    notes: tuple[str, ...] = ()
    why: str = ""
    is_resampled: bool = False

    @classmethod
    def undefined(cls, reason: str, value: float = np.nan) -> "Interval":
        """Return an interval without limits, and say why.

        Parameters
        ----------
        reason : str
            Why there is none.
        value : float, default=np.nan
            The number, where there is one.

        Returns
        -------
        Interval
            Its `why` is the reason.
        """
        return cls(value, np.nan, np.nan, "", why=reason)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.value, self.low, self.high, self.method))

    @property
    def method(self) -> str:
        """How it came about, as tables write it: the procedure and the notes, or why it is undefined."""
        return method_text(self.procedure, self.notes, self.why)

    def called(self, procedure: str) -> "Interval":
        """Return the interval with another text in place of all that :attr:`method` says.

        Parameters
        ----------
        procedure : str
            What it is called.

        Returns
        -------
        Interval
            With the same numbers.
        """
        return replace(self, procedure=procedure, notes=(), why="")

    def text(self, digits: int = 2, apart_from: Sequence[float] = ()) -> str:
        """Return value and interval as they are written everywhere, halves rounded away from zero.

        Parameters
        ----------
        digits : int, default=2
            Digits after the point.
        apart_from : sequence of float, default=()
            Values that decide what is said, such as 0.5 of an AUC: a number close to one gets as many more
            digits as it takes to see on which side it lies.

        Returns
        -------
        str
            "0.71 (0.60 to 0.81)", with ∞ for a limit that does not exist; "undefined" without a value.

        Examples
        --------
        >>> from radiohers.metrics import Interval
        >>> Interval(0.66, 0.502, 0.805, "DeLong").text(apart_from=[0.5])
        '0.66 (0.502 to 0.81)'
        """
        return estimate_text(self.value, self.low, self.high, digits, apart_from)


def method_text(procedure: str, notes: Sequence[str], why: str) -> str:
    """Write how an interval or a band came about."""
    return "; ".join([f"undefined: {why}" if why else procedure, *notes])


@validate_params(
    {
        "n_success": [ValueRange(Integral, 0, None, closed="left")],
        "n_total": [ValueRange(Integral, 0, None, closed="left")],
        "confidence_level": [ValueRange(Real, 0, 1, closed="neither")],
        "method": [StrOptions(set(_PROPORTION_METHODS))],
    },
    prefer_skip_nested_validation=True,
)
def proportion_interval(
    n_success: int, n_total: int, confidence_level: float = 0.95, method: str = "wilson"
) -> Interval:
    """Return a proportion of independent cases and its interval.

    Parameters
    ----------
    n_success, n_total : int
        Counts.
    confidence_level : float, default=0.95
        Coverage of the interval.
    method : {"wilson", "exact"}, default="wilson"
        Wilson's score interval, which covers as often as it says on average; or
        that of Clopper and Pearson, which covers at least as often and is wider.

    Returns
    -------
    Interval
        Within 0..1; all NaN if `n_total` is 0.

    References
    ----------
    Wilson EB. Journal of the American Statistical Association 1927;22:209.
    doi:10.1080/01621459.1927.10502953

    Clopper CJ, Pearson ES. Biometrika 1934;26:404. doi:10.1093/biomet/26.4.404

    Examples
    --------
    >>> from radiohers.metrics import proportion_interval
    >>> round(proportion_interval(8, 10).low, 3)
    0.49
    """
    if n_total == 0:
        return Interval.undefined("no cases")
    bounds = binomtest(n_success, n_total).proportion_ci(confidence_level, method=method)
    return Interval(n_success / n_total, float(bounds.low), float(bounds.high), _PROPORTION_METHODS[method])


def edge_interval(
    value: float, n_patients: int, value_range: tuple[float, float], confidence_level: float, unit: str
) -> Interval:
    """Return the interval of a value that all resamples have: the exact binomial bound for the number of patients."""
    limits = unseen_limits(value, n_patients, value_range, confidence_level)
    return Interval(value, *limits, edge_procedure(unit))


def edge_procedure(unit: str) -> str:
    """Name what :func:`unseen_limits` gives."""
    return f"exact binomial bound for the number of {unit}s"


def unseen_limits(
    value: float, n_patients: int, value_range: tuple[float, float], confidence_level: float
) -> tuple[float, float]:
    """Return limits where all resamples agree, which says nothing of other patients.

    Parameters
    ----------
    value : float
        The value that all resamples have.
    n_patients : int
        How many patients it rests on.
    value_range : (float, float)
        Lowest and highest possible value.
    confidence_level : float
        Coverage.

    Returns
    -------
    (float, float)
        Limits within the range.

    Notes
    -----
    If none of n patients behaved otherwise, a share of up to
    e = 1 - (tail)^(1/n) of all patients may (the exact bound of Clopper and
    Pearson for 0 of n). They can move the value by e of its distance to either
    end of the range. For a proportion of 0 or 1 this is the exact interval.
    """
    unseen = 1 - ((1 - confidence_level) / 2) ** (1 / max(n_patients, 1))
    low, high = value_range
    return value - unseen * (value - low), value + unseen * (high - value)
