"""A rectangle of a slice, resampled to a number of pixels."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

__all__ = ["resample_rectangle", "resampling_weights"]


def resampling_weights(n_voxels: int, start: float, stop: float, n_pixels: int) -> csr_array:
    """Return the share of each voxel in each pixel, along one axis.

    Parameters
    ----------
    n_voxels : int
        Number of voxels along the axis. Voxel ``i`` covers ``i`` to ``i + 1``.
    start, stop : float
        What the pixels cover, in voxels; may go beyond the image.
    n_pixels : int
        Number of pixels.

    Returns
    -------
    csr_array of shape (n_pixels, n_voxels)
        Rows sum to 1; those of pixels whose centre lies beyond the image are empty.

    Notes
    -----
    Linear interpolation, of which the triangle is widened to the distance of
    the pixels where that is above one voxel, so that nothing is skipped: the
    "bilinear" of Pillow, and of torchvision with ``antialias=True``.

    Examples
    --------
    >>> from radiohers.crops._resample import resampling_weights
    >>> resampling_weights(3, 0, 3, 3).toarray().tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    step = (stop - start) / n_pixels
    reach = max(step, 1.0)
    centres = start + (np.arange(n_pixels) + 0.5) * step
    # Within `reach` of its centre, each pixel has the same number of voxels, or one less.
    first = np.floor(centres - 0.5 - reach).astype(int)
    voxels = first[:, None] + np.arange(int(np.ceil(2 * reach)) + 2)
    weights = np.clip(1 - np.abs(voxels + 0.5 - centres[:, None]) / reach, 0, None)
    weights[(voxels < 0) | (voxels >= n_voxels)] = 0
    weights[(centres < 0) | (centres >= n_voxels)] = 0
    total = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, total, out=weights, where=total > 0)
    pixels, places = np.nonzero(weights)
    return csr_array((weights[pixels, places], (pixels, voxels[pixels, places])), shape=(n_pixels, n_voxels))


def resample_rectangle(images: Sequence[np.ndarray], rectangle: np.ndarray, size: int) -> np.ndarray:
    """Resample a rectangle of one or more images to squares of pixels.

    Parameters
    ----------
    images : sequence of arrays of shape (row, column), float
        Images on one grid.
    rectangle : array-like of shape (4,)
        Row start and stop, column start and stop, in voxels.
    size : int
        Number of rows and of columns of the result.

    Returns
    -------
    ndarray of shape (n_images, size, size), float
        0 beyond the images.

    Notes
    -----
    Sparse products add in one order always, so that the result is the same to
    the last bit whatever the number of threads.
    """
    n_rows, n_columns = images[0].shape
    row_start, row_stop, column_start, column_stop = rectangle
    rows = resampling_weights(n_rows, row_start, row_stop, size)
    columns = resampling_weights(n_columns, column_start, column_stop, size)
    return np.stack([(columns @ (rows @ image).T).T for image in images])
