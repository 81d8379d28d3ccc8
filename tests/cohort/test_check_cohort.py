"""Checks of a cohort as a whole, and of tables with bad rows; how the result is shown."""

import json
import time

import numpy as np
import pandas as pd
import pytest
from cohort_on_disk import CohortOnDisk, ct_voxels, lesion_voxels

from radiohers import read_cohort
from radiohers.cohort import Cohort, check_cohort
from radiohers.exceptions import CohortError, OutputExistsError


@pytest.fixture
def on_disk(tmp_path):
    """Make a cohort on disk of some cases."""
    return lambda n_cases=2: CohortOnDisk(tmp_path, n_cases)


def found(check, name):
    rows = check.findings[check.findings["check"] == name]
    return list(zip(rows["case_id"], rows["level"], strict=True))


def test_cohort_and_table_give_the_same(on_disk):
    path = on_disk(4).write()
    of_cohort, of_table = read_cohort(path, target="her2").check(), check_cohort(path, "her2")
    pd.testing.assert_frame_equal(of_cohort.table, of_table.table)
    pd.testing.assert_frame_equal(of_cohort.findings, of_table.findings)


def test_n_jobs_changes_nothing(on_disk):
    path = on_disk(4).write()
    pd.testing.assert_frame_equal(check_cohort(path).table, check_cohort(path, n_jobs=2).table)


def test_images_in_memory(on_disk):
    import SimpleITK as sitk

    cohort = read_cohort(on_disk(2).write())
    read = {column: [sitk.ReadImage(path) for path in cohort.X[column]] for column in ("image", "mask")}
    X = pd.DataFrame({name: pd.Series(images, dtype=object) for name, images in read.items()}).set_axis(cohort.X.index)
    in_memory = Cohort(X, None, cohort.groups, cohort.clinical).check()
    assert in_memory.findings.empty
    assert in_memory.table["n_voxels"].tolist() == cohort.check().table["n_voxels"].tolist()


def test_same_image_of_two_patients(on_disk):
    cohort = on_disk(3)
    cohort.table.loc[1, "image"] = "c1.nii.gz"
    assert found(check_cohort(cohort.write()), "same image") == [("c1", "error"), ("c2", "error")]


def test_same_voxels_in_two_files_are_the_same_image(on_disk):
    cohort = on_disk(2)
    cohort.save(ct_voxels(0), "c2.nrrd", origin_mm=(-10.0, 20.5, 30.25))
    cohort.table.loc[1, "image"] = "c2.nrrd"
    assert len(found(check_cohort(cohort.write()), "same image")) == 2


@pytest.mark.parametrize(
    ("values", "one", "other"),
    [
        (ct_voxels(0), "i2", "i4"),
        (ct_voxels(0), "i2", "f4"),
        (ct_voxels(0), "f8", "f4"),
        (ct_voxels(0) / 8, "f4", "f8"),
    ],
)
def test_same_values_in_two_number_types_are_the_same_image(on_disk, values, one, other):
    cohort = on_disk(2)
    cohort.save(values.astype(one), "c1.nii.gz")
    cohort.save(values.astype(other), "c2.nii.gz")
    assert len(found(check_cohort(cohort.write()), "same image")) == 2


def test_values_that_differ_after_the_point_are_two_images(on_disk):
    cohort = on_disk(2)
    cohort.save(ct_voxels(0) + np.float32(0.25), "c2.nii.gz")
    cohort.save(ct_voxels(0), "c1.nii.gz")
    assert not found(check_cohort(cohort.write()), "same image")


def test_two_lesions_of_one_image_are_no_duplicates(on_disk):
    cohort = on_disk(2)
    cohort.table.loc[1, ["image", "patient_id"]] = ["c1.nii.gz", "p1"]
    assert check_cohort(cohort.write()).findings.empty


def test_same_lesion_twice(on_disk):
    cohort = on_disk(2)
    cohort.table.loc[1, ["image", "mask", "patient_id"]] = ["c1.nii.gz", "c1_mask.nii.gz", "p1"]
    check = check_cohort(cohort.write())
    assert found(check, "same mask") == [("c1", "error"), ("c2", "error")]
    assert "the same image with the same lesion is also case 'c2'" in check.findings["message"][0]


@pytest.mark.parametrize(("patient", "n_errors"), [("p2", 2), ("p1", 0)])
def test_same_mask_on_two_images(on_disk, patient, n_errors):
    cohort = on_disk(2)
    cohort.table.loc[1, ["mask", "patient_id"]] = ["c1_mask.nii.gz", patient]
    assert len(found(check_cohort(cohort.write()), "same mask")) == n_errors


def test_outliers_of_spacing(on_disk):
    cohort = on_disk(6)
    for name, voxels in (("c6.nii.gz", ct_voxels(6)), ("c6_mask.nii.gz", lesion_voxels())):
        cohort.save(voxels, name, spacing_mm=(0.75, 0.875, 5.0))
    check = check_cohort(cohort.write())
    assert found(check, "spacing") == [("c6", "warn")]
    assert found(check, "slice spacing") == [("", "warn")]
    assert "3 mm (5), 5 mm (1)" in check.findings["message"][0]


def test_outliers_of_contrast_are_remarks(on_disk):
    cohort = on_disk(6)
    voxels = ct_voxels(5)
    cohort.save(np.where(lesion_voxels() > 0, voxels + 60, voxels).astype(np.int16), "c6.nii.gz")
    assert found(check_cohort(cohort.write()), "contrast") == [("c6", "ok")]


def test_patient_in_several_groups(on_disk):
    cohort = on_disk(4)
    cohort.table["patient_id"] = ["p1", "p1", "p2", "p3"]
    cohort.table["split"] = ["train", "test", "train", "test"]
    check = check_cohort(cohort.write(), one_value_a_patient="split")
    assert found(check, "groups") == [("c1", "error"), ("c2", "error")]
    with pytest.raises(CohortError, match="no column 'site'"):
        check_cohort(cohort.write(), one_value_a_patient=["site"])


def test_classes(on_disk):
    cohort = on_disk(3)
    check = check_cohort(cohort.write(), "her2")
    assert check.findings["message"].tolist() == [
        "few patients of a class (her2, 0: 2 patients, 1: 1 patient): fewer than 10"
    ]
    cohort.table["patient_id"] = "p1"
    assert (
        "cases of both classes of her2 in 1 patient: 'p1'"
        in check_cohort(cohort.write(), "her2").findings["message"][1]
    )
    cohort.table["her2"] = "1"
    check = check_cohort(cohort.write(), "her2")
    assert found(check, "classes") == [("", "error")]


def test_bad_rows_are_findings_and_the_others_are_looked_at(on_disk):
    cohort = on_disk(6)
    cohort.table["mask_label"] = ["1", "1", "one", "1", "1", "1"]
    cohort.table.loc[0, "image"] = "nowhere.nii.gz"
    cohort.table.loc[1, "case_id"] = ""
    cohort.table.loc[3, "case_id"] = "c1"
    cohort.table.loc[4, "her2"] = "2"
    cohort.table.loc[4, "patient_id"] = ""
    check = check_cohort(cohort.write(), "her2")
    assert check.table.index.tolist() == ["c1", "row 2", "c3", "c1 (row 4)", "c5", "c6"]
    assert check.table["level"].tolist() == ["error"] * 5 + ["ok"]
    assert check.table["n_voxels"].notna().tolist() == [False, True, False, True, True, True]
    messages = check.findings.set_index("case_id")["message"]
    assert messages["c1"].startswith("image: file not found")
    assert messages["row 2"] == "case_id: empty"
    assert messages["c1 (row 4)"] == "case_id: already used in row 1"
    assert messages["c3"] == "mask_label: 'one' is not a whole number"
    assert messages["c5"] == "patient_id: empty"
    assert messages[""] == (
        "her2: 3 classes, where two are needed: 1 (3 rows: row 2, case ''; row 4, case 'c1'; row 6, case 'c6'), "
        "0 (2 rows: row 1, case 'c1'; row 3, case 'c3'), 2 (1 row: row 5, case 'c5')"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [("case_id;image;mask\na;b;c", "semicolons"), ("", "cannot be read"), ("a,b\n1,2", "no column 'case_id'")],
)
def test_what_is_no_table_is_an_error(tmp_path, text, words):
    path = tmp_path / "cohort.csv"
    path.write_text(text)
    with pytest.raises(CohortError, match=words):
        check_cohort(path)


def test_signs_and_line_ends_of_other_systems(on_disk):
    cohort = on_disk(2)
    (cohort.folder / "c1.nii.gz").rename(cohort.folder / "Bär 1.nii.gz")
    cohort.table.loc[0, "image"] = "Bär 1.nii.gz"
    path = cohort.write()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert check_cohort(path).findings.empty


def test_cases_with_rectangles_alone(on_disk):
    cohort = on_disk(2)
    shape = {"shape_type": "rectangle", "points": [[12, 10], [20, 17]], "group_id": 3, "label": "lesion"}
    (cohort.folder / "c1.json").write_text(json.dumps({"imageHeight": 30, "imageWidth": 34, "shapes": [shape]}))
    cohort.table["boxes"] = ["c1.json", ""]
    cohort.table.loc[0, "mask"] = ""
    check = check_cohort(cohort.write())
    assert check.findings.empty
    assert check.table["n_voxels"].notna().tolist() == [False, True]


@pytest.mark.parametrize("folder", ["boxes", "Dr. A: scans. New"])
def test_findings_of_errors_are_their_fields(on_disk, folder):
    # A full stop and a colon in a path are none of the sentence.
    cohort = on_disk(4)
    (cohort.folder / folder).mkdir()
    shape = {"shape_type": "circle", "points": [[12, 10], [20, 17]], "label": "lesion"}
    (cohort.folder / folder / "s. 3.json").write_text(json.dumps({"shapes": [shape]}))
    (cohort.folder / folder / "cut. Short.nii.gz").write_bytes(b"")
    cohort.table["boxes"] = [folder, f"{folder}/s. 3.json", "", ""]
    cohort.table.loc[2, "image"] = f"{folder}/cut. Short.nii.gz"
    cohort.table.loc[3, "mask"] = f"{folder}/cut. Short.nii.gz"
    found = check_cohort(cohort.write()).findings
    shape_advice = "Draw a rectangle or a polygon instead, or take it out."
    assert found[["message", "advice"]].to_numpy().tolist() == [
        [f"boxes {folder}/s. 3.json, shape 1 ('lesion') is a circle", shape_advice],
        ["boxes s. 3.json, shape 1 ('lesion') is a circle", shape_advice],
        ["image cut. Short.nii.gz: the file is empty (0 bytes)", "Copy or export it again."],
        ["mask cut. Short.nii.gz: the file is empty (0 bytes)", "Copy or export it again."],
    ]


def test_a_thousand_unreadable_paths_fail_in_seconds(tmp_path):
    rows = [f"c{i},a{i}.nii.gz,m{i}.nii.gz" for i in range(1000)]
    (tmp_path / "cohort.csv").write_text("\n".join(["case_id,image,mask", *rows]))
    start = time.perf_counter()
    check = check_cohort(tmp_path / "cohort.csv")
    assert time.perf_counter() - start < 10
    assert len(check.findings) == 2000
    assert not check.ok


def test_real_cohort(sts_ct):
    start = time.perf_counter()
    check = check_cohort(sts_ct / "cohort.csv", "lung_metastasis", n_jobs=2, resampled_spacing_mm=(1, 1, 1))
    assert time.perf_counter() - start < 20
    assert check.ok
    assert set(check.findings["check"]) == {"border", "contrast", "components"}
    assert len(check.pictures) == 51
    row = check.table.loc["STS_019"]
    assert (row["n_voxels"], row["size_x"], row["geometry"]) == (5564, 58, "same grid")


def test_summary(on_disk):
    cohort = on_disk(3)
    cohort.table.loc[0, "image"] = "nowhere.nii.gz"
    assert repr(check_cohort(cohort.write())) == "<CohortCheck: 3 cases: 1 error, 0 warn, 2 ok>"


def test_outputs(on_disk, tmp_path):
    cohort = on_disk(3)
    cohort.table.loc[0, "image"] = "<nowhere>.nii.gz"
    check = check_cohort(cohort.write(), resampled_spacing_mm=(1, 1, 0))
    assert json.loads(json.dumps(check.to_dict(), allow_nan=False))["ok"] is False
    table = pd.read_csv(check.to_csv(tmp_path / "check.csv"), index_col="case_id")
    assert table["level"].tolist() == ["error", "ok", "ok"]
    html = check.to_html(tmp_path / "check.html").read_text(encoding="utf-8")
    assert "&lt;nowhere&gt;.nii.gz" in html
    assert "<nowhere>" not in html
    assert html.count("data:image/jpeg") == 2
    assert "http" not in html
    with pytest.raises(OutputExistsError):
        check.to_html(tmp_path / "check.html")
    check.to_html(tmp_path / "check.html", force=True)


def test_pictures_show_the_largest_slice(on_disk):
    cohort = on_disk(2)
    check = check_cohort(cohort.write())
    picture = check.pictures["c1"]
    assert picture.slice == 2
    # The window from -160 to 240 HU puts 80 at 60 % of white.
    assert picture.grey[picture.outline].mean() == pytest.approx(255 * 0.6, abs=5)
    area = 7 * 0.875 * 8 * 0.75
    length_mm = 7 * 0.875 + 30
    assert picture.outline.mean() == pytest.approx(area / length_mm**2, rel=0.1)


def test_contact_sheet(on_disk):
    cohort = on_disk(3)
    cohort.table.loc[0, "image"] = "nowhere.nii.gz"
    check = check_cohort(cohort.write())
    sheet = check.show()
    assert [ax.get_title() for ax in sheet.axes_] == ["c2\nslice 3", "c3\nslice 3"]
    assert sheet.frame().to_dict("list") == {"case_id": ["c2", "c3"], "slice": [3, 3]}
    with pytest.raises(CohortError, match="no picture of case 'c1'"):
        check.show(["c1"])


def test_cases_with_errors_get_no_remarks(on_disk):
    cohort = on_disk(7)
    cohort.save((ct_voxels(5) + 1100).astype("u2"), "c6.nii.gz")
    check = check_cohort(cohort.write())
    assert list(zip(check.findings["case_id"], check.findings["check"], strict=True)) == [("c6", "HU")]
