"""What a report says of the cohort: counts, flow, the table of the patients."""

from typing import Any

import pandas as pd

from radiohers.cohort import baseline_table

__all__ = ["RESEARCH_NOTE", "baseline_tables", "cohort_flow", "cohort_notes", "describe_cohort"]

RESEARCH_NOTE = "For research use only. This is not a medical device, and must not guide the care of a patient."
SYNTHETIC_NOTE = "SYNTHETIC COHORT: made by a program. These numbers say nothing about patients."


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
    if comparison.split != "patient-level":
        notes.append(f"The split is {comparison.split}. These results are too good to be true.")
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
    groups = pd.Series(comparison.groups, index=comparison.y.index)
    for name, label in (("positive", comparison.positive), ("negative", comparison.negative)):
        chosen = comparison.y == label
        described[f"{name} class"] = f"{label}: {int(chosen.sum())} cases of {groups[chosen].nunique()} patients"
    described["all"] = f"{len(groups)} cases of {groups.nunique()} patients"
    per_patient = groups.value_counts()
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
        From :func:`~radiohers.evaluation._document._models.describe_crops`.

    Returns
    -------
    list of dict
        With ``step``, ``n_cases`` and ``n_patients`` that were there after it, and
        ``reason``, why others were not.
    """
    flow = [] if cohort is None else [dict(step._asdict()) for step in cohort.steps]
    groups = pd.Series(comparison.groups, index=comparison.y.index)
    flow.append(_step("given to the comparison", groups, _why_fewer(comparison, cohort)))
    flow += _missing_features(comparison, groups)
    for name, settings in crops.items():
        reason = f"{settings['crops']}; slices left out: {settings['slices left out']}"
        flow.append(_step(f"with crops ({name})", groups, reason))
    if len(comparison.folds) == 1:
        (fold,) = comparison.folds
        flow.append(_step("in the training part", groups.iloc[fold.train]))
        flow.append(_step("in the test part", groups.iloc[fold.test]))
    else:
        tested = comparison.predictions.query("part == 'test'")["case_id"].unique()
        of_folds = f"at least once, over {len(comparison.folds)} folds"
        flow.append(_step("in a test part", groups[groups.index.isin(tested)], of_folds))
    return flow


def _step(step: str, groups: pd.Series, reason: str = "") -> dict[str, Any]:
    return {"step": step, "n_cases": len(groups), "n_patients": int(groups.nunique()), "reason": reason}


def _why_fewer(comparison: Any, cohort: Any) -> str:
    if cohort is None or set(comparison.y.index) == set(cohort.X.index):
        return ""
    n_out = len(set(cohort.X.index) - set(comparison.y.index))
    n_more = len(set(comparison.y.index) - set(cohort.X.index))
    return f"{n_out} cases of the cohort were not given, {n_more} were that are not in it"


def _missing_features(comparison: Any, groups: pd.Series) -> list[dict[str, Any]]:
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
    return [_step(f"with features ({', '.join(names)})", groups, reason) for reason, names in steps.items()]


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
        Of :meth:`~radiohers.cohort.BaselineTable.to_dict`; None without clinical columns, or
        if the cohort does not have the comparison's cases.
    """
    if cohort is None or not set(comparison.y.index) <= set(cohort.X.index):
        return None, None
    compared = cohort.select(list(comparison.y.index))
    by_class = baseline_table(compared)
    if not by_class.variables:
        return None, None
    if len(comparison.folds) > 1:
        return by_class.to_dict(), None
    (fold,) = comparison.folds
    return by_class.to_dict(), baseline_table(compared, split=(fold.train, fold.test)).to_dict()
