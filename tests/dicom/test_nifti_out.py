"""NIfTI files and their provenance."""

import gzip
import json

import numpy as np
import pytest
import SimpleITK as sitk
from dicom_files import array

from radiohers.dicom import read_series, write_nifti
from radiohers.exceptions import ImageReadError, OutputExistsError
from radiohers.images import read_pair


@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz"])
def test_oblique_image_comes_back(askew, folder, tmp_path, name):
    series = read_series(askew.write(folder))
    read = sitk.ReadImage(str(write_nifti(series, tmp_path / "out" / name)))
    np.testing.assert_array_equal(array(read), array(series.image))
    assert read.GetPixelID() == sitk.sitkInt16
    for geometry in ("GetOrigin", "GetSpacing", "GetDirection"):
        np.testing.assert_allclose(getattr(read, geometry)(), getattr(series.image, geometry)(), atol=1e-5)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["ct.json", name]


def test_image_and_mask_lie_on_one_grid_in_their_files(askew, folder, tmp_path):
    series = read_series(askew.write(folder))
    mask = sitk.Cast(series.image > 0, sitk.sitkUInt8)
    paths = [write_nifti(image, tmp_path / f"{n}.nii.gz") for n, image in enumerate((series, mask))]
    assert read_pair(*paths, tolerance_mm=0).mask.GetSize() == (9, 7, 6)


def test_metadata_of_the_image_are_not_written(scanner, folder, tmp_path):
    image = read_series(scanner.write(folder)).image
    for name in ("ITK_FileNotes", "descrip", "aux_file", "intent_name", "db_name"):
        image.SetMetaData(name, "Zorn^Jane")
    assert b"Zorn" not in gzip.decompress(write_nifti(image, tmp_path / "ct.nii.gz").read_bytes())


def test_provenance_of_a_series_and_more(scanner, folder, tmp_path):
    scanner.attributes = {"PhotometricInterpretation": "MONOCHROME1"}
    write_nifti(read_series(scanner.write(folder)), tmp_path / "ct.nii", more={"case_id": "A"})
    entries = json.loads((tmp_path / "ct.json").read_text())
    assert entries["notes"] == ["MONOCHROME1 tells how to display the image; its values are not inverted"]
    assert entries["pixel_type"] == "16-bit signed integer"
    assert entries["case_id"] == "A"


@pytest.mark.parametrize("there", ["ct.nii", "ct.json"])
def test_nothing_is_overwritten_without_force(tmp_path, there):
    (tmp_path / there).write_text("precious")
    image = sitk.Image(9, 8, 7, sitk.sitkInt16)
    with pytest.raises(OutputExistsError, match="exists already"):
        write_nifti(image, tmp_path / "ct.nii")
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert write_nifti(image, tmp_path / "ct.nii", force=True).stat().st_size > 348


def test_other_formats_are_refused(tmp_path):
    with pytest.raises(ImageReadError, match="not the name of a NIfTI file"):
        write_nifti(sitk.Image(9, 8, 7, sitk.sitkInt16), tmp_path / "ct.mha")
