"""Comparing the grids of an image and its mask."""

import numpy as np
import SimpleITK as sitk

from radiohers.images._header import ImageHeader, header_of

__all__ = ["geometry_mismatch"]


def geometry_mismatch(
    image: sitk.Image | ImageHeader, mask: sitk.Image | ImageHeader, tolerance_mm: float
) -> str | None:
    """Say in what the grids of an image and its mask differ.

    Parameters
    ----------
    image, mask : SimpleITK.Image or ImageHeader
        Of 3 dimensions.
    tolerance_mm : float
        Differences up to this many millimetres are no mismatch.

    Returns
    -------
    str or None
        The end of the sentence "mask and image differ in ..."; None if they
        lie on the same grid.

    Notes
    -----
    Each difference is the distance, in mm, by which it alone displaces a voxel:

    - origin: the distance of the two origins;
    - spacing: the displacement of the grid's far corner,
      :math:`\\lVert n \\cdot (s_m - s_i) \\rVert`, with n the size in voxels and s the spacing in mm;
    - direction: the largest displacement of a corner,
      :math:`\\max_c \\lVert (D_m - D_i) (c \\cdot n \\cdot s_i) \\rVert`, over the corners
      :math:`c \\in \\{0, 1\\}^3`, with D the direction cosines.

    So a difference of spacing too small to matter for one voxel counts if it
    adds up over the volume.

    Examples
    --------
    >>> import SimpleITK as sitk
    >>> image, mask = sitk.Image(9, 8, 7, sitk.sitkInt16), sitk.Image(9, 8, 7, sitk.sitkUInt8)
    >>> mask.SetOrigin((0, 0, 0.98))
    >>> geometry_mismatch(image, mask, 1e-3)
    'origin by 0.98 mm (tolerance 0.001)'
    """
    image, mask = header_of(image), header_of(mask)
    if image.size != mask.size:
        return f"shape: mask {mask.size}, image {image.size} voxels (x, y, z)"
    size = np.array(image.size)
    spacing_mm = np.array(image.spacing_mm)
    spacing_change_mm = np.subtract(mask.spacing_mm, spacing_mm)
    direction_change = np.subtract(mask.direction, image.direction).reshape(3, 3)
    corners_mm = np.array(list(np.ndindex(2, 2, 2))) * size * spacing_mm
    displacement_mm = {
        "origin": np.linalg.norm(np.subtract(mask.origin_mm, image.origin_mm)),
        "spacing": np.linalg.norm(spacing_change_mm * size),
        "direction": np.linalg.norm(corners_mm @ direction_change.T, axis=1).max(),
    }
    where = {
        "origin": "",
        "spacing": f" at the far corner ({_millimetres(np.abs(spacing_change_mm).max())} mm a voxel)",
        "direction": " at the far corner",
    }
    differences = [
        f"{name} by {_millimetres(distance)} mm{where[name]}"
        for name, distance in displacement_mm.items()
        if distance > tolerance_mm
    ]
    return f"{', '.join(differences)} (tolerance {tolerance_mm:g})" if differences else None


def _millimetres(distance: float) -> str:
    """Write with 3 digits, but never as a power of ten where that is large."""
    return f"{distance:.3g}" if distance < 1000 else f"{distance:.0f}"
