"""Points go where each operation says."""

import numpy as np
import pytest

from radiohers.crops import Augmentation
from radiohers.crops._homography import (
    corner_points,
    homographies_from_corners,
    quarter_turns,
    rotations,
    sampling_matrices,
    shears,
)
from radiohers.crops._operations import draw, geometry

SHAPE = (8, 12)


def move(matrix, point):
    x, y, divisor = matrix @ [*point, 1]
    return x / divisor, y / divisor


def test_quarter_turn_to_the_left_takes_right_to_top():
    assert move(quarter_turns(np.array([1]))[0], (5, 0)) == (0, -5)


def test_four_quarter_turns_are_none():
    assert np.array_equal(quarter_turns(np.array([-4, 0, 4])), np.broadcast_to(np.eye(3), (3, 3, 3)))


def test_rotation_to_the_left():
    point = move(rotations(np.array([30.0]), SHAPE, enlarge=False)[0], (2, 0))
    assert point == pytest.approx((np.sqrt(3), -1))


def test_rotation_enlarges_a_square_by_cosine_plus_sine():
    matrix = rotations(np.array([10.0]), (8, 8), enlarge=True)[0]
    assert np.sqrt(np.linalg.det(matrix)) == pytest.approx(np.cos(np.radians(10)) + np.sin(np.radians(10)))


def test_shear_moves_a_point_by_slope_times_its_height():
    slope = np.tan(np.radians(20))
    along_x, along_y = shears(np.array([20.0, 20.0]), np.array([True, False]), SHAPE, enlarge=False)
    assert move(along_x, (1, 3)) == pytest.approx((1 + 3 * slope, 3))
    assert move(along_y, (1, 3)) == pytest.approx((1, 3 + slope))


def test_shear_stretches_its_axis_alone():
    matrix = shears(np.array([45.0]), np.array([True]), SHAPE, enlarge=True)[0]
    assert move(matrix, (3, 0)) == pytest.approx((3 * (1 + 8 / 12), 0))


def test_corners_go_where_they_are_sent():
    moved = np.array([[[-7.0, -5], [6, -4], [8, 6], [-6, 4]]])
    matrix = homographies_from_corners(moved, SHAPE)[0]
    for corner, goal in zip(corner_points(SHAPE), moved[0], strict=True):
        assert move(matrix, corner) == pytest.approx(goal)


def test_sampling_matrix_leads_back():
    moved = np.array([[[-7.0, -5], [6, -4], [8, 6], [-6, 4]]])
    backward = sampling_matrices(homographies_from_corners(moved, SHAPE), SHAPE)[0]
    assert move(backward, (8 / 6, 6 / 4)) == pytest.approx((1, 1))


@pytest.mark.parametrize("shape", [(9, 9), (7, 11), (11, 7)])
def test_enlarged_crops_cover_the_frame(shape):
    settings = Augmentation.from_preset("liver_ct").get_params() | {"max_tilt": 1.0, "max_shear_degrees": 45}
    if shape[0] != shape[1]:
        settings |= {"rotate_90_left": 0, "rotate_90_right": 0}
    record = draw(settings, 500, np.random.default_rng(0))
    backward = sampling_matrices(geometry(record, shape, enlarge=True)[0], shape)
    sources = np.array([[move(matrix, corner) for corner in corner_points((2, 2))] for matrix in backward])
    assert np.abs(sources).max() <= 1 + 1e-9
