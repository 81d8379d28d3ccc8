"""Presets and parameter files: found, read, and refused with a reason."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest

from radiohers import _presets
from radiohers.exceptions import ParamsError
from radiohers.features import PRESETS as SHIPPED
from radiohers.features import load_params

FOLDER = Path(__file__).resolve().parents[2] / "params"
PRESETS = sorted(path.stem for path in FOLDER.glob("*.yaml"))
LISTED = ", ".join(map(repr, PRESETS))


def their_extractor(params):
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    return RadiomicsFeatureExtractor(params)


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def message(params) -> str:
    with pytest.raises(ParamsError) as caught:
        load_params(params)
    return str(caught.value)


def test_presets_are_listed_and_described():
    assert SHIPPED.names() == PRESETS
    assert list(SHIPPED.describe()) == PRESETS
    assert SHIPPED.describe()["ct_default"].startswith("CT, any phase: 1 mm isotropic voxels, 25 HU bins")


@pytest.mark.parametrize("name", PRESETS)
def test_pyradiomics_takes_every_preset(name):
    params = load_params(name).for_pyradiomics()
    extractor = their_extractor(params)
    assert extractor.enabledImagetypes == params["imageType"]
    assert extractor.enabledFeatures == params["featureClass"]
    assert params["setting"].items() <= extractor.settings.items()


@pytest.mark.parametrize("name", PRESETS)
def test_a_copy_of_a_preset_is_the_preset(name, tmp_path):
    copy = write(tmp_path, (FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert load_params(copy) == load_params(str(copy)) == load_params(name)


@pytest.mark.parametrize("name", sorted({*PRESETS} - {"bladder_ctu"}))
def test_presets_without_exclusions_work_with_pyradiomics_alone(name):
    assert their_extractor(str(FOLDER / f"{name}.yaml")).settings["binWidth"] > 0


@pytest.mark.parametrize("name", PRESETS)
def test_every_setting_of_a_preset_is_commented(name):
    lines = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    values = lines[lines.index("setting:") + 1 :]
    assert sum(line.lstrip().startswith("#") for line in values) >= sum(":" in line.split("#")[0] for line in values)
    assert "doi:10." in "".join(lines)


def test_bladder_ctu_leaves_sum_average_out_beyond_lll():
    assert load_params("bladder_ctu").excluded_features == ("wavelet-*H*_glcm_SumAverage",)


def test_params_do_not_change():
    mine = {"setting": {"sigma": [3.0]}, "imageType": {"LoG": {}}}
    params = load_params(mine)
    mine["setting"]["sigma"].append(5.0)
    params.to_dict()["setting"]["sigma"].append(5.0)
    assert params.settings["sigma"] == (3.0,)
    with pytest.raises(TypeError):
        params.settings["sigma"] = ()
    with pytest.raises(AttributeError):
        params.settings = {}


def test_params_are_equal_by_what_is_computed():
    of = [load_params({"imageType": {"LoG": {"sigma": [sigma]}}}) for sigma in (3, 3.0, 3)]
    assert of[0] == of[2] != of[1]
    assert len(set(of)) == 2
    # Features come in the order of the images.
    one, other = (
        load_params({"imageType": dict.fromkeys(names, {})})
        for names in (("Original", "Square"), ("Square", "Original"))
    )
    assert one != other
    assert of[0] != of[0].to_dict()


@pytest.mark.parametrize("name", PRESETS)
def test_params_survive_dicts_and_pickles(name):
    params = load_params(name)
    assert load_params(params) is params
    copy = pickle.loads(pickle.dumps(params))
    assert load_params(params.to_dict()) == copy == params
    assert joblib.hash(params) == joblib.hash(copy)


def test_presets_load_without_radiomics():
    code = "import sys; from radiohers.features import load_params; load_params('bladder_ctu')"
    check = "sys.exit(any(name in sys.modules for name in ('radiomics', 'torch', 'matplotlib')))"
    assert subprocess.run([sys.executable, "-c", f"{code}; {check}"], check=False).returncode == 0


def test_presets_are_found_inside_an_installed_package(tmp_path, monkeypatch):
    installed = tmp_path / "site-packages" / "radiohers"
    for folder in (installed / "features", installed / "params"):
        folder.mkdir(parents=True)
    write(installed / "params", "# Mine\n", "ct_default.yaml")
    monkeypatch.setattr(_presets, "__file__", str(installed / "_presets.py"))
    assert SHIPPED.describe() == {"ct_default": "Mine"}


def test_an_installation_without_presets_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(_presets, "__file__", str(tmp_path / "radiohers" / "_presets.py"))
    inside, beside = tmp_path / "radiohers" / "params", tmp_path / "params"
    expected = f"The presets are missing: neither {inside} nor {beside} has them. Install radiohers anew."
    assert message("ct_default") == expected


# Short equivalents of the files that pyradiomics ships as examples.
EXAMPLES = {
    "ct": """
imageType: {Original: {}, LoG: {sigma: [1.0, 2.0, 3.0, 4.0, 5.0]}, Wavelet: {}}
featureClass: {shape: , firstorder: , glcm: [Autocorrelation, JointAverage, Imc1], glrlm: , glszm: , gldm: }
setting: {interpolator: 'sitkBSpline', resampledPixelSpacing: [1, 1, 1], padDistance: 10, binWidth: 25,
          voxelArrayShift: 1000, label: 1}
""",
    "mr_in_slices": """
imageType:
  Original: {}
featureClass:
  shape2D:
  firstorder: []
setting:
  normalize: true
  normalizeScale: 100
  preCrop: true
  force2D: true
  force2Ddimension: 0
  binCount: 32
  removeOutliers: 3
""",
    "empty_values": "setting:\n  binWidth: 25\n  resampledPixelSpacing:\n  weightingNorm:\n  interpolator: 10\n",
    "voxelwise": "voxelSetting: {kernelRadius: 2, maskedKernel: true, initValue: .nan, voxelBatch: 10000}\n",
    "nothing": "{}\n",
    "yaml_1_2": "setting:\n  geometryTolerance: 1e-3\n",
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_files_of_pyradiomics_work_unchanged(example, tmp_path):
    path = write(tmp_path, EXAMPLES[example])
    ours, theirs = their_extractor(load_params(path).for_pyradiomics()), their_extractor(str(path))
    # By their repr, in which nan is equal to itself.
    assert repr(ours.settings) == repr(theirs.settings)
    assert ours.enabledFeatures == theirs.enabledFeatures
    assert ours.enabledImagetypes == theirs.enabledImagetypes


def test_an_empty_class_and_an_empty_list_stay_what_they_are():
    classes = {"shape": None, "firstorder": [], "glcm": ["Contrast"]}
    assert load_params({"featureClass": classes}).to_dict()["featureClass"] == classes


def test_json_is_read(tmp_path):
    path = write(tmp_path, json.dumps({"setting": {"binWidth": 5}, "excludeFeatures": ["*_glcm_MCC"]}), "mine.json")
    expected = {"imageType": {}, "featureClass": {}, "setting": {"binWidth": 5}, "excludeFeatures": ["*_glcm_MCC"]}
    assert load_params(path).to_dict() == expected


def test_numpy_values_and_tuples_become_plain():
    setting = {"resampledPixelSpacing": (1, 1, 2), "binWidth": np.float64(5), "sigma": np.ones(2)}
    plain = '{"resampledPixelSpacing": [1, 1, 2], "binWidth": 5.0, "sigma": [1.0, 1.0]}'
    assert json.dumps(load_params({"setting": setting}).to_dict()["setting"]) == plain


def test_home_folder_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path, "setting: {binWidth: 7}")
    assert load_params("~/mine.yaml").settings == {"binWidth": 7}


def test_log_without_sigma_warns():
    with pytest.warns(UserWarning, match="imageType.LoG has no sigma, so that pyradiomics computes no LoG image"):
        load_params({"imageType": {"LoG": {}}})


def test_misspelt_preset():
    assert message("ct_defualt") == (
        f"There is no preset 'ct_defualt'; did you mean the preset 'ct_default'? Presets: {LISTED}. A file of your own "
        "is named by its path, ending in .yaml, .yml or .json."
    )


def test_missing_file(tmp_path):
    path = tmp_path / "bladder.yml"
    assert message(path) == (
        f"{path}: no such parameter file; did you mean the preset 'bladder_ctu'? Give the path of a "
        f"pyradiomics parameter file, or the name of a preset: {LISTED}."
    )


def test_other_types():
    assert message(25).startswith(f"params is of type int. Give the name of a preset ({LISTED})")


UNREADABLE = {
    "setting:\n  binWidth: 5\n binCount: 3": (
        "is not valid YAML: line 3, column 2: expected <block end>, but found '<block mapping start>'."
    ),
    "setting: {}\nsetting: {}": (
        'is not valid YAML: line 2, column 1: found duplicate key "setting" with value "{}" (original value: "{}").'
    ),
    "": "is empty, but must map imageType, featureClass, setting to their contents.",
    "- binWidth: 25": "holds a list, but must map imageType, featureClass, setting to their contents.",
}


@pytest.mark.parametrize("text", UNREADABLE)
def test_unreadable_files(text, tmp_path):
    path = write(tmp_path, text)
    assert message(path) == f"{path}: {UNREADABLE[text]}"


def test_files_with_other_endings_or_encodings_or_broken_json(tmp_path):
    path = write(tmp_path, "setting: {}", "mine.txt")
    assert message(path) == (
        f"{path}: a pyradiomics parameter file must end in .yaml, .yml or .json, by which its format is told. "
        "Rename it."
    )
    (tmp_path / "latin.yaml").write_bytes(b"# caf\xe9")
    assert "cannot be read: 'utf-8' codec can't decode byte 0xe9" in message(tmp_path / "latin.yaml")
    assert "broken.json: cannot be read: Expecting value: line 1" in message(write(tmp_path, "[", "broken.json"))


WRONG = {
    "settings: {}": (
        "settings is not known; did you mean 'setting'? Known: excludeFeatures, featureClass, imageType, setting, "
        "voxelSetting."
    ),
    "setting:": "setting is empty, but must be a mapping; write {} for one that is empty.",
    "imageType: [Original]": "imageType is ['Original'], but must be a mapping; write {} for one that is empty.",
    "imageType: {Original: }": "imageType.Original is empty, but must be a mapping; write {} for one that is empty.",
    "imageType: {Log: {}}": (
        "imageType.Log is not known; did you mean 'LoG'? Known: Exponential, Gradient, LBP2D, LBP3D, LoG, Logarithm, "
        "Original, Square, SquareRoot, Wavelet."
    ),
    "featureClass: {GLCM: }": (
        "featureClass.GLCM is not known; did you mean 'glcm'? Known: firstorder, glcm, gldm, glrlm, glszm, ngtdm, "
        "shape, shape2D."
    ),
    "featureClass: {ngtdm: [Bussyness]}": (
        "featureClass.ngtdm.Bussyness is not known; did you mean 'Busyness'? Known: Busyness, Coarseness, Complexity, "
        "Contrast, Strength."
    ),
    "featureClass: {ngtdm: Busyness}": (
        "featureClass.ngtdm is 'Busyness', but must be a list of features, or empty for all."
    ),
    "voxelSetting: {kernelradius: 1}": (
        "voxelSetting.kernelradius is not known; did you mean 'kernelRadius'? Known: initValue, kernelRadius, "
        "maskedKernel, voxelBatch."
    ),
    "voxelSetting: {kernelRadius: 0}": "voxelSetting.kernelRadius is 0, but must be a whole number above 0.",
    "setting: {binWidth: wide}": "setting.binWidth is 'wide', but must be a number above 0.",
    "setting: {binWidth: '25'}": "setting.binWidth is '25', but must be a number above 0.",
    "setting: {force2Ddimension: 3}": (
        "setting.force2Ddimension is 3, but must be a whole number at least 0 and at most 2."
    ),
    "setting: {normalize: 'yes'}": "setting.normalize is 'yes', but must be true or false.",
    "setting: {resegmentMode: abs}": (
        "setting.resegmentMode is 'abs', but must be one of 'absolute', 'relative', 'sigma'."
    ),
    "setting: {resampledPixelSpacing: [1, one, 1]}": (
        "setting.resampledPixelSpacing[1] is 'one', but must be a number at least 0."
    ),
    "setting: {weightingNorm: l2}": (
        "setting.weightingNorm is 'l2', but must be one of 'euclidean', 'manhattan', 'infinity', 'no_weighting'."
    ),
    "imageType: {LoG: {sigma: 3}}": "imageType.LoG.sigma is 3, but must be a list, each item a number above 0.",
    "imageType: {LoG: {sigma: ['3']}}": "imageType.LoG.sigma[0] is '3', but must be a number above 0.",
    "excludeFeatures: '*_MCC'": (
        "excludeFeatures is '*_MCC', but must be a list of patterns of feature names, such as "
        "['wavelet-*_glcm_SumAverage']."
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_contents_word_for_word(text, tmp_path):
    path = write(tmp_path, text)
    assert message(path) == f"{path}: {WRONG[text]}"


def test_misspelt_setting_names_the_right_one():
    found = message({"setting": {"binwidth": 5}})
    assert found.startswith("params: setting.binwidth is not known; did you mean 'binWidth'? Known: additionalInfo, ")


def test_all_problems_are_reported_together():
    found = message({"setting": {"binWidth": 0, "padDistance": 2.5}})
    assert found == (
        "params: 2 problems:\n- setting.binWidth is 0, but must be a number above 0.\n"
        "- setting.padDistance is 2.5, but must be a whole number at least 0."
    )


def test_a_refused_dict_leaves_nothing_on_stderr(capfd):
    message({"setting": {"binWidth": 0}})
    assert capfd.readouterr() == ("", "")
