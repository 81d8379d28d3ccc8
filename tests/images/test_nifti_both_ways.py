"""One NIfTI is one image: by path, by its header alone, and as a nibabel image; or an error both ways."""

import struct

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from radiohers.exceptions import ImageReadError
from radiohers.images import read_header, read_image

AFFINE = np.array([[-0.75, 0, 0, 10], [0, -0.875, 0, 20], [0, 0, 3, 30], [0, 0, 0, 1]])
COS, SIN = np.cos(0.3), np.sin(0.3)
TURNED = np.array([[COS, -SIN, 0, 0], [SIN, COS, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]) @ AFFINE
MOVED = AFFINE + np.array([[0, 0, 0, 7]] + [[0] * 4] * 3)


@pytest.fixture
def save(tmp_path):
    """Write an image, then some bytes of its header."""

    def save(patch=(), kind=nibabel.Nifti1Image, dtype=np.int16, ending=".nii", change=None, shape=(9, 8, 7)):
        voxels = np.random.default_rng(0).integers(0, 120, shape).astype(dtype)
        image = kind(voxels, AFFINE)
        if change is not None:
            change(image)
        path = tmp_path / f"a{ending}"
        nibabel.save(image, path)
        if patch:
            content = bytearray(path.read_bytes())
            for offset, form, *values in patch:
                struct.pack_into("<" + form, content, offset, *values)
            path.write_bytes(content)
        return path

    return save


def assert_one(path):
    """Compare all ways of reading and return the image."""
    by_path, in_memory, header = read_image(path), read_image(nibabel.load(path)), read_header(path)
    assert by_path.GetPixelID() == in_memory.GetPixelID()
    np.testing.assert_array_equal(sitk.GetArrayFromImage(by_path), sitk.GetArrayFromImage(in_memory))
    for name, of_header in (("Size", header.size), ("Spacing", header.spacing_mm), ("Origin", header.origin_mm)):
        values = [getattr(image, f"Get{name}")() for image in (by_path, in_memory)]
        np.testing.assert_allclose(values, [of_header] * 2, rtol=1e-12)
    np.testing.assert_array_equal(by_path.GetDirection(), in_memory.GetDirection())
    return by_path


def as_simpleitk(path):
    image = sitk.ReadImage(str(path))
    return image.GetSpacing(), image.GetOrigin(), image.GetPixelID(), sitk.GetArrayFromImage(image).tobytes()


@pytest.mark.parametrize(("unit", "millimetres"), [("micron", 1e-3), ("meter", 1e3), ("mm", 1.0), (0, 1.0)])
@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_units(save, unit, millimetres, kind):
    path = save(kind=kind, change=lambda image: image.header.set_xyzt_units(unit))
    image = assert_one(path)
    np.testing.assert_allclose(image.GetSpacing(), np.array([0.75, 0.875, 3]) * millimetres, rtol=1e-6)
    np.testing.assert_allclose(image.GetOrigin(), np.array([-10, -20, 30]) * millimetres, rtol=1e-6)


@pytest.mark.parametrize("code", [1, 3, 7, 8, 11])
def test_codes_of_units(save, code):
    path = save([(123, "B", code)])
    image = assert_one(path)
    assert (image.GetSpacing(), image.GetOrigin()) == as_simpleitk(path)[:2]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"])
@pytest.mark.parametrize("scaling", [(2, 0), (0.1, 0), (1 / 3, -1024), (1, -1024), (-1, 0.25), (1, 0), (0, 0)])
def test_scaled_values(save, dtype, scaling):
    path = save([(112, "2f", *scaling)], dtype=dtype)
    image = assert_one(path)
    assert (image.GetPixelID(), sitk.GetArrayFromImage(image).tobytes()) == as_simpleitk(path)[2:]


def test_scaled_values_beyond_single_precision(save):
    def change(image):
        image.dataobj[:] += 2**29

    assert_one(save([(112, "2f", 0.1, 3)], dtype=np.int32, change=change))


@pytest.mark.parametrize("scaling", [(0, -1024), (np.nan, 5), (0, 0.5), (np.inf, 0), (1, np.nan), (2, np.inf)])
def test_scaling_that_programs_read_differently_is_refused(save, scaling):
    path = save([(112, "2f", *scaling)])
    for read in (read_image, read_header):
        with pytest.raises(ImageReadError, match="its NIfTI header scales voxels by scl_slope"):
            read(path)
    try:
        image = nibabel.load(path)
    except nibabel.spatialimages.HeaderDataError:
        return
    with pytest.raises(ImageReadError, match="scales voxels by scl_slope"):
        read_image(image)


@pytest.mark.parametrize(
    ("sform", "qform"),
    [
        ((AFFINE, 1), (AFFINE, 0)),
        ((AFFINE, 0), (AFFINE, 1)),
        ((AFFINE, 0), (AFFINE, 0)),
        ((AFFINE, 1), (TURNED, 1)),
        ((TURNED, 2), (AFFINE, 1)),
        ((TURNED, 4), (AFFINE, 1)),
        ((TURNED, 3), (MOVED, 4)),
        ((MOVED, 2), (AFFINE, 1)),
        ((MOVED, 0), (AFFINE, 2)),
    ],
)
@pytest.mark.parametrize("unit", ["mm", "micron"])
def test_sform_and_qform(save, sform, qform, unit):
    def change(image):
        image.set_sform(*sform)
        image.set_qform(*qform)
        image.header.set_xyzt_units(unit)

    path = save(change=change)
    image = assert_one(path)
    assert (image.GetSpacing(), image.GetOrigin()) == as_simpleitk(path)[:2]


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ((80, "f", -0.75), "its voxel spacing is"),
        ((254, "h", 9), "sform_code 9, of which one is not of the standard"),
        ((252, "h", -1), "qform_code -1"),
        ((280, "f", -2.0), "gives two voxel spacings"),
    ],
)
def test_headers_that_nibabel_mends_are_refused_both_ways(save, patch, said):
    path = save([patch])
    for source in (path, nibabel.load(path)):
        with pytest.raises(ImageReadError, match=said):
            read_image(source)


def test_qform_that_is_no_rotation(save):
    def change(image):
        image.set_sform(AFFINE, 0)
        image.set_qform(AFFINE, 1)

    with pytest.raises(ImageReadError, match="the qform in its NIfTI header is no rotation"):
        read_image(save([(256, "3f", 0.6, 0.6, 0.7)], change=change))


@pytest.mark.parametrize("ending", [".NII", ".NII.GZ", ".nii.GZ", ".Nii.gz", ".nii.gz"])
def test_endings_in_capitals(save, ending):
    path = save(ending=".nii.gz" if ending.lower().endswith("gz") else ".nii")
    expected = sitk.GetArrayFromImage(read_image(path))
    path = path.rename(path.with_name(f"b{ending}"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(read_image(path)), expected)
    assert read_header(path).size == (9, 8, 7)


@pytest.mark.parametrize("ending", [".NRRD", ".MHA", ".Mha"])
def test_other_formats_in_capitals(tmp_path, ending):
    image = sitk.GetImageFromArray(np.arange(504, dtype=np.int16).reshape(7, 8, 9))
    sitk.WriteImage(image, str(tmp_path / f"a{ending.lower()}"))
    path = (tmp_path / f"a{ending.lower()}").rename(tmp_path / f"b{ending}")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(read_image(path)), sitk.GetArrayFromImage(image))


@pytest.mark.parametrize("shape", [(9, 8), (9, 8, 7, 1), (9, 8, 7, 1, 1)])
def test_other_dimensions(save, shape):
    assert_one(save(shape=shape))


def test_image_in_memory_is_what_it_would_be_saved_as(tmp_path):
    image = nibabel.Nifti1Image(np.arange(504, dtype=np.float32).reshape(9, 8, 7), TURNED)
    image.header.set_xyzt_units("micron")
    read = read_image(image)
    nibabel.save(image, tmp_path / "a.nii")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(read), sitk.GetArrayFromImage(assert_one(tmp_path / "a.nii")))
    assert read.GetSpacing() == read_image(tmp_path / "a.nii").GetSpacing()


def test_companion_of_a_mac_says_what_it_is(tmp_path):
    path = tmp_path / "._ct.nii.gz"
    path.write_bytes(b"\0\5\x16\7\0\2\0\0" + bytes(600))
    with pytest.raises(ImageReadError, match=r"what a Mac leaves beside a file \(._NAME\). Give the file without ._"):
        read_image(path)
