"""One case's trouble is that case's, whatever it is, and its cause can still be found."""

import logging

import joblib
import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

import radiohers.crops._one_case
import radiohers.features._one_case
from radiohers import load_model, make_radiomics_pipeline, save_model
from radiohers.cohort import _check_voxels as check_voxels
from radiohers.cohort import check_cohort, iter_cases, work_on_cases
from radiohers.crops import CropExtractor
from radiohers.exceptions import (
    CaseError,
    ExtractionError,
    ExtractionWarning,
    MaskError,
    OutputExistsError,
    RadiohersError,
)
from radiohers.features import RadiomicsExtractor, load_params
from radiohers.features.engines import get_engine

FAST = {"imageType": {"Original": {}}, "featureClass": {"firstorder": ["Mean", "Entropy"], "glcm": ["Contrast"]}}
ALL = {"featureClass": dict.fromkeys(("firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"))}
ENGINES = ("native", "pyradiomics")
CASES = ("one", "two", "three", "four")


@pytest.fixture
def table(tmp_path):
    """Four cases on disk."""
    rows = {}
    for seed, case_id in enumerate(CASES):
        voxels = np.random.default_rng(seed).normal(40, 20 + 8 * (seed % 2), size=(6, 9, 11)).astype(np.float32)
        lesion = np.zeros(voxels.shape, np.uint8)
        lesion[1:5, 2:7, 3:9] = 1
        rows[case_id] = [str(tmp_path / f"{case_id}{end}.nii.gz") for end in ("", "_mask")]
        for path, values in zip(rows[case_id], (voxels, lesion), strict=True):
            sitk.WriteImage(sitk.GetImageFromArray(values), path)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["image", "mask"]).rename_axis("case_id")


def spoil(table, case_id, value):
    image = sitk.ReadImage(table.at[case_id, "image"], sitk.sitkFloat64)
    image[5, 4, 2] = value
    sitk.WriteImage(image, table.at[case_id, "image"])


@pytest.mark.filterwarnings("ignore:images hold different kinds of numbers")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("value", "levels"), [(1e14, "4,000,000,000,0"), (3e9, "120,000,0"), (-1e200, "e\\+198")])
def test_a_voxel_far_from_all_others(table, engine, value, levels):
    spoil(table, "two", value)
    extractor = RadiomicsExtractor(FAST, engine=engine, on_error="nan")
    with pytest.warns(ExtractionWarning, match=f"case 'two': .*the lesion has .*{levels}.* grey levels"):
        features = extractor.transform(table)
    assert features.isna().all(axis=1).tolist() == [False, True, False, False]
    assert extractor.failures_["case_id"].tolist() == ["two"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("setting", "levels"),
    [
        ({"binWidth": 1e-300}, "1\\.17e\\+302"),
        ({"binWidth": 1e-7}, "1,\\d{3},\\d{3},\\d{3}"),
        ({"binCount": 10**9}, "1,000,000,000"),
        ({"binCount": 50_000_000}, "50,000,000"),
    ],
    ids=str,
)
def test_more_grey_levels_than_anyone_wants(table, engine, setting, levels):
    image, mask = (sitk.ReadImage(path) for path in table.loc["one"])
    with pytest.raises(ExtractionError, match=f"image original: the lesion has {levels}.* grey levels"):
        get_engine(engine).extract(image, mask, load_params({**FAST, "setting": setting}))


def test_levels_are_counted_where_a_filter_makes_them(table):
    spoil(table, "one", 1e12)
    image, mask = (sitk.ReadImage(path) for path in table.loc["one"])
    params = {**FAST, "imageType": {"Exponential": {}, "Square": {}}}
    for engine in ENGINES:
        with pytest.raises(ExtractionError, match="image exponential: the lesion has 40,000,000,0.* grey levels"):
            get_engine(engine).extract(image, mask, load_params(params))


def test_pyradiomics_matrices_are_not_made_of_empty_levels(table):
    spoil(table, "one", 200_000)
    image, mask = (sitk.ReadImage(path) for path in table.loc["one"])
    native = get_engine("native").extract(image, mask, load_params({**ALL, "setting": {}}))
    assert np.isfinite(list(native.values())).all()
    with pytest.raises(ExtractionError, match=r"8,00\d grey levels .*, for which glcm would take 6\.\d GiB"):
        get_engine("pyradiomics").extract(image, mask, load_params({**ALL, "setting": {}}))


@pytest.mark.parametrize("n_levels", [3500, 6000])
def test_native_tables_are_not_made_too_large(n_levels):
    voxels = np.arange(20 * 20 * 20.0).reshape(20, 20, 20) % n_levels
    image, mask = sitk.GetImageFromArray(voxels), sitk.GetImageFromArray(np.ones(voxels.shape, np.uint8))
    params = {"featureClass": {"glrlm": None, "glcm": None}, "setting": {"binWidth": 1}}
    with pytest.raises(ExtractionError, match=f"the lesion has {n_levels:,} grey levels .*glcm would take"):
        get_engine("native").extract(image, mask, load_params(params))


@pytest.mark.parametrize("spacing_mm", [[0.001, 0.001, 0.001], [1e-5, 0, 0.01], [0.001, 0.01, 0.01]])
def test_more_voxels_than_anyone_wants(table, spacing_mm):
    extractor = RadiomicsExtractor({**FAST, "setting": {"resampledPixelSpacing": spacing_mm}})
    with pytest.raises(ExtractionError, match="case 'one': resampled to .* voxels .*, at most 1,000,000,000"):
        extractor.transform(table)


@pytest.mark.parametrize("engine", ENGINES)
def test_memory_that_is_short_names_the_levels(table, engine, monkeypatch):
    def no_memory(*args, **options):
        raise MemoryError("Unable to allocate 9. GiB")

    monkeypatch.setattr("radiohers.features.engines._native.texture_and_first_order", no_memory)
    monkeypatch.setattr("radiomics.featureextractor.RadiomicsFeatureExtractor.computeFeatures", no_memory)
    image, mask = (sitk.ReadImage(path) for path in table.loc["one"])
    with pytest.raises(ExtractionError, match=r"the memory is not enough: the lesion has \d grey levels") as caught:
        get_engine(engine).extract(image, mask, load_params(FAST))
    assert isinstance(caught.value.__cause__, MemoryError)


def fail_for(case_id, error, original):
    def read(image, *args, **options):
        if case_id in str(image):
            raise error
        return original(image, *args, **options)

    return read


ERRORS = [MemoryError(), RuntimeError("std::bad_alloc"), ZeroDivisionError("division by zero"), KeyError("spam")]


@pytest.mark.parametrize("where", ["read_pair", "content_hash"])
@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_any_error_of_a_case_is_that_cases(table, tmp_path, monkeypatch, caplog, where, error):
    module = radiohers.features._one_case
    monkeypatch.setattr(module, where, fail_for("three.nii", error, getattr(module, where)))
    extractor = RadiomicsExtractor(FAST, on_error="nan", memory=tmp_path / "cache")
    with caplog.at_level(logging.DEBUG, "radiohers"), pytest.warns(ExtractionWarning, match="case 'three': "):
        features = extractor.transform(table)
    assert features.isna().all(axis=1).tolist() == [False, False, True, False]
    assert type(error).__name__ in extractor.failures_.at[0, "reason"]
    assert "Traceback" in caplog.text
    with pytest.raises(CaseError, match=f"case 'three': {type(error).__name__}: ") as caught:
        extractor.set_params(on_error="raise").transform(table)
    assert caught.value.__cause__ is error


def test_crops_are_kept_apart_too(table, monkeypatch):
    module = radiohers.crops._one_case
    monkeypatch.setattr(module, "read_pair", fail_for("two.nii", IndexError("out of bounds"), module.read_pair))
    extractor = CropExtractor(size=8, on_error="warn")
    with pytest.warns(ExtractionWarning, match="case 'two': IndexError: out of bounds"):
        extractor.transform(table)
    assert extractor.failures_["error"].tolist() == ["CaseError"]


def test_an_interruption_stops_all(table, monkeypatch):
    module = radiohers.features._one_case
    monkeypatch.setattr(module, "read_pair", fail_for("two.nii", KeyboardInterrupt(), module.read_pair))
    with pytest.raises(KeyboardInterrupt):
        RadiomicsExtractor(FAST, on_error="nan").transform(table)


def test_the_cause_comes_from_another_process_too(table, monkeypatch):
    # Workers import the module anew, so the fault is in what they are handed: a mask that cannot be read.
    class Odd:
        def __fspath__(self):
            raise LookupError("no such volume")

    rows = [(table.at["one", "image"], table.at["one", "mask"]), (Odd(), table.at["two", "mask"])]
    with joblib.parallel_config(backend="loky", n_jobs=2), pytest.raises(RadiohersError, match="case 1: ") as caught:
        RadiomicsExtractor(FAST).transform(rows)
    assert "no such volume" in str(caught.value.__cause__)


def raise_error_of_case(case):
    raise {
        "one": ExtractionError("the lesion is flat", advice="Leave it out.", source={"image": "a", "mask": "m"}),
        "two": OutputExistsError("exists already", advice="Move it.", source="b.csv", joined=" "),
        "three": MaskError("no voxel is marked", case="another"),
        "four": OSError(28, "No space left"),
    }[case.case_id]


@pytest.mark.filterwarnings("ignore::radiohers.exceptions.ExtractionWarning")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_fields_of_errors_come_from_workers(table, n_jobs):
    with (
        joblib.parallel_config(backend="loky"),
        pytest.warns(ExtractionWarning),
    ):
        results = work_on_cases(
            raise_error_of_case,
            iter_cases(table),
            n_jobs=n_jobs,
            on_error="nan",
            consequence="It has no features.",
            description="",
            verbose=0,
        )
    errors = [result.error for result in results]
    assert [type(error) for error in errors] == [ExtractionError, OutputExistsError, MaskError, CaseError]
    assert [error.case for error in errors] == ["one", "two", "another", "four"]
    assert [error.what for error in errors[:3]] == ["the lesion is flat", "exists already", "no voxel is marked"]
    assert [error.advice for error in errors[:3]] == ["Leave it out.", "Move it.", ""]
    assert errors[0].source == {"image": "a", "mask": "m"}
    assert str(errors[0]) == "case 'one': the lesion is flat. image=a mask=m. Leave it out."
    assert errors[3].what == "OSError: [Errno 28] No space left"


@pytest.mark.filterwarnings("ignore:images hold different kinds of numbers")
def test_failure_of_an_engine_names_case_and_files(table):
    spoil(table, "two", 1e14)
    image, mask = table.loc["two"]
    with pytest.raises(ExtractionError) as caught:
        RadiomicsExtractor(FAST).transform(table)
    assert caught.value.case == "two"
    assert caught.value.source == {"image": image, "mask": mask}
    assert f"possible. image={image} mask={mask}. Look for" in str(caught.value)


def test_a_check_looks_at_the_other_cases(table, tmp_path, monkeypatch):
    # Two lesions of one image: what happens to one mask is that case's.
    table.loc["two", "image"] = table.at["one", "image"]
    table.reset_index().to_csv(tmp_path / "cohort.csv", index=False)
    monkeypatch.setattr(check_voxels, "mask_findings", fail_for("two", MemoryError(), check_voxels.mask_findings))
    check = check_cohort(tmp_path / "cohort.csv")
    failed = check.findings[check.findings["check"] == "check failed"]
    assert failed["case_id"].tolist() == ["two"]
    assert check.table["n_voxels"].notna().tolist() == [True, False, True, True]


@pytest.mark.parametrize("as_list", [False, True])
def test_scores_of_the_other_cases_are_there(table, tmp_path, monkeypatch, as_list):
    y = pd.Series([0, 1, 0, 1], index=table.index)
    model = make_radiomics_pipeline("lr", params=FAST).fit(table, y)
    save_model(model, tmp_path / "model.joblib", positive=1)
    module = radiohers.features._one_case
    monkeypatch.setattr(module, "read_pair", fail_for("two.nii", MemoryError(), module.read_pair))
    X, name = (list(map(tuple, table.to_numpy())), "1") if as_list else (table, "'two'")
    with pytest.warns(ExtractionWarning, match=f"case {name}: MemoryError.* The case has no score"):
        scores = load_model(tmp_path / "model.joblib").score_cases(X, on_error="nan")
    assert scores["probability"].isna().tolist() == [False, True, False, False]


@pytest.mark.filterwarnings("ignore:case '(one|two|three)'")
def test_error_in_the_model_itself_names_the_case(table, tmp_path, monkeypatch):
    model = make_radiomics_pipeline("lr", params=FAST).fit(table, pd.Series([0, 1, 0, 1], index=table.index))
    save_model(model, tmp_path / "model.joblib", positive=1)
    saved = load_model(tmp_path / "model.joblib")

    def broken(X):
        raise FloatingPointError("underflow")

    monkeypatch.setattr(saved.model, "predict_proba", broken)
    with pytest.warns(ExtractionWarning, match="case 'four': FloatingPointError: underflow"):
        assert saved.score_cases(table, on_error="nan")["probability"].isna().all()
