"""Square, square root, logarithm, exponential and gradient, bit by bit against pyradiomics."""

import numpy as np
import pytest
from filter_case import assert_same_bits, make_volume, pyradiomics_images, real_volume

from radiohers.features.native._filters import filtered_images

IMAGE_TYPES = ["Original", "Square", "SquareRoot", "Logarithm", "Exponential", "Gradient"]


def assert_like_pyradiomics(volume, image_type, **options):
    ours = filtered_images(volume.image, volume.spacing_mm, volume.mask, options, {image_type: {}})
    assert_same_bits([(name, box) for name, box, _ in ours], pyradiomics_images(image_type, volume, **options))


@pytest.mark.parametrize("image_type", IMAGE_TYPES)
@pytest.mark.parametrize("shape", [(7, 8, 9), (1, 5, 6), (20, 21, 22), (8, 11)])
def test_shapes(image_type, shape):
    assert_like_pyradiomics(make_volume(shape), image_type)


@pytest.mark.parametrize("image_type", IMAGE_TYPES)
@pytest.mark.parametrize("extreme", [2500, -2500])
def test_largest_value_outside_the_lesion_counts(image_type, extreme):
    volume = make_volume(box=(slice(2, 4), slice(3, 6), slice(2, 5)))
    volume.image[6, 7, 8] = extreme
    assert_like_pyradiomics(volume, image_type)


@pytest.mark.parametrize("image_type", IMAGE_TYPES)
def test_integers_and_zeros(image_type):
    volume = make_volume()
    volume.image[:] = np.round(volume.image)
    volume.image[3:5] = 0
    assert_like_pyradiomics(volume, image_type)


@pytest.mark.parametrize("image_type", ["Square", "SquareRoot", "Logarithm", "Exponential"])
@pytest.mark.filterwarnings("ignore:(divide by zero|invalid value):RuntimeWarning")
def test_image_of_zeros(image_type):
    volume = make_volume()
    volume.image[:] = 0
    assert_like_pyradiomics(volume, image_type)


def test_logarithms_of_almost_equal_peaks():
    volume = make_volume((12, 13, 14))
    volume.image[:] = 1000 * (1 - np.random.default_rng(1).integers(0, 8, volume.image.shape) * 2.0**-53)
    assert_like_pyradiomics(volume, "Logarithm")


@pytest.mark.parametrize(
    "box", [None, (slice(0, 7), slice(0, 8), slice(0, 9)), (slice(3, 4), slice(3, 4), slice(3, 4))]
)
@pytest.mark.parametrize("use_spacing", [True, False])
def test_gradient_at_borders_and_with_spacing(box, use_spacing):
    volume = make_volume(spacing_mm=(3.27, 0.9765625, 0.7), box=box)
    assert_like_pyradiomics(volume, "Gradient", gradientUseSpacing=use_spacing)


@pytest.mark.parametrize("image_type", IMAGE_TYPES)
def test_real_cases(sts_ct, image_type):
    for case in ("STS_002", "STS_008", "STS_012"):
        assert_like_pyradiomics(real_volume(sts_ct, case), image_type)
