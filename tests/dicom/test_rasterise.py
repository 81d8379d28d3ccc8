"""The even-odd rasteriser, against a test of every pixel's centre on its own."""

import matplotlib.path
import numpy as np
import pytest

from radiohers.dicom._rasterise import fill_polygon

SQUARE = np.array([[0.5, 0.5], [4.5, 0.5], [4.5, 3.5], [0.5, 3.5]])


def test_square_between_centres():
    filled = fill_polygon(SQUARE, (7, 9))
    assert filled[1:4, 1:5].all()
    assert filled.sum() == 12


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_point_in_polygon(seed):
    points = np.random.default_rng(seed).uniform(-3, 14, (11, 2))
    angles = np.arctan2(*(points - points.mean(axis=0)).T)
    points = points[np.argsort(angles)]
    centres = np.stack(np.meshgrid(np.arange(12), np.arange(10)), axis=-1).reshape(-1, 2)
    expected = matplotlib.path.Path(np.vstack([points, points[:1]])).contains_points(centres)
    np.testing.assert_array_equal(fill_polygon(points, (10, 12)), expected.reshape(10, 12))


def test_neither_direction_nor_start_matters():
    points = np.random.default_rng(1).uniform(0, 9, (8, 2))
    filled = fill_polygon(points, (9, 10))
    np.testing.assert_array_equal(fill_polygon(points[::-1], (9, 10)), filled)
    np.testing.assert_array_equal(fill_polygon(np.roll(points, 3, axis=0), (9, 10)), filled)


def test_neighbours_share_no_pixel_and_leave_none_out():
    # All corners are centres of pixels, and the common edge runs through three of them.
    left, right = [[1, 1], [3, 1], [5, 5], [1, 5]], [[3, 1], [7, 1], [7, 5], [5, 5]]
    both = fill_polygon(np.array(left), (7, 9)).astype(int) + fill_polygon(np.array(right), (7, 9))
    np.testing.assert_array_equal(both, fill_polygon(np.array([[1, 1], [7, 1], [7, 5], [1, 5]]), (7, 9)))
    assert both.sum() == 24


def test_noise_does_not_decide_about_centres_on_edges():
    points = np.array([[1, 1], [7, 1], [7, 5], [1, 5]])
    noisy = points + np.random.default_rng(0).uniform(-1e-9, 1e-9, points.shape)
    np.testing.assert_array_equal(fill_polygon(noisy, (7, 9)), fill_polygon(points, (7, 9)))


def test_keyhole_leaves_its_hole_empty():
    keyhole = [[0.5, 0.5], [7.5, 0.5], [7.5, 5.5], [4, 5.5], [4, 4.5]]
    keyhole += [[5.5, 4.5], [5.5, 1.5], [2.5, 1.5], [2.5, 4.5], [4, 4.5], [4, 5.5], [0.5, 5.5]]
    filled = fill_polygon(np.array(keyhole), (7, 9))
    assert filled.sum() == 7 * 5 - 3 * 3
    assert not filled[2:5, 3:6].any()


def test_parts_outside_are_cut():
    assert fill_polygon(SQUARE * 10 - 20, (7, 9)).all()
    assert not fill_polygon(SQUARE + 100, (7, 9)).any()
    assert not fill_polygon(SQUARE - 100, (7, 9)).any()
