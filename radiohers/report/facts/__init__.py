"""What a report says, as numbers, names and enums: a comparison in, dataclasses out."""

from radiohers.report.facts._cohort import FlowKind, FlowStep
from radiohers.report.facts._models import CropFacts, ExtractionFacts, ModelFacts, StepFacts, StepKind
from radiohers.report.facts._performance import (
    ChanceFacts,
    Estimate,
    PerformanceRow,
    Reason,
    SplitLevel,
    Tested,
    TestName,
    Verdict,
    verdict_of,
)
from radiohers.report.facts._report import (
    MAX_SINGLE_FEATURES,
    AuditLineFacts,
    ReportFacts,
    collect_facts,
    has_too_many_features,
    models_with_probabilities,
)

__all__ = [
    "MAX_SINGLE_FEATURES",
    "AuditLineFacts",
    "ChanceFacts",
    "CropFacts",
    "Estimate",
    "ExtractionFacts",
    "FlowKind",
    "FlowStep",
    "ModelFacts",
    "PerformanceRow",
    "Reason",
    "ReportFacts",
    "SplitLevel",
    "StepFacts",
    "StepKind",
    "Tested",
    "TestName",
    "Verdict",
    "collect_facts",
    "has_too_many_features",
    "models_with_probabilities",
    "verdict_of",
]
