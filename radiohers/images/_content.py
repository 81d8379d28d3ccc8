"""What an image holds, as a short digest."""

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from radiohers.images._read import read_volume
from radiohers.images._source import checked_path, is_path, naming_source

__all__ = ["content_hash", "values_hash"]

_LOCAL_DATA = re.compile(rb"^ElementDataFile\s*=\s*LOCAL\s*$", re.MULTILINE)
_MAX_HEADER_BYTES = 65536


def content_hash(source: Any) -> str:
    """Return a digest of what an image holds, for caches and for finding duplicates.

    Parameters
    ----------
    source : path-like, SimpleITK.Image or nibabel image
        See :func:`read_image`.

    Returns
    -------
    str
        64 hexadecimal digits (SHA-256). Files that hold all of an image
        (.nii, .nii.gz, .mha) are hashed as they are, which is quicker than
        decoding them. Of everything else, size, pixel type, geometry and
        voxels are hashed, so that a change of a detached data file shows,
        and equal images in memory have equal digests.

    Raises
    ------
    ImageReadError
        If there is no such file, or it cannot be decoded where it has to be.

    Notes
    -----
    Equal digests mean equal images, but the same voxels stored in two formats
    have two digests.

    Examples
    --------
    >>> import SimpleITK as sitk
    >>> from radiohers.images import content_hash
    >>> image = sitk.Image(9, 8, 7, sitk.sitkInt16)
    >>> content_hash(image) == content_hash(sitk.Image(image))
    True
    >>> image.SetSpacing((0.7, 0.8, 3.0))
    >>> content_hash(image) == content_hash(sitk.Image(9, 8, 7, sitk.sitkInt16))
    False
    """
    if is_path(source):
        with naming_source("image", source, None):
            path = checked_path(source)
            if _holds_everything(path):
                with path.open("rb") as file:
                    return hashlib.file_digest(file, "sha256").hexdigest()
    return _hash_of_volume(read_volume(source, "image", None))


def values_hash(voxels: np.ndarray) -> str:
    """Return a digest of values, in whatever number type they are stored: a copy may have been converted.

    Parameters
    ----------
    voxels : ndarray
        Values or a mask. They are compared as single precision, which holds all of a CT's.

    Returns
    -------
    str
        64 hexadecimal digits (SHA-256).

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.images import values_hash
    >>> values_hash(np.zeros((7, 8, 9), np.int16)) == values_hash(np.zeros((7, 8, 9)))
    True
    """
    # Adding 0 turns -0.0, which has other bytes, into 0.0.
    same = np.add(voxels, 0, dtype=np.float32, order="C")
    digest = hashlib.sha256(str(voxels.shape).encode())
    digest.update(same)
    return digest.hexdigest()


def _holds_everything(path: Path) -> bool:
    name = path.name.lower()
    if name.endswith(".mha"):
        # By the format's rules an .mha file may name another file that holds the voxels.
        with path.open("rb") as file:
            return _LOCAL_DATA.search(file.read(_MAX_HEADER_BYTES)) is not None
    return name.endswith((".nii", ".nii.gz"))


def _hash_of_volume(image: sitk.Image) -> str:
    digest = hashlib.sha256(f"{image.GetSize()} {image.GetPixelIDTypeAsString()}".encode())
    # Adding 0.0 turns -0.0, which has other bytes, into 0.0.
    digest.update(np.add(image.GetSpacing() + image.GetOrigin() + image.GetDirection(), 0.0).tobytes())
    digest.update(sitk.GetArrayViewFromImage(image).data)
    return digest.hexdigest()
