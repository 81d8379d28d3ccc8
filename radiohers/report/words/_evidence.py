"""What the facts of a report prove: the evidence for the reporting checklists."""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

from radiohers._numbers import audit_texts, interval_text, number_text
from radiohers._wording import counted
from radiohers.metrics import METRICS
from radiohers.report.facts import AuditLineFacts, FlowStep, PerformanceRow, ReportFacts, SplitLevel, StepKind
from radiohers.report.words._blocks import Cell, Table, grouped
from radiohers.report.words._cohort import RESEARCH_NOTE, cohort_texts, flow_text
from radiohers.report.words._models import crop_texts, extraction_texts, seed_texts, step_texts
from radiohers.report.words._performance import (
    HOLM_NOTE,
    calibration_lines,
    pairs_table,
    searches_table,
    settings_texts,
    usefulness_lines,
)

__all__ = ["EVIDENCE", "EVIDENCE_KEYS", "collect_evidence"]

_MAX_LENGTH = 400
_SHORTEST_PART = 80


class Evidence(NamedTuple):
    """One evidence key: what it is, where it comes from, the facts that fill it, and how each reads."""

    doc: str
    source: str
    # Where nothing is found, nothing is proved.
    find: Callable[[ReportFacts], Sequence[Any]]
    words: Callable[[Any], str] = str
    # What else is said of it; by itself it proves nothing.
    more: Callable[[ReportFacts], Iterable[str]] = lambda report: ()

    def text(self, report: ReportFacts) -> str:
        """Return what the facts prove, in one line; empty if that is nothing."""
        found = shortened(map(self.words, self.find(report)))
        more = self.more(report) if found else ()
        return shortened([found, shortened([", ".join(more)])]) if more else found


def shortened(parts: Iterable[str]) -> str:
    """Join parts into one line; the report shows each section in full, here a reader must only recognise it."""
    parts = [part for part in parts if part]
    longest = max(_MAX_LENGTH // max(len(parts), 1), _SHORTEST_PART)
    return _cut("; ".join(_cut(part, longest) for part in parts), _MAX_LENGTH)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 4].rstrip()} ..."


def _named(pair: tuple[str, Any]) -> str:
    return f"{pair[0]}: {pair[1]}"


def _texts(
    source: str, part: str, texts: Callable[[ReportFacts], dict[str, tuple[str, str]]], doc: str, *fields: str
) -> Evidence:
    """Return the evidence that some fields of a part of the facts are."""

    def find(report: ReportFacts) -> list[tuple[str, str]]:
        facts = getattr(report, part)
        return [text for field, text in texts(report).items() if field in fields and getattr(facts, field) is not None]

    return Evidence(doc, source, find, _named)


_cohort = partial(_texts, "cohort table", "cohort", cohort_texts)
_split = partial(_texts, "settings", "split", settings_texts)
_settings = partial(_texts, "settings", "settings", settings_texts)


def _by_model(
    source: str, part: str, texts: Callable[[Any], dict[str, tuple[str, str]]], doc: str, *fields: str
) -> Evidence:
    """Return the evidence that some fields of the facts of each model are, or all; what models share stands once."""

    def find(report: ReportFacts) -> list[tuple[str, list[str]]]:
        groups = grouped(
            (_named(text), name)
            for name, facts in getattr(report, part).items()
            for field, text in texts(facts).items()
            if not fields or field in fields
        )
        return list(groups.items())

    return Evidence(doc, source, find, lambda group: f"{group[0]} ({', '.join(group[1])})")


_extraction = partial(_by_model, "fitted extractor", "extraction", extraction_texts)


def _steps(doc: str, *kinds: StepKind) -> Evidence:
    def find(report: ReportFacts) -> list[tuple[str, str]]:
        steps = {name: step_texts(report, name, *kinds) for name in report.models}
        return [(name, ", then ".join(of_model)) for name, of_model in steps.items() if of_model]

    return Evidence(doc, "fitted pipelines", find, _named)


def _rows(report: ReportFacts, of: str = "", part: str = "test") -> list[PerformanceRow]:
    rows = [row for row in report.performance if row.part == part and not math.isnan(row.value)]
    return [row for row in rows if of in ("", METRICS[row.metric].of)]


def _metrics(doc: str, of: str, part: str = "test", source: str = "test predictions") -> Evidence:
    return Evidence(doc, source, partial(_rows, of=of, part=part), _row_words)


def _row_words(row: PerformanceRow) -> str:
    apart_from = METRICS[row.metric].apart_from
    number = number_text(row.value, apart_from=apart_from)
    interval = f" ({interval_text(row.low, row.high, apart_from=apart_from)})" if _has_interval(row) else ""
    return f"{row.model}: {_metric(row)} {number}{interval}"


def _metric(row: PerformanceRow) -> str:
    return " ".join("AUC" if word == "auc" else word for word in row.metric.split("_"))


def _has_interval(row: PerformanceRow) -> bool:
    return math.isfinite(row.low) and math.isfinite(row.high)


def _interval_methods(report: ReportFacts) -> list[tuple[str, str]]:
    methods = grouped((row.method, _metric(row)) for row in _rows(report) if _has_interval(row))
    return [(method, ", ".join(dict.fromkeys(names))) for method, names in methods.items()]


def _counts(report: ReportFacts) -> list[str]:
    lines = [
        f"{row.part}: {row.n_cases} cases, {row.n_positive} positive"
        + ("" if row.n_patients is None else f", {row.n_patients} patients")
        for row in report.performance
    ]
    return list(dict.fromkeys(lines))


def _flow(report: ReportFacts, steps: Iterable[FlowStep]) -> list[tuple[str, str]]:
    """Return the steps with their numbers, and why they took cases out."""
    found = []
    for step in steps:
        patients = "" if step.n_patients is None else f", {counted(step.n_patients, 'patient')}"
        name, reason = flow_text(report, step)
        found.append((f"{name}: {counted(step.n_cases, 'case')}{patients}", reason))
    return found


def _exclusions(report: ReportFacts) -> list[tuple[str, str]]:
    fewer = [step for before, step in pairwise(report.flow) if step.n_cases < before.n_cases]
    return [(text, reason) for text, reason in _flow(report, fewer) if reason]


def _baseline(report: ReportFacts) -> list[str]:
    if report.baseline is None:
        return []
    names = [", ".join(one["name"] for one in some) for some in (report.baseline.variables, report.baseline.groups)]
    return [f"{names[0]} (groups: {names[1]})"]


def _figures(doc: str, kind: str, source: str = "figures") -> Evidence:
    return Evidence(
        doc,
        source,
        lambda report: [figure for figure in report.figures if figure.kind == kind],
        lambda figure: f"figure {figure.name}: {figure.caption}",
    )


def _audit(doc: str, *codes: str, only_passed: bool = False) -> Evidence:
    """Return the evidence that checks of the audit are; `only_passed`: none if one of them did not pass."""

    def find(report: ReportFacts) -> list[AuditLineFacts]:
        lines = report.audit.lines if report.audit else ()
        # A line on several checks names them all.
        about = [line for line in lines if any(code in line.code for code in codes)]
        if only_passed and any(line.level != "pass" for line in about):
            return []
        return [line for line in about if line.level != "not run"]

    return Evidence(doc, "audit", find, _audit_words)


def _audit_words(line: AuditLineFacts) -> str:
    number, _ = audit_texts(line.measure, line.value, line.low, line.high)
    return ", ".join(filter(None, [f"{line.check}: {line.level}", number, line.message]))


def _rows_of(table: Table) -> str:
    def text(cell: str | Cell) -> str:
        return f"{cell.value} ({cell.interval})" if isinstance(cell, Cell) else cell

    rows = [zip(table.columns, map(text, row), strict=True) for row in table.rows]
    return "; ".join(", ".join(f"{column} {cell}" for column, cell in row) for row in rows)


def _searches(report: ReportFacts) -> list[str]:
    if not report.searches:
        return []
    return [shortened([_rows_of(searches_table(report))]), _steps("", StepKind.SEARCH).text(report)]


def _weights(report: ReportFacts) -> list[str]:
    weights = {name: " or ".join(model.class_weights) for name, model in report.models.items()}
    return [f"{name}: class_weight={text}" for name, text in weights.items() if text]


def _references(report: ReportFacts) -> list[str]:
    return list(dict.fromkeys(f"pyradiomics-bhklab: {facts.reference_version}" for facts in report.extraction.values()))


# A key that no fact can fill is not here.
EVIDENCE: dict[str, Evidence] = {
    "cohort_counts": _cohort("number of cases and patients", "n_cases", "n_patients", "cases_of_patient"),
    "cohort_classes": _cohort("number of cases in each class", "positive", "negative"),
    "cohort_target": _cohort("name of the label", "target"),
    "cohort_source": _cohort("name of the cohort file or data set", "source"),
    "cohort_flow": Evidence(
        "cases left after each step", "cohort flow", lambda report: [step for step, _ in _flow(report, report.flow)]
    ),
    "exclusions": Evidence(
        "steps that took cases out, with reasons", "cohort flow", _exclusions, lambda step: f"{step[0]} ({step[1]})"
    ),
    "baseline_table": Evidence("Table 1", "baseline table", _baseline),
    "missing_counts": Evidence(
        "missing values of the clinical variables",
        "baseline table",
        lambda report: report.baseline.variables if report.baseline else (),
        lambda one: f"{one['name']}: {one['n_missing']} missing",
    ),
    "extraction_settings": _extraction("settings of the feature extraction"),
    "extraction_preset": _extraction("name of the parameter file", "params"),
    "extraction_engine": _extraction("extraction engine and its version", "engine")._replace(more=_references),
    "discretisation": _extraction("bin width or count", "binWidth", "binCount"),
    "resampling": _extraction(
        "voxel size after resampling, and the interpolator", "resampledPixelSpacing", "interpolator"
    ),
    "image_types": _extraction("original and filtered images", "image_types"),
    "feature_classes": _extraction("classes of features", "n_features"),
    "feature_count": _extraction("number of features of a case", "n_features"),
    "crop_settings": _by_model("fitted crop extractor", "crops", crop_texts, "how crops are cut and augmented"),
    "pipeline_steps": _steps("steps of each model, in order"),
    "feature_scaling": _steps("steps that scale features", StepKind.SCALING),
    "dimension_reduction": _steps("steps that reduce or select features", StepKind.REDUCTION),
    "imputation": _steps("steps that fill in missing values", StepKind.IMPUTATION),
    "fitting": Evidence(
        "what is fitted on the training part of each fold",
        "how models are compared",
        lambda report: [settings_texts(report)["learns"]],
        _named,
    ),
    "models": Evidence(
        "models with all hyper-parameters",
        "fitted models",
        lambda report: [
            *(f"{name}: {step_texts(report, name)[-1]}" for name in report.models),
            "all parameters stand under Versions and seeds",
        ],
    ),
    "class_weights": Evidence("class weights of each model", "fitted models", _weights),
    "searches": Evidence("search spaces and chosen parameters", "nested searches", _searches),
    "seeds": Evidence(
        "seeds",
        "settings",
        lambda report: [_named(settings_texts(report)["seed"]), shortened(map(_named, seed_texts(report).items()))],
    ),
    "split": _split("level of the split, folds and repeats", "description", "cv", "n_folds"),
    "patient_level_split": Evidence(
        "that no patient is on both sides",
        "settings",
        lambda report: [settings_texts(report)["description"]] * (report.split.level is SplitLevel.PATIENT),
        _named,
    ),
    "threshold": _settings("how the threshold was chosen", "threshold"),
    "analysis_counts": Evidence("cases, positives and patients in each part", "predictions", _counts),
    "discrimination": _metrics("AUC and average precision on test parts", "scores"),
    "classification": _metrics("sensitivity, specificity, ... on test parts", "classes"),
    "training_performance": _metrics("performance on training parts", "scores", "train", "training predictions"),
    "intervals": Evidence("intervals with their methods", "test predictions", _interval_methods, _named),
    "calibration": _metrics("calibration on test parts", "probabilities")._replace(more=calibration_lines),
    "decision_curve": _figures("net benefit on test parts", "decision-curve", "test predictions")._replace(
        more=usefulness_lines
    ),
    "comparison": Evidence(
        "paired tests between models",
        "test predictions",
        lambda report: [_rows_of(pairs_table(report))] if report.pairs else [],
    ),
    "multiplicity": Evidence(
        "correction for the number of tests", "test predictions", lambda report: [HOLM_NOTE] * bool(report.pairs)
    ),
    "confusion_matrix": _figures("confusion matrices on test parts", "confusion"),
    "learning_curve": _figures("performance by number of cases", "learning-curve"),
    "training_history": _figures("loss by epoch", "history"),
    "feature_importance": _figures("importance of features", "importance", "held-out data"),
    "saliency": _figures("Grad-CAM", "grad-cam", "held-out data"),
    "audit_leakage": _audit(
        "that no patient or image is on both sides", "AUD001", "AUD003", "AUD004", only_passed=True
    ),
    "audit_majority": _audit("majority class on the same folds", "AUD008"),
    "audit_volume": _audit("lesion volume alone on the same folds", "AUD009"),
    "audit_clinical": _audit("clinical variables alone on the same folds", "AUD012", "AUD013"),
    "audit_acquisition": _audit("acquisition alone on the same folds", "AUD010", "AUD011"),
    "audit_shuffled": _audit("shuffled labels or voxels on the same folds", "AUD007", "AUD014"),
    "audit_saliency": _audit("share of Grad-CAM outside the lesion", "AUD016"),
    "versions": Evidence(
        "versions of the software", "installed libraries", lambda report: list(report.versions.items()), _named
    ),
    "research_note": Evidence("that it is for research only", "notes", lambda report: [RESEARCH_NOTE]),
}

EVIDENCE_KEYS: dict[str, str] = {key: entry.doc for key, entry in EVIDENCE.items()}
"""What each evidence key means, in a line."""


def collect_evidence(report: ReportFacts) -> dict[str, dict[str, str]]:
    """Return what the facts of a report prove.

    Parameters
    ----------
    report : ReportFacts
        All that the report says.

    Returns
    -------
    dict of str to dict
        Evidence key (one of `EVIDENCE_KEYS`) to its ``value`` and its ``source``, both text. A key is there only if
        the facts prove it. Leakage checks that did not pass prove nothing, and are left out.
    """
    texts = {key: evidence.text(report) for key, evidence in EVIDENCE.items()}
    return {key: {"value": text, "source": EVIDENCE[key].source} for key, text in texts.items() if text}
