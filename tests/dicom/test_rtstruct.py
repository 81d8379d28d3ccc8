"""Contours of an RTSTRUCT as masks: exact voxels, holes, and contours that do not fit."""

import numpy as np
import pytest
from dicom_files import Scanner, array, generate_uid

from radiohers.dicom import list_rois, read_rtstruct, read_series
from radiohers.exceptions import GeometryError, ImageReadError, MaskError

OUTER = [(1.5, 0.5), (7.5, 0.5), (7.5, 5.5), (1.5, 5.5)]
HOLE = [(3.5, 1.5), (5.5, 1.5), (5.5, 3.5), (3.5, 3.5)]


@pytest.fixture(params=["scanner", "askew"])
def any_scanner(request):
    return request.getfixturevalue(request.param)


def closed(scanner, corners, number):
    return ("CLOSED_PLANAR", scanner.in_mm(corners, number))


@pytest.fixture
def draw(tmp_path):
    """Write a series and contours on it; return the file of the contours and the series."""

    def draw(scanner, regions, **options):
        series = read_series(scanner.write(tmp_path / "series"))
        return scanner.write_rtstruct(tmp_path / "rs.dcm", regions, **options), series

    return draw


def test_donut_comes_back_voxel_by_voxel(any_scanner, draw):
    contours = [closed(any_scanner, corners, number) for number in (1, 2, 4) for corners in (OUTER, HOLE)]
    (roi,) = read_rtstruct(*draw(any_scanner, {"GTV": contours}))
    expected = np.zeros((6, 7, 9), dtype=np.uint8)
    expected[[1, 2, 4], 1:6, 2:8] = 1
    expected[[1, 2, 4], 2:4, 4:6] = 0
    np.testing.assert_array_equal(array(roi.mask), expected)
    assert roi[1:3] == (("GTV",), (1,))
    (note,) = roi.notes
    assert note.startswith("gap: nothing is drawn on slice 3 (")


def test_mask_has_the_geometry_of_the_image(askew, draw):
    path, series = draw(askew, {"GTV": [closed(askew, OUTER, 1)]})
    (roi,) = read_rtstruct(path, series)
    for name in ("GetSize", "GetOrigin", "GetSpacing", "GetDirection"):
        assert getattr(roi.mask, name)() == getattr(series.image, name)()
    np.testing.assert_array_equal(array(read_rtstruct(path, series.image)[0].mask), array(roi.mask))


def test_turned_image_with_slices_the_other_way_round(stored, draw):
    # Feet first: x and z run against the patient's axes.
    scanner = Scanner(stored, axes=np.diag([-1.0, 1.0, -1.0]))
    (roi,) = read_rtstruct(*draw(scanner, {"GTV": [closed(scanner, OUTER, 4)]}))
    assert array(roi.mask)[4, 1:6, 2:8].all()
    assert array(roi.mask).sum() == 30


@pytest.fixture
def three(scanner, draw):
    regions = {name: [closed(scanner, OUTER, n)] for n, name in enumerate(["GTV 1", "gtv 2", "Liver [left]"])}
    return draw(scanner, regions)


@pytest.mark.parametrize(
    ("roi", "numbers"),
    [
        (None, [1, 2, 3]),
        ("GTV*", [1, 2]),
        ("gtv 1", [1]),
        (2, [2]),
        ("3", [3]),
        ("Liver [left]", [3]),
        (["Liver*", 1], [1, 3]),
    ],
)
def test_regions_by_name_pattern_and_number(three, roi, numbers):
    assert [one.numbers[0] for one in read_rtstruct(*three, roi)] == numbers


def test_regions_merged(three):
    (roi,) = read_rtstruct(*three, "gtv*", merge=True)
    assert roi.names == ("GTV 1", "gtv 2")
    assert array(roi.mask).any(axis=(1, 2)).tolist() == [True, True, False, False, False, False]


@pytest.mark.parametrize("roi", ["Spleen", "PTV*", 7, ["GTV 1", "Spleen"]])
def test_missing_region_lists_those_there_are(three, roi):
    with pytest.raises(MaskError, match=r"there are 1 'GTV 1', 2 'gtv 2', 3 'Liver \[left\]'"):
        read_rtstruct(*three, roi)


def test_list_rois(three):
    table = list_rois(three[0])
    assert table["name"].tolist() == ["GTV 1", "gtv 2", "Liver [left]"]
    assert table["n_parts"].tolist() == [1, 1, 1]
    assert set(table["kind"]) == {"RTSTRUCT"}


def test_list_rois_refuses_images(scanner, folder):
    with pytest.raises(ImageReadError, match="is not an RTSTRUCT or SEG, but CT Image Storage"):
        list_rois(scanner.write(folder) / "000.dcm")


def test_other_series_is_an_error(scanner, draw):
    path, series = draw(scanner, {"GTV": [closed(scanner, OUTER, 1)]}, refers_to="1.2.3")
    with pytest.raises(GeometryError, match=r"refers to another series, 1\.2\.3, not to"):
        read_rtstruct(path, series)
    assert array(read_rtstruct(path, series, check_reference=False)[0].mask).sum() == 30


def test_other_frame_of_reference_is_an_error(scanner, draw):
    def change(dataset):
        dataset.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = "1.2.3"

    with pytest.raises(GeometryError, match=r"another frame of reference, 1\.2\.3"):
        read_rtstruct(*draw(scanner, {"GTV": [closed(scanner, OUTER, 1)]}, change=change))


@pytest.mark.parametrize("names_series", [False, True])
def test_contours_of_other_slices(scanner, draw, names_series):
    def change(dataset):
        image = type(dataset)()
        image.ReferencedSOPInstanceUID = generate_uid()
        dataset.ROIContourSequence[0].ContourSequence[0].ContourImageSequence = [image]
        if not names_series:
            del dataset.ReferencedFrameOfReferenceSequence

    path, series = draw(scanner, {"GTV": [closed(scanner, OUTER, 1)]}, change=change)
    if names_series:
        assert "none of which is in the series" in read_rtstruct(path, series)[0].notes[0]
        return
    with pytest.raises(GeometryError, match="name 1 slices, none of which is in the series"):
        read_rtstruct(path, series)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1.5, r"lies 1\.50 mm from the nearest slice \(tolerance 0\.6; the slices are 3 mm apart\)"),
        (1.25, r"lies 0\.75 mm from the nearest slice"),
        (-1, "lies below the first of the 6 slices, so the lesion would be cut"),
        (6, "lies above the last of the 6 slices"),
    ],
)
def test_contours_off_the_slices_are_errors(any_scanner, draw, number, said):
    drawn = {"GTV": [closed(any_scanner, OUTER, 2), closed(any_scanner, OUTER, number)]}
    with pytest.raises(GeometryError, match=said):
        read_rtstruct(*draw(any_scanner, drawn))


def test_contours_within_the_tolerance_belong_to_their_slice(any_scanner, draw):
    path, series = draw(any_scanner, {"GTV": [closed(any_scanner, OUTER, 2.19)]})
    assert array(read_rtstruct(path, series)[0].mask)[2].sum() == 30
    with pytest.raises(GeometryError, match=r"tolerance 0\.5"):
        read_rtstruct(path, series, plane_tolerance_mm=0.5)


def test_contours_across_the_slices_are_an_error(scanner, draw):
    points = scanner.in_mm(OUTER, 2)
    points[1, 2] += 3
    with pytest.raises(GeometryError, match=r"is not parallel to the slices: its points lie 3\.00 mm apart"):
        read_rtstruct(*draw(scanner, {"GTV": [("CLOSED_PLANAR", points)]}))


def test_points_and_open_contours_are_left_out_with_a_note(scanner, draw):
    corners = scanner.in_mm(OUTER, 2)
    drawn = [
        closed(scanner, OUTER, 1),
        ("POINT", corners[:1]),
        ("OPEN_PLANAR", corners),
        ("CLOSED_PLANAR", corners[:2]),
    ]
    (roi,) = read_rtstruct(*draw(scanner, {"GTV": drawn}))
    assert array(roi.mask).sum() == 30
    assert roi.notes == (
        "1 contours of kind POINT left out",
        "1 contours of kind OPEN_PLANAR left out",
        "1 contours of kind CLOSED_PLANAR of fewer than 3 points left out",
    )


def test_empty_regions(scanner, draw):
    path, series = draw(scanner, {"GTV": [], "GTV 2": [closed(scanner, OUTER, 1)]})
    (roi,) = read_rtstruct(path, series, "GTV*")
    assert roi.names == ("GTV 2",)
    assert roi.notes == ("regions without a closed contour: 1",)
    with pytest.raises(MaskError, match=r"no closed contour in 'GTV' \(no contours\)"):
        read_rtstruct(path, series, "GTV")


def test_contour_twice_in_the_file_is_taken_once(scanner, draw):
    (roi,) = read_rtstruct(*draw(scanner, {"GTV": [closed(scanner, OUTER, 1)] * 2}))
    assert array(roi.mask).sum() == 30
    assert roi.notes == ("1 contours stand in the file twice; taken once",)


def test_overlap_in_part_is_noted(scanner, draw):
    drawn = [closed(scanner, np.array(OUTER) + shift, 1) for shift in (0, [-1, 0])]
    (roi,) = read_rtstruct(*draw(scanner, {"GTV": drawn}))
    assert array(roi.mask).sum() == 10
    assert "overlap others in part" in roi.notes[0]


def test_contour_beyond_the_side_is_cut_with_a_note(scanner, draw):
    (roi,) = read_rtstruct(*draw(scanner, {"GTV": [closed(scanner, np.array(OUTER) + [4, 0], 1)]}))
    assert array(roi.mask)[1, 1:6, 6:].all()
    assert roi.notes == ("1 contours reach beyond the sides of the image and are cut there",)


@pytest.mark.parametrize(
    ("corners", "said"),
    [
        (np.array(OUTER) + [40, 0], "lie beside the image"),
        (np.array(HOLE) / 10 + [3.3, 2.3], "enclose the centre of no voxel"),
    ],
)
def test_nothing_inside_is_an_error(scanner, draw, corners, said):
    with pytest.raises(MaskError, match=said):
        read_rtstruct(*draw(scanner, {"GTV": [closed(scanner, corners, 1)]}))


def test_broken_contour_data_is_an_error(scanner, draw):
    def change(dataset):
        dataset.ROIContourSequence[0].ContourSequence[0].ContourData = ["1", "2", "3", "4"]

    with pytest.raises(ImageReadError, match="a contour of 4 numbers, which are not points of three"):
        read_rtstruct(*draw(scanner, {"GTV": [closed(scanner, OUTER, 1)]}, change=change))


def test_series_without_its_shear_fits_its_contours(stored, tmp_path):
    scanner = Scanner(stored, shear_mm=0.875)
    series = read_series(scanner.write(tmp_path / "series"), on_tilt="resample")
    path = scanner.write_rtstruct(tmp_path / "rs.dcm", {"GTV": [closed(scanner, HOLE, number) for number in (1, 3)]})
    inside = array(read_rtstruct(path, series)[0].mask) == 1
    hu = array(series.image)
    for number in (1, 3):
        np.testing.assert_array_equal(
            np.sort(hu[number][inside[number]]), np.sort(stored[number, 2:4, 4:6] - 1024.0, None)
        )
