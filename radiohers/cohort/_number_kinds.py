"""Whether the images of a cohort hold numbers of one kind: whole numbers or fractions."""

from collections.abc import Mapping
from typing import Any

from radiohers._wording import counted, listed

__all__ = ["kind_of_numbers", "mixed_numbers"]

_MAX_NAMED = 10


def kind_of_numbers(pixel_type: str, is_whole: bool | None = None) -> str:
    """Name the kind of numbers that an image holds.

    Parameters
    ----------
    pixel_type : str
        As in the header: "16-bit signed integer". A NIfTI file of integers
        that its header rescales (scl_slope) is read as "32-bit float".
    is_whole : bool or None, default=None
        Whether all voxels are whole numbers, where they were looked at.

    Returns
    -------
    str
        For messages.

    Examples
    --------
    >>> from radiohers.cohort._number_kinds import kind_of_numbers
    >>> kind_of_numbers("16-bit signed integer")
    'whole numbers'
    >>> kind_of_numbers("32-bit float", is_whole=False)
    'fractions (32-bit float)'
    """
    if "float" not in pixel_type:
        return "whole numbers"
    if is_whole is None:
        return f"floating point ({pixel_type}, or rescaled by the header)"
    return f"{'whole numbers as floating point' if is_whole else 'fractions'} ({pixel_type})"


def mixed_numbers(kinds: Mapping[Any, str]) -> tuple[str, str] | None:
    """Say that images hold different kinds of numbers, and what to do.

    Parameters
    ----------
    kinds : mapping of case_id to str
        What :func:`kind_of_numbers` returns.

    Returns
    -------
    tuple of str or None
        Message and advice, or None where all are of one kind.

    Examples
    --------
    >>> from radiohers.cohort._number_kinds import mixed_numbers
    >>> mixed_numbers({"a": "whole numbers", "b": "whole numbers", "c": "fractions (32-bit float)"})[0]
    "images hold different kinds of numbers: whole numbers in 2 cases, fractions (32-bit float) in 1 case ('c')"
    """
    cases: dict[str, list[Any]] = {}
    for case_id, kind in kinds.items():
        cases.setdefault(kind, []).append(case_id)
    if len(cases) < 2:
        return None
    first, *others = sorted(cases.items(), key=lambda item: -len(item[1]))
    counts = [f"{first[0]} in {counted(len(first[1]), 'case')}"]
    counts += [f"{kind} in {counted(len(named), 'case')} ({listed(named, _MAX_NAMED, repr)})" for kind, named in others]
    message = f"images hold different kinds of numbers: {', '.join(counts)}"
    advice = (
        "An image is resampled in its own kind: whole HU stay whole, fractions do not, so that their features are not "
        "the same features. Store all alike: round the others to whole HU, "
        "SimpleITK.Cast(SimpleITK.Round(image), SimpleITK.sitkInt16), or convert all series again in one way."
    )
    return message, advice
