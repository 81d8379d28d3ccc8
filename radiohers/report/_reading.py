"""Readers of the report's plain dict: each returns what it finds as one line of text, or an empty text.

Every part of the dict may be missing, None or empty. A table is a dict with ``columns`` and ``rows``; a cell may be a
dict with ``value`` and ``interval``.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from numbers import Real
from typing import Any

from radiohers._numbers import audit_texts, deciding_values, estimate_text, number_text
from radiohers.metrics import METRICS

__all__ = [
    "audit_lines",
    "baseline",
    "baseline_missing",
    "counts",
    "exclusions",
    "extended",
    "figures",
    "flow",
    "joined",
    "metrics",
    "model_parameters",
    "models",
    "named",
    "notes",
    "pipeline_steps",
    "section",
    "sentences",
    "settings_by_model",
]

Reader = Callable[[Mapping[str, Any]], str]

# Texts that name nothing, though they are not empty.
_NOTHING = {"in memory", "unknown", "nan"}
_LEVELS = ("pass", "warn", "fail")
_MAX_LENGTH = 400
_SHORTEST_PART = 80


def section(name: str, pattern: str | None = None) -> Reader:
    """Return a reader of a whole section, or of the entries, columns and texts in it that match a pattern."""

    def read(document: Mapping[str, Any]) -> str:
        content = document.get(name)
        if pattern is not None:
            content = _select(content, pattern)
        if isinstance(content, Mapping) and not _is_table(content):
            return _shortened(f"{key}: {text}" for key, text in _texts(content).items())
        return _shortened([_text(content)])

    return read


def named(name: str, pattern: str, value_pattern: str = "") -> Reader:
    """Return a reader of the entries of a ``{name: text}`` section by patterns of the name and the value."""

    def read(document: Mapping[str, Any]) -> str:
        entries = {key: _text(value) for key, value in (document.get(name) or {}).items() if _matches(pattern, key)}
        return _shortened(f"{key}: {text}" for key, text in entries.items() if text and _matches(value_pattern, text))

    return read


def settings_by_model(name: str, pattern: str = "") -> Reader:
    """Return a reader of a ``{model: {setting: text}}`` section; models with the same setting stand together."""

    def read(document: Mapping[str, Any]) -> str:
        models: dict[str, list[str]] = {}
        for model, settings in (document.get(name) or {}).items():
            for setting, value in (settings or {}).items():
                text = _text(value)
                if text and _matches(pattern, setting):
                    models.setdefault(f"{setting}: {text}", []).append(model)
        return _shortened(f"{text} ({', '.join(having)})" for text, having in models.items())

    return read


def pipeline_steps(pattern: str = "") -> Reader:
    """Return a reader of the steps of the models' pipelines whose text matches."""

    def read(document: Mapping[str, Any]) -> str:
        found = {
            model: [str(step) for step in steps or [] if _matches(pattern, step)]
            for model, steps in (document.get("pipelines") or {}).items()
        }
        return _shortened(f"{model}: {', then '.join(steps)}" for model, steps in found.items() if steps)

    return read


def models() -> Reader:
    """Return a reader of what each model ends in; the whole of its text where it has no steps."""

    def read(document: Mapping[str, Any]) -> str:
        pipelines = document.get("pipelines") or {}
        texts = document.get("models") or {}
        last = {name: str(steps[-1]) for name, steps in pipelines.items() if steps and name in texts}
        shown = [f"{name}: {last.get(name, text)}" for name, text in texts.items() if str(text)]
        return _shortened([*shown, *["all parameters stand under Versions and seeds"] * bool(last)])

    return read


def model_parameters(parameter: str) -> Reader:
    """Return a reader of the values of a parameter in the models' texts."""

    def read(document: Mapping[str, Any]) -> str:
        assignment = re.compile(rf"\b{parameter}=(\{{[^}}]*\}}|[^,)\s]+)")
        found = {name: assignment.findall(str(model)) for name, model in (document.get("models") or {}).items()}
        return _shortened(
            f"{name}: {parameter}={' or '.join(dict.fromkeys(values))}" for name, values in found.items() if values
        )

    return read


def metrics(pattern: str, of: str = "", part: str = "test", with_method: bool = False) -> Reader:
    """Return a reader of the metrics of a part, by name or by what they need; `with_method`: of their intervals."""

    def read(document: Mapping[str, Any]) -> str:
        needing = {metric.name for metric in METRICS.values() if metric.of == of}
        rows = [row for row in _values(document) if row.get("part") == part]
        rows = [row for row in rows if row.get("metric") in needing or _matches(pattern, row.get("metric"))]
        if with_method:
            rows = [row for row in rows if _has_interval(row) and row.get("method")]
            methods: dict[str, list[str]] = {}
            for row in rows:
                methods.setdefault(str(row["method"]), []).append(_metric_name(row))
            return _shortened(f"{method}: {', '.join(dict.fromkeys(names))}" for method, names in methods.items())
        return _shortened(f"{row.get('model')}: {_metric_name(row)} {_estimate(row)}" for row in rows)

    return read


def counts(document: Mapping[str, Any]) -> str:
    """Return cases, positives and patients in each part."""
    lines = {}
    for row in _values(document):
        if row.get("n_cases"):
            line = f"{row['n_cases']} cases"
            line += f", {row['n_positive']} positive" * (row.get("n_positive") is not None)
            line += f", {row['n_patients']} patients" * (row.get("n_patients") is not None)
            lines[f"{row.get('part')}: {line}"] = None
    return _shortened(lines)


def flow(document: Mapping[str, Any]) -> str:
    """Return the steps of the cohort's flow with their numbers."""
    return _shortened(_step(step) for step in document.get("flow") or [] if step.get("n_cases") is not None)


def exclusions(document: Mapping[str, Any]) -> str:
    """Return the steps of the cohort's flow that took cases out and say why."""
    steps = [step for step in document.get("flow") or [] if step.get("n_cases") is not None]
    fewer = [step for before, step in pairwise(steps) if step["n_cases"] < before["n_cases"]]
    return _shortened(f"{_step(step)} ({step['reason']})" for step in fewer if step.get("reason"))


def baseline(document: Mapping[str, Any]) -> str:
    """Return the variables and the groups of Table 1."""
    table = document.get("baseline") or {}
    variables = ", ".join(str(variable["name"]) for variable in table.get("variables") or [])
    groups = ", ".join(str(group["name"]) for group in table.get("groups") or [])
    return _shortened([f"{variables} (groups: {groups})" if variables and groups else variables])


def baseline_missing(document: Mapping[str, Any]) -> str:
    """Return the number of missing values of each variable of Table 1."""
    variables = (document.get("baseline") or {}).get("variables") or []
    return _shortened(
        f"{variable['name']}: {variable['n_missing']} missing" for variable in variables if "n_missing" in variable
    )


def figures(pattern: str, section: str = "") -> Reader:
    """Return a reader of the captions of the figures whose name and section match."""

    def read(document: Mapping[str, Any]) -> str:
        found = [figure for figure in document.get("figures") or [] if figure.get("svg")]
        found = [figure for figure in found if _matches(pattern, figure.get("name"))]
        found = [figure for figure in found if _matches(section, figure.get("section"))]
        return _shortened(f"figure {figure['name']}: {figure.get('caption') or ''}".rstrip(": ") for figure in found)

    return read


def audit_lines(pattern: str, only_passed: bool = False) -> Reader:
    """Return a reader of the audit's lines whose check matches; `only_passed`: nothing if one of them did not pass."""

    def read(document: Mapping[str, Any]) -> str:
        lines = [line for line in (document.get("audit") or {}).get("lines") or [] if line.get("level")]
        lines = [line for line in lines if _matches(pattern, line.get("check"))]
        if only_passed and any(line["level"] != "pass" for line in lines):
            return ""
        lines = [line for line in lines if line["level"] in _LEVELS]
        return _shortened(
            ", ".join(filter(None, [f"{line['check']}: {line['level']}", _judged(line), _text(line.get("message"))]))
            for line in lines
        )

    return read


def notes(pattern: str) -> Reader:
    """Return a reader of the notes that match."""
    return lambda document: _shortened(str(note) for note in document.get("notes") or [] if _matches(pattern, note))


def sentences(name: str, pattern: str) -> Reader:
    """Return a reader of the sentences of a paragraph that match."""
    return lambda document: _shortened(
        sentence for sentence in re.split(r"(?<=\.)\s+", _text(document.get(name))) if _matches(pattern, sentence)
    )


def extended(first: Reader, more: Reader) -> Reader:
    """Return a reader that adds what another finds, where the first finds something."""
    return lambda document: joined(first, more)(document) if first(document) else ""


def joined(*readers: Reader) -> Reader:
    """Return a reader that joins what several readers find."""
    return lambda document: _shortened(text for text in (read(document) for read in readers) if text)


def _matches(pattern: str, text: Any) -> bool:
    return re.search(pattern, str(text), re.IGNORECASE) is not None


def _select(content: Any, pattern: str) -> Any:
    if _is_table(content):
        chosen = [number for number, column in enumerate(content["columns"]) if _matches(pattern, column)]
        columns = [content["columns"][number] for number in chosen]
        cells = {"columns": columns, "rows": [[row[number] for number in chosen] for row in content["rows"]]}
        return [cells, *_select(content.get("notes") or [], pattern)]
    if isinstance(content, Mapping):
        return {key: value if _matches(pattern, key) else _select(value, pattern) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_select(value, pattern) for value in content]
    return content if _matches(pattern, content) else None


def _values(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [row for row in document.get("values") or [] if _is_number(row.get("value"))]


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and math.isfinite(value)


def _has_interval(row: Mapping[str, Any]) -> bool:
    return _is_number(row.get("low")) and _is_number(row.get("high"))


def _judged(line: Mapping[str, Any]) -> str:
    if not _is_number(line.get("value")):
        return _text(line.get("value"))
    return audit_texts(str(line.get("measure")), *(line.get(name) for name in ("value", "low", "high")))[0]


def _estimate(row: Mapping[str, Any]) -> str:
    apart_from = deciding_values(row["metric"])
    if not _has_interval(row):
        return number_text(row["value"], apart_from=apart_from)
    return estimate_text(row["value"], row["low"], row["high"], apart_from=apart_from)


def _metric_name(row: Mapping[str, Any]) -> str:
    return re.sub(r"\bauc\b", "AUC", str(row["metric"]).replace("_", " "))


def _step(step: Mapping[str, Any]) -> str:
    numbers = {unit: step.get(f"n_{unit}s") for unit in ("case", "patient")}
    texts = [f"{number} {unit}{'s' * (number != 1)}" for unit, number in numbers.items() if number is not None]
    return f"{step.get('step')}: {', '.join(texts)}" if texts else str(step.get("step"))


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) and "columns" in value and "rows" in value


def _text(value: Any) -> str:
    """Return any plain value as one line; empty if there is nothing in it."""
    if value is None or isinstance(value, float) and not math.isfinite(value):
        return ""
    if _is_table(value):
        return "; ".join(filter(None, (_row(value["columns"], row) for row in value["rows"])))
    if isinstance(value, Mapping):
        if set(value) == {"value", "interval"}:
            return f"{_text(value['value'])} ({_text(value['interval'])})".replace(" ()", "")
        return "; ".join(f"{key}: {text}" for key, text in _texts(value).items())
    if isinstance(value, list | tuple):
        return ", ".join(text for text in map(_text, value) if text)
    text = f"{value:g}" if isinstance(value, float) else " ".join(str(value).split())
    return "" if text.casefold() in _NOTHING else text


def _texts(mapping: Mapping[str, Any]) -> dict[str, str]:
    texts = {str(key): _text(value) for key, value in mapping.items()}
    return {key: text for key, text in texts.items() if text}


def _row(columns: Iterable[Any], row: Iterable[Any]) -> str:
    cells = {str(column): _text(cell) for column, cell in zip(columns, row, strict=True)}
    return ", ".join(f"{column} {text}".strip() for column, text in cells.items() if text)


def _shortened(parts: Iterable[str]) -> str:
    # The report shows each section in full; here a reader must only recognise it.
    parts = [part for part in parts if part]
    longest = max(_MAX_LENGTH // max(len(parts), 1), _SHORTEST_PART)
    return _cut("; ".join(_cut(part, longest) for part in parts), _MAX_LENGTH)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 4].rstrip()} ..."
