"""The errors and warnings that radiohers raises.

Every error is a :class:`RadiohersError`, so one ``except`` clause catches them
all. Those caused by a wrong value are also a :class:`ValueError`, as
scikit-learn's users expect.

What an error says is in its fields; the sentence is made of them when it is shown.
"""

import copy
import os
from collections.abc import Mapping
from typing import Any, Self

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
    """Base class of every error that radiohers raises on purpose.

    Parameters
    ----------
    what : str
        What is wrong, with the value and the limit; without the case, the file and the advice.
    advice : str, default=""
        What to do, in whole sentences.
    case : object, default=None
        Name of the case.
    source : str, path-like or dict of str, default=None
        The file, image or object that it is about. A dict says what each is to
        the case: one entry, ``{"mask": "m.nii.gz"}``, begins the sentence as "mask
        m.nii.gz", several follow it as "image=a.nii.gz mask=m.nii.gz".
    joined : str, default=": "
        What stands between `source` and `what`: a space where the source is the
        subject, as in "cohort.csv does not exist".

    Attributes
    ----------
    what, advice, case, source, joined
        As they were given.

    Notes
    -----
    Errors go from one process to another with their class and their fields.

    Examples
    --------
    >>> from radiohers.exceptions import MaskError
    >>> error = MaskError("the mask is empty", advice="Draw the lesion.", source={"mask": "m.nii.gz"})
    >>> str(error)
    'mask m.nii.gz: the mask is empty. Draw the lesion.'
    >>> str(error.with_case("STS_019"))
    "case 'STS_019': mask m.nii.gz: the mask is empty. Draw the lesion."
    >>> error.what, error.advice
    ('the mask is empty', 'Draw the lesion.')
    """

    def __init__(
        self,
        what: str,
        *,
        advice: str = "",
        case: Any = None,
        source: str | os.PathLike | Mapping[str, Any] | None = None,
        joined: str = ": ",
    ) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice
        self.case = case
        self.source = source
        self.joined = joined

    def __str__(self) -> str:
        sources = self.source if isinstance(self.source, Mapping) else {"": self.source}
        begin, sentences = "", []
        if self.case is not None:
            # A label of a numpy array would read np.int64(3).
            begin = f"case {self.case.item() if hasattr(self.case, 'item') else self.case!r}: "
        if len(sources) > 1:
            sentences.append(" ".join(f"{role}={name}" for role, name in sources.items()))
        elif self.source is not None:
            begin += "".join(f"{role} {name}{self.joined}" for role, name in sources.items()).lstrip()
        text = begin + self.what
        for sentence in filter(None, [*sentences, self.advice]):
            # Below several lines the advice has one of its own.
            text += ("\n" if "\n" in text else " " if text.endswith((".", "?")) else ". ") + sentence
        return text

    def with_case(self, case: Any) -> Self:
        """Return a copy that names the case.

        Parameters
        ----------
        case : object
            Name of the case.

        Returns
        -------
        RadiohersError
            Of the same class.
        """
        return self._with(case=case)

    def with_source(self, source: str | os.PathLike | Mapping[str, Any] | None, joined: str = ": ") -> Self:
        """Return a copy that names the file, image or object that it is about.

        Parameters
        ----------
        source : str, path-like, dict of str or None
            As at construction.
        joined : str, default=": "
            As at construction.

        Returns
        -------
        RadiohersError
            Of the same class.
        """
        return self._with(source=source, joined=joined)

    def _with(self, **fields: Any) -> Self:
        changed = copy.copy(self)
        vars(changed).update(fields)
        return changed


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
