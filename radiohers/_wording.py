"""How messages count, cut lists short, and guess what was meant."""

from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from itertools import islice
from typing import Any

__all__ = ["counted", "did_you_mean", "listed", "plural"]


def plural(n: int) -> str:
    """Return the ending of a noun of which there are n: nothing for one, else "s"."""
    return "s" * int(n != 1)


def counted(n: int, noun: str) -> str:
    """Return a number with its noun, as in "1 voxel" and "2 voxels"."""
    return f"{n} {noun}{plural(n)}"


def listed(
    things: Collection, n_shown: int, write: Callable[[Any], str] = str, separator: str = ", ", noun: str = ""
) -> str:
    """Name the first things and count the others, as in "a, b and 3 more" and "a; b; and 3 more gaps"."""
    shown, n_more = separator.join(map(write, islice(things, n_shown))), len(things) - n_shown
    return f"{shown}{separator.rstrip(', ')} and {n_more} more{noun and f' {noun}'}" if n_more > 0 else shown


def did_you_mean(name: object, known: Iterable[str], kind: str = "", otherwise: str = ".") -> str:
    """Return the end of a sentence about a name that is not known: which one was probably meant."""
    by_lower_case = {each.lower(): each for each in known}
    close = get_close_matches(str(name).lower(), by_lower_case, n=1)
    return f"; did you mean {kind}{by_lower_case[close[0]]!r}?" if close else otherwise
