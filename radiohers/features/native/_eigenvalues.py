"""Eigenvalues of real matrices that need not be symmetric."""

import numpy as np

__all__ = ["eigenvalues"]


def eigenvalues(matrices: np.ndarray) -> np.ndarray:
    """Return the eigenvalues of real matrices: real numbers if all are, else complex ones.

    Parameters
    ----------
    matrices : ndarray of float64, shape (..., n, n)
        The matrices.

    Returns
    -------
    ndarray of float64 or complex128, shape (..., n)
        In LAPACK's order.

    Notes
    -----
    What NumPy did before 2.5, whose :func:`numpy.linalg.eigvals` is complex
    always. The root of a number below 0 is NaN among real ones, as it should be
    here, and not among complex ones.
    """
    values = np.linalg.eigvals(matrices)
    return values if values.imag.any() else values.real
