"""Names that are probably one: 007 and 7, P1 and p1, "P 1" and P-01."""

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["alike_groups", "alike_key"]

_DASHES = re.compile(r"[-_./\\\u2010-\u2015\u2212]+")
# P-1 and P1 are alike, 1-1 and 11 are not.
_IDLE_DASH = re.compile(r"(?<=[^\W\d_])-(?=\d)|(?<=\d)-(?=[^\W\d_])|^-|-$")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_WHOLE_NUMBER = re.compile(r"(\d+)\.0+")


def alike_key(text: str) -> str:
    """Return what is left of a name without zeros in front, capitals, spaces and the kind of its dashes.

    Parameters
    ----------
    text : str
        The name of a patient or case.

    Returns
    -------
    str
        The same for names that are alike.

    Examples
    --------
    >>> from radiohers._alike_ids import alike_key
    >>> [alike_key(name) for name in ("P-007 ", "p7", "7.0", "7", "1-1", "11")]
    ['p7', 'p7', '7', '7', '1-1', '11']
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    text = "".join(sign for sign in text if not sign.isspace() and unicodedata.category(sign) != "Cf")
    if number := _WHOLE_NUMBER.fullmatch(text):
        text = number[1]
    return _LEADING_ZEROS.sub("", _IDLE_DASH.sub("", _DASHES.sub("-", text)))


def alike_groups(names: Iterable[str]) -> list[list[str]]:
    """Return the names that are alike and not the same, group by group.

    Parameters
    ----------
    names : iterable of str
        Names as they were written; a name may be there many times.

    Returns
    -------
    list of list of str
        Groups of two spellings or more, in the order of `names`.

    Examples
    --------
    >>> from radiohers._alike_ids import alike_groups
    >>> alike_groups(["007", "8", "7", "8", "P1", "P1 "])
    [['007', '7'], ['P1', 'P1 ']]
    """
    spellings: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        spellings.setdefault(alike_key(name), []).append(name)
    return [group for group in spellings.values() if len(group) > 1]
