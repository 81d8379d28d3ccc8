"""Tests of the digest of an image's content."""

import hashlib

import nibabel
import pytest
import SimpleITK as sitk

from radiohers.exceptions import ImageReadError
from radiohers.images import content_hash, read_image


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.mha"])
def test_files_that_hold_everything_are_hashed_as_they_are(ct, save, name):
    path = save(ct, name)
    assert content_hash(path) == content_hash(str(path)) == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["a.nrrd", "a.nhdr", "a.mhd"])
def test_other_files_are_hashed_by_what_they_hold(ct, save, name):
    path = save(ct, name)
    assert content_hash(path) == content_hash(read_image(path))


@pytest.mark.parametrize(("name", "data"), [("a.nhdr", "a.raw"), ("a.mhd", "a.raw")])
def test_a_changed_data_file_changes_the_hash(ct, save, name, data):
    path = save(ct, name)
    before = content_hash(path)
    content = bytearray((path.parent / data).read_bytes())
    content[100] ^= 1
    (path.parent / data).write_bytes(content)
    assert content_hash(path) != before


def test_mha_header_that_names_a_data_file_is_decoded(ct, save, tmp_path):
    path = save(ct, "a.mhd").rename(tmp_path / "b.mha")
    assert content_hash(path) == content_hash(ct)


def test_equal_images_in_memory_have_equal_hashes(ct, save):
    image = nibabel.load(save(ct, "a.nii.gz"))
    assert content_hash(sitk.Cast(ct, sitk.sitkInt16)) == content_hash(ct)
    assert content_hash(image) == content_hash(nibabel.Nifti1Image(image.dataobj, image.affine))


def test_minus_zero_in_the_geometry_is_zero(ct):
    ct.SetOrigin((0.0, 0.0, 0.0))
    before = content_hash(ct)
    ct.SetOrigin((-0.0, -0.0, 0.0))
    assert content_hash(ct) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image.SetPixel(0, 0, 0, 9999),
        lambda image: image.SetSpacing((0.75, 0.875, 3.5)),
        lambda image: image.SetOrigin((0.0, 0.0, 0.0)),
        lambda image: image.SetDirection((0, 1, 0, 1, 0, 0, 0, 0, 1)),
    ],
)
def test_every_change_changes_the_hash(ct, change):
    before = content_hash(ct)
    change(ct)
    assert content_hash(ct) != before


def test_pixel_type_and_shape_are_part_of_the_content():
    images = [
        sitk.Image(9, 8, 7, sitk.sitkInt16),
        sitk.Image(9, 8, 7, sitk.sitkUInt16),
        sitk.Image(7, 8, 9, sitk.sitkInt16),
    ]
    assert len({content_hash(image) for image in images}) == 3


def test_missing_file_gives_the_error_of_reading(tmp_path):
    with pytest.raises(ImageReadError) as of_reading:
        read_image(tmp_path / "a.nii.gz")
    with pytest.raises(ImageReadError) as of_hashing:
        content_hash(tmp_path / "a.nii.gz")
    assert str(of_hashing.value) == str(of_reading.value)
