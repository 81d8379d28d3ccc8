"""Whether an image is one that can be used: told from its header, before or after its voxels are read."""

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk

from radiohers.exceptions import ImageReadError
from radiohers.images._simpleitk import bad_spacing, sheared

__all__ = ["check_geometry", "check_pixel_type", "check_size"]

# Far above the rounding of float32 headers, far below any shear drawn on purpose.
_ORTHOGONALITY_TOLERANCE = 1e-3
_SCALAR_PIXEL_IDS = {
    sitk.sitkUInt8,
    sitk.sitkInt8,
    sitk.sitkUInt16,
    sitk.sitkInt16,
    sitk.sitkUInt32,
    sitk.sitkInt32,
    sitk.sitkUInt64,
    sitk.sitkInt64,
    sitk.sitkFloat32,
    sitk.sitkFloat64,
}


def check_size(size: Sequence[int]) -> None:
    """Raise an error unless there are 2 or 3 dimensions, or a fourth of one voxel, and any voxels at all."""
    if len(size) > 4 or (len(size) == 4 and size[3] != 1):
        raise ImageReadError(
            f"it has {len(size)} dimensions {tuple(size)}, not 3",
            advice="Pick one volume, for instance image[:, :, :, 0].",
        )
    if not all(size):
        raise ImageReadError("it has no voxels.")


def check_pixel_type(pixel_id: int, name: str, n_components: int) -> None:
    """Raise an error unless there is one real number a voxel; `name` is that of the pixel type."""
    if n_components > 1:
        raise ImageReadError(
            f"it holds {n_components} numbers a voxel, not 1 (colours or a vector)",
            advice="Pick one, for instance SimpleITK.VectorIndexSelectionCast(image, 0).",
        )
    if pixel_id in (sitk.sitkComplexFloat32, sitk.sitkComplexFloat64):
        raise ImageReadError(
            "its voxels are complex numbers", advice="Take their size: SimpleITK.ComplexToModulus(image)."
        )
    if pixel_id not in _SCALAR_PIXEL_IDS:
        raise ImageReadError(
            f"its voxels are of the kind '{name}', not numbers",
            advice="Cast it, for instance SimpleITK.Cast(image, SimpleITK.sitkFloat32).",
        )


def check_geometry(spacing_mm: Sequence[float], origin_mm: Sequence[float], direction: Sequence[float]) -> None:
    """Raise an error unless the geometry, of 3 dimensions, is finite and its axes are at right angles."""
    if not np.isfinite(spacing_mm).all() or min(spacing_mm) <= 0:
        raise bad_spacing(spacing_mm)
    if not np.isfinite([*origin_mm, *direction]).all():
        raise ImageReadError(
            f"its geometry is not finite: origin {tuple(origin_mm)}, direction {tuple(direction)}",
            advice="Correct the header, or convert the image again from DICOM.",
        )
    cosines = np.reshape(direction, (3, 3))
    if np.abs(cosines.T @ cosines - np.eye(3)).max() > _ORTHOGONALITY_TOLERANCE:
        raise sheared()
