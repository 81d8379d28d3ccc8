"""advise_params: settings that rest on the training cases alone, and a file that loads."""

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
import yaml

from radiohers.cohort import Cohort
from radiohers.exceptions import CohortError, OutputExistsError
from radiohers.features import RadiomicsExtractor, advise_params, list_params, load_params
from radiohers.features._advice import choose_bin_width


def make_cohort(spacings_mm, contrasts_hu):
    """Return a cohort in memory: a cube of noise in each image, of one spacing and one range."""
    images, masks = [], []
    for seed, (spacing_mm, contrast_hu) in enumerate(zip(spacings_mm, contrasts_hu, strict=True)):
        voxels = np.random.default_rng(seed).uniform(-0.5, 0.5, (12, 20, 22)) * contrast_hu
        mask = np.zeros(voxels.shape, np.uint8)
        mask[3:9, 5:15, 6:16] = 1
        # The range itself, at places that resampling to the same spacing keeps.
        voxels[4, 7, 8], voxels[5, 8, 9] = 0.5 * contrast_hu, -0.5 * contrast_hu
        for array, images_of_kind in ((voxels, images), (mask, masks)):
            image = sitk.GetImageFromArray(array)
            image.SetSpacing(spacing_mm)
            images_of_kind.append(image)
    index = pd.Index([f"c{i}" for i in range(len(images))], name="case_id")
    X = pd.DataFrame({"image": pd.Series(images, dtype=object), "mask": pd.Series(masks, dtype=object)}).set_axis(index)
    return Cohort(X, None, pd.Series(index, index=index), pd.DataFrame(index=index))


THICK, THIN = (1.0, 1.0, 5.0), (1.0, 1.0, 1.0)


def test_thick_slices_are_taken_one_by_one():
    setting = advise_params(make_cohort([THICK] * 3, [800] * 3)).params["setting"]
    assert setting["resampledPixelSpacing"] == [1.0, 1.0, 0]
    assert (setting["force2D"], setting["force2Ddimension"]) == (True, 0)


def test_thin_slices_give_three_dimensions():
    advice = advise_params(make_cohort([THIN] * 3, [800] * 3))
    assert advice.params["setting"]["resampledPixelSpacing"] == [1.0, 1.0, 1.0]
    assert "force2D" not in advice.params["setting"]
    assert "LoG" in advice.params["imageType"]
    assert "not over 3" in advice.text()


def test_filter_across_slices_is_left_out_in_two_dimensions():
    advice = advise_params(make_cohort([THICK] * 3, [800] * 3))
    assert list(advice.params["imageType"]) == ["Original"]
    assert "Without LoG" in advice.text()


def test_spacing_is_the_coarsest_within_slices():
    cohort = make_cohort([(0.7, 0.71, 5), (0.8, 0.8, 5), (0.91, 0.9, 5)], [800] * 3)
    assert advise_params(cohort).params["setting"]["resampledPixelSpacing"] == [0.9, 0.9, 0]


def test_what_is_measured_is_what_the_extraction_sees():
    cohort = make_cohort([THIN] * 2, [800, 400])
    table = advise_params(cohort).table
    assert table["n_voxels"].tolist() == [600, 600]
    assert table["range"].tolist() == pytest.approx([800, 400])
    features = RadiomicsExtractor({"imageType": {"Original": {}}, "featureClass": {"firstorder": ["Range"]}})
    assert table["range"].tolist() == pytest.approx(features.transform(cohort.X)["original_firstorder_Range"].tolist())


@pytest.mark.parametrize(
    ("ranges", "width"), [([800] * 3, 25), ([100] * 3, 6), ([20_000] * 3, 200), ([0.5], 0.03), ([90, 1663, 366], 20)]
)
def test_bin_width(ranges, width):
    chosen = choose_bin_width(pd.Series(ranges, dtype=float), 25)
    assert chosen == pytest.approx(width)


def test_bin_width_fits_most_lesions():
    assert choose_bin_width(pd.Series([200.0, 210.0, 5000.0]), 25) == pytest.approx(10)


@pytest.mark.parametrize("train", [[0, 2], np.array([True, False, True]), ["c0", "c2"]])
def test_training_cases_alone_are_looked_at(train):
    contrasts_hu = [800, 20_000, 800]
    cohort = make_cohort([THIN, (3.0, 3.0, 90.0), THIN], contrasts_hu)
    advice = advise_params(cohort, train)
    assert advice.table.index.tolist() == ["c0", "c2"]
    without = advise_params(cohort.select(["c0", "c2"]))
    assert advice.params == without.params
    assert "2 of the 3 cases" in advice.text()


def test_all_cases_are_told_to_be_all():
    assert "leave out those that a model will be tested on" in advise_params(make_cohort([THIN], [800])).text()


@pytest.mark.parametrize(
    ("train", "words"), [([5], "positions from 5"), ([], "no case"), (["c9"], "not in the cohort")]
)
def test_training_cases_that_are_none(train, words):
    with pytest.raises(CohortError, match=words):
        advise_params(make_cohort([THIN], [800]), np.array(train, dtype=int) if train == [] else train)


@pytest.mark.parametrize("params", list_params())
def test_file_loads_as_the_params(tmp_path, params):
    advice = advise_params(make_cohort([THICK] * 2, [800] * 2), params=params)
    path = advice.save(tmp_path / "advised.yaml")
    assert load_params(path).to_dict() == advice.params
    assert max(map(len, path.read_text().splitlines())) <= 120
    with pytest.raises(OutputExistsError):
        advice.save(path)


def test_reasons_stand_beside_their_settings():
    lines = advise_params(make_cohort([THICK] * 2, [800] * 2)).text().splitlines()
    position = lines.index("  binWidth: 25")
    assert lines[position - 1].startswith("  # ")
    assert "16 to 128 in 2 of 2 lesions" in " ".join(lines[position - 3 : position]).replace(" #", "").replace(
        "  ", " "
    )


def test_few_voxels_are_counted():
    advice = advise_params(make_cohort([THIN] * 2, [800] * 2), min_voxels=601)
    assert "2 of 2 have fewer than 601" in advice.reasons["resampledPixelSpacing"]


def test_other_settings_stay():
    base = {
        "imageType": {"Original": {}},
        "featureClass": {"glcm": ["Contrast"]},
        "setting": {"binWidth": 25, "distances": [1, 2]},
    }
    advice = advise_params(make_cohort([THIN] * 2, [800] * 2), params=base)
    assert advice.params["setting"]["distances"] == [1, 2]
    assert yaml.safe_load(advice.text())["featureClass"] == {"glcm": ["Contrast"]}


def test_advised_params_extract():
    cohort = make_cohort([THICK] * 2, [800] * 2)
    advice = advise_params(cohort, params={"imageType": {"Original": {}}, "featureClass": {"glcm": ["Contrast"]}})
    assert RadiomicsExtractor(advice.params).transform(cohort.X).notna().all(axis=None)


@pytest.mark.parametrize("spacing_mm", [THICK, THIN])
@pytest.mark.parametrize("names", [["Huber^Anna", "Weiss^Otto", "Lang^Ida"], ["1700412", "1700413", "1700414"]])
def test_the_file_names_nobody(tmp_path, spacing_mm, names):
    cohort = make_cohort([spacing_mm] * 3, [800, 100, 30])
    index = pd.Index(names, name="case_id")
    patients = pd.Series([f"patient-{name}" for name in names], index=index)
    named = Cohort(cohort.X.set_axis(index), None, patients, pd.DataFrame(index=index), source=tmp_path / "cohort.csv")
    for train in (None, names[:2], [True, False, True]):
        advice = advise_params(named, train)
        written = advice.save(tmp_path / "params.yaml", force=True).read_text()
        assert not [name for name in names if name in written or name in repr(advice)]
        assert str(tmp_path) not in written
