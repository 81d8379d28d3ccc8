"""The second largest eigenvalue of Q, of which MCC is the root."""

import numpy as np

from radiohers.features.native._compile import kernel
from radiohers.features.native._eigenvalues import eigenvalues

__all__ = ["maximal_correlation"]

_EPS = np.spacing(1.0)
_STEPS = 6  # of the Lanczos iteration, between looks at how far it has come
_MOST_STEPS = 60
_RELATIVE_ERROR = 1e-12
_SMALLEST_PIVOT = 1e-11  # of the limit; rounding could turn the sign of a smaller one


@kernel
def _margins(p, px, py):
    px[:] = 0.0
    py[:] = 0.0
    for i in range(len(px)):
        for k in range(len(py)):
            px[i] += p[i, k]
            py[k] += p[i, k]


@kernel
def _fill_all(matrices, q):
    """Write Q(i, j), the sum over k of p(i, k) p(j, k) / (px(i) py(k) + eps), of each matrix."""
    n = matrices.shape[1]
    px, py = np.empty(n), np.empty(n)
    for a in range(len(matrices)):
        p = matrices[a]
        _margins(p, px, py)
        for i in range(n):
            for k in range(n):
                if p[i, k] != 0:
                    factor = p[i, k] / (px[i] * py[k] + _EPS)
                    for j in range(n):
                        q[a, i, j] += factor * p[j, k]


@kernel
def _times(rows, factors, out):
    """Write factors @ rows, by whole rows so that the vector unit is used."""
    out[:] = 0.0
    for k in range(len(rows)):
        factor = factors[k]
        row = rows[k]
        for j in range(len(out)):
            out[j] += factor * row[j]


@kernel
def _orthogonalise(vector, others, n_others):
    """Take from a vector what it has in common with others, and return what length is left."""
    for _ in range(2):
        for o in range(n_others):
            common = 0.0
            for i in range(len(vector)):
                common += vector[i] * others[o, i]
            for i in range(len(vector)):
                vector[i] -= common * others[o, i]
    squared = 0.0
    for i in range(len(vector)):
        squared += vector[i] * vector[i]
    return np.sqrt(squared)


@kernel
def _ritz(b, b_transposed, sx):
    """Return the first eigenvector of b b' orthogonal to sx, and the distance of its eigenvalue from the others.

    The distance is 0 where it is not found.
    """
    n = len(sx)
    most = min(n - 1, _MOST_STEPS)
    basis = np.zeros((most + 1, n))  # sx, then Lanczos' vectors
    basis[0] = sx
    diagonal, beside = np.zeros(most), np.zeros(most)
    # For linear dependence, levels themselves are the eigenvector; the rest keeps all others in play.
    vector, half = np.empty(n), np.empty(n)
    for i in range(n):
        vector[i] = sx[i] * (i + np.sin(i))
    length = _orthogonalise(vector, basis, 1)
    for m in range(1, most + 1):
        if length < 1e-12:
            break
        for i in range(n):
            basis[m, i] = vector[i] / length
        _times(b, basis[m], half)
        _times(b_transposed, half, vector)
        for i in range(n):
            diagonal[m - 1] += basis[m, i] * vector[i]
        length = _orthogonalise(vector, basis, m + 1)
        beside[m - 1] = length
        if m % _STEPS == 0 or m == most or length < 1e-12:
            tridiagonal = np.zeros((m, m))
            for i in range(m):
                tridiagonal[i, i] = diagonal[i]
                if i > 0:
                    tridiagonal[i, i - 1] = tridiagonal[i - 1, i] = beside[i - 1]
            values, vectors = np.linalg.eigh(tridiagonal)
            gap = min(values[m - 1] - (values[m - 2] if m > 1 else 0.0), 1 - values[m - 1])
            residual = length * vectors[m - 1, m - 1]
            if residual * residual < 0.1 * _RELATIVE_ERROR * gap * values[m - 1]:
                vector[:] = 0.0
                for step in range(m):
                    for i in range(n):
                        vector[i] += vectors[step, m - 1] * basis[step + 1, i]
                return vector, gap
    return sx, 0.0


@kernel
def _n_above(b, b_transposed, limit):
    """Return how many eigenvalues of b b' are above a limit: as many as positive pivots (Sylvester), -1 if unsure."""
    n = len(b)
    matrix = np.empty((n, n))
    for i in range(n):
        _times(b_transposed, b[i], matrix[i])
        matrix[i, i] -= limit
    n_positive = 0
    for k in range(n):
        pivot = matrix[k, k]
        if not abs(pivot) > _SMALLEST_PIVOT * limit:
            return -1
        n_positive += pivot > 0
        for i in range(k + 1, n):
            factor = matrix[k, i] / pivot
            for j in range(i, n):
                matrix[i, j] -= factor * matrix[k, j]
    return n_positive


@kernel
def _second_eigenvalue(p, px, py):
    """Return the second largest eigenvalue of Q, or NaN where its error is not surely small.

    But for eps, Q is similar to the symmetric b b'. The Rayleigh quotient of
    the whole of Q with an eigenvector of b b' errs by the product of what is
    left of the vector on both sides, over the gap.
    """
    n = len(p)
    sx = np.sqrt(px)
    b, b_transposed, p_transposed = np.zeros((n, n)), np.zeros((n, n)), np.zeros((n, n))
    weighted, weighted_transposed = np.zeros((n, n)), np.zeros((n, n))
    for i in range(n):
        for k in range(n):
            if p[i, k] != 0:
                b[i, k] = b_transposed[k, i] = p[i, k] / np.sqrt(px[i] * py[k])
                weighted[i, k] = weighted_transposed[k, i] = p[i, k] / (px[i] * py[k] + _EPS)
                p_transposed[k, i] = p[i, k]
    z, gap = _ritz(b, b_transposed, sx)
    if not gap > 0:
        return np.nan
    scaled, half, right, left = np.zeros(n), np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        if sx[i] > 0:
            scaled[i] = z[i] / sx[i]
    _times(p, scaled, half)
    _times(weighted_transposed, half, right)
    for i in range(n):
        scaled[i] = z[i] * sx[i]
    _times(weighted, scaled, half)
    _times(p_transposed, half, left)
    value = 0.0
    for i in range(n):
        right[i] *= sx[i]
        left[i] = left[i] / sx[i] if sx[i] > 0 else 0.0
        value += z[i] * right[i]
    right_error = left_error = 0.0
    for i in range(n):
        right_error += (right[i] - value * z[i]) ** 2
        left_error += (left[i] - value * z[i]) ** 2
    if not np.sqrt(right_error * left_error) < _RELATIVE_ERROR * gap * value:
        return np.nan
    # The iteration may miss an eigenvector that it hardly started with: from the middle of the gap
    # upwards there must be 1 and the value alone. At the value itself the pivots would be too small.
    return value if _n_above(b, b_transposed, value - gap / 2) == 2 else np.nan


@kernel
def _all_second_eigenvalues(matrices, values):
    px, py = np.empty(matrices.shape[1]), np.empty(matrices.shape[1])
    for a in range(len(matrices)):
        _margins(matrices[a], px, py)
        values[a] = _second_eigenvalue(matrices[a], px, py)


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

    Notes
    -----
    By the Lanczos iteration where a bound on its error is below 1e-12 of the
    eigenvalue, by LAPACK otherwise.

    References
    ----------
    Haralick et al., IEEE Trans Syst Man Cybern 1973;3:610. https://doi.org/10.1109/TSMC.1973.4309314
    """
    values = np.empty(len(matrices))
    _all_second_eigenvalues(matrices, values)
    unsure = np.isnan(values)
    q = np.zeros_like(matrices[unsure])
    # Of no matrix too, so that it is compiled at the first case like all else, and not in the midst of a cohort.
    _fill_all(matrices[unsure], q)
    if len(q):
        values[unsure] = np.sort(eigenvalues(q))[:, -2].real
    return values
