"""Co-occurrence features of matrices whose value hangs on rounding: pyradiomics' own order of operations."""

import numpy as np

from radiohers.features.native._eigenvalues import eigenvalues

__all__ = ["degenerate_features", "is_degenerate"]

_EPS = np.spacing(1)
_CORRELATION, _IMC2, _SUM_SQUARES = 5, 14, 23


def is_degenerate(features: np.ndarray, eigenvalues: np.ndarray) -> bool:
    """Return whether a difference of equals decides about a feature.

    Parameters
    ----------
    features : ndarray of float64, shape (n_matrices, 24)
        The features, a row a matrix.
    eigenvalues : ndarray of float64, shape (n_matrices,)
        What MCC is the root of.

    Returns
    -------
    bool
        True where levels hardly vary, or hardly depend on each other: then
        pyradiomics takes roots and quotients of rounding errors, some of them NaN.
    """
    independent = not (features[:, _IMC2] > 1e-3).all()
    flat = (features[:, _SUM_SQUARES] < 1e-6).any()
    return bool(independent or flat or not (eigenvalues > 1e-6).all())


def degenerate_features(
    pairs: np.ndarray, grey_levels: np.ndarray, symmetrical: bool, weights: np.ndarray | None
) -> dict[str, float]:
    """Return Correlation, Imc1, Imc2 and MCC, rounded as pyradiomics rounds.

    Parameters
    ----------
    pairs : ndarray of float64, shape (n_directions, n_levels, n_levels)
        Pairs of neighbours by their levels, a matrix a direction.
    grey_levels : ndarray of int64, shape (n_levels,)
        The grey levels that rows and columns stand for.
    symmetrical : bool
        Whether a pair counts in both orders.
    weights : ndarray of shape (n_directions,) or None
        Weights by which the directions are summed to one matrix.

    Returns
    -------
    dict of str to float
        The four features.
    """
    p = _probabilities(pairs, symmetrical, weights)
    px, py = p.sum(2, keepdims=True), p.sum(1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = {"Correlation": _correlation(p, grey_levels.astype("float")), "MCC": _mcc(p, px, py)}
        values["Imc1"], values["Imc2"] = _imc(p, px, py)
    return {
        name: np.nan if np.isnan(by_matrix).all() else float(np.nanmean(by_matrix).real)
        for name, by_matrix in values.items()
    }


def _probabilities(pairs: np.ndarray, symmetrical: bool, weights: np.ndarray | None) -> np.ndarray:
    """Return the matrices with directions last, and laid out in memory as pyradiomics' are.

    NumPy adds in the order of memory, and `np.delete` changes it, even where
    there is nothing to delete.
    """
    p = np.ascontiguousarray(np.moveaxis(pairs, 0, -1))[None]
    nothing = np.array([], dtype=int)
    p = np.delete(np.delete(p, nothing, 1), nothing, 2)
    if symmetrical:
        p += np.transpose(p, (0, 2, 1, 3)).copy()
    if weights is not None:
        p = np.sum(p * weights[None, None, None, :], 3, keepdims=True)
    totals = np.sum(p, (1, 2))
    if p.shape[3] > 1 and (empty := np.where(np.sum(totals, 0) == 0))[0].size:
        p, totals = np.delete(p, empty, 3), np.delete(totals, empty, 1)
    p /= totals[:, None, None, :]
    return p


def _correlation(p: np.ndarray, levels: np.ndarray) -> np.ndarray:
    i, j = levels[None, :, None, None], levels[None, None, :, None]
    ux, uy = np.sum(i * p, (1, 2), keepdims=True), np.sum(j * p, (1, 2), keepdims=True)
    sigma_x = np.sum(p * ((i - ux) ** 2), (1, 2), keepdims=True) ** 0.5
    sigma_y = np.sum(p * ((j - uy) ** 2), (1, 2), keepdims=True) ** 0.5
    covariance = np.sum(p * (i - ux) * (j - uy), (1, 2), keepdims=True)
    correlation = covariance / (sigma_x * sigma_y + _EPS)
    correlation[sigma_x * sigma_y == 0] = 1
    return correlation


def _imc(p: np.ndarray, px: np.ndarray, py: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    hxy = (-1) * np.sum((p * np.log2(p + _EPS)), (1, 2))
    hx, hy = (-1) * np.sum((px * np.log2(px + _EPS)), (1, 2)), (-1) * np.sum((py * np.log2(py + _EPS)), (1, 2))
    hxy1 = (-1) * np.sum((p * np.log2(px * py + _EPS)), (1, 2))
    hxy2 = (-1) * np.sum(((px * py) * np.log2(px * py + _EPS)), (1, 2))
    larger, imc1 = np.fmax(hx, hy), hxy - hxy1
    imc1[larger != 0] /= larger[larger != 0]
    imc1[larger == 0] = 0
    imc2 = (1 - np.e ** (-2 * (hxy2 - hxy))) ** 0.5
    imc2[hxy2 == hxy] = 0
    return imc1, imc2


def _mcc(p: np.ndarray, px: np.ndarray, py: np.ndarray) -> np.ndarray:
    if p.shape[1] < 2:
        return np.ones(1)
    q = (p[:, :, None, 0, :] * p[:, None, :, 0, :]) / (px[:, :, None, 0, :] * py[:, None, :, 0, :] + _EPS)
    for k in range(1, p.shape[1]):
        q += (p[:, :, None, k, :] * p[:, None, :, k, :]) / (px[:, :, None, 0, :] * py[:, None, :, k, :] + _EPS)
    return np.sqrt(np.sort(eigenvalues(q.transpose((0, 3, 1, 2))))[:, :, -2])
