"""All that a report says, as numbers, names and enums."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any, Self

from radiohers._versions import library_versions
from radiohers.audit import Audit
from radiohers.cohort import Cohort
from radiohers.displays import (
    DecisionCurveDisplay,
    feature_groups,
    feature_table,
    has_auc,
    models_with_features,
)
from radiohers.report.facts._cohort import BaselineFacts, CohortFacts, FlowStep
from radiohers.report.facts._models import CropFacts, ExtractionFacts, ModelFacts
from radiohers.report.facts._performance import (
    ChanceFacts,
    ChoiceFacts,
    Estimate,
    PairFacts,
    PerformanceRow,
    SettingsFacts,
    SplitFacts,
)
from radiohers.report.page import DrawnFigure
from radiohers.results import Comparison

__all__ = [
    "MAX_SINGLE_FEATURES",
    "AuditFacts",
    "AuditLineFacts",
    "ReportFacts",
    "collect_facts",
    "has_too_many_features",
    "models_with_probabilities",
]

MAX_SINGLE_FEATURES = 200


@dataclass(frozen=True)
class AuditLineFacts:
    """One line of the audit."""

    code: Annotated[str, "Code of the check, such as AUD003; of a line about several checks, all of them."]
    check: Annotated[str, "What was checked."]
    model: Annotated[str, "The model it is about, or 'all models'."]
    level: Annotated[str, "What came of it: fail, warn, pass or not run."]
    message: Annotated[str, "What the audit says of it, without names of cases."]
    advice: Annotated[str, "What to do; empty where nothing is to be done."]
    value: Annotated[float | None, "The number that was judged."]
    low: Annotated[float | None, "Lower end of its interval."]
    high: Annotated[float | None, "Upper end of its interval."]
    method: Annotated[str, "What the number is, and how its interval came about."]
    measure: Annotated[str, "What the number is; empty where there can be none."]
    n: Annotated[int, "Number of cases."]


@dataclass(frozen=True)
class AuditFacts:
    """What else could explain the result."""

    lines: Annotated[tuple[AuditLineFacts, ...], "One entry a check and model."]
    baselines: Annotated[tuple[dict[str, Any], ...], "What models that know one trivial thing reach on the same folds."]
    columns: Annotated[tuple[dict[str, Any], ...], "What single columns of acquisition and clinical data reach."]
    settings: Annotated[dict[str, Any], "What the audit was given."]

    @classmethod
    def of(cls, audit: Audit) -> Self:
        """Return what the audit found, without names of cases.

        Parameters
        ----------
        audit : Audit
            What was checked.

        Returns
        -------
        AuditFacts
        """
        plain = audit.to_dict()
        names = [field.name for field in fields(AuditLineFacts)]
        lines = tuple(AuditLineFacts(**{name: line[name] for name in names}) for line in plain["lines"])
        return cls(lines, tuple(plain["baselines"]), tuple(plain["columns"]), plain["settings"])


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
    usefulness: Annotated[dict[str, Estimate], "Net benefit at the prevalence, by model that has probabilities."]
    unit_of_benefit: Annotated[str, "What net benefit is counted per: 'patient' or 'case'."]
    has_auc: Annotated[bool, "Whether a test part has both classes, without which no AUC can drop."]
    not_permuted: Annotated[tuple[str, ...], "Models with too many features to permute one by one."]
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
    crops, split = CropFacts.all_of(comparison), SplitFacts.of(comparison)
    by_class, by_part = BaselineFacts.both_of(comparison, cohort)
    can_permute, probable = has_auc(comparison), models_with_probabilities(comparison)
    permuted = models_with_features(comparison) if can_permute else []
    benefits, unit = _net_benefits(comparison, probable)
    return ReportFacts(
        models={name: ModelFacts.of(model) for name, model in comparison.models.items()},
        cohort=CohortFacts.of(comparison, cohort),
        flow=FlowStep.all_of(comparison, cohort, crops),
        baseline=by_class,
        baseline_parts=by_part,
        extraction=ExtractionFacts.all_of(comparison.models),
        crops=crops,
        split=split,
        settings=SettingsFacts.of(comparison),
        searches=tuple(ChoiceFacts.all_of(comparison)),
        performance=PerformanceRow.all_of(comparison),
        pairs=PairFacts.all_of(comparison),
        chance=tuple(ChanceFacts.all_of(comparison, split)),
        probable=tuple(probable),
        usefulness=benefits,
        unit_of_benefit=unit,
        has_auc=can_permute,
        not_permuted=tuple(name for name in permuted if has_too_many_features(comparison, name)),
        audit=None if audit is None else AuditFacts.of(audit),
        figures=tuple(figures),
        versions=library_versions(),
    )


def models_with_probabilities(comparison: Comparison) -> list[str]:
    """Return the names of the models whose scores can be probabilities.

    Parameters
    ----------
    comparison : Comparison
        The result.

    Returns
    -------
    list of str
        In the order of the models.
    """
    predictions = comparison.predictions
    can_be = predictions["score"].between(0, 1).groupby(predictions["model"]).all()
    return [name for name in comparison.models if can_be[name]]


def _net_benefits(comparison: Comparison, probable: list[str]) -> tuple[dict[str, Estimate], str]:
    """Return the net benefit at the prevalence, and what it is counted per."""
    if not probable:
        return {}, comparison.unit
    prevalence = float((comparison.y == comparison.positive).mean())
    display = DecisionCurveDisplay.from_comparison(comparison, models=probable, thresholds=[prevalence])
    curves = display.curves.items()
    return {name: Estimate(band.value[0], band.low[0], band.high[0], "") for name, band in curves}, display.unit


def has_too_many_features(comparison: Comparison, model: str) -> bool:
    """Say whether permuting the features of a model would take longer than the rest of the report.

    Parameters
    ----------
    comparison : Comparison
        The result.
    model : str
        Name of the model.

    Returns
    -------
    bool
        Features in pyradiomics' names are permuted class by class, however many they are; others one by one.
    """
    table = feature_table(comparison, model)
    names = [] if table is None else list(table.columns)
    has_groups = any(len(feature_groups(names, by)) > 1 for by in ("class", "image_type"))
    return not has_groups and len(names) > MAX_SINGLE_FEATURES
