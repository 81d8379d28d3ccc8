"""What has to be known of a number, or of a curve, to compute it with an interval."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

__all__ = [
    "ONE_CLASS",
    "FoldScores",
    "Function",
    "Statistic",
    "all_cases",
    "because",
    "both_classes",
    "positive_cases",
]

# Of (y_true, values, how often each resample holds each case).
Function = Callable[..., np.ndarray]
# Of (y_true, values): the cases of which some must exist, several kinds if the scarcest decides.
Kinds = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, ...]]
Reason = Callable[[np.ndarray, np.ndarray], str]


class FoldScores(NamedTuple):
    """What one fold predicted, one entry a case.

    Attributes
    ----------
    case : ndarray of int of shape (n_cases,)
        The column of each case in the weights of resamples.
    patient : ndarray of shape (n_cases,)
        The patient of each case; the cases themselves where nobody said.
    y_true : ndarray of bool of shape (n_cases,)
        Whether each case is positive.
    score : ndarray of shape (n_cases,)
        Higher is more positive.
    y_pred : ndarray of bool of shape (n_cases,)
        Whether each case is called positive.
    unit : {"patient", "case"}
        What `patient` holds.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import METRICS, FoldScores, fold_mean
    >>> y = np.array([True, True, False])
    >>> fold = FoldScores(np.arange(3), np.array(["A", "A", "B"]), y, np.array([0.9, 0.2, 0.4]), y)
    >>> float(fold_mean([fold], METRICS["auc"]))
    0.5
    """

    case: np.ndarray
    patient: np.ndarray
    y_true: np.ndarray
    score: np.ndarray
    y_pred: np.ndarray
    unit: str = "patient"

    @property
    def n_patients(self) -> int:
        """Number of patients."""
        return len(set(self.patient.tolist()))

    @property
    def has_repeated_patients(self) -> bool:
        """Whether a patient has several cases."""
        return self.n_patients < len(self.patient)


def all_cases(y: np.ndarray, _: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return all cases."""
    return (np.ones_like(y),)


def both_classes(y: np.ndarray, _: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the cases of each class."""
    return y, ~y


def positive_cases(y: np.ndarray, _: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the positive cases."""
    return (y,)


def because(reason: str) -> Reason:
    """Return what gives the same reason for all data."""
    return lambda y, values: reason


ONE_CLASS = because("one class only")


@dataclass(frozen=True, eq=False)
class Statistic:
    """What is computed of each fold and resample: a number, or a curve.

    Attributes
    ----------
    function : callable
        ``(y_true, values, weights) -> ndarray of shape (n_bootstraps,)``, or
        ``(n_bootstraps, n_points)`` for a curve; NaN where it is undefined.
    of : {"scores", "probabilities", "classes"}
        Which values of a fold it takes. Scores outside 0..1 leave one of probabilities undefined.
    rests_on : callable
        ``(y_true, values) -> tuple of masks``: the interval is as wide as the number
        of patients of the scarcest of these kinds of cases asks for.
    why_undefined : callable
        ``(y_true, values) -> str``: why the value is NaN.
    value_range : (float, float), default=(0, 1)
        Lowest and highest possible value.
    by_definition : callable
        ``(y_true, values) -> str``: why the value cannot be other; empty if it can.
    fixed : ndarray of bool, or False
        Points of a curve that are the same for all data.

    Examples
    --------
    >>> from radiohers.metrics import METRICS, roc_statistic
    >>> METRICS["auc"].of, roc_statistic([0.0, 0.5, 1.0]).of
    ('scores', 'scores')
    """

    NOT_PROBABILITIES = "the scores are not probabilities (some lie outside 0..1)"

    function: Function
    of: str
    rests_on: Kinds
    why_undefined: Reason
    value_range: tuple[float, float] = (0.0, 1.0)
    by_definition: Reason = because("")
    fixed: np.ndarray | bool = False

    def values(self, fold: FoldScores) -> np.ndarray:
        """Return what it takes of a fold.

        Parameters
        ----------
        fold : FoldScores
            The cases.

        Returns
        -------
        ndarray of shape (n_cases,)
            Scores or classes.
        """
        return fold.y_pred if self.of == "classes" else fold.score

    def why(self, fold: FoldScores) -> str:
        """Return why it is undefined in a fold.

        Parameters
        ----------
        fold : FoldScores
            The cases.

        Returns
        -------
        str
            Why, for the middle of a sentence.
        """
        return self.why_undefined(fold.y_true, self.values(fold))
