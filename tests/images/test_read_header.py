"""read_header: the same geometry as read_image, and the same words for what is wrong, without the voxels."""

import gzip

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from radiohers.exceptions import ImageReadError
from radiohers.images import read_header, read_image


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.nhdr", "a.mha", "a.mhd"])
def test_header_is_that_of_the_image(ct, save, name):
    path = save(ct, name)
    header, image = read_header(path), read_image(path)
    assert header.size == image.GetSize() == (9, 8, 7)
    assert header[1:4] == (image.GetSpacing(), image.GetOrigin(), image.GetDirection())
    assert header.pixel_type == image.GetPixelIDTypeAsString()


def test_affine_maps_voxels_to_their_places(ct):
    affine = read_header(ct).affine()
    assert (affine @ [2, 3, 4, 1])[:3] == pytest.approx(ct.TransformIndexToPhysicalPoint((2, 3, 4)))


def test_nifti2_has_a_header_too(voxels, tmp_path):
    image = nibabel.Nifti2Image(voxels.T, np.diag([0.75, 0.875, 3, 1]))
    nibabel.save(image, tmp_path / "a.nii.gz")
    header, read = read_header(tmp_path / "a.nii.gz"), read_image(tmp_path / "a.nii.gz")
    assert (header.size, *header[1:4]) == (read.GetSize(), read.GetSpacing(), read.GetOrigin(), read.GetDirection())


@pytest.mark.parametrize("size", [(9, 8), (9, 8, 7, 1)])
@pytest.mark.parametrize("name", ["a.nii.gz", "a.nrrd"])
def test_other_dimensions_become_three(save, size, name):
    path = save(sitk.Image(size, sitk.sitkInt16), name)
    assert read_header(path).size == read_image(path).GetSize()
    assert read_header(path).direction == read_image(path).GetDirection()


def broken_files(folder, ct):
    """Write files that read_image refuses for their header."""
    sitk.WriteImage(ct, str(folder / "good.nii"))
    good = (folder / "good.nii").read_bytes()
    (folder / "text.nii").write_text("not an image " * 40)
    (folder / "gzip.nii").write_bytes(gzip.compress(good))
    (folder / "short.nii").write_bytes(good[:-10])
    (folder / "no_gzip.nii.gz").write_bytes(b"\x1f\x8b" + good[:100])
    (folder / "empty.nii.gz").touch()
    (folder / "text.nrrd").write_text("not an image")
    (folder / "text.mha").write_text("not an image")
    (folder / "image.png").touch()
    (folder / "folder.nii").mkdir()
    sitk.WriteImage(sitk.Image([9, 8, 7, 2], sitk.sitkInt16), str(folder / "4d.nii.gz"))
    sitk.WriteImage(sitk.Image([9, 8, 7], sitk.sitkVectorUInt8, 3), str(folder / "rgb.nrrd"))
    sitk.WriteImage(sitk.Image([9, 8, 7], sitk.sitkComplexFloat32), str(folder / "complex.mha"))
    return sorted(path for path in folder.iterdir() if path.name != "good.nii") + [folder / "missing.nii.gz"]


def test_broken_headers_have_the_words_of_read_image(ct, tmp_path):
    for path in broken_files(tmp_path, ct):
        with pytest.raises(ImageReadError) as of_image:
            read_image(path, case_id="c")
        with pytest.raises(ImageReadError) as of_header:
            read_header(path, case_id="c")
        assert str(of_header.value) == str(of_image.value)


def test_voxels_are_not_read(ct, save):
    path = save(ct, "a.nii.gz")
    path.write_bytes(path.read_bytes()[:-40])
    assert read_header(path).size == (9, 8, 7)
    with pytest.raises(ImageReadError, match="cut short"):
        read_image(path)
