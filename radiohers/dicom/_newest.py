"""Which of several files of contours was written last, where that can be known."""

from collections.abc import Sequence

from radiohers.dicom._scan import DicomFile

__all__ = ["newest"]

_DIGITS_OF_DATE = 8


def newest(files: Sequence[DicomFile]) -> DicomFile | None:
    """Return the file that was written after all others; None where dates are missing, cut short or equal."""
    return next((file for file in files if all(_is_newer(file, other) for other in files if other is not file)), None)


def _is_newer(a: DicomFile, b: DicomFile) -> bool:
    (date_a, time_a), (date_b, time_b) = (map(_digits, file.written) for file in (a, b))
    if min(len(date_a), len(date_b)) < _DIGITS_OF_DATE:
        return False
    if date_a != date_b:
        return date_a > date_b
    # A time of hours alone does not say which part of the hour.
    n_digits = min(len(time_a), len(time_b))
    return time_a[:n_digits] > time_b[:n_digits]


def _digits(text: str) -> str:
    """Return the digits of a date or time, which older files separate by points or colons."""
    return "".join(sign for sign in text if sign.isdecimal())
