"""The second largest eigenvalue of Q, of which MCC is the root."""

import numpy as np

from radiohers.features.native._compile import kernel

__all__ = ["maximal_correlation"]

_EPS = np.spacing(1.0)


@kernel
def _fill_q(p, q):
    """Write Q(i, j), the sum over k of p(i, k) p(j, k) / (px(i) py(k) + eps)."""
    n = len(p)
    px, py = np.zeros(n), np.zeros(n)
    for i in range(n):
        for k in range(n):
            px[i] += p[i, k]
            py[k] += p[i, k]
    transposed = p.T.copy()
    for i in range(n):
        for k in range(n):
            if p[i, k] != 0:
                factor = p[i, k] / (px[i] * py[k] + _EPS)
                for j in range(n):
                    q[i, j] += factor * transposed[k, j]


@kernel
def _fill_all(matrices, q):
    for a in range(len(matrices)):
        _fill_q(matrices[a], q[a])


def maximal_correlation(matrices: np.ndarray) -> np.ndarray:
    """Return the second largest eigenvalue of each matrix's Q.

    Parameters
    ----------
    matrices : ndarray of float64, shape (n_matrices, n_levels, n_levels)
        Probabilities of pairs of levels, of 2 levels at least.

    Returns
    -------
    ndarray of float64, shape (n_matrices,)
        The eigenvalues; those of noise may be below 0.

    References
    ----------
    Haralick et al., IEEE Trans Syst Man Cybern 1973;3:610. https://doi.org/10.1109/TSMC.1973.4309314
    """
    q = np.zeros_like(matrices)
    _fill_all(matrices, q)
    return np.sort(np.linalg.eigvals(q))[:, -2].real
