"""The cohort in words: counts, flow, what must be read first."""

from radiohers._numbers import cases_text
from radiohers._wording import counted
from radiohers.report.facts import FlowKind, FlowStep, ReportFacts, SplitLevel
from radiohers.report.words._blocks import FlowLine
from radiohers.report.words._models import crop_texts

__all__ = ["RESEARCH_NOTE", "cohort_texts", "flow_lines", "opening_notes"]

RESEARCH_NOTE = "For research use only. This is not a medical device, and must not guide the care of a patient."
SYNTHETIC_NOTE = "SYNTHETIC COHORT: made by a program. These numbers say nothing about patients."
NOT_GIVEN_NOTE = (
    "Patients were not given, so the split is case-level: if a patient has several cases, they may be on both sides of "
    "a fold, and these results are too good to be true. Give the patients: compare_models(models, cohort), or groups=."
)


def opening_notes(report: ReportFacts) -> list[str]:
    """Return what must be read before anything else."""
    notes = [SYNTHETIC_NOTE] * report.cohort.is_synthetic + [RESEARCH_NOTE]
    if report.cohort.n_patients is None:
        notes.append(NOT_GIVEN_NOTE)
    elif report.split.level is SplitLevel.OPTIMISTIC:
        notes.append(f"The split is {report.split.description}. These results are too good to be true.")
    return notes + [report.cohort.merged_patients] * bool(report.cohort.merged_patients)


def cohort_texts(report: ReportFacts) -> dict[str, tuple[str, str]]:
    """Return who was studied: field to label and text."""
    facts, texts = report.cohort, {}
    if facts.is_given:
        texts["source"] = ("source", facts.source or "in memory")
        texts["target"] = ("target", str(facts.target))
    for name, one in (("positive", facts.positive), ("negative", facts.negative)):
        texts[name] = (f"{name} class", f"{one.label}: {cases_text(one.n_cases, one.n_patients)}")
    texts["n_cases"] = ("all", cases_text(facts.n_cases, facts.n_patients))
    if facts.n_patients is None:
        texts["n_patients"] = ("patients", "not given")
    if several := facts.cases_of_patient:
        text = f"{several.fewest} to {several.most}, median {several.median:g}"
        texts["cases_of_patient"] = ("cases of a patient", text)
    return texts


def flow_lines(report: ReportFacts) -> tuple[FlowLine, ...]:
    """Return the steps of the flow with their numbers."""
    return tuple(FlowLine(cases_text(step.n_cases, step.n_patients), *flow_text(report, step)) for step in report.flow)


def flow_text(report: ReportFacts, step: FlowStep) -> tuple[str, str]:
    """Return what a step of the flow is, and why it took cases out."""
    names = ", ".join(step.models)
    if step.kind is FlowKind.COHORT:
        return step.name, step.reason
    if step.kind is FlowKind.COMPARISON:
        n = step.n_not_given
        return "given to the comparison", f"{counted(n, 'case')} of the cohort were not given" if n else ""
    if step.kind is FlowKind.FEATURES:
        return f"with features ({names})", (
            f"{step.n_lacking} cases lack features ({step.n_lacking_all} of them all), because their extraction failed "
            "or the features were given so; they are kept, and filled in by the model if it can"
        )
    if step.kind is FlowKind.CROPS:
        (_, crops), (label, left_out) = (crop_texts(report.crops[names])[field] for field in ("n_crops", "n_left_out"))
        return f"with crops ({names})", f"{crops}; {label}: {left_out}"
    if step.n_folds == 1:
        return f"in the {step.kind} part", ""
    return "in a test part", f"at least once, over {step.n_folds} folds"
