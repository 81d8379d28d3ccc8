"""Rectangles of a mask, their margins in mm, and squares in mm."""

import numpy as np
import pytest

from radiohers.crops._outlines import clip, draw_outward, make_square, outlines_of_mask


def test_only_slices_with_lesion_and_in_their_order():
    lesion = np.zeros((7, 40, 56), dtype=bool)
    lesion[4, 10:12, 50:56] = lesion[1, 39, 0] = True
    found = outlines_of_mask(lesion, np.array([0.9, 0.7]))
    assert [outline.slice for outline in found] == [1, 4]
    assert [outline.rectangle.tolist() for outline in found] == [[39, 40, 0, 1], [10, 12, 50, 56]]
    assert [outline.area_mm2 for outline in found] == pytest.approx([0.63, 12 * 0.63])


def test_parts_of_a_lesion_are_in_one_rectangle_and_their_own_area():
    lesion = np.zeros((1, 40, 56), dtype=bool)
    lesion[0, 3, 5] = lesion[0, 20, 30] = True
    (outline,) = outlines_of_mask(lesion, np.array([1.0, 1.0]))
    assert (outline.rectangle.tolist(), outline.area_mm2) == ([3, 21, 5, 31], 2)


def test_margin_is_the_same_in_mm_on_each_side():
    spacing_mm = np.array([0.5, 2.0])
    before = np.array([10.0, 14.0, 20.0, 29.0])
    after = draw_outward(before, 7.5, spacing_mm)
    moved_mm = (after - before).reshape(2, 2) * spacing_mm[:, None]
    np.testing.assert_allclose(moved_mm, [[-7.5, 7.5], [-7.5, 7.5]])


def test_clip_goes_by_the_side_it_is_about():
    assert clip(np.array([-1.5, 50.0, 50.0, 60.0]), (40, 56)).tolist() == [0, 40, 50, 56]


@pytest.mark.parametrize("rectangle", [(10.0, 14.0, 20.0, 40.0), (2.0, 38.0, 20.0, 23.0), (0.5, 2.25, 0.0, 56.0)])
def test_square_has_equal_sides_in_mm_the_same_middle_and_holds_the_rectangle(rectangle):
    rectangle, spacing_mm = np.array(rectangle), np.array([0.9, 0.4])
    square = make_square(rectangle, spacing_mm)
    height_mm, width_mm = np.ptp(square.reshape(2, 2), axis=1) * spacing_mm
    assert height_mm == pytest.approx(width_mm)
    np.testing.assert_allclose(square.reshape(2, 2).mean(axis=1), rectangle.reshape(2, 2).mean(axis=1))
    assert (square[[0, 2]] <= rectangle[[0, 2]]).all()
    assert (square[[1, 3]] >= rectangle[[1, 3]]).all()
