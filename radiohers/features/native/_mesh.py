"""The surface of a lesion: area, enclosed volume, and the ends of its lines."""

from typing import NamedTuple

import numpy as np

from radiohers.features.native._compile import kernel
from radiohers.features.native._cube_triangles import CONFIGURATIONS, N_CONFIGURATIONS, TRIANGLES

__all__ = ["Mesh", "measure_mesh"]


class Mesh(NamedTuple):
    """What is known of a surface.

    Attributes
    ----------
    area : float
        In mm2.
    volume : float
        In mm3.
    lines_x : ndarray of int of shape (2, n_slices, n_rows)
        Lowest and highest column of the surface's points in every line, in
        halves of a voxel; lines without points have a lowest above their highest.
    lines_y : ndarray of int of shape (2, n_slices, n_columns)
        The same for lines along the rows' axis.
    """

    area: float
    volume: float
    lines_x: np.ndarray
    lines_y: np.ndarray


def measure_mesh(mask: np.ndarray, spacing_mm: tuple[float, float, float]) -> Mesh:
    r"""Measure the surface that runs half-way between voxels inside and outside.

    Parameters
    ----------
    mask : ndarray of bool of shape (n_slices, n_rows, n_columns)
        The lesion.
    spacing_mm : tuple of float
        Distance of the voxels, in the order of the axes.

    Returns
    -------
    Mesh
        Its area and volume, and the points that are its widest.

    Notes
    -----
    Cubes of eight voxels with the same ones inside have the same triangles. So cubes are counted
    and their places summed, and triangles are measured once a configuration :math:`c`: with its
    triangles' corners :math:`p, q, r`, in mm from the cube's first voxel, of :math:`n_c` cubes at
    :math:`o`,

    .. math::
        A = \sum_c n_c \sum \tfrac{1}{2} |(p - r) \times (q - r)|, \qquad
        V = \tfrac{1}{6} \sum_c \Big( n_c \sum (p \times q) \cdot r
        + \big(\sum o\big) \cdot \sum (p \times q + q \times r + r \times p) \Big).

    References
    ----------
    Lorensen WE, Cline HE. Marching cubes: a high resolution 3D surface
    construction algorithm. SIGGRAPH Computer Graphics 1987;21:163-169.
    doi:10.1145/37402.37422
    """
    padded = np.pad(mask, 1).view(np.uint8)
    shape = np.array(padded.shape)
    lines_x, lines_y = (np.empty((2, 2 * shape[0], 2 * shape[axis]), dtype=np.int32) for axis in (1, 2))
    for lines in (lines_x, lines_y):
        lines[0], lines[1] = np.iinfo(np.int32).max, -1
    counts, places = np.zeros(N_CONFIGURATIONS, dtype=np.int64), np.zeros((N_CONFIGURATIONS, 3), dtype=np.int64)
    _visit_cubes(padded, counts, places, lines_x, lines_y)

    spacing = np.asarray(spacing_mm, dtype=np.float64)
    p, q, r = np.moveaxis(TRIANGLES * spacing, 1, 0)
    area = 0.5 * np.linalg.norm(np.cross(p - r, q - r), axis=1)
    volume = (np.cross(p, q) * r).sum(axis=1)
    normal = np.cross(p, q) + np.cross(q, r) + np.cross(r, p)
    volume = counts[CONFIGURATIONS] @ volume + (places[CONFIGURATIONS] * spacing * normal).sum()
    return Mesh(float(counts[CONFIGURATIONS] @ area), float(volume / 6), lines_x, lines_y)


@kernel
def _visit_cubes(padded, counts, places, lines_x, lines_y):
    n_slices, n_rows, n_columns = padded.shape
    for z in range(n_slices - 1):
        for y in range(n_rows - 1):
            near = 0
            for x in range(n_columns):
                far = np.int64(
                    padded[z, y, x]
                    | (padded[z, y + 1, x] << 2)
                    | (padded[z + 1, y, x] << 4)
                    | (padded[z + 1, y + 1, x] << 6)
                )
                cube = near | (far << 1)
                near = far
                # At x = 0 the cube would lie outside; its voxels are padding, so that it counts as empty.
                if cube == 0 or cube == 255:
                    continue
                counts[cube] += 1
                places[cube, 0] += z
                places[cube, 1] += y
                places[cube, 2] += x - 1
                # Every point lies on one edge that ends in the last corner of one cube.
                last = cube >> 7
                if last != (cube >> 6) & 1:
                    _widen(lines_x, 2 * z + 2, 2 * y + 2, 2 * x - 1)
                    _widen(lines_y, 2 * z + 2, 2 * x - 1, 2 * y + 2)
                if last != (cube >> 5) & 1:
                    _widen(lines_x, 2 * z + 2, 2 * y + 1, 2 * x)
                    _widen(lines_y, 2 * z + 2, 2 * x, 2 * y + 1)
                if last != (cube >> 3) & 1:
                    _widen(lines_x, 2 * z + 1, 2 * y + 2, 2 * x)
                    _widen(lines_y, 2 * z + 1, 2 * x, 2 * y + 2)


@kernel
def _widen(lines, i, j, value):
    if value < lines[0, i, j]:
        lines[0, i, j] = value
    if value > lines[1, i, j]:
        lines[1, i, j] = value
