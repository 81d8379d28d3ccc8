"""From nibabel's images (RAS) to SimpleITK's (LPS)."""

import sys
import tempfile
from pathlib import Path
from typing import Any
from zlib import error as ZlibError

import numpy as np
import SimpleITK as sitk

from radiohers.exceptions import ImageReadError
from radiohers.images._nifti_header import check_geometry
from radiohers.images._simpleitk import simpleitk_reading

__all__ = ["from_nibabel", "geometry_lps", "is_nibabel_image", "load_nifti2"]

_HEADER_BYTES = 348
# By the code of xyzt_units: metres, micrometres.
_MILLIMETRES = {1: 1e3, 3: 1e-3}
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
        raise ImageReadError(f"its NIfTI-2 header is damaged ({error})", advice="Export it again.") from error


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
        posterior, superior. Trailing axes of one voxel are dropped. Of a
        NIfTI-1 image it is what SimpleITK reads of the file that it was read
        from, or that it would be saved as.

    Raises
    ------
    ImageReadError
        If the voxels cannot be loaded, are not one real number each, or the
        affine is missing or singular.
    """
    spacing_mm, origin_mm, direction = geometry_lps(image)
    size = tuple(int(n) for n in image.shape)
    while len(size) > 3 and size[-1] == 1:
        size = size[:-1]
    if len(size) > 3:
        raise ImageReadError(
            f"it has {len(size)} dimensions {size}, not 3", advice="Pick one volume, for instance image.slicer[..., 0]."
        )
    if _is_nifti1(image):
        return _with_geometry_of_header(image, size)
    size += (1,) * (3 - len(size))
    result = sitk.GetImageFromArray(_voxels(image).reshape(size).T, isVector=False)
    result.SetSpacing(spacing_mm.tolist())
    result.SetOrigin(origin_mm.tolist())
    result.SetDirection(direction.ravel().tolist())
    return result


def _is_nifti1(image: Any) -> bool:
    return _has(image, "srow_x") and int(image.header["sizeof_hdr"]) == _HEADER_BYTES


def _has(image: Any, field: str) -> bool:
    # Headers of other formats are no records of fields.
    return field in getattr(image.header, "keys", tuple)()


def _with_geometry_of_header(image: Any, size: tuple[int, ...]) -> sitk.Image:
    """Make an image of a NIfTI-1 header as SimpleITK makes it of the file: units, qform and sform, 2 dimensions."""
    image.update_header()
    header = image.header.copy()
    header.set_data_dtype(np.int16)
    header["magic"], header["vox_offset"] = b"n+1", _HEADER_BYTES + 4
    content = header.binaryblock
    check_geometry(content, header.endianness, min(len(size), 3))
    reader = sitk.ImageFileReader()
    reader.SetImageIO("NiftiImageIO")
    with tempfile.TemporaryDirectory() as folder, simpleitk_reading():
        path = Path(folder) / "header.nii"
        path.write_bytes(content + bytes(4))
        reader.SetFileName(str(path))
        reader.ReadImageInformation()
    result = sitk.GetImageFromArray(_voxels(image).reshape(reader.GetSize()).T, isVector=False)
    result.SetSpacing(reader.GetSpacing())
    result.SetOrigin(reader.GetOrigin())
    result.SetDirection(reader.GetDirection())
    return result


def geometry_lps(image: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return spacing, origin (mm) and direction in SimpleITK's axes, or say what is wrong with the affine."""
    affine = image.affine
    if affine is None or not np.isfinite(affine).all():
        raise ImageReadError("its affine is missing or not finite", advice="Give the nibabel image an affine.")
    unit_mm = _MILLIMETRES.get(int(image.header["xyzt_units"]) & 7, 1.0) if _has(image, "xyzt_units") else 1.0
    affine = np.diag([unit_mm] * 3 + [1.0]) @ _RAS_TO_LPS @ affine
    spacing_mm = np.linalg.norm(affine[:3, :3], axis=0)
    if not spacing_mm.all():
        raise ImageReadError(
            "its affine is singular: the voxel spacing is 0 mm along an axis", advice="Set the affine."
        )
    return spacing_mm, affine[:3, 3], affine[:3, :3] / spacing_mm


def _voxels(image: Any) -> np.ndarray:
    try:
        voxels = _scaled_as_simpleitk(image.dataobj)
    # What nibabel raises where the file behind the image is missing, cut short or damaged.
    except (OSError, EOFError, ValueError, ZlibError) as error:
        reason = " ".join(str(error).split())
        raise ImageReadError(
            f"its voxels cannot be loaded ({reason})", advice="Copy or export the file again."
        ) from error
    if voxels.dtype.names:
        raise ImageReadError(f"it holds {len(voxels.dtype.names)} numbers a voxel, not 1 (colours or a vector).")
    dtype = _NEAREST_OF_SIMPLEITK.get(voxels.dtype.char, voxels.dtype.newbyteorder("="))
    return voxels.astype(dtype, copy=False)


def _scaled_as_simpleitk(dataobj: Any) -> np.ndarray:
    """Return voxels, those that the file scales in SimpleITK's float32; nibabel has them in float64."""
    # Features depend on the type.
    slope, intercept = getattr(dataobj, "slope", 1.0), getattr(dataobj, "inter", 0.0)
    if (slope, intercept) == (1.0, 0.0):
        return np.asanyarray(dataobj)
    stored = dataobj.get_unscaled()
    if stored.dtype.names or stored.dtype.kind not in "iuf":
        return np.asanyarray(dataobj)
    kind = np.float64 if stored.dtype.itemsize == 8 and stored.dtype.kind == "f" else np.float32
    return (stored.astype(kind).astype(np.float64) * slope + intercept).astype(kind)
