"""The synthetic cohort on disk: table, files, seeds, and what it refuses."""

import nibabel
import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from radiohers.datasets import make_ct_cohort
from radiohers.exceptions import OutputExistsError

SHAPE = (8, 32, 40)


def written_files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("synthetic")
    make_ct_cohort(path, n_patients=5, shape=SHAPE)
    return path


@pytest.fixture(scope="module")
def table(folder):
    return pd.read_csv(folder / "cohort.csv")


def test_returns_path_of_table(tmp_path):
    assert make_ct_cohort(tmp_path / "new" / "deep", 2, shape=SHAPE) == tmp_path / "new" / "deep" / "cohort.csv"


def test_columns(table):
    expected = ["case_id", "patient_id", "image", "mask", "her2", "age", "sex"]
    expected += ["slice_thickness_mm", "synthetic"]
    assert list(table.columns) == expected


def test_one_case_a_patient_by_default(table):
    assert list(table["case_id"]) == ["SYN_001", "SYN_002", "SYN_003", "SYN_004", "SYN_005"]
    assert list(table["patient_id"]) == list(table["case_id"])


def test_clinical_values_are_plausible(table):
    assert table["age"].between(25, 90).all()
    assert set(table["sex"]) <= {"F", "M"}
    assert set(table["slice_thickness_mm"]) <= {3.0, 3.75, 4.0, 5.0}


def test_paths_are_relative_and_exist(table, folder):
    assert list(table["image"]) == [f"images/{case}.nii.gz" for case in table["case_id"]]
    assert all((folder / path).is_file() for path in [*table["image"], *table["mask"]])


@pytest.mark.parametrize("n_patients", [2, 5, 21, 24])
def test_half_of_the_patients_are_positive(tmp_path, n_patients):
    table = pd.read_csv(make_ct_cohort(tmp_path, n_patients, shape=(8, 32, 32)))
    assert table["her2"].sum() == n_patients // 2


def test_image_is_int16_in_array_order_of_shape(table, folder):
    image = sitk.ReadImage(folder / table["image"][0])
    assert image.GetPixelID() == sitk.sitkInt16
    assert sitk.GetArrayViewFromImage(image).shape == SHAPE


def test_spacing_differs_along_each_axis(table, folder):
    for path, slice_mm in zip(table["image"], table["slice_thickness_mm"], strict=True):
        x_mm, y_mm, z_mm = sitk.ReadImage(folder / path).GetSpacing()
        assert 0.75 < x_mm < 0.85 < y_mm < 0.95 < z_mm
        assert z_mm == slice_mm


def test_mask_has_the_grid_of_its_image(table, folder):
    for image_path, mask_path in zip(table["image"], table["mask"], strict=True):
        image, mask = sitk.ReadImage(folder / image_path), sitk.ReadImage(folder / mask_path)
        assert mask.GetPixelID() == sitk.sitkUInt8
        for part in ("GetSize", "GetOrigin", "GetSpacing", "GetDirection"):
            assert getattr(mask, part)() == getattr(image, part)()
        assert set(np.unique(sitk.GetArrayViewFromImage(mask))) == {0, 1}


def test_direction_is_that_of_most_cts(table, folder):
    assert sitk.ReadImage(folder / table["image"][0]).GetDirection() == (1, 0, 0, 0, 1, 0, 0, 0, 1)


def test_headers_say_synthetic(table, folder):
    headers = [nibabel.load(folder / table[column][0]).header for column in ("image", "mask")]
    assert [header["descrip"].item() for header in headers] == [b"radiohers synthetic CT", b"radiohers synthetic mask"]


def test_readme_says_synthetic_and_how(folder):
    text = (folder / "README.txt").read_text()
    assert text.startswith("SYNTHETIC DATA. No patient was scanned.")
    assert "n_patients=5, signal=1.0, lesions_per_patient=1" in text


def test_same_seed_gives_same_bytes(folder, tmp_path):
    make_ct_cohort(tmp_path, n_patients=5, shape=SHAPE)
    assert written_files(tmp_path) == written_files(folder)


def test_files_hold_no_time(folder):
    assert (folder / "images" / "SYN_001.nii.gz").read_bytes()[4:8] == bytes(4)


def test_other_seed_gives_other_voxels(folder, tmp_path):
    make_ct_cohort(tmp_path, n_patients=5, shape=SHAPE, random_state=1)
    name = "images/SYN_001.nii.gz"
    assert written_files(tmp_path)[name] != written_files(folder)[name]


def test_longer_cohort_begins_with_shorter_one(tmp_path):
    short, long = tmp_path / "short", tmp_path / "long"
    make_ct_cohort(short, 20, shape=(8, 32, 32))
    make_ct_cohort(long, 23, shape=(8, 32, 32))
    assert (long / "cohort.csv").read_bytes().startswith((short / "cohort.csv").read_bytes())
    kept = {name: data for name, data in written_files(short).items() if name.endswith(".gz")}
    assert kept.items() <= written_files(long).items()


def test_without_signal_only_the_table_knows_the_label(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    make_ct_cohort(one, 2, signal=0, shape=SHAPE)
    make_ct_cohort(other, 3, signal=0, shape=SHAPE)
    files = written_files(other)
    assert all(files[name] == data for name, data in written_files(one).items() if name.endswith(".gz"))


def test_masks_do_not_depend_on_signal(folder, tmp_path):
    make_ct_cohort(tmp_path, n_patients=5, signal=3, shape=SHAPE)
    one, other = written_files(folder), written_files(tmp_path)
    assert all(one[name] == other[name] for name in one if name.startswith("masks/"))
    assert all(one[name] != other[name] for name in one if name.startswith("images/"))


def test_shapes_vary_between_patients_by_default(tmp_path):
    table = pd.read_csv(make_ct_cohort(tmp_path, 3))
    shapes = np.array([nibabel.load(tmp_path / path).shape[::-1] for path in table["image"]])
    assert np.all((shapes >= (28, 90, 110)) & (shapes <= (36, 108, 126)))
    assert len({tuple(shape) for shape in shapes}) == 3


def test_several_lesions_share_image_and_label(tmp_path):
    table = pd.read_csv(make_ct_cohort(tmp_path, 2, lesions_per_patient=2, shape=(12, 48, 56)))
    assert list(table["case_id"]) == ["SYN_001_1", "SYN_001_2", "SYN_002_1", "SYN_002_2"]
    assert list(table["patient_id"]) == ["SYN_001", "SYN_001", "SYN_002", "SYN_002"]
    assert (table.groupby("patient_id")[["image", "her2", "age", "sex"]].nunique() == 1).all(axis=None)
    assert table["mask"].is_unique


def test_existing_cohort_is_kept(folder):
    before = written_files(folder)
    with pytest.raises(OutputExistsError) as error:
        make_ct_cohort(folder, 2, shape=SHAPE)
    assert str(error.value) == (
        f"{folder / 'cohort.csv'} exists already, and make_ct_cohort does not overwrite. "
        "Choose another folder, delete this one, or pass overwrite=True to replace the cohort in it."
    )
    assert written_files(folder) == before


def test_existing_readme_is_kept(tmp_path):
    (tmp_path / "README.txt").write_text("mine")
    with pytest.raises(OutputExistsError, match="README.txt exists already"):
        make_ct_cohort(tmp_path, 2, shape=SHAPE)
    assert written_files(tmp_path) == {"README.txt": b"mine"}


def test_overwrite_leaves_the_new_cohort_and_foreign_files(tmp_path):
    make_ct_cohort(tmp_path, 3, shape=SHAPE)
    (tmp_path / "images" / "mine.nii.gz").write_bytes(b"mine")
    make_ct_cohort(tmp_path, 2, shape=SHAPE, overwrite=True)
    assert sorted(path.name for path in (tmp_path / "images").iterdir()) == [
        "SYN_001.nii.gz",
        "SYN_002.nii.gz",
        "mine.nii.gz",
    ]
    assert len(pd.read_csv(tmp_path / "cohort.csv")) == 2


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_patients": 1}, "The 'n_patients' parameter of make_ct_cohort must be an int in the range"),
        ({"signal": -0.1}, "The 'signal' parameter of make_ct_cohort must be a float in the range"),
        ({"signal": float("nan")}, "The 'signal' parameter of make_ct_cohort must be a float in the range"),
        ({"lesions_per_patient": 0}, "The 'lesions_per_patient' parameter of make_ct_cohort must be an int"),
        ({"random_state": None}, "The 'random_state' parameter of make_ct_cohort must be an int in the range"),
        ({"shape": (8, 32)}, "The 'shape' parameter of make_ct_cohort must be None or 3 integers"),
        ({"shape": (8, 32, 31)}, r"of at least \(8, 32, 32\). Got \(8, 32, 31\) instead."),
        ({"shape": (8.5, 32, 32)}, "The 'shape' parameter of make_ct_cohort must be None or 3 integers"),
    ],
)
def test_impossible_parameters(tmp_path, parameters, message):
    with pytest.raises(ValueError, match=message):
        make_ct_cohort(tmp_path / "new", **{"n_patients": 2, **parameters})
    assert not (tmp_path / "new").exists()


def test_too_many_lesions(tmp_path):
    with pytest.raises(ValueError, match=r"shape=\(8, 32, 32\) leaves no room for .* Take a larger shape or fewer"):
        make_ct_cohort(tmp_path, 2, lesions_per_patient=200, shape=(8, 32, 32))
    assert not (tmp_path / "cohort.csv").exists()
