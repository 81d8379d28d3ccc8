"""Outlines that are one, written differently; holes and channels; contours of several planes on one slice."""

import numpy as np
import pytest
from dicom_files import array

from radiohers.dicom import list_rois, read_rtstruct, read_series
from radiohers.exceptions import GeometryError, MaskError

OUTER = np.array([(1.5, 0.5), (7.5, 0.5), (7.5, 5.5), (1.5, 5.5)])
HOLE = np.array([(3.5, 1.5), (5.5, 1.5), (5.5, 3.5), (3.5, 3.5)])
# Through pixel centres, where rounding decides on which side an edge runs.
ON_CENTRES = np.array([(2, 1), (6, 1), (7, 3), (4, 5), (2, 4)], dtype=float)
CIRCLE = (4, 3) + 2.6 * np.column_stack([np.cos(turn := np.linspace(0, 2 * np.pi, 60, endpoint=False)), np.sin(turn)])
KEYHOLE = [*OUTER, OUTER[0], *HOLE[[0, 3, 2, 1]], HOLE[0]]


def with_middles(ring):
    return np.stack([ring, (ring + np.roll(ring, -1, axis=0)) / 2], axis=1).reshape(-1, 2)


def shaken(ring):
    return ring + np.random.default_rng(1).uniform(-0.02, 0.02, ring.shape)


SAME = {
    "reversed": lambda ring: ring[::-1],
    "begun elsewhere": lambda ring: np.roll(ring, 2, axis=0),
    "closed": lambda ring: np.vstack([ring, ring[:1]]),
    "closed, reversed, begun elsewhere": lambda ring: np.vstack([r := np.roll(ring[::-1], 1, axis=0), r[:1]]),
    "more points on the edges": with_middles,
    "points twice": lambda ring: np.repeat(ring, 2, axis=0),
    "rounded": lambda ring: np.round(ring, 2) + 1e-3,
    "shaken": shaken,
}


@pytest.fixture
def masks(scanner, tmp_path):
    """Draw outlines on slice 2 and return that slice of the mask and the notes."""
    series = read_series(scanner.write(tmp_path / "series"))

    def masks(*outlines, **options):
        drawn = [("CLOSED_PLANAR", scanner.in_mm(outline, 2)) for outline in outlines]
        (roi,) = read_rtstruct(scanner.write_rtstruct(tmp_path / "rs", {"GTV": drawn}), series, **options)
        return array(roi.mask)[2], roi.notes

    return masks


@pytest.mark.parametrize("same", SAME.values(), ids=SAME)
@pytest.mark.parametrize("ring", [OUTER, ON_CENTRES, CIRCLE], ids=["square", "on centres", "circle"])
def test_an_outline_that_is_there_twice_is_taken_once(masks, ring, same):
    once, _ = masks(ring)
    twice, notes = masks(ring, same(ring))
    np.testing.assert_array_equal(twice, once)
    assert notes == ("1 contours stand in the file twice; taken once",)


def test_three_copies_are_one_and_a_donut_stays_one(masks):
    donut, _ = masks(OUTER, HOLE)
    copies, notes = masks(OUTER, HOLE, OUTER[::-1], np.roll(HOLE, 1, axis=0), OUTER)
    np.testing.assert_array_equal(copies, donut)
    assert donut.sum() == 26
    assert notes == ("3 contours stand in the file twice; taken once",)


def test_an_outline_gone_round_twice_in_one_contour(masks):
    once, _ = masks(CIRCLE)
    for laps in (
        np.vstack([CIRCLE, CIRCLE]),
        np.vstack([CIRCLE, CIRCLE[:1], CIRCLE, CIRCLE[:1]]),
        np.tile(CIRCLE, (3, 1)),
    ):
        np.testing.assert_array_equal(masks(laps)[0], once)


def test_channel_to_a_hole_and_its_copy(masks):
    donut, _ = masks(OUTER, HOLE)
    np.testing.assert_array_equal(masks(KEYHOLE)[0], donut)
    np.testing.assert_array_equal(masks(KEYHOLE, KEYHOLE[::-1])[0], donut)


@pytest.mark.parametrize("shift", [(0.4, 0), (0, -0.3), (0.2, 0.2)])
def test_outlines_apart_are_two(masks, shift):
    _, notes = masks(ON_CENTRES, ON_CENTRES * 0.8 + shift)
    assert not any("twice" in note for note in notes)


@pytest.mark.parametrize("apart", [0.15, 0.2, 0.39])
def test_contours_of_thinner_slices_are_not_combined(scanner, tmp_path, apart):
    series = read_series(scanner.write(tmp_path / "series"))
    drawn = [("CLOSED_PLANAR", scanner.in_mm(OUTER, 2 + side * apart / 2)) for side in (-1, 1)]
    path = scanner.write_rtstruct(tmp_path / "rs", {"GTV": drawn})
    with pytest.raises(GeometryError, match=f"contours of several planes, {3 * apart:.2f} mm apart, lie on slice 2"):
        read_rtstruct(path, series)


def as_one_number(dataset):
    dataset.StructureSetROISequence[1].ROINumber = 1
    dataset.ROIContourSequence[1].ReferencedROINumber = 1


def as_one_name(dataset):
    as_one_number(dataset)
    dataset.StructureSetROISequence[1].ROIName = dataset.StructureSetROISequence[0].ROIName


def without_second_name(dataset):
    as_one_number(dataset)
    del dataset.StructureSetROISequence[1]


@pytest.fixture
def two(scanner, tmp_path):
    series = read_series(scanner.write(tmp_path / "series"))
    drawn = {name: [("CLOSED_PLANAR", scanner.in_mm(OUTER, n))] for n, name in ((1, "GTV"), (2, "Organ"))}

    def two(change):
        return scanner.write_rtstruct(tmp_path / "rs", drawn, change=change), series

    return two


@pytest.mark.parametrize("roi", [None, "GTV", "Organ", 1])
def test_one_number_of_two_regions_is_an_error(two, roi):
    path, series = two(as_one_number)
    with pytest.raises(MaskError, match="number 1 stands for two regions of interest, 'GTV' and 'Organ'"):
        read_rtstruct(path, series, roi)
    with pytest.raises(MaskError, match="number 1 stands for two"):
        list_rois(path)


@pytest.mark.parametrize("change", [as_one_name, without_second_name])
def test_contours_of_one_region_in_two_places_are_joined(two, change):
    path, series = two(change)
    (roi,) = read_rtstruct(path, series)
    assert array(roi.mask).any(axis=(1, 2)).tolist() == [False, True, True, False, False, False]
    assert roi.notes == ("contours of 2 parts of the file joined",)
    assert list_rois(path)["n_parts"].tolist() == [2]


def test_contours_without_a_region_are_noted(two):
    (roi,) = read_rtstruct(*two(lambda dataset: dataset.StructureSetROISequence.pop()))
    assert roi.notes == ("contours of 1 regions that the file does not name left out",)
