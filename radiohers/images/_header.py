"""The header of an image, read without its voxels."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import SimpleITK as sitk

from radiohers.exceptions import ImageReadError
from radiohers.images._integrity import check_metaimage, check_nrrd, decompressed
from radiohers.images._nibabel import geometry_lps, load_nifti2
from radiohers.images._nifti import check_nifti_header, readable_name
from radiohers.images._read import read_volume
from radiohers.images._simpleitk import simpleitk_reading
from radiohers.images._source import checked_path, is_path, naming_source
from radiohers.images._usable import check_geometry, check_pixel_type, check_size

__all__ = ["ImageHeader", "header_of", "read_header"]


class ImageHeader(NamedTuple):
    """Where the voxels of an image lie, and what they are.

    Attributes
    ----------
    size : tuple of 3 int
        Voxels (x, y, z).
    spacing_mm : tuple of 3 float
        Their distances.
    origin_mm : tuple of 3 float
        Centre of the first voxel, towards left, posterior, superior.
    direction : tuple of 9 float
        Cosines of the axes, row by row; the columns are the directions of x, y and z.
    pixel_type : str
        Such as "16-bit signed integer".
    """

    size: tuple[int, ...]
    spacing_mm: tuple[float, ...]
    origin_mm: tuple[float, ...]
    direction: tuple[float, ...]
    pixel_type: str

    def affine(self) -> np.ndarray:
        """Return the matrix of shape (4, 4) from voxel indices (x, y, z) to millimetres."""
        matrix = np.eye(4)
        matrix[:3, :3] = np.reshape(self.direction, (3, 3)) * self.spacing_mm
        matrix[:3, 3] = self.origin_mm
        return matrix


def header_of(image: "sitk.Image | ImageHeader") -> ImageHeader:
    """Return the header of an image of 3 dimensions in memory, or the header itself."""
    if isinstance(image, ImageHeader):
        return image
    geometry = image.GetSpacing(), image.GetOrigin(), image.GetDirection()
    return ImageHeader(image.GetSize(), *geometry, image.GetPixelIDTypeAsString())


def read_header(source: Any, *, role: str = "image", case_id: Any = None) -> ImageHeader:
    """Read the header of an image.

    Parameters
    ----------
    source : path-like, SimpleITK.Image or nibabel image
        See :func:`read_image`.
    role : {"image", "mask"}, default="image"
        What the image is to the case, for error messages.
    case_id : object, default=None
        Name of the case, for error messages.

    Returns
    -------
    ImageHeader
        Of 3 dimensions, as those of :func:`read_image`.

    Raises
    ------
    ImageReadError
        As :func:`read_image` does, but for what only the voxels tell: damage
        of compressed data, and values that are not finite.

    Notes
    -----
    A few kilobytes are read of a file, so that a thousand cases are looked at
    in seconds.

    Examples
    --------
    >>> import SimpleITK as sitk
    >>> from radiohers.images import read_header
    >>> header = read_header(sitk.Image(9, 8, 7, sitk.sitkInt16))
    >>> header.size, header.pixel_type
    ((9, 8, 7), '16-bit signed integer')
    """
    if not is_path(source):
        return header_of(read_volume(source, role, case_id))
    with naming_source(role, source, case_id):
        return _read(checked_path(source))


def _read(path: Path) -> ImageHeader:
    name = path.name.lower()
    if name.endswith((".nii", ".nii.gz")):
        if check_nifti_header(path):
            return _read_nifti2(path)
        image_io = "NiftiImageIO"
    elif name.endswith((".nrrd", ".nhdr")):
        check_nrrd(path, voxels=False)
        image_io = "NrrdImageIO"
    else:
        check_metaimage(path, voxels=False)
        image_io = "MetaImageIO"
    try:
        with simpleitk_reading(), readable_name(path) as named:
            reader = sitk.ImageFileReader()
            reader.SetImageIO(image_io)
            reader.SetFileName(str(named))
            reader.ReadImageInformation()
    except ImageReadError:
        # SimpleITK takes damaged data for another format: say it as where the voxels are read.
        if name.endswith(".gz"):
            decompressed(path.read_bytes())
        raise
    size = reader.GetSize()
    check_size(size)
    kind = sitk.GetPixelIDValueAsString(reader.GetPixelID())
    check_pixel_type(reader.GetPixelID(), kind, reader.GetNumberOfComponents())
    return _in_3_dimensions(size, reader.GetSpacing(), reader.GetOrigin(), reader.GetDirection(), kind)


def _in_3_dimensions(size: tuple, spacing_mm: tuple, origin_mm: tuple, direction: tuple, kind: str) -> ImageHeader:
    n = len(size)
    cosines = np.eye(3)
    cosines[: min(n, 3), : min(n, 3)] = np.reshape(direction, (n, n))[:3, :3]
    header = ImageHeader(
        size=tuple(size[:3]) + (1,) * (3 - n),
        spacing_mm=tuple(spacing_mm[:3]) + (1.0,) * (3 - n),
        origin_mm=tuple(origin_mm[:3]) + (0.0,) * (3 - n),
        direction=tuple(cosines.ravel().tolist()),
        pixel_type=kind,
    )
    check_geometry(*header[1:4])
    return header


def _read_nifti2(path: Path) -> ImageHeader:
    image = load_nifti2(path)
    size = tuple(int(n) for n in image.shape)
    check_size(size)
    spacing_mm, origin_mm, direction = geometry_lps(image)
    size = size[:3] + (1,) * (3 - len(size))
    header = ImageHeader(
        size,
        tuple(spacing_mm.tolist()),
        tuple(origin_mm.tolist()),
        tuple(direction.ravel().tolist()),
        str(image.get_data_dtype()),
    )
    check_geometry(*header[1:4])
    return header
