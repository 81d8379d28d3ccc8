"""All features of grey values and of texture of one image, from one discretisation."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from radiohers.exceptions import ParamsError
from radiohers.features._grey_levels import check_pairs
from radiohers.features.native._angles import directions, flat_offsets
from radiohers.features.native._discretise import Lesion, discretise
from radiohers.features.native._first_order import first_order_features
from radiohers.features.native._glcm import co_occurrences
from radiohers.features.native._glcm_features import glcm_features
from radiohers.features.native._gldm import dependences
from radiohers.features.native._glrlm import run_lengths, voxels_reached
from radiohers.features.native._glszm import size_zones
from radiohers.features.native._names import FEATURES_WITHOUT_VALUE, native_features
from radiohers.features.native._ngtdm import ngtdm_features, tone_differences
from radiohers.features.native._pairs_and_runs import pairs_and_runs
from radiohers.features.native._size_features import size_features
from radiohers.features.native._weights import glcm_weights, glrlm_weights

__all__ = ["FEATURES", "texture_and_first_order"]

FEATURES = {of_class: names for of_class, names in native_features().items() if not of_class.startswith("shape")}


class _Texture:
    """The classes of features of one lesion, and what several of them need."""

    def __init__(self, lesion: Lesion, spacing_mm: Sequence[float], settings: dict, asked: tuple[str, ...]):
        self.lesion, self.spacing_mm, self.settings, self.asked = lesion, spacing_mm, settings, asked
        self.distances = _distances(settings)
        self.flat_axis = int(settings.get("force2Ddimension", 0)) if settings.get("force2D", False) else None

    @cached_property
    def next_steps(self) -> tuple[np.ndarray, np.ndarray]:
        """Directions to the voxels next to one, and as distances in memory."""
        steps = directions(self.lesion.size, (1,), self.flat_axis)
        return steps, flat_offsets(steps, self.lesion.levels.shape)

    @cached_property
    def pairs_and_runs(self) -> tuple[np.ndarray, np.ndarray] | None:
        """What GLCM and GLRLM count together, if both are asked for and look at the same neighbours."""
        if {"glcm", "glrlm"} <= set(self.asked) and self.distances == [1]:
            return pairs_and_runs(self.lesion, self.next_steps[1])
        return None

    def firstorder(self) -> dict[str, float]:
        """Return the first-order features."""
        return first_order_features(self.lesion, self.spacing_mm, self.settings.get("voxelArrayShift", 0))

    def glcm(self) -> dict[str, float]:
        """Return the features of co-occurrence."""
        steps = directions(self.lesion.size, self.distances, self.flat_axis)
        if self.pairs_and_runs is not None:
            pairs = self.pairs_and_runs[0]
        else:
            pairs = co_occurrences(self.lesion, flat_offsets(steps, self.lesion.levels.shape))
        weights = glcm_weights(steps, self.spacing_mm, self.settings.get("weightingNorm"))
        return glcm_features(pairs, self.lesion.grey_levels, self.settings.get("symmetricalGLCM", True), weights)

    def gldm(self) -> dict[str, float]:
        """Return the features of dependence."""
        steps = directions(self.lesion.size, self.distances, self.flat_axis, both_ways=True)
        offsets = flat_offsets(steps, self.lesion.levels.shape)
        tables, sizes = dependences(self.lesion, offsets, int(self.settings.get("gldm_a", 0)))
        return size_features("gldm", tables, self.lesion.grey_levels, sizes)

    def glrlm(self) -> dict[str, float]:
        """Return the features of run lengths."""
        steps, offsets = self.next_steps
        reached = voxels_reached(self.lesion, offsets) if self.pairs_and_runs is None else self.pairs_and_runs[1]
        weights = glrlm_weights(steps, self.spacing_mm, self.settings.get("weightingNorm"))
        tables, lengths = run_lengths(self.lesion, steps, offsets, reached, weights)
        return size_features("glrlm", tables, self.lesion.grey_levels, lengths)

    def glszm(self) -> dict[str, float]:
        """Return the features of size zones."""
        tables, sizes = size_zones(self.lesion, *self.next_steps)
        return size_features("glszm", tables, self.lesion.grey_levels, sizes)

    def ngtdm(self) -> dict[str, float]:
        """Return the features of grey tone differences."""
        steps = directions(self.lesion.size, self.distances, self.flat_axis, both_ways=True)
        differences = tone_differences(self.lesion, flat_offsets(steps, self.lesion.levels.shape))
        return ngtdm_features(differences, self.lesion.counts, self.lesion.grey_levels)


def _distances(settings: dict) -> list[int]:
    return [int(distance) for distance in settings.get("distances", [1])]


def _chosen(of_class: str, values: dict[str, float], names: list[str] | None) -> dict[str, float]:
    """Return the features asked for, all that pyradiomics recommends where none is named."""
    names = [name for name in names or FEATURES[of_class] if name not in FEATURES_WITHOUT_VALUE.get(of_class, ())]
    unknown = [name for name in names if name not in values]
    if unknown:
        raise ParamsError(
            f"featureClass {of_class}: there is no feature {', '.join(map(repr, unknown))}",
            advice=f"Choose among {', '.join(FEATURES[of_class])}.",
        )
    return {f"{of_class}_{name}": values[name] for name in names}


def texture_and_first_order(
    box: np.ndarray,
    mask: np.ndarray,
    spacing_mm: Sequence[float],
    settings: dict,
    features: Mapping[str, list[str] | None],
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
        along any axis, or there are more grey levels than memory is taken for.
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
    texture = _Texture(lesion, spacing_mm, settings, tuple(features))
    if "glcm" in features:
        n_directions = len(directions(lesion.size, texture.distances, texture.flat_axis))
        check_pairs(len(lesion.grey_levels), n_directions, lesion.values, settings)
    found: dict[str, float] = {}
    for of_class, names in features.items():
        found.update(_chosen(of_class, getattr(texture, of_class)(), names))
    return found
