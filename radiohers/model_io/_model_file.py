"""Whether a file can be a saved model, by its first bytes: what cannot is never unpickled."""

import zlib
from pathlib import Path

from radiohers._file_kind import other_kind
from radiohers.exceptions import ModelFileError

__all__ = ["check_model_file"]

# How a file of joblib begins, in gzip or not: plain, or compressed by zlib (as save_model does), bz2, xz or lzma.
_OF_JOBLIB = (b"\x80", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"BZ", b"\xfd7zXZ", b"]\x00")
_OTHER_BINARIES = {
    b"PK\x03\x04": "a ZIP file, such as an Excel workbook, crops (.npz) or weights of torch (.pt)",
    b"%PDF": "a PDF file",
    b"\x93NUMPY": "a NumPy array",
    b"\x89HDF": "an HDF5 file",
}
_ADVICE = "Give the file that 'radiohers train --out' or save_model wrote."
_N_BYTES = 4096
_GZIP = b"\x1f\x8b\x08"
_NIFTI_AT = 344


def check_model_file(path: Path) -> None:
    """Raise a ModelFileError that says what a file is, where it cannot be a saved model."""
    if path.is_dir():
        raise ModelFileError("is a folder and no saved model", advice=_ADVICE, source=path, joined=" ")
    if not path.exists():
        raise ModelFileError("does not exist", advice=_ADVICE, source=path, joined=" ")
    try:
        with path.open("rb") as file:
            content = file.read(_N_BYTES)
    except OSError as error:
        raise ModelFileError(
            f"cannot be opened ({error.strerror})", advice="Check its permissions.", source=path, joined=" "
        ) from error
    kind = _kind(content)
    if kind is not None:
        raise ModelFileError(f"is {kind} and no saved model", advice=_ADVICE, source=path, joined=" ")


def _kind(content: bytes) -> str | None:
    """Return what the file is, or None for one that joblib may have written."""
    if not content:
        return "empty"
    if content.startswith(_GZIP):
        try:
            content = zlib.decompressobj(wbits=31).decompress(content, _N_BYTES)
        except zlib.error:
            return "a damaged gzip file"
    if content[_NIFTI_AT : _NIFTI_AT + 4] in (b"n+1\0", b"ni1\0"):
        return "a NIfTI image"
    for mark, kind in _OTHER_BINARIES.items():
        if content.startswith(mark):
            return kind
    if (other := other_kind(content)) is not None:
        return other.name
    if (text := _text(content)) is not None:
        first = text.strip().partition("\n")[0]
        if "case_id" in first:
            return "a table of cases, which is the second argument (radiohers score MODEL COHORT.CSV),"
        return "a text file"
    return None if content.startswith(_OF_JOBLIB) else "a file of an unknown kind"


def _text(content: bytes) -> str | None:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    # A character may be cut at the end.
    text = content.decode(encoding, errors="replace").rstrip("\ufffd")
    has_control = any(character < " " and character not in "\t\n\r\f" for character in text)
    # Latin-1 has a few letters that are not UTF-8.
    return None if has_control or text.count("\ufffd") > len(text) // 4 else text
