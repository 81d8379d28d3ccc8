"""Homographies of whole batches: how points of a crop move.

A homography is a 3 x 3 matrix that takes a point ``(x, y, 1)``, up to a factor,
to where it comes to lie. Points are in pixels from the centre of the crop, x to
the right and y down, so that a crop of width W spans -W/2 to W/2 from the outer
edge of its first pixel to that of its last. Matrices multiply from the right:
``second @ first``. They are computed in double precision on the CPU, where a
batch of them takes less time than a GPU would need to be told.
"""

from collections.abc import Sequence

import numpy as np

__all__ = ["corner_points", "homographies_from_corners", "quarter_turns", "rotations", "sampling_matrices", "shears"]

# Order of the corners in every array: clockwise from the top left, as (x, y) signs.
CORNER_SIGNS = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])


def corner_points(shape: tuple[int, int]) -> np.ndarray:
    """Return the corners of a crop: top left, top right, bottom right, bottom left.

    Parameters
    ----------
    shape : tuple of (n_rows, n_columns)
        Shape of the crop in pixels.

    Returns
    -------
    ndarray of shape (4, 2)
        x and y of each corner in pixels from the centre.

    Examples
    --------
    >>> corner_points((4, 6)).tolist()
    [[-3.0, -2.0], [3.0, -2.0], [3.0, 2.0], [-3.0, 2.0]]
    """
    n_rows, n_columns = shape
    return CORNER_SIGNS * np.array([n_columns, n_rows]) / 2


def quarter_turns(turns: np.ndarray) -> np.ndarray:
    """Return rotations to the left (counterclockwise) by multiples of 90 degrees, without rounding.

    Parameters
    ----------
    turns : ndarray of int, shape (n,)
        Number of quarter turns, negative to the right.

    Returns
    -------
    ndarray of shape (n, 3, 3)
        Homographies of zeros, ones and minus ones.
    """
    cosine = np.array([1, 0, -1, 0])[turns % 4]
    sine = np.array([0, 1, 0, -1])[turns % 4]
    return _linear([[cosine, sine], [-sine, cosine]])


def rotations(degrees: np.ndarray, shape: tuple[int, int], *, enlarge: bool) -> np.ndarray:
    """Return rotations about the centre.

    Parameters
    ----------
    degrees : ndarray of shape (n,)
        Angles, positive to the left (counterclockwise).
    shape : tuple of (n_rows, n_columns)
        Shape of the crop in pixels.
    enlarge : bool
        Whether to enlarge the crop, alike in x and y, until it covers its former area again.

    Returns
    -------
    ndarray of shape (n, 3, 3)
        Homographies.

    Notes
    -----
    The factor that just covers a crop with sides in the ratio r >= 1 is
    ``cos(angle) + r * sin(angle)``.
    """
    angle = np.radians(degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    if enlarge:
        factor = np.abs(cosine) + max(shape) / min(shape) * np.abs(sine)
        cosine, sine = cosine * factor, sine * factor
    return _linear([[cosine, sine], [-sine, cosine]])


def shears(degrees: np.ndarray, along_x: np.ndarray, shape: tuple[int, int], *, enlarge: bool) -> np.ndarray:
    """Return shears about the centre.

    Parameters
    ----------
    degrees : ndarray of shape (n,)
        Angles by which edges across the axis lean over, between -90 and 90: with k the
        tangent, a shear along x moves a point by ``k * y`` in x, one along y by ``k * x`` in y.
    along_x : ndarray of bool, shape (n,)
        Whether points move along x, else along y.
    shape : tuple of (n_rows, n_columns)
        Shape of the crop in pixels.
    enlarge : bool
        Whether to stretch the crop along the axis until it covers its former area again:
        by ``1 + |k| * height / width`` along x.

    Returns
    -------
    ndarray of shape (n, 3, 3)
        Homographies.
    """
    n_rows, n_columns = shape
    slope = np.tan(np.radians(degrees))
    slope_x, slope_y = np.where(along_x, slope, 0), np.where(along_x, 0, slope)
    stretch_x = 1 + np.abs(slope_x) * n_rows / n_columns if enlarge else np.ones_like(slope)
    stretch_y = 1 + np.abs(slope_y) * n_columns / n_rows if enlarge else np.ones_like(slope)
    return _linear([[stretch_x, slope_x], [slope_y, stretch_y]])


def homographies_from_corners(moved: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the homographies that move the four corners of a crop to given points.

    Parameters
    ----------
    moved : ndarray of shape (n, 4, 2)
        Where each corner comes to lie, x and y in pixels from the centre, in the
        order of :func:`corner_points`; the corners of a convex quadrilateral.
    shape : tuple of (n_rows, n_columns)
        Shape of the crop in pixels.

    Returns
    -------
    ndarray of shape (n, 3, 3)
        Homographies, 1 in the last place.

    Notes
    -----
    Each pair of points gives two linear equations in the eight unknown entries [1]_.

    References
    ----------
    .. [1] Hartley R, Zisserman A. Multiple View Geometry in Computer Vision,
       2nd edition, section 4.1. Cambridge University Press, 2004.
       :doi:`10.1017/CBO9780511811685`
    """
    x, y = np.broadcast_to(corner_points(shape), moved.shape).transpose(2, 0, 1)
    to_x, to_y = moved.transpose(2, 0, 1)
    one, zero = np.ones_like(x), np.zeros_like(x)
    of_x = np.stack([x, y, one, zero, zero, zero, -to_x * x, -to_x * y], axis=-1)
    of_y = np.stack([zero, zero, zero, x, y, one, -to_y * x, -to_y * y], axis=-1)
    entries = np.linalg.solve(np.concatenate([of_x, of_y], axis=1), np.concatenate([to_x, to_y], axis=1)[..., None])
    return np.concatenate([entries[..., 0], np.ones((len(moved), 1))], axis=1).reshape(-1, 3, 3)


def sampling_matrices(homographies: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Turn homographies round, to say for each pixel of the result where its value comes from.

    Parameters
    ----------
    homographies : ndarray of shape (n, 3, 3)
        How points move, in pixels from the centre.
    shape : tuple of (n_rows, n_columns)
        Shape of the crop in pixels.

    Returns
    -------
    ndarray of shape (n, 3, 3)
        Matrices from the result to the crop, both in coordinates that run from -1 to 1
        between the crop's outer edges; 1 in the last place.
    """
    n_rows, n_columns = shape
    half = np.array([n_columns / 2, n_rows / 2, 1])
    backward = np.linalg.inv(homographies) * half / half[:, None]
    return backward / backward[:, 2:, 2:]


def _linear(rows: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """Fill (n, 3, 3) matrices from the entries of their upper left 2 x 2 block, each of shape (n,)."""
    block = np.array(rows, dtype=float).transpose(2, 0, 1)
    matrices = np.zeros((len(block), 3, 3))
    matrices[:, :2, :2] = block
    matrices[:, 2, 2] = 1
    return matrices
