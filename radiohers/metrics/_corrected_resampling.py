"""The interval of a mean over folds that accounts for training sets in common."""

from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t

from radiohers._sklearn import Interval as ValueRange
from radiohers._sklearn import validate_params
from radiohers.metrics._inputs import finite_or_missing
from radiohers.metrics._interval import Interval

__all__ = ["corrected_resampled_interval"]

# Fold values that differ by rounding only.
_NO_SPREAD = 1e-12


@validate_params(
    {
        "n_train": [ValueRange(Real, 0, None, closed="neither")],
        "n_test": [ValueRange(Real, 0, None, closed="neither")],
        "degrees_of_freedom": [ValueRange(Integral, 1, None, closed="left"), None],
        "confidence_level": [ValueRange(Real, 0, 1, closed="neither")],
    },
    prefer_skip_nested_validation=True,
)
def corrected_resampled_interval(
    fold_values: ArrayLike,
    n_train: float,
    n_test: float,
    *,
    degrees_of_freedom: int | None = None,
    confidence_level: float = 0.95,
    value_range: tuple[float, float] = (0.0, 1.0),
) -> Interval:
    """Return the mean of a metric over folds, and the interval of Nadeau and Bengio.

    Parameters
    ----------
    fold_values : array-like of shape (n_folds,)
        The metric in each fold of all repeats; NaN where it is undefined, which is left out.
    n_train, n_test : float
        Number of cases in the training and test part of a fold, their means if folds differ.
    degrees_of_freedom : int, default=None
        Of t; None is the number of folds less one. Folds of several repeats share their test
        cases too: there the folds of *one* repeat less one is the safe choice, and what
        :func:`~radiohers.evaluation.compare_models` uses.
    confidence_level : float, default=0.95
        Coverage of the interval.
    value_range : (float, float), default=(0, 1)
        Lowest and highest possible value; the limits are clipped to it.

    Returns
    -------
    Interval
        Limits are NaN with fewer than two folds, or if all have the same value.

    Notes
    -----
    Mean ± t SD sqrt(1 / J + n_test / n_train) for J folds. The second term stands for the
    training cases that folds have in common; without it the interval shrinks with every
    repeat of the same cross-validation. In contrast to the patient bootstrap it holds the
    spread that other training sets add. It is a heuristic: no estimate of this variance is
    unbiased.

    References
    ----------
    Nadeau C, Bengio Y. Machine Learning 2003;52:239. doi:10.1023/A:1024068626366

    Bengio Y, Grandvalet Y. Journal of Machine Learning Research 2004;5:1089.

    Examples
    --------
    >>> from radiohers.metrics import corrected_resampled_interval
    >>> result = corrected_resampled_interval([0.7, 0.8, 0.75, 0.65, 0.7], n_train=80, n_test=20)
    >>> round(result.value, 2), round(result.low, 3), round(result.high, 3), result.method
    (0.72, 0.614, 0.826, 'corrected resampled t (Nadeau-Bengio)')
    """
    values = finite_or_missing(fold_values, "fold_values")
    defined = values[~np.isnan(values)]
    n = len(defined)
    if n == 0:
        return Interval.undefined("no fold has a value")
    value = float(defined.mean())
    if n == 1:
        return Interval.undefined("one fold only", value)
    deviation = float(defined.std(ddof=1))
    if deviation < _NO_SPREAD:
        return Interval.undefined("the same in every fold", value)
    half = (
        t.ppf((1 + confidence_level) / 2, degrees_of_freedom or n - 1) * deviation * np.sqrt(1 / n + n_test / n_train)
    )
    notes = (f"{len(values) - n} of {len(values)} left out: undefined",) if n < len(values) else ()
    low, high = max(value_range[0], value - half), min(value_range[1], value + half)
    return Interval(value, float(low), float(high), "corrected resampled t (Nadeau-Bengio)", notes)
