"""The patients of a comparison, as a cohort knows them."""

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from radiohers.cohort import Cohort
from radiohers.exceptions import CohortError
from radiohers.results._comparison import Comparison

__all__ = ["matching_cohort", "merged_patients", "with_known_patients", "with_patients"]

C = TypeVar("C", bound=Comparison)


def with_known_patients(comparison: C, cohort: Cohort | None, audit: Any) -> C:
    """Return the comparison with the patients of a cohort.

    Parameters
    ----------
    comparison : Comparison
        The result.
    cohort : Cohort or None
        What it was made of; without one, the patients are those that its audit knows.
    audit : Audit or None
        Of the comparison.

    Returns
    -------
    Comparison
        The result itself where no patients are known.
    """
    known = getattr(audit, "cohort", None) if cohort is None else cohort
    return comparison if known is None else with_patients(comparison, matching_cohort(comparison, known))


def matching_cohort(comparison: Comparison, cohort: Cohort) -> Cohort:
    """Return the cases of a comparison, in its order.

    Parameters
    ----------
    comparison : Comparison
        The result.
    cohort : Cohort
        May have more cases.

    Returns
    -------
    Cohort
        Its rows are those of ``comparison.y``.

    Raises
    ------
    CohortError
        If cases are missing, or have other labels.
    """
    cases = comparison.y.index
    missing = cases[~cases.isin(cohort.X.index)]
    if len(missing):
        raise CohortError(
            f"{len(missing)} of {len(cases)} cases of the comparison are not in the cohort, the first is "
            f"{missing.tolist()[0]!r}, where the cohort has such as {cohort.X.index[0]!r}",
            advice="Cases are matched by case_id: give the cohort that was compared, and compare it as "
            "compare_models(models, cohort).",
        )
    cohort = cohort.select(list(cases))
    if cohort.groups.isna().any():
        raise CohortError(
            "the cohort names no patient", advice="Name it.", case=cases[cohort.groups.isna()].tolist()[0]
        )
    if cohort.y is None:
        return cohort
    differs = [case for case, there, here in zip(cases, cohort.y, comparison.y, strict=True) if there != here]
    if differs:
        raise CohortError(
            f"{len(differs)} of {len(cases)} cases have another label in the cohort than in the comparison, "
            f"the first is {differs[0]!r}",
            advice="Give the cohort whose y was compared.",
        )
    return cohort


def with_patients(comparison: C, cohort: Cohort) -> C:
    """Return a comparison whose folds, counts and resamples go by the patients of its cohort.

    Parameters
    ----------
    comparison : Comparison
        The result. What its fits were told stays in ``groups``.
    cohort : Cohort
        From :func:`matching_cohort`.

    Returns
    -------
    Comparison
        The same where the cohort knows no patients, or has no other ones.
    """
    if not cohort.patients_given:
        is_told = comparison.patients is not None and not _names_cases(comparison.patients, comparison.y.index)
        patients = comparison.patients if is_told else None
    else:
        patients = cohort.groups.to_numpy()
        # Named as before, so that the same patients have the same resamples and intervals.
        if _same_partition(patients, comparison.groups):
            patients = comparison.groups
    if patients is comparison.patients:
        return comparison
    predictions = comparison.predictions
    of_row = None if patients is None else pd.Series(patients, comparison.y.index)[predictions["case_id"]].to_numpy()
    return replace(comparison, patients=patients, predictions=predictions.assign(patient_id=of_row))


def merged_patients(comparison: Comparison) -> str:
    """Return what is odd about groups that put several patients of the cohort together.

    Parameters
    ----------
    comparison : Comparison
        With the patients of the cohort, where it was given.

    Returns
    -------
    str
        A sentence; empty if no group does.
    """
    if comparison.patients is None:
        return ""
    n_of_group = pd.Series(comparison.patients).groupby(comparison.groups).nunique()
    n_merged = int((n_of_group > 1).sum())
    if not n_merged:
        return ""
    return (
        f"The comparison was given {len(n_of_group)} groups for the {comparison.n_patients()} patients of the cohort; "
        f"{n_merged} of them put several patients together. Are they sites, and not patients?"
    )


def _same_partition(first: np.ndarray, second: np.ndarray) -> bool:
    one, other = pd.factorize(first)[0], pd.factorize(second)[0]
    return bool((one == other).all())


def _names_cases(patients: np.ndarray, cases: pd.Index) -> bool:
    return [str(patient) for patient in patients] == [str(case) for case in cases]
