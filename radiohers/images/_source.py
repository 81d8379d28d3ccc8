"""What an image is given as: a path, or an image in memory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from radiohers._file_kind import other_kind
from radiohers.exceptions import ImageReadError, RadiohersError
from radiohers.images._nibabel import is_nibabel_image

__all__ = ["checked_path", "describe_source", "is_path", "naming_source"]

_FIRST_BYTES = 512
# A format that is not here is refused: whether its files are whole could not be checked.
SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")


def describe_source(source: Any) -> str:
    """Name an image in a few words, for messages.

    Parameters
    ----------
    source : path-like, SimpleITK.Image, nibabel image or any object
        What was given as an image.

    Returns
    -------
    str
        The path, or the kind of image with its size ``(x, y, z)`` in voxels.

    Examples
    --------
    >>> import SimpleITK as sitk
    >>> from radiohers.images import describe_source
    >>> describe_source("STS_019_ct.nii.gz")
    'STS_019_ct.nii.gz'
    >>> describe_source(sitk.Image(9, 8, 7, sitk.sitkInt16))
    'SimpleITK image (9, 8, 7) in memory'
    """
    if is_path(source):
        return os.fsdecode(source)
    if isinstance(source, sitk.Image):
        return f"SimpleITK image {source.GetSize()} in memory"
    if is_nibabel_image(source):
        return f"nibabel image {tuple(map(int, source.shape))} in memory"
    return f"{type(source).__module__}.{type(source).__qualname__} object".removeprefix("builtins.")


def is_path(source: Any) -> bool:
    """Tell whether an image is given by path."""
    return isinstance(source, str | bytes | os.PathLike)


@contextmanager
def naming_source(role: str, source: Any, case_id: Any) -> Iterator[None]:
    """Name the case and the image in any error of reading or checking it.

    Parameters
    ----------
    role : {"image", "mask"}
        What the image is to the case.
    source : path-like, SimpleITK.Image, nibabel image or any object
        What was given.
    case_id : object
        Name of the case, or None.

    Raises
    ------
    RadiohersError
        Instead of one without names; an ImageReadError instead of an OSError.
    """
    try:
        yield
        return
    except OSError as error:
        what = f"the file cannot be opened ({error.strerror or error})"
        named: RadiohersError = ImageReadError(what, advice="Check its path and permissions.")
    except RadiohersError as error:
        named = error
    # "from None": neither the half message nor SimpleITK's lines of C++ are to show above it.
    raise named.with_case(case_id).with_source({role: describe_source(source)}) from None


def checked_path(source: Any) -> Path:
    """Return the path of a file that exists and is of a format that can be read.

    Raises
    ------
    ImageReadError
        Without naming the case and the file: the caller knows them.
    """
    text = os.fsdecode(source)
    path = Path(text)
    if not text:
        raise ImageReadError("the path is empty", advice="Give the path of an image file.")
    if path.is_dir():
        raise ImageReadError(
            "this is a folder",
            advice="Give the path of an image file; read a DICOM series with radiohers.dicom.read_series and pass its "
            "image, or convert many with radiohers ingest.",
        )
    if not path.exists():
        raise ImageReadError("no such file", advice="Check the path; a relative one starts at the working directory.")
    if not path.name.lower().endswith(SUFFIXES):
        with path.open("rb") as file:
            kind = other_kind(file.read(_FIRST_BYTES))
        if kind is not None and kind.name == "a DICOM file":
            raise ImageReadError(f"this is {kind.name}", advice=kind.advice)
        raise ImageReadError(
            f"files of this kind cannot be read, only {', '.join(SUFFIXES)}",
            advice="Convert it, or read it and pass the SimpleITK or nibabel image.",
        )
    if path.stat().st_size == 0:
        raise ImageReadError("the file is empty (0 bytes)", advice="Copy or export it again.")
    return path
