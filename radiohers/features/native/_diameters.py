"""The largest distance of two points of a lesion's surface, exactly, without comparing all pairs."""

import numpy as np

from radiohers.features.native._compile import kernel

__all__ = ["diameters_mm"]


def diameters_mm(
    lines_x: np.ndarray, lines_y: np.ndarray, spacing_mm: tuple[float, float, float]
) -> tuple[float, float, float, float]:
    """Return the largest distance of two points, in planes of each axis and in space.

    Parameters
    ----------
    lines_x : ndarray of int of shape (2, n_slices, n_rows)
        Lowest and highest column of the points in every line, in halves of a voxel.
    lines_y : ndarray of int of shape (2, n_slices, n_columns)
        Lowest and highest row of the points in every line.
    spacing_mm : tuple of float
        Distance of the voxels, (slice, row, column).

    Returns
    -------
    tuple of float
        In mm: in one slice, in one row, in one column, and anywhere. 0 where
        no two points share a plane.

    Notes
    -----
    Two points that are farthest apart are corners of the convex hull, and so
    corners of the hull of any plane that they lie in. Of a plane's lines only
    the ends can be corners. Hulls are found in whole numbers, so that no
    corner is lost to rounding (Andrew's monotone chain).

    In space, the corners of all slices' hulls are compared; a pair of slices,
    or a point and a slice, is left out when their boxes are closer together
    than the best pair so far.

    References
    ----------
    Andrew AM. Another efficient algorithm for convex hulls in two dimensions.
    Information Processing Letters 1979;9:216-219. doi:10.1016/0020-0190(79)90072-3
    """
    z, y, x = (0.5 * step for step in spacing_mm)
    in_slice, corners, starts = _hulls(lines_x[0], lines_x[1], y, x)
    in_row, _, _ = _hulls(np.ascontiguousarray(lines_x[0].T), np.ascontiguousarray(lines_x[1].T), z, x)
    in_column, _, _ = _hulls(np.ascontiguousarray(lines_y[0].T), np.ascontiguousarray(lines_y[1].T), z, y)
    points = np.empty((len(corners), 3))
    points[:, 0] = np.repeat(np.arange(len(starts) - 1), np.diff(starts)) * z
    points[:, 1:] = corners * (y, x)
    slice_mm, row_mm, column_mm, space_mm = np.sqrt([in_slice, in_row, in_column, _farthest(points, starts)]).tolist()
    return slice_mm, row_mm, column_mm, space_mm


@kernel
def _hulls(low, high, line_step, point_step):
    """Return the largest squared distance in one plane, the corners of all hulls, and where each plane's start."""
    n_planes, n_lines = low.shape
    corners = np.empty((2 * n_planes * n_lines, 2), dtype=np.int32)
    starts = np.zeros(n_planes + 1, dtype=np.int64)
    best, n = 0.0, 0
    for plane in range(n_planes):
        start = n
        for side in range(2):
            # The lower ends bend one way, the upper ends the other.
            sign = 1 - 2 * side
            chain = n
            for line in range(n_lines):
                if low[plane, line] > high[plane, line]:
                    continue
                value = high[plane, line] if side else low[plane, line]
                while n - chain >= 2 and sign * _turn(corners, n, line, value) <= 0:
                    n -= 1
                corners[n, 0] = line
                corners[n, 1] = value
                n += 1
        starts[plane + 1] = n
        for i in range(start, n):
            for j in range(i + 1, n):
                by_line = (corners[i, 0] - corners[j, 0]) * line_step
                by_point = (corners[i, 1] - corners[j, 1]) * point_step
                best = max(best, by_line * by_line + by_point * by_point)
    return best, corners[:n], starts


@kernel
def _turn(corners, n, line, value):
    """Return above 0 where the way from the last corner but one over the last to a point turns left."""
    by_line, by_value = np.int64(corners[n - 1, 0] - corners[n - 2, 0]), np.int64(corners[n - 1, 1] - corners[n - 2, 1])
    return by_line * (value - corners[n - 2, 1]) - by_value * (line - corners[n - 2, 0])


@kernel
def _farthest(points, starts):
    """Return the largest squared distance of points that are sorted by planes."""
    if len(points) == 0:
        return 0.0
    boxes = _boxes(points, starts)
    best = _first_guess(points)
    for one in range(len(starts) - 1):
        for other in range(one, len(starts) - 1):
            if starts[one] == starts[one + 1] or starts[other] == starts[other + 1]:
                continue
            if _reach(boxes[one, 0], boxes[one, 1], boxes[other]) <= best:
                continue
            for i in range(starts[one], starts[one + 1]):
                if _reach(points[i], points[i], boxes[other]) <= best:
                    continue
                for j in range(starts[other], starts[other + 1]):
                    best = max(best, _squared_distance(points[i], points[j]))
    return best


@kernel
def _boxes(points, starts):
    boxes = np.zeros((len(starts) - 1, 2, 3))
    for plane in range(len(starts) - 1):
        for i in range(starts[plane], starts[plane + 1]):
            for axis in range(3):
                if i == starts[plane] or points[i, axis] < boxes[plane, 0, axis]:
                    boxes[plane, 0, axis] = points[i, axis]
                if i == starts[plane] or points[i, axis] > boxes[plane, 1, axis]:
                    boxes[plane, 1, axis] = points[i, axis]
    return boxes


@kernel
def _first_guess(points):
    """Return the squared distance of two points that are far apart, walking to the farthest until none is farther."""
    best, here, found = 0.0, 0, True
    while found:
        found, start = False, here
        for i in range(len(points)):
            square = _squared_distance(points[start], points[i])
            if square > best:
                best, here, found = square, i, True
    return best


@kernel
def _squared_distance(a, b):
    z, y, x = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return z * z + y * y + x * x


@kernel
def _reach(low, high, box):
    """Return the largest squared distance that two points in two boxes could have, and a little more."""
    square = 0.0
    for axis in range(3):
        side = max(high[axis] - box[0, axis], box[1, axis] - low[axis])
        square += side * side
    # Rounding must not leave out the pair that is farthest.
    return square * (1 + 1e-12)
