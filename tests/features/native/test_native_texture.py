"""All classes at once: settings drawn at random, and real lesions."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from native_reference import CLASSES, SPACING_MM, assert_equal_features, random_lesion, reference_features

from radiohers.exceptions import ParamsError
from radiohers.features.native._texture import FEATURES, texture_and_first_order

EVERYTHING = dict.fromkeys(CLASSES)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "binWidth": st.sampled_from([0.7, 10, 25, 60.0]),
        "binCount": st.sampled_from([2, 32, 1000]),
        "distances": st.sampled_from([[1], [2], [1, 2], [1, 3]]),
        "weightingNorm": st.sampled_from([None, "manhattan", "euclidean", "infinity", "no_weighting"]),
        "symmetricalGLCM": st.booleans(),
        "gldm_a": st.integers(0, 2),
        "force2D": st.booleans(),
        "force2Ddimension": st.integers(0, 2),
        "voxelArrayShift": st.integers(-100, 1000),
    },
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    asked=SETTINGS,
    shape=st.tuples(st.integers(2, 7), st.integers(2, 8), st.integers(2, 9)),
    density=st.sampled_from([0.3, 0.8, 1.0]),
    seed=st.integers(0, 2**16),
)
def test_parity_whatever_the_settings(asked, shape, density, seed):
    box, mask = random_lesion(seed, shape, density)
    mask[tuple(side // 2 - 1 for side in shape)] = True
    found = texture_and_first_order(box, mask, SPACING_MM, asked, EVERYTHING)
    assert_equal_features(found, reference_features(box, mask, asked))


@pytest.mark.parametrize("force2d", [False, True])
def test_parity_of_a_picture(force2d):
    box, mask = random_lesion(shape=(8, 9))
    asked = {"force2D": force2d}
    found = texture_and_first_order(box, mask, (0.9, 0.8), asked, EVERYTHING)
    assert_equal_features(found, reference_features(box, mask, asked, spacing_mm=(0.9, 0.8)))


@pytest.mark.parametrize("case", ["STS_001", "STS_003", "STS_010"])
def test_parity_on_real_lesions(sts_ct, case):
    image = sitk.ReadImage(str(sts_ct / f"{case}_ct.nii.gz"), sitk.sitkFloat64)
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(sts_ct / f"{case}_mask.nii.gz"))) > 0
    box, spacing_mm = sitk.GetArrayFromImage(image), image.GetSpacing()[::-1]
    found = texture_and_first_order(box, mask, spacing_mm, {}, EVERYTHING)
    assert_equal_features(found, reference_features(box, mask, {}, spacing_mm=spacing_mm))


def test_all_features_are_pyradiomics():
    import radiomics

    for of_class, names in FEATURES.items():
        feature_class = getattr(getattr(radiomics, of_class), CLASSES[of_class])
        known = feature_class.getFeatureNames()
        assert sorted(names) == sorted(name for name, deprecated in known.items() if not deprecated)


def test_names_come_in_the_order_asked():
    box, mask = random_lesion()
    asked = {"ngtdm": ["Strength", "Busyness"], "glcm": ["Id", "SumVariance"], "gldm": ["DependencePercentage"]}
    found = texture_and_first_order(box, mask, SPACING_MM, {}, asked)
    assert list(found) == ["ngtdm_Strength", "ngtdm_Busyness", "glcm_Id"]


def test_an_unknown_feature_is_an_error():
    box, mask = random_lesion()
    with pytest.raises(ParamsError, match="featureClass glcm: there is no feature 'Kontrast'. Choose among Autocorr"):
        texture_and_first_order(box, mask, SPACING_MM, {}, {"glcm": ["Kontrast"]})


def test_the_box_may_be_larger_than_the_lesion():
    box, mask = random_lesion(shape=(5, 6, 7))
    larger = (np.pad(box, ((1, 2), (3, 0), (0, 4)), constant_values=1e6), np.pad(mask, ((1, 2), (3, 0), (0, 4))))
    tight = texture_and_first_order(box, mask, SPACING_MM, {}, EVERYTHING)
    assert texture_and_first_order(*larger, SPACING_MM, {}, EVERYTHING) == tight
