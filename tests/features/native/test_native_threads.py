"""Threads, hand-over, compilation and its cache: what surrounds the native kernels."""

import os
import subprocess
import sys

import joblib
import numpy as np
import pytest
import SimpleITK as sitk

from radiohers.exceptions import ExtractionError
from radiohers.features import ExtractionParams, RadiomicsExtractor, compare_engines, load_params
from radiohers.features._compare import relative_differences
from radiohers.features._params_check import _known_features
from radiohers.features._params_rules import SETTINGS, VOXEL_SETTINGS
from radiohers.features.engines import NativeEngine, PyradiomicsEngine, _plan, get_engine
from radiohers.features.native import IMAGE_TYPES, native_features

PARAMS = {
    "imageType": {"Wavelet": {}, "Original": {}, "LoG": {"sigma": [1.0, 2.0]}},
    "featureClass": {"shape": None, "glcm": None, "firstorder": None},
    "setting": {},
}


@pytest.fixture
def pair():
    rng = np.random.default_rng(1)
    mask = np.zeros((9, 12, 14), dtype=np.uint8)
    mask[2:7, 3:10, 4:12] = rng.random((5, 7, 8)) < 0.9
    return sitk.GetImageFromArray(rng.normal(100, 30, size=mask.shape)), sitk.GetImageFromArray(mask)


def test_threads_change_neither_values_nor_order(pair):
    one, three = (NativeEngine(n_threads=n).extract(*pair, load_params(PARAMS)) for n in (1, 3))
    assert list(one.items()) == list(three.items())


def test_an_error_in_a_thread_is_the_cases(pair):
    image, mask = pair
    image[5, 5, 4] = float("nan")
    with pytest.raises(ExtractionError):
        NativeEngine(n_threads=2).extract(image, mask, load_params(PARAMS))


@pytest.mark.parametrize(("said", "expected"), [("1", 1), ("99999", joblib.cpu_count()), ("", joblib.cpu_count())])
def test_threads_are_as_many_as_the_environment_says(monkeypatch, said, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert NativeEngine()._threads() == expected


def test_workers_share_the_cores(pair):
    threads = joblib.Parallel(n_jobs=joblib.cpu_count())(joblib.delayed(NativeEngine()._threads)() for _ in range(2))
    assert threads == [1, 1]


def assert_as_pyradiomics(pair, params):
    ours, theirs = NativeEngine().extract(*pair, params), PyradiomicsEngine().extract(*pair, params)
    assert list(ours) == list(theirs)
    assert relative_differences(np.array(list(ours.values())), np.array(list(theirs.values()))).max() < 1e-9


def test_image_types_without_native_filter_are_handed_over(pair, monkeypatch):
    monkeypatch.setattr(_plan, "is_native", lambda name, settings: name != "Square")
    _plan.make_plan.cache_clear()
    params = load_params({**PARAMS, "imageType": {"Square": {}, "Original": {}}})
    assert NativeEngine().handed_over(params) == ["imageType.Square"]
    assert_as_pyradiomics(pair, params)


def test_classes_without_native_features_are_handed_over(pair, monkeypatch):
    monkeypatch.setattr(_plan, "native_features", lambda: {**native_features(), "glcm": ("Contrast",)})
    _plan.make_plan.cache_clear()
    params = load_params({**PARAMS, "featureClass": {"glcm": ["Id", "Contrast"], "shape": None, "firstorder": None}})
    assert NativeEngine().handed_over(params) == ["featureClass.glcm"]
    assert_as_pyradiomics(pair, params)


@pytest.fixture(autouse=True)
def _fresh_plans():
    yield
    _plan.make_plan.cache_clear()


def test_settings_that_are_not_native_hand_over_the_case(pair, monkeypatch):
    monkeypatch.setattr(_plan, "_SETTINGS", _plan._SETTINGS - {"gldm_a"})
    _plan.make_plan.cache_clear()
    params = load_params({**PARAMS, "setting": {"gldm_a": 1}})
    assert NativeEngine().handed_over(params) == ["setting.gldm_a"]
    assert NativeEngine().extract(*pair, params) == PyradiomicsEngine().extract(*pair, params)


def test_all_settings_of_pyradiomics_are_native_or_named():
    assert {*SETTINGS, *VOXEL_SETTINGS} == _plan._SETTINGS
    params = ExtractionParams({name: {} for name in IMAGE_TYPES}, _known_features())
    assert NativeEngine().handed_over(params) == ["imageType.LBP3D"]


def test_extractor_says_what_was_handed_over(pair):
    extractor = RadiomicsExtractor({"imageType": {"Original": {}, "LBP3D": {}}}, engine="native")
    extractor.transform([pair])
    assert extractor.handed_over_ == ["imageType.LBP3D"]


def test_both_engines_name_the_same_features():
    for preset in ("bladder_ctu", "mr_default"):
        params = load_params(preset)
        assert get_engine("native").feature_names(params) == get_engine("pyradiomics").feature_names(params)


def test_engines_have_caches_of_their_own(pair, tmp_path):
    tables = [RadiomicsExtractor(PARAMS, engine=name, memory=tmp_path).transform([pair]) for name in ("native",) * 2]
    assert tables[0].equals(tables[1])
    assert len(list(tmp_path.rglob("output.pkl"))) == 1
    RadiomicsExtractor(PARAMS, engine="pyradiomics", memory=tmp_path).transform([pair])
    assert len(list(tmp_path.rglob("output.pkl"))) == 2


def test_comparison_names_the_worst_case(pair, monkeypatch):
    true = NativeEngine.extract

    def wrong(self, image, mask, params):
        values = true(self, image, mask, params)
        return {**values, "original_firstorder_Mean": values["original_firstorder_Mean"] * 1.5}

    monkeypatch.setattr(NativeEngine, "extract", wrong)
    comparison = compare_engines([pair], params="first_order_shape")
    assert comparison.worst["difference"].iloc[0] == pytest.approx(1 / 3)
    assert comparison.worst.index[0] == "original_firstorder_Mean"


ONE_KERNEL = """
import sys
from numba.core.caching import _CacheLocator

def refuse(self):
    raise OSError("read-only file system")

if sys.argv[1] == "read-only":
    _CacheLocator.ensure_cache_path = refuse
if sys.argv[1] == "edited":
    from radiohers.features.native import _compile
    _compile._source_stamps = lambda: "another file of the package changed"
import numpy as np
from radiohers.features.native import shape_features
print(shape_features(np.ones((3, 4, 5), bool), (2.0, 1.0, 1.0), ["VoxelVolume"]))
"""


def run_in_process(cache, disk):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    return subprocess.run(
        [sys.executable, "-c", ONE_KERNEL, disk],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


def test_kernels_are_compiled_once(tmp_path):
    first, second = (run_in_process(tmp_path, "writable") for _ in range(2))
    assert first.stdout == second.stdout == "{'VoxelVolume': 120.0}\n"
    assert "Compiling the native engine" in first.stderr
    assert "Compiling" not in second.stderr


def test_kernels_are_compiled_anew_when_any_of_their_files_changed(tmp_path):
    outputs = [run_in_process(tmp_path, disk) for disk in ("writable", "edited", "edited")]
    assert ["Compiling the native engine" in output.stderr for output in outputs] == [True, True, False]


def test_kernels_work_where_no_folder_can_be_written(tmp_path):
    done = run_in_process(tmp_path, "read-only")
    assert done.stdout == "{'VoxelVolume': 120.0}\n"
    assert "Compiling the native engine" in done.stderr
    assert not any(tmp_path.iterdir())


FIRST_RESULT = """
import sys
from radiohers import RadiomicsExtractor
RadiomicsExtractor("first_order_shape", engine="native").transform([sys.argv[1:]])
print([name for name in ("nibabel", "jinja2", "numba.np.npyimpl", "radiomics") if name in sys.modules])
"""


def test_a_later_process_loads_only_what_the_first_result_needs(pair, tmp_path):
    files = [str(tmp_path / name) for name in ("image.nii", "mask.nii")]
    for volume, file in zip(pair, files, strict=True):
        sitk.WriteImage(volume, file)
    command = [sys.executable, "-c", FIRST_RESULT, *files]
    outputs = [subprocess.run(command, capture_output=True, text=True, timeout=120, check=True) for _ in range(2)]
    assert outputs[1].stdout == "[]\n"


RARE_KERNEL = """
import numpy as np
from radiohers.features.native import _mcc
matrices, values = np.array([[[0.4, 0.1], [0.1, 0.4]]]), np.empty(1)
_mcc._all_second_eigenvalues(matrices, values)
_mcc.maximal_correlation(matrices)
print(values, len(_mcc._fill_all.signatures))
"""


def test_what_few_cases_need_is_compiled_at_the_first():
    done = subprocess.run([sys.executable, "-c", RARE_KERNEL], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "[0.36] 1\n"
