"""Resampling of rectangles: Pillow's and torch's numbers, and no more than the image holds."""

import numpy as np
import pytest
import torch
from PIL import Image

from radiohers.crops._resample import resample_rectangle, resampling_weights


@pytest.fixture
def image():
    return np.random.default_rng(0).normal(100, 30, size=(40, 56))


@pytest.mark.parametrize("size", [9, 17, 64])
def test_whole_image_is_torch_with_antialias(image, size):
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(image)[None, None], size=(size, size), mode="bilinear", antialias=True, align_corners=False
    )
    np.testing.assert_allclose(resample_rectangle([image], (0, 40, 0, 56), size)[0], expected[0, 0], atol=1e-10)


@pytest.mark.parametrize("rectangle", [(10, 20, 30, 50), (8.3, 31.7, 11.9, 33.1), (12.25, 15.5, 20.125, 25.75)])
@pytest.mark.parametrize("size", [5, 32])
def test_part_of_the_image_is_pillow_with_a_box(image, rectangle, size):
    # Pillow keeps the box in 32 bits, which moves it by some 1e-6 of a pixel.
    row_start, row_stop, column_start, column_stop = rectangle
    expected = Image.fromarray(image.astype(np.float32)).resize(
        (size, size), Image.Resampling.BILINEAR, box=(column_start, row_start, column_stop, row_stop)
    )
    np.testing.assert_allclose(resample_rectangle([image], rectangle, size)[0], np.array(expected), atol=1e-3)


def test_the_same_grid_gives_the_same_values(image):
    np.testing.assert_array_equal(resample_rectangle([image], (7, 31, 25, 49), 24)[0], image[7:31, 25:49])


def test_pixels_beyond_the_image_are_0_and_those_inside_are_not_darker():
    crop = resample_rectangle([np.full((6, 8), 50.0)], (-3, 9, 2, 8), 12)[0]
    assert (crop[:3] == 0).all()
    assert (crop[9:] == 0).all()
    np.testing.assert_allclose(crop[3:9], 50)


def test_each_pixel_is_a_mean_of_voxels():
    for start, stop, n_pixels in [(0, 56, 7), (-4.5, 70, 31), (20.2, 24.9, 64)]:
        weights = resampling_weights(56, start, stop, n_pixels).toarray()
        centres = start + (np.arange(n_pixels) + 0.5) * (stop - start) / n_pixels
        np.testing.assert_allclose(weights.sum(axis=1), (centres >= 0) & (centres < 56))


def test_shrinking_does_not_alias():
    stripes = np.tile([0.0, 255.0], (40, 28))
    assert np.ptp(resample_rectangle([stripes], (0, 40, 0, 56), 8)) < 10
