"""Distance weighting: how much a direction counts, by the distance it bridges."""

import logging
from collections.abc import Sequence

import numpy as np

__all__ = ["glcm_weights", "glrlm_weights"]

_LOG = logging.getLogger("radiohers")


def glcm_weights(steps: np.ndarray, spacing_mm: Sequence[float], norm: str | None) -> np.ndarray | None:
    """Return exp(-d^2) for each step of length d in mm.

    Parameters
    ----------
    steps : ndarray of int64, shape (n_directions, 3)
        Steps in voxels.
    spacing_mm : sequence of 3 floats
        Distance between voxels in mm, axes as in `steps`.
    norm : {"manhattan", "euclidean", "infinity", "no_weighting"} or None
        How a length is measured. "no_weighting", and a norm that is not known, weigh all alike.

    Returns
    -------
    ndarray of float64, shape (n_directions,), or None
        The weights; None for None: the directions are not to be summed.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native._weights import glcm_weights
    >>> glcm_weights(np.array([[0, 1, 0]]), (2.5, 1.0, 1.0), "manhattan").round(3)
    array([0.368])
    """
    squared = _lengths_mm(steps, spacing_mm, norm, squared=True)
    return squared if squared is None or norm not in _NORMS else np.exp(-squared)


def glrlm_weights(steps: np.ndarray, spacing_mm: Sequence[float], norm: str | None) -> np.ndarray | None:
    """Return the length of each step in mm.

    Parameters
    ----------
    steps : ndarray of int64, shape (n_directions, 3)
        Steps in voxels.
    spacing_mm : sequence of 3 floats
        Distance between voxels in mm, axes as in `steps`.
    norm : {"manhattan", "euclidean", "infinity", "no_weighting"} or None
        How a length is measured. "no_weighting", and a norm that is not known, weigh all alike.

    Returns
    -------
    ndarray of float64, shape (n_directions,), or None
        The weights; None for None: the directions are not to be summed.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native._weights import glrlm_weights
    >>> glrlm_weights(np.array([[1, 1, 0]]), (2.5, 0.8, 0.8), "manhattan")
    array([3.3])
    """
    return _lengths_mm(steps, spacing_mm, norm, squared=False)


# Each gives lengths, or their squares without the rounding of a root, from distances along the axes.
_NORMS = {
    "infinity": lambda along, power: along.max(axis=1) ** power,
    "euclidean": lambda along, power: (along**2).sum(axis=1) ** (power / 2),
    "manhattan": lambda along, power: along.sum(axis=1) ** power,
}


def _lengths_mm(steps: np.ndarray, spacing_mm: Sequence[float], norm: str | None, squared: bool) -> np.ndarray | None:
    if norm is None:
        return None
    if norm not in _NORMS:
        if norm != "no_weighting":
            _LOG.warning("weightingNorm %r is not known: every direction counts alike, as in pyradiomics.", norm)
        return np.ones(len(steps))
    return _NORMS[norm](np.abs(steps) * np.asarray(spacing_mm, dtype=np.float64), 2 if squared else 1)
