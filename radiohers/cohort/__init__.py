"""The table of cases: reading it, checking it, choosing from it, describing it."""

from radiohers.cohort._baseline_table import BaselineTable, baseline_table
from radiohers.cohort._cases import Case, as_case_table, iter_cases
from radiohers.cohort._check_result import CohortCheck
from radiohers.cohort._check_table import check_cohort
from radiohers.cohort._cohort import Cohort, CohortStep
from radiohers.cohort._her2 import Her2Status, her2_status
from radiohers.cohort._labels import positive_label
from radiohers.cohort._read import read_cohort

__all__ = [
    "BaselineTable",
    "Case",
    "Cohort",
    "CohortCheck",
    "CohortStep",
    "Her2Status",
    "as_case_table",
    "baseline_table",
    "check_cohort",
    "her2_status",
    "iter_cases",
    "positive_label",
    "read_cohort",
]
