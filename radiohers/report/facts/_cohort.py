"""Who was studied: counts, the flow of the cases, the table of the patients."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Self

import numpy as np
import pandas as pd

from radiohers.cohort import Cohort, CohortStep
from radiohers.patients import BaselineTable, baseline_table
from radiohers.report.facts._models import CropFacts
from radiohers.results import Comparison, merged_patients

__all__ = ["BaselineFacts", "CohortFacts", "FlowKind", "FlowStep", "Patients"]

Patients = Annotated[int | None, "Number of patients; null if they were not given."]


@dataclass(frozen=True)
class ClassFacts:
    """One of the two classes."""

    label: Annotated[str, "The label, as it was given."]
    n_cases: Annotated[int, "Number of cases."]
    n_patients: Patients

    @classmethod
    def of(cls, comparison: Comparison, label: Any) -> Self:
        """Return how many cases and patients a class has."""
        chosen = (comparison.y == label).to_numpy()
        return cls(str(label), int(chosen.sum()), comparison.n_patients(chosen))


@dataclass(frozen=True)
class CasesOfPatient:
    """How many cases a patient has."""

    fewest: Annotated[int, "Least number."]
    most: Annotated[int, "Largest number."]
    median: Annotated[float, "Median."]


@dataclass(frozen=True)
class CohortFacts:
    """Who was studied."""

    is_given: Annotated[bool, "Whether the report was given the cohort."]
    is_synthetic: Annotated[bool, "Whether the cohort was made by a program."]
    source: Annotated[str | None, "Name of the table's file, without its folder; null if it was made in memory."]
    target: Annotated[str | None, "Name of the label."]
    positive: Annotated[ClassFacts, "The positive class."]
    negative: Annotated[ClassFacts, "The other class."]
    n_cases: Annotated[int, "Number of cases in the comparison."]
    n_patients: Patients
    cases_of_patient: Annotated[CasesOfPatient | None, "Cases of a patient; null where nobody has two."]
    n_clinical: Annotated[int, "Number of clinical columns."]
    merged_patients: Annotated[str, "What is odd about groups that put several patients together; empty if none do."]

    @classmethod
    def of(cls, comparison: Comparison, cohort: Cohort | None) -> Self:
        """Return who was studied; no case and no folder is named.

        Parameters
        ----------
        comparison : Comparison
            The result.
        cohort : Cohort or None
            The cases, if they were given.

        Returns
        -------
        CohortFacts
        """
        per_patient = pd.Series(comparison.patients).value_counts()
        has_several = comparison.patients is not None and per_patient.max() > 1
        source = None if cohort is None else cohort.source
        return cls(
            is_given=cohort is not None,
            is_synthetic=cohort is not None
            and "synthetic" in cohort.clinical
            and bool((pd.to_numeric(cohort.clinical["synthetic"], errors="coerce") == 1).any()),
            # The name of the file alone: its folder may name patients.
            source=None if source is None else source.name,
            target=None if cohort is None else cohort.target,
            positive=ClassFacts.of(comparison, comparison.positive),
            negative=ClassFacts.of(comparison, comparison.negative),
            n_cases=len(comparison.y),
            n_patients=comparison.n_patients(),
            cases_of_patient=CasesOfPatient(int(per_patient.min()), int(per_patient.max()), float(per_patient.median()))
            if has_several
            else None,
            n_clinical=0 if cohort is None else cohort.clinical.shape[1],
            merged_patients=merged_patients(comparison),
        )


class FlowKind(StrEnum):
    """What a step of the flow is."""

    COHORT = "cohort"
    COMPARISON = "comparison"
    FEATURES = "features"
    CROPS = "crops"
    TRAINING = "training"
    TEST = "test"


@dataclass(frozen=True)
class FlowStep:
    """How many cases there were after a step."""

    kind: Annotated[FlowKind, "What the step is."]
    n_cases: Annotated[int, "Cases that were there after it."]
    n_patients: Patients
    name: Annotated[str, "Of a step of the cohort: what was done."] = ""
    reason: Annotated[str, "Of a step of the cohort: why cases were left out, as the user said it."] = ""
    n_not_given: Annotated[int, "Of the comparison: cases of the cohort that it was not given."] = 0
    models: Annotated[tuple[str, ...], "Of features and crops: the models they are for."] = ()
    n_lacking: Annotated[int, "Of features: cases that lack some."] = 0
    n_lacking_all: Annotated[int, "Of features: cases that lack all."] = 0
    n_folds: Annotated[int, "Of a test part: number of folds."] = 1

    @classmethod
    def all_of(
        cls, comparison: Comparison, cohort: Cohort | None, crops: dict[str, CropFacts]
    ) -> "tuple[FlowStep, ...]":
        """Return how many cases were read, left out, and judged.

        Parameters
        ----------
        comparison : Comparison
            The result.
        cohort : Cohort or None
            The cases, if they were given.
        crops : dict of str to CropFacts
            The crops by model.

        Returns
        -------
        tuple of FlowStep
        """

        def step(kind: FlowKind, cases: Any = slice(None), **facts: Any) -> FlowStep:
            return FlowStep(kind, len(comparison.y.iloc[cases]), comparison.n_patients(cases), **facts)

        steps = [] if cohort is None else [_step_of_cohort(one, cohort) for one in cohort.steps]
        steps.append(step(FlowKind.COMPARISON, n_not_given=0 if cohort is None else len(cohort) - len(comparison.y)))
        steps += [
            step(FlowKind.FEATURES, models=tuple(names), n_lacking=some, n_lacking_all=whole)
            for (some, whole), names in _missing_features(comparison).items()
        ]
        steps += [step(FlowKind.CROPS, models=(name,)) for name in crops]
        folds = comparison.folds
        steps += [step(FlowKind.TRAINING, fold.train) for fold in folds if len(folds) == 1]
        tested = np.unique(np.concatenate([fold.test for fold in folds]))
        return (*steps, step(FlowKind.TEST, tested, n_folds=len(folds)))


def _step_of_cohort(step: CohortStep, cohort: Cohort) -> FlowStep:
    n_patients = step.n_patients if cohort.patients_given else None
    return FlowStep(FlowKind.COHORT, step.n_cases, n_patients, name=step.step, reason=step.reason)


def _missing_features(comparison: Comparison) -> dict[tuple[int, int], list[str]]:
    """Return the models by how many of their cases lack some features, and how many lack all."""
    models: dict[tuple[int, int], list[str]] = {}
    for name, prepared in comparison.prepared.items():
        X = prepared.X
        # Cohort rows that no extractor has seen yet have empty cells of their own.
        if not isinstance(X, pd.DataFrame) or "image" in X.columns:
            continue
        missing = X.isna()
        n_some, n_whole = int(missing.any(axis=1).sum()), int(missing.all(axis=1).sum())
        if n_some:
            models.setdefault((n_some, n_whole), []).append(name)
    return models


@dataclass(frozen=True)
class BaselineFacts:
    """The table of the patients."""

    groups: Annotated[tuple[dict[str, Any], ...], "The groups and their sizes."]
    variables: Annotated[tuple[dict[str, Any], ...], "The numbers behind the texts, not rounded."]
    # As the patients' own package prints it.
    printed: BaselineTable

    @classmethod
    def both_of(cls, comparison: Comparison, cohort: Cohort | None) -> tuple[Self | None, Self | None]:
        """Return the table by class, and by part where there is one split; None without clinical data.

        Parameters
        ----------
        comparison : Comparison
            The result.
        cohort : Cohort or None
            The cases, if they were given.

        Returns
        -------
        by_class, by_part : BaselineFacts or None
        """
        if cohort is None:
            return None, None
        compared = cohort.select(list(comparison.y.index))
        by_class = baseline_table(compared)
        if not by_class.variables:
            return None, None
        if len(comparison.folds) > 1:
            return cls.of(by_class), None
        (fold,) = comparison.folds
        return cls.of(by_class), cls.of(baseline_table(compared, split=(fold.train, fold.test)))

    @classmethod
    def of(cls, table: BaselineTable) -> Self:
        """Return the numbers of a table."""
        return cls(table.groups, table.variables, table)
