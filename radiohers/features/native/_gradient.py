"""The magnitude of the gradient, as ITK computes it."""

import numpy as np

from radiohers.features.native._compile import kernel
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
    wide, _ = widen(volume.box, (1,) * ndim, volume.image.shape)
    missing = [
        (1 - (side.start - outer.start), 1 - (outer.stop - side.stop))
        for side, outer in zip(volume.box, wide, strict=True)
    ]
    region = np.pad(volume.image[wide], missing, mode="edge")
    steps = np.array(volume.spacing_mm if use_spacing else (1.0,) * ndim)
    shape = tuple(side.stop - side.start for side in volume.box)
    if ndim == 2:
        # Repeated along an axis, an image has no gradient there.
        region, steps = np.repeat(region[np.newaxis], 3, axis=0), np.array([1.0, *steps])
    return _magnitude(region, 0.5 * (1.0 / steps)).reshape(shape)


@kernel
def _magnitude(region, weights):
    n_slices, n_rows, n_columns = region.shape[0] - 2, region.shape[1] - 2, region.shape[2] - 2
    weight_0, weight_1, weight_2 = weights[0], weights[1], weights[2]
    magnitudes = np.empty((n_slices, n_rows, n_columns), np.float32)
    for k in range(n_slices):
        for r in range(n_rows):
            here = region[k + 1, r + 1]
            above, below = region[k + 1, r, 1:-1], region[k + 1, r + 2, 1:-1]
            before, after = region[k, r + 1, 1:-1], region[k + 2, r + 1, 1:-1]
            magnitude = magnitudes[k, r]
            for c in range(np.uint64(n_columns)):
                along = here[c + np.uint64(2)] * weight_2 - here[c] * weight_2
                down = below[c] * weight_1 - above[c] * weight_1
                across = after[c] * weight_0 - before[c] * weight_0
                magnitude[c] = np.float32(np.sqrt(along * along + down * down + across * across))
    return magnitudes
