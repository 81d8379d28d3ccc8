"""What a report says of the cohort: counts, flow, the table of the patients."""

from typing import Any

import numpy as np
import pandas as pd

from radiohers._numbers import cases_text
from radiohers.folds import is_optimistic
from radiohers.patients import baseline_table
from radiohers.results import merged_patients

__all__ = ["RESEARCH_NOTE", "baseline_tables", "cohort_flow", "cohort_notes", "describe_cohort"]

RESEARCH_NOTE = "For research use only. This is not a medical device, and must not guide the care of a patient."
SYNTHETIC_NOTE = "SYNTHETIC COHORT: made by a program. These numbers say nothing about patients."

NOT_GIVEN_NOTE = (
    "Patients were not given, so the split is case-level: if a patient has several cases, they may be on both sides of "
    "a fold, and these results are too good to be true. Give the patients: compare_models(models, cohort), or groups=."
)


def cohort_notes(comparison: Any, cohort: Any) -> list[str]:
    """Return what must be read before anything else.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    cohort : Cohort or None
        Says whether it is synthetic.

    Returns
    -------
    list of str
        For the top of the report.
    """
    notes = [RESEARCH_NOTE]
    if cohort is not None and "synthetic" in cohort.clinical and _is_one(cohort.clinical["synthetic"]).any():
        notes.insert(0, SYNTHETIC_NOTE)
    if comparison.patients is None:
        notes.append(NOT_GIVEN_NOTE)
    elif is_optimistic(comparison.split):
        notes.append(f"The split is {comparison.split}. These results are too good to be true.")
    if question := merged_patients(comparison):
        notes.append(question)
    return notes


def _is_one(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column, errors="coerce") == 1


def describe_cohort(comparison: Any, cohort: Any) -> dict[str, str]:
    """Return who was studied, in numbers.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    cohort : Cohort or None
        Adds target and source.

    Returns
    -------
    dict of str to str
        Name to text; no case and no folder is named.
    """
    described = {}
    if cohort is not None:
        # The name of the file alone: its folder may tell of patients.
        described["source"] = cohort.source.name if cohort.source is not None else "in memory"
        described["target"] = str(cohort.target)
    for name, label in (("positive", comparison.positive), ("negative", comparison.negative)):
        chosen = (comparison.y == label).to_numpy()
        described[f"{name} class"] = f"{label}: {cases_text(int(chosen.sum()), comparison.n_patients(chosen))}"
    described["all"] = cases_text(len(comparison.y), comparison.n_patients())
    if comparison.patients is None:
        return described | {"patients": "not given"}
    per_patient = pd.Series(comparison.patients).value_counts()
    if per_patient.max() > 1:
        described["cases of a patient"] = f"{per_patient.min()} to {per_patient.max()}, median {per_patient.median():g}"
    return described


def cohort_flow(comparison: Any, cohort: Any, crops: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    """Return how many cases were read, left out, and judged.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    cohort : Cohort or None
        Knows how many were read and selected.
    crops : dict of str to dict of str to str
        From :func:`~radiohers.report.facts._models.describe_crops`.

    Returns
    -------
    list of dict
        With ``step``, ``n_cases`` and ``n_patients`` (None if they were not given) that were there
        after it, and ``reason``, why others were not.
    """
    flow = [] if cohort is None else [_step_of_cohort(step, cohort) for step in cohort.steps]

    def add(step: str, cases: Any = slice(None), reason: str = "") -> None:
        n_cases, n_patients = len(comparison.y.iloc[cases]), comparison.n_patients(cases)
        flow.append({"step": step, "n_cases": n_cases, "n_patients": n_patients, "reason": reason})

    add("given to the comparison", reason=_why_fewer(comparison, cohort))
    for names, reason in _missing_features(comparison):
        add(f"with features ({names})", reason=reason)
    for name, settings in crops.items():
        reason = f"{settings['crops']}; slices left out: {settings['slices left out']}"
        add(f"with crops ({name})", reason=reason)
    if len(comparison.folds) == 1:
        (fold,) = comparison.folds
        add("in the training part", fold.train)
        add("in the test part", fold.test)
    else:
        tested = np.unique(np.concatenate([fold.test for fold in comparison.folds]))
        add("in a test part", tested, f"at least once, over {len(comparison.folds)} folds")
    return flow


def _step_of_cohort(step: Any, cohort: Any) -> dict[str, Any]:
    known = step._asdict()
    return known if cohort.patients_given else known | {"n_patients": None}


def _why_fewer(comparison: Any, cohort: Any) -> str:
    n_out = 0 if cohort is None else len(cohort) - len(comparison.y)
    return f"{n_out} case{'s' * (n_out != 1)} of the cohort were not given" if n_out else ""


def _missing_features(comparison: Any) -> list[tuple[str, str]]:
    steps: dict[str, list[str]] = {}
    for name, prepared in comparison.prepared.items():
        X = prepared.X
        # Cohort rows that no extractor has seen yet have empty cells of their own.
        if not isinstance(X, pd.DataFrame) or "image" in X.columns:
            continue
        missing = X.isna()
        some, whole = missing.any(axis=1), missing.all(axis=1)
        if some.any():
            reason = (
                f"{int(some.sum())} cases lack features ({int(whole.sum())} of them all), because their extraction "
                "failed or the features were given so; they are kept, and filled in by the model if it can"
            )
            steps[reason] = [*steps.get(reason, []), name]
    return [(", ".join(names), reason) for reason, names in steps.items()]


def baseline_tables(comparison: Any, cohort: Any) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return the tables of the patients: by class, and training against test part where there is one split.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    cohort : Cohort or None
        Has the clinical columns.

    Returns
    -------
    by_class, by_part : dict or None
        Of :meth:`~radiohers.cohort.BaselineTable.to_dict`; None without clinical columns.
    """
    if cohort is None:
        return None, None
    compared = cohort.select(list(comparison.y.index))
    by_class = baseline_table(compared)
    if not by_class.variables:
        return None, None
    if len(comparison.folds) > 1:
        return by_class.to_dict(), None
    (fold,) = comparison.folds
    return by_class.to_dict(), baseline_table(compared, split=(fold.train, fold.test)).to_dict()
