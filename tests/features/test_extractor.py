"""RadiomicsExtractor: pyradiomics' numbers, a table, a cache, and failures that are seen."""

import pickle
import shutil

import joblib
import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from sklearn.base import clone

from radiohers.exceptions import (
    CohortError,
    ExtractionError,
    ExtractionWarning,
    GeometryError,
    ImageReadError,
    ParamsError,
)
from radiohers.features import RadiomicsExtractor, _one_case, load_params

FAST = {"imageType": {"Original": {}}, "featureClass": {"firstorder": None, "glcm": ["Contrast"]}}


def bare_pyradiomics(image, mask, params, **options):
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    values = RadiomicsFeatureExtractor(params).execute(image, mask, **options)
    return {name: float(np.real(value)) for name, value in values.items() if not name.startswith("diagnostics")}


def write(path, voxels):
    volume = sitk.GetImageFromArray(voxels)
    volume.SetSpacing((0.8, 0.9, 2.5))
    sitk.WriteImage(volume, str(path))


def test_values_are_pyradiomics(cohort_table):
    features = RadiomicsExtractor(FAST).transform(cohort_table)
    theirs = RadiomicsExtractor(FAST, engine="pyradiomics").transform(cohort_table)
    for case_id, (image, mask) in cohort_table.iterrows():
        expected = bare_pyradiomics(sitk.Cast(sitk.ReadImage(image), sitk.sitkFloat64), sitk.ReadImage(mask), FAST)
        assert theirs.loc[case_id].to_dict() == expected
        assert features.loc[case_id].to_dict() == pytest.approx(expected, rel=1e-12)


def test_table_has_case_ids_and_float64(cohort_table):
    features = RadiomicsExtractor(FAST).transform(cohort_table)
    assert features.index.tolist() == ["one", "two", "three"]
    assert (features.dtypes == np.float64).all()
    assert features.columns.tolist() == RadiomicsExtractor(FAST).get_feature_names_out().tolist()


def test_bladder_ctu_has_975_columns():
    names = RadiomicsExtractor("bladder_ctu").get_feature_names_out().tolist()
    assert len(names) == len(set(names)) == 975
    with_sum_average = {name.split("_")[0] for name in names if name.endswith("SumAverage")}
    assert with_sum_average == {"original", "wavelet-LLL", "log-sigma-3-0-mm-3D", "log-sigma-5-0-mm-3D"}
    classes = pd.Series([name.split("_")[1] for name in names]).value_counts()
    assert classes.to_dict() == {
        "glcm": 24 * 11 - 7, "firstorder": 18 * 11, "glrlm": 16 * 11, "glszm": 16 * 11, "gldm": 14 * 11, "shape": 14,
    }  # fmt: skip


def test_bladder_ctu_on_a_real_case_is_pyradiomics_to_the_last_digit(sts_ct):
    image, mask = (str(sts_ct / f"STS_002_{kind}.nii.gz") for kind in ("ct", "mask"))
    features = RadiomicsExtractor("bladder_ctu", engine="pyradiomics").transform([(image, mask)])
    params = load_params("bladder_ctu").for_pyradiomics()
    expected = bare_pyradiomics(sitk.Cast(sitk.ReadImage(image), sitk.sitkFloat64), sitk.ReadImage(mask), params)
    assert features.shape == (1, 975)
    assert np.isfinite(features.to_numpy()).all()
    assert features.iloc[0].to_dict() == {name: expected[name] for name in features.columns}


def test_integer_images_do_not_overflow():
    rng = np.random.default_rng(0)
    voxels = rng.integers(0, 256, size=(9, 12, 14)).astype(np.uint8)
    mask = sitk.GetImageFromArray(np.ones(voxels.shape, dtype=np.uint8))
    params = {"featureClass": {"glcm": ["Contrast"]}, "setting": {"binWidth": 25}}
    as_integer, as_float = (sitk.GetImageFromArray(voxels.astype(kind)) for kind in (np.uint8, np.float64))
    native, value = (
        RadiomicsExtractor(params, engine=engine).transform([(as_integer, mask)]).iloc[0, 0]
        for engine in ("native", "pyradiomics")
    )
    assert native == pytest.approx(value, rel=1e-12)
    assert value == bare_pyradiomics(as_float, mask, params)["original_glcm_Contrast"]
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert bare_pyradiomics(as_integer, mask, params)["original_glcm_Contrast"] < 0.1 * value


def test_images_in_memory_give_the_same(cohort_table):
    in_memory = [(sitk.ReadImage(image), sitk.ReadImage(mask)) for image, mask in cohort_table.to_numpy()]
    features = RadiomicsExtractor(FAST).transform(in_memory)
    np.testing.assert_array_equal(features, RadiomicsExtractor(FAST).transform(cohort_table))


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_number_of_jobs_does_not_change_a_bit(cohort_table, backend):
    expected = RadiomicsExtractor(FAST).transform(cohort_table)
    with joblib.parallel_config(backend=backend, n_jobs=2):
        pd.testing.assert_frame_equal(RadiomicsExtractor(FAST).transform(cohort_table), expected, check_exact=True)


def test_mask_label_of_the_table_and_of_the_settings(cohort_table, tmp_path):
    image, mask = cohort_table.loc["one"]
    write(tmp_path / "label3.nii.gz", 3 * sitk.GetArrayFromImage(sitk.ReadImage(mask)))
    expected = RadiomicsExtractor(FAST).transform(cohort_table[:1]).to_numpy()
    table = pd.DataFrame({"image": [image], "mask": [str(tmp_path / "label3.nii.gz")]}, index=["one"])
    np.testing.assert_array_equal(RadiomicsExtractor(FAST).transform(table.assign(mask_label=3)), expected)
    np.testing.assert_array_equal(RadiomicsExtractor({**FAST, "setting": {"label": 3}}).transform(table), expected)


def count_computations(monkeypatch):
    calls = []
    original = _one_case.read_pair
    monkeypatch.setattr(_one_case, "read_pair", lambda *args, **options: calls.append(1) or original(*args, **options))
    return calls


def test_cache_is_read_again(cohort_table, tmp_path, monkeypatch):
    extractor = RadiomicsExtractor(FAST, memory=tmp_path / "cache")
    first = extractor.transform(cohort_table)
    calls = count_computations(monkeypatch)
    pd.testing.assert_frame_equal(clone(extractor).transform(cohort_table), first, check_exact=True)
    assert not calls


def test_cache_goes_by_content_and_settings(cohort_table, tmp_path, monkeypatch):
    RadiomicsExtractor(FAST, memory=str(tmp_path / "cache")).transform(cohort_table)
    calls = count_computations(monkeypatch)
    moved = cohort_table.copy()
    shutil.copy(cohort_table.loc["one", "image"], tmp_path / "elsewhere.nii.gz")
    moved.loc["one", "image"] = str(tmp_path / "elsewhere.nii.gz")
    RadiomicsExtractor(FAST, memory=str(tmp_path / "cache")).transform(moved)
    assert not calls
    voxels = sitk.GetArrayFromImage(sitk.ReadImage(cohort_table.loc["two", "image"]))
    write(cohort_table.loc["two", "image"], voxels + 1)
    RadiomicsExtractor(FAST, memory=str(tmp_path / "cache")).transform(cohort_table)
    assert len(calls) == 1
    RadiomicsExtractor({**FAST, "setting": {"binWidth": 10}}, memory=str(tmp_path / "cache")).transform(
        cohort_table[:1]
    )
    assert len(calls) == 2


def test_cache_goes_by_library_versions(cohort_table, tmp_path, monkeypatch):
    RadiomicsExtractor(FAST, memory=str(tmp_path / "cache")).transform(cohort_table[:1])
    calls = count_computations(monkeypatch)
    monkeypatch.setattr(_one_case, "version", lambda name: "9.9")
    RadiomicsExtractor(FAST, memory=str(tmp_path / "cache")).transform(cohort_table[:1])
    assert len(calls) == 1


def test_a_failure_stops_and_names_the_case(cohort_table):
    cohort_table.loc["two", "mask"] = cohort_table.loc["two", "image"] + ".gone"
    with pytest.raises(ImageReadError, match="^case 'two': "):
        RadiomicsExtractor(FAST).transform(cohort_table)


def test_a_failure_keeps_its_row_and_is_listed(cohort_table, tmp_path):
    write(tmp_path / "other_grid.nii.gz", np.ones((4, 5, 6), dtype=np.uint8))
    cohort_table.loc["two", "mask"] = str(tmp_path / "other_grid.nii.gz")
    extractor = RadiomicsExtractor(FAST, on_error="nan", n_jobs=2)
    with pytest.warns(ExtractionWarning, match="case 'two': .* What is missing is kept as NaN."):
        features = extractor.transform(cohort_table)
    assert features.loc["two"].isna().all()
    assert features.loc[["one", "three"]].notna().all(axis=None)
    assert extractor.failures_[["case_id", "error"]].to_numpy().tolist() == [["two", GeometryError.__name__]]


def test_failures_are_not_cached(cohort_table, tmp_path):
    mask = cohort_table.loc["two", "mask"]
    shutil.move(mask, tmp_path / "away.nii.gz")
    extractor = RadiomicsExtractor(FAST, on_error="nan", memory=tmp_path / "cache")
    with pytest.warns(ExtractionWarning):
        extractor.transform(cohort_table)
    shutil.move(tmp_path / "away.nii.gz", mask)
    assert extractor.transform(cohort_table).notna().all(axis=None)
    assert extractor.failures_.empty


def test_a_lesion_that_engines_refuse(cohort_table, tmp_path):
    one_voxel = np.zeros((9, 12, 14), dtype=np.uint8)
    one_voxel[4, 5, 6] = 1
    write(tmp_path / "tiny.nii.gz", one_voxel)
    cohort_table.loc["one", "mask"] = str(tmp_path / "tiny.nii.gz")
    reasons = {
        "native": "the lesion is a single voxel, which has no texture. image=.*tiny.* Check the mask, or leave",
        "pyradiomics": "pyradiomics: ValueError: mask only contains 1 segm.* image=.*tiny.*, or take the case out",
    }
    for engine, reason in reasons.items():
        with pytest.raises(ExtractionError, match=f"case 'one': {reason}"):
            RadiomicsExtractor(FAST, engine=engine).transform(cohort_table)


@pytest.mark.filterwarnings("ignore:LoG. an image of")
def test_a_filter_that_the_image_is_too_small_for(cohort_table, tmp_path):
    write(tmp_path / "thin.nii.gz", np.random.default_rng(0).normal(40, 20, size=(3, 12, 14)).astype(np.int16))
    write(tmp_path / "thin_mask.nii.gz", np.ones((3, 12, 14), dtype=np.uint8))
    cohort_table.loc["two"] = [str(tmp_path / "thin.nii.gz"), str(tmp_path / "thin_mask.nii.gz")]
    params = {"imageType": {"Original": {}, "LoG": {"sigma": [3.0]}}, "featureClass": {"firstorder": ["Mean"]}}
    extractor = RadiomicsExtractor(params, on_error="nan")
    with pytest.warns(
        ExtractionWarning, match="case 'two': 1 of 2 features could not be computed, among them log-sigma"
    ):
        features = extractor.transform(cohort_table)
    assert features.isna().sum().tolist() == [0, 1]


def test_clone_pickle_and_set_output(cohort_table):
    extractor = RadiomicsExtractor(FAST).set_output(transform="pandas")
    expected = extractor.fit_transform(cohort_table)
    for copy in (clone(extractor), pickle.loads(pickle.dumps(extractor))):
        pd.testing.assert_frame_equal(copy.transform(cohort_table), expected)
    assert "failures_" not in vars(pickle.loads(pickle.dumps(extractor)))


def test_wrong_parameters_are_told_before_any_work(cohort_table):
    with pytest.raises(ParamsError, match="ct_defualt.*ct_default"):
        RadiomicsExtractor("ct_defualt").fit(cohort_table)
    with pytest.raises(CohortError, match="X has no column 'mask'"):
        RadiomicsExtractor(FAST).fit(cohort_table[["image"]])
    with pytest.raises(ValueError, match="The 'on_error' parameter of RadiomicsExtractor must be a str among"):
        RadiomicsExtractor(FAST, on_error="ignore").fit(cohort_table)


def test_progress_is_shown_on_request(cohort_table, capsys):
    RadiomicsExtractor(FAST, verbose=1).transform(cohort_table)
    assert "3/3" in capsys.readouterr().err
    RadiomicsExtractor(FAST).transform(cohort_table)
    assert capsys.readouterr().err == ""


def test_no_cases():
    features = RadiomicsExtractor(FAST).transform(pd.DataFrame({"image": [], "mask": []}))
    assert features.shape == (0, 19)


def test_features_are_excluded_by_pattern():
    names = RadiomicsExtractor({**FAST, "excludeFeatures": ["*_firstorder_*"]}).get_feature_names_out()
    assert names.tolist() == ["original_glcm_Contrast"]
    with pytest.raises(ParamsError, match="excludeFeatures names 'glcm_Contrast', which no feature matches"):
        RadiomicsExtractor({**FAST, "excludeFeatures": ["glcm_Contrast"]}).get_feature_names_out()


def test_cache_of_other_feature_values_is_not_read(cohort_table, tmp_path, monkeypatch):
    monkeypatch.setattr(_one_case, "FEATURE_VALUES", "1")
    RadiomicsExtractor(FAST, memory=str(tmp_path / "cache")).transform(cohort_table)
    monkeypatch.undo()
    calls = count_computations(monkeypatch)
    RadiomicsExtractor(FAST, memory=str(tmp_path / "cache")).transform(cohort_table)
    assert len(calls) == len(cohort_table)
