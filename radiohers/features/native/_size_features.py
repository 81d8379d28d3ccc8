"""What run lengths, zones and dependences have in common: features of a table of levels by sizes."""

from collections import namedtuple

import numpy as np

from radiohers.features.native._compile import kernel
from radiohers.features.native._mean import nan_mean
from radiohers.features.native._names import FEATURES

__all__ = ["size_features"]

# Of run lengths, zones and dependences; None where pyradiomics has no such feature.
_QUANTITIES = (
    ("GrayLevelNonUniformity",) * 3,
    ("GrayLevelNonUniformityNormalized", "GrayLevelNonUniformityNormalized", None),
    ("GrayLevelVariance",) * 3,
    ("HighGrayLevelRunEmphasis", "HighGrayLevelZoneEmphasis", "HighGrayLevelEmphasis"),
    ("LowGrayLevelRunEmphasis", "LowGrayLevelZoneEmphasis", "LowGrayLevelEmphasis"),
    ("LongRunEmphasis", "LargeAreaEmphasis", "LargeDependenceEmphasis"),
    ("ShortRunEmphasis", "SmallAreaEmphasis", "SmallDependenceEmphasis"),
    ("LongRunHighGrayLevelEmphasis", "LargeAreaHighGrayLevelEmphasis", "LargeDependenceHighGrayLevelEmphasis"),
    ("LongRunLowGrayLevelEmphasis", "LargeAreaLowGrayLevelEmphasis", "LargeDependenceLowGrayLevelEmphasis"),
    ("ShortRunHighGrayLevelEmphasis", "SmallAreaHighGrayLevelEmphasis", "SmallDependenceHighGrayLevelEmphasis"),
    ("ShortRunLowGrayLevelEmphasis", "SmallAreaLowGrayLevelEmphasis", "SmallDependenceLowGrayLevelEmphasis"),
    ("RunEntropy", "ZoneEntropy", "DependenceEntropy"),
    ("RunLengthNonUniformity", "SizeZoneNonUniformity", "DependenceNonUniformity"),
    ("RunLengthNonUniformityNormalized", "SizeZoneNonUniformityNormalized", "DependenceNonUniformityNormalized"),
    ("RunPercentage", "ZonePercentage", None),
    ("RunVariance", "ZoneVariance", "DependenceVariance"),
)
# Where kernels write each quantity, by its name among run lengths, which have them all; to numba, constants.
_AT = namedtuple("_AT", [names[0] for names in _QUANTITIES])(*range(len(_QUANTITIES)))
_COLUMNS = {"glrlm": 0, "glszm": 1, "gldm": 2}
_EPS = np.spacing(1.0)


@kernel
def _sums(table, by_level, by_size):
    """Fill the sums of rows and columns; return the sum of all."""
    total = 0.0
    for i in range(len(by_level)):
        for j in range(len(by_size)):
            entry = table[i, j]
            if entry != 0:
                by_level[i] += entry
                by_size[j] += entry
        total += by_level[i]
    return total


@kernel
def _of_levels(levels, by_level, total, out):
    """Write GrayLevelNonUniformity and its normal, GrayLevelVariance, High- and LowGrayLevelEmphasis."""
    mean = squares = 0.0
    for i in range(len(levels)):
        squared = levels[i] * levels[i]
        mean += by_level[i] / total * levels[i]
        squares += by_level[i] * by_level[i]
        out[_AT.HighGrayLevelRunEmphasis] += by_level[i] * squared
        out[_AT.LowGrayLevelRunEmphasis] += by_level[i] / squared
    out[_AT.GrayLevelNonUniformity] = squares / total
    out[_AT.GrayLevelNonUniformityNormalized] = squares / (total * total)
    for i in range(len(levels)):
        out[_AT.GrayLevelVariance] += by_level[i] / total * (levels[i] - mean) ** 2
    out[_AT.HighGrayLevelRunEmphasis] /= total
    out[_AT.LowGrayLevelRunEmphasis] /= total


@kernel
def _of_sizes(sizes, by_size, total, out):
    """Write Long- and ShortEmphasis, SizeNonUniformity and its normal, Percentage, SizeVariance."""
    mean = squares = voxels = 0.0
    for j in range(len(sizes)):
        squared = sizes[j] * sizes[j]
        mean += by_size[j] / total * sizes[j]
        squares += by_size[j] * by_size[j]
        voxels += by_size[j] * sizes[j]
        out[_AT.LongRunEmphasis] += by_size[j] * squared
        out[_AT.ShortRunEmphasis] += by_size[j] / squared
    out[_AT.LongRunEmphasis] /= total
    out[_AT.ShortRunEmphasis] /= total
    out[_AT.RunLengthNonUniformity] = squares / total
    out[_AT.RunLengthNonUniformityNormalized] = squares / (total * total)
    out[_AT.RunPercentage] = total / voxels
    for j in range(len(sizes)):
        out[_AT.RunVariance] += by_size[j] / total * (sizes[j] - mean) ** 2


@kernel
def _of_both(table, levels, sizes, total, out):
    """Write the four joint emphases and the entropy."""
    for i in range(len(levels)):
        level = levels[i] * levels[i]
        for j in range(len(sizes)):
            entry = table[i, j]
            if entry != 0:
                size = sizes[j] * sizes[j]
                out[_AT.LongRunHighGrayLevelEmphasis] += entry * size * level
                out[_AT.LongRunLowGrayLevelEmphasis] += entry * size / level
                out[_AT.ShortRunHighGrayLevelEmphasis] += entry * level / size
                out[_AT.ShortRunLowGrayLevelEmphasis] += entry / (level * size)
                out[_AT.RunEntropy] -= entry / total * np.log2(entry / total + _EPS)
    out[_AT.LongRunHighGrayLevelEmphasis] /= total
    out[_AT.LongRunLowGrayLevelEmphasis] /= total
    out[_AT.ShortRunHighGrayLevelEmphasis] /= total
    out[_AT.ShortRunLowGrayLevelEmphasis] /= total


@kernel
def _features(tables, levels, sizes, out):
    for a in range(len(tables)):
        by_level, by_size = np.zeros(len(levels)), np.zeros(len(sizes))
        total = _sums(tables[a], by_level, by_size)
        if total == 0:
            # Without a column there is nothing to divide by: pyradiomics' sums over both stay 0.
            out[a] = np.nan
            out[a, _AT.RunEntropy] = out[a, _AT.RunVariance] = 0.0
            continue
        _of_levels(levels, by_level, total, out[a])
        _of_sizes(sizes, by_size, total, out[a])
        _of_both(tables[a], levels, sizes, total, out[a])


def size_features(texture: str, tables: np.ndarray, grey_levels: np.ndarray, sizes: np.ndarray) -> dict[str, float]:
    """Return the features of tables of levels by sizes, each the mean over the tables.

    Parameters
    ----------
    texture : {"glrlm", "glszm", "gldm"}
        What the sizes are: run lengths, voxels of zones, or numbers of dependent voxels.
    tables : ndarray of float64, shape (n_tables, n_levels, n_sizes)
        How often each size occurs with each level, a table a direction.
    grey_levels : ndarray of int64, shape (n_levels,)
        The grey levels that the rows stand for.
    sizes : ndarray of int64, shape (n_sizes,)
        The sizes that the columns stand for.

    Returns
    -------
    dict of str to float
        The features by pyradiomics' names, sorted; NaN where the tables are empty.

    References
    ----------
    Galloway, Comput Graph Image Process 1975;4:172. https://doi.org/10.1016/S0146-664X(75)80008-6
    Thibault et al., IEEE Trans Biomed Eng 2014;61:630. https://doi.org/10.1109/TBME.2013.2284600
    Sun and Wee, Comput Vis Graph Image Process 1983;23:341. https://doi.org/10.1016/0734-189X(83)90032-4

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native._size_features import size_features
    >>> two_runs = size_features("glrlm", np.array([[[1.0, 1.0]]]), np.array([1]), np.array([1, 2]))
    >>> two_runs["LongRunEmphasis"]
    2.5
    """
    out = np.zeros((len(tables), len(_QUANTITIES)))
    _features(tables, grey_levels.astype(np.float64), sizes.astype(np.float64), out)
    column = _COLUMNS[texture]
    named = {names[column]: value for names, value in zip(_QUANTITIES, nan_mean(out).tolist(), strict=True)}
    return {name: named[name] for name in FEATURES[texture]}
