"""A comparison as a plain dict: facts, their words, filled checklists."""

from collections.abc import Sequence
from dataclasses import is_dataclass
from typing import Any

from radiohers.audit import Audit
from radiohers.cohort import Cohort
from radiohers.report._schema import SCHEMA_VERSION, described
from radiohers.report.facts import collect_facts
from radiohers.report.page import DrawnFigure, plain_values
from radiohers.report.words import collect_evidence, fill_checklists, report_words
from radiohers.results import Comparison

__all__ = ["comparison_document"]


def comparison_document(
    comparison: Comparison,
    figures: Sequence[DrawnFigure],
    *,
    title: str | None = None,
    cohort: Cohort | None = None,
    audit: Audit | None = None,
) -> dict[str, Any]:
    """Return the report of a comparison as plain values.

    Parameters
    ----------
    comparison : Comparison
        The result.
    figures : sequence of DrawnFigure
        From :func:`draw_figures`.
    title : str, default=None
        Of the report.
    cohort : Cohort, default=None
        Adds the target's name, the flow and the table of the patients, and says if the cohort is synthetic.
    audit : Audit, default=None
        What was checked against self-deception.

    Returns
    -------
    dict
        As :func:`report_schema` describes it; JSON can hold it.
    """
    facts = collect_facts(comparison, cohort=cohort, audit=audit, figures=figures)
    notes, sections = report_words(facts)
    return plain_values(
        {
            "schema_version": SCHEMA_VERSION,
            "title": title or f"Comparison of {', '.join(comparison.models)}",
            "facts": _as_dict(facts),
            "words": {"notes": notes, "sections": _as_dict(sections)},
            "checklists": fill_checklists(collect_evidence(facts)),
        }
    )


def _as_dict(value: Any) -> Any:
    """Return facts and words with every described field by its name."""
    if is_dataclass(value):
        return {name: _as_dict(getattr(value, name)) for name in described(type(value))}
    if isinstance(value, dict):
        return {key: _as_dict(inner) for key, inner in value.items()}
    return [_as_dict(inner) for inner in value] if isinstance(value, (list, tuple)) else value
