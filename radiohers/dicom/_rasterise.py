"""Polygons to pixels: even-odd, by scan lines through the centres of the pixels."""

import numpy as np

__all__ = ["fill_polygon"]

# Parts of a pixel. Coming from millimetres leaves noise of 1e-12, which must not decide on which side of a centre an
# edge runs that was drawn through it.
_DECIMALS = 6


def fill_polygon(points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Mark the pixels whose centres lie inside a polygon.

    Parameters
    ----------
    points : array of shape (n_points, 2)
        Corners as (column, row), in pixels; the centre of the first pixel is
        (0, 0). The last corner is joined to the first.
    shape : tuple of int
        Rows and columns.

    Returns
    -------
    array of bool of shape (rows, columns)
        By the even-odd rule: a self-touching outline that goes in through a
        channel, around a hole and out again leaves the hole empty. A centre
        on an edge is inside if the polygon lies to its right or below it, so
        that two polygons which share an edge share no pixel and leave none out.

    Notes
    -----
    For each row the crossings of its centre line y = row with the edges are
    found; an edge from y0 to y1 counts for min(y0, y1) <= row < max(y0, y1).
    Each crossing at x turns over all pixels from column ceil(x) on.

    References
    ----------
    Foley JD, van Dam A, Feiner SK, Hughes JF. Computer Graphics: Principles
    and Practice, 2nd ed., 1990, section 3.6.

    Examples
    --------
    >>> import numpy as np
    >>> fill_polygon(np.array([[0.5, 0.5], [3.5, 0.5], [3.5, 2.5], [0.5, 2.5]]), (4, 5)).astype(int)
    array([[0, 0, 0, 0, 0],
           [0, 1, 1, 1, 0],
           [0, 1, 1, 1, 0],
           [0, 0, 0, 0, 0]])
    """
    n_rows, n_columns = shape
    points = np.round(np.asarray(points, dtype=float), _DECIMALS)
    x0, y0 = points.T
    x1, y1 = np.roll(points, -1, axis=0).T
    first = np.clip(np.ceil(np.minimum(y0, y1)), 0, n_rows).astype(int)
    last = np.clip(np.ceil(np.maximum(y0, y1)), 0, n_rows).astype(int)
    counts = np.maximum(last - first, 0)
    edge = np.repeat(np.arange(len(points)), counts)
    row = first[edge] + np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    crossing = x0[edge] + (row - y0[edge]) * (x1[edge] - x0[edge]) / (y1[edge] - y0[edge])
    column = np.clip(np.ceil(np.round(crossing, _DECIMALS)), 0, n_columns).astype(int)
    turns = np.zeros((n_rows, n_columns + 1), dtype=np.int64)
    np.add.at(turns, (row, column), 1)
    return (np.cumsum(turns, axis=1)[:, :n_columns] % 2).astype(bool)
