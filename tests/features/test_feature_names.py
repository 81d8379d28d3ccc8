"""Features are named by the parameters alone, as pyradiomics names what it computes."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radiohers.features import PRESETS, ExtractionParams, RadiomicsExtractor, load_params
from radiohers.features.engines import get_engine
from radiohers.features.native import DEPRECATED_FEATURES, FEATURES_WITHOUT_VALUE, IMAGE_TYPES, native_features


def lesion(*box):
    """Return noise in which pyradiomics computes every filter, and a box as its lesion."""
    mask = np.zeros((12, 10, 11), dtype=np.uint8)
    mask[tuple(slice(*side) for side in box)] = 1
    voxels = np.random.default_rng(0).uniform(1, 100, size=mask.shape)
    return sitk.GetImageFromArray(voxels), sitk.GetImageFromArray(mask)


SOLID = lesion((3, 6), (2, 6), (4, 8))
FLAT = {0: lesion((4, 5), (2, 6), (4, 8)), 2: lesion((3, 6), (2, 6), (5, 6))}
ALL_FEATURES = {
    of_class: [*names, *DEPRECATED_FEATURES.get(of_class, ()), *FEATURES_WITHOUT_VALUE.get(of_class, ())]
    for of_class, names in native_features().items()
}


def executed_names(case, params):
    return list(get_engine("pyradiomics").extract(*case, ExtractionParams.from_dict(params)))


def assert_named(case, params):
    expected = executed_names(case, params)
    for engine in ("native", "pyradiomics"):
        assert get_engine(engine).feature_names(ExtractionParams.from_dict(params)) == expected
    return expected


OPTIONS = {
    "level": st.integers(1, 3),
    "start_level": st.integers(0, 2),
    "wavelet": st.sampled_from(["haar", "db2"]),
    "force2D": st.booleans(),
    "force2Ddimension": st.integers(0, 2),
    "sigma": st.lists(st.sampled_from([1, 1.0, 2.5, 0.75, 3e-05]), max_size=3),
    "binWidth": st.sampled_from([20, 25.5, 1e9]),
    "lbp3DLevels": st.integers(1, 3),
    "lbp2DMethod": st.sampled_from(["uniform", "var"]),
}
SETTINGS = st.fixed_dictionaries({}, optional=OPTIONS)
ONE_CLASS = st.sampled_from([name for name in ALL_FEATURES if name != "shape2D"]).flatmap(
    lambda name: st.tuples(st.just(name), st.none() | st.lists(st.sampled_from(ALL_FEATURES[name]), max_size=3))
)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    setting=SETTINGS,
    image_types=st.dictionaries(st.sampled_from(IMAGE_TYPES), SETTINGS, max_size=3),
    classes=st.lists(ONE_CLASS, min_size=1, max_size=3),
)
def test_whatever_the_parameters(setting, image_types, classes):
    assert_named(SOLID, {"imageType": image_types, "featureClass": dict(classes), "setting": setting})


@pytest.mark.parametrize("axis", [0, 2])
def test_shape_of_a_slice(axis):
    classes = {"shape2D": ["SphericalDisproportion", "Perimeter"], "firstorder": ["Mean"], "shape": ["Flatness"]}
    flat = {"force2D": True, "force2Ddimension": axis}
    assert len(assert_named(FLAT[axis], {"featureClass": classes, "setting": flat})) == 4
    # Without force2D pyradiomics computes none, and along the middle axis it refuses every lesion.
    assert len(assert_named(FLAT[axis], {"featureClass": classes, "setting": {}})) == 2
    assert (
        len(
            assert_named(
                lesion((3, 6), (2, 3), (4, 8)), {"featureClass": classes, "setting": {**flat, "force2Ddimension": 1}}
            )
        )
        == 2
    )


def test_nothing_given_is_everything_of_the_original():
    assert len(assert_named(SOLID, {})) == 107
    assert len(assert_named(FLAT[0], {"setting": {"force2D": True}})) == 116


@pytest.mark.parametrize("preset", PRESETS.names())
def test_presets(preset):
    params = load_params(preset).for_pyradiomics()
    assert_named(lesion((3, 7), (2, 7), (3, 8)), {**params, "setting": {"binWidth": 25}})


@pytest.mark.parametrize(
    "setting",
    [
        {"binWidth": 1e-12},
        {"binWidth": 1e12},
        {"binCount": 10**9},
        {"resegmentRange": [1e7, 1e8]},
        {"minimumROISize": 10**6, "minimumROIDimensions": 3},
        {"resampledPixelSpacing": [500, 500, 500], "normalize": True},
        {"distances": [90]},
        {"label": 7, "preCrop": True, "padDistance": 0},
        {"voxelArrayShift": 10**9, "removeOutliers": 1e-9, "normalize": True},
        {"sigma": [1e4]},
    ],
    ids=str,
)
def test_no_value_changes_a_name(setting):
    def names(setting):
        return RadiomicsExtractor(
            {"imageType": {"Original": {}, "Wavelet": {}, "Square": {}}, "setting": setting}
        ).get_feature_names_out()

    np.testing.assert_array_equal(names(setting), names({}))


def test_sigmas_are_named_as_they_are_written():
    params = {"imageType": {"LoG": {"sigma": [3, 3.0, 0.5, 1e-05, 12.25]}}, "featureClass": {"glcm": ["Id"]}}
    assert RadiomicsExtractor(params).get_feature_names_out().tolist() == [
        f"log-sigma-{sigma}-mm-3D_glcm_Id" for sigma in ("3", "3-0", "0-5", "1e-05", "12-25")
    ]


def test_patterns_that_match_nothing_where_there_are_no_features():
    from radiohers.exceptions import ParamsError

    params = {"featureClass": {"glcm": ["Homogeneity1"]}, "excludeFeatures": ["*_Mean"]}
    with pytest.raises(ParamsError, match="excludeFeatures names .*, which no feature matches"):
        RadiomicsExtractor(params).get_feature_names_out()
