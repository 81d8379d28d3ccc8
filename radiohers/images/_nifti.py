"""Reading NIfTI files."""

import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import SimpleITK as sitk

from radiohers.exceptions import ImageReadError
from radiohers.images._file_kind import other_kind
from radiohers.images._integrity import GZIP_MAGIC, decompressed, first_decompressed
from radiohers.images._nibabel import from_nibabel, load_nifti2
from radiohers.images._simpleitk import bad_spacing, cut_short, simpleitk_reading

__all__ = ["check_nifti_header", "read_nifti"]

_HEADER_BYTES = 348
_HEADER_BYTES_NIFTI2 = 540
_FIRST_BYTES = 4096
_NOT_NAMED_GZ = "the file is compressed with gzip. Rename it to end in .nii.gz."
# Relative; headers round to float32, about 1e-7.
_SPACING_TOLERANCE = 1e-3
_SCALARS = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    64: "f8",
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
}
# Complex numbers and RGB: read, so that the message can say what they are.
_OTHERS = {32: 8, 1792: 16, 128: 3, 2304: 4}


class _Header(NamedTuple):
    order: str
    size: tuple[int, ...]
    datatype: int
    offset: int
    is_scaled: bool


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
            raise ImageReadError(_NOT_NAMED_GZ)
        content = decompressed(content)
    if _HEADER_BYTES_NIFTI2 in _header_lengths(content):
        # SimpleITK cannot read NIfTI-2.
        return _read_nifti2(path)
    header = _parse_header(content)
    voxels = _voxels(content, header)
    with simpleitk_reading():
        return _with_geometry_of_file(path, voxels)


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
    with path.open("rb") as file:
        content = file.read(_FIRST_BYTES)
    is_gzip = content.startswith(GZIP_MAGIC)
    if is_gzip:
        if path.suffix.lower() != ".gz":
            raise ImageReadError(_NOT_NAMED_GZ)
        content = first_decompressed(content, _HEADER_BYTES_NIFTI2)
    if _HEADER_BYTES_NIFTI2 in _header_lengths(content):
        return True
    header = _parse_header(content)
    n_bytes = math.prod(header.size) * _bytes_per_voxel(header)
    n_bytes_found = path.stat().st_size - header.offset
    if not is_gzip and n_bytes_found < n_bytes:
        raise cut_short(n_bytes_found, n_bytes)
    return False


def _read_nifti2(path: Path) -> sitk.Image:
    return from_nibabel(load_nifti2(path))


def _header_lengths(content: bytes) -> dict[int, str]:
    """Read the length of the header, which tells the version, in both byte orders."""
    return {struct.unpack(order + "i", content[:4])[0]: order for order in "<>" if len(content) >= _HEADER_BYTES}


def _parse_header(content: bytes) -> _Header:
    order = _header_lengths(content).get(_HEADER_BYTES)
    if order is None or content[344:348] != b"n+1\0":
        kind = other_kind(content)
        raise ImageReadError(
            f"this is not a NIfTI file but {kind.name}. {kind.advice}"
            if kind
            else "this is not a NIfTI file. Export it again."
        )
    n_dimensions, *sizes = struct.unpack_from(order + "8h", content, 40)
    datatype = struct.unpack_from(order + "h", content, 70)[0]
    offset, slope, intercept = struct.unpack_from(order + "3f", content, 108)
    if not 1 <= n_dimensions <= 7 or min(sizes[:n_dimensions]) < 1 or not math.isfinite(offset):
        raise ImageReadError(f"its NIfTI header is damaged: dim = {[n_dimensions, *sizes]}. Export it again.")
    if datatype not in _SCALARS and datatype not in _OTHERS:
        raise ImageReadError(f"its NIfTI data type {datatype} cannot be read. Save it as int16 or float32.")
    _check_geometry(content, order, min(n_dimensions, 3))
    while n_dimensions > 3 and sizes[n_dimensions - 1] == 1:
        n_dimensions -= 1
    is_scaled = slope != 0 and (slope, intercept) != (1, 0)
    return _Header(order, tuple(sizes[:n_dimensions]), datatype, max(int(offset), _HEADER_BYTES), is_scaled)


def _check_geometry(content: bytes, order: str, n_axes: int) -> None:
    """Raise where the geometry is one that SimpleITK would replace by another without a word, or gives two spacings."""
    pixdim_mm = np.array(struct.unpack_from(order + "3f", content, 80))[:n_axes]
    if not np.isfinite(pixdim_mm).all() or pixdim_mm.min() <= 0:
        raise bad_spacing(pixdim_mm)
    has_qform, has_sform = (code > 0 for code in struct.unpack_from(order + "2h", content, 252))
    for is_used, name, values in (
        (has_qform, "qform", struct.unpack_from(order + "6f", content, 256)),
        (has_sform, "sform", struct.unpack_from(order + "12f", content, 280)),
    ):
        if is_used and not np.isfinite(values).all():
            raise ImageReadError(
                f"the affine in its NIfTI header is not finite ({name}: {_rounded(values)}). Correct the header, or "
                "convert the image again from DICOM."
            )
    if has_sform:
        sform = np.reshape(struct.unpack_from(order + "12f", content, 280), (3, 4))
        _check_one_spacing(pixdim_mm, sform, n_axes)


def _check_one_spacing(pixdim_mm: np.ndarray, sform: np.ndarray, n_axes: int) -> None:
    """Raise where the header gives two spacings: SimpleITK takes one (pixdim), nibabel the other (sform)."""
    sform_mm = np.linalg.norm(sform[:, :n_axes], axis=0)
    if not np.allclose(pixdim_mm, sform_mm, rtol=_SPACING_TOLERANCE, atol=0):
        raise ImageReadError(
            f"its NIfTI header gives two voxel spacings: {_rounded(pixdim_mm)} mm (pixdim) and {_rounded(sform_mm)} mm "
            "(sform). Find out which is right and save it with that one."
        )


def _rounded(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)


def _voxels(content: bytes, header: _Header) -> np.ndarray | None:
    """Return the voxels, or None where SimpleITK has to decode them."""
    scalar = _SCALARS.get(header.datatype)
    n_bytes_per_voxel = _bytes_per_voxel(header)
    n_voxels = math.prod(header.size)
    n_bytes_found = len(content) - header.offset
    if n_bytes_found < n_voxels * n_bytes_per_voxel:
        raise cut_short(n_bytes_found, n_voxels * n_bytes_per_voxel)
    if scalar is None or header.is_scaled:
        return None
    voxels = np.frombuffer(content, header.order + scalar, n_voxels, header.offset)
    return voxels.reshape(header.size[::-1]).astype(scalar, copy=False)


def _bytes_per_voxel(header: _Header) -> int:
    scalar = _SCALARS.get(header.datatype)
    return int(scalar[1]) if scalar else _OTHERS[header.datatype]


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
