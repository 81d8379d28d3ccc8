"""Logistic recalibration of all resamples at once, by Newton's method."""

import numpy as np

__all__ = ["fit_recalibration"]

_MAX_ITERATIONS = 200
# Of the rise of the log-likelihood in the last step, which takes half as many digits as the
# result has: Newton's method doubles them in a step.
_TOLERANCE = 1e-11
# In units of the logit.
_LONGEST_STEP = 10.0


def fit_recalibration(
    y_true: np.ndarray, x: np.ndarray, weights: np.ndarray, *, fit_slope: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Fit P(positive) = 1 / (1 + exp(-(a + b x))) to each resample.

    Parameters
    ----------
    y_true : ndarray of bool of shape (n_cases,)
        Whether each case is positive.
    x : ndarray of shape (n_cases,)
        Logit of the score.
    weights : ndarray of shape (n_bootstraps, n_cases)
        How often each resample holds each case. Each must hold both classes and,
        for the slope, not be separable.
    fit_slope : bool
        Whether b is fitted; otherwise it is 1.

    Returns
    -------
    intercept, slope : ndarray of shape (n_bootstraps,)
        Of maximum likelihood; NaN where it was not found.

    Notes
    -----
    The log-likelihood is concave, so a Newton step is too long only if it passes
    the maximum on its line, as the gradient behind it tells. A step after which the
    way back is more than half as steep as the way there was is halved.
    """
    # Centred and scaled, the two equations are of one size; undone at the end.
    centre, scale = (x.mean(), x.std() or 1.0) if fit_slope else (0.0, 1.0)
    design = np.stack([np.ones_like(x), (x - centre) / scale])[: 2 if fit_slope else 1]
    offset = np.zeros_like(x) if fit_slope else x
    y = y_true.astype(float)
    # All resamples together are a good guess for each.
    start = _maximise(y, design, offset, weights.mean(axis=0, keepdims=True), np.zeros((1, len(design))))
    theta = _maximise(y, design, offset, weights, np.repeat(np.nan_to_num(start), len(weights), axis=0))
    if not fit_slope:
        return theta[:, 0], np.ones(len(weights))
    slope = theta[:, 1] / scale
    return theta[:, 0] - slope * centre, slope


def _maximise(
    y: np.ndarray, design: np.ndarray, offset: np.ndarray, weights: np.ndarray, theta: np.ndarray
) -> np.ndarray:
    """Climb from `theta`, of shape (n_bootstraps, n_parameters), to the maximum of each resample's likelihood."""
    found, step = np.full(theta.shape, np.nan), np.zeros_like(theta)
    left = np.arange(len(weights))
    reach = np.abs(design).max(axis=1)
    climb = np.full(len(weights), np.inf)
    for _ in range(_MAX_ITERATIONS):
        gradient, information = _derivatives(y, design, offset, weights, theta)
        # Beyond the maximum the slope along the last step is negative.
        too_long = np.einsum("ij,ij->i", gradient, step) < -climb / 2
        step = np.where(too_long[:, None], step / 2, _shortened(_solve(information, gradient), reach))
        climb = np.where(too_long, climb / 2, np.einsum("ij,ij->i", gradient, step))
        theta = np.where(too_long[:, None], theta - step, theta + step)
        done = ~too_long & (climb <= _TOLERANCE)
        if done.any():
            found[left[done]] = theta[done]
            left, theta, step, climb = left[~done], theta[~done], step[~done], climb[~done]
            weights = weights[~done]
            if len(left) == 0:
                break
    return found


def _derivatives(
    y: np.ndarray, design: np.ndarray, offset: np.ndarray, weights: np.ndarray, theta: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradient, and the entries 00 (and 01, 11) of the information."""
    # The hyperbolic tangent is quicker than the exponential, and cannot overflow.
    probability = theta @ design
    probability += offset
    probability *= 0.5
    np.tanh(probability, out=probability)
    probability += 1
    probability *= 0.5
    spread = weights * probability
    gradient = weights @ (y * design).T - spread @ design.T
    probability -= 1
    spread *= probability
    products = design[[0, 0, 1]] * design[[0, 1, 1]] if len(design) == 2 else design
    return gradient, -(spread @ products.T)


def _shortened(step: np.ndarray, reach: np.ndarray) -> np.ndarray:
    # Where all probabilities are near 0 or 1 the curvature is nearly 0, and Newton's step nearly infinite.
    length = np.abs(step) @ reach
    return step * np.minimum(1, _LONGEST_STEP / np.maximum(length, _LONGEST_STEP))[:, None]


def _solve(information: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    if information.shape[1] == 1:
        return gradient / np.maximum(information, 1e-12)
    a, b, c = information.T
    determinant = np.maximum(a * c - b * b, 1e-12)
    return np.stack(
        [
            (c * gradient[:, 0] - b * gradient[:, 1]) / determinant,
            (a * gradient[:, 1] - b * gradient[:, 0]) / determinant,
        ],
        axis=1,
    )
