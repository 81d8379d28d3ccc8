"""Tests of reading an image with its mask."""

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from radiohers.exceptions import GeometryError, ImageReadError, MaskError
from radiohers.images import ImagePair, read_pair


def array(image):
    return sitk.GetArrayFromImage(image)


def geometry(image):
    return image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection()


def changed(image, voxels):
    """Return an image with the geometry of another one and new voxels."""
    result = sitk.GetImageFromArray(voxels)
    result.CopyInformation(image)
    return result


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "i8", "f4", "f8"])
def test_image_keeps_its_pixel_type_and_mask_is_0_and_1(ct, mask, voxels, dtype):
    voxels = voxels.clip(0, 255).astype(dtype)
    pair = read_pair(changed(ct, voxels), mask)
    assert isinstance(pair, ImagePair)
    assert array(pair.image).dtype == dtype
    assert pair.mask.GetPixelID() == sitk.sitkUInt8
    np.testing.assert_array_equal(array(pair.image), voxels)
    np.testing.assert_array_equal(array(pair.mask), array(mask) == 1)


def test_image_in_memory_is_not_shared(ct, mask):
    before = ct[0, 0, 0]
    pair = read_pair(ct, mask)
    pair.image[0, 0, 0] = 5000
    assert ct[0, 0, 0] == before


def test_label_chooses_the_lesion(ct, mask):
    assert np.argwhere(array(read_pair(ct, mask, label=np.int64(3)).mask)).tolist() == [[5, 1, 1]]


@pytest.mark.parametrize("dtype", ["i1", "u2", "i4", "i8", "f4", "f8"])
def test_masks_of_every_type_are_read(ct, mask, dtype):
    pair = read_pair(ct, changed(mask, array(mask).astype(dtype)))
    np.testing.assert_array_equal(array(pair.mask), array(mask) == 1)


@pytest.mark.parametrize(
    ("image_name", "mask_name"), [("i.nii.gz", "m.nii.gz"), ("i.nrrd", "m.nii"), ("i.mhd", "m.mha")]
)
def test_image_and_mask_may_be_of_two_formats(ct, mask, save, image_name, mask_name):
    pair = read_pair(save(ct, image_name), save(mask, mask_name))
    assert geometry(pair.mask) == geometry(pair.image)
    np.testing.assert_array_equal(array(pair.mask), array(mask) == 1)


def test_nibabel_mask_fits_an_image_by_path(ct, mask, save):
    pair = read_pair(save(ct, "i.mha"), nibabel.load(save(mask, "m.nii.gz")))
    np.testing.assert_array_equal(array(pair.mask), array(mask) == 1)


def test_mask_within_the_tolerance_gets_the_geometry_of_the_image(ct, mask):
    mask.SetOrigin(np.add(ct.GetOrigin(), 5e-4).tolist())
    pair = read_pair(ct, mask)
    assert geometry(pair.mask) == geometry(pair.image) == geometry(ct)


def test_two_dimensions_become_one_slice(ct, mask):
    pair = read_pair(ct[:, :, 3], mask[:, :, 3])
    assert pair.image.GetSize() == pair.mask.GetSize() == (9, 8, 1)


def test_geometry_error_word_for_word(ct, mask, save):
    mask.SetOrigin(np.add(ct.GetOrigin(), (0, 0, 0.98)).tolist())
    image_path, mask_path = save(ct, "a.nii.gz"), save(mask, "b.nii.gz")
    with pytest.raises(GeometryError) as caught:
        read_pair(image_path, mask_path, case_id="STS_019")
    assert str(caught.value) == (
        "case 'STS_019': mask and image differ in origin by 0.98 mm (tolerance 0.001); 95% of the mask lies in the "
        f"image. image={image_path} mask={mask_path}. Either the export lost the position: if the lesion lies where "
        "it should once both are shown voxel by voxel, give the mask the image's geometry (SimpleITK: "
        "mask.CopyInformation(image)) and save it. Or the mask was drawn on another series or on a resampled one: "
        'resample the mask onto the image: read_pair(..., on_mismatch="resample"), or correctMask: true in the '
        "parameters, and look at the result."
    )


def test_geometry_error_without_case_names_images_in_memory(ct, mask):
    with pytest.raises(GeometryError) as caught:
        read_pair(ct, mask[:, :, :6])
    assert str(caught.value).startswith(
        "mask and image differ in shape: mask (9, 8, 6), image (9, 8, 7) voxels (x, y, z); "
        "the mask covers the part that begins at voxel (0, 0, 0). "
        "image=SimpleITK image (9, 8, 7) in memory mask=SimpleITK image (9, 8, 6) in memory. "
        "Resample the mask"
    )


def test_larger_tolerance_accepts(ct, mask):
    mask.SetOrigin(np.add(ct.GetOrigin(), (0, 0, 0.98)).tolist())
    assert geometry(read_pair(ct, mask, tolerance_mm=1).mask) == geometry(ct)


def test_resampling_a_flipped_and_permuted_mask_is_exact(ct, mask):
    turned = sitk.PermuteAxes(sitk.Flip(mask, (True, False, True)), (2, 0, 1))
    pair = read_pair(ct, turned, on_mismatch="resample")
    np.testing.assert_array_equal(array(pair.mask), array(mask) == 1)
    assert geometry(pair.mask) == geometry(ct)


def test_resampling_a_cropped_mask_puts_it_in_its_place(ct, mask):
    pair = read_pair(ct, mask[3:9, 2:7, 1:5], on_mismatch="resample")
    np.testing.assert_array_equal(array(pair.mask), array(mask) == 1)


def test_resampling_takes_the_nearest_voxel(ct, mask):
    finer = sitk.Resample(
        mask,
        [27, 24, 21],
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
        mask.TransformContinuousIndexToPhysicalPoint([-1 / 3] * 3),
        [spacing / 3 for spacing in mask.GetSpacing()],
        mask.GetDirection(),
    )
    pair = read_pair(ct, finer, label=3, on_mismatch="resample")
    assert array(finer).sum() == 27 * array(mask).sum()
    np.testing.assert_array_equal(array(pair.mask), array(mask) == 3)


def test_nothing_left_after_resampling(ct, mask):
    mask.SetOrigin((5000.0, 0.0, 0.0))
    with pytest.raises(MaskError) as caught:
        read_pair(ct, mask, on_mismatch="resample", case_id="STS_019")
    assert str(caught.value) == (
        "case 'STS_019': nothing of the lesion (label 1) is left on the image's grid after resampling the mask. "
        "image=SimpleITK image (9, 8, 7) in memory mask=SimpleITK image (9, 8, 7) in memory. "
        "Check that both show the same patient and series."
    )


def test_empty_mask(ct, mask):
    with pytest.raises(MaskError) as caught:
        read_pair(ct, mask * 0, case_id="STS_019")
    assert str(caught.value) == (
        "case 'STS_019': mask SimpleITK image (9, 8, 7) in memory: the mask is empty, all 504 voxels are 0. "
        "Draw the lesion, or check the export."
    )


def test_missing_label_names_the_others(ct, mask):
    with pytest.raises(MaskError) as caught:
        read_pair(ct, mask, label=2)
    assert str(caught.value) == (
        "mask SimpleITK image (9, 8, 7) in memory: no voxel has label 2; the labels are 1 (24 voxels), 3 (1 voxel). "
        "Set label (in a cohort, the column mask_label) to one of them."
    )


def test_ct_given_as_mask(ct):
    with pytest.raises(MaskError, match="its values, -200 to 303, are those of an image, not of a mask"):
        read_pair(ct, ct)


def test_missing_label_of_many_stays_short(ct, mask, voxels):
    with pytest.raises(MaskError, match=r"1 \(\d+ voxels\).* and 79 more\."):
        read_pair(ct, changed(mask, np.abs(voxels) % 90), label=100)


@pytest.mark.parametrize("value", [0.9999, 0.5, np.nan, np.inf])
def test_mask_that_is_not_of_whole_numbers(ct, mask, value):
    voxels = array(mask).astype(np.float32)
    voxels[voxels == 1] = value
    with pytest.raises(MaskError) as caught:
        read_pair(ct, changed(mask, voxels))
    assert str(caught.value) == (
        f"mask SimpleITK image (9, 8, 7) in memory: 24 of 504 voxels are not whole numbers (for instance {value:g}). "
        "Threshold the mask, or repeat its resampling with nearest neighbour."
    )


def test_image_with_nan_or_infinite_voxels(ct, mask, voxels):
    broken = voxels.astype(np.float32)
    broken[0, 0, :3] = np.nan
    broken[1, 1, 1] = -np.inf
    with pytest.raises(ImageReadError) as caught:
        read_pair(changed(ct, broken), mask, case_id="STS_019")
    assert str(caught.value) == (
        "case 'STS_019': image SimpleITK image (9, 8, 7) in memory: 3 NaN and 1 infinite of 504 voxels. Replace them, "
        "in CT by the value of air: numpy.nan_to_num(voxels, nan=-1024, posinf=-1024, neginf=-1024)."
    )


def test_errors_of_reading_say_whether_image_or_mask(ct):
    with pytest.raises(ImageReadError, match=r"^case 'STS_019': mask missing\.nii\.gz: no such file\."):
        read_pair(ct, "missing.nii.gz", case_id="STS_019")
    with pytest.raises(ImageReadError, match=r"^case 'STS_019': image missing\.nii\.gz: no such file\."):
        read_pair("missing.nii.gz", ct, case_id="STS_019")


@pytest.mark.parametrize(
    "parameters", [{"on_mismatch": "ignore"}, {"tolerance_mm": -1}, {"label": 0}, {"label": 1.5}, {"tolerance_mm": "1"}]
)
def test_parameters_are_checked(ct, mask, parameters):
    (name,) = parameters
    with pytest.raises(ValueError, match=f"^The '{name}' parameter of read_pair must be "):
        read_pair(ct, mask, **parameters)


def test_real_case_equals_what_simpleitk_reads(sts_ct):
    pair = read_pair(sts_ct / "STS_019_ct.nii.gz", sts_ct / "STS_019_mask.nii.gz")
    image = sitk.ReadImage(str(sts_ct / "STS_019_ct.nii.gz"), sitk.sitkFloat64)
    assert geometry(pair.image) == geometry(pair.mask) == geometry(image)
    np.testing.assert_array_equal(array(pair.image), array(image))
    np.testing.assert_array_equal(array(pair.mask), array(sitk.ReadImage(str(sts_ct / "STS_019_mask.nii.gz"))))
