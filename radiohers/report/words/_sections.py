"""The sections of the report: a section is added here, with its words."""

from collections.abc import Callable
from typing import Any, NamedTuple

from radiohers._numbers import audit_texts, number_text
from radiohers.metrics import METRICS
from radiohers.report.facts import AuditLineFacts, ReportFacts
from radiohers.report.words._blocks import AuditRow, Definitions, SectionWords, Table, alike
from radiohers.report.words._cohort import cohort_texts, flow_lines, opening_notes
from radiohers.report.words._methods import methods_paragraph
from radiohers.report.words._models import crop_texts, extraction_texts, seed_texts, step_texts
from radiohers.report.words._performance import (
    calibration_lines,
    chance_table,
    explanation_lines,
    pairs_table,
    performance_notes,
    performance_tables,
    searches_table,
    settings_texts,
    summary,
    usefulness_lines,
)

__all__ = ["SECTIONS", "Section", "report_words"]

# Of the audit's tables, whose names are not those of metrics alone.
_AUC_COLUMNS = ("auc", "auc_low", "auc_high")
_NO_AUDIT = "No audit was given: report(..., audit=audit(result, cohort))."


class Section(NamedTuple):
    """A section of the report: its name, its title, and the blocks that it shows of the facts."""

    name: str
    title: str
    blocks: Callable[[ReportFacts], dict[str, Any]]


def _summary(report: ReportFacts) -> dict[str, Any]:
    return {
        "found": summary(report),
        "absent": "" if report.audit else _NO_AUDIT,
        "labels": {"audit": "Audit", "link": "What was found"},
    }


def _cohort(report: ReportFacts) -> dict[str, Any]:
    return {
        "definitions": (Definitions("", dict(cohort_texts(report).values())),),
        "flow": flow_lines(report),
        "labels": {"flow": "Flow of the cases"},
    }


def _patients(report: ReportFacts) -> dict[str, Any]:
    tables = [("By class", report.baseline), ("Training and test part", report.baseline_parts)]
    if not report.cohort.is_given:
        return {"absent": "No cohort was given: report(..., cohort=cohort)."}
    if report.baseline is None:
        return {"absent": f"The cohort has no clinical columns{' to describe' * bool(report.cohort.n_clinical)}."}
    printed = [(heading, facts.printed.to_dict()) for heading, facts in tables if facts is not None]
    return {
        "tables": tuple(
            Table(heading, label, tuple(one["columns"]), tuple(map(tuple, one["rows"])), tuple(one["notes"]))
            for heading, one in printed
            for label in [f"Patients: {heading}"]
        ),
        "labels": {"notes": "How this table was made"},
    }


def _settings(report: ReportFacts) -> dict[str, Any]:
    extraction = [(f"{names}: features", extraction_texts(facts)) for names, facts in alike(report.extraction)]
    crops = [(f"{names}: crops", crop_texts(facts)) for names, facts in alike(report.crops)]
    settings = [("Comparison", settings_texts(report)), *extraction, *crops]
    return {
        "definitions": tuple(Definitions(heading, dict(texts.values())) for heading, texts in settings),
        "tables": (searches_table(report),) if report.searches else (),
        "steps": {name: step_texts(report, name) for name in report.models},
        "labels": {"steps": "steps"},
    }


def _performance(report: ReportFacts) -> dict[str, Any]:
    return {"tables": performance_tables(report), "lines": performance_notes(report)}


def _comparison(report: ReportFacts) -> dict[str, Any]:
    absent = "" if report.pairs else "There is one model only, so there is nothing to compare."
    pairs = (pairs_table(report),) if report.pairs else ()
    return {"absent": absent, "tables": (*pairs, chance_table(report))}


def _with_figures(title: str, lines: Callable[[ReportFacts], tuple[str, ...]], absent: str) -> Section:
    """Return a section of figures and lines, which is absent where it has neither."""

    def blocks(report: ReportFacts) -> dict[str, Any]:
        shown = lines(report)
        has_some = shown or any(figure.section == title.lower() for figure in report.figures)
        return {"lines": shown, "absent": "" if has_some else absent}

    return Section(title.lower(), title, blocks)


def _audit(report: ReportFacts) -> dict[str, Any]:
    if report.audit is None:
        return {"absent": _NO_AUDIT}
    records = [
        ("Baselines on the same folds", report.audit.baselines),
        ("Single columns of acquisition and clinical data", report.audit.columns),
    ]
    return {
        "intro": "Each line asks whether something other than biology could explain the result. A fail must be fixed "
        "or explained before the numbers above are believed; a warning must be reported.",
        "audit": tuple(map(_audit_row, report.audit.lines)),
        "tables": tuple(_records(heading, rows) for heading, rows in records if rows),
        "definitions": (Definitions("Settings of the audit", {k: str(v) for k, v in report.audit.settings.items()}),),
        "heads": ("Level", "Check", "Model", "Found", "Number", "What to do"),
        "labels": {
            "none": "No line fails or warns.",
            "shown": "Lines of the audit that fail or warn",
            "folded": "Lines of the audit that pass or were not run",
            "rest": "What passed, and what was not run",
        },
    }


def _audit_row(line: AuditLineFacts) -> AuditRow:
    source = "; ".join(filter(None, [line.method, f"{line.n} cases" if line.n else ""]))
    number, interval = audit_texts(line.measure, line.value, line.low, line.high)
    return AuditRow(
        line.level, line.code, line.check, line.model, line.message, source, number, interval, line.value, line.advice
    )


def _records(heading: str, rows: tuple[dict[str, Any], ...]) -> Table:
    columns = tuple(name.replace("_", " ") for name in rows[0])
    cells = tuple(tuple(_record_cell(name, value) for name, value in row.items()) for row in rows)
    return Table(heading, heading, columns, cells, is_wide=False)


def _record_cell(name: str, value: Any) -> str:
    """Return a number of that name with two decimals, yes or no, and anything else as it is."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    apart_from = METRICS["auc"].apart_from if name in _AUC_COLUMNS else ()
    return number_text(value, apart_from=apart_from) if isinstance(value, float) else str(value)


def _checklists(report: ReportFacts) -> dict[str, Any]:
    return {
        "intro": "Filled: the report holds the facts that the item asks for, which does not say that they are good. "
        "Partly: some of them. The rest is the author's to supply. The evidence is numbered, and stands once, below "
        "the checklists."
    }


def _methods(report: ReportFacts) -> dict[str, Any]:
    return {
        "intro": "Made of the settings alone, to paste and to edit. Scanner, contrast phase, who drew the lesions and "
        "how the label was found are not in it: only you know.",
        "quote": methods_paragraph(report),
    }


def _versions(report: ReportFacts) -> dict[str, Any]:
    return {
        "definitions": (Definitions("", report.versions), Definitions("Seeds", seed_texts(report))),
        "code": {name: model.code for name, model in report.models.items()},
        "labels": {"code": "Models as they were given"},
    }


SECTIONS = (
    Section("summary", "Summary", _summary),
    Section("cohort", "Cohort and flow", _cohort),
    Section("patients", "Patients", _patients),
    Section("settings", "Settings", _settings),
    Section("performance", "Performance", _performance),
    Section("comparison", "Comparison", _comparison),
    _with_figures(
        "Calibration",
        calibration_lines,
        "The scores of these models are no probabilities, so calibration says nothing of them.",
    ),
    _with_figures(
        "Usefulness", usefulness_lines, "The scores of these models are no probabilities, so they have no net benefit."
    ),
    _with_figures(
        "Explanation", explanation_lines, "None of the models has principal components, importances or maps to show."
    ),
    Section("audit", "Audit", _audit),
    Section("checklists", "Checklists", _checklists),
    Section("methods", "Methods text", _methods),
    Section("versions", "Versions and seeds", _versions),
)


def report_words(report: ReportFacts) -> tuple[list[str], dict[str, SectionWords]]:
    """Return all that the page says of the facts.

    Parameters
    ----------
    report : ReportFacts
        All that the report says.

    Returns
    -------
    notes : list of str
        What must be read before anything else.
    sections : dict of str to SectionWords
        The sections by name, in their order.
    """
    return opening_notes(report), {
        section.name: SectionWords(section.title, **section.blocks(report)) for section in SECTIONS
    }
