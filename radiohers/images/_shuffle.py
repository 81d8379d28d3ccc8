"""Voxels of a lesion in another order: the same grey values and shape, without texture."""

from typing import Any

import SimpleITK as sitk
from sklearn.utils import check_random_state

from radiohers.exceptions import GeometryError, MaskError

__all__ = ["shuffle_lesion"]


def shuffle_lesion(image: sitk.Image, mask: sitk.Image, random_state: Any = 0) -> sitk.Image:
    """Return an image whose voxels inside the lesion have changed places at random.

    Parameters
    ----------
    image : SimpleITK.Image
        Of 3 dimensions, one number a voxel.
    mask : SimpleITK.Image
        Of the same size; not 0 inside the lesion. See :func:`read_pair`.
    random_state : int, RandomState instance or None, default=0
        Seed of the order.

    Returns
    -------
    SimpleITK.Image
        A new image of the same pixel type and geometry. Outside the lesion it is
        the same; inside it has the same values, each as often.

    Raises
    ------
    GeometryError
        If the two differ in size.
    MaskError
        If the mask is 0 throughout.

    Notes
    -----
    First-order features, which do not ask where a value stands, and features of the shape
    keep their values; features of texture become those of noise with the same
    histogram. Where an image is resampled or filtered afterwards, first-order features
    change too, because neighbours are mixed.

    References
    ----------
    Welch ML, McIntosh C, Haibe-Kains B, et al. Vulnerabilities of radiomic signature
    development: the need for safeguards. Radiother Oncol 2019;130:2-9.
    doi:10.1016/j.radonc.2018.10.027

    Examples
    --------
    >>> import numpy as np, SimpleITK as sitk
    >>> from radiohers.images import shuffle_lesion
    >>> image = sitk.GetImageFromArray(np.arange(24).reshape(2, 3, 4))
    >>> mask = sitk.GetImageFromArray(np.array([[[1, 1, 1, 0]] * 3, [[0] * 4] * 3]))
    >>> shuffled = sitk.GetArrayFromImage(shuffle_lesion(image, mask))
    >>> shuffled[0, :, 3].tolist(), sorted(shuffled[0, :, :3].ravel().tolist())
    ([3, 7, 11], [0, 1, 2, 4, 5, 6, 8, 9, 10])
    """
    if image.GetSize() != mask.GetSize():
        raise GeometryError(
            f"mask {mask.GetSize()} and image {image.GetSize()} differ in size (x, y, z)",
            advice="Give the two that read_pair(...) returns.",
        )
    inside = sitk.GetArrayViewFromImage(mask) != 0
    if not inside.any():
        raise MaskError("the mask is 0 throughout, so there is nothing to shuffle", advice="Give the mask of a lesion.")
    voxels = sitk.GetArrayFromImage(image)
    voxels[inside] = check_random_state(random_state).permutation(voxels[inside])
    shuffled = sitk.GetImageFromArray(voxels)
    shuffled.CopyInformation(image)
    return shuffled
