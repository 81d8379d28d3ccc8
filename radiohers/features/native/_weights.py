"""Distance weighting: how much a direction counts, by the distance it bridges."""

import logging

import numpy as np

__all__ = ["step_lengths_mm"]

_LOG = logging.getLogger("radiohers")


def step_lengths_mm(steps: np.ndarray, spacing_mm, norm: str) -> np.ndarray | None:
    """Return the length of each step in mm.

    Parameters
    ----------
    steps : ndarray of int64, shape (n_directions, 3)
        Steps in voxels.
    spacing_mm : sequence of 3 floats
        Distance between voxels in mm, axes as in `steps`.
    norm : {"manhattan", "euclidean", "infinity", "no_weighting"}
        How a length is measured.

    Returns
    -------
    ndarray of float64, shape (n_directions,), or None
        The lengths; None where every direction counts alike: for
        "no_weighting", and for a norm that is not known.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native._weights import step_lengths_mm
    >>> step_lengths_mm(np.array([[1, 1, 0]]), (2.5, 0.8, 0.8), "manhattan")
    array([3.3])
    """
    along = np.abs(steps) * np.asarray(spacing_mm, dtype=np.float64)
    if norm == "infinity":
        return along.max(axis=1)
    if norm == "euclidean":
        return np.sqrt((along**2).sum(axis=1))
    if norm == "manhattan":
        return along.sum(axis=1)
    if norm != "no_weighting":
        _LOG.warning("weightingNorm %r is not known: every direction counts alike, as in pyradiomics.", norm)
    return None
