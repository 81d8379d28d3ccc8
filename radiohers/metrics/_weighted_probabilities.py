"""Statistics of probabilities (Brier, calibration, net benefit), for all resamples at once.

Each takes ``(y_true, y_score, weights)``: bool of shape (n_cases,), probabilities of
shape (n_cases,), and how often each resample holds each case, of shape
(n_bootstraps, n_cases) or as Resamples.
"""

import numpy as np
from scipy.special import logit

from radiohers.metrics._recalibration import fit_recalibration
from radiohers.metrics._resamples import Resamples, divide

__all__ = [
    "CLIP",
    "clipped_logit",
    "weighted_brier_score",
    "weighted_calibration_intercept",
    "weighted_calibration_slope",
    "weighted_expected_calibration_error",
    "weighted_net_benefit",
    "weighted_treat_all_net_benefit",
]

CLIP = 1e-6


def clipped_logit(y_score: np.ndarray) -> np.ndarray:
    """Return log(p / (1 - p)) of probabilities kept `CLIP` away from 0 and 1, where it is infinite."""
    return logit(np.clip(y_score, CLIP, 1 - CLIP))


def weighted_brier_score(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the mean squared distance of probability and outcome in each resample."""
    resamples = Resamples.of(weights)
    return divide(resamples.sums((y_score - y_true) ** 2), resamples.total)


def weighted_expected_calibration_error(
    y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples, n_bins: int = 10
) -> np.ndarray:
    """Return the mean distance of observed share and mean probability over bins of equal width, in each resample."""
    # A probability on the border of two bins belongs to the upper one, 1 to the last.
    bins = np.minimum((np.asarray(y_score) * n_bins).astype(int), n_bins - 1)
    in_bin = np.arange(n_bins) == bins[:, None]
    resamples = Resamples.of(weights)
    excess = resamples.sums(in_bin * (y_true - y_score)[:, None])
    return divide(np.abs(excess).sum(axis=1), resamples.total)


def weighted_calibration_slope(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the slope of a logistic regression of the outcome on the logit of the score, in each resample.

    Parameters
    ----------
    y_true, y_score, weights : ndarray
        As in every statistic of this module.

    Returns
    -------
    ndarray of shape (n_bootstraps,)
        Infinite where the scores separate the classes (the likelihood then has no
        maximum), NaN where a class is missing or all scores are the same.
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


def weighted_calibration_intercept(
    y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples
) -> np.ndarray:
    """Return the calibration-in-the-large: the intercept of that regression with the slope fixed at 1.

    Parameters
    ----------
    y_true, y_score, weights : ndarray
        As in every statistic of this module.

    Returns
    -------
    ndarray of shape (n_bootstraps,)
        NaN where a class is missing.
    """
    resamples = Resamples.of(weights)
    intercept = np.full(len(resamples), np.nan)
    n_positive = resamples.sums(y_true)
    both_classes = np.flatnonzero((n_positive > 0) & (n_positive < resamples.total))
    if len(both_classes):
        x = clipped_logit(y_score)
        intercept[both_classes] = fit_recalibration(y_true, x, resamples, both_classes, fit_slope=False)[0]
    return intercept


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


def weighted_net_benefit(
    y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples, thresholds: np.ndarray
) -> np.ndarray:
    """Return the net benefit of treating the cases at or above each threshold, in each resample.

    Parameters
    ----------
    y_true, y_score, weights : ndarray
        As in every statistic of this module.
    thresholds : ndarray of shape (n_thresholds,)
        Probabilities, at least 0 and below 1.

    Returns
    -------
    ndarray of shape (n_bootstraps, n_thresholds)
        True positives less false positives weighted by the odds of the threshold,
        as a share of all cases.
    """
    treated = y_score[:, None] >= thresholds
    odds = thresholds / (1 - thresholds)
    gain = np.where(y_true[:, None], treated, -odds * treated)
    resamples = Resamples.of(weights)
    return divide(resamples.sums(gain), resamples.total[:, None])


def weighted_treat_all_net_benefit(
    y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples, thresholds: np.ndarray
) -> np.ndarray:
    """Return the net benefit of treating every case, whatever its score; treating none has 0."""
    return weighted_net_benefit(y_true, np.full(len(y_true), np.inf), weights, thresholds)
