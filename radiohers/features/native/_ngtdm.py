"""Neighbouring grey tone differences: how far a voxel lies from the mean of its neighbours."""

import numpy as np

from radiohers.features.native._compile import kernel
from radiohers.features.native._discretise import Lesion

__all__ = ["ngtdm_features", "tone_differences"]


@kernel
def _sum_differences(levels, rows, offsets, grey_levels, differences):
    for row in range(len(rows)):
        for i in range(rows[row, 0], rows[row, 1]):
            total = count = 0
            for offset in offsets:
                other = levels[i + offset]
                total += grey_levels[other]
                count += other > 0
            if count > 0:
                differences[levels[i] - 1] += abs(grey_levels[levels[i]] - total / count)


def tone_differences(lesion: Lesion, offsets: np.ndarray) -> np.ndarray:
    """Sum the differences between a voxel's grey level and the mean of its neighbours', level by level.

    Parameters
    ----------
    lesion : Lesion
        The lesion in grey levels.
    offsets : ndarray of int64, shape (n_directions,)
        Distances in memory to all neighbours, both ways.

    Returns
    -------
    ndarray of float64, shape (n_levels,)
        The sums; a voxel without neighbours adds 0.

    References
    ----------
    Amadasun and King, IEEE Trans Syst Man Cybern 1989;19:1264. https://doi.org/10.1109/21.44046
    """
    differences = np.zeros(len(lesion.grey_levels))
    of_ranks = np.r_[0, lesion.grey_levels]  # what lies outside adds 0
    _sum_differences(lesion.levels.reshape(-1), lesion.rows, offsets, of_ranks, differences)
    return differences


def ngtdm_features(differences: np.ndarray, counts: np.ndarray, grey_levels: np.ndarray) -> dict[str, float]:
    """Return the features.

    Parameters
    ----------
    differences : ndarray of float64, shape (n_levels,)
        What :func:`tone_differences` sums.
    counts : ndarray of int64, shape (n_levels,)
        Voxels of each level.
    grey_levels : ndarray of int64, shape (n_levels,)
        The levels, ascending.

    Returns
    -------
    dict of str to float
        The 5 features of the class. Where every voxel equals its
        neighbours, Coarseness is 1e6 by convention and the others are 0.

    References
    ----------
    Amadasun and King, IEEE Trans Syst Man Cybern 1989;19:1264. https://doi.org/10.1109/21.44046

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native._ngtdm import ngtdm_features
    >>> ngtdm_features(np.array([1.0, 3.0]), np.array([4, 4]), np.array([1, 2]))["Coarseness"]
    0.5
    """
    p, levels, n_voxels = counts / counts.sum(), grey_levels.astype(np.float64), counts.sum()
    n_pairs = len(levels) * (len(levels) - 1)
    weighted, all_differences = float((p * differences).sum()), float(differences.sum())
    apart = np.abs(levels[:, None] - levels)
    p_sums = p[:, None] + p
    product = levels * p
    spread = float(np.abs(product[:, None] - product).sum())
    contrast = (p[:, None] * p * apart**2).sum() * all_differences / n_voxels
    shares = (p * differences)[:, None] + p * differences
    return {
        "Busyness": weighted / spread if spread != 0 else 0.0,
        "Coarseness": 1 / weighted if weighted != 0 else 1e6,
        "Complexity": float((apart * shares / p_sums).sum() / n_voxels),
        "Contrast": float(contrast / n_pairs) if n_pairs != 0 else 0.0,
        "Strength": float((p_sums * apart**2).sum() / all_differences) if all_differences != 0 else 0.0,
    }
