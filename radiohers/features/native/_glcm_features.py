"""The features of co-occurrence matrices, after Haralick and pyradiomics."""

from collections import namedtuple

import numpy as np

from radiohers.features.native._compile import kernel
from radiohers.features.native._glcm import normalised_matrices
from radiohers.features.native._glcm_degenerate import degenerate_features, is_degenerate
from radiohers.features.native._mcc import maximal_correlation
from radiohers.features.native._mean import nan_mean
from radiohers.features.native._names import FEATURES

__all__ = ["glcm_features"]

GLCM_FEATURES = FEATURES["glcm"]
# Where kernels write each feature; to numba, constants.
_AT = namedtuple("_AT", GLCM_FEATURES)(*range(len(GLCM_FEATURES)))
_EPS = np.spacing(1.0)


@kernel
def _marginals(p, levels, px, py, p_sum, p_difference):
    """Fill the distributions of row, column, sum and difference of levels."""
    for i in range(len(levels)):
        for j in range(len(levels)):
            probability = p[i, j]
            if probability != 0:
                px[i] += probability
                py[j] += probability
                p_sum[levels[i] + levels[j]] += probability
                p_difference[abs(levels[i] - levels[j])] += probability


@kernel
def _moments(p, levels, px, py, out):
    """Write Autocorrelation, Correlation, JointAverage, JointEnergy, MaximumProbability, SumSquares, and the means."""
    ux = uy = 0.0
    for i in range(len(levels)):
        ux += levels[i] * px[i]
        uy += levels[i] * py[i]
    variance_x = variance_y = covariance = energy = auto = 0.0
    largest = 0.0
    for i in range(len(levels)):
        variance_x += px[i] * (levels[i] - ux) ** 2
        variance_y += py[i] * (levels[i] - uy) ** 2
        for j in range(len(levels)):
            probability = p[i, j]
            auto += probability * (levels[i] * levels[j])
            covariance += probability * (levels[i] - ux) * (levels[j] - uy)
            energy += probability * probability
            largest = max(largest, probability)
    sigmas = np.sqrt(variance_x) * np.sqrt(variance_y)
    out[_AT.Autocorrelation] = auto
    out[_AT.Correlation] = 1.0 if sigmas == 0 else covariance / (sigmas + _EPS)
    out[_AT.JointAverage] = ux
    out[_AT.JointEnergy] = energy
    out[_AT.MaximumProbability] = largest
    out[_AT.SumSquares] = variance_x
    return ux, uy


@kernel
def _entropies(p, px, py, out):
    """Write Imc1, Imc2 and JointEntropy."""
    hx = hy = hxy = hxy1 = hxy2 = 0.0
    for i in range(len(px)):
        hx -= px[i] * np.log2(px[i] + _EPS)
        hy -= py[i] * np.log2(py[i] + _EPS)
        if px[i] == 0:
            continue
        for j in range(len(py)):
            independent = px[i] * py[j]
            if independent == 0:
                continue
            logarithm = np.log2(independent + _EPS)
            hxy2 -= independent * logarithm
            if p[i, j] != 0:
                hxy1 -= p[i, j] * logarithm
                hxy -= p[i, j] * np.log2(p[i, j] + _EPS)
    larger = max(hx, hy)
    out[_AT.Imc1] = 0.0 if larger == 0 else (hxy - hxy1) / larger
    out[_AT.Imc2] = 0.0 if hxy2 == hxy else np.sqrt(1 - np.exp(-2 * (hxy2 - hxy)))
    out[_AT.JointEntropy] = hxy


@kernel
def _of_sums(p_sum, ux, uy, out):
    """Write ClusterProminence, ClusterShade, ClusterTendency, SumAverage, SumEntropy."""
    for k in range(len(p_sum)):
        probability = p_sum[k]
        if probability != 0:
            away = k - ux - uy
            out[_AT.ClusterProminence] += probability * (away * away) * (away * away)
            out[_AT.ClusterShade] += probability * (away * away * away)
            out[_AT.ClusterTendency] += probability * (away * away)
            out[_AT.SumAverage] += k * probability
            out[_AT.SumEntropy] -= probability * np.log2(probability + _EPS)


@kernel
def _of_differences(p_difference, n_grey, out):
    """Write Contrast, DifferenceAverage, -Entropy, -Variance, Id, Idm, Idmn, Idn, InverseVariance."""
    for k in range(len(p_difference)):
        probability = p_difference[k]
        if probability != 0:
            out[_AT.Contrast] += probability * k * k
            out[_AT.DifferenceAverage] += probability * k
            out[_AT.DifferenceEntropy] -= probability * np.log2(probability + _EPS)
            out[_AT.Id] += probability / (1 + k)
            out[_AT.Idm] += probability / (1 + k * k)
            out[_AT.Idmn] += probability / (1 + (k * k) / (n_grey * n_grey))
            out[_AT.Idn] += probability / (1 + k / n_grey)
            if k > 0:
                out[_AT.InverseVariance] += probability / (k * k)
    for k in range(len(p_difference)):
        out[_AT.DifferenceVariance] += p_difference[k] * (k - out[_AT.DifferenceAverage]) ** 2


@kernel
def _features(matrices, levels, out):
    """Write all features but MCC, a row a matrix."""
    n_levels = len(levels)
    n_grey = levels[n_levels - 1]
    for a in range(len(matrices)):
        px, py = np.zeros(n_levels), np.zeros(n_levels)
        p_sum, p_difference = np.zeros(2 * n_grey + 1), np.zeros(n_grey)
        _marginals(matrices[a], levels, px, py, p_sum, p_difference)
        ux, uy = _moments(matrices[a], levels, px, py, out[a])
        _entropies(matrices[a], px, py, out[a])
        _of_sums(p_sum, ux, uy, out[a])
        _of_differences(p_difference, n_grey, out[a])


def glcm_features(
    pairs: np.ndarray, grey_levels: np.ndarray, symmetrical: bool = True, weights: np.ndarray | None = None
) -> dict[str, float]:
    """Return the features, each the mean over the directions.

    Parameters
    ----------
    pairs : ndarray of float64, shape (n_directions, n_levels, n_levels)
        Pairs of neighbours by their levels, a matrix a direction.
    grey_levels : ndarray of int64, shape (n_levels,)
        The grey levels that rows and columns stand for, ascending.
    symmetrical : bool, default=True
        Whether a pair counts in both orders.
    weights : ndarray of shape (n_directions,) or None, default=None
        Weights by which the directions are summed to one matrix.

    Returns
    -------
    dict of str to float
        The 24 features of :data:`GLCM_FEATURES`; NaN where no voxel has a neighbour.

    References
    ----------
    Haralick et al., IEEE Trans Syst Man Cybern 1973;3:610. https://doi.org/10.1109/TSMC.1973.4309314

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native._glcm_features import glcm_features
    >>> round(glcm_features(np.array([[[4.0, 1.0], [1.0, 4.0]]]), np.array([1, 2]))["Contrast"], 3)
    0.2
    """
    matrices = normalised_matrices(pairs, symmetrical, weights)
    if len(matrices) == 0 or np.isnan(matrices[0, 0, 0]):
        return _without_pairs(len(matrices), len(grey_levels))
    out = np.zeros((len(matrices), len(GLCM_FEATURES)))
    _features(matrices, grey_levels, out)
    eigenvalues = maximal_correlation(matrices) if len(grey_levels) > 1 else np.ones(len(matrices))
    features = dict(zip(GLCM_FEATURES, nan_mean(out).tolist(), strict=True))
    if is_degenerate(out, eigenvalues):
        features.update(degenerate_features(pairs, grey_levels, symmetrical, weights))
    else:
        features["MCC"] = float(np.sqrt(eigenvalues).mean())
    return features


def _without_pairs(n_matrices: int, n_levels: int) -> dict[str, float]:
    """Return what pyradiomics gives for a lesion in which no voxel has a neighbour."""
    features = dict.fromkeys(GLCM_FEATURES, np.nan)
    if n_levels == 1:
        features["MCC" if n_matrices == 0 else "InverseVariance"] = 1.0 if n_matrices == 0 else 0.0
    return features
