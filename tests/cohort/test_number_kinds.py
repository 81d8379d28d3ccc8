"""Cohorts of whole numbers and of fractions: one warning, which cases, what to do."""

import warnings

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from radiohers.cohort import check_cohort
from radiohers.features import RadiomicsExtractor

FAST = {"featureClass": {"firstorder": ["Mean"]}, "setting": {"resampledPixelSpacing": [2, 2, 2]}}


@pytest.fixture
def write_cohort(tmp_path):
    """Return a function that writes a case of each kind of voxels, and returns the table and its path."""

    def write(**kinds):
        rows = []
        for number, (case_id, (dtype, factor, slope)) in enumerate(kinds.items()):
            voxels = np.random.default_rng(number).normal(40, 300, size=(6, 12, 12)).clip(-1000, 1000)
            lesion = np.zeros(voxels.shape, np.uint8)
            lesion[1:5, 3:9, 3:9] = 1
            image, mask = tmp_path / f"{case_id}.nii", tmp_path / f"{case_id}_mask.nii"
            sitk.WriteImage(sitk.GetImageFromArray((np.rint(voxels) * factor).astype(dtype)), str(image))
            sitk.WriteImage(sitk.GetImageFromArray(lesion), str(mask))
            if slope != 1:
                content = bytearray(image.read_bytes())
                content[112:116] = np.array(slope, "<f4").tobytes()
                image.write_bytes(content)
            rows.append({"case_id": case_id, "patient_id": case_id, "image": str(image), "mask": str(mask)})
        pd.DataFrame(rows).to_csv(tmp_path / "cohort.csv", index=False)
        return pd.DataFrame(rows).set_index("case_id"), tmp_path / "cohort.csv"

    return write


WHOLE = ("int16", 1, 1)
MIXED = {
    "fractions": (("float32", 0.37, 1), "fractions (32-bit float)"),
    "fractions of double precision": (("float64", 0.5, 1), "fractions (64-bit float)"),
    "whole numbers as float": (("float32", 1, 1), "whole numbers as floating point (32-bit float)"),
    "a slope of 2": (("int16", 1, 2), "whole numbers as floating point (32-bit float)"),
    "a slope of 0.1": (("int16", 1, 0.1), "fractions (32-bit float)"),
}


@pytest.mark.parametrize("name", MIXED)
def test_a_mixed_cohort_is_said_once_with_its_cases(write_cohort, name):
    odd, kind = MIXED[name]
    table, path = write_cohort(a=WHOLE, b=odd, c=WHOLE, d=("int32", 1, 1), e=odd)
    findings = check_cohort(path).findings
    (finding,) = findings[findings["check"] == "numbers"].itertuples()
    assert (finding.level, finding.case_id) == ("warn", "")
    assert finding.message.endswith(f"whole numbers in 3 cases, {kind} in 2 cases ('b', 'e')")
    assert "round" in finding.advice
    said = r"whole numbers in 3 cases, floating point .* in 2 cases \('b', 'e'\)"
    with pytest.warns(UserWarning, match=said) as caught:
        RadiomicsExtractor(FAST).transform(table)
    assert sum("images hold" in str(warning.message) for warning in caught) == 1


@pytest.mark.parametrize(
    "kinds",
    [[WHOLE, ("int32", 1, 1), ("uint8", 1, 1)], [("float32", 0.37, 1)] * 3, [("int16", 1, 2)] * 2, [("float64", 1, 1)]],
)
def test_a_cohort_of_one_kind_is_not_remarked_on(write_cohort, kinds):
    table, path = write_cohort(**{f"case{number}": kind for number, kind in enumerate(kinds)})
    assert "numbers" not in set(check_cohort(path, modality="ct").findings["check"])
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "images hold")
        RadiomicsExtractor(FAST).transform(table)


def test_normalised_images_are_all_fractions(write_cohort):
    table, _ = write_cohort(a=WHOLE, b=("float32", 0.37, 1))
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "images hold")
        RadiomicsExtractor({**FAST, "setting": {"normalize": True}}).transform(table)


def test_of_other_modalities_kinds_differ_rightly(write_cohort):
    _, path = write_cohort(a=WHOLE, b=("float32", 0.37, 1))
    assert "numbers" not in set(check_cohort(path, modality="other").findings["check"])
