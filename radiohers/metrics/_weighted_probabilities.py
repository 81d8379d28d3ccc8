"""Statistics of probabilities (Brier, calibration, net benefit), for all resamples at once.

Each takes ``(y_true, y_score, weights)``: bool of shape (n_cases,), probabilities of
shape (n_cases,), and how often each resample holds each case, of shape
(n_bootstraps, n_cases).
"""

import numpy as np
from scipy.special import logit

from radiohers.metrics._blocks import by_blocks, divide
from radiohers.metrics._recalibration import fit_recalibration

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


def weighted_brier_score(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean squared distance of probability and outcome in each resample."""
    return divide(weights @ (y_score - y_true) ** 2, weights.sum(axis=1))


def weighted_expected_calibration_error(
    y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray, n_bins: int = 10
) -> np.ndarray:
    """Return the mean distance of observed share and mean probability over bins of equal width, in each resample."""
    # A probability on the border of two bins belongs to the upper one, 1 to the last.
    bins = np.minimum((np.asarray(y_score) * n_bins).astype(int), n_bins - 1)
    in_bin = np.arange(n_bins) == bins[:, None]
    excess = weights @ (in_bin * (y_true - y_score)[:, None])
    return divide(np.abs(excess).sum(axis=1), weights.sum(axis=1))


@by_blocks
def weighted_calibration_slope(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray) -> np.ndarray:
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
    x = clipped_logit(y_score)
    slope = np.full(len(weights), np.nan)
    lowest, highest = _range_of_drawn(x, weights, y_true)
    lowest_negative, highest_negative = _range_of_drawn(x, weights, ~y_true)
    both_classes = np.isfinite(lowest) & np.isfinite(lowest_negative)
    varied = np.maximum(highest, highest_negative) > np.minimum(lowest, lowest_negative)
    rising, falling = lowest >= highest_negative, highest <= lowest_negative
    slope[both_classes & varied & rising] = np.inf
    slope[both_classes & varied & falling] = -np.inf
    overlapping = both_classes & ~rising & ~falling
    if overlapping.any():
        slope[overlapping] = fit_recalibration(y_true, x, weights[overlapping], fit_slope=True)[1]
    return slope


@by_blocks
def weighted_calibration_intercept(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray) -> np.ndarray:
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
    intercept = np.full(len(weights), np.nan)
    n_positive = weights @ y_true.astype(float)
    both_classes = (n_positive > 0) & (n_positive < weights.sum(axis=1))
    if both_classes.any():
        x = clipped_logit(y_score)
        intercept[both_classes] = fit_recalibration(y_true, x, weights[both_classes], fit_slope=False)[0]
    return intercept


def _range_of_drawn(x: np.ndarray, weights: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    drawn = weights[:, chosen] > 0
    lowest = np.where(drawn, x[chosen], np.inf).min(axis=1, initial=np.inf)
    highest = np.where(drawn, x[chosen], -np.inf).max(axis=1, initial=-np.inf)
    return lowest, highest


def weighted_net_benefit(
    y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray, thresholds: np.ndarray
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
    return divide(weights @ gain, weights.sum(axis=1, keepdims=True))


def weighted_treat_all_net_benefit(
    y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray, thresholds: np.ndarray
) -> np.ndarray:
    """Return the net benefit of treating every case, whatever its score; treating none has 0."""
    return weighted_net_benefit(y_true, np.full(len(y_true), np.inf), weights, thresholds)
