"""Both engines against pyradiomics itself on the files as they are: presets and resampling, in all pixel types."""

import logging
import warnings

import nibabel
import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from radiohers.features import RadiomicsExtractor, list_params, load_params
from radiohers.features._compare import relative_differences

# Differences of sums that nearly cancel: what is left is rounding, in pyradiomics as well.
CANCELLING = ("ClusterShade", "Skewness", "Imc1", "Imc2", "Correlation")
# From HU: what fits the type, with fractions where the type has them.
COPIES = {
    "uint8": lambda hu: np.rint((hu.clip(-160, 240) + 160) * 0.45),
    "int16": lambda hu: hu,
    "uint16": lambda hu: hu.clip(-1024) + 1024,
    "int32": lambda hu: hu * 2,
    "float32": lambda hu: hu * 1.037 + 0.3,
    "float64": lambda hu: hu * 1.037 + 0.3,
}
ENGINES = ("native", "pyradiomics")


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    # With several, ITK's mean of an image, by which pyradiomics normalises, differs from run to run in its last digit.
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    yield
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


@pytest.fixture(scope="module")
def real_box(sts_ct):
    """HU and mask of a box of a real CT, and its geometry."""
    whole, drawn = (sitk.ReadImage(str(sts_ct / f"STS_019_{kind}.nii.gz")) for kind in ("ct", "mask"))
    places = np.argwhere(sitk.GetArrayViewFromImage(drawn) == 1)
    middle = np.median(places, axis=0).astype(int)[::-1].tolist()
    x, y, z = (slice(max(centre - half, 0), centre + half) for centre, half in zip(middle, (12, 11, 5), strict=True))
    return whole[x, y, z], sitk.Cast(drawn[x, y, z] == 1, sitk.sitkUInt8)


def write(real_box, dtype, folder, suffix=".nii.gz"):
    """Write the box in a pixel type, and return the paths of image and mask."""
    whole, mask = real_box
    image = sitk.GetImageFromArray(COPIES[dtype](sitk.GetArrayFromImage(whole).astype(float)).astype(dtype))
    image.CopyInformation(whole)
    paths = str(folder / f"image{suffix}"), str(folder / f"mask{suffix}")
    for volume, path in zip((image, mask), paths, strict=True):
        sitk.WriteImage(volume, path)
    return paths


def reference(image, mask, params):
    """Return pyradiomics' own values of two files, which must not have overflowed."""
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "overflow")
        values = RadiomicsFeatureExtractor(params).execute(image, mask)
    return {name: float(np.real(value)) for name, value in values.items() if not name.startswith("diagnostics")}


def assert_file_parity(image, mask, params):
    theirs = reference(image, mask, params)
    for engine in ENGINES:
        ours = RadiomicsExtractor(params, engine=engine).transform([(image, mask)]).iloc[0]
        assert list(ours.index) == list(theirs)
        differences = relative_differences(ours.to_numpy(), np.array(list(theirs.values())))
        for name, difference in zip(theirs, differences, strict=True):
            limit = 0 if engine == "pyradiomics" else 6e-6 if name.endswith(CANCELLING) else 1e-9
            assert difference <= limit, f"{engine} {name}: {ours[name]!r} instead of {theirs[name]!r}"


@pytest.mark.parametrize("dtype", COPIES)
@pytest.mark.parametrize("preset", list_params())
def test_presets(real_box, tmp_path, preset, dtype):
    params = load_params(preset).for_pyradiomics()
    assert_file_parity(*write(real_box, dtype, tmp_path), params)


@pytest.mark.parametrize("dtype", COPIES)
@pytest.mark.parametrize("interpolator", ["sitkBSpline", "sitkLinear", "sitkNearestNeighbor", "sitkGaussian"])
def test_resampling(real_box, tmp_path, interpolator, dtype):
    paths = write(real_box, dtype, tmp_path)
    for spacing_mm in (1, 2, 0.7):
        setting = {"resampledPixelSpacing": [spacing_mm] * 3, "interpolator": interpolator, "padDistance": 4}
        assert_file_parity(*paths, {"featureClass": {"firstorder": None, "glcm": ["Contrast"]}, "setting": setting})


@pytest.mark.filterwarnings("ignore:Applying `local_binary_pattern`:UserWarning", "ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("dtype", ["int16", "int32", "float32"])
@pytest.mark.parametrize(
    "setting",
    [
        {"normalize": True, "removeOutliers": 2.5, "normalizeScale": 100, "resampledPixelSpacing": [2, 2, 2]},
        {"preCrop": True, "padDistance": 3, "binWidth": 5.3},
        {"resegmentRange": [-2, 1.5], "resegmentMode": "sigma", "resampledPixelSpacing": [0, 0, 2]},
        {"resegmentRange": [0.2, 0.9], "resegmentMode": "relative", "voxelArrayShift": 1000, "binCount": 20},
    ],
    ids=str,
)
def test_settings_and_filters(real_box, tmp_path, setting, dtype):
    filters = ("Wavelet", "Square", "SquareRoot", "Logarithm", "Exponential", "Gradient", "LBP2D")
    options = {"LBP2D": {"lbp2DMethod": "var", "lbp2DSamples": 6}, "Wavelet": {"wavelet": "bior2.2", "level": 2}}
    params = {
        "imageType": {name: options.get(name, {}) for name in ("Original", *filters)},
        "featureClass": {"firstorder": None, "glszm": ["SizeZoneNonUniformity"]},
        "setting": setting,
    }
    assert_file_parity(*write(real_box, dtype, tmp_path), params)


@pytest.mark.parametrize("suffix", [".nii", ".nrrd", ".mha"])
@pytest.mark.parametrize("dtype", COPIES)
def test_formats(real_box, tmp_path, dtype, suffix):
    params = {"featureClass": {"firstorder": None}, "setting": {"resampledPixelSpacing": [2, 2, 2]}}
    assert_file_parity(*write(real_box, dtype, tmp_path, suffix), params)


@pytest.mark.parametrize(("slope", "intercept"), [(1, 0), (1, -1024), (2, 0), (0.1, 3.3)])
@pytest.mark.parametrize("dtype", ["int16", "uint16", "float64"])
def test_rescaled_files_by_path_and_as_nibabel_images(real_box, tmp_path, dtype, slope, intercept):
    params = {"featureClass": {"firstorder": None}, "setting": {"resampledPixelSpacing": [2, 2, 2], "binWidth": 5.3}}
    image, mask = write(real_box, dtype, tmp_path, ".nii")
    content = bytearray((tmp_path / "image.nii").read_bytes())
    content[112:120] = np.array([slope, intercept], "<f4").tobytes()
    (tmp_path / "image.nii").write_bytes(content)
    assert_file_parity(image, mask, params)
    by_path = RadiomicsExtractor(params).transform([(image, mask)])
    in_memory = RadiomicsExtractor(params).transform([(nibabel.load(image), nibabel.load(mask))])
    pd.testing.assert_frame_equal(in_memory, by_path, check_exact=True)


def test_a_ct_of_integers_stays_whole_hu(real_box, tmp_path):
    params = {"featureClass": {"firstorder": ["Median", "Maximum"]}, "setting": {"resampledPixelSpacing": [1, 1, 1]}}
    medians = {}
    for dtype in ("int16", "float64"):
        image, mask = write(real_box, "int16", tmp_path)
        given = sitk.Cast(sitk.ReadImage(image), {"int16": sitk.sitkInt16, "float64": sitk.sitkFloat64}[dtype])
        medians[dtype] = RadiomicsExtractor(params).transform([(given, mask)]).to_numpy()
    assert (medians["int16"] % 1 == 0).all()
    assert (medians["float64"] % 1 != 0).any()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "uint16"])
def test_integers_near_their_limits_do_not_overflow(dtype, engine):
    limits = np.iinfo(dtype)
    rng = np.random.default_rng(0)
    for low in (limits.min, limits.max - 120):
        voxels = rng.integers(low, low + 121, size=(7, 8, 9)).astype(dtype)
        mask = sitk.GetImageFromArray(np.pad(np.ones((5, 6, 7), "uint8"), 1))
        params = {"imageType": {"Original": {}, "Wavelet": {}, "Square": {}}, "setting": {"binWidth": 7}}
        params |= {"featureClass": {"firstorder": None, "glcm": None, "ngtdm": None}}
        as_integer, as_float = (
            RadiomicsExtractor(params, engine=engine).transform([(sitk.GetImageFromArray(values), mask)])
            for values in (voxels, voxels.astype(np.float64))
        )
        pd.testing.assert_frame_equal(as_integer, as_float, check_exact=True)
