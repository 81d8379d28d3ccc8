"""What is wrong with the rows of a table, and how it is told: what concerns a whole column in one line."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from radiohers._wording import counted
from radiohers.exceptions import CohortError

__all__ = ["ADVICE", "Problem", "raise_all"]

ADVICE = {
    "case_id": "Give every row a name of its own.",
    "image": "Correct the path; a relative one starts at the table's folder.",
    "mask": "Correct the path; a relative one starts at the table's folder.",
    "boxes": "Correct the path; a relative one starts at the table's folder.",
    "patient_id": "Name the patient of every row, or leave the column out.",
    "mask_label": "Give the value that marks the lesion in the mask, such as 1.",
}
_MAX_SHOWN = 50
_EXAMPLES = 3


class Problem(NamedTuple):
    """What is wrong with a cell of the table: where it stands, and how to fix it."""

    row: int
    case_id: str
    column: str
    text: str
    # Of the table as a whole; then there is no row.
    is_general: bool = False
    # What rows with the same fault have in common; "" where it is the text.
    kind: str = ""
    # What to do, where the column alone does not say it.
    advice: str = ""

    def __str__(self) -> str:
        where = "" if self.is_general else f"row {self.row}, case {self.case_id!r}, "
        return f"{where}column {self.column!r}: {self.text}{f'. {self.advice}' if self.advice else ''}"


def raise_all(path: Path, problems: Iterable[Problem], n_rows: int) -> None:
    """Raise one error that names all problems, if there are any."""
    lines = _lines(sorted(problems, key=lambda problem: problem.row), n_rows)
    if not lines:
        return
    shown = [f"  {line}" for line in lines[:_MAX_SHOWN]]
    if len(lines) > _MAX_SHOWN:
        shown.append(f"  ... and {len(lines) - _MAX_SHOWN} more")
    raise CohortError(
        f"{counted(len(lines), 'problem')} in {counted(n_rows, 'row')} (rows are counted from 1 below the header):\n"
        + "\n".join(shown),
        advice="Fix the table, or take these rows out of it.",
        source=path,
    )


def _lines(problems: list[Problem], n_rows: int) -> list[str]:
    """Return a line a problem, and one for all rows of a column that have the same fault if most rows have it."""
    alike: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        alike.setdefault((problem.column, problem.kind or problem.text), []).append(problem)
    lines = []
    for problem in problems:
        same = alike[problem.column, problem.kind or problem.text]
        if len(same) <= _EXAMPLES or 2 * len(same) < n_rows:
            lines.append(str(problem))
        elif problem is same[0]:
            lines.append(_line_of_column(same, n_rows))
    return lines


def _line_of_column(same: list[Problem], n_rows: int) -> str:
    column = same[0].column
    examples = [f"row {problem.row}, case {problem.case_id!r}: {problem.text}" for problem in same[:_EXAMPLES]]
    advice = f" {ADVICE[column]}" if column in ADVICE else ""
    more = len(same) - _EXAMPLES
    return f"column {column!r}, {len(same)} of {n_rows} rows alike: {'; '.join(examples)}; and {more} more.{advice}"
