"""Which columns become acquisition and which clinical, and models of them; thumbnails and their likeness."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from radiohers.audit._images import THUMBNAIL_CELLS, thumbnail
from radiohers.audit._similar import NEAR, similarity
from radiohers.audit._tables import (
    acquisition_table,
    clinical_table,
    cramers_v,
    is_acquisition,
    table_model,
)
from radiohers.cohort import Cohort


@dataclass
class Context:
    cohort: Any
    sizes: pd.DataFrame = field(default_factory=pd.DataFrame)
    clinical: list[str] | None = None
    acquisition: list[str] | None = None


def context_of(clinical):
    index = pd.Index(range(len(clinical)), name="case_id")
    clinical = clinical.set_axis(index)
    rows = pd.DataFrame({"image": "a", "mask": "b"}, index=index)
    cohort = Cohort(X=rows, y=None, groups=pd.Series(index, index=index), clinical=clinical)
    columns = ("spacing_x_mm", "spacing_y_mm", "spacing_z_mm", "n_columns", "n_rows")
    sizes = pd.DataFrame({**dict.fromkeys(columns, 1.0), "n_slices": np.arange(len(clinical))}, index=index)
    return Context(cohort, sizes)


@pytest.fixture
def context():
    return context_of(
        pd.DataFrame(
            {
                "age": [50, 61, None, 45, 70, 66],
                "sex": list("FMFMFM"),
                "tumour_site": list("aabbcc"),
                "site": [1, 2, 1, 2, 3, 3],
                "scan_date": [f"2020-01-0{day}" for day in range(1, 7)],
                "accession_id": [101, 102, 103, 104, 105, 106],
                "comment": ["a b", "c d", "e f", "g h", "i j", "k l"],
                "kernel": ["B30"] * 6,
                "empty": [None] * 6,
            }
        )
    )


def test_acquisition_is_known_by_its_names(context):
    table = acquisition_table(context)
    assert list(table.X.columns) == ["n_slices", "site", "scan_date"]
    assert table.X["site"].tolist() == ["1", "2", "1", "2", "3", "3"]
    assert table.X["scan_date"].diff().dropna().tolist() == [1.0] * 5
    assert table.left_out["kernel"] == "one value only"


def test_clinical_is_the_rest_without_names_of_cases(context):
    table = clinical_table(context)
    assert list(table.X.columns) == ["age", "sex", "tumour_site"]
    assert table.left_out == {"accession_id": "names cases", "comment": "names cases", "empty": "empty"}
    assert "comment (names cases)" in table.left_out_text()


def test_named_columns_are_taken_as_they_are(context):
    assert list(clinical_table(replace(context, clinical=["comment", "age"])).X.columns) == ["comment", "age"]
    assert list(clinical_table(replace(context, acquisition=["age"])).X.columns) == ["sex", "tumour_site"]
    assert "sex" in acquisition_table(replace(context, acquisition=["sex"])).X.columns


@pytest.mark.parametrize("name", ["centre", "kVp", "SliceThickness", "pixel_spacing", "ManufacturerModel"])
def test_names_of_acquisition(name):
    assert is_acquisition(name)


@pytest.mark.parametrize("name", ["age", "t_stage", "biopsy_site", "ki67", "her2_score", "side"])
def test_names_that_are_clinical(name):
    assert not is_acquisition(name)


def test_model_takes_what_is_missing_and_what_is_new():
    X = pd.DataFrame({"age": [1.0, np.nan, 3.0, 4.0], "site": ["a", "b", "a", "missing"]})
    model = table_model(X).fit(X, [0, 1, 0, 1])
    new = pd.DataFrame({"age": [np.nan], "site": ["never seen"]})
    assert model.predict_proba(new).shape == (1, 2)


def test_missing_values_may_tell_the_label():
    X = pd.DataFrame({"age": [1.0, np.nan, 1.0, np.nan] * 5})
    assert (table_model(X).fit(X, [0, 1] * 10).predict(X) == [0, 1] * 10).all()


def test_cramers_v_of_unrelated_and_of_the_same():
    y = np.array([True, False] * 20)
    assert cramers_v(pd.Series(["a", "a", "b", "b"] * 10), y) == 0
    assert cramers_v(pd.Series(np.where(y, "a", "b")), y) == pytest.approx(1)


def test_thumbnail_keeps_the_mean_and_ignores_the_grid():
    voxels = np.random.default_rng(0).normal(size=(7, 8, 9))
    cells = thumbnail(voxels)
    assert cells.shape == (THUMBNAIL_CELLS,) * 3
    assert cells.mean() == pytest.approx(voxels.mean(), abs=1e-6)
    finer = voxels.repeat(2, axis=0).repeat(3, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(thumbnail(finer), cells, atol=1e-5)


def test_likeness_is_blind_to_brightness_and_small_shifts():
    rng = np.random.default_rng(0)
    first = rng.normal(size=(7, 8, 9)).repeat(6, 0).repeat(6, 1).repeat(6, 2)
    second = rng.normal(size=(7, 8, 9)).repeat(6, 0).repeat(6, 1).repeat(6, 2)
    copy = 3 * np.roll(first, (1, 1, 1), (0, 1, 2)) - 100
    found = similarity([thumbnail(each) for each in (first, copy, second)] + [None])
    np.testing.assert_allclose(np.diag(found)[:3], 1, atol=1e-5)
    assert found[0, 1] > NEAR > 0.5 > found[0, 2]
    assert np.isnan(found[3]).all()
    np.testing.assert_array_equal(found, found.T)


def test_constant_images_are_like_nothing():
    assert similarity([np.full((4, 4, 4), 7.0), np.full((4, 4, 4), 9.0)])[0, 1] == 0
