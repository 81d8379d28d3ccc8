"""How facts prove what a checklist asks for: finding them, and their words in one line."""

import math
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, NamedTuple

from radiohers._numbers import audit_texts, deciding_values, estimate_text, number_text
from radiohers.report.facts import AuditLineFacts, FlowStep, PerformanceRow, ReportFacts, StepKind
from radiohers.report.words._blocks import Cell, Table, grouped
from radiohers.report.words._cohort import flow_text
from radiohers.report.words._models import extraction_texts, step_texts
from radiohers.report.words._performance import pairs_table, searches_table

__all__ = [
    "Evidence",
    "ENGINE",
    "SEARCH_STEPS",
    "audit",
    "baseline_words",
    "by_model",
    "count_words",
    "engine_words",
    "exclusions",
    "extraction",
    "figures",
    "flow_words",
    "interval_words",
    "joined",
    "labelled_words",
    "metrics",
    "missing_words",
    "model_words",
    "pairs_words",
    "search_words",
    "shortened",
    "steps",
    "weight_words",
    "with_interval",
]

_MAX_LENGTH = 400
_SHORTEST_PART = 80


class Evidence(NamedTuple):
    """One evidence key: what it is, where it comes from, the facts that fill it, and how they read."""

    doc: str
    source: str
    # What is None or empty proves nothing.
    find: Callable[[ReportFacts], Any]
    words: Callable[[ReportFacts], str]


def labelled_words(
    texts: Callable[[ReportFacts], dict[str, tuple[str, str]]], *fields: str
) -> Callable[[ReportFacts], str]:
    def words(report: ReportFacts) -> str:
        of_field = texts(report)
        return shortened(
            f"{label}: {text}" for field in fields if field in of_field for label, text in [of_field[field]]
        )

    return words


def extraction(doc: str, *fields: str) -> Evidence:
    """Return the evidence that some fields or settings of the extraction are; without fields all are."""

    def find(report: ReportFacts) -> list[str]:
        return [
            field
            for facts in report.extraction.values()
            for field in fields or ("n_features",)
            if field in facts.settings or getattr(facts, field, None)
        ]

    def words(report: ReportFacts) -> str:
        return by_model({name: extraction_texts(facts) for name, facts in report.extraction.items()}, fields)

    return Evidence(doc, "fitted extractor", find, words)


def by_model(texts: dict[str, dict[str, tuple[str, str]]], fields: Iterable[str] = ()) -> str:
    groups = grouped(
        (f"{label}: {text}", name)
        for name, of_field in texts.items()
        for field, (label, text) in of_field.items()
        if not fields or field in fields
    )
    return shortened(f"{text} ({', '.join(names)})" for text, names in groups.items())


def steps(doc: str, *kinds: StepKind) -> Evidence:
    def find(report: ReportFacts) -> list[Any]:
        return [step for model in report.models.values() for step in model.steps if not kinds or step.kind in kinds]

    def words(report: ReportFacts) -> str:
        found = {name: step_texts(report, name, *kinds) for name in report.models}
        return shortened(f"{name}: {', then '.join(steps)}" for name, steps in found.items() if steps)

    return Evidence(doc, "fitted pipelines", find, words)


def metrics(doc: str, metrics: set[str], part: str = "test") -> Evidence:
    source = "test predictions" if part == "test" else "training predictions"

    def words(report: ReportFacts) -> str:
        return shortened(f"{row.model}: {_metric(row)} {_estimate(row)}" for row in _rows(report, metrics, part))

    return Evidence(doc, source, lambda report: _rows(report, metrics, part), words)


def _rows(report: ReportFacts, metrics: set[str], part: str = "test") -> list[PerformanceRow]:
    rows = [row for row in report.performance if row.part == part and row.metric in metrics]
    return [row for row in rows if not math.isnan(row.value)]


def _metric(row: PerformanceRow) -> str:
    return " ".join("AUC" if word == "auc" else word for word in row.metric.split("_"))


def _estimate(row: PerformanceRow) -> str:
    apart_from = deciding_values(row.metric)
    if not _has_interval(row):
        return number_text(row.value, apart_from=apart_from)
    return estimate_text(row.value, row.low, row.high, apart_from=apart_from)


def _has_interval(row: PerformanceRow) -> bool:
    return math.isfinite(row.low) and math.isfinite(row.high)


def with_interval(report: ReportFacts) -> list[PerformanceRow]:
    return [row for row in _rows(report, {row.metric for row in report.performance}) if _has_interval(row)]


def interval_words(report: ReportFacts) -> str:
    methods = grouped((row.method, _metric(row)) for row in with_interval(report))
    return shortened(f"{method}: {', '.join(dict.fromkeys(names))}" for method, names in methods.items())


def count_words(report: ReportFacts) -> str:
    lines = [
        f"{row.part}: {row.n_cases} cases, {row.n_positive} positive"
        + ("" if row.n_patients is None else f", {row.n_patients} patients")
        for row in report.performance
    ]
    return shortened(dict.fromkeys(lines))


def exclusions(report: ReportFacts) -> list[FlowStep]:
    fewer = [step for before, step in pairwise(report.flow) if step.n_cases < before.n_cases]
    return [step for step in fewer if flow_text(report, step)[1]]


def flow_words(report: ReportFacts, step: FlowStep) -> str:
    numbers = {unit: getattr(step, f"n_{unit}s") for unit in ("case", "patient")}
    texts = [f"{number} {unit}{'s' * (number != 1)}" for unit, number in numbers.items() if number is not None]
    return f"{flow_text(report, step)[0]}: {', '.join(texts)}"


def missing_words(report: ReportFacts) -> str:
    return shortened(f"{one['name']}: {one['n_missing']} missing" for one in report.baseline.variables)


def baseline_words(report: ReportFacts) -> str:
    variables, groups = (
        ", ".join(str(one["name"]) for one in some) for some in (report.baseline.variables, report.baseline.groups)
    )
    return shortened([f"{variables} (groups: {groups})"])


def figures(doc: str, kind: str, source: str = "figures") -> Evidence:
    def words(report: ReportFacts) -> str:
        return shortened(f"figure {figure.name}: {figure.caption}" for figure in report.figures if figure.kind == kind)

    return Evidence(doc, source, lambda report: [figure for figure in report.figures if figure.kind == kind], words)


def joined(first: Evidence, *more: Callable[[ReportFacts], Iterable[str]]) -> Evidence:
    """Return evidence whose words are followed by more; these alone prove nothing."""

    def words(report: ReportFacts) -> str:
        return shortened([first.words(report), *(shortened([", ".join(lines(report))]) for lines in more)])

    return first._replace(words=words)


def audit(doc: str, *checks: str, only_passed: bool = False) -> Evidence:
    """Return the evidence that checks of the audit are; `only_passed`: none if one of them did not pass."""

    def find(report: ReportFacts) -> list[AuditLineFacts]:
        lines = [] if report.audit is None else report.audit.lines
        # A line on several checks names them all.
        about = [line for line in lines if any(check in line.check for check in checks)]
        if only_passed and any(line.level != "pass" for line in about):
            return []
        return [line for line in about if line.level != "not run"]

    def words(report: ReportFacts) -> str:
        return shortened(map(_audit_words, find(report)))

    return Evidence(doc, "audit", find, words)


def _audit_words(line: AuditLineFacts) -> str:
    number, _ = audit_texts(line.check, line.value, line.low, line.high)
    return ", ".join(filter(None, [f"{line.check}: {line.level}", number, line.message]))


def model_words(report: ReportFacts) -> str:
    last = [f"{name}: {step_texts(report, name)[-1]}" for name in report.models]
    return shortened([*last, "all parameters stand under Versions and seeds"])


def weight_words(report: ReportFacts) -> str:
    return shortened(
        f"{name}: class_weight={' or '.join(model.class_weights)}"
        for name, model in report.models.items()
        if model.class_weights
    )


def pairs_words(report: ReportFacts) -> str:
    return shortened(["; ".join(_table_rows(pairs_table(report)))]) if report.pairs else ""


def search_words(report: ReportFacts) -> str:
    chosen = _table_rows(searches_table(report)) if report.searches else []
    return shortened([shortened(["; ".join(chosen)]), SEARCH_STEPS.words(report)])


SEARCH_STEPS = steps("", StepKind.SEARCH)


def _table_rows(table: Table) -> list[str]:
    return [
        ", ".join(f"{column} {_cell(cell)}" for column, cell in zip(table.columns, row, strict=True))
        for row in table.rows
    ]


def _cell(cell: str | Cell) -> str:
    return f"{cell.value} ({cell.interval})" if isinstance(cell, Cell) else cell


def engine_words(report: ReportFacts) -> str:
    reference = {f"pyradiomics-bhklab: {facts.reference_version}" for facts in report.extraction.values()}
    return shortened([ENGINE.words(report), *sorted(reference)])


ENGINE = extraction("extraction engine and its version", "engine")


def shortened(parts: Iterable[str]) -> str:
    """Join parts into one line; the report shows each section in full, here a reader must only recognise it."""
    parts = [part for part in parts if part]
    longest = max(_MAX_LENGTH // max(len(parts), 1), _SHORTEST_PART)
    return _cut("; ".join(_cut(part, longest) for part in parts), _MAX_LENGTH)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 4].rstrip()} ..."
