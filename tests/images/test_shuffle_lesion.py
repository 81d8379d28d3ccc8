"""Shuffling a lesion keeps its values and its surroundings, and nothing else."""

import numpy as np
import pytest
import SimpleITK as sitk

from radiohers.exceptions import GeometryError, MaskError
from radiohers.features import RadiomicsExtractor
from radiohers.images import shuffle_lesion

SHAPE = (7, 8, 9)


@pytest.fixture
def image():
    rng = np.random.default_rng(0)
    smooth = np.add.outer(np.add.outer(np.arange(7.0), np.arange(8.0)), np.arange(9.0)) * 20
    image = sitk.GetImageFromArray((smooth + rng.normal(0, 5, SHAPE)).astype(np.int16))
    image.SetSpacing((0.7, 0.8, 3.0))
    return image


@pytest.fixture
def mask(image):
    voxels = np.zeros(SHAPE, np.uint8)
    voxels[2:6, 1:7, 2:8] = 1
    mask = sitk.GetImageFromArray(voxels)
    mask.CopyInformation(image)
    return mask


def voxels_of(image):
    return sitk.GetArrayFromImage(image)


def test_values_stay_inside_and_places_stay_outside(image, mask):
    inside = voxels_of(mask) == 1
    before, after = voxels_of(image), voxels_of(shuffle_lesion(image, mask))
    assert (before[~inside] == after[~inside]).all()
    assert sorted(before[inside]) == sorted(after[inside])
    assert (before[inside] != after[inside]).mean() > 0.8


def test_grid_and_pixel_type_stay(image, mask):
    shuffled = shuffle_lesion(image, mask)
    assert shuffled.GetPixelID() == image.GetPixelID()
    assert (shuffled.GetSpacing(), shuffled.GetOrigin()) == (image.GetSpacing(), image.GetOrigin())


def test_seed_decides_the_order(image, mask):
    first, again, other = (voxels_of(shuffle_lesion(image, mask, seed)) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_image_itself_is_not_changed(image, mask):
    before = voxels_of(image)
    shuffle_lesion(image, mask)
    assert (voxels_of(image) == before).all()


def test_texture_changes_and_first_order_and_shape_do_not(image, mask):
    params = {
        "imageType": {"Original": {}},
        "featureClass": {"firstorder": [], "shape": [], "glcm": ["Contrast"]},
        "setting": {"binWidth": 25},
    }
    extractor = RadiomicsExtractor(params)
    before, after = extractor.transform([(image, mask), (shuffle_lesion(image, mask), mask)]).to_numpy()
    is_texture = np.array(["glcm" in name for name in extractor.get_feature_names_out()])
    np.testing.assert_allclose(before[~is_texture], after[~is_texture])
    assert after[is_texture] > 2 * before[is_texture]


def test_empty_mask_is_refused(image, mask):
    with pytest.raises(MaskError, match="0 throughout"):
        shuffle_lesion(image, mask * 0)


def test_other_size_is_refused(image, mask):
    with pytest.raises(GeometryError, match="differ in size"):
        shuffle_lesion(image, mask[1:])
