"""What SimpleITK says while it reads: in one line, or not at all."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock

import SimpleITK as sitk

from radiohers.exceptions import ImageReadError

__all__ = ["bad_spacing", "cut_short", "sheared", "simpleitk_reading"]

_WARNINGS_SWITCH = Lock()
_CONTEXT = re.compile(r"^(itk::ERROR: |sitk::ERROR: |ITK ERROR: |\[nrrd\] \w+: )?(\w+ ?\(0x[0-9a-f]+\): )?")
_BAD_SPACING = re.compile(r"Refusing to change spacing from \[.*\] to \[(.*)\]")
_NRRD_CUT_SHORT = re.compile(r"fread got only (\d+) (\d+)-sized things, not (\d+)")


def cut_short(n_bytes: int, n_bytes_expected: int) -> ImageReadError:
    """Make the error for a file with fewer voxels than its header says."""
    return ImageReadError(
        f"the file is cut short: it holds {max(n_bytes, 0)} of {n_bytes_expected} bytes of voxels",
        advice="Copy or export it again.",
    )


def bad_spacing(spacing_mm: Iterable[float]) -> ImageReadError:
    """Make the error for a spacing that is not finite and above 0."""
    shown = ", ".join(f"{float(value):.6g}" for value in spacing_mm)
    return ImageReadError(
        f"its voxel spacing is ({shown}) mm, which is not above 0 along every axis",
        advice="Correct the header, or convert the image again from DICOM.",
    )


def sheared() -> ImageReadError:
    """Make the error for axes that are not at right angles."""
    return ImageReadError(
        "its axes are not at right angles (a sheared affine), which voxel-based features need",
        advice="Resample it on a grid without shear.",
    )


@contextmanager
def simpleitk_reading() -> Iterator[None]:
    """Keep SimpleITK's warnings from standard error, and its errors to one line.

    Raises
    ------
    ImageReadError
        Instead of SimpleITK's RuntimeError, whose message is several lines of
        C++ context.

    Notes
    -----
    The switch of the warnings belongs to the whole process, so one thread at
    a time may be inside. It is put back as it was.
    """
    with _WARNINGS_SWITCH:
        was_on = sitk.ProcessObject.GetGlobalWarningDisplay()
        sitk.ProcessObject.GlobalWarningDisplayOff()
        try:
            yield
        except RuntimeError as error:
            raise _in_one_line(str(error)) from error
        finally:
            sitk.ProcessObject.SetGlobalWarningDisplay(was_on)


def _in_one_line(message: str) -> ImageReadError:
    if "orthonormal" in message or "determinant is 0" in message:
        return sheared()
    if found := _BAD_SPACING.search(message):
        return bad_spacing(map(float, found[1].split(", ")))
    if found := _NRRD_CUT_SHORT.search(message):
        n_found, n_bytes_each, n_expected = map(int, found.groups())
        return cut_short(n_found * n_bytes_each, n_expected * n_bytes_each)
    lines = [line.strip() for line in message.splitlines() if line.strip() and not line.startswith("Reason:")]
    reason = _CONTEXT.sub("", lines[-1]).rstrip(".")
    return ImageReadError(f"SimpleITK cannot read it ({reason})", advice="Copy or export it again.")
