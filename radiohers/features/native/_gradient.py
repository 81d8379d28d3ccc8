"""The magnitude of the gradient, as ITK computes it."""

import numpy as np

from radiohers.features.native._crop import Volume, widen

__all__ = ["gradient"]


def gradient(volume: Volume, use_spacing: bool = True) -> np.ndarray:
    r"""Return the magnitude of the gradient in the lesion's box.

    Parameters
    ----------
    volume : Volume
        The case.
    use_spacing : bool, default=True
        Per millimetre; False: per voxel.

    Returns
    -------
    ndarray of float32, of the box's shape
        float32 as in pyradiomics, whose bins depend on it.

    Notes
    -----
    Central differences, :math:`(x_{i+1} - x_{i-1}) / 2d`; beyond the image's
    border, its outermost voxel is repeated. Squares are summed from the last
    axis to the first, which is ITK's order.
    """
    ndim = volume.image.ndim
    wide, inner = widen(volume.box, (1,) * ndim, volume.image.shape)
    region = np.ascontiguousarray(volume.image[wide])
    steps = volume.spacing_mm if use_spacing else (1.0,) * ndim
    squares = np.zeros([side.stop - side.start for side in inner])
    for axis in reversed(range(ndim)):
        halves = 0.5 * (1.0 / steps[axis])
        size = region.shape[axis]
        index = np.arange(inner[axis].start, inner[axis].stop)
        across = tuple(slice(None) if other == axis else inner[other] for other in range(ndim))
        lines = region[across]
        after = lines.take(np.minimum(index + 1, size - 1), axis) * halves
        before = lines.take(np.maximum(index - 1, 0), axis) * halves
        squares += (after - before) ** 2
    return np.sqrt(squares).astype(np.float32)
