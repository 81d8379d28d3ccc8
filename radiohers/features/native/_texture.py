"""All features of grey values and of texture of one image, from one discretisation."""

import numpy as np

from radiohers.exceptions import ParamsError
from radiohers.features.native._angles import directions, flat_offsets
from radiohers.features.native._discretise import Lesion, discretise
from radiohers.features.native._first_order import FIRST_ORDER_FEATURES, first_order_features
from radiohers.features.native._glcm import co_occurrences
from radiohers.features.native._glcm_features import GLCM_FEATURES, glcm_features
from radiohers.features.native._gldm import dependences
from radiohers.features.native._glrlm import run_lengths
from radiohers.features.native._glszm import size_zones
from radiohers.features.native._ngtdm import NGTDM_FEATURES, ngtdm_features, tone_differences
from radiohers.features.native._size_features import GLDM_FEATURES, GLRLM_FEATURES, GLSZM_FEATURES, size_features
from radiohers.features.native._weights import glcm_weights, glrlm_weights

__all__ = ["FEATURES", "texture_and_first_order"]

FEATURES = {
    "firstorder": FIRST_ORDER_FEATURES,
    "glcm": GLCM_FEATURES,
    "gldm": GLDM_FEATURES,
    "glrlm": GLRLM_FEATURES,
    "glszm": GLSZM_FEATURES,
    "ngtdm": NGTDM_FEATURES,
}
# Known to pyradiomics, which warns and gives no value.
_WITHOUT_VALUE = {
    "glcm": {"Dissimilarity", "Homogeneity1", "Homogeneity2", "SumVariance"},
    "gldm": {"DependencePercentage", "GrayLevelNonUniformityNormalized"},
}


def _flat_axis(settings: dict) -> int | None:
    return int(settings.get("force2Ddimension", 0)) if settings.get("force2D", False) else None


def _distances(settings: dict) -> list[int]:
    return [int(distance) for distance in settings.get("distances", [1])]


def _glcm(lesion: Lesion, spacing_mm, settings: dict) -> dict[str, float]:
    steps = directions(lesion.size, _distances(settings), _flat_axis(settings))
    weights = glcm_weights(steps, spacing_mm, settings.get("weightingNorm"))
    pairs = co_occurrences(lesion, flat_offsets(steps, lesion.levels.shape))
    return glcm_features(pairs, lesion.grey_levels, settings.get("symmetricalGLCM", True), weights)


def _glrlm(lesion: Lesion, spacing_mm, settings: dict) -> dict[str, float]:
    steps = directions(lesion.size, (1,), _flat_axis(settings))
    weights = glrlm_weights(steps, spacing_mm, settings.get("weightingNorm"))
    tables, lengths = run_lengths(lesion, steps, flat_offsets(steps, lesion.levels.shape), weights)
    return size_features("glrlm", tables, lesion.grey_levels, lengths)


def _glszm(lesion: Lesion, spacing_mm, settings: dict) -> dict[str, float]:
    steps = directions(lesion.size, (1,), _flat_axis(settings))
    tables, sizes = size_zones(lesion, steps, flat_offsets(steps, lesion.levels.shape))
    return size_features("glszm", tables, lesion.grey_levels, sizes)


def _gldm(lesion: Lesion, spacing_mm, settings: dict) -> dict[str, float]:
    steps = directions(lesion.size, _distances(settings), _flat_axis(settings), both_ways=True)
    tables, sizes = dependences(lesion, flat_offsets(steps, lesion.levels.shape), int(settings.get("gldm_a", 0)))
    return size_features("gldm", tables, lesion.grey_levels, sizes)


def _ngtdm(lesion: Lesion, spacing_mm, settings: dict) -> dict[str, float]:
    steps = directions(lesion.size, _distances(settings), _flat_axis(settings), both_ways=True)
    differences = tone_differences(lesion, flat_offsets(steps, lesion.levels.shape))
    return ngtdm_features(differences, lesion.counts, lesion.grey_levels)


def _first_order(lesion: Lesion, spacing_mm, settings: dict) -> dict[str, float]:
    return first_order_features(lesion, spacing_mm, settings.get("voxelArrayShift", 0))


_CLASSES = {
    "firstorder": _first_order,
    "glcm": _glcm,
    "gldm": _gldm,
    "glrlm": _glrlm,
    "glszm": _glszm,
    "ngtdm": _ngtdm,
}


def _chosen(of_class: str, values: dict[str, float], names: list[str] | None) -> dict[str, float]:
    """Return the features asked for, all that pyradiomics recommends where none is named."""
    names = [name for name in names or FEATURES[of_class] if name not in _WITHOUT_VALUE.get(of_class, ())]
    unknown = [name for name in names if name not in values]
    if unknown:
        raise ParamsError(
            f"featureClass {of_class}: there is no feature {', '.join(map(repr, unknown))}. "
            f"Choose among {', '.join(FEATURES[of_class])}."
        )
    return {f"{of_class}_{name}": values[name] for name in names}


def texture_and_first_order(
    box: np.ndarray, mask: np.ndarray, spacing_mm, settings: dict, features: dict[str, list[str] | None]
) -> dict[str, float]:
    """Return the features of grey values and of texture, as pyradiomics names and computes them.

    Parameters
    ----------
    box : ndarray of float64 or float32, shape (slices, rows, columns) or (rows, columns)
        Grey values of a box that holds the lesion. Bins are laid in the array's
        type, so give float32 where pyradiomics has it (Laplacian of Gaussian).
    mask : ndarray of bool, of the same shape
        The lesion.
    spacing_mm : sequence of floats
        Distance between voxels in mm, axes as in `box`.
    settings : dict
        pyradiomics' settings: binWidth, binCount, distances, weightingNorm,
        symmetricalGLCM, gldm_a, force2D, force2Ddimension, voxelArrayShift.
    features : dict of str to list of str or None
        Names by class, in the order wanted: firstorder, glcm, gldm, glrlm,
        glszm, ngtdm. None, or an empty list, means all that are not deprecated.

    Returns
    -------
    dict of str to float
        The values by class and name, ``glcm_Contrast``.

    Raises
    ------
    MaskError
        If the mask is empty.
    ExtractionError
        If a grey value is not finite, the lesion has no two neighbouring places
        along any axis, or there are more than 65,535 grey levels.
    ParamsError
        If a feature is not known.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native._texture import texture_and_first_order
    >>> box = np.random.default_rng(0).normal(100, 30, size=(7, 8, 9))
    >>> values = texture_and_first_order(box, box > 60, (2.5, 0.9, 0.8), {}, {"glcm": ["Contrast"], "ngtdm": None})
    >>> list(values)[:2]
    ['glcm_Contrast', 'ngtdm_Busyness']
    """
    if box.ndim == 2:
        settings = {**settings, "force2Ddimension": settings.get("force2Ddimension", 0) + 1}
        box, mask, spacing_mm = box[None], mask[None], (1.0, *spacing_mm)
    longest = min(max(_distances(settings), default=1), max(box.shape) - 1)
    lesion = discretise(box, np.asarray(mask, dtype=bool), settings, pad=max(longest, 1))
    found: dict[str, float] = {}
    for of_class, names in features.items():
        found.update(_chosen(of_class, _CLASSES[of_class](lesion, spacing_mm, settings), names))
    return found
