"""The names of the features that parameters ask for, found by extracting from a made-up lesion."""

import math
from collections.abc import Callable

import numpy as np
import SimpleITK as sitk

__all__ = ["names_by_probing"]

# Settings that may refuse or resize the probe, and on which no feature's name depends.
_NOT_FOR_THE_PROBE = (
    "resampledPixelSpacing",
    "resegmentRange",
    "minimumROIDimensions",
    "minimumROISize",
    "preCrop",
    "label",
)


def names_by_probing(extract: Callable[[sitk.Image, sitk.Image, dict], dict[str, float]], params: dict) -> list[str]:
    """Return the names of the features that an engine gives for these parameters.

    Parameters
    ----------
    extract : callable
        The engine's.
    params : dict
        In the layout of a pyradiomics parameter file.

    Returns
    -------
    list of str
        In the engine's order.
    """
    image, mask = _probe_case(params)
    settings = {key: value for key, value in params.get("setting", {}).items() if key not in _NOT_FOR_THE_PROBE}
    return list(extract(image, mask, {**params, "setting": settings}))


def _probe_case(params: dict) -> tuple[sitk.Image, sitk.Image]:
    """Return a lesion in noise, large enough for every filter that `params` asks for."""
    log_options = {**params.get("setting", {}), **(params.get("imageType", {}).get("LoG") or {})}
    side = max([16, *(math.ceil(sigma) + 2 for sigma in log_options.get("sigma", []))])
    voxels = np.random.default_rng(0).uniform(0, 100, size=(side, side, side))
    lesion = np.zeros(voxels.shape, dtype=np.uint8)
    # pyradiomics computes 2-D shape only where the lesion is in one slice.
    slices = slice(side // 2, side // 2 + 1) if "shape2D" in params.get("featureClass", {}) else slice(5, 11)
    lesion[slices, 5:10, 4:11] = 1
    return sitk.GetImageFromArray(voxels), sitk.GetImageFromArray(lesion)
