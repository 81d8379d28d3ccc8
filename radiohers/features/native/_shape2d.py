"""Shape features of a lesion in one slice: from its mask alone."""

from collections.abc import Callable, Iterable

import numpy as np

from radiohers.features.native._diameters import diameters_mm
from radiohers.features.native._names import FEATURES
from radiohers.features.native._shape import axis_length, eigenvalues_of, root_of_ratio

__all__ = ["shape_2d_features"]


def shape_2d_features(
    mask: np.ndarray, spacing_mm: tuple[float, float], names: Iterable[str] | None = None
) -> dict[str, float]:
    r"""Return the size and shape of a lesion in one slice.

    Parameters
    ----------
    mask : ndarray of bool of shape (n_rows, n_columns)
        The lesion, in a box as small as may be.
    spacing_mm : tuple of float
        Distance of the pixels, in the order of the axes.
    names : iterable of str, default=None
        Which features; all that are not deprecated if there are none.

    Returns
    -------
    dict of str to float
        In mm and mm2. NaN where an axis has no length that is real.

    Notes
    -----
    The outline joins the middles between neighbouring pixels of which one is inside (marching squares). With its
    length :math:`P` and the enclosed area :math:`A`, sphericity is :math:`2 \sqrt{\pi A} / P`.

    References
    ----------
    van Griethuysen JJM et al. Computational radiomics system to decode the
    radiographic phenotype. Cancer Research 2017;77:e104.
    doi:10.1158/0008-5472.CAN-17-0339

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native import shape_2d_features
    >>> shape_2d_features(np.ones((4, 5), bool), (2.0, 1.0), ["PixelSurface", "MeshSurface"])
    {'PixelSurface': 40.0, 'MeshSurface': 39.0}
    """
    perimeter, surface = (np.float64(value) for value in _outline(np.pad(mask, 1), spacing_mm))
    minor, major = eigenvalues_of(mask, spacing_mm)
    formulas: dict[str, Callable[[], float]] = {
        "Elongation": lambda: root_of_ratio(minor, major),
        "MajorAxisLength": lambda: axis_length(major),
        "MaximumDiameter": lambda: _diameter_mm(np.pad(mask, 1), spacing_mm),
        "MeshSurface": lambda: surface,
        "MinorAxisLength": lambda: axis_length(minor),
        "Perimeter": lambda: perimeter,
        "PerimeterSurfaceRatio": lambda: perimeter / surface,
        "PixelSurface": lambda: int(np.count_nonzero(mask)) * spacing_mm[1] * spacing_mm[0],
        "Sphericity": lambda: 2 * np.sqrt(np.pi * surface) / perimeter,
        "SphericalDisproportion": lambda: perimeter / (2 * np.sqrt(np.pi * surface)),
    }
    with np.errstate(all="ignore"):
        return {name: float(formulas[name]()) for name in names or FEATURES["shape2D"]}


def _outline(padded: np.ndarray, spacing_mm: tuple[float, float]) -> tuple[float, float]:
    """Return the length of the outline in mm and its enclosed area in mm2, from the squares of four pixels."""
    inside = padded.astype(np.int64)
    squares = [inside[:-1, :-1], inside[:-1, 1:], inside[1:, :-1], inside[1:, 1:]]
    n_inside = sum(squares)
    across = (n_inside == 2) & (squares[0] == squares[3])
    in_rows, in_columns = (n_inside == 2) & (squares[0] == squares[1]), (n_inside == 2) & (squares[0] == squares[2])
    n_corners = np.count_nonzero((n_inside == 1) | (n_inside == 3)) + 2 * np.count_nonzero(across)
    y, x = spacing_mm
    perimeter = n_corners * np.hypot(y, x) / 2 + np.count_nonzero(in_rows) * x + np.count_nonzero(in_columns) * y
    # In eighths of a pixel: a corner cuts one off, and where two pixels touch across, they are joined.
    # Two pixels that touch across are not joined: each has a corner of its own in the square, not half of it together.
    eighths = np.array([0, 1, 4, 7, 8])[n_inside].sum() - 2 * np.count_nonzero(across)
    return float(perimeter), float(eighths * (y * x) / 8)


def _diameter_mm(padded: np.ndarray, spacing_mm: tuple[float, float]) -> float:
    """Return the largest distance of two points of the outline."""
    low = np.full((1, 2 * padded.shape[0]), np.iinfo(np.int32).max, dtype=np.int32)
    high = np.full_like(low, -1)
    by_column = np.argwhere(padded[:, 1:] != padded[:, :-1]) * 2 + (0, 1)
    by_row = np.argwhere(padded[1:] != padded[:-1]) * 2 + (1, 0)
    for row, column in np.concatenate([by_column, by_row]):
        low[0, row], high[0, row] = min(low[0, row], column), max(high[0, row], column)
    lines = np.stack([low, high])
    return diameters_mm(lines, lines, (1.0, *spacing_mm))[0]
