"""Filters of single voxels, rescaled by the largest absolute value of the whole image."""

import numpy as np

from radiohers.features.native._crop import Volume

__all__ = ["exponential", "logarithm", "square", "square_root"]

# Two values nearer than this may change places when they are rounded after the logarithm.
_TIE = 1e-9


def square(volume: Volume) -> np.ndarray:
    r"""Return :math:`(cx)^2` in the lesion's box, where :math:`c = 1 / \sqrt{\max|x|}`.

    Parameters
    ----------
    volume : Volume
        The case.

    Returns
    -------
    ndarray of float64, of the box's shape
        NaN throughout for an image of zeros, as in pyradiomics.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return (1 / np.sqrt(np.float64(volume.peak)) * volume.boxed_image) ** 2


def square_root(volume: Volume) -> np.ndarray:
    r"""Return :math:`\pm\sqrt{c|x|}` in the lesion's box, where :math:`c = \max|x|`; the sign is that of x.

    Parameters
    ----------
    volume : Volume
        The case.

    Returns
    -------
    ndarray of float64, of the box's shape
    """
    return np.copysign(np.sqrt(np.abs(volume.boxed_image) * volume.peak), volume.boxed_image)


def logarithm(volume: Volume) -> np.ndarray:
    r"""Return :math:`\pm c\log(|x| + 1)` in the lesion's box, where :math:`c = \max|x| / \log(\max|x| + 1)`.

    Parameters
    ----------
    volume : Volume
        The case.

    Returns
    -------
    ndarray of float64, of the box's shape
        With the sign of x; NaN throughout for an image of zeros, as in
        pyradiomics.
    """
    # pyradiomics takes the largest logarithm rather than the logarithm of the largest value, and the
    # processor's logarithm may give a neighbour of the largest value more.
    threshold = volume.peak * (1 - _TIE)
    candidates = [volume.image[volume.image >= threshold], -volume.image[volume.image <= -threshold]]
    largest = max(np.log(values + 1).max() for values in candidates if values.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.copysign(np.log(np.abs(volume.boxed_image) + 1), volume.boxed_image) * (volume.peak / largest)


def exponential(volume: Volume) -> np.ndarray:
    r"""Return :math:`e^{cx}` in the lesion's box, where :math:`c = \log(\max|x|) / \max|x|`.

    Parameters
    ----------
    volume : Volume
        The case.

    Returns
    -------
    ndarray of float64, of the box's shape
        NaN throughout for an image of zeros, as in pyradiomics.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.exp(np.log(np.float64(volume.peak)) / np.float64(volume.peak) * volume.boxed_image)
