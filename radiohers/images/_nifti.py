"""Reading NIfTI files."""

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from radiohers.exceptions import ImageReadError
from radiohers.images._integrity import GZIP_MAGIC, decompressed, first_decompressed
from radiohers.images._nibabel import from_nibabel, load_nifti2
from radiohers.images._nifti_header import (
    HEADER_BYTES_NIFTI2,
    SCALARS,
    NiftiHeader,
    bytes_per_voxel,
    header_lengths,
    parse_header,
)
from radiohers.images._simpleitk import cut_short, simpleitk_reading

__all__ = ["check_file_behind", "check_nifti_header", "read_nifti", "readable_name"]

_FIRST_BYTES = 4096


def read_nifti(path: Path) -> sitk.Image:
    """Read a NIfTI file (.nii, .nii.gz), making sure that it is whole.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    SimpleITK.Image
        Of the file's own dimension and pixel type, equal to what SimpleITK reads.

    Raises
    ------
    ImageReadError
        If it is not NIfTI, is cut short, fails its gzip checksum, or gives
        two voxel spacings.

    Notes
    -----
    SimpleITK ignores the length and the checksum of gzip files. To verify them
    without decompressing twice, the voxels are taken from the verified bytes
    and only the geometry from SimpleITK, unless they are scaled.
    """
    content = path.read_bytes()
    if content.startswith(GZIP_MAGIC):
        if path.suffix.lower() != ".gz":
            raise ImageReadError("the file is compressed with gzip", advice="Rename it to end in .nii.gz.")
        content = decompressed(content)
    if HEADER_BYTES_NIFTI2 in header_lengths(content):
        # SimpleITK cannot read NIfTI-2.
        return _read_nifti2(path)
    header = parse_header(content)
    voxels = _voxels(content, header)
    with simpleitk_reading(), readable_name(path) as named:
        return _with_geometry_of_file(named, voxels)


@contextmanager
def readable_name(path: Path) -> Iterator[Path]:
    """Give a path by which SimpleITK takes the file for NIfTI: it knows .nii.gz and .NII.GZ, and not .nii.GZ."""
    ending = path.name[-len(".nii.gz") :]
    if ending in (ending.lower(), ending.upper()):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / f"image{'.nii.gz' if path.suffix.lower() == '.gz' else '.nii'}"
        link.symlink_to(path.absolute())
        yield link


def check_file_behind(image: Any) -> None:
    """Raise if a nibabel image was read from a file whose header is not in order; nibabel mends some without a word."""
    path = image.get_filename()
    name = str(path or "").lower()
    if name.endswith((".nii", ".nii.gz")) and Path(path).is_file():
        _first_header(Path(path))


def check_nifti_header(path: Path) -> bool:
    """Raise if the header of a NIfTI file is not in order; its voxels are not read.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bool
        Whether it is NIfTI-2, which SimpleITK cannot read.

    Raises
    ------
    ImageReadError
        If it is not NIfTI, is compressed but does not say so, gives two voxel
        spacings, or is not compressed and cut short.
    """
    header, is_gzip = _first_header(path)
    if header is None:
        return True
    n_bytes = math.prod(header.size) * bytes_per_voxel(header)
    n_bytes_found = path.stat().st_size - header.offset
    if not is_gzip and n_bytes_found < n_bytes:
        raise cut_short(n_bytes_found, n_bytes)
    return False


def _first_header(path: Path) -> tuple[NiftiHeader | None, bool]:
    """Return the header, None of NIfTI-2, and whether the file is compressed."""
    with path.open("rb") as file:
        content = file.read(_FIRST_BYTES)
    is_gzip = content.startswith(GZIP_MAGIC)
    if is_gzip:
        if path.suffix.lower() != ".gz":
            raise ImageReadError("the file is compressed with gzip", advice="Rename it to end in .nii.gz.")
        content = first_decompressed(content, HEADER_BYTES_NIFTI2)
    return (None if HEADER_BYTES_NIFTI2 in header_lengths(content) else parse_header(content)), is_gzip


def _read_nifti2(path: Path) -> sitk.Image:
    return from_nibabel(load_nifti2(path))


def _voxels(content: bytes, header: NiftiHeader) -> np.ndarray | None:
    """Return the voxels, or None where SimpleITK has to decode them."""
    scalar = SCALARS.get(header.datatype)
    nbytes_per_voxel = bytes_per_voxel(header)
    n_voxels = math.prod(header.size)
    n_bytes_found = len(content) - header.offset
    if n_bytes_found < n_voxels * nbytes_per_voxel:
        raise cut_short(n_bytes_found, n_voxels * nbytes_per_voxel)
    if scalar is None or header.is_scaled:
        return None
    voxels = np.frombuffer(content, header.order + scalar, n_voxels, header.offset)
    return voxels.reshape(header.size[::-1]).astype(scalar, copy=False)


def _with_geometry_of_file(path: Path, voxels: np.ndarray | None) -> sitk.Image:
    reader = sitk.ImageFileReader()
    reader.SetImageIO("NiftiImageIO")
    reader.SetFileName(str(path))
    reader.ReadImageInformation()
    if voxels is None or reader.GetSize() != voxels.shape[::-1]:
        return reader.Execute()
    image = sitk.GetImageFromArray(voxels, isVector=False)
    if image.GetPixelID() != reader.GetPixelID():
        return reader.Execute()
    image.SetSpacing(reader.GetSpacing())
    image.SetOrigin(reader.GetOrigin())
    image.SetDirection(reader.GetDirection())
    return image
