"""Where the lesion is on each slice, and what a crop around it shows."""

from typing import NamedTuple

import numpy as np

__all__ = ["Outline", "clip", "draw_outward", "make_square", "outlines_of_mask"]


class Outline(NamedTuple):
    """The bounding rectangle of a lesion on one axial slice.

    Attributes
    ----------
    slice : int
        The slice.
    rectangle : ndarray of shape (4,)
        Row start and stop, column start and stop, in voxels; voxel ``i``
        covers ``i`` to ``i + 1``.
    area_mm2 : float
        Area of the lesion, or of the rectangle where that was drawn by hand.
    """

    slice: int
    rectangle: np.ndarray
    area_mm2: float


def outlines_of_mask(lesion: np.ndarray, spacing_mm: np.ndarray) -> list[Outline]:
    """Return the bounding rectangle of a lesion on each slice that has some of it.

    Parameters
    ----------
    lesion : ndarray of shape (slice, row, column)
        Not 0 inside the lesion.
    spacing_mm : ndarray of shape (2,)
        Distance of rows and of columns.

    Returns
    -------
    list of Outline
        In the order of the slices, at most one a slice.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.crops._outlines import outlines_of_mask
    >>> lesion = np.zeros((4, 8, 9))
    >>> lesion[2, 3:5, 4:8] = 1
    >>> outlines = outlines_of_mask(lesion, np.array([0.5, 2.0]))
    >>> outlines[0].slice, outlines[0].rectangle.tolist(), outlines[0].area_mm2
    (2, [3.0, 5.0, 4.0, 8.0], 8.0)
    """
    has_lesion = lesion.astype(bool, copy=False)
    outlines = []
    for number in np.flatnonzero(has_lesion.any(axis=(1, 2))):
        image = has_lesion[number]
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        rectangle = np.array([rows[0], rows[-1] + 1, columns[0], columns[-1] + 1], dtype=float)
        outlines.append(Outline(int(number), rectangle, float(np.count_nonzero(image) * spacing_mm.prod())))
    return outlines


def draw_outward(rectangle: np.ndarray, margin_mm: float, spacing_mm: np.ndarray) -> np.ndarray:
    """Move each side of a rectangle outward.

    Parameters
    ----------
    rectangle : ndarray of shape (4,)
        Row start and stop, column start and stop, in voxels.
    margin_mm : float
        How far.
    spacing_mm : ndarray of shape (2,)
        Distance of rows and of columns.

    Returns
    -------
    ndarray of shape (4,)
        The larger rectangle; not rounded to whole voxels.

    Examples
    --------
    >>> import numpy as np
    >>> draw_outward(np.array([10.0, 12.0, 20.0, 24.0]), 5.0, np.array([1.0, 2.0])).tolist()
    [5.0, 17.0, 17.5, 26.5]
    """
    row_margin, column_margin = margin_mm / spacing_mm
    return rectangle + [-row_margin, row_margin, -column_margin, column_margin]


def clip(rectangle: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Take away what of a rectangle lies beyond the slice.

    Parameters
    ----------
    rectangle : ndarray of shape (4,)
        Row start and stop, column start and stop, in voxels.
    shape : tuple of two int
        Rows and columns of the slice.

    Returns
    -------
    ndarray of shape (4,)
        Of no height or width where all of it lay beyond.
    """
    return np.clip(rectangle, 0, np.repeat(shape, 2))


def make_square(rectangle: np.ndarray, spacing_mm: np.ndarray) -> np.ndarray:
    """Widen the shorter side of a rectangle to the length in mm of the longer, about its middle.

    Parameters
    ----------
    rectangle : ndarray of shape (4,)
        Row start and stop, column start and stop, in voxels.
    spacing_mm : ndarray of shape (2,)
        Distance of rows and of columns.

    Returns
    -------
    ndarray of shape (4,)
        The square; may go beyond the slice.

    Examples
    --------
    >>> import numpy as np
    >>> make_square(np.array([10.0, 14.0, 20.0, 22.0]), np.array([1.0, 0.5])).tolist()
    [10.0, 14.0, 17.0, 25.0]
    """
    sides = rectangle.reshape(2, 2)
    middle = sides.mean(axis=1)
    half = np.ptp(sides, axis=1) / 2
    half = (half * spacing_mm).max() / spacing_mm
    return np.column_stack([middle - half, middle + half]).ravel()
