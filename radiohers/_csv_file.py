"""Tables that users wrote: that a file is one, and its cells as the texts that stand in it."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from radiohers._file_kind import other_kind
from radiohers._wording import listed, plural
from radiohers.exceptions import CohortError

__all__ = ["read_csv_file"]

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_OTHER_KINDS = {
    b"PK\x03\x04": "an Excel workbook or another ZIP file",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"\x1f\x8b": "compressed with gzip",
    b"%PDF": "a PDF file",
    b"\x78\x5e": "a saved model or another compressed file",
    b"\x80": "a saved model or another pickle",
}
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_MAX_NAMED = 10
_OPEN_QUOTE = re.compile(r"EOF inside string starting at row (\d+)")
# Only then is the space no part of the cell, but of the file's layout.
_SPACE_BEFORE_QUOTE = re.compile(r'[,;] +"')


def read_csv_file(path: Path, needed: Sequence[str] = (), *, separators: str = ",") -> pd.DataFrame:
    """Read a table whose rows have as many fields as its header has columns.

    Parameters
    ----------
    path : Path
        The file.
    needed : sequence of str, default=()
        Columns that have to be there; "mask" may be missing where "boxes" is there.
    separators : str, default=","
        What may part the cells; the one that the header has most of does.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        Texts, as they were written: 007, NA and None stay what they are. Only cells that
        are empty or hold nothing but spaces are missing. Without rows that are
        wholly empty; column names without spaces around them.

    Raises
    ------
    CohortError
        If it is no such table: the message says what the file is instead, or
        which columns or rows are wrong.
    """
    text = _text(path)
    first_line = text.lstrip().partition("\n")[0]
    layout: dict[str, Any] = {
        "delimiter": max(separators, key=first_line.count),
        "skipinitialspace": _SPACE_BEFORE_QUOTE.search(text) is not None,
    }
    header, *rows = _rows(text, path, layout) or [[]]
    columns = [name.strip() for name in header]
    _check_columns(columns, needed, path)
    _check_fields(columns, rows, path)
    try:
        table = pd.read_csv(
            io.StringIO(text),
            # A column without a name gets one, as pandas itself would do.
            names=[name or f"Unnamed: {position}" for position, name in enumerate(columns)],
            header=0,
            dtype=str,
            keep_default_na=False,
            index_col=False,
            **layout,
        )
    except pd.errors.ParserError as error:
        raise _no_table(path, *_reason_of(error)) from error
    table = table.apply(lambda cells: cells.mask(cells.str.strip() == ""))
    table = table.dropna(how="all").reset_index(drop=True)
    if table.empty:
        raise CohortError("the table has a header but no rows", advice="Add rows below it.", source=path)
    return table


def _no_table(path: Path, reason: str, advice: str) -> CohortError:
    return CohortError(f"cannot be read as a CSV table: {reason}", advice=advice, source=path, joined=" ")


def _text(path: Path) -> str:
    if not path.is_file():
        what = "is a folder, not a table" if path.is_dir() else "does not exist"
        raise CohortError(what, advice="Give the path of a CSV file.", source=path, joined=" ")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _no_table(path, f"it cannot be opened ({error.strerror})", "Check its path and permissions.") from error
    if not content.strip():
        raise _no_table(path, "it is empty", "Write a header and rows below it.")
    for mark, kind in _OTHER_KINDS.items():
        if content.startswith(mark):
            raise _no_table(path, f"it is {kind}", "Save the table as comma-separated UTF-8 (CSV UTF-8 in Excel).")
    if (other := other_kind(content[:512])) is not None:
        raise _no_table(path, f"it is {other.name}", "Give the table of the cases, one row a case.")
    # Latin letters in UTF-16 have a byte of 0 each.
    if content.startswith(_UTF16_MARKS) or content[:64].count(0) > 16:
        raise _no_table(path, "it is text in UTF-16", "Save it as comma-separated UTF-8 (CSV UTF-8 in Excel).")
    if b"\0" in content:
        reason = f"line {_line(content, content.index(0))} has bytes of 0, as in a damaged file"
        raise _no_table(path, reason, "Copy or save it again.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"line {_line(content, error.start)} is not UTF-8 (byte 0x{content[error.start]:02x})"
        raise _no_table(path, reason, "Save it as comma-separated UTF-8 (CSV UTF-8 in Excel).") from error


def _line(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _rows(text: str, path: Path, layout: dict[str, Any]) -> list[list[str]]:
    """Return the fields of all rows that have any, the header first."""
    reader = csv.reader(io.StringIO(text, newline=""), **layout)
    try:
        return [row for row in reader if any(field.strip() for field in row)]
    except csv.Error as error:
        raise _no_table(path, *_reason_of(error)) from error


def _reason_of(error: Exception) -> tuple[str, str]:
    reason = " ".join(str(error).split())
    if found := _OPEN_QUOTE.search(reason):
        return f"a quotation mark in row {found[1]} is not closed", "Close it, or take it out."
    return reason, "Save it as comma-separated UTF-8."


def _check_columns(columns: list[str], needed: Sequence[str], path: Path) -> None:
    missing = [name for name in needed if name not in columns and not (name == "mask" and "boxes" in columns)]
    if missing:
        raise CohortError(
            f"no column {' and no column '.join(map(repr, missing))}; its columns are {', '.join(columns)}",
            advice=_hint(columns, missing),
            source=path,
        )
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise CohortError(
            f"more than one column {', '.join(map(repr, twice))}", advice="Rename or take out all but one.", source=path
        )


def _hint(columns: list[str], missing: list[str]) -> str:
    for separator, name in _SEPARATORS.items():
        if len(columns) == 1 and separator in columns[0]:
            return (
                f"It seems to be separated by {name}: save it with commas. In Python: pandas.read_csv(..., "
                f"sep={separator!r}, dtype=str, keep_default_na=False).to_csv(..., index=False)."
            )
    by_lower_case = {name.lower(): name for name in columns}
    close = [match for name in missing for match in get_close_matches(name.lower(), by_lower_case, n=1)]
    if close:
        meant = ", ".join(repr(by_lower_case[name]) for name in close)
        return f"Did you mean {meant}? Names have to be alike to the letter."
    return f"Add or rename the column{plural(len(missing))}."


def _check_fields(columns: list[str], rows: list[list[str]], path: Path) -> None:
    """Raise where a row has more fields than columns: pandas would drop those left over, and shift the others."""
    too_long = list(_too_long(columns, rows))
    if too_long:
        in_rows = listed(too_long, _MAX_NAMED, separator="; ", noun="rows")
        raise CohortError(
            f"more fields than the {len(columns)} columns of the header in {in_rows} (rows are counted from 1 below "
            "the header)",
            advice="A value holds a comma: write decimals with a point (61.5), thousands without a comma (1234), and "
            "put texts with a comma in quotes.",
            source=path,
        )


def _too_long(columns: list[str], rows: list[list[str]]) -> Iterator[str]:
    for number, row in enumerate(rows, start=1):
        if any(field.strip() for field in row[len(columns) :]):
            named = f", case {row[columns.index('case_id')].strip()!r}" if "case_id" in columns else ""
            yield f"row {number}{named} ({len(row)} fields)"
