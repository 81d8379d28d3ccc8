"""The table of cases: reading it, checking it, choosing from it, the loop over its cases."""

from typing import TYPE_CHECKING

from radiohers._lazy import lazy_names

if TYPE_CHECKING:
    from radiohers.cohort._cases import Case, as_case_table, iter_cases
    from radiohers.cohort._check_result import CohortCheck
    from radiohers.cohort._check_table import check_cohort
    from radiohers.cohort._cohort import Cohort, CohortStep
    from radiohers.cohort._each_case import CaseResult, error_of_case, failure_table, work_on_cases
    from radiohers.cohort._her2 import Her2Status, her2_status
    from radiohers.cohort._labels import positive_label
    from radiohers.cohort._number_kinds import kind_of_numbers, mixed_numbers
    from radiohers.cohort._questions import names_patients
    from radiohers.cohort._read import read_cohort

__all__ = [
    "mixed_numbers",
    "kind_of_numbers",
    "work_on_cases",
    "failure_table",
    "error_of_case",
    "CaseResult",
    "Case",
    "Cohort",
    "CohortCheck",
    "CohortStep",
    "Her2Status",
    "as_case_table",
    "check_cohort",
    "her2_status",
    "iter_cases",
    "names_patients",
    "positive_label",
    "read_cohort",
]

# What reads and extracts cases needs none of the checks, pages and tables, which take as long to load as many cases.
__getattr__ = lazy_names(
    __name__,
    {
        "mixed_numbers": "_number_kinds",
        "kind_of_numbers": "_number_kinds",
        "work_on_cases": "_each_case",
        "failure_table": "_each_case",
        "error_of_case": "_each_case",
        "CaseResult": "_each_case",
        "Case": "_cases",
        "Cohort": "_cohort",
        "CohortCheck": "_check_result",
        "CohortStep": "_cohort",
        "Her2Status": "_her2",
        "as_case_table": "_cases",
        "check_cohort": "_check_table",
        "her2_status": "_her2",
        "iter_cases": "_cases",
        "names_patients": "_questions",
        "positive_label": "_labels",
        "read_cohort": "_read",
    },
    moved={"BaselineTable": "radiohers.patients", "baseline_table": "radiohers.patients"},
)


def __dir__() -> list[str]:
    return __all__
