"""What a section of the report can show: the blocks that the page renders."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

__all__ = ["AuditRow", "Cell", "Definitions", "FlowLine", "Found", "Row", "SectionWords", "Table", "alike", "grouped"]

Value = TypeVar("Value")
Row = tuple["str | Cell", ...]


@dataclass(frozen=True)
class Cell:
    """A cell with two lines."""

    value: Annotated[str, "The value, rounded."]
    interval: Annotated[str, "Its interval, rounded, or what else stands below it."]


@dataclass(frozen=True)
class Table:
    """A table."""

    heading: Annotated[str, "Its heading; empty for none."]
    label: Annotated[str, "What it is, for those who hear the page."]
    columns: Annotated[tuple[str, ...], "Headings of the columns."]
    rows: Annotated[tuple[tuple[str | Cell, ...], ...], "Cells, row by row."]
    notes: Annotated[tuple[str, ...], "How to read it."] = ()
    part_column: Annotated[int | None, "The column that names the part of the folds; null if there is none."] = None
    is_wide: Annotated[bool, "Whether headings are broken, so that the table stays narrow."] = True


@dataclass(frozen=True)
class Definitions:
    """Names and what they are."""

    heading: Annotated[str, "Its heading; empty for none."]
    values: Annotated[dict[str, str], "Name to text."]


@dataclass(frozen=True)
class Found:
    """What was found of a model."""

    model: Annotated[str, "Name of the model."]
    text: Annotated[str, "AUC with its interval, its method, the split and the numbers of cases, and what it means."]
    verdict: Annotated[str, "What may be said, as in the facts."]


@dataclass(frozen=True)
class FlowLine:
    """A step of the flow of the cases."""

    cases: Annotated[str, "How many cases were there after it."]
    step: Annotated[str, "What was done."]
    reason: Annotated[str, "Why others were not; empty if none were left out or nobody said."]


@dataclass(frozen=True)
class AuditRow:
    """A line of the audit."""

    level: Annotated[str, "What came of it."]
    code: Annotated[str, "Code of the check."]
    check: Annotated[str, "What was checked."]
    model: Annotated[str, "The model it is about."]
    message: Annotated[str, "What was found."]
    source: Annotated[str, "How its number came about, and of how many cases."]
    number: Annotated[str, "The number that was judged, rounded; empty for none."]
    interval: Annotated[str, "Its interval, rounded; empty for none."]
    value: Annotated[float | None, "The number, not rounded, by which the page sorts."]
    advice: Annotated[str, "What to do; empty where nothing is to be done."]


@dataclass(frozen=True)
class SectionWords:
    """What a section shows; what is empty is left out."""

    title: Annotated[str, "Its title."]
    absent: Annotated[str, "Why it has nothing to show; empty if it has."] = ""
    intro: Annotated[str, "What to know before reading it."] = ""
    found: Annotated[tuple[Found, ...], "What was found, model by model."] = ()
    definitions: Annotated[tuple[Definitions, ...], "Names and what they are."] = ()
    flow: Annotated[tuple[FlowLine, ...], "The flow of the cases."] = ()
    tables: Annotated[tuple[Table, ...], "Tables."] = ()
    audit: Annotated[tuple[AuditRow, ...], "Lines of the audit."] = ()
    quote: Annotated[str, "A paragraph to paste."] = ""
    lines: Annotated[tuple[str, ...], "How to read what stands above, and the figures."] = ()
    steps: Annotated[dict[str, tuple[str, ...]], "Steps of each model."] = field(default_factory=dict)
    code: Annotated[dict[str, str], "Models as calls, with all their parameters."] = field(default_factory=dict)
    heads: Annotated[tuple[str, ...], "Headings of the columns of a table that the page makes itself."] = ()
    labels: Annotated[dict[str, str], "Headings that the page puts over these."] = field(default_factory=dict)


def alike(described: Mapping[str, Value]) -> list[tuple[str, Value]]:
    """Put the names of models together that have the same facts."""
    values: list[Value] = []
    for value in described.values():
        if value not in values:
            values.append(value)
    return [(", ".join(name for name, other in described.items() if other == value), value) for value in values]


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Put together what comes under the same text."""
    groups: dict[str, list[str]] = {}
    for text, name in pairs:
        groups.setdefault(text, []).append(name)
    return groups
