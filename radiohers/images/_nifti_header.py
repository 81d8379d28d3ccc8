"""The header of a NIfTI-1 file: what it says, and what is wrong with it."""

import math
import struct
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from radiohers._file_kind import other_kind
from radiohers.exceptions import ImageReadError
from radiohers.images._simpleitk import bad_spacing

__all__ = [
    "HEADER_BYTES_NIFTI2",
    "SCALARS",
    "NiftiHeader",
    "bytes_per_voxel",
    "check_geometry",
    "header_lengths",
    "parse_header",
]

_HEADER_BYTES = 348
HEADER_BYTES_NIFTI2 = 540
# Relative; headers round to float32, about 1e-7.
_SPACING_TOLERANCE = 1e-3
_ROTATION_TOLERANCE = 1e-3
# Codes of qform and sform: unknown, scanner, aligned, Talairach, MNI, template.
_MAX_CODE = 5
SCALARS = {
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


class NiftiHeader(NamedTuple):
    """What has to be known to find the voxels."""

    order: str
    size: tuple[int, ...]
    datatype: int
    offset: int
    is_scaled: bool


def header_lengths(content: bytes) -> dict[int, str]:
    """Read the length of the header, which tells the version, in both byte orders."""
    return {struct.unpack(order + "i", content[:4])[0]: order for order in "<>" if len(content) >= _HEADER_BYTES}


def parse_header(content: bytes) -> NiftiHeader:
    """Read the header at the beginning of a file, or say what is wrong with it."""
    order = header_lengths(content).get(_HEADER_BYTES)
    if order is None or content[344:348] != b"n+1\0":
        kind = other_kind(content)
        if kind is not None:
            raise ImageReadError(f"this is not a NIfTI file but {kind.name}", advice=kind.advice)
        raise ImageReadError("this is not a NIfTI file", advice="Export it again.")
    n_dimensions, *sizes = struct.unpack_from(order + "8h", content, 40)
    datatype = struct.unpack_from(order + "h", content, 70)[0]
    offset, slope, intercept = struct.unpack_from(order + "3f", content, 108)
    if not 1 <= n_dimensions <= 7 or min(sizes[:n_dimensions]) < 1 or not math.isfinite(offset):
        raise ImageReadError(f"its NIfTI header is damaged: dim = {[n_dimensions, *sizes]}", advice="Export it again.")
    if datatype not in SCALARS and datatype not in _OTHERS:
        raise ImageReadError(f"its NIfTI data type {datatype} cannot be read", advice="Save it as int16 or float32.")
    check_geometry(content, order, min(n_dimensions, 3))
    while n_dimensions > 3 and sizes[n_dimensions - 1] == 1:
        n_dimensions -= 1
    is_scaled = _check_scaling(slope, intercept)
    return NiftiHeader(order, tuple(sizes[:n_dimensions]), datatype, max(int(offset), _HEADER_BYTES), is_scaled)


def _check_scaling(slope: float, intercept: float) -> bool:
    """Tell whether voxels are scaled; raise where programs give them different values."""
    if slope == 0 or math.isnan(slope):
        # By the standard the intercept does not count then, and SimpleITK, unlike nibabel, adds it.
        if intercept == 0 or math.isnan(intercept):
            return False
        is_clear = False
    else:
        is_clear = math.isfinite(slope) and math.isfinite(intercept)
    if not is_clear:
        raise ImageReadError(
            f"its NIfTI header scales voxels by scl_slope {slope:g} and scl_inter {intercept:g}, which programs read "
            "as different values",
            advice="Find out which values are right and save it with a slope of 1 and an intercept of 0.",
        )
    return (slope, intercept) != (1, 0)


def check_geometry(content: bytes, order: str, n_axes: int) -> None:
    """Raise where the geometry is one that SimpleITK would replace by another without a word, or gives two spacings."""
    pixdim_mm = np.array(struct.unpack_from(order + "3f", content, 80))[:n_axes]
    if not np.isfinite(pixdim_mm).all() or pixdim_mm.min() <= 0:
        raise bad_spacing(pixdim_mm)
    codes = struct.unpack_from(order + "2h", content, 252)
    if not all(0 <= code <= _MAX_CODE for code in codes):
        raise ImageReadError(
            f"its NIfTI header has qform_code {codes[0]} and sform_code {codes[1]}, of which one is not of the "
            f"standard (0 to {_MAX_CODE}), and programs place the image differently",
            advice="Correct the header.",
        )
    has_qform, has_sform = (code > 0 for code in codes)
    for is_used, name, values in (
        (has_qform, "qform", struct.unpack_from(order + "6f", content, 256)),
        (has_sform, "sform", struct.unpack_from(order + "12f", content, 280)),
    ):
        if is_used and not np.isfinite(values).all():
            raise ImageReadError(
                f"the affine in its NIfTI header is not finite ({name}: {_rounded(values)})",
                advice="Correct the header, or convert the image again from DICOM.",
            )
    quaternion = struct.unpack_from(order + "3f", content, 256)
    if has_qform and np.dot(quaternion, quaternion) > 1 + _ROTATION_TOLERANCE:
        raise ImageReadError(
            f"the qform in its NIfTI header is no rotation: {_rounded(quaternion)} is longer than 1",
            advice="Correct the header, or convert the image again from DICOM.",
        )
    if has_sform:
        sform = np.reshape(struct.unpack_from(order + "12f", content, 280), (3, 4))
        _check_one_spacing(pixdim_mm, sform, n_axes)


def _check_one_spacing(pixdim_mm: np.ndarray, sform: np.ndarray, n_axes: int) -> None:
    """Raise where the header gives two spacings: SimpleITK takes one (pixdim), nibabel the other (sform)."""
    sform_mm = np.linalg.norm(sform[:, :n_axes], axis=0)
    if not np.allclose(pixdim_mm, sform_mm, rtol=_SPACING_TOLERANCE, atol=0):
        raise ImageReadError(
            f"its NIfTI header gives two voxel spacings: {_rounded(pixdim_mm)} mm (pixdim) and {_rounded(sform_mm)} "
            "mm (sform)",
            advice="Find out which is right and save it with that one.",
        )


def _rounded(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)


def bytes_per_voxel(header: NiftiHeader) -> int:
    """Return how many bytes a voxel has in the file."""
    scalar = SCALARS.get(header.datatype)
    return int(scalar[1]) if scalar else _OTHERS[header.datatype]
