"""Which values pyradiomics takes for its settings: those of its own schema, without it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pywt

__all__ = ["SETTINGS", "VOXEL_SETTINGS", "Rule"]

_INTERPOLATORS = (
    "sitkNearestNeighbor",
    "sitkLinear",
    "sitkBSpline",
    "sitkGaussian",
    "sitkLabelGaussian",
    "sitkHammingWindowedSinc",
    "sitkCosineWindowedSinc",
    "sitkWelchWindowedSinc",
    "sitkLanczosWindowedSinc",
    "sitkBlackmanWindowedSinc",
)


class Rule(NamedTuple):
    """What a value must be.

    Attributes
    ----------
    accepts : callable
        Takes a value that is not None and says whether it will do.
    requirement : str
        What it must be, in words.
    item : Rule or None
        The rule of each item of a list.
    may_be_empty : bool
        Whether None will do as well.
    """

    accepts: Callable[[Any], bool]
    requirement: str
    item: "Rule | None" = None
    may_be_empty: bool = True


def _a(kind: str, *limits: str) -> Rule:
    """Return the rule of a number: its kind, and limits such as "above 0"."""
    types = (int,) if kind == "whole number" else (int, float)
    bounds = [(limit.rpartition(" ")[0], int(limit.rpartition(" ")[2])) for limit in limits]

    def accepts(value: Any) -> bool:
        # A bool is an int to Python. NaN breaks no limit; pyradiomics takes it as well.
        is_number = isinstance(value, types) and not isinstance(value, bool)
        return is_number and not any(_BREAKS[name](value, bound) for name, bound in bounds)

    return Rule(accepts, " ".join([f"a {kind}", " and ".join(limits)]).strip())


_BREAKS: dict[str, Callable[[float, float], bool]] = {
    "above": lambda value, bound: value <= bound,
    "at least": lambda value, bound: value < bound,
    "at most": lambda value, bound: value > bound,
}


def _one_of(*choices: str) -> Rule:
    return Rule(lambda value: value in choices, f"one of {', '.join(map(repr, choices))}")


def _list_of(item: Rule) -> Rule:
    return Rule(lambda value: isinstance(value, list), f"a list, each item {item.requirement}", item)


def _is_interpolator(value: Any) -> bool:
    return value in _INTERPOLATORS if isinstance(value, str) else isinstance(value, int) and 1 <= value <= 10


_TRUE_OR_FALSE = Rule(lambda value: isinstance(value, bool), "true or false")
_POSITIVE, _POSITIVE_WHOLE = _a("number", "above 0"), _a("whole number", "above 0")
_NOT_NEGATIVE = _a("whole number", "at least 0")

SETTINGS = {
    "additionalInfo": _TRUE_OR_FALSE,
    "binCount": _POSITIVE_WHOLE,
    "binWidth": _POSITIVE,
    "correctMask": _TRUE_OR_FALSE,
    "distances": _list_of(_POSITIVE_WHOLE),
    "force2D": _TRUE_OR_FALSE,
    "force2Ddimension": _a("whole number", "at least 0", "at most 2"),
    "geometryTolerance": _POSITIVE,
    "gldm_a": _NOT_NEGATIVE,
    "gradientUseSpacing": _TRUE_OR_FALSE,
    "interpolator": Rule(
        _is_interpolator, f"{_one_of(*_INTERPOLATORS).requirement}, or a whole number at least 1 and at most 10"
    ),
    "label": _POSITIVE_WHOLE,
    "label_channel": _NOT_NEGATIVE,
    "lbp2DMethod": _one_of("default", "ror", "uniform", "var"),
    "lbp2DRadius": _POSITIVE,
    "lbp2DSamples": _a("whole number", "at least 1"),
    "lbp3DIcosphereRadius": _POSITIVE,
    "lbp3DIcosphereSubdivision": _NOT_NEGATIVE,
    "lbp3DLevels": _a("whole number", "at least 1"),
    "level": _POSITIVE_WHOLE,
    "minimumROIDimensions": _a("whole number", "at least 1", "at most 3"),
    "minimumROISize": _POSITIVE_WHOLE,
    "normalize": _TRUE_OR_FALSE,
    "normalizeScale": _POSITIVE,
    "padDistance": _NOT_NEGATIVE,
    "preCrop": _TRUE_OR_FALSE,
    "removeOutliers": _POSITIVE,
    "resampledPixelSpacing": _list_of(_a("number", "at least 0")),
    "resegmentMode": _one_of("absolute", "relative", "sigma"),
    "resegmentRange": _list_of(_a("number")),
    "resegmentShape": _TRUE_OR_FALSE,
    "sigma": _list_of(_POSITIVE),
    "start_level": _NOT_NEGATIVE,
    "symmetricalGLCM": _TRUE_OR_FALSE,
    "voxelArrayShift": _a("whole number"),
    "wavelet": Rule(
        lambda value: isinstance(value, str) and value in pywt.wavelist(),
        "a wavelet of PyWavelets, such as 'coif1', 'db2', 'sym4' or 'haar'; pywt.wavelist() lists them",
        may_be_empty=False,
    ),
    "weightingNorm": _one_of("euclidean", "manhattan", "infinity", "no_weighting"),
}
VOXEL_SETTINGS = {
    "initValue": _a("number"),
    "kernelRadius": _POSITIVE_WHOLE,
    "maskedKernel": _TRUE_OR_FALSE,
    "voxelBatch": _POSITIVE_WHOLE,
}
