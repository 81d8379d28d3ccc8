"""A DICOM series as an image: HU to the bit, geometry, and every way a folder can be wrong."""

import re

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom_files import CT, SPACING_MM, Scanner, array, change_file, turned
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    generate_uid,
)

from radiohers.dicom import list_series, read_series
from radiohers.dicom._pixels import _significant_bits
from radiohers.exceptions import ImageReadError


def test_hu_and_geometry_of_plain_series(scanner, stored, folder):
    series = read_series(scanner.write(folder))
    assert series.image.GetPixelID() == sitk.sitkInt16
    np.testing.assert_array_equal(array(series.image), stored.astype(int) - 1024)
    np.testing.assert_allclose(series.image.GetSpacing(), SPACING_MM)
    np.testing.assert_allclose(series.image.GetOrigin(), scanner.origin_mm)
    assert series.image.GetSize() == (9, 7, 6)
    assert series.notes == series.left_out == ()
    assert repr(series) == "<DicomSeries: CT, (9, 7, 6) voxels (x, y, z) of 0.75 x 0.875 x 3 mm>"


def test_oblique_orientation_stays_in_the_direction(askew, stored, folder):
    image = read_series(askew.write(folder)).image
    np.testing.assert_allclose(np.reshape(image.GetDirection(), (3, 3)), askew.axes, atol=1e-9)
    np.testing.assert_array_equal(array(image), stored.astype(int) - 1024)
    point = askew.in_mm([(5, 4)], 3)[0]
    np.testing.assert_allclose(image.TransformPhysicalPointToContinuousIndex(point), (5, 4, 3), atol=1e-6)


def test_agrees_with_simpleitk(askew, folder):
    askew.write(folder)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    theirs, ours = reader.Execute(), read_series(folder).image
    np.testing.assert_array_equal(array(ours), array(theirs))
    for name in ("GetOrigin", "GetSpacing", "GetDirection"):
        np.testing.assert_allclose(getattr(ours, name)(), getattr(theirs, name)(), atol=1e-5)


def test_names_suffixes_and_numbers_of_files_do_not_matter(scanner, stored, folder):
    order = [4, 0, 5, 1, 3, 2]
    scanner.write(folder / "deep er", lambda ds, number: setattr(ds, "InstanceNumber", order[number]))
    for number, path in enumerate(sorted((folder / "deep er").iterdir())):
        path.rename(path.with_name(f"IM{order[number]}" if number % 2 else f"{order[number]}.ima"))
    (folder / "README.txt").write_text("not DICOM")
    (folder / "empty").write_bytes(b"")
    (folder / "._IM1.dcm").write_bytes(b"left by a Mac")
    np.testing.assert_array_equal(array(read_series(folder).image), stored.astype(int) - 1024)


def test_series_spread_over_several_folders_is_one(scanner, stored, folder):
    scanner.write(folder / "a", lambda ds, number: number % 2 == 0)
    scanner.write(folder / "b", lambda ds, number: number % 2 == 1)
    np.testing.assert_array_equal(array(read_series(folder).image), stored.astype(int) - 1024)


def test_dicomdir_is_passed_over(scanner, folder):
    scanner.write(folder)
    directory = scanner.header("1.2.840.10008.1.3.10", "")
    directory.save_as(folder / "DICOMDIR", enforce_file_format=True)
    assert len(list_series(folder)) == 1
    assert read_series(folder).image.GetSize() == (9, 7, 6)


def test_files_without_preamble_are_read(scanner, stored, folder):
    def bare(dataset, number):
        del dataset.file_meta
        dataset.save_as(folder / f"bare{number}", implicit_vr=True, little_endian=True, enforce_file_format=False)
        return False

    folder.mkdir()
    scanner.write(folder, bare)
    np.testing.assert_array_equal(array(read_series(folder).image), stored.astype(int) - 1024)


def test_several_series_need_a_name(scanner, stored, folder):
    other = Scanner(stored[::-1] + 1)
    scanner.write(folder)
    other.write(folder, name="other{}")
    with pytest.raises(ImageReadError, match=r"2 series of images, not one: .*Name one of them as series_uid"):
        read_series(folder)
    np.testing.assert_array_equal(array(read_series(folder, other.series_uid).image), stored[::-1].astype(int) - 1023)
    with pytest.raises(ImageReadError, match="no image series 1.2.3; there are 2"):
        read_series(folder, "1.2.3")


def test_list_series_describes_each(scanner, folder):
    scanner.write(folder)
    scanner.write_rtstruct(folder / "rs", {"GTV": []})
    table = list_series(folder).set_index("kind")
    assert table.loc["image", "n_slices"] == 6
    assert table.loc["image", ["rows", "columns", "slice_thickness_mm"]].tolist() == [7, 9, 3.0]
    assert table.loc["RTSTRUCT", "refers_to"] == scanner.series_uid
    assert table.loc["image", "patient_id"] == "MRN-4711"


@pytest.mark.parametrize("number", [2, 3])
def test_missing_slice_is_named(scanner, folder, number):
    scanner.write(folder, lambda ds, one: one != number)
    positions = f"between {-30 + 3 * (number - 1):.2f} and {-30 + 3 * (number + 1):.2f} mm"
    with pytest.raises(ImageReadError, match="slices are missing") as caught:
        read_series(folder)
    assert positions in str(caught.value)
    assert f"{number - 1:03d}.dcm" in str(caught.value)
    assert f"{number + 1:03d}.dcm" in str(caught.value)
    assert "6.00 mm, the others 3.00; 1 missing" in str(caught.value)


def moved(shift_mm, *numbers):
    def change(dataset, number):
        if number in numbers:
            x, y, z = dataset.ImagePositionPatient
            dataset.ImagePositionPatient = [x, y, float(z) + shift_mm]

    return change


def test_uneven_slices_are_an_error_beyond_the_tolerance(scanner, folder):
    scanner.write(folder, moved(0.5, 2, 3))
    with pytest.raises(ImageReadError, match=r"not evenly spaced: steps of 2\.500 to 3\.500 mm, up to 0\.500 mm"):
        read_series(folder)


def test_rounded_positions_are_within_the_tolerance_and_noted(scanner, folder):
    series = read_series(scanner.write(folder, moved(0.05, 2, 3)))
    assert series.notes == ("slices stand up to 0.050 mm from even spacing; taken for even",)
    assert series.image.GetSpacing()[2] == pytest.approx(3)


def test_same_slice_twice_is_dropped_and_reported(scanner, stored, folder):
    scanner.write(folder)
    scanner.write(folder, lambda ds, number: number == 4, name="again{}")
    series = read_series(folder)
    np.testing.assert_array_equal(array(series.image), stored.astype(int) - 1024)
    assert len(series.left_out) == 1
    assert "1 duplicates of slices dropped" in series.notes[0]


def test_different_slices_at_one_position_are_an_error(scanner, stored, folder):
    scanner.write(folder)
    scanner.stored = stored + 1
    scanner.attributes = {"AcquisitionNumber": 2}
    scanner.write(folder, lambda ds, number: number == 4, name="again{}")
    with pytest.raises(ImageReadError, match=r"two different slices at one position, -18\.00 mm .*AcquisitionNumber 2"):
        read_series(folder)


def test_tilted_gantry_is_an_error(scanner, folder):
    scanner.shear_mm = 0.9
    with pytest.raises(ImageReadError, match=r"by up to 4\.50 mm over 6 slices \(a gantry tilt of 16\.7 degrees"):
        read_series(scanner.write(folder))


@pytest.mark.parametrize("axes", [np.eye(3), turned(10, -20, 30)])
def test_tilted_gantry_is_resampled_on_request(stored, folder, axes):
    # One row a slice, so that the interpolation has nothing to round.
    tilted = Scanner(stored, shear_mm=SPACING_MM[1], axes=axes)
    series = read_series(tilted.write(folder), on_tilt="resample")
    assert series.image.GetSize() == (9, 12, 6)
    assert "gantry tilt" in series.notes[-1]
    voxels = array(series.image)
    for number in range(6):
        point = tilted.in_mm([(2, 3)], number)[0]
        x, y, z = series.image.TransformPhysicalPointToIndex(point.tolist())
        assert voxels[z, y, x] == int(stored[number, 3, 2]) - 1024
    np.testing.assert_allclose(np.reshape(series.image.GetDirection(), (3, 3)), axes, atol=1e-9)


def test_half_a_row_of_shear_is_interpolated(folder):
    ramp = np.broadcast_to(np.arange(7, dtype=np.uint16)[:, None] * 10, (3, 7, 9)).copy()
    tilted = Scanner(ramp, shear_mm=SPACING_MM[1] / 2)
    voxels = array(read_series(tilted.write(folder), on_tilt="resample").image)
    np.testing.assert_array_equal(voxels[1, 1:7, 4], np.arange(7)[1:] * 10 - 5 - 1024)


def test_scouts_in_the_series_are_left_out_with_the_reason(scanner, stored, folder):
    scanner.write(folder)
    scanner.attributes = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}
    scanner.write(folder, lambda ds, number: number == 0, name="localizer")
    scanner.attributes = {"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}
    scanner.write(folder, lambda ds, number: number == 1, name="sagittal")
    series = read_series(folder)
    np.testing.assert_array_equal(array(series.image), stored.astype(int) - 1024)
    assert {reason for _, reason in series.left_out} == {
        "localizer (scout)",
        "other orientation, size or spacing than the volume's (scout?)",
    }


def test_two_orientations_of_many_slices_are_an_error(scanner, folder):
    scanner.write(folder)
    scanner.axes = turned(90, 0, 0)
    scanner.write(folder, name="sagittal{}")
    with pytest.raises(ImageReadError, match="2 kinds of slices, not one volume: 6 slices of 7 x 9 pixels"):
        read_series(folder)


def test_enhanced_multi_frame_with_rescaling_of_each_frame(askew, stored, folder):
    folder.mkdir()
    askew.write_enhanced(folder / "enhanced")
    series = read_series(folder)
    expected = stored.astype(int) - 1000 - np.arange(6)[:, None, None]
    np.testing.assert_array_equal(array(series.image), expected)
    np.testing.assert_allclose(np.reshape(series.image.GetDirection(), (3, 3)), askew.axes, atol=1e-9)
    np.testing.assert_allclose(series.image.GetOrigin(), askew.origin_mm)
    assert list_series(folder)["n_slices"].tolist() == [6]


def test_each_slice_has_its_own_rescaling(scanner, stored, folder):
    def change(dataset, number):
        dataset.RescaleSlope, dataset.RescaleIntercept = number + 1, -1000 - number

    scale, shift = np.arange(1, 7)[:, None, None], -1000 - np.arange(6)[:, None, None]
    np.testing.assert_array_equal(array(read_series(scanner.write(folder, change)).image), stored * scale + shift)


@pytest.mark.parametrize(("slope", "kind"), [(0.5, np.float32), ("0.1", np.float64), (100, np.int32)])
def test_hu_that_int16_cannot_hold_keep_every_bit(scanner, stored, folder, slope, kind):
    voxels = array(read_series(scanner.write(folder, lambda ds, n: setattr(ds, "RescaleSlope", slope))).image)
    assert voxels.dtype == kind
    np.testing.assert_array_equal(voxels, stored * float(slope) - 1024)


def test_signed_values_and_padding_stay_as_they_are(stored, folder):
    signed = stored.astype(np.int16) - 1000
    signed[:, 0, :] = -2000
    scanner = Scanner(signed, attributes={"RescaleIntercept": 0, "PixelPaddingValue": -2000})
    series = read_series(scanner.write(folder))
    np.testing.assert_array_equal(array(series.image), signed)
    assert "PixelPaddingValue -2000 (stored): such voxels stay as they are" in series.notes


@pytest.mark.parametrize("signed", [False, True])
def test_bits_above_those_stored_are_dropped(scanner, folder, signed):
    true = np.arange(6 * 7 * 9).reshape(6, 7, 9) - (100 if signed else 0)
    scanner.stored = ((true & 0x0FFF) | 0x5000).astype(np.uint16)
    scanner.attributes = {"BitsStored": 12, "HighBit": 11, "PixelRepresentation": int(signed), "RescaleIntercept": 0}
    np.testing.assert_array_equal(array(read_series(scanner.write(folder)).image), true)


def test_bits_that_do_not_begin_at_the_lowest(scanner):
    true = np.array([[[-2048, -1, 0, 2047]]], dtype=np.int16)
    dataset = scanner.slice(0)
    dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 13, 1
    np.testing.assert_array_equal(_significant_bits((true << 2) ^ 0x4001, dataset), true)


def test_monochrome1_is_not_inverted(scanner, stored, folder):
    scanner.attributes = {"PhotometricInterpretation": "MONOCHROME1"}
    series = read_series(scanner.write(folder))
    np.testing.assert_array_equal(array(series.image), stored.astype(int) - 1024)
    assert "not inverted" in series.notes[0]


def test_missing_rescaling_is_noted(scanner, stored, folder):
    def change(dataset, number):
        del dataset.RescaleSlope, dataset.RescaleIntercept

    series = read_series(scanner.write(folder, change))
    np.testing.assert_array_equal(array(series.image), stored)
    assert "no RescaleSlope or RescaleIntercept" in series.notes[0]


def test_positions_go_before_spacing_between_slices(scanner, folder):
    scanner.attributes = {"SpacingBetweenSlices": 5, "SliceThickness": 7}
    series = read_series(scanner.write(folder))
    assert series.image.GetSpacing()[2] == pytest.approx(3)
    assert series.notes == ("SpacingBetweenSlices says 5 mm, the positions 3 mm: the positions hold",)


def test_single_slice_takes_its_thickness_and_says_so(scanner, folder):
    series = read_series(scanner.write(folder, lambda ds, number: number == 2))
    assert series.image.GetSpacing() == pytest.approx((0.75, 0.875, 3.0))
    assert series.notes == ("a single slice: the spacing across it, 3 mm, is its SliceThickness",)


def test_single_slice_without_thickness_is_an_error(scanner, folder):
    scanner.write(folder, lambda ds, number: number == 2)
    change_file(folder / "002.dcm", SliceThickness=None)
    with pytest.raises(ImageReadError, match="has no SliceThickness"):
        read_series(folder)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_uncompressed_syntaxes(scanner, stored, folder, syntax):
    def change(dataset, number):
        if syntax == ExplicitVRBigEndian:
            dataset.PixelData = stored[number].astype(">u2").tobytes()
            dataset["PixelData"].VR = "OW"
        dataset.file_meta.TransferSyntaxUID = syntax

    np.testing.assert_array_equal(array(read_series(scanner.write(folder, change)).image), stored.astype(int) - 1024)


@pytest.mark.parametrize("name", ["RLELossless", "JPEGLSLossless"])
def test_syntaxes_that_pydicom_decodes(scanner, stored, folder, name):
    def change(dataset, number):
        dataset.compress(getattr(pydicom.uid, name), generate_instance_uid=False)

    np.testing.assert_array_equal(array(read_series(scanner.write(folder, change)).image), stored.astype(int) - 1024)


@pytest.mark.parametrize("kind", [np.int16, np.uint16])
@pytest.mark.parametrize("compressor", ["JPEG", "JPEG2000"])
def test_syntaxes_that_simpleitk_decodes(stored, folder, tmp_path, compressor, kind):
    values = (stored.astype(int) - (1500 if kind == np.int16 else 0)).astype(kind)
    scanner = Scanner(values, attributes={"RescaleSlope": 2})

    def change(dataset, number):
        writer = sitk.ImageFileWriter()
        writer.SetImageIO("GDCMImageIO")
        writer.UseCompressionOn()
        writer.SetCompressor(compressor)
        writer.SetFileName(str(tmp_path / "compressed.dcm"))
        writer.Execute(sitk.GetImageFromArray(values[number][None]))
        compressed = pydicom.dcmread(tmp_path / "compressed.dcm")
        dataset.PixelData = compressed.PixelData
        dataset.file_meta.TransferSyntaxUID = compressed.file_meta.TransferSyntaxUID

    image = read_series(scanner.write(folder, change)).image
    assert pydicom.dcmread(folder / "000.dcm").file_meta.TransferSyntaxUID.is_compressed
    np.testing.assert_array_equal(array(image), values.astype(int) * 2 - 1024)


@pytest.mark.parametrize("compressor", ["JPEG", "JPEG2000"])
def test_compressed_multi_frame(askew, stored, folder, tmp_path, compressor):
    folder.mkdir()
    path = askew.write_enhanced(folder / "enhanced")
    frames, writer = [], sitk.ImageFileWriter()
    writer.SetImageIO("GDCMImageIO")
    writer.UseCompressionOn()
    writer.SetCompressor(compressor)
    writer.SetFileName(str(tmp_path / "compressed.dcm"))
    for values in stored[::-1]:
        writer.Execute(sitk.GetImageFromArray(values[None]))
        compressed = pydicom.dcmread(tmp_path / "compressed.dcm")
        frames += pydicom.encaps.generate_frames(compressed.PixelData, number_of_frames=1)
    dataset = pydicom.dcmread(path)
    dataset.PixelData = pydicom.encaps.encapsulate(frames)
    dataset.file_meta.TransferSyntaxUID = compressed.file_meta.TransferSyntaxUID
    dataset.save_as(path)
    expected = stored.astype(int) - 1000 - np.arange(6)[:, None, None]
    np.testing.assert_array_equal(array(read_series(folder).image), expected)


def test_compression_without_decoder_names_syntax_and_package(scanner, folder):
    def change(dataset, number):
        dataset.PixelData = pydicom.encaps.encapsulate([b"\xff\x4f\xff\x51" + bytes(20)])
        dataset["PixelData"].VR = "OB"
        dataset.file_meta.TransferSyntaxUID = HTJ2KLossless

    scanner.write(folder, change)
    with pytest.raises(ImageReadError, match=re.escape(HTJ2KLossless)) as caught:
        read_series(folder)
    assert "High-Throughput JPEG 2000" in str(caught.value)
    assert "pip install pylibjpeg pylibjpeg-openjpeg" in str(caught.value)


@pytest.mark.parametrize("kept", [0, 40, 140, 400, -30])
def test_truncated_file_is_never_just_a_slice_less(scanner, folder, kept):
    last = scanner.write(folder) / "005.dcm"
    last.write_bytes(last.read_bytes()[:kept])
    with pytest.raises(ImageReadError, match=r"005\.dcm.*(cut short|does not begin|has no pixels|is missing)"):
        read_series(folder)


def test_damaged_compressed_slice_is_named(scanner, folder):
    scanner.write(folder, lambda ds, n: ds.compress(pydicom.uid.RLELossless, generate_instance_uid=False))
    change_file(folder / "003.dcm", PixelData=pydicom.encaps.encapsulate([bytes(64) + b"\x01\x02"]))
    with pytest.raises(ImageReadError, match=r"003\.dcm: its pixels cannot be read"):
        read_series(folder)


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "has no slices of a volume: secondary capture"),
        ({"SamplesPerPixel": 3}, r"has no slices of a volume: 3 samples a pixel \(colours\)"),
        ({"ImagePositionPatient": None}, "has no slices of a volume: no ImagePositionPatient"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "is not two directions of length 1 at right angles"),
        ({"ImageOrientationPatient": None}, "ImageOrientationPatient is missing"),
        ({"PixelSpacing": [0, 1]}, "both must be above 0"),
        ({"PixelSpacing": None}, "PixelSpacing is missing"),
        ({"RescaleSlope": 0}, "RescaleSlope is 0"),
        ({"ModalityLUTSequence": []}, "ModalityLUTSequence"),
        ({"NumberOfFrames": 2}, "says of none where it is"),
    ],
)
def test_files_that_are_no_slices(scanner, folder, attributes, said):
    scanner.attributes = attributes
    with pytest.raises(ImageReadError, match=said):
        read_series(scanner.write(folder))


def test_rgb_pictures_beside_a_volume_are_left_out(scanner, stored, folder):
    scanner.write(folder)
    picture = Scanner(stored[:1], series_uid=scanner.series_uid, attributes={"SamplesPerPixel": 3})
    picture.write(folder, name="dose_report")
    series = read_series(folder)
    np.testing.assert_array_equal(array(series.image), stored.astype(int) - 1024)
    assert series.notes == ("1 files that are no slices left out",)
    assert "3 samples a pixel" in list_series(folder)["reason"].item()


def test_folder_without_images(tmp_path):
    with pytest.raises(ImageReadError, match="no DICOM image in it"):
        read_series(tmp_path)


def test_other_modalities_have_no_hu_notes(scanner, folder):
    scanner.attributes = {"Modality": "PT", "RescaleType": "BQML"}
    assert read_series(scanner.write(folder)).notes == ()
    scanner.attributes = {"RescaleType": "US", "SOPClassUID": CT, "SOPInstanceUID": generate_uid()}
    assert "RescaleType is 'US', not 'HU'" in read_series(scanner.write(folder)).notes
