"""Which parts of an extraction the native engine computes, and which it leaves to pyradiomics."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from radiohers.features._extraction_params import ExtractionParams
from radiohers.features.native import DEPRECATED_FEATURES, FEATURES_WITHOUT_VALUE, is_native, native_features

__all__ = ["Plan", "make_plan"]

_SHAPES = ("shape", "shape2D")
# Settings that may be empty; pyradiomics fails on others that are.
_MAY_BE_EMPTY = {
    "additionalInfo",
    "binCount",
    "correctMask",
    "force2D",
    "geometryTolerance",
    "interpolator",
    "label",
    "label_channel",
    "minimumROISize",
    "normalize",
    "preCrop",
    "removeOutliers",
    "resampledPixelSpacing",
    "resegmentRange",
    "resegmentShape",
    "symmetricalGLCM",
    "weightingNorm",
}
_SETTINGS = _MAY_BE_EMPTY | {
    "binWidth",
    "distances",
    "force2Ddimension",
    "gldm_a",
    "gradientUseSpacing",
    "initValue",
    "kernelRadius",
    "lbp2DMethod",
    "lbp2DRadius",
    "lbp2DSamples",
    "lbp3DIcosphereRadius",
    "lbp3DIcosphereSubdivision",
    "lbp3DLevels",
    "level",
    "maskedKernel",
    "minimumROIDimensions",
    "normalizeScale",
    "padDistance",
    "resegmentMode",
    "sigma",
    "start_level",
    "voxelArrayShift",
    "voxelBatch",
    "wavelet",
}


class Plan(NamedTuple):
    """Who computes what.

    Attributes
    ----------
    settings : dict
        pyradiomics' settings.
    image_types : mapping
        Name to own settings, in order: all of them, native or not.
    classes : dict
        Name to names of features, in order: all of them, native or not.
    other_types : frozenset of str
        Image types for pyradiomics.
    other_classes : frozenset of str
        Classes for pyradiomics.
    handed_over : tuple of str
        All that is for pyradiomics, as in ``imageType.LBP3D``.
    is_whole : bool
        Whether that is everything.
    """

    settings: dict[str, Any]
    image_types: Mapping[str, Mapping[str, Any]]
    classes: dict[str, list[str]]
    other_types: frozenset[str]
    other_classes: frozenset[str]
    handed_over: tuple[str, ...]
    is_whole: bool


@lru_cache(maxsize=8)
def make_plan(params: ExtractionParams) -> Plan:
    """Share out an extraction between the engines.

    Parameters
    ----------
    params : ExtractionParams
        What to compute.

    Returns
    -------
    Plan
        Who computes what.

    Examples
    --------
    >>> from radiohers.features import ExtractionParams
    >>> from radiohers.features.engines._plan import make_plan
    >>> make_plan(ExtractionParams(image_types={"Original": {}, "LBP3D": {}})).handed_over
    ('imageType.LBP3D',)
    """
    settings = {**params.settings, **params.voxel_settings}
    image_types = params.image_types or {"Original": {}}
    native = native_features()
    asked = params.feature_classes or dict.fromkeys(native)
    classes = {name: list(features or native.get(name, ())) for name, features in asked.items()}
    unknown = _unknown(settings)
    types = [name for name, own in image_types.items() if not _has_type(name, settings, own)]
    others = [
        name
        for name, features in classes.items()
        if not features or not set(features) <= _known(name).union(native.get(name, ()))
    ]
    handed_over = [
        *(f"setting.{name}" for name in unknown),
        *(f"imageType.{name}" for name in types),
        *(f"featureClass.{name}" for name in others),
    ]
    # Without a texture class of its own, the engine does not know which images there are.
    is_whole = bool(unknown or (others and all(name in others or name in _SHAPES for name in classes)))
    return Plan(settings, image_types, classes, frozenset(types), frozenset(others), tuple(handed_over), is_whole)


def _known(of_class: str) -> set[str]:
    """Return the features that are computed, or known to give nothing, where they are asked for by name."""
    return {*DEPRECATED_FEATURES.get(of_class, ()), *FEATURES_WITHOUT_VALUE.get(of_class, ())}


def _unknown(settings: Mapping) -> list[str]:
    """Return the settings that only pyradiomics can deal with."""
    return [name for name, value in settings.items() if name not in (_MAY_BE_EMPTY if value is None else _SETTINGS)]


def _has_type(name: str, settings: dict, own: Mapping) -> bool:
    # A label of its own sends pyradiomics looking for voxels that the lesion's mask does not have.
    return "label" not in own and not _unknown(own) and is_native(name, {**settings, **own})
