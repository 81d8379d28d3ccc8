"""Co-occurrence features of matrices whose value hangs on rounding: pyradiomics' own order of operations."""

import numpy as np

__all__ = ["degenerate_features", "is_degenerate"]

_EPS = np.spacing(1)
_CORRELATION, _IMC2, _SUM_SQUARES = 5, 14, 23


def is_degenerate(features: np.ndarray, eigenvalues: np.ndarray | None) -> bool:
    """Return whether a difference of equals decides about a feature.

    Parameters
    ----------
    features : ndarray of float64, shape (n_matrices, 24)
        The features, a row a matrix.
    eigenvalues : ndarray of float64, shape (n_matrices,), or None
        What MCC is the root of; None for a single level.

    Returns
    -------
    bool
        True where levels hardly vary, or hardly depend on each other: then
        pyradiomics takes roots and quotients of rounding errors, some of them NaN.
    """
    independent = not (features[:, _IMC2] > 1e-3).all()
    flat = (features[:, _SUM_SQUARES] < 1e-6).any()
    return bool(independent or flat or (eigenvalues is not None and not (eigenvalues > 1e-6).all()))


def degenerate_features(matrices: np.ndarray, grey_levels: np.ndarray) -> dict[str, float]:
    """Return Correlation, Imc1, Imc2 and MCC, rounded as pyradiomics rounds.

    Parameters
    ----------
    matrices : ndarray of float64, shape (n_matrices, n_levels, n_levels)
        Probabilities of pairs of levels, a matrix a direction.
    grey_levels : ndarray of int64, shape (n_levels,)
        The grey levels that rows and columns stand for.

    Returns
    -------
    dict of str to float
        The four features.
    """
    # Directions last: the order of memory decides in what order NumPy adds.
    p = np.ascontiguousarray(np.moveaxis(matrices, 0, -1))[None]
    px, py = p.sum(2, keepdims=True), p.sum(1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = {"Correlation": _correlation(p, grey_levels.astype("float")), "MCC": _mcc(p, px, py)}
        values["Imc1"], values["Imc2"] = _imc(p, px, py)
    return {
        name: np.nan if np.isnan(by_matrix).all() else float(np.nanmean(by_matrix).real)
        for name, by_matrix in values.items()
    }


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
    q = np.zeros((1, p.shape[1], p.shape[1], p.shape[3]))
    for k in range(p.shape[1]):
        q += (p[:, :, None, k, :] * p[:, None, :, k, :]) / (px[:, :, None, 0, :] * py[:, None, :, k, :] + _EPS)
    eigenvalues = np.linalg.eigvals(q.transpose((0, 3, 1, 2)))
    eigenvalues.sort()
    return np.sqrt(eigenvalues[:, :, -2])
