"""From nibabel's images (RAS) to SimpleITK's (LPS)."""

import sys
from pathlib import Path
from typing import Any
from zlib import error as ZlibError

import numpy as np
import SimpleITK as sitk

from radiohers.exceptions import ImageReadError

__all__ = ["from_nibabel", "geometry_lps", "is_nibabel_image", "load_nifti2"]

_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_NEAREST_OF_SIMPLEITK = {"?": "u1", "e": "f4", "g": "f8"}


def is_nibabel_image(source: Any) -> bool:
    """Tell whether an image is one of nibabel's."""
    # nibabel takes a fifth of a second to load, and where nobody loaded it there are none of its images.
    nibabel = sys.modules.get("nibabel")
    return nibabel is not None and isinstance(source, nibabel.spatialimages.SpatialImage)


def load_nifti2(path: Path) -> Any:
    """Open a NIfTI-2 file, which SimpleITK does not read, as a nibabel image."""
    import nibabel

    try:
        return nibabel.load(path)
    except (nibabel.filebasedimages.ImageFileError, nibabel.spatialimages.HeaderDataError) as error:
        raise ImageReadError(f"its NIfTI-2 header is damaged ({error}). Export it again.") from error


def from_nibabel(image: Any) -> sitk.Image:
    """Convert a nibabel image.

    Parameters
    ----------
    image : nibabel.spatialimages.SpatialImage
        Its affine maps voxel indices to millimetres towards right, anterior,
        superior.

    Returns
    -------
    SimpleITK.Image
        The same voxels at the same places, in millimetres towards left,
        posterior, superior. Trailing axes of one voxel are dropped.

    Raises
    ------
    ImageReadError
        If the voxels cannot be loaded, are not one real number each, or the
        affine is missing or singular.
    """
    spacing_mm, origin_mm, direction = geometry_lps(image.affine)
    size = tuple(int(n) for n in image.shape)
    while len(size) > 3 and size[-1] == 1:
        size = size[:-1]
    size += (1,) * (3 - len(size))
    if len(size) > 3:
        raise ImageReadError(
            f"it has {len(size)} dimensions {size}, not 3. Pick one volume, for instance image.slicer[..., 0]."
        )
    result = sitk.GetImageFromArray(_voxels(image).reshape(size).T, isVector=False)
    result.SetSpacing(spacing_mm.tolist())
    result.SetOrigin(origin_mm.tolist())
    result.SetDirection(direction.ravel().tolist())
    return result


def geometry_lps(affine: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return spacing, origin and direction in SimpleITK's axes, or say what is wrong with the affine."""
    if affine is None or not np.isfinite(affine).all():
        raise ImageReadError("its affine is missing or not finite. Give the nibabel image an affine.")
    affine = _RAS_TO_LPS @ affine
    spacing_mm = np.linalg.norm(affine[:3, :3], axis=0)
    if not spacing_mm.all():
        raise ImageReadError("its affine is singular: the voxel spacing is 0 mm along an axis. Set the affine.")
    return spacing_mm, affine[:3, 3], affine[:3, :3] / spacing_mm


def _voxels(image: Any) -> np.ndarray:
    try:
        voxels = np.asanyarray(image.dataobj)
    # What nibabel raises where the file behind the image is missing, cut short or damaged.
    except (OSError, EOFError, ValueError, ZlibError) as error:
        reason = " ".join(str(error).split())
        raise ImageReadError(f"its voxels cannot be loaded ({reason}). Copy or export the file again.") from error
    if voxels.dtype.names:
        raise ImageReadError(f"it holds {len(voxels.dtype.names)} numbers a voxel, not 1 (colours or a vector).")
    dtype = _NEAREST_OF_SIMPLEITK.get(voxels.dtype.char, voxels.dtype.newbyteorder("="))
    if voxels.dtype == np.float64 and _is_rescaled(image):
        # SimpleITK keeps what a header rescales in single precision, and features depend on the type.
        dtype = np.float32
    return voxels.astype(dtype, copy=False)


def _is_rescaled(image: Any) -> bool:
    """Tell whether the voxels are numbers of a file that are not float64 and that its header rescales."""
    slope, intercept = getattr(image.dataobj, "slope", 1), getattr(image.dataobj, "inter", 0)
    return (slope, intercept) != (1, 0) and image.dataobj.dtype != np.float64
