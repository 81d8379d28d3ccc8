"""What the cells of a column say: numbers however they are written, words for nothing, or texts."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pandas as pd

__all__ = [
    "MISSING_WORDS",
    "doubtful_separators",
    "looks_like_thousands",
    "may_be_missing",
    "typed",
    "words_among_numbers",
]

# Often written where nothing is known. Only in scores of immunohistochemistry are they taken so without asking.
MISSING_WORDS = frozenset(
    {
        "na",
        "n/a",
        "#n/a",
        "#na",
        "<na>",
        "nan",
        "-nan",
        "nd",
        "n.d.",
        "none",
        "not available",
        "not done",
        "not tested",
        "unknown",
        "missing",
    }
)
# They may be a score, a verdict or a class as well.
_MORE_WORDS = frozenset({"null", "nil", "-", "--", ".", "?"})
_TRUTH = {"true": True, "false": False}
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_SEPARATED = re.compile(r"[+-]?\d+(?:[.,'_ ]\d+)+")
_SEPARATOR = re.compile(r"[.,'_ ]")
_THREE_DECIMALS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_PLAIN_SIGNS = str.maketrans({"\u2019": "'", "\u02bc": "'", "`": "'", "\u00b4": "'", "\u066c": ",", "\u2212": "-"})
# Longer ones are no measurements, and a float would round them.
_IDENTIFIER = re.compile(r"[+-]?\d{16,}")


def typed(cells: pd.Series) -> pd.Series:
    """Return a column of numbers, or of True and False, if all texts are such; else the texts without spaces around.

    Examples
    --------
    >>> import pandas as pd
    >>> from radiohers.cohort._values import typed
    >>> typed(pd.Series(["54", None, "61"])).tolist(), typed(pd.Series(["54", "NA", "61"])).tolist()
    ([54.0, nan, 61.0], ['54', 'NA', '61'])
    """
    cells = cells.str.strip()
    present = cells.dropna()
    if present.str.fullmatch(_IDENTIFIER).any():
        return cells
    if pd.to_numeric(present, errors="coerce").notna().all():
        return pd.to_numeric(cells)
    truth = cells.str.casefold()
    return truth.map(_TRUTH) if truth.dropna().isin(_TRUTH).all() else cells


def may_be_missing(cell: Any) -> bool:
    """Return whether a cell has a word in it that people write where nothing is known."""
    return str(cell).strip().casefold() in MISSING_WORDS | _MORE_WORDS


def words_among_numbers(cells: pd.Series) -> pd.Series:
    """Return how often which word for nothing stands in a column that holds numbers beside them; else none."""
    present = cells.dropna().astype(str).str.strip()
    words = present.map(may_be_missing)
    others = present[~words]
    if others.empty or not all(map(_readings, others)):
        return pd.Series(dtype=int)
    return present[words].value_counts()


def doubtful_separators(cells: pd.Series) -> Iterator[tuple[int, str]]:
    """Find numbers with a comma or with separators of thousands in a column of numbers, and say how to write them.

    Parameters
    ----------
    cells : Series of str of shape (n_rows,)
        As they were written; empty cells are missing.

    Yields
    ------
    tuple of int and str
        Position of the cell, and what is the matter.

    Examples
    --------
    >>> import pandas as pd
    >>> from radiohers.cohort._values import doubtful_separators
    >>> list(doubtful_separators(pd.Series(["1,234", "NA", "900"])))
    [(0, "'1,234' may be 1234, with a separator of thousands, or 1.234: write the one meant")]
    """
    written = {
        row: cell.strip() for row, cell in enumerate(cells) if isinstance(cell, str) and not may_be_missing(cell)
    }
    readings = {row: _readings(cell) for row, cell in written.items()}
    if not all(readings.values()):
        return
    # Beside 3,5 and 1.234.567 the point of 1.234 may part thousands, too.
    european = any(cell.replace(".", "").replace(",", ".") == readings[row][0] != cell for row, cell in written.items())
    for row, cell in written.items():
        first, *others = readings[row]
        if european and _THREE_DECIMALS.fullmatch(cell):
            first, others = cell.replace(".", ""), [cell]
        if others:
            yield row, f"{cell!r} may be {first}, with a separator of thousands, or {others[0]}: write the one meant"
        elif not _PLAIN.fullmatch(cell):
            yield row, f"{cell!r} {_fault_of_number(cell, first)} {first}"


def _fault_of_number(cell: str, reading: str) -> str:
    separators = _SEPARATOR.findall(_plain(cell))
    if not separators:
        return "has signs that no plain number has: write"
    if separators == [","] and "." in reading:
        return "is a number with a comma: write it with a point,"
    return "has separators of thousands: write"


def looks_like_thousands(cells: pd.Series) -> bool:
    """Return whether every number with a point has three digits behind it, beside others without a point."""
    present = cells.dropna().str.strip()
    has_point = present.str.contains(".", regex=False)
    return bool(
        has_point.any()
        and present[has_point].str.fullmatch(_THREE_DECIMALS).all()
        and (~has_point).any()
        and present[~has_point].str.fullmatch(r"[+-]?\d{1,3}").all()
    )


def _plain(cell: str) -> str:
    text = unicodedata.normalize("NFKC", cell.strip()).translate(_PLAIN_SIGNS)
    return "".join(" " if sign.isspace() else sign for sign in text)


def _readings(cell: str) -> list[str]:
    """Return the numbers that a text may stand for, written plainly: none for texts, two for 1,234."""
    text = _plain(cell)
    if _PLAIN.fullmatch(text):
        return [text]
    if not _SEPARATED.fullmatch(text):
        return []
    groups, separators = _SEPARATOR.split(text), _SEPARATOR.findall(text)
    readings = []
    if len(set(separators)) == 1 and _parts_thousands(groups):
        readings.append("".join(groups))
    if separators[-1] in ".," and _is_decimal(groups, separators):
        readings.append(f"{''.join(groups[:-1])}.{groups[-1]}")
    return readings


def _is_decimal(groups: list[str], separators: list[str]) -> bool:
    """Return whether the last separator is that of decimals: alone, or behind thousands of another one."""
    before = separators[:-1]
    return not before or (len(set(before)) == 1 and separators[-1] not in before and _parts_thousands(groups[:-1]))


def _parts_thousands(groups: list[str]) -> bool:
    first, *middle, last = (group.lstrip("+-") for group in groups)
    sizes_fit = len(first) <= 3 and len(last) == 3 and all(len(group) in (2, 3) for group in middle)
    return sizes_fit and not first.startswith("0")
