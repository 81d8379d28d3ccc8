"""Slices that were not drawn, in contours, segmentations and masks: named, warned of, and filled if asked."""

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from dicom_files import ORIGIN_MM, Scanner, array, change_file

from radiohers.dicom import ingest, read_ingest_rules, read_rtstruct, read_seg, read_series
from radiohers.exceptions import ImageReadError, MaskError, ParamsError

BOX = [(1.5, 0.5), (7.5, 0.5), (7.5, 5.5), (1.5, 5.5)]
Z = [ORIGIN_MM[2] + 3 * number for number in range(12)]


@pytest.fixture
def scanner():
    return Scanner(np.random.default_rng(0).integers(900, 1100, (12, 7, 9)).astype(np.uint16))


def contours(scanner, folder, slices):
    drawn = [("CLOSED_PLANAR", scanner.in_mm(BOX, number)) for number in slices]
    return scanner.write_rtstruct(folder / "rs.dcm", {"GTV": drawn})


def frames(scanner, folder, slices):
    inside = np.zeros(scanner.stored.shape, dtype=bool)
    inside[list(slices), 1:6, 2:8] = True
    return scanner.write_seg(folder / "seg.dcm", {"GTV": inside})


WAYS = {"contours": (contours, read_rtstruct), "frames": (frames, read_seg)}
SLICES = [([1, 3, 5], [2, 4]), ([1, 2, 4, 5], [3]), ([2, 5, 8], [3, 4, 6, 7]), ([1, 2, 3], []), ([1, 2, 10, 11], [])]


def on_slices(roi):
    return np.flatnonzero(array(roi.mask).any(axis=(1, 2))).tolist()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("slices", "gaps"), SLICES)
def test_gaps_are_named_and_filled_if_asked(scanner, tmp_path, way, slices, gaps):
    draw, read = WAYS[way]
    series = read_series(scanner.write(tmp_path / "series"))
    path = draw(scanner, tmp_path, slices)
    (roi,) = read(path, series)
    assert on_slices(roi) == slices
    named = ", ".join(f"{number} ({Z[number]:.4g} mm)" for number in gaps)
    assert [f"nothing is drawn on slice{'s' if len(gaps) > 1 else ''} {named}" in note for note in roi.notes] == [
        True
    ] * bool(gaps)
    (filled,) = read(path, series, fill_gaps="interpolate")
    assert on_slices(filled) == sorted({*slices, *gaps})
    assert array(filled.mask).sum() == 30 * len({*slices, *gaps})
    assert [f"{named} (counted from 0) filled by shape" in note for note in filled.notes] == [True] * bool(gaps)


@pytest.mark.parametrize("way", WAYS)
def test_other_ways_of_filling_are_refused(scanner, tmp_path, way):
    draw, read = WAYS[way]
    with pytest.raises(ValueError, match="fill_gaps"):
        read(draw(scanner, tmp_path, [1]), read_series(scanner.write(tmp_path / "series")), fill_gaps="linear")


@pytest.mark.parametrize("way", WAYS)
def test_ingest_warns_and_fills(scanner, tmp_path, way):
    scanner.write(tmp_path / "scans" / "ct")
    WAYS[way][0](scanner, tmp_path / "scans", [1, 3, 4, 6])
    for number, options in enumerate(
        ({}, {"fill_gaps": "interpolate"}, {"rules": {"contours": {"fill_gaps": "interpolate"}}})
    ):
        out = tmp_path / f"out{number}"
        result = ingest(tmp_path / "scans", out, **options)
        warned = result.log[result.log["level"] == "warning"]
        assert warned["reason"].str.contains(r"slices 2 \(-24 mm\), 5 \(-15 mm\)").tolist() == [True] * (number == 0)
        assert warned["name"].tolist() == ["P0001"] * (number == 0)
        mask = sitk.GetArrayFromImage(sitk.ReadImage(str(out / "masks" / "P0001.nii.gz")))
        assert mask.sum() == 30 * (6 if number else 4)
        assert (pd.read_csv(out / "ingest_log.csv")["level"] == "warning").sum() == (number == 0)


def test_gaps_of_nifti_masks(scanner, tmp_path):
    folder = tmp_path / "nifti" / "Anna"
    folder.mkdir(parents=True)
    sitk.WriteImage(sitk.GetImageFromArray(scanner.stored.astype(np.int16)), str(folder / "ct.nii.gz"))
    (folder / "ct.nii.gz").rename(folder / "CT.NII.GZ")
    mask = np.zeros(scanner.stored.shape, dtype=np.uint8)
    mask[[2, 4, 5], 1:6, 2:8] = 1
    sitk.WriteImage(sitk.GetImageFromArray(mask), str(folder / "Mask_gtv.nii.gz"))
    (folder / "._Mask_gtv.nii.gz").write_bytes(b"\0\5\x16\7")
    rules = {"nifti": {"image": "{patient}/ct.nii.gz", "mask": "{patient}/mask_{lesion}.nii.gz"}}
    result = ingest(tmp_path / "nifti", tmp_path / "out", rules)
    assert result.log[["level", "name"]].to_numpy().tolist() == [["done", "P0001"], ["warning", "P0001"]]
    filled = ingest(tmp_path / "nifti", tmp_path / "out", rules, fill_gaps="interpolate", force=True)
    assert filled.log["level"].tolist() == ["done"]
    assert "slice 3 (3 mm) (counted from 0) filled" in filled.log["reason"].iloc[0]


def test_wrong_rule_for_gaps():
    with pytest.raises(ParamsError, match="fill_gaps: 'linear' is not one of null, interpolate"):
        read_ingest_rules({"contours": {"fill_gaps": "linear"}})


def add_frame(path, change):
    """Write the first frame of a SEG once more at its place, with its pixels changed."""
    import pydicom

    dataset = pydicom.dcmread(path)
    pixels = dataset.pixel_array
    again = change(pixels[0].copy())
    dataset.PerFrameFunctionalGroupsSequence.append(dataset.PerFrameFunctionalGroupsSequence[0])
    dataset.NumberOfFrames = len(pixels) + 1
    bits = np.packbits(np.concatenate([pixels.ravel(), again.ravel()]), bitorder="little").tobytes()
    dataset.PixelData = bits + bytes(len(bits) % 2)
    dataset.save_as(path)


def test_frames_that_are_there_twice(scanner, tmp_path):
    series = read_series(scanner.write(tmp_path / "series"))
    path = frames(scanner, tmp_path, [1, 2])
    add_frame(path, lambda pixels: pixels)
    (roi,) = read_seg(path, series)
    assert array(roi.mask).sum() == 60
    assert roi.notes == ("1 frames stand in the file twice; taken once",)


@pytest.mark.parametrize("change", [np.zeros_like, np.fliplr, lambda pixels: 1 - pixels])
def test_two_frames_at_one_place_that_differ(scanner, tmp_path, change):
    series = read_series(scanner.write(tmp_path / "series"))
    path = frames(scanner, tmp_path, [1, 2])
    add_frame(path, change)
    with pytest.raises(MaskError, match="segment 1 'GTV' has two different frames at"):
        read_seg(path, series)


def test_one_number_of_two_segments(scanner, tmp_path):
    import pydicom

    series = read_series(scanner.write(tmp_path / "series"))
    path = frames(scanner, tmp_path, [1, 2])
    segments = pydicom.dcmread(path).SegmentSequence
    twice = pydicom.dcmread(path).SegmentSequence[0]
    twice.SegmentLabel = "Organ"
    change_file(path, SegmentSequence=[*segments, twice])
    with pytest.raises(MaskError, match="number 1 stands for two regions of interest, 'GTV' and 'Organ'"):
        read_seg(path, series)


def test_frames_further_apart_than_they_are_thick_need_their_series(scanner, tmp_path):
    import pydicom

    path = frames(scanner, tmp_path, [1, 3, 5])
    dataset = pydicom.dcmread(path)
    measures = dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    if "SpacingBetweenSlices" in measures:
        del measures.SpacingBetweenSlices
    dataset.save_as(path)
    with pytest.raises(ImageReadError, match=r"frames lie 6 mm apart and are 3 mm thick, so slices .* may be missing"):
        read_seg(path)
