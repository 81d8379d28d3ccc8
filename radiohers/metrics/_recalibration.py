"""Logistic recalibration of all resamples at once, by Newton's method."""

import numpy as np
from numpy.polynomial.chebyshev import chebvander

from radiohers.metrics._resamples import Resamples

__all__ = ["fit_recalibration"]

_MAX_ITERATIONS = 200
# Of the rise of the log-likelihood in the last step, which takes half as many digits as the
# result has: Newton's method doubles them in a step.
_TOLERANCE = 1e-11
# In units of the logit.
_LONGEST_STEP = 10.0
# Of intercept and slope, where nodes stand for the cases.
_NODE_ERROR = 1e-11
_ROUNDING = 1e-16
# How much steeper than that of all cases the slope of a resample may be for the nodes.
_STEEPER = 1.5
# Weights of 1 MiB where cases are taken as they are: larger blocks leave the processor's cache.
_AT_ONCE = 2**17


def fit_recalibration(
    y_true: np.ndarray, x: np.ndarray, resamples: Resamples, chosen: np.ndarray, *, fit_slope: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Fit P(positive) = 1 / (1 + exp(-(a + b x))) to some of the resamples.

    Parameters
    ----------
    y_true : ndarray of bool of shape (n_cases,)
        Whether each case is positive.
    x : ndarray of shape (n_cases,)
        Logit of the score.
    resamples : Resamples
        How often each resample holds each case.
    chosen : ndarray of int of shape (n_chosen,)
        The resamples to fit. Each must hold both classes and, for the slope, not be separable.
    fit_slope : bool
        Whether b is fitted; otherwise it is 1.

    Returns
    -------
    intercept, slope : ndarray of shape (n_chosen,)
        Of maximum likelihood; NaN where it was not found.

    Notes
    -----
    The log-likelihood is concave, so a Newton step is too long only if it passes
    the maximum on its line, as the gradient behind it tells. A step after which the
    way back is more than half as steep as the way there was is halved.

    With many cases, sums over these of a function f(x) are replaced by sums over nodes: f is a logistic curve
    or its derivative, and as good as equal to the polynomial through the Chebyshev points of the range of x. The
    cases enter by their sums of Chebyshev polynomials. The poles of the logistic curve lie :math:`\\pi / b` from
    the axis, so that over a range of length :math:`2 r` the error of :math:`n` nodes falls like
    :math:`\\exp(-n \\, \\mathrm{arsinh}(\\pi / (b r)))`. The number of nodes is chosen for intercepts and slopes
    that are the same to 1e-11.

    References
    ----------
    Trefethen LN. Approximation Theory and Approximation Practice. SIAM 2013, chapter 8.
    """
    # Centred and scaled, the two equations are of one size; undone at the end.
    centre, scale = (x.mean(), x.std() or 1.0) if fit_slope else (0.0, 1.0)
    z = (x - centre) / scale
    theta = _fit(y_true.astype(float), z, resamples, chosen, fit_slope)
    if not fit_slope:
        return theta[:, 0], np.ones(len(chosen))
    slope = theta[:, 1] / scale
    return theta[:, 0] - slope * centre, slope


def _fit(y: np.ndarray, z: np.ndarray, resamples: Resamples, chosen: np.ndarray, fit_slope: bool) -> np.ndarray:
    design, offset = _design(z, fit_slope)
    wanted = y * design
    # All cases are a good guess for each resample.
    every_case = np.ones((1, len(z)))
    start = _maximise(every_case @ wanted.T, design, offset, every_case, np.zeros((1, len(design))))
    steepest = abs(_STEEPER * start[0, 1]) if fit_slope else 1.0
    n_nodes = _number_of_nodes(z, steepest, _mean_information(design, offset, start))
    start = np.nan_to_num(start)
    found = np.full((len(chosen), len(design)), np.nan)
    distinct, place = np.unique(z, return_inverse=True)
    if min(len(distinct), n_nodes) < len(z) / 2:
        if len(distinct) <= n_nodes:
            # Forests and classes have few scores: these are nodes by themselves.
            nodes, steepest = distinct, np.inf
            weights = resamples.sums_of(lambda rows: place[rows, None] == np.arange(len(nodes)), nodes.shape)
        else:
            nodes, weights = _nodes(z, resamples, int(n_nodes))
        theta = np.repeat(start, len(chosen), axis=0)
        found = _maximise(resamples.sums(wanted.T)[chosen], *_design(nodes, fit_slope), weights[chosen], theta)
    is_beyond = np.abs(found[:, 1]) > steepest if fit_slope else False
    left = np.flatnonzero(np.isnan(found[:, 0]) | is_beyond)
    n_blocks = 1 + len(left) * len(z) // _AT_ONCE
    for here in np.array_split(left, n_blocks):
        weights = resamples.weights(chosen[here])
        theta = np.repeat(start, len(here), axis=0)
        found[here] = _maximise(weights @ wanted.T, design, offset, weights, theta)
    return found


def _design(z: np.ndarray, fit_slope: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return what the parameters are multiplied by, and what is added."""
    if fit_slope:
        return np.stack([np.ones_like(z), z]), np.zeros_like(z)
    return np.ones((1, len(z))), z


def _mean_information(design: np.ndarray, offset: np.ndarray, theta: np.ndarray) -> float:
    """Return the curvature of the log-likelihood of a case, in the direction in which it is least."""
    every_case = np.full((1, design.shape[1]), 1 / design.shape[1])
    _, information = _derivatives(np.zeros((1, len(design))), design, offset, every_case, theta)
    if len(design) == 1:
        return float(information[0, 0])
    a, b, c = information[0]
    return float((a + c) / 2 - np.hypot((a - c) / 2, b))


def _number_of_nodes(z: np.ndarray, slope: float, information: float) -> float:
    """Return how many nodes the wanted accuracy takes; infinite where none are enough."""
    half = np.ptp(z) / 2
    error = _NODE_ERROR * information
    # Written so that a NaN, of a start that was not found, fails it.
    if not (error > _ROUNDING and 0 < slope * half < np.inf):
        return np.inf
    return np.ceil(-np.log(error) / np.arcsinh(np.pi / (slope * half)))


def _nodes(z: np.ndarray, resamples: Resamples, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes within the range of z, and in each resample their weights, of which some are negative."""
    middle, half = (z.min() + z.max()) / 2, np.ptp(z) / 2
    nodes = np.cos((np.arange(n) + 0.5) * np.pi / n)
    moments = resamples.sums_of(lambda rows: chebvander((z[rows] - middle) / half, n - 1), (n,))
    moments *= np.where(np.arange(n) == 0, 1, 2) / n
    return middle + half * nodes, moments @ chebvander(nodes, n - 1).T


def _maximise(
    wanted: np.ndarray, design: np.ndarray, offset: np.ndarray, weights: np.ndarray, theta: np.ndarray
) -> np.ndarray:
    """Climb from `theta`, of shape (n_bootstraps, n_parameters), to the maximum of each resample's likelihood.

    `wanted`, of the same shape, is the sum of `design` over the positive cases.
    """
    found, step = np.full(theta.shape, np.nan), np.zeros_like(theta)
    left = np.arange(len(weights))
    reach = np.abs(design).max(axis=1)
    climb = np.full(len(weights), np.inf)
    for _ in range(_MAX_ITERATIONS):
        if len(left) == 0:
            break
        gradient, information = _derivatives(wanted, design, offset, weights, theta)
        # Beyond the maximum the slope along the last step is negative.
        too_long = np.einsum("ij,ij->i", gradient, step) < -climb / 2
        step = np.where(too_long[:, None], step / 2, _shortened(_solve(information, gradient), reach))
        climb = np.where(too_long, climb / 2, np.einsum("ij,ij->i", gradient, step))
        theta = np.where(too_long[:, None], theta - step, theta + step)
        done = ~too_long & (climb <= _TOLERANCE)
        if done.any():
            found[left[done]] = theta[done]
            left, theta, step, climb = left[~done], theta[~done], step[~done], climb[~done]
            wanted, weights = wanted[~done], weights[~done]
    return found


def _derivatives(
    wanted: np.ndarray, design: np.ndarray, offset: np.ndarray, weights: np.ndarray, theta: np.ndarray
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
    gradient = wanted - spread @ design.T
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
