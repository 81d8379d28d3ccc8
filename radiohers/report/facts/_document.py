"""A comparison as a plain dict: what the report shows, before it is shown."""

from collections.abc import Sequence
from typing import Any

from radiohers._versions import library_versions
from radiohers.report import SCHEMA_VERSION, DrawnFigure, collect_evidence, fill_checklists, plain_values
from radiohers.report.facts._cohort import baseline_tables, cohort_flow, cohort_notes, describe_cohort
from radiohers.report.facts._comparison import describe_chance, describe_pairs, describe_searches
from radiohers.report.facts._methods import methods_paragraph
from radiohers.report.facts._models import (
    describe_crops,
    describe_extraction,
    describe_models,
    describe_pipelines,
    describe_seeds,
)
from radiohers.report.facts._performance import (
    describe_performance,
    describe_settings,
    summary_sentences,
)
from radiohers.report.facts._sections import calibration_notes, explanation_notes, usefulness_notes
from radiohers.results import performance_values

__all__ = ["comparison_document"]


def comparison_document(
    comparison: Any,
    figures: Sequence[DrawnFigure],
    *,
    title: str | None = None,
    cohort: Any = None,
    audit: Any = None,
) -> dict[str, Any]:
    """Return the report of a comparison as plain values.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    figures : sequence of DrawnFigure
        From :func:`~radiohers.report.facts._figures.draw_figures`.
    title : str, default=None
        Of the report.
    cohort : Cohort, default=None
        Adds the target's name, the flow and the table of the patients, and says if the cohort is synthetic.
    audit : Audit, default=None
        What was checked against self-deception.

    Returns
    -------
    dict
        As :func:`~radiohers.report.report_schema` describes it; JSON can hold it.
    """
    crops = describe_crops(comparison)
    extraction = describe_extraction(comparison.models)
    values = performance_values(comparison)
    chance = describe_chance(comparison)
    by_class, by_part = baseline_tables(comparison, cohort)
    document = {
        "schema_version": SCHEMA_VERSION,
        "title": title or f"Comparison of {', '.join(comparison.models)}",
        "notes": cohort_notes(comparison, cohort),
        "summary": summary_sentences(comparison, chance),
        "cohort": describe_cohort(comparison, cohort),
        "flow": cohort_flow(comparison, cohort, crops),
        "baseline": by_class,
        "baseline_parts": by_part,
        "extraction": extraction,
        "crops": crops,
        "pipelines": describe_pipelines(comparison.models),
        "settings": describe_settings(comparison),
        "searches": describe_searches(comparison),
        "performance": describe_performance(comparison),
        "values": values.drop(columns=["is_resampled", "split"]).to_dict("records"),
        "comparison": describe_pairs(comparison),
        "chance": chance,
        "calibration": calibration_notes(comparison, values),
        "usefulness": usefulness_notes(comparison),
        "explanation": explanation_notes(comparison, {figure.section for figure in figures}),
        "audit": None if audit is None else audit.to_dict(),
        "checklists": [],
        "methods": methods_paragraph(comparison, extraction, crops),
        "figures": [
            {"name": figure.name, "section": figure.section, "caption": figure.caption, "svg": figure.svg}
            for figure in figures
        ],
        "models": describe_models(comparison.models),
        "versions": library_versions(),
        "seeds": describe_seeds(comparison),
    }
    document = plain_values(document)
    document["checklists"] = fill_checklists(collect_evidence(document))
    return document | {"absent": _absent(document, cohort)}


def _absent(document: dict[str, Any], cohort: Any) -> dict[str, str]:
    """Say why a section has nothing to show."""
    no_figures = {"calibration", "usefulness", "explanation"} - {figure["section"] for figure in document["figures"]}
    reasons = {
        "baseline": _why_no_baseline(cohort),
        "comparison": "There is one model only, so there is nothing to compare.",
        "calibration": "The scores of these models are no probabilities, so calibration says nothing of them.",
        "usefulness": "The scores of these models are no probabilities, so they have no net benefit.",
        "explanation": "None of the models has principal components, importances or maps to show.",
        "audit": "No audit was given: report(..., audit=audit(result, cohort)).",
    }
    empty = {name for name in ("baseline", "comparison", "audit") if not document[name]}
    silent = {name for name in no_figures if not document[name]}
    return {name: text for name, text in reasons.items() if name in empty | silent}


def _why_no_baseline(cohort: Any) -> str:
    if cohort is None:
        return "No cohort was given: report(..., cohort=cohort)."
    if cohort.clinical.columns.empty:
        return "The cohort has no clinical columns."
    return "The cohort has no clinical columns to describe."
