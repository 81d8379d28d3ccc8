"""Finding files that are cut short or damaged.

SimpleITK does not: it reads a NIfTI file that is cut short, or a compressed
MetaImage or NRRD file with damaged data, as if nothing were wrong and leaves
whatever was in memory in the missing voxels. Other faults it prints to
standard error, past Python. So the files are checked first.
"""

import math
import re
import zlib
from pathlib import Path
from typing import BinaryIO

from radiohers._file_kind import other_kind
from radiohers.exceptions import ImageReadError
from radiohers.images._simpleitk import bad_spacing, cut_short

__all__ = ["check_metaimage", "check_nrrd", "decompressed", "first_decompressed"]

GZIP_MAGIC = b"\x1f\x8b"
_GZIP = 31
_GZIP_OR_ZLIB = 47
_FIRST_BYTES = 512
_MAX_HEADER_LINES = 2000
_MAX_LINE_BYTES = 65536
_METAIMAGE_REQUIRED = ("NDims", "DimSize", "ElementType", "ElementDataFile")
_METAIMAGE_BYTES = {
    "MET_CHAR": 1,
    "MET_UCHAR": 1,
    "MET_SHORT": 2,
    "MET_USHORT": 2,
    "MET_INT": 4,
    "MET_UINT": 4,
    "MET_LONG": 4,
    "MET_ULONG": 4,
    "MET_LONG_LONG": 8,
    "MET_ULONG_LONG": 8,
    "MET_FLOAT": 4,
    "MET_DOUBLE": 8,
}


def decompressed(content: bytes, window_bits: int = _GZIP) -> bytes:
    """Decompress and verify the checksum.

    Parameters
    ----------
    content : bytes
        One or several gzip members; or a zlib stream, where `window_bits` says so.
    window_bits : int, default=31
        As in :func:`zlib.decompress`; 31 is gzip.

    Returns
    -------
    bytes

    Raises
    ------
    ImageReadError
        If the data end early or do not match their checksum.
    """
    parts = []
    while True:
        stream = zlib.decompressobj(window_bits)
        try:
            parts.append(stream.decompress(content))
        except zlib.error as error:
            reason = str(error).rpartition(": ")[2]
            raise ImageReadError(
                f"its compressed data are damaged ({reason})", advice="Copy or export it again."
            ) from error
        if not stream.eof:
            raise ImageReadError(
                "the file is cut short: its compressed data end early", advice="Copy or export it again."
            )
        content = stream.unused_data
        # Anything else behind a member is padding, which gunzip ignores too.
        if not content.startswith(GZIP_MAGIC):
            return b"".join(parts) if len(parts) > 1 else parts[0]


def first_decompressed(content: bytes, n_bytes: int) -> bytes:
    """Decompress the beginning of gzip data; at most `n_bytes`, and fewer where `content` holds no more.

    Raises
    ------
    ImageReadError
        If the data are damaged.
    """
    try:
        return zlib.decompressobj(_GZIP).decompress(content, n_bytes)
    except zlib.error as error:
        reason = str(error).rpartition(": ")[2]
        raise ImageReadError(
            f"its compressed data are damaged ({reason})", advice="Copy or export it again."
        ) from error


def check_metaimage(path: Path, voxels: bool = True) -> None:
    """Raise if a MetaImage file (.mha, .mhd) or its data file is not whole.

    Parameters
    ----------
    path : Path
        The file.
    voxels : bool, default=True
        Whether the voxels are checked too, or the header alone.

    Raises
    ------
    ImageReadError
        If the header lacks a field, the data file is missing, or the voxels
        are cut short or damaged.
    """
    with path.open("rb") as file:
        fields = _metaimage_fields(file)
        missing = [name for name in _METAIMAGE_REQUIRED if name not in fields]
        if missing:
            raise _not_a(path, "a MetaImage file", f": its header has no {', '.join(missing)}")
        _check_metaimage_spacing(fields)
        data_file = fields["ElementDataFile"]
        if data_file.upper() == "LOCAL":
            if voxels:
                _check_metaimage_voxels(file, fields)
            return
    # A list or a pattern of files, one a slice, is left to SimpleITK.
    if not data_file.startswith("LIST") and "%" not in data_file:
        detached = _data_file(path, data_file)
        if not voxels:
            return
        with detached.open("rb") as file:
            file.seek(max(_whole_number(fields, "HeaderSize", 0), 0))
            _check_metaimage_voxels(file, fields)


def _metaimage_fields(file: BinaryIO) -> dict[str, str]:
    fields: dict[str, str] = {}
    for _ in range(_MAX_HEADER_LINES):
        name, _, value = file.readline(_MAX_LINE_BYTES).decode("ascii", "replace").partition("=")
        if not value:
            break
        fields[name.strip()] = value.strip()
        if name.strip() == "ElementDataFile":
            break
    return fields


def _check_metaimage_voxels(file: BinaryIO, fields: dict[str, str]) -> None:
    sizes = _metaimage_sizes(fields)
    n_bytes = math.prod(sizes) * _METAIMAGE_BYTES[fields["ElementType"].removesuffix("_ARRAY")]
    n_bytes *= _whole_number(fields, "ElementNumberOfChannels", 1)
    # Numbers written as text have no fixed length.
    if not _is_true(fields, "BinaryData", "True"):
        return
    start = file.tell()
    if _is_true(fields, "CompressedData", "False"):
        n_stored = _whole_number(fields, "CompressedDataSize", None)
        n_found = len(decompressed(file.read(n_stored), _GZIP_OR_ZLIB))
    else:
        n_found = file.seek(0, 2) - start
    if n_found < n_bytes:
        raise cut_short(n_found, n_bytes)


def _metaimage_sizes(fields: dict[str, str]) -> list[int]:
    try:
        sizes = [int(size) for size in fields["DimSize"].split()]
        fits = len(sizes) == int(fields["NDims"])
    except ValueError:
        fits = False
    if not fits:
        raise ImageReadError(
            f"its MetaImage header contradicts itself: NDims = {fields['NDims']}, DimSize = {fields['DimSize']}."
        )
    if fields["ElementType"].removesuffix("_ARRAY") not in _METAIMAGE_BYTES:
        raise ImageReadError(f"its MetaImage header names an unknown ElementType = {fields['ElementType']}.")
    return sizes


def _check_metaimage_spacing(fields: dict[str, str]) -> None:
    """Raise where SimpleITK would turn an axis round, or take 0 for what is no number."""
    for name in ("ElementSpacing", "ElementSize"):
        if name not in fields:
            continue
        try:
            spacing_mm = [float(value) for value in fields[name].split()]
        except ValueError as error:
            raise ImageReadError(
                f"its MetaImage header is damaged: {name} = {fields[name]}", advice="Export it again."
            ) from error
        if not all(math.isfinite(value) and value > 0 for value in spacing_mm):
            raise bad_spacing(spacing_mm)


def _not_a(path: Path, format_name: str, reason: str = "") -> ImageReadError:
    with path.open("rb") as file:
        kind = other_kind(file.read(_FIRST_BYTES))
    if kind is not None and kind.name != format_name:
        return ImageReadError(f"this is not {format_name} but {kind.name}", advice=kind.advice)
    return ImageReadError(f"this is not {format_name}{reason}", advice="Export it again.")


def _is_true(fields: dict[str, str], name: str, default: str) -> bool:
    # As MetaIO decides it.
    return fields.get(name, default)[0] in "Tt1"


def _whole_number(fields: dict[str, str], name: str, default: int | None) -> int:
    value = fields.get(name, str(default))
    if not re.fullmatch(r"-?\d+", value):
        raise ImageReadError(f"its MetaImage header is damaged: {name} = {value}.")
    return int(value)


def check_nrrd(path: Path, voxels: bool = True) -> None:
    """Raise if an NRRD file (.nrrd, .nhdr) has damaged compressed voxels.

    SimpleITK itself finds NRRD files that are cut short.

    Parameters
    ----------
    path : Path
        The file.
    voxels : bool, default=True
        Whether the voxels are checked too, or the header alone.

    Raises
    ------
    ImageReadError
        If the data file is missing, or the gzip stream is cut short or damaged.
    """
    with path.open("rb") as file:
        fields = _nrrd_fields(file, path)
        data_file = fields.get("data file", fields.get("datafile"))
        is_gzip = fields.get("encoding", "").lower() in ("gzip", "gz")
        if data_file is None:
            if is_gzip and voxels:
                decompressed(file.read())
            return
    # A list or a pattern of files, one a slice, is left to SimpleITK.
    if not data_file.startswith("LIST") and "%" not in data_file:
        detached = _data_file(path, data_file)
        if voxels and is_gzip and not {"line skip", "byte skip"} & fields.keys():
            decompressed(detached.read_bytes())


def _nrrd_fields(file: BinaryIO, path: Path) -> dict[str, str]:
    if not file.readline(_MAX_LINE_BYTES).startswith(b"NRRD"):
        raise _not_a(path, "an NRRD file")
    fields: dict[str, str] = {}
    for _ in range(_MAX_HEADER_LINES):
        line = file.readline(_MAX_LINE_BYTES).decode("ascii", "replace").strip()
        if not line:
            break
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    return fields


def _data_file(header: Path, name: str) -> Path:
    path = header.parent / name
    if not path.is_file():
        raise ImageReadError(f"its data file {name} is missing", advice="Keep the header and the data file together.")
    return path
