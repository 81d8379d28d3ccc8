"""DICOM SEG files, written by highdicom, come back voxel by voxel."""

import numpy as np
import pydicom
import pytest
from dicom_files import Scanner, array, turned

from radiohers.dicom import list_rois, read_seg, read_series
from radiohers.exceptions import GeometryError, ImageReadError, MaskError


@pytest.fixture(params=["scanner", "askew"])
def any_scanner(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def masks():
    """A donut on three slices that are not neighbours, and a second lesion of random voxels that touches it."""
    donut = np.zeros((6, 7, 9), dtype=bool)
    donut[[1, 2, 4], 1:6, 2:8] = True
    donut[[1, 2, 4], 3, 4:6] = False
    other = (np.random.default_rng(2).random((6, 7, 9)) > 0.8) & ~donut
    other[0] = False
    return {"GTV": donut, "Node": other}


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_segments_come_back(any_scanner, masks, tmp_path, kind):
    series = read_series(any_scanner.write(tmp_path / "series"))
    path = any_scanner.write_seg(tmp_path / "seg.dcm", masks, kind)
    rois = read_seg(path, series)
    for roi, (name, mask) in zip(rois, masks.items(), strict=True):
        assert roi.names == (name,)
        np.testing.assert_array_equal(array(roi.mask), mask)
        for geometry in ("GetSize", "GetOrigin", "GetSpacing", "GetDirection"):
            assert getattr(roi.mask, geometry)() == getattr(series.image, geometry)()


def test_some_segments_and_merged(scanner, masks, tmp_path):
    series = read_series(scanner.write(tmp_path / "series"))
    path = scanner.write_seg(tmp_path / "seg.dcm", masks)
    assert [roi.names for roi in read_seg(path, series, "node")] == [("Node",)]
    assert [roi.numbers for roi in read_seg(path, series, 1)] == [(1,)]
    (both,) = read_seg(path, series, merge=True)
    np.testing.assert_array_equal(array(both.mask), masks["GTV"] | masks["Node"])
    with pytest.raises(MaskError, match="no region of interest 'Liver'; there are 1 'GTV', 2 'Node'"):
        read_seg(path, series, "Liver")


def test_list_rois_of_seg(scanner, masks, tmp_path):
    table = list_rois(scanner.write_seg(tmp_path / "seg.dcm", masks))
    assert table[["number", "name", "kind"]].to_numpy().tolist() == [[1, "GTV", "SEG"], [2, "Node", "SEG"]]
    assert table["n_parts"].tolist() == [3, 5]
    assert list_rois(scanner.write_seg(tmp_path / "map.dcm", masks, "LABELMAP"))["n_parts"].isna().all()


@pytest.mark.parametrize("fraction", [0.5, 0.8, 1.0])
def test_fractions_from_the_threshold_on(scanner, tmp_path, fraction):
    shares = np.random.default_rng(3).choice([0, 0.2, 0.6, 0.8, 1.0], (6, 7, 9))
    series = read_series(scanner.write(tmp_path / "series"))
    path = scanner.write_seg(tmp_path / "seg.dcm", {"GTV": shares}, "FRACTIONAL", max_fractional_value=250)
    (roi,) = read_seg(path, series, fraction=fraction)
    np.testing.assert_array_equal(array(roi.mask), shares >= fraction)
    assert roi.notes == (f"fractional: inside from {fraction:g} of the greatest value on",)


def test_seg_of_some_slices_only(askew, masks, tmp_path):
    series = read_series(askew.write(tmp_path / "series"))
    path = askew.write_seg(tmp_path / "seg.dcm", {"GTV": masks["GTV"]}, slices=[1, 2])
    expected = masks["GTV"].copy()
    expected[4] = False
    np.testing.assert_array_equal(array(read_seg(path, series)[0].mask), expected)


def test_compressed_seg(scanner, masks, tmp_path):
    series = read_series(scanner.write(tmp_path / "series"))
    path = scanner.write_seg(tmp_path / "seg.dcm", masks, "LABELMAP", transfer_syntax_uid=pydicom.uid.RLELossless)
    np.testing.assert_array_equal(array(read_seg(path, series, "GTV")[0].mask), masks["GTV"])


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_without_series_it_has_its_own_grid(any_scanner, masks, tmp_path, kind):
    path = any_scanner.write_seg(tmp_path / "seg.dcm", {"GTV": masks["GTV"]}, kind)
    (roi,) = read_seg(path)
    series = read_series(any_scanner.write(tmp_path / "series"))
    # Empty slices are not in the file; they are in the grid where others lie on both sides.
    first = series.image.TransformPhysicalPointToContinuousIndex(roi.mask.GetOrigin())
    start = round(first[2])
    np.testing.assert_allclose(first, (0, 0, start), atol=1e-5)
    np.testing.assert_allclose(roi.mask.GetSpacing(), series.image.GetSpacing(), atol=1e-6)
    np.testing.assert_allclose(roi.mask.GetDirection(), series.image.GetDirection(), atol=1e-6)
    size = roi.mask.GetSize()[2]
    np.testing.assert_array_equal(array(roi.mask), masks["GTV"][start : start + size])
    assert array(roi.mask).sum() == masks["GTV"].sum()


def test_frames_turned_within_the_grid(scanner, stored, masks, tmp_path):
    """A program may write the same voxels as frames of other planes, mirrored and transposed."""
    series = read_series(scanner.write(tmp_path / "series"))
    # Columns run along z downwards, rows along x, frames along y.
    x, y, z = scanner.spacing_mm
    axes = np.array([[0, 1, 0], [0, 0, -1], [-1, 0, 0]], dtype=float)
    origin = np.array(scanner.origin_mm) + [0, 6 * y, 5 * z]
    other = Scanner(
        np.zeros((7, 9, 6), np.uint16), (z, x, y), tuple(origin), axes, scanner.series_uid, scanner.study_uid
    )
    other.frame_uid = scanner.frame_uid
    turned_mask = masks["GTV"][::-1, ::-1, :].transpose(1, 2, 0)
    path = other.write_seg(tmp_path / "seg.dcm", {"GTV": turned_mask})
    np.testing.assert_array_equal(array(read_seg(path, series)[0].mask), masks["GTV"])


def test_other_series_and_other_frame_are_errors(scanner, stored, masks, tmp_path):
    other = Scanner(stored, frame_uid=scanner.frame_uid)
    series = read_series(other.write(tmp_path / "series"))
    path = scanner.write_seg(tmp_path / "seg.dcm", masks)
    with pytest.raises(GeometryError, match="refers to another series"):
        read_seg(path, series)
    np.testing.assert_array_equal(array(read_seg(path, series, 1, check_reference=False)[0].mask), masks["GTV"])
    moved = Scanner(stored, series_uid=scanner.series_uid)
    with pytest.raises(GeometryError, match="another frame of reference"):
        read_seg(path, read_series(moved.write(tmp_path / "moved")))


@pytest.mark.parametrize(
    "change",
    [
        {"origin_mm": (-10.2, 20.25, -30.0)},
        {"origin_mm": (-10.5, 20.25, -29.0)},
        {"spacing_mm": (0.375, 0.875, 3.0)},
        {"spacing_mm": (0.78, 0.875, 3.0)},
        {"axes": turned(0, 0, 5)},
    ],
)
def test_frames_beside_the_voxels_are_an_error(scanner, stored, masks, tmp_path, change):
    series = read_series(scanner.write(tmp_path / "series"))
    other = Scanner(stored, series_uid=scanner.series_uid, frame_uid=scanner.frame_uid, **change)
    with pytest.raises(GeometryError, match="does not lie on the image's voxels"):
        read_seg(other.write_seg(tmp_path / "seg.dcm", masks), series)


def test_segment_beyond_the_image_is_an_error(scanner, masks, tmp_path):
    series = read_series(scanner.write(tmp_path / "series", lambda ds, number: number < 4))
    with pytest.raises(GeometryError, match="reaches beyond the image"):
        read_seg(scanner.write_seg(tmp_path / "seg.dcm", masks), series)


def test_empty_segment(scanner, masks, tmp_path):
    masks["Node"] = np.zeros_like(masks["GTV"])
    series = read_series(scanner.write(tmp_path / "series"))
    path = scanner.write_seg(tmp_path / "seg.dcm", masks)
    assert [roi.names for roi in read_seg(path, series)] == [("GTV",)]
    with pytest.raises(MaskError, match="segment 2 'Node' is empty"):
        read_seg(path, series, 2)


def test_truncated_seg(scanner, masks, tmp_path):
    path = scanner.write_seg(tmp_path / "seg.dcm", masks)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ImageReadError, match=r"seg\.dcm: its pixels cannot be read"):
        read_seg(path)
