"""The errors and warnings that radiohers raises.

Every error is a :class:`RadiohersError`, so one ``except`` clause catches them
all. Those caused by a wrong value are also a :class:`ValueError`, as
scikit-learn's users expect.
"""

__all__ = [
    "CaseError",
    "CohortError",
    "CropError",
    "ExtractionError",
    "ExtractionWarning",
    "GeometryError",
    "ImageReadError",
    "MaskError",
    "ModelFileError",
    "OutputExistsError",
    "ParamsError",
    "RadiohersError",
    "ReportError",
]


class RadiohersError(Exception):
    """Base class of every error that radiohers raises on purpose."""


class CohortError(RadiohersError, ValueError):
    """The cohort table has rows, columns or labels that cannot be used."""


class ImageReadError(RadiohersError, ValueError):
    """An image or mask cannot be read, or is of a kind that cannot be used."""


class GeometryError(RadiohersError, ValueError):
    """Image and mask do not lie on the same grid."""


class MaskError(RadiohersError, ValueError):
    """The mask does not mark a lesion that can be used."""


class ParamsError(RadiohersError, ValueError):
    """A preset or parameter file is missing or not valid."""


class ExtractionError(RadiohersError, ValueError):
    """Features of a case could not be computed."""


class CaseError(RadiohersError):
    """A case failed for a reason that nobody foresaw, or for want of memory; its cause is the error that was raised."""


class CropError(RadiohersError, ValueError):
    """Crops of a case cannot be made, or a file of rectangles or of crops cannot be used."""


class ModelFileError(RadiohersError, ValueError):
    """A saved model cannot be read, or does not fit what it is used for."""


class ReportError(RadiohersError):
    """A report cannot be printed: there is no browser that could, or it failed."""


class OutputExistsError(RadiohersError, FileExistsError):
    """The file to be written exists already."""


class ExtractionWarning(UserWarning):
    """A case failed: its features are NaN, or it has no crops."""
