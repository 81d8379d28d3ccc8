"""Tests that files which are cut short or damaged are found, and that SimpleITK's own messages stay inside."""

import struct

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from radiohers.exceptions import ImageReadError
from radiohers.images import read_image

CUT_SHORT = "the file is cut short"
DAMAGED = "its compressed data are damaged"
# name, whether compressed, the file that holds the voxels
STORED = [
    ("a.nii", False, "a.nii"),
    ("a.nii.gz", True, "a.nii.gz"),
    ("a.nrrd", False, "a.nrrd"),
    ("a.nrrd", True, "a.nrrd"),
    ("a.nhdr", False, "a.raw"),
    ("a.nhdr", True, "a.raw.gz"),
    ("a.mha", False, "a.mha"),
    ("a.mha", True, "a.mha"),
    ("a.mhd", False, "a.raw"),
    ("a.mhd", True, "a.zraw"),
]


def refusal(path, capfd):
    """Return the message with which an image is refused, after checking that it is one line and the only one."""
    capfd.readouterr()
    with pytest.raises(ImageReadError) as caught:
        read_image(path)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert capfd.readouterr() == ("", "")
    return str(caught.value)


@pytest.mark.parametrize("n_bytes_lost", [1, 100, 300])
@pytest.mark.parametrize(("name", "compress", "stored"), STORED)
def test_voxels_cut_short_are_found(ct, save, capfd, name, compress, stored, n_bytes_lost):
    path = save(ct, name, compress)
    content = (path.parent / stored).read_bytes()
    (path.parent / stored).write_bytes(content[:-n_bytes_lost])
    assert CUT_SHORT in refusal(path, capfd)


@pytest.mark.parametrize(("name", "compress", "stored"), [entry for entry in STORED if entry[1]])
def test_damaged_compressed_voxels_are_found(ct, save, capfd, name, compress, stored):
    path = save(ct, name, compress)
    content = bytearray((path.parent / stored).read_bytes())
    content[-100] ^= 0x55
    (path.parent / stored).write_bytes(content)
    assert DAMAGED in refusal(path, capfd)


@pytest.mark.parametrize(("name", "compress", "stored"), [entry for entry in STORED if entry[1]])
def test_an_end_of_zeros_is_found(ct, save, capfd, name, compress, stored):
    path = save(ct, name, compress)
    content = (path.parent / stored).read_bytes()
    (path.parent / stored).write_bytes(content[:-200] + bytes(200))
    message = refusal(path, capfd)
    assert DAMAGED in message or CUT_SHORT in message


def test_message_of_a_file_cut_short(ct, save):
    path = save(ct, "a.nii")
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ImageReadError) as caught:
        read_image(path, case_id="STS_019")
    assert str(caught.value) == (
        f"case 'STS_019': image {path}: the file is cut short: it holds 1000 of 1008 bytes of voxels. "
        "Copy or export it again."
    )


@pytest.mark.parametrize("n_bytes", [0, 3, 30, 200])
@pytest.mark.parametrize(("name", "compress", "stored"), STORED)
def test_headers_cut_short_are_found(ct, save, capfd, name, compress, stored, n_bytes):
    path = save(ct, name, compress)
    path.write_bytes(path.read_bytes()[:n_bytes])
    assert refusal(path, capfd).startswith(f"image {path}: ")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.nhdr", "a.mha", "a.mhd"])
@pytest.mark.parametrize("content", [b"<html>404</html>" * 99, bytes(2000), bytes(range(256)) * 8])
def test_files_of_another_kind_are_refused(tmp_path, capfd, name, content):
    (tmp_path / name).write_bytes(content)
    assert "this is not a" in refusal(tmp_path / name, capfd)


@pytest.mark.parametrize(("name", "data"), [("a.nhdr", "a.raw"), ("a.mhd", "a.raw")])
def test_missing_data_file_is_named(ct, save, capfd, name, data):
    path = save(ct, name)
    (path.parent / data).unlink()
    assert refusal(path, capfd).endswith(
        f"its data file {data} is missing. Keep the header and the data file together."
    )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("DimSize = 9 8 7", "DimSize = 9 8", "contradicts itself: NDims = 3, DimSize = 9 8."),
        ("NDims = 3", "NDims = three", "contradicts itself: NDims = three, DimSize = 9 8 7."),
        ("MET_SHORT", "MET_STRING", "names an unknown ElementType = MET_STRING."),
        ("DimSize = 9 8 7", "DimSize = 9 8\xa07", "contradicts itself: NDims = 3, DimSize = 9 8\ufffd\ufffd7."),
        ("NDims = 3", "HeaderSize = x\nNDims = 3", "is damaged: HeaderSize = x."),
    ],
)
def test_broken_metaimage_headers_are_found(ct, save, capfd, old, new, reason):
    path = save(ct, "a.mhd")
    path.write_text(path.read_text().replace(old, new))
    assert refusal(path, capfd).endswith(f"its MetaImage header {reason}")


def test_compressed_metaimage_without_its_length_is_refused(ct, save, capfd):
    path = save(ct, "a.mhd", compress=True)
    path.write_text(path.read_text().replace("CompressedDataSize", "Comment"))
    assert refusal(path, capfd).endswith("its MetaImage header is damaged: CompressedDataSize = None.")


def test_gzip_named_as_plain_nifti_is_refused(ct, save, capfd, tmp_path):
    path = save(ct, "a.nii.gz").rename(tmp_path / "b.nii")
    assert refusal(path, capfd).endswith("the file is compressed with gzip. Rename it to end in .nii.gz.")


@pytest.mark.parametrize(("offset", "value"), [(40, b"\x09\x00"), (42, b"\xff\xff"), (70, b"\x01\x00")])
def test_broken_nifti_headers_are_found(ct, save, capfd, offset, value):
    path = save(ct, "a.nii")
    content = bytearray(path.read_bytes())
    content[offset : offset + 2] = value
    path.write_bytes(content)
    assert "NIfTI" in refusal(path, capfd)


def test_nifti_with_two_spacings_is_refused(ct, save, capfd):
    path = save(ct, "a.nii")
    content = bytearray(path.read_bytes())
    content[80:84] = struct.pack("<f", 0.9)
    path.write_bytes(content)
    assert refusal(path, capfd).endswith(
        "its NIfTI header gives two voxel spacings: (0.9, 0.875, 3.0) mm (pixdim) and (0.75, 0.875, 3.0) mm (sform). "
        "Find out which is right and save it with that one."
    )


def test_warnings_of_simpleitk_stay_inside_and_their_switch_as_it_was(ct, save, capfd):
    path = save(ct, "a.nii")
    content = bytearray(path.read_bytes())
    content[88:92] = struct.pack("<f", 3.0025)
    path.write_bytes(content)
    sitk.ReadImage(str(path))
    assert "unexpected scales in sform" in capfd.readouterr().err
    read_image(path)
    assert capfd.readouterr().err == ""
    assert sitk.ProcessObject.GetGlobalWarningDisplay()


@pytest.mark.parametrize("n_bytes", [300, 545, 1000])
def test_nifti_2_cut_short_is_found(voxels, capfd, tmp_path, n_bytes):
    nibabel.Nifti2Image(voxels.T, np.eye(4)).to_filename(tmp_path / "a.nii")
    (tmp_path / "a.nii").write_bytes((tmp_path / "a.nii").read_bytes()[:n_bytes])
    refusal(tmp_path / "a.nii", capfd)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_nibabel_image_of_a_file_cut_short_is_refused(ct, save, capfd, name):
    path = save(ct, name)
    image = nibabel.load(path)
    path.write_bytes(path.read_bytes()[:-300])
    assert "its voxels cannot be loaded" in refusal(image, capfd)


def test_padding_behind_gzip_data_is_no_damage(ct, save):
    path = save(ct, "a.nii.gz")
    path.write_bytes(path.read_bytes() + bytes(512))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(read_image(path)), sitk.GetArrayFromImage(ct))


def test_nifti_with_colours_or_complex_numbers_says_so(capfd, tmp_path):
    for name, dtype, reason in (
        ("a", np.complex64, "complex"),
        ("b", [("R", "u1"), ("G", "u1"), ("B", "u1")], "3 num"),
    ):
        path = tmp_path / f"{name}.nii.gz"
        nibabel.Nifti1Image(np.zeros((9, 8, 7), dtype), np.eye(4)).to_filename(path)
        assert reason in refusal(path, capfd)


def test_plain_nifti_under_a_gzip_name_is_read(ct, save, tmp_path):
    path = save(ct, "a.nii").rename(tmp_path / "b.nii.gz")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(read_image(path)), sitk.GetArrayFromImage(ct))
