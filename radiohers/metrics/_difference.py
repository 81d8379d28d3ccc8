"""The difference of two models' AUCs, on the same draws of patients."""

from collections.abc import Sequence

import numpy as np

from radiohers.metrics._bootstrap import expanded_tail
from radiohers.metrics._delong import interval_without_variance, n_patients_of_smaller_class
from radiohers.metrics._interval import Interval, edge_procedure
from radiohers.metrics._statistic import FoldScores

__all__ = ["bootstrapped_difference"]


def bootstrapped_difference(
    value: float,
    draws: np.ndarray,
    folds_a: Sequence[FoldScores],
    folds_b: Sequence[FoldScores],
    confidence_level: float,
) -> Interval:
    """Return the paired bootstrap interval of the difference of two models' AUCs.

    Parameters
    ----------
    value : float
        The difference.
    draws : ndarray of shape (n_bootstraps,)
        The difference in each draw of the patients, the same draws for both models.
    folds_a, folds_b : sequence of FoldScores
        What the models predicted.
    confidence_level : float
        Coverage.

    Returns
    -------
    Interval
        It holds the value. Where no draw differs, the exact binomial bound for the
        number of patients, as where a class has one patient only.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import FoldScores, bootstrapped_difference
    >>> y = np.arange(6) < 3
    >>> a, b = (FoldScores(np.arange(6), np.arange(6), y, score, y) for score in (y * 1.0, np.arange(6.0)))
    >>> bootstrapped_difference(1.0, np.array([0.8, 0.9, 1.0, 1.0]), [a], [b], 0.95).procedure
    'patient bootstrap of the difference, paired'
    """
    if np.isnan(value):
        return Interval.undefined("one class only in every fold")
    n_patients = n_patients_of_smaller_class(folds_a)
    # One patient of a class is in every draw: the draws do not hold what another would give.
    if n_patients < 2 or np.nanmax(draws) - np.nanmin(draws) < 1e-12:
        low, high = interval_without_variance(value, folds_a, folds_b, confidence_level)
        alike = "both models order all cases alike"
        return Interval(value, low, high, edge_procedure(folds_a[0].unit) if low < high else alike)
    tail = expanded_tail(n_patients, confidence_level)
    low, high = (float(limit) for limit in np.nanquantile(draws, [tail, 1 - tail]))
    procedure = f"{folds_a[0].unit} bootstrap of the difference, paired"
    return Interval(value, min(low, value), max(high, value), procedure, is_resampled=True)
