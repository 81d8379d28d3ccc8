"""What a file is that is not the image its name says."""

from typing import NamedTuple

__all__ = ["OtherKind", "other_kind"]

_DICOM_AT, _TAR_AT = 128, 257
_CONVERT_DICOM = "Read its series with radiohers.dicom.read_series, or convert whole folders with radiohers ingest."
_NO_PICTURE = "Give the image itself, not a picture of it."
_SAVE_AGAIN = "Copy or export the image again."


class OtherKind(NamedTuple):
    """A kind of file, with its article, and what to do about it."""

    name: str
    advice: str


_BY_FIRST_BYTES = {
    b"\x89PNG": OtherKind("a PNG picture", _NO_PICTURE),
    b"\xff\xd8\xff": OtherKind("a JPEG picture", _NO_PICTURE),
    b"II*\0": OtherKind("a TIFF picture", _NO_PICTURE),
    b"MM\0*": OtherKind("a TIFF picture", _NO_PICTURE),
    b"NRRD": OtherKind("an NRRD file", "Rename it to end in .nrrd."),
    b"ObjectType": OtherKind("a MetaImage file", "Rename it to end in .mha or .mhd, as it was."),
    b"\0\5\x16\7": OtherKind("what a Mac leaves beside a file (._NAME)", "Give the file without ._ in its name."),
    b"PK\x03\x04": OtherKind("a ZIP file", "Unpack it."),
    b"<": OtherKind("a web page or XML", _SAVE_AGAIN),
}


def other_kind(content: bytes) -> OtherKind | None:
    """Recognise a file of another kind by its first 512 bytes, or return None."""
    if content[_DICOM_AT : _DICOM_AT + 4] == b"DICM":
        return OtherKind("a DICOM file", _CONVERT_DICOM)
    if content[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return OtherKind("a TAR archive", "Unpack it.")
    return next((kind for mark, kind in _BY_FIRST_BYTES.items() if content.lstrip().startswith(mark)), None)
