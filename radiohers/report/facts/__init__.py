"""What a report says, as numbers, names and enums: a comparison in, dataclasses out."""

from radiohers.report.facts._cohort import FlowKind, FlowStep
from radiohers.report.facts._models import CropFacts, ExtractionFacts, ModelFacts, StepFacts, StepKind
from radiohers.report.facts._performance import (
    ChanceFacts,
    Estimate,
    PairFacts,
    PerformanceRow,
    Reason,
    SplitLevel,
    TestFacts,
    TestName,
    Verdict,
    models_with_probabilities,
    verdict_of,
)
from radiohers.report.facts._report import (
    AuditLineFacts,
    ReportFacts,
    collect_facts,
    has_too_many_features,
)

__all__ = [
    "AuditLineFacts",
    "ChanceFacts",
    "CropFacts",
    "Estimate",
    "ExtractionFacts",
    "FlowKind",
    "FlowStep",
    "ModelFacts",
    "PairFacts",
    "PerformanceRow",
    "Reason",
    "ReportFacts",
    "SplitLevel",
    "StepFacts",
    "StepKind",
    "TestFacts",
    "TestName",
    "Verdict",
    "collect_facts",
    "has_too_many_features",
    "models_with_probabilities",
    "verdict_of",
]
