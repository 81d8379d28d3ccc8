"""The area under the ROC curve, and its interval after DeLong."""

from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest, norm, rankdata

__all__ = ["Interval", "auc_kernel", "delong_interval", "wilson_interval"]


class Interval(NamedTuple):
    """A value with its confidence interval and how it came about."""

    value: float
    low: float
    high: float
    method: str


def auc_kernel(positive_scores: np.ndarray, negative_scores: np.ndarray) -> np.ndarray:
    """Return who wins in each pair of a positive and a negative case.

    Parameters
    ----------
    positive_scores : ndarray of shape (n_positive,)
        Scores of the positive cases.
    negative_scores : ndarray of shape (n_negative,)
        Scores of the negative cases.

    Returns
    -------
    ndarray of shape (n_positive, n_negative)
        1 where the positive case is higher, 0.5 at ties, 0 otherwise. Its mean
        is the AUC; its mean with weights is the AUC of a resample.
    """
    difference = positive_scores[:, None] - negative_scores[None, :]
    return (np.sign(difference) + 1) / 2


def delong_interval(y_true: np.ndarray, y_score: np.ndarray, confidence_level: float = 0.95) -> Interval:
    """Return the AUC and its DeLong interval.

    Parameters
    ----------
    y_true : ndarray of bool of shape (n_cases,)
        Whether each case is positive. Cases must be independent: one a patient.
    y_score : ndarray of shape (n_cases,)
        Higher is more positive.
    confidence_level : float, default=0.95
        Coverage of the interval.

    Returns
    -------
    Interval
        Within 0..1; all NaN if a class is missing.

    Notes
    -----
    With perfect separation the variance is 0 and says nothing; the interval is
    then the exact binomial bound for the smaller class.

    References
    ----------
    DeLong ER, DeLong DM, Clarke-Pearson DL. Biometrics 1988;44:837.
    doi:10.2307/2531595

    Sun X, Xu W. IEEE Signal Processing Letters 2014;21:1389.
    doi:10.1109/LSP.2014.2337313

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import delong_interval
    >>> auc = delong_interval(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    >>> auc.value, auc.method
    (0.75, 'DeLong')
    """
    y_true = np.asarray(y_true).astype(bool)
    y_score = np.asarray(y_score, dtype=float)
    positive, negative = y_score[y_true], y_score[~y_true]
    m, n = len(positive), len(negative)
    if m == 0 or n == 0:
        return Interval(np.nan, np.nan, np.nan, "undefined: one class only")
    # Midranks give the mean of each case's wins without the m x n table.
    ranks = rankdata(np.concatenate([positive, negative]))
    wins_of_positive = (ranks[:m] - rankdata(positive)) / n
    wins_of_negative = 1 - (ranks[m:] - rankdata(negative)) / m
    auc = float(wins_of_positive.mean())
    variance = _mean_variance(wins_of_positive) + _mean_variance(wins_of_negative)
    if auc in (0.0, 1.0):
        return edge_interval(auc, min(m, n), confidence_level, "exact binomial bound for the smaller class")
    half = norm.ppf((1 + confidence_level) / 2) * np.sqrt(variance)
    return Interval(auc, max(0.0, auc - half), min(1.0, auc + half), "DeLong")


def edge_interval(value: float, n: int, confidence_level: float, method: str) -> Interval:
    """Return the interval of a value of 0 or 1: the exact (Clopper-Pearson) bound for `n` trials."""
    bound = ((1 - confidence_level) / 2) ** (1 / n)
    low, high = (bound, 1.0) if value == 1.0 else (0.0, 1 - bound)
    return Interval(value, low, high, method)


def _mean_variance(values: np.ndarray) -> float:
    return float(values.var(ddof=1) / len(values)) if len(values) > 1 else 0.0


def wilson_interval(n_success: int, n_total: int, confidence_level: float = 0.95) -> Interval:
    """Return a proportion and its Wilson score interval.

    Parameters
    ----------
    n_success, n_total : int
        Counts.
    confidence_level : float, default=0.95
        Coverage of the interval.

    Returns
    -------
    Interval
        Within 0..1; all NaN if `n_total` is 0.

    References
    ----------
    Wilson EB. Journal of the American Statistical Association 1927;22:209.
    doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> from radiohers.metrics import wilson_interval
    >>> round(wilson_interval(8, 10).low, 3)
    0.49
    """
    if n_total == 0:
        return Interval(np.nan, np.nan, np.nan, "undefined: no cases")
    bounds = binomtest(n_success, n_total).proportion_ci(confidence_level, method="wilson")
    return Interval(n_success / n_total, float(bounds.low), float(bounds.high), "Wilson")
