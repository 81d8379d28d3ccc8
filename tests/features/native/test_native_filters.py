"""All image types of a case, in pyradiomics' order."""

import numpy as np
import pytest
from filter_case import make_volume, pyradiomics_images

from radiohers.features.native._crop import largest_absolute, widen
from radiohers.features.native._filters import NotNativeError, filtered_images, is_native


def images(volume, image_types, **settings):
    return list(filtered_images(volume.image, volume.spacing_mm, volume.mask, settings, image_types))


def test_order_and_names_are_pyradiomics():
    volume = make_volume()
    image_types = {"LoG": {"sigma": [2.0]}, "Original": {}, "Wavelet": {"wavelet": "haar"}, "Square": {}}
    expected = [
        name for image_type, own in image_types.items() for name, _ in pyradiomics_images(image_type, volume, **own)
    ]
    assert [name for name, _, _ in images(volume, image_types)] == expected


def test_settings_of_the_image_type_come_first():
    names = [name for name, _, _ in images(make_volume(), {"LoG": {"sigma": [2.0]}}, sigma=[1.0])]
    assert names == ["log-sigma-2-0-mm-3D"]


def test_image_type_without_settings_may_be_none():
    assert [name for name, _, _ in images(make_volume(), {"Square": None})] == ["square"]


def test_mask_and_box_fit():
    volume = make_volume()
    for _, box, box_mask in images(volume, {"Original": {}, "Wavelet": {}, "Gradient": {}}):
        np.testing.assert_array_equal(box_mask, volume.mask[volume.box])
        assert box.shape == box_mask.shape
        assert box_mask.any(axis=(0, 1))[[0, -1]].all()


def test_original_is_a_copy():
    volume = make_volume()
    [(_, box, _)] = images(volume, {"Original": {}})
    assert not np.shares_memory(box, volume.image)


@pytest.mark.parametrize("image_type", ["LBP3D", "Sobel"])
def test_other_image_types_are_refused_at_once(image_type):
    volume = make_volume()
    with pytest.raises(NotNativeError, match=image_type):
        filtered_images(volume.image, volume.spacing_mm, volume.mask, {}, {"Original": {}, image_type: {}})


def test_patterns_of_many_samples_are_not_native():
    assert is_native("LBP2D", {"lbp2DSamples": 32})
    assert not is_native("LBP2D", {"lbp2DSamples": 32, "lbp2DMethod": "ror"})


def test_widen_stops_at_the_border():
    wide, inner = widen((slice(1, 3), slice(4, 6)), (2, 1), (9, 7))
    assert wide == (slice(0, 5), slice(3, 7))
    assert inner == (slice(1, 3), slice(1, 3))


def test_largest_absolute():
    assert largest_absolute(np.array([1.0, -7.5, 3.0])) == 7.5
