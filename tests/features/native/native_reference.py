"""pyradiomics' own classes, and small lesions to compare them on."""

import logging
import warnings

import numpy as np
import pytest
import SimpleITK as sitk

SPACING_MM = (2.5, 0.9, 0.8)
SHAPE = (7, 8, 9)
CLASSES = {
    "firstorder": "RadiomicsFirstOrder",
    "glcm": "RadiomicsGLCM",
    "gldm": "RadiomicsGLDM",
    "glrlm": "RadiomicsGLRLM",
    "glszm": "RadiomicsGLSZM",
    "ngtdm": "RadiomicsNGTDM",
}


def reference_features(box, mask, settings, classes=tuple(CLASSES), spacing_mm=SPACING_MM):
    """Return pyradiomics' values of the lesion's box."""
    import radiomics

    places = np.argwhere(mask)
    inside = tuple(slice(low, high + 1) for low, high in zip(places.min(axis=0), places.max(axis=0), strict=True))
    image, label = sitk.GetImageFromArray(box[inside]), sitk.GetImageFromArray(mask[inside].astype(np.uint8))
    for volume in (image, label):
        volume.SetSpacing(spacing_mm[::-1])
    values = {}
    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for of_class in classes:
            feature_class = getattr(getattr(radiomics, of_class), CLASSES[of_class])(image, label, **settings)
            values |= {f"{of_class}_{name}": float(np.real(value)) for name, value in feature_class.execute().items()}
    return values


def assert_equal_features(found, expected):
    """Assert the names, and the values within 1e-9, or 1e-12 where a difference of equals leaves only rounding."""
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True), name


def random_lesion(seed=0, shape=SHAPE, density=0.7, spread=40.0):
    """Return grey values and a mask full of holes."""
    rng = np.random.default_rng(seed)
    mask = rng.random(shape) < density
    mask[tuple(side // 2 for side in shape)] = True
    return rng.normal(100, spread, size=shape), mask
