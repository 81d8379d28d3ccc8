"""The native engine as a whole: pyradiomics' values, names, order and refusals, whatever the settings."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radiohers.exceptions import ExtractionError
from radiohers.features import ExtractionParams, list_params, load_params
from radiohers.features._compare import relative_differences
from radiohers.features.engines import NativeEngine, PyradiomicsEngine
from radiohers.features.native import prepare
from radiohers.images import read_pair

# Images too small for a filter are drawn too.
pytestmark = pytest.mark.filterwarnings("ignore:LoG. ")

FILTERS = ("Original", "Wavelet", "LoG", "Square", "SquareRoot", "Logarithm", "Exponential", "Gradient", "LBP2D")
CLASSES = ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm", "shape")
EVERYTHING = {
    "imageType": {name: {"sigma": [1.0, 2.5]} if name == "LoG" else {} for name in FILTERS},
    "featureClass": dict.fromkeys(CLASSES),
    "setting": {"binWidth": 20},
}
PLAIN = {"imageType": {"Original": {}}, "featureClass": dict.fromkeys(CLASSES), "setting": {}}
# Differences of sums that nearly cancel: what is left is rounding, in pyradiomics as well.
CANCELLING = ("ClusterShade", "Skewness", "Imc1", "Imc2", "Correlation")


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    # With several, ITK's mean of an image, by which pyradiomics normalises, differs from run to run in its last digit.
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    yield
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


def case(seed=0, shape=(9, 12, 14), spacing=(0.8, 0.9, 2.5), dtype=np.float64, low=0, high=255, share=0.9):
    rng = np.random.default_rng(seed)
    voxels = rng.normal((low + high) / 2, (high - low) / 8, size=shape).clip(low, high).astype(dtype)
    lesion = np.zeros(shape, dtype=np.uint8)
    lesion[tuple(slice(n // 5, n - n // 4) for n in shape)] = 1
    lesion[rng.random(shape) > share] = 0
    return volumes(voxels, lesion, spacing)


def volumes(voxels, lesion, spacing=(0.8, 0.9, 2.5)):
    image, mask = sitk.GetImageFromArray(voxels), sitk.GetImageFromArray(lesion.astype(np.uint8))
    for volume in (image, mask):
        volume.SetSpacing(spacing)
    return image, mask


def values_or_error(engine, image, mask, params):
    try:
        return engine.extract(image, mask, ExtractionParams.from_dict(params))
    except ExtractionError as error:
        return error


def size_of_voxels(name, values):
    """Return how large the voxels are whose spread a first-order feature tells; 1 for other features."""
    image, of_class, _ = name.split("_")
    return max(1, abs(values.get(f"{image}_firstorder_Maximum", 1))) if of_class == "firstorder" else 1


def assert_parity(image, mask, params):
    theirs = values_or_error(PyradiomicsEngine(), image, mask, params)
    ours = values_or_error(NativeEngine(n_threads=1), image, mask, params)
    assert isinstance(ours, ExtractionError) == isinstance(theirs, ExtractionError), (ours, theirs)
    if isinstance(theirs, ExtractionError):
        return None
    assert list(ours) == list(theirs)
    differences = relative_differences(np.array(list(ours.values())), np.array(list(theirs.values())))
    for name, difference in zip(theirs, differences, strict=True):
        cancels = name.rpartition("_")[2] in CANCELLING
        # Of voxels that are equal but for their rounding, or of sums that cancel, no digit is left.
        is_rounding = abs(ours[name] - theirs[name]) < (1e-12 if cancels else 1e-15 * size_of_voxels(name, theirs))
        is_equal = difference <= (1e-6 if cancels else 1e-9) or is_rounding
        assert is_equal, f"{name}: {ours[name]!r} instead of {theirs[name]!r}"
    return ours


@pytest.mark.parametrize("params", list_params())
def test_parity_of_presets(params):
    assert_parity(*case(shape=(10, 26, 28)), load_params(params).for_pyradiomics())


def test_parity_of_everything():
    n_shape, n_other, n_images = 14, 93, 17
    assert len(assert_parity(*case(), EVERYTHING)) == n_shape + n_other * n_images


@pytest.mark.parametrize("case_id", ["STS_001", "STS_019", "STS_035"])
def test_parity_on_real_cases(sts_ct, case_id):
    pair = read_pair(sts_ct / f"{case_id}_ct.nii.gz", sts_ct / f"{case_id}_mask.nii.gz")
    assert_parity(*pair, load_params("bladder_ctu").for_pyradiomics())


@pytest.mark.parametrize(
    "setting",
    [
        {"normalize": True, "normalizeScale": 100, "binWidth": 10},
        {"normalize": True, "removeOutliers": 1.5, "normalizeScale": 100},
        {"resampledPixelSpacing": [1, 1, 1]},
        {"resampledPixelSpacing": [0, 0, 4], "padDistance": 1},
        {"resampledPixelSpacing": [0.8, 0.9, 2.5], "padDistance": 2},
        {"resampledPixelSpacing": [1.3, 1.2, 1.1], "interpolator": "sitkLinear", "padDistance": 0},
        {"resampledPixelSpacing": [2, 2, 3], "interpolator": "sitkNearestNeighbor"},
        {"resampledPixelSpacing": [1, 1, 1], "interpolator": None, "preCrop": True},
        {"resampledPixelSpacing": [1, 1]},
        {"preCrop": True, "padDistance": 2},
        {"resegmentRange": [100, 150]},
        {"resegmentRange": [150, 100], "resegmentShape": True},
        {"resegmentRange": [110]},
        {"resegmentRange": [-1, 1.5], "resegmentMode": "sigma"},
        {"resegmentRange": [0.3, 0.9], "resegmentMode": "relative", "resegmentShape": True},
        {"resegmentRange": [1e6]},
        {"resegmentRange": []},
        {"resegmentRange": [1, 2, 3]},
        {"force2D": True},
        {"force2D": True, "force2Ddimension": 2, "weightingNorm": "euclidean"},
        {"binCount": 17, "distances": [1, 2], "weightingNorm": "manhattan"},
        {"voxelArrayShift": 300, "gldm_a": 3, "symmetricalGLCM": False},
        {"minimumROISize": 100_000},
        {"minimumROISize": 50, "minimumROIDimensions": 3},
        {"label": 3, "geometryTolerance": 1e-6, "additionalInfo": True},
        {"binWidth": None},
    ],
    ids=str,
)
def test_parity_of_settings(setting):
    params = {**PLAIN, "imageType": {"Original": {}, "LoG": {"sigma": [2.0]}}, "setting": setting}
    assert_parity(*case(), params)


OPTIONS = {
    "binWidth": st.sampled_from([3, 10.5, 25, 400]),
    "binCount": st.sampled_from([1, 2, 30]),
    "distances": st.sampled_from([[1], [2], [1, 3]]),
    "weightingNorm": st.sampled_from([None, "manhattan", "euclidean", "infinity", "no_weighting"]),
    "force2D": st.booleans(),
    "force2Ddimension": st.sampled_from([0, 1, 2]),
    "resampledPixelSpacing": st.sampled_from([[1, 1, 1], [2, 1.5, 0], [0.7, 0.9, 3]]),
    "interpolator": st.sampled_from(["sitkBSpline", "sitkLinear", "sitkNearestNeighbor", "sitkGaussian", 3]),
    "padDistance": st.sampled_from([0, 3, 10]),
    "preCrop": st.booleans(),
    "normalize": st.booleans(),
    "normalizeScale": st.sampled_from([1, 50.5]),
    "removeOutliers": st.sampled_from([1, 2.5]),
    "resegmentRange": st.sampled_from([[100], [90, 140], [-2, 2]]),
    "resegmentMode": st.sampled_from(["absolute", "relative", "sigma"]),
    "resegmentShape": st.booleans(),
    "voxelArrayShift": st.sampled_from([0, 500]),
    "symmetricalGLCM": st.booleans(),
    "gldm_a": st.sampled_from([0, 2]),
    "minimumROIDimensions": st.sampled_from([1, 2, 3]),
    "minimumROISize": st.sampled_from([1, 60]),
    "wavelet": st.sampled_from(["coif1", "haar", "db3", "bior2.2"]),
    "start_level": st.sampled_from([0, 1]),
    "level": st.sampled_from([1, 2]),
    "gradientUseSpacing": st.booleans(),
    "sigma": st.just([1.5]),
    "lbp2DRadius": st.sampled_from([1, 2.3]),
    "lbp2DSamples": st.sampled_from([7, 9]),
    "lbp2DMethod": st.sampled_from(["uniform", "default", "ror", "var"]),
}


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    setting=st.fixed_dictionaries({}, optional=OPTIONS),
    image_types=st.sets(st.sampled_from(FILTERS), min_size=1, max_size=3),
    shape=st.tuples(*[st.integers(1, 13)] * 3),
    dtype=st.sampled_from([np.float64, np.float32, np.int16, np.uint8, np.int32]),
    seed=st.integers(0, 5),
)
def test_parity_whatever_the_settings(setting, image_types, shape, dtype, seed):
    image, mask = case(seed, shape, share=0.8, dtype=dtype)
    # Two slices and a B-spline: pyradiomics' values are what ITK finds in memory it should not read.
    if sitk.GetArrayViewFromImage(mask).any() and not (2 in shape and "resampledPixelSpacing" in setting):
        params = {"imageType": {name: {} for name in sorted(image_types)}, "featureClass": PLAIN["featureClass"]}
        assert_parity(image, mask, {**params, "setting": setting})


def lesion_of(*box, shape=(7, 8, 9)):
    lesion = np.zeros(shape, dtype=bool)
    lesion[tuple(slice(*side) for side in box)] = True
    return lesion


NOISE = np.random.default_rng(3).uniform(0, 200, size=(7, 8, 9))
EDGE_CASES = {
    "one voxel": (NOISE, lesion_of((3, 4), (3, 4), (3, 4))),
    "one line": (NOISE, lesion_of((3, 4), (3, 4), (2, 7))),
    "one slice": (NOISE, lesion_of((3, 4), (2, 6), (1, 7))),
    "one column": (NOISE, lesion_of((1, 5), (2, 6), (4, 5))),
    "flat": (np.full((7, 8, 9), 50.0), lesion_of((2, 5), (2, 6), (1, 7))),
    "flat at zero": (np.zeros((7, 8, 9)), lesion_of((2, 5), (2, 6), (1, 7))),
    "at the border": (NOISE, lesion_of((0, 7), (0, 3), (5, 9))),
    "all of the image": (NOISE, lesion_of((0, 7), (0, 8), (0, 9))),
    "two parts": (NOISE, lesion_of((0, 2), (0, 2), (0, 2)) | lesion_of((5, 7), (5, 8), (6, 9))),
    "negative values": (NOISE - 1100, lesion_of((1, 6), (1, 7), (1, 8))),
    "image of two dimensions": (NOISE[:1], lesion_of((0, 1), (1, 7), (1, 8), shape=(1, 8, 9))),
    "even sides": (NOISE[:6, :, :8], lesion_of((2, 4), (2, 6), (2, 6), shape=(6, 8, 8))),
}


@pytest.mark.parametrize("dimensions", [1, 2])
@pytest.mark.parametrize("name", EDGE_CASES)
def test_parity_of_edge_cases(name, dimensions):
    setting = {"minimumROIDimensions": dimensions}
    image_types = {"Original": {}, "Wavelet": {}, "LoG": {"sigma": [1.0]}, "Gradient": {}}
    assert_parity(*volumes(*EDGE_CASES[name]), {**PLAIN, "imageType": image_types, "setting": setting})


def test_parity_of_a_thousand_levels():
    assert_parity(*volumes(NOISE * 130, lesion_of((1, 6), (1, 7), (1, 8))), PLAIN)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_parity_of_pixel_types(dtype):
    low = 0 if np.dtype(dtype).kind == "u" else -32768 if dtype == np.int16 else -1000
    assert_parity(*case(dtype=dtype, low=low, high=low + 255), EVERYTHING)


def test_parity_of_flipped_directions():
    image, mask = case()
    for volume in (image, mask):
        volume.SetDirection((-1, 0, 0, 0, 0, 1, 0, 1, 0))
    assert_parity(image, mask, {**PLAIN, "setting": {"resampledPixelSpacing": [1, 1, 1]}})


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("box", [((3, 4), (2, 6), (1, 7)), ((2, 5), (3, 4), (1, 7)), ((2, 5), (2, 6), (4, 5))])
def test_parity_of_two_dimensional_shape(axis, box):
    setting = {"force2D": True, "force2Ddimension": axis}
    lesion = lesion_of(*box)
    lesion[3, 3, 4] = False
    assert_parity(*volumes(NOISE, lesion), {**PLAIN, "featureClass": {"shape2D": None}, "setting": setting})


def test_features_by_name_keep_their_order_and_deprecated_ones_are_there():
    classes = {
        "glcm": ["Contrast", "Autocorrelation", "Homogeneity1"],
        "shape": ["MeshVolume", "Compactness1", "Compactness2", "SphericalDisproportion"],
        "firstorder": ["StandardDeviation", "Mean"],
        "gldm": ["DependencePercentage", "DependenceEntropy"],
    }
    assert_parity(*case(), {**PLAIN, "featureClass": classes})


def test_settings_of_an_image_type_are_its_own():
    image_types = {"Original": {}, "LoG": {"sigma": [2.0], "binWidth": 3}, "Square": {"force2D": True}}
    assert_parity(*case(), {**PLAIN, "imageType": image_types})


def test_mcc_whose_eigenvalues_nearly_tie():
    image, mask = case(169037, (11, 10, 14), share=1)
    params = {"imageType": {"Gradient": {}}, "featureClass": {"glcm": ["MCC"]}}
    assert_parity(image, mask, {**params, "setting": {"binWidth": 10.5, "distances": [1, 3], "preCrop": True}})


def test_normalised_images_are_equal_to_the_last_bit():
    image, mask = case(shape=(20, 30, 40))
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(8)
    images = {prepare(image, mask, {"normalize": True}).image.tobytes() for _ in range(20)}
    assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == 8
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    assert images == {sitk.GetArrayFromImage(sitk.Normalize(image)).tobytes()}


def test_a_flat_image_cannot_be_normalised():
    assert_parity(*volumes(*EDGE_CASES["flat"]), {**PLAIN, "setting": {"normalize": True}})


def test_bspline_of_two_slices_is_refused():
    image, mask = case(shape=(2, 12, 14), share=1)
    with pytest.raises(ExtractionError, match="cannot be interpolated by B-splines"):
        NativeEngine().extract(image, mask, load_params({**PLAIN, "setting": {"resampledPixelSpacing": [1, 1, 1]}}))


def test_empty_parameters_mean_everything_of_the_original():
    assert_parity(*case(), {"imageType": {}, "featureClass": {}, "setting": {}})
