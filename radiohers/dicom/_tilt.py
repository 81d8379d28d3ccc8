"""Undoing the shear of a tilted gantry."""

import numpy as np
from scipy import ndimage

__all__ = ["without_shear"]

_DECIMALS = 4


def without_shear(
    voxels: np.ndarray, shifts_mm: np.ndarray, spacing_mm: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Move each slice back over the first one's normal.

    Parameters
    ----------
    voxels : array of shape (slices, rows, columns)
        The sheared volume.
    shifts_mm : array of shape (slices, 2)
        Where each slice's first voxel lies, along rows (x) and along columns (y).
    spacing_mm : tuple of float
        Between columns (x) and between rows (y).

    Returns
    -------
    voxels : array of shape (slices, more_rows, more_columns)
        float64, linearly interpolated within slices; grown so that nothing is
        cut off, and filled there with the smallest value of the volume.
    first_voxel_mm : array of shape (2,)
        Where the new first voxel lies, along rows and along columns.

    Notes
    -----
    The planes of the slices stay where they are, so contours drawn on them
    still fit.
    """
    # Rounding positions in the headers must not make a shift by whole voxels one that has to be interpolated.
    shifts = np.round(shifts_mm / np.asarray(spacing_mm), _DECIMALS)
    low, high = np.floor(shifts.min(axis=0)).astype(int), np.ceil(shifts.max(axis=0)).astype(int)
    n_columns, n_rows = high - low
    fill = float(voxels.min())
    grown = np.pad(voxels.astype(np.float64), ((0, 0), (0, n_rows), (0, n_columns)), constant_values=fill)
    moved = [
        ndimage.shift(plane, (shift[1] - low[1], shift[0] - low[0]), order=1, mode="constant", cval=fill)
        for plane, shift in zip(grown, shifts, strict=True)
    ]
    return np.stack(moved), low * np.asarray(spacing_mm)
