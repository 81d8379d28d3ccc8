"""Metrics of probabilities: Brier score, calibration.

Their functions take ``(y_true, y_score, weights)``: bool of shape (n_cases,), probabilities of
shape (n_cases,), and how often each resample holds each case, of shape
(n_bootstraps, n_cases) or as Resamples.
"""

from functools import partial

import numpy as np
from scipy.special import logit

from radiohers.metrics._metric import BinnedMetric, ScoreMetric
from radiohers.metrics._recalibration import fit_recalibration
from radiohers.metrics._resamples import Resamples, divide
from radiohers.metrics._statistic import ONE_CLASS, Statistic, all_cases, because, both_classes

__all__ = [
    "CLIP",
    "bin_statistic",
    "bins_are_filled",
    "brier_score",
    "calibration_intercept",
    "calibration_slope",
    "clipped_logit",
    "expected_calibration_error",
]

CLIP = 1e-6


def clipped_logit(y_score: np.ndarray) -> np.ndarray:
    """Return log(p / (1 - p)) of probabilities kept `CLIP` away from 0 and 1, where it is infinite."""
    return logit(np.clip(y_score, CLIP, 1 - CLIP))


def _why_no_slope(y: np.ndarray, score: np.ndarray) -> str:
    """Return what keeps a regression on the scores from having a slope."""
    if y.all() or not y.any():
        return "one class only"
    return "constant scores" if np.ptp(clipped_logit(score)) == 0 else "the scores separate the classes"


_calibration = partial(
    ScoreMetric,
    of="probabilities",
    rests_on=both_classes,
    value_range=(-np.inf, np.inf),
    greater_is_better=None,
)


@partial(
    ScoreMetric,
    label="Brier score",
    of="probabilities",
    rests_on=all_cases,
    why_undefined=because("no cases"),
    greater_is_better=False,
)
def brier_score(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the mean squared distance of probability and outcome, and its interval.

    {parameters}

    Returns
    -------
    Interval
        Within 0..1, lower is better; NaN if a score is outside 0..1.

    Notes
    -----
    A probability that is the share of positive cases p for every case has p (1 - p).
    Patient bootstrap, expanded percentiles, as in :func:`auc`.

    References
    ----------
    Brier GW. Monthly Weather Review 1950;78:1.
    doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2

    {hesterberg}

    Examples
    --------
    >>> from radiohers.metrics import brier_score
    >>> round(brier_score([0, 0, 1, 0, 1, 1, 0, 1], [0.1, 0.4, 0.3, 0.2, 0.7, 0.9, 0.6, 0.8]).value, 3)
    0.15
    """
    resamples = Resamples.of(weights)
    return divide(resamples.sums((y_score - y_true) ** 2), resamples.total)


@partial(_calibration, why_undefined=_why_no_slope)
def calibration_slope(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the slope of the outcome on the logit of the score, and its interval.

    {parameters}

    Returns
    -------
    Interval
        1 is right; below 1 the probabilities are too extreme, as an overfitted model's
        are. NaN if a class is missing, all scores are the same, the scores separate
        the classes (no slope is steep enough then), or one is outside 0..1. A limit is NaN, and the
        method says so, where too many resamples separate the classes.

    Notes
    -----
    Logistic regression of the outcome on log(p / (1 - p)), with an intercept, by
    maximum likelihood; p is kept 1e-6 away from 0 and 1.
    Patient bootstrap, expanded percentiles, as in :func:`auc`.

    References
    ----------
    Cox DR. Biometrika 1958;45:562. doi:10.1093/biomet/45.3-4.562

    Van Calster B, McLernon DJ, van Smeden M, et al. BMC Medicine 2019;17:230.
    doi:10.1186/s12916-019-1466-7

    {hesterberg}

    Examples
    --------
    >>> from radiohers.metrics import calibration_slope
    >>> round(calibration_slope([0, 0, 1, 0, 1, 1, 0, 1], [0.1, 0.4, 0.3, 0.2, 0.7, 0.9, 0.6, 0.8]).value, 2)
    1.38
    """
    x, resamples = clipped_logit(y_score), Resamples.of(weights)
    slope = np.full(len(resamples), np.nan)
    lowest, highest = _range_of_drawn(x, resamples, y_true)
    lowest_negative, highest_negative = _range_of_drawn(x, resamples, ~y_true)
    both_classes = np.isfinite(lowest) & np.isfinite(lowest_negative)
    varied = np.maximum(highest, highest_negative) > np.minimum(lowest, lowest_negative)
    rising, falling = lowest >= highest_negative, highest <= lowest_negative
    slope[both_classes & varied & rising] = np.inf
    slope[both_classes & varied & falling] = -np.inf
    overlapping = np.flatnonzero(both_classes & ~rising & ~falling)
    if len(overlapping):
        slope[overlapping] = fit_recalibration(y_true, x, resamples, overlapping, fit_slope=True)[1]
    return slope


@partial(_calibration, why_undefined=ONE_CLASS)
def calibration_intercept(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the calibration in the large, and its interval.

    {parameters}

    Returns
    -------
    Interval
        0 is right; above 0 the probabilities are too low on average, below 0 too high.
        NaN if a class is missing or a score is outside 0..1.

    Notes
    -----
    The intercept of a logistic regression of the outcome on log(p / (1 - p)) whose
    slope is fixed at 1 (an offset), not that which is fitted together with
    :func:`calibration_slope`; p is kept 1e-6 away from 0 and 1.
    Patient bootstrap, expanded percentiles, as in :func:`auc`.

    References
    ----------
    Van Calster B, McLernon DJ, van Smeden M, et al. BMC Medicine 2019;17:230.
    doi:10.1186/s12916-019-1466-7

    {hesterberg}

    Examples
    --------
    >>> from radiohers.metrics import calibration_intercept
    >>> round(calibration_intercept([0, 0, 1, 0, 1, 0], [0.2, 0.6, 0.8, 0.5, 0.7, 0.9]).value, 2)
    -1.47
    """
    resamples = Resamples.of(weights)
    intercept = np.full(len(resamples), np.nan)
    n_positive = resamples.sums(y_true)
    both_classes = np.flatnonzero((n_positive > 0) & (n_positive < resamples.total))
    if len(both_classes):
        x = clipped_logit(y_score)
        intercept[both_classes] = fit_recalibration(y_true, x, resamples, both_classes, fit_slope=False)[0]
    return intercept


@partial(
    BinnedMetric,
    label="calibration error (ECE)",
    of="probabilities",
    rests_on=all_cases,
    why_undefined=because("no cases"),
    greater_is_better=False,
)
def expected_calibration_error(
    y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples, n_bins: int = 10
) -> np.ndarray:
    """Return the mean distance of observed share and mean probability, and its interval.

    {parameters}

    Returns
    -------
    Interval
        Within 0..1, lower is better; NaN if a score is outside 0..1.

    Notes
    -----
    Probabilities are sorted into bins of equal width from 0 to 1, the upper border
    belonging to the next bin. The distance of the share of positive cases from the
    mean probability is averaged over bins, weighted by their cases. With few cases
    it is above 0 even for perfect probabilities, and higher still in resamples: its
    interval tells of its spread, and cannot be read as a test of calibration.
    Patient bootstrap, expanded percentiles, as in :func:`auc`.

    References
    ----------
    Naeini MP, Cooper GF, Hauskrecht M. AAAI 2015;2901.
    doi:10.1609/aaai.v29i1.9602

    {hesterberg}

    Examples
    --------
    >>> from radiohers.metrics import expected_calibration_error
    >>> round(expected_calibration_error([0, 0, 1, 0, 1, 1, 0, 1], [0.1, 0.4, 0.3, 0.2, 0.7, 0.9, 0.6, 0.8]).value, 3)
    0.325
    """
    # A probability on the border of two bins belongs to the upper one, 1 to the last.
    bins = np.minimum((np.asarray(y_score) * n_bins).astype(int), n_bins - 1)
    in_bin = np.arange(n_bins) == bins[:, None]
    resamples = Resamples.of(weights)
    excess = resamples.sums(in_bin * (y_true - y_score)[:, None])
    return divide(np.abs(excess).sum(axis=1), resamples.total)


def _range_of_drawn(x: np.ndarray, resamples: Resamples, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest x of the chosen cases that each resample holds; infinite where it has none."""
    rising = np.flatnonzero(chosen)[np.argsort(x[chosen], kind="stable")]
    return _first_drawn(x, resamples, rising, np.inf), _first_drawn(x, resamples, rising[::-1], -np.inf)


def _first_drawn(x: np.ndarray, resamples: Resamples, rows: np.ndarray, nothing: float) -> np.ndarray:
    first, left = np.full(len(resamples), nothing), np.ones(len(resamples), dtype=bool)
    for row, drawn in zip(rows, resamples.in_order(rows), strict=True):
        here = left & (drawn > 0)
        first[here] = x[row]
        left &= ~here
        if not left.any():
            break
    return first


def bin_statistic(n_bins: int, of: str) -> Statistic:
    """Return the statistic of what lies in each of `n_bins` bins of the scores, for the bars of a calibration curve.

    Parameters
    ----------
    n_bins : int
        Bins by quantiles of the scores: as many cases in each as ties allow.
    of : {"observed", "predicted", "size"}
        The share of positive cases, the mean score, or the number of cases.

    Returns
    -------
    Statistic
        NaN where a bin is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import bin_statistic
    >>> y, score = np.array([False, True, True, True]), np.array([0.1, 0.3, 0.6, 0.8])
    >>> bin_statistic(2, "observed").function(y, score, np.ones((1, 4))).tolist()
    [[0.5, 1.0]]
    """

    def function(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
        inside = (_bin_of(y_score, n_bins)[:, None] == np.arange(n_bins)).astype(float)
        resamples = Resamples.of(weights)
        size = resamples.sums(inside)
        if of == "size":
            return size
        return divide(resamples.sums((y_true if of == "observed" else y_score)[:, None] * inside), size)

    return Statistic(function, "scores", all_cases, because("a bin is empty"))


def bins_are_filled(y_score: np.ndarray, n_bins: int) -> bool:
    """Return whether each bin of :func:`bin_statistic` has a case.

    Parameters
    ----------
    y_score : array-like of shape (n_cases,)
        Scores.
    n_bins : int
        Bins by quantiles.

    Returns
    -------
    bool
        False where ties leave one empty.

    Examples
    --------
    >>> from radiohers.metrics import bins_are_filled
    >>> bins_are_filled([0.1, 0.3, 0.6, 0.8], 2), bins_are_filled([0.1, 0.3, 0.3, 0.3], 3)
    (True, False)
    """
    return len(np.unique(_bin_of(y_score, n_bins))) == n_bins


def _bin_of(y_score: np.ndarray, n_bins: int) -> np.ndarray:
    edges = np.quantile(y_score, np.linspace(0, 1, n_bins + 1)[1:-1])
    return np.searchsorted(edges, y_score, side="right")
