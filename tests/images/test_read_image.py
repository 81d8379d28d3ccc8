"""Tests of reading one image."""

import gzip
import struct
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from radiohers.exceptions import ImageReadError
from radiohers.images import describe_source, read_image

FORMATS = ["a.nii", "a.nii.gz", "a.nrrd", "a.nhdr", "a.mha", "a.mhd"]
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def assert_same(image, expected, tolerance_mm=1e-5):
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(expected))
    assert image.GetPixelID() == expected.GetPixelID()
    for property_ in ("GetSpacing", "GetOrigin", "GetDirection"):
        np.testing.assert_allclose(getattr(image, property_)(), getattr(expected, property_)(), atol=tolerance_mm)


def affine_ras(image):
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return LPS @ affine


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_image(ct, save, name, compress):
    assert_same(read_image(save(ct, name, compress)), ct)


@pytest.mark.parametrize("kind", [str, Path, lambda path: str(path).encode()])
def test_paths_of_every_kind_are_read(ct, save, kind):
    assert_same(read_image(kind(save(ct, "a.nii"))), ct)


@pytest.mark.parametrize("name", ["A.NII.GZ", "A.NRRD", "A.MHA", "léşion 1.nii.gz", "léşion 1.mha"])
def test_unusual_names_are_read(ct, save, tmp_path, name):
    path = save(ct, "a" + "".join(Path(name).suffixes).lower()).rename(tmp_path / name)
    assert_same(read_image(path), ct)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"])
@pytest.mark.parametrize("name", ["a.nii.gz", "a.nrrd", "a.mha"])
def test_pixel_type_is_kept(ct, save, voxels, name, dtype):
    image = sitk.GetImageFromArray((voxels % 100).astype(dtype))
    image.CopyInformation(ct)
    assert_same(read_image(save(image, name)), image)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_nifti_equals_what_simpleitk_reads(ct, save, name):
    path = save(ct, name)
    assert_same(read_image(path), sitk.ReadImage(str(path)), tolerance_mm=0)


def test_scaled_nifti_is_scaled(voxels, tmp_path):
    image = nibabel.Nifti1Image(voxels.T / 10, np.eye(4))
    image.set_data_dtype(np.int16)
    image.to_filename(tmp_path / "a.nii.gz")
    read = sitk.GetArrayFromImage(read_image(tmp_path / "a.nii.gz"))
    np.testing.assert_allclose(read, voxels / 10, atol=0.01)


def test_big_endian_nifti_is_swapped(ct, voxels, tmp_path):
    header = nibabel.Nifti1Header(endianness=">")
    header.set_data_dtype(">i2")
    nibabel.Nifti1Image(voxels.T, affine_ras(ct), header).to_filename(tmp_path / "a.nii")
    assert struct.unpack(">i", (tmp_path / "a.nii").read_bytes()[:4]) == (348,)
    assert_same(read_image(tmp_path / "a.nii"), ct)


def test_nifti_2_is_read(ct, voxels, tmp_path):
    nibabel.Nifti2Image(voxels.T, affine_ras(ct)).to_filename(tmp_path / "a.nii.gz")
    assert_same(read_image(tmp_path / "a.nii.gz"), ct)


def test_gzip_files_of_several_members_are_read(ct, save, tmp_path):
    content = save(ct, "a.nii").read_bytes()
    (tmp_path / "b.nii.gz").write_bytes(gzip.compress(content[:500]) + gzip.compress(content[500:]))
    assert_same(read_image(tmp_path / "b.nii.gz"), ct)


def test_simpleitk_image_is_returned_itself(ct):
    assert read_image(ct) is ct


def test_nibabel_image_keeps_its_place_in_the_patient(ct, voxels):
    assert_same(read_image(nibabel.Nifti1Image(voxels.T, affine_ras(ct))), ct)


def test_nibabel_image_equals_the_file_it_came_from(ct, save):
    path = save(ct, "a.nii.gz")
    assert_same(read_image(nibabel.load(path)), read_image(path))


def test_scaled_nibabel_image_is_scaled(voxels, tmp_path):
    image = nibabel.Nifti1Image(voxels.T / 10, np.eye(4))
    image.set_data_dtype(np.int16)
    image.to_filename(tmp_path / "a.nii")
    read = sitk.GetArrayFromImage(read_image(nibabel.load(tmp_path / "a.nii")))
    np.testing.assert_allclose(read, voxels / 10, atol=0.01)


@pytest.mark.parametrize(("dtype", "expected"), [("?", "u1"), ("e", "f4"), (">i2", "i2"), ("g", "f8")])
def test_nibabel_types_that_simpleitk_lacks_are_converted(voxels, dtype, expected):
    image = nibabel.spatialimages.SpatialImage((voxels.T > 0).astype(dtype), np.eye(4))
    read = sitk.GetArrayFromImage(read_image(image))
    assert read.dtype == expected
    np.testing.assert_array_equal(read, voxels > 0)


def test_two_dimensions_become_one_slice(ct, save):
    read = read_image(save(ct[:, :, 3], "a.mha"))
    assert read.GetSize() == (9, 8, 1)
    assert read.GetSpacing() == (0.75, 0.875, 1.0)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(read)[0], sitk.GetArrayFromImage(ct)[3])


def test_nifti_of_two_dimensions_becomes_one_slice(voxels, tmp_path):
    nibabel.Nifti1Image(voxels[3].T, np.diag([0.75, 0.875, 3.0, 1.0])).to_filename(tmp_path / "a.nii.gz")
    read = read_image(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(read), voxels[3:4])
    assert read.GetSpacing() == (0.75, 0.875, 1.0)


def test_a_fourth_axis_of_one_voxel_is_dropped(ct, voxels):
    assert_same(read_image(sitk.JoinSeries(ct)), ct)
    assert_same(read_image(nibabel.Nifti1Image(voxels.T[..., None], affine_ras(ct))), ct)


SOURCES = {
    "colours": sitk.Image((9, 8, 7), sitk.sitkVectorUInt8, 3),
    "complex": sitk.Image((9, 8, 7), sitk.sitkComplexFloat32),
    "4-D": sitk.Image((9, 8, 7, 2), sitk.sitkInt16),
    "empty": sitk.Image(),
    "labels": sitk.Image((9, 8, 7), sitk.sitkLabelUInt8),
    "array": np.zeros((7, 8, 9)),
    "none": None,
    "nibabel 4-D": nibabel.Nifti1Image(np.zeros((9, 8, 7, 2), np.int16), np.eye(4)),
    "nibabel complex": nibabel.Nifti1Image(np.zeros((9, 8, 7), np.complex64), np.eye(4)),
    "nibabel colours": nibabel.Nifti1Image(np.zeros((9, 8, 7), [("R", "u1"), ("G", "u1"), ("B", "u1")]), np.eye(4)),
    "no affine": nibabel.spatialimages.SpatialImage(np.zeros((9, 8, 7), np.int16), None),
    "flat": nibabel.spatialimages.SpatialImage(np.zeros((9, 8, 7), np.int16), np.diag([1.0, 1.0, 0.0, 1.0])),
}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "colours",
            (
                "case 7: image SimpleITK image (9, 8, 7) in memory: it holds 3 numbers a voxel, not 1 (colours or a "
                "vector). Pick one, for instance SimpleITK.VectorIndexSelectionCast(image, 0)."
            ),
        ),
        (
            "complex",
            (
                "case 7: image SimpleITK image (9, 8, 7) in memory: its voxels are complex numbers. Take their size: "
                "SimpleITK.ComplexToModulus(image)."
            ),
        ),
        (
            "4-D",
            (
                "case 7: image SimpleITK image (9, 8, 7, 2) in memory: it has 4 dimensions (9, 8, 7, 2), not 3. "
                "Pick one volume, for instance image[:, :, :, 0]."
            ),
        ),
        ("empty", "case 7: image SimpleITK image (0, 0) in memory: it has no voxels."),
        (
            "labels",
            (
                "case 7: image SimpleITK image (9, 8, 7) in memory: its voxels are of the kind 'label of 8-bit "
                "unsigned integer', not numbers. Cast it, for instance SimpleITK.Cast(image, SimpleITK.sitkFloat32)."
            ),
        ),
        (
            "array",
            (
                "case 7: image numpy.ndarray object: this is not an image. Give a path, a SimpleITK image or a nibabel "
                "image. An array has no voxel spacing: make an image of it with SimpleITK.GetImageFromArray and "
                "SetSpacing."
            ),
        ),
        (
            "none",
            "case 7: image NoneType object: this is not an image. Give a path, a SimpleITK image or a nibabel image.",
        ),
        (
            "nibabel 4-D",
            (
                "case 7: image nibabel image (9, 8, 7, 2) in memory: it has 4 dimensions (9, 8, 7, 2), not 3. "
                "Pick one volume, for instance image.slicer[..., 0]."
            ),
        ),
        (
            "nibabel complex",
            (
                "case 7: image nibabel image (9, 8, 7) in memory: its voxels are complex numbers. Take their size: "
                "SimpleITK.ComplexToModulus(image)."
            ),
        ),
        (
            "nibabel colours",
            "case 7: image nibabel image (9, 8, 7) in memory: it holds 3 numbers a voxel, not 1 (colours or a vector).",
        ),
        (
            "no affine",
            (
                "case 7: image nibabel image (9, 8, 7) in memory: its affine is missing or not finite. "
                "Give the nibabel image an affine."
            ),
        ),
        (
            "flat",
            (
                "case 7: image nibabel image (9, 8, 7) in memory: its affine is singular: the voxel spacing is 0 mm "
                "along an axis. Set the affine."
            ),
        ),
    ],
)
def test_images_that_cannot_be_used_are_refused(source, message):
    with pytest.raises(ImageReadError) as caught:
        read_image(SOURCES[source], case_id=np.int64(7))
    assert str(caught.value) == message


def test_sheared_images_are_refused(ct, save, voxels, tmp_path):
    affine = np.diag([0.75, 0.875, 3.0, 1.0])
    affine[0, 1] = 0.3
    nibabel.Nifti1Image(voxels.T, affine).to_filename(tmp_path / "a.nii.gz")
    ct.SetDirection((1, 0.3, 0, 0, 1, 0, 0, 0, 1))
    for source in (ct, save(ct, "a.mha"), tmp_path / "a.nii.gz", nibabel.load(tmp_path / "a.nii.gz")):
        with pytest.raises(ImageReadError, match="its axes are not at right angles"):
            read_image(source)


def test_missing_file(tmp_path):
    path = tmp_path / "a.nii.gz"
    with pytest.raises(ImageReadError) as caught:
        read_image(path, case_id="STS_019")
    assert str(caught.value) == (
        f"case 'STS_019': image {path}: no such file. Check the path; a relative one starts at the working directory."
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "image : the path is empty. Give the path of an image file."),
        ("{folder}", "image {folder}: this is a folder. Give the path of an image file; read a DICOM series with"),
        ("{folder}/a.dcm", "image {folder}/a.dcm: files of this kind cannot be read, only .nii, .nii.gz, .nrrd, .nhdr"),
        ("a" * 500 + ".nii", "the file cannot be opened (File name too long). Check its path and permissions."),
    ],
)
def test_paths_that_are_no_image_are_refused(tmp_path, source, message):
    (tmp_path / "a.dcm").touch()
    with pytest.raises(ImageReadError) as caught:
        read_image(source.format(folder=tmp_path))
    assert message.format(folder=tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("ct.nii", "ct.nii"),
        (Path("ct.nii"), "ct.nii"),
        (b"ct.nii", "ct.nii"),
        (sitk.Image(9, 8, 7, sitk.sitkInt16), "SimpleITK image (9, 8, 7) in memory"),
        (nibabel.Nifti1Image(np.zeros((9, 8, 7), np.int16), np.eye(4)), "nibabel image (9, 8, 7) in memory"),
        (3.5, "float object"),
    ],
)
def test_describe_source(source, name):
    assert describe_source(source) == name
