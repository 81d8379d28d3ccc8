"""The mean over directions, without those that have no value."""

import numpy as np

__all__ = ["nan_mean"]


def nan_mean(values: np.ndarray) -> np.ndarray:
    """Return the mean of each column over the rows that are not NaN; NaN where none is.

    Parameters
    ----------
    values : ndarray of float64, shape (n_directions, n_features)
        A row a direction.

    Returns
    -------
    ndarray of float64, shape (n_features,)
        The means, without NumPy's warning for a column of NaN.
    """
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0)
