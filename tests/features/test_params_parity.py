"""The check of parameter files gives pyradiomics' own verdicts."""

import datetime
import logging

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from radiohers.exceptions import ParamsError
from radiohers.features import load_params
from radiohers.features._params_check import _known_features
from radiohers.features._params_rules import SETTINGS, VOXEL_SETTINGS
from radiohers.features.native import IMAGE_TYPES

radiomics = pytest.importorskip("radiomics")


@pytest.fixture(scope="module")
def theirs():
    """Whether pyradiomics takes parameters; its schema is read once."""
    from pykwalify.core import Core

    schema, functions = radiomics.getParameterValidationFiles()
    checker = Core(source_data={"setting": {}}, schema_files=[schema], extensions=[functions])
    log = logging.getLogger("pykwalify.core")
    before, log.disabled = log.disabled, True

    def takes(params):
        checker.source = params
        try:
            checker.validate(raise_exception=False)
        except (TypeError, ValueError):
            return False
        return not checker.errors

    yield takes
    log.disabled = before


def ours(params):
    try:
        load_params(params)
    except ParamsError:
        return False
    return True


SCALARS = [
    None, True, False, -3, -1, 0, 1, 2, 3, 4, 10, 11, 10**20, -2.5, -0.0, 0.5, 1.0, 2.0, 1e-300, float("nan"),
    float("inf"), float("-inf"), "", "x", "true", "coif1", "db38", "mexh", "Haar", "sitkLinear", "sitklinear",
    "sitkLabelLinear", "euclidean", "no_weighting", "uniform", "Uniform", "var", "sigma", "absolute",
    datetime.date(2024, 2, 3), {}, {"a": 1},
]  # fmt: skip
LISTS = [
    [],
    [1],
    [2, 3],
    [0],
    [-1, 4],
    [0.0],
    [1.5, 2],
    [None],
    [1, None, 1],
    [True],
    ["x"],
    [[1]],
    [{}],
    [float("nan")],
]
PLACES = [
    *(("setting", name) for name in SETTINGS),
    *(("imageType", name) for name in SETTINGS),
    *(("voxelSetting", name) for name in VOXEL_SETTINGS),
]


@pytest.mark.filterwarnings("ignore:.*imageType.LoG has no sigma")
@pytest.mark.parametrize(("section", "name"), PLACES, ids=str)
def test_values(section, name, theirs):
    for value in [*SCALARS, *LISTS]:
        group = {name: value}
        params = {section: {"LoG": group} if section == "imageType" else group}
        assert ours(params) == theirs(params), params


def test_names(theirs):
    assert sorted(SETTINGS) == sorted(schema_of("setting"))
    assert sorted(VOXEL_SETTINGS) == sorted(schema_of("voxelSetting"))
    assert sorted(IMAGE_TYPES) == sorted(radiomics.getImageTypes())
    classes = {name: list(of_class.getFeatureNames()) for name, of_class in radiomics.getFeatureClasses().items()}
    assert {name: sorted(features) for name, features in _known_features().items()} == {
        name: sorted(features) for name, features in classes.items()
    }


def schema_of(section):
    with open(radiomics.getParameterValidationFiles()[0], encoding="utf-8") as file:
        return yaml.safe_load(file)["mapping"][section]["mapping"]


FILES = {
    "{}": True,
    "imageType: {Original: {}, Wavelet: {wavelet: sym5, level: 3}}": True,
    "imageType: {LBP3D: {lbp3DLevels: 0}}": False,
    "imageType: {Gradient: {gradientUseSpacing: no}}": False,
    "imageType: {original: {}}": False,
    "imageType: {1: {}}": False,
    "imageType:": False,
    "imageType: [Original]": False,
    "imageType: {Square: 3}": False,
    "imageType: {Square: {binwidth: 3}}": False,
    "featureClass: {shape: , glcm: [Homogeneity1, Contrast]}": True,
    "featureClass: {firstorder: [StandardDeviation, StandardDeviation]}": True,
    "featureClass: {firstorder: [Standarddeviation]}": False,
    "featureClass: {firstorder: {}}": False,
    "featureClass: {firstorder: Mean}": False,
    "featureClass: {shape3D: }": False,
    "featureClass:": False,
    "setting: {interpolator: 7, weightingNorm: , resampledPixelSpacing: }": True,
    "setting: {interpolator: true}": True,
    "setting: {interpolator: 1.0}": False,
    "setting: {wavelet: }": False,
    "setting: {resegmentRange: [-1000, .inf]}": True,
    "setting: {resegmentRange: -1000}": False,
    "setting: {kernelRadius: 2}": False,
    "setting: 3": False,
    "settings: {binWidth: 3}": False,
    "voxelSetting: {binWidth: 3}": False,
    "voxelSetting: {kernelRadius: 2, initValue: .nan}": True,
    "voxelSetting:": False,
    "3: 4": False,
}


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("text", FILES)
def test_files(text, tmp_path):
    from pykwalify.errors import PyKwalifyException
    from radiomics import featureextractor

    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        featureextractor.RadiomicsFeatureExtractor(str(path))
        is_taken = True
    except (PyKwalifyException, TypeError, ValueError):
        is_taken = False
    assert is_taken == FILES[text]
    assert ours(path) == FILES[text]


@pytest.mark.filterwarnings("ignore:.*imageType.LoG has no sigma")
@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_whole_files(theirs, data):
    some_settings = st.dictionaries(
        st.sampled_from([*SETTINGS, "binWith"]), st.sampled_from([1, 2, 1.5, True, "haar", [1, 2], 0, None]), max_size=3
    )
    params = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "setting": some_settings,
                "imageType": st.dictionaries(st.sampled_from([*IMAGE_TYPES[:6], "Sobel"]), some_settings, max_size=2),
                "featureClass": st.dictionaries(
                    st.sampled_from(["glcm", "shape", "shape2d", "ngtdm"]),
                    st.sampled_from([None, [], ["Contrast"], ["MeshVolume"], "Contrast"]),
                    max_size=2,
                ),
            },
        )
    )
    assert ours(params) == theirs(params)


@pytest.mark.parametrize(
    "params",
    [
        {"setting": {"binWidth": "25"}},
        {"setting": {"resampledPixelSpacing": [1, "1e0", 1]}},
        {"imageType": {"LoG": {"sigma": ["2.5"]}}},
        {"setting": {"normalizeScale": "1e2"}},
    ],
    ids=str,
)
def test_quoted_numbers_alone_are_refused_and_taken_by_pyradiomics(params, theirs):
    # It then fails in the midst of the first case.
    assert theirs(params)
    assert not ours(params)
