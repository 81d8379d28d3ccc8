"""Comparing the grids of an image and its mask."""

import numpy as np
import SimpleITK as sitk

__all__ = ["geometry_mismatch"]


def geometry_mismatch(image: sitk.Image, mask: sitk.Image, tolerance_mm: float) -> str | None:
    """Say in what the grids of an image and its mask differ.

    Parameters
    ----------
    image, mask : SimpleITK.Image
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
    if image.GetSize() != mask.GetSize():
        return f"shape: mask {mask.GetSize()}, image {image.GetSize()} voxels (x, y, z)"
    size = np.array(image.GetSize())
    spacing_mm = np.array(image.GetSpacing())
    spacing_change_mm = np.subtract(mask.GetSpacing(), spacing_mm)
    direction_change = np.subtract(mask.GetDirection(), image.GetDirection()).reshape(3, 3)
    corners_mm = np.array(list(np.ndindex(2, 2, 2))) * size * spacing_mm
    displacement_mm = {
        "origin": np.linalg.norm(np.subtract(mask.GetOrigin(), image.GetOrigin())),
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
