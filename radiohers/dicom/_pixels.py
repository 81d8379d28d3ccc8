"""Stored values of a DICOM file, right to the bit."""

import tempfile
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.pixels import get_decoder
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from radiohers.dicom._scan import quiet_pydicom, read_dataset
from radiohers.exceptions import ImageReadError

__all__ = ["smallest_exact", "stored_frames"]

# What undoes a compression that neither pydicom alone nor SimpleITK does.
_PACKAGES = {
    "1.2.840.10008.1.2.4.201": "pylibjpeg pylibjpeg-openjpeg",
    "1.2.840.10008.1.2.4.202": "pylibjpeg pylibjpeg-openjpeg",
    "1.2.840.10008.1.2.4.203": "pylibjpeg pylibjpeg-openjpeg",
    "1.2.840.10008.1.2.5": "pylibjpeg pylibjpeg-rle",
}
_ANY_PACKAGES = "pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg"
# SimpleITK (GDCM) undoes these without a further package. JPEG 2000 is left to it always: it knows signed values.
_SIMPLEITK_FIRST = {"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"}
_SIMPLEITK_CAN = {*_SIMPLEITK_FIRST, *(f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 57, 70, 80, 81))}


def stored_frames(path: Path) -> tuple[np.ndarray, pydicom.Dataset]:
    """Read the stored values of a file.

    Parameters
    ----------
    path : Path
        A DICOM file.

    Returns
    -------
    frames : array of shape (n_frames, rows, columns)
        Integers, or float of float pixel data; without the rescaling to HU.
    dataset : pydicom.Dataset
        The file.

    Raises
    ------
    ImageReadError
        If the pixels are missing, cut short or damaged, or of a compression
        that nothing here can undo. The message names the file.
    """
    dataset = read_dataset(path)
    kinds = [name for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData") if name in dataset]
    if not kinds:
        raise ImageReadError("it has no pixels, and may be cut short", advice="Copy or export it again.", source=path)
    if int(dataset.get("SamplesPerPixel") or 1) > 1:
        raise ImageReadError(
            f"{dataset.SamplesPerPixel} samples a pixel (colours), not HU", advice="Leave it out.", source=path
        )
    if "TransferSyntaxUID" not in dataset.file_meta:
        # A file without preamble does not say how it is written; reading it has shown that.
        is_implicit, _ = dataset.original_encoding
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if is_implicit else ExplicitVRLittleEndian
    syntax = UID(str(dataset.file_meta.TransferSyntaxUID))
    try:
        frames = _decode(dataset, syntax, path)
    except ImageReadError:
        raise
    # pydicom's and SimpleITK's decoders raise whatever the bytes led them to.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise ImageReadError(
            f"its pixels cannot be read; they are cut short or damaged ({reason[-300:]})",
            advice="Copy or export it again.",
            source=path,
        ) from error
    shape = (int(dataset.get("NumberOfFrames") or 1), int(dataset.Rows), int(dataset.Columns))
    if frames.size != np.prod(shape):
        raise ImageReadError(
            f"{frames.size} pixels, but its header says {shape}", advice="Copy or export it again.", source=path
        )
    return _significant_bits(frames.reshape(shape), dataset), dataset


def smallest_exact(values: np.ndarray) -> np.ndarray:
    """Return values in the smallest of int16, int32, float32 and float64 that holds every one of them exactly."""
    if values.dtype.kind in "iu" or (values == np.rint(values)).all():
        for kind in (np.int16, np.int32):
            if np.iinfo(kind).min <= values.min() and values.max() <= np.iinfo(kind).max:
                return values.astype(kind)
    # Values beyond float32 become infinite there, and so are not equal.
    with np.errstate(over="ignore"):
        short = values.astype(np.float32)
    return short if (short == values).all() else values.astype(np.float64)


def _decode(dataset: pydicom.Dataset, syntax: UID, path: Path) -> np.ndarray:
    if not syntax.is_compressed:
        return _with_pydicom(dataset)
    if str(syntax) in _SIMPLEITK_FIRST:
        return _with_simpleitk(dataset)
    if _pydicom_can(syntax):
        return _with_pydicom(dataset)
    if str(syntax) in _SIMPLEITK_CAN:
        return _with_simpleitk(dataset)
    raise ImageReadError(
        f"its pixels are compressed as {syntax.name!r} ({syntax}), which needs a decoder",
        advice=f"Install one: pip install {_PACKAGES.get(str(syntax), _ANY_PACKAGES)}; or export the series "
        "uncompressed.",
        source=path,
    )


def _pydicom_can(syntax: UID) -> bool:
    try:
        return get_decoder(syntax).is_available
    except NotImplementedError:
        return False


def _with_pydicom(dataset: pydicom.Dataset) -> np.ndarray:
    with quiet_pydicom():
        return dataset.pixel_array


def _with_simpleitk(dataset: pydicom.Dataset) -> np.ndarray:
    """Let SimpleITK decode a copy that does not rescale, so that what comes back are the stored values."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "stored.dcm"
        bare = pydicom.Dataset()
        for name in ("SOPClassUID", "SOPInstanceUID", "NumberOfFrames", "Rows", "Columns", "SamplesPerPixel"):
            if name in dataset:
                bare[name] = dataset[name]
        for name in ("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelData"):
            bare[name] = dataset[name]
        bare.PhotometricInterpretation = "MONOCHROME2"
        bare.file_meta = dataset.file_meta
        pydicom.dcmwrite(copy, bare, enforce_file_format=True)
        was_on = sitk.ProcessObject.GetGlobalWarningDisplay()
        sitk.ProcessObject.GlobalWarningDisplayOff()
        try:
            return sitk.GetArrayFromImage(sitk.ReadImage(str(copy), imageIO="GDCMImageIO"))
        finally:
            sitk.ProcessObject.SetGlobalWarningDisplay(was_on)


def _significant_bits(frames: np.ndarray, dataset: pydicom.Dataset) -> np.ndarray:
    """Drop what stands in the bits above BitsStored, such as overlays, and extend the sign."""
    if frames.dtype.kind == "f" or "BitsStored" not in dataset:
        return frames
    unused = int(dataset.BitsAllocated) - int(dataset.BitsStored)
    if unused <= 0 or int(dataset.BitsAllocated) != 8 * frames.dtype.itemsize:
        return frames
    low = int(dataset.HighBit) + 1 - int(dataset.BitsStored)
    kind = "i" if int(dataset.PixelRepresentation) else "u"
    bits = frames.astype(f"{kind}{frames.dtype.itemsize}")
    return (bits << (unused - low)) >> unused
