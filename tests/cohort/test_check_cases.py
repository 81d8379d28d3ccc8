"""Cohort.check: each fault of a case is found, at its level, in its words; what is in order is let through."""

import numpy as np
import pytest
import SimpleITK as sitk
from cohort_on_disk import LESION, SHAPE, CohortOnDisk, as_image, ct_voxels, lesion_voxels

from radiohers.cohort import check_cohort


@pytest.fixture
def on_disk(tmp_path):
    """Make a cohort on disk of some cases."""
    return lambda n_cases=2: CohortOnDisk(tmp_path, n_cases)


def findings_of(cohort, **options):
    check = check_cohort(cohort.write(), **options)
    found = check.findings[check.findings["case_id"] == "c1"]
    return [tuple(row) for row in found[["level", "check", "message"]].itertuples(index=False)]


def test_cases_in_order_have_no_findings(on_disk):
    check = check_cohort(on_disk().write())
    assert check.ok
    assert check.findings.empty
    assert check.table["level"].tolist() == ["ok", "ok"]


def test_what_is_measured(on_disk):
    row = check_cohort(on_disk().write(), resampled_spacing_mm=(1, 1, 0)).table.loc["c1"]
    assert row[["size_x", "size_y", "size_z"]].tolist() == [34, 30, 9]
    assert row[["spacing_x_mm", "spacing_y_mm", "spacing_z_mm"]].tolist() == [0.75, 0.875, 3.0]
    assert (row["n_voxels"], row["n_slices"], row["n_components"], row["labels"]) == (224, 4, 1, "1")
    assert row["volume_ml"] == pytest.approx(224 * 0.75 * 0.875 * 3 / 1000)
    assert row["n_voxels_resampled"] == round(224 * 0.75 * 0.875)
    assert (row["geometry"], row["border"], row["patient_id"]) == ("same grid", "", "p1")
    lesion = ct_voxels(0)[LESION]
    assert row[["lesion_min", "lesion_median", "lesion_max"]].tolist() == [
        lesion.min(),
        np.median(lesion),
        lesion.max(),
    ]


def with_values(voxels):
    return lambda cohort: cohort.save(voxels, "c1.nii.gz")


def with_mask(voxels):
    return lambda cohort: cohort.save(voxels, "c1_mask.nii.gz")


def changed(voxels, where, value, dtype=None):
    voxels = voxels.astype(dtype or voxels.dtype)
    voxels[where] = value
    return voxels


CT = ct_voxels(0)
MASK = lesion_voxels()
TO_THE_SIDE = changed(MASK, (slice(0, 4), slice(10, 14), slice(30, 34)), 1)
IMAGES = {
    "NaN": (changed(CT, (0, 0, 0), np.nan, "f4"), "error", "NaN", "not finite (NaN or infinite): 1 voxel of the image"),
    "constant": (np.full(SHAPE, 7, np.int16), "error", "constant image", "every voxel of the image is 7"),
    "constant lesion": (changed(CT, LESION, 50), "error", "constant lesion", "every voxel of the lesion is 50"),
    "0 to 1": (((CT + 1100) / 1400).astype("f4"), "error", "HU", "scaled to a range of their own"),
    "8 bits": (((CT + 1100) / 6).astype("u1"), "error", "HU", "a picture of 8 bits"),
    "unsigned": (CT.astype("u2"), "error", "HU", "read without their sign"),
    "shifted": ((CT + 1100).astype("u2"), "error", "HU", "HU shifted up by about 1024"),
    "clipped": (np.clip(CT, 0, 500) * 3, "warn", "HU", "no value is below 0"),
    "padding": (changed(CT, (slice(None), slice(0, 2)), -3024), "warn", "HU", "outside the scanner's field of view"),
    "padded lesion": (changed(CT, (3, 11, 13), -2000), "error", "HU", "some of them in the lesion"),
    "metal": (changed(CT, (0, 0, 0), 9000), "warn", "HU", "1 voxel above 4000 HU, up to 9000"),
    "half slope": ((CT * 0.5).round().astype("i2"), "warn", "HU", "air ought to be near -1000"),
    "air in the lesion": (changed(CT, (slice(2, 4), *LESION[1:]), -800), "warn", "lesion HU", "50% of the lesion"),
    "bone": (CT + 600 * (MASK > 0), "warn", "lesion HU", "as of bone or metal"),
}
MASKS = {
    "empty": (MASK * 0, "error", "empty mask", "the mask is empty"),
    "label 2": (MASK * 2, "error", "label", "no voxel of the mask has label 1; its labels are 2 (224 voxels)"),
    "0.9999": ((MASK * 0.9999).astype("f4"), "error", "mask values", "nearly whole numbers in the mask (224 voxels"),
    "0.5": ((MASK * 0.5).astype("f4"), "error", "mask values", "resampled with interpolation"),
    "NaN": (changed(MASK, (0, 0, 0), np.nan, "f4"), "error", "mask values", "not finite numbers in the mask"),
    "the CT": (ct_voxels(9), "error", "mask is an image", "it is an image, not a mask"),
    "float CT": (ct_voxels(9) + np.float32(0.25), "error", "mask is an image", "it is an image"),
    "same file": (CT, "error", "mask is an image", "mask and image hold the same voxels"),
    "all": (MASK * 0 + 1, "error", "label", "the mask covers the whole image"),
    "two labels": (changed(MASK, (7, 7, 7), 3), "ok", "label", "label 1 is used"),
    "specks": (changed(MASK, (7, 7, 7), 1), "ok", "components", "2 pieces; the largest has 99% of the voxels"),
    "two lesions": (changed(MASK, (slice(7, 8), slice(6, 22), slice(6, 12)), 1), "warn", "components", "2 pieces"),
    "border": (TO_THE_SIDE, "warn", "border", "first slice, last column"),
    "one voxel": (changed(MASK * 0, (4, 12, 12), 1), "error", "voxels", "the lesion is one voxel"),
    "a line": (changed(MASK * 0, (4, 12, slice(8, 20)), 1), "error", "voxels", "a line of 12 voxels"),
    "small": (changed(MASK * 0, (slice(3, 5), slice(12, 15), slice(12, 15)), 1), "warn", "voxels", "18 voxels"),
    "one slice": (changed(MASK * 0, (4, *LESION[1:]), 1), "warn", "slices", "on one slice alone"),
}  # fmt: skip


@pytest.mark.parametrize(("voxels", "level", "check", "words"), IMAGES.values(), ids=IMAGES)
def test_faults_of_images(on_disk, voxels, level, check, words):
    cohort = on_disk()
    cohort.save(voxels, "c1.nii.gz")
    [found] = findings_of(cohort)
    assert found[:2] == (level, check)
    assert words in found[2]


@pytest.mark.parametrize(("voxels", "level", "check", "words"), MASKS.values(), ids=MASKS)
def test_faults_of_masks(on_disk, voxels, level, check, words):
    cohort = on_disk()
    cohort.save(voxels, "c1_mask.nii.gz")
    found = [finding for finding in findings_of(cohort) if finding[1] == check]
    assert [finding[0] for finding in found] == [level]
    assert words in found[0][2]


@pytest.mark.parametrize("name", [name for name in MASKS if name not in ("border", "two lesions")])
def test_a_fault_of_a_mask_is_told_once(on_disk, name):
    cohort = on_disk()
    cohort.save(MASKS[name][0], "c1_mask.nii.gz")
    assert len(findings_of(cohort)) == 1


def test_whole_body_masks_of_many_labels_are_masks(on_disk):
    cohort = on_disk()
    mask = MASK.copy()
    mask[7].flat[:120] = np.arange(2, 122)
    cohort.save(mask, "c1_mask.nii.gz")
    assert [finding[:2] for finding in findings_of(cohort)] == [("ok", "label")]


def test_other_modalities_are_not_held_to_hu(on_disk):
    cohort = on_disk()
    cohort.save((CT + 1100).astype("u2"), "c1.nii.gz")
    assert findings_of(cohort, modality="other") == []


def test_min_voxels_and_resampling(on_disk):
    assert findings_of(on_disk(), min_voxels=225)[0][:2] == ("warn", "voxels")
    [found] = findings_of(on_disk(), resampled_spacing_mm=[3, 3, 3])
    assert found == ("warn", "voxels", "about 16 voxels of the lesion are left after resampling, fewer than 50")


GRIDS = {
    "shifted": (as_image(MASK, origin_mm=(-9.5, 20.5, 30.25)), "other origin"),
    "elsewhere": (as_image(MASK, origin_mm=(900.0, 20.5, 30.25)), "no overlap"),
    "spaced": (as_image(MASK, spacing_mm=(0.75, 0.875, 2.5)), "other spacing"),
    "cropped": (as_image(MASK)[5:30, 5:25, 1:8], "part of the image"),
    "flipped": (sitk.Flip(as_image(MASK), [True, False, False]), "flipped"),
    "transposed": (sitk.GetImageFromArray(MASK.transpose(2, 1, 0)), "axes swapped"),
    "bare": (sitk.GetImageFromArray(MASK), "geometry lost"),
}


@pytest.mark.parametrize(("mask", "name"), GRIDS.values(), ids=GRIDS)
def test_grids(on_disk, mask, name):
    cohort = on_disk()
    cohort.save(mask, "c1_mask.nii.gz")
    check = check_cohort(cohort.write())
    assert check.findings["value"].tolist() == [name]
    assert check.findings["advice"].str.len().gt(20).all()
    assert np.isnan(check.table.at["c1", "volume_ml"]), "voxels are not read against a header"


@pytest.mark.parametrize(
    ("name", "level"), [("cropped", "ok"), ("shifted", "warn"), ("elsewhere", "error"), ("bare", "error")]
)
def test_grids_where_the_mask_is_resampled(on_disk, name, level):
    cohort = on_disk()
    cohort.save(GRIDS[name][0], "c1_mask.nii.gz")
    check = check_cohort(cohort.write(), on_mismatch="resample")
    assert check.table.at["c1", "level"] == level
    if name == "cropped":
        assert check.table.at["c1", "n_voxels"] == 224


def test_lesion_beyond_the_image_after_resampling(on_disk):
    cohort = on_disk()
    beyond = changed(MASK * 0, (slice(0, 2), slice(0, 4), slice(0, 3)), 1)
    cohort.save(as_image(beyond, origin_mm=(-16.0, 20.5, 30.25)), "c1_mask.nii.gz")
    assert "nothing of the lesion" in findings_of(cohort, on_mismatch="resample")[-1][2]


def test_spacing_no_ct_has(on_disk):
    cohort = on_disk()
    for name, voxels in (("c1.nii.gz", CT), ("c1_mask.nii.gz", MASK)):
        cohort.save(voxels, name, spacing_mm=(0.075, 0.0875, 30.0))
    assert "which no CT has" in findings_of(cohort)[0][2]


def test_image_without_geometry(on_disk):
    cohort = on_disk()
    for name, voxels in (("c1.nii.gz", CT), ("c1_mask.nii.gz", MASK)):
        cohort.save(sitk.GetImageFromArray(voxels), name)
    assert "saved from an array" in findings_of(cohort)[0][2]


def test_truncated_and_wrong_files(on_disk):
    cohort = on_disk(3)
    path = cohort.folder / "c1.nii.gz"
    path.write_bytes(path.read_bytes()[:-200])
    (cohort.folder / "c2.nii.gz").write_text("no image")
    (cohort.folder / "c3_mask.nii.gz").rename(cohort.folder / "c3.png")
    cohort.table.loc[2, "mask"] = "c3.png"
    check = check_cohort(cohort.write())
    assert check.findings["check"].tolist() == ["file", "file", "file"]
    assert check.findings["message"].tolist() == [
        "image c1.nii.gz: the file is cut short: its compressed data end early",
        "image c2.nii.gz: this is not a NIfTI file",
        "mask c3.png: files of this kind cannot be read, only .nii, .nii.gz, .nrrd, .nhdr, .mha, .mhd",
    ]
    assert check.findings["value"][0].endswith("c1.nii.gz")


def test_fault_of_the_check_itself_is_a_finding(on_disk, monkeypatch):
    def fail(cases, headers, limits):
        raise KeyError("something")

    monkeypatch.setattr("radiohers.cohort._check.check_voxels", fail)
    assert findings_of(on_disk())[0] == ("error", "check failed", "the check itself failed: KeyError: 'something'")


@pytest.mark.parametrize(
    ("slices", "named"),
    [
        ([2, 4, 6], "slices 3 (39.25 mm), 5 (45.25 mm) (counted from 0)"),
        ([1, 2, 4, 5], "slice 3 (39.25 mm) (counted from 0)"),
        ([2, 5], "slices 3 (39.25 mm), 4 (42.25 mm) (counted from 0)"),
        ([3, 4, 5], None),
        ([1, 2, 7, 8], None),
    ],
)
@pytest.mark.parametrize("label", [1, 3])
def test_slices_on_which_the_lesion_is_not_drawn(on_disk, slices, named, label):
    mask = np.zeros(SHAPE, dtype=np.uint8)
    mask[slices, 10:17, 12:20] = label
    cohort = on_disk()
    cohort.save(mask, "c1_mask.nii.gz")
    cohort.table["mask_label"] = [label, 1]
    found = {check: (level, message) for level, check, message in findings_of(cohort)}
    said = f"the lesion is not drawn on {named}, though it is on slices below and above"
    assert found.get("missing slices") == (("warn", said) if named else None)
