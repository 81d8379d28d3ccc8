"""All that a report says, as numbers, names and enums."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any

from radiohers._versions import library_versions
from radiohers.audit import Audit
from radiohers.cohort import Cohort
from radiohers.displays import feature_groups, feature_table, has_auc, models_with_features
from radiohers.report.facts._cohort import (
    BaselineFacts,
    CohortFacts,
    FlowStep,
    baseline_facts,
    cohort_facts,
    flow_of_cases,
)
from radiohers.report.facts._models import (
    CropFacts,
    ExtractionFacts,
    ModelFacts,
    crop_facts,
    extraction_facts,
    model_facts,
)
from radiohers.report.facts._performance import (
    ChanceFacts,
    ChoiceFacts,
    NetBenefit,
    PairFacts,
    PerformanceRow,
    SettingsFacts,
    SplitFacts,
    chance_facts,
    choice_facts,
    models_with_probabilities,
    net_benefits,
    pair_facts,
    performance_rows,
    settings_facts,
    split_facts,
)
from radiohers.report.page import DrawnFigure
from radiohers.results import Comparison

__all__ = [
    "AuditFacts",
    "AuditLineFacts",
    "ExplanationFacts",
    "ReportFacts",
    "collect_facts",
    "has_too_many_features",
]

MAX_SINGLE_FEATURES = 200


@dataclass(frozen=True)
class AuditLineFacts:
    """One line of the audit."""

    check: Annotated[str, "What was checked."]
    model: Annotated[str, "The model it is about, or 'all models'."]
    level: Annotated[str, "What came of it: fail, warn, pass or not run."]
    message: Annotated[str, "What the audit says of it, without names of cases."]
    advice: Annotated[str, "What to do; empty where nothing is to be done."]
    value: Annotated[float | None, "The number that was judged."]
    low: Annotated[float | None, "Lower end of its interval."]
    high: Annotated[float | None, "Upper end of its interval."]
    method: Annotated[str, "What the number is, and how its interval came about."]
    n: Annotated[int, "Number of cases."]


@dataclass(frozen=True)
class AuditFacts:
    """What else could explain the result."""

    lines: Annotated[tuple[AuditLineFacts, ...], "One entry a check and model."]
    baselines: Annotated[tuple[dict[str, Any], ...], "What models that know one trivial thing reach on the same folds."]
    columns: Annotated[tuple[dict[str, Any], ...], "What single columns of acquisition and clinical data reach."]
    settings: Annotated[dict[str, Any], "What the audit was given."]


@dataclass(frozen=True)
class ExplanationFacts:
    """What looks into the models."""

    has_auc: Annotated[bool, "Whether a test part has both classes, without which no AUC can drop."]
    left_out: Annotated[tuple[str, ...], "Models with too many features to permute one by one."]
    max_single_features: Annotated[int, "How many are too many."] = MAX_SINGLE_FEATURES


@dataclass(frozen=True)
class ReportFacts:
    """All that a report says."""

    models: Annotated[dict[str, ModelFacts], "The models, by name."]
    cohort: Annotated[CohortFacts, "Who was studied."]
    flow: Annotated[tuple[FlowStep, ...], "How many cases were read, left out and judged, step by step."]
    baseline: Annotated[BaselineFacts | None, "The patients by class; null without a cohort that has clinical columns."]
    baseline_parts: Annotated[BaselineFacts | None, "Training and test part; null where there are several folds."]
    extraction: Annotated[dict[str, ExtractionFacts], "How features were extracted, by model that has an extractor."]
    crops: Annotated[dict[str, CropFacts], "How crops were made, by network on crops."]
    split: Annotated[SplitFacts, "How the cases were dealt."]
    settings: Annotated[SettingsFacts, "What else the result depends on."]
    searches: Annotated[tuple[ChoiceFacts, ...], "What nested searches chose."]
    performance: Annotated[tuple[PerformanceRow, ...], "Every value with its interval, not rounded."]
    pairs: Annotated[tuple[PairFacts, ...], "Differences between the models; none for one model."]
    chance: Annotated[tuple[ChanceFacts, ...], "Each model against an AUC of 0.5."]
    probable: Annotated[tuple[str, ...], "The models whose scores can be probabilities."]
    usefulness: Annotated[tuple[NetBenefit, ...], "Net benefit at the prevalence."]
    explanation: Annotated[ExplanationFacts, "What looks into the models."]
    audit: Annotated[AuditFacts | None, "What else could explain the result; null if no audit was given."]
    figures: Annotated[tuple[DrawnFigure, ...], "The figures."]
    versions: Annotated[dict[str, str], "Versions of radiohers, Python and the libraries that results depend on."]


def collect_facts(
    comparison: Comparison,
    *,
    cohort: Cohort | None = None,
    audit: Audit | None = None,
    figures: Sequence[DrawnFigure] = (),
) -> ReportFacts:
    """Return all that a report says of a comparison.

    Parameters
    ----------
    comparison : Comparison
        The result.
    cohort : Cohort, default=None
        Adds the target's name, the flow and the table of the patients, and says if the cohort is synthetic.
    audit : Audit, default=None
        What was checked against self-deception.
    figures : sequence of DrawnFigure, default=()
        The figures that the report has.

    Returns
    -------
    ReportFacts
        Numbers, names and enums; no case and no folder is named.
    """
    crops, split = crop_facts(comparison), split_facts(comparison)
    by_class, by_part = baseline_facts(comparison, cohort)
    return ReportFacts(
        models=model_facts(comparison.models),
        cohort=cohort_facts(comparison, cohort),
        flow=flow_of_cases(comparison, cohort, crops),
        baseline=by_class,
        baseline_parts=by_part,
        extraction=extraction_facts(comparison.models),
        crops=crops,
        split=split,
        settings=settings_facts(comparison),
        searches=choice_facts(comparison),
        performance=performance_rows(comparison),
        pairs=pair_facts(comparison),
        chance=chance_facts(comparison, split),
        probable=tuple(models_with_probabilities(comparison)),
        usefulness=net_benefits(comparison),
        explanation=_explanation_facts(comparison),
        audit=None if audit is None else _audit_facts(audit),
        figures=tuple(figures),
        versions=library_versions(),
    )


def _audit_facts(audit: Audit) -> AuditFacts:
    plain = audit.to_dict()
    names = [field.name for field in fields(AuditLineFacts)]
    return AuditFacts(
        lines=tuple(AuditLineFacts(**{name: line[name] for name in names}) for line in plain["lines"]),
        baselines=tuple(plain["baselines"]),
        columns=tuple(plain["columns"]),
        settings=plain["settings"],
    )


def _explanation_facts(comparison: Comparison) -> ExplanationFacts:
    if not has_auc(comparison):
        return ExplanationFacts(False, ())
    names = models_with_features(comparison)
    return ExplanationFacts(True, tuple(name for name in names if has_too_many_features(comparison, name)))


def has_too_many_features(comparison: Comparison, model: str) -> bool:
    """Say whether permuting the features of a model would take longer than the rest of the report.

    Parameters
    ----------
    comparison : Comparison
        The result.
    model : str
        One of the models that learn from a table of numbers.

    Returns
    -------
    bool
        Features in pyradiomics' names are permuted class by class, however many they are; others one by one.
    """
    names = list(feature_table(comparison, model).columns)
    has_groups = any(len(feature_groups(names, by)) > 1 for by in ("class", "image_type"))
    return not has_groups and len(names) > MAX_SINGLE_FEATURES
