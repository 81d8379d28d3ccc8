"""Several tests at once."""

import numpy as np
from numpy.typing import ArrayLike

from radiohers.metrics._inputs import finite_or_missing

__all__ = ["holm_adjust"]


def holm_adjust(p_values: ArrayLike) -> np.ndarray:
    """Adjust p-values for the number of tests, after Holm.

    Parameters
    ----------
    p_values : array-like of shape (n_tests,)
        From 0 to 1. NaN is a test that could not be made; it stays NaN and does not count.

    Returns
    -------
    ndarray of shape (n_tests,)
        To be held against the level that one test would be held against: the chance of
        any false rejection among all tests is then at most that level, however they depend
        on each other.

    Raises
    ------
    ValueError
        If a p-value lies outside 0..1.

    Notes
    -----
    The k-th smallest of n p-values is multiplied by n - k + 1, is at least the adjusted
    value before it, and at most 1.

    References
    ----------
    Holm S. Scandinavian Journal of Statistics 1979;6:65.
    https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> from radiohers.metrics import holm_adjust
    >>> holm_adjust([0.01, 0.04, 0.03]).round(4).tolist()
    [0.03, 0.06, 0.06]
    """
    p_values = finite_or_missing(p_values, "p_values")
    tested = p_values[~np.isnan(p_values)]
    if ((tested < 0) | (tested > 1)).any():
        wrong = tested[(tested < 0) | (tested > 1)][0]
        raise ValueError(f"p_values holds {wrong:g}, and a p-value is from 0 to 1. Give p-values, not statistics.")
    order = np.argsort(tested, kind="stable")
    adjusted = np.empty_like(tested)
    adjusted[order] = np.minimum(np.maximum.accumulate(tested[order] * np.arange(len(tested), 0, -1)), 1)
    result = np.full_like(p_values, np.nan)
    result[~np.isnan(p_values)] = adjusted
    return result
