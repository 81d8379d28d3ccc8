"""How the models were compared, and what came of it: values, pairs, chance, searches."""

import math
from dataclasses import dataclass
from enum import StrEnum
from numbers import Number
from typing import Annotated, Any

import numpy as np
import pandas as pd

from radiohers.displays import DecisionCurveDisplay
from radiohers.folds import PATIENT_LEVEL, is_optimistic
from radiohers.results import Comparison, fold_design, performance_values

__all__ = [
    "CHANCE",
    "ChanceFacts",
    "ChoiceFacts",
    "Estimate",
    "NetBenefit",
    "PairFacts",
    "PerformanceRow",
    "Reason",
    "SettingsFacts",
    "SplitFacts",
    "SplitLevel",
    "TestFacts",
    "TestName",
    "Verdict",
    "chance_facts",
    "choice_facts",
    "models_with_probabilities",
    "net_benefits",
    "pair_facts",
    "performance_rows",
    "settings_facts",
    "split_facts",
    "verdict_of",
]

CHANCE = 0.5
Patients = Annotated[int | None, "Number of patients; null if they were not given."]
PValue = Annotated[float | None, "The p-value; null where the test could not be made."]


class SplitLevel(StrEnum):
    """What no fold cuts."""

    PATIENT = "patient-level"
    NOT_GIVEN = "patients not given"
    OPTIMISTIC = "optimistic"


@dataclass(frozen=True)
class SplitFacts:
    """How the cases were dealt."""

    level: Annotated[SplitLevel, "Patient-level if no fold cuts a patient and all is fitted in the folds."]
    description: Annotated[str, "The level, or why the results are optimistic."]
    cv: Annotated[str, "The splitter, or how the folds were given."]
    n_folds: Annotated[int, "Number of folds, of all repeats together."]
    n_tested: Annotated[int, "Number of cases that were in a test part."]
    degrees_of_freedom: Annotated[int | None, "Of intervals over folds; null for a single split."]


def split_facts(comparison: Comparison) -> SplitFacts:
    """Return how the cases were dealt."""
    level = SplitLevel.PATIENT if comparison.split == PATIENT_LEVEL else SplitLevel.NOT_GIVEN
    predictions = comparison.predictions
    design = fold_design(predictions)
    return SplitFacts(
        level=SplitLevel.OPTIMISTIC if is_optimistic(comparison.split) else level,
        description=comparison.split,
        cv=comparison.settings["cv"],
        n_folds=len(comparison.folds),
        n_tested=predictions.loc[predictions["part"] == "test", "case_id"].nunique(),
        degrees_of_freedom=None if design is None else design.degrees_of_freedom,
    )


@dataclass(frozen=True)
class SettingsFacts:
    """What else the result depends on."""

    threshold: Annotated[str | float, "How scores become classes: 'youden', or the fixed threshold."]
    n_bootstraps: Annotated[int, "Number of resamples."]
    unit: Annotated[str, "What is counted and resampled: 'patient' or 'case'."]
    confidence_level: Annotated[float, "Coverage of the intervals."]
    seed: Annotated[str, "Seed of folds and resamples."]

    @property
    def alpha(self) -> float:
        """The level of significance that belongs to the level of confidence."""
        return 1 - self.confidence_level


def settings_facts(comparison: Comparison) -> SettingsFacts:
    """Return what else the result depends on."""
    settings = comparison.settings
    return SettingsFacts(
        threshold=settings["threshold"],
        n_bootstraps=settings["n_bootstraps"],
        unit=comparison.unit,
        confidence_level=settings["confidence_level"],
        seed=str(settings["random_state"]),
    )


@dataclass(frozen=True)
class PerformanceRow:
    """One value with its interval, not rounded."""

    model: Annotated[str, "Name of the model."]
    part: Annotated[str, "'test' or 'train'; training parts show overfitting and no performance."]
    metric: Annotated[str, "Name of the metric; auc_pooled ranks all folds of a repeat together."]
    value: Annotated[float | None, "The value; with several folds the mean over them."]
    low: Annotated[float | None, "Lower end of the confidence interval."]
    high: Annotated[float | None, "Upper end of the confidence interval."]
    method: Annotated[str, "How the interval came about, or why there is none."]
    n_cases: Annotated[int, "Number of cases that were judged."]
    n_positive: Annotated[int, "Number of positive cases among them."]
    n_patients: Patients
    n_folds: Annotated[int, "Number of folds."]


def performance_rows(comparison: Comparison) -> tuple[PerformanceRow, ...]:
    """Return every value with its interval, one row a model, part and metric."""
    records = performance_values(comparison.table()).to_dict("records")
    return tuple(PerformanceRow(**record | {"n_patients": _count(record["n_patients"])}) for record in records)


@dataclass(frozen=True)
class Estimate:
    """A number with its interval."""

    value: Annotated[float | None, "The number."]
    low: Annotated[float | None, "Lower end of the confidence interval."]
    high: Annotated[float | None, "Upper end of the confidence interval."]
    method: Annotated[str, "How the interval came about, or why there is none."]


class TestName(StrEnum):
    """A test; the first of those that are shown is the one to report."""

    RESAMPLED_T = "resampled_t"
    DELONG = "delong"
    PERMUTATION = "permutation"
    MCNEMAR = "mcnemar"


@dataclass(frozen=True)
class TestFacts:
    """What a test gave."""

    test: Annotated[TestName, "Which test."]
    p_value: PValue
    p_holm: Annotated[float | None, "The p-value, corrected by Holm for the number of rows."]
    method: Annotated[str, "What the test is, or why it could not be made."]
    is_shown: Annotated[bool, "Whether it suits these folds; the first of those that do is the one to report."]


@dataclass(frozen=True)
class PairFacts:
    """Two models against each other, on the same folds."""

    model_a: Annotated[str, "The first model."]
    model_b: Annotated[str, "The second model."]
    auc_a: Annotated[float | None, "Mean AUC of the first on the test parts."]
    auc_b: Annotated[float | None, "Mean AUC of the second on the test parts."]
    difference: Annotated[Estimate, "The first less the second."]
    tests: Annotated[tuple[TestFacts, ...], "Tests of the difference."]
    n_cases: Annotated[int, "Number of cases that were judged."]
    n_positive: Annotated[int, "Number of positive cases among them."]
    n_patients: Patients
    n_folds: Annotated[int, "Number of folds."]


def pair_facts(comparison: Comparison) -> tuple[PairFacts, ...]:
    """Return the differences between the models, pair by pair; none for one model."""
    if len(comparison.models) < 2:
        return ()
    return tuple(
        PairFacts(a, b, row["auc_a"], row["auc_b"], _estimate(row, "difference"), _tests(comparison, row), **_n(row))
        for (a, b), row in comparison.compare().iterrows()
    )


class Verdict(StrEnum):
    """What may be said of a model."""

    ABOVE = "above chance"
    NOT_SHOWN = "not shown to be above chance"
    BELOW = "below chance"


class Reason(StrEnum):
    """Why it may be said."""

    BETTER = "interval above 0.5, test confirms it"
    NOT_BY_PATIENT = "interval above 0.5, but the split is not patient-level"
    NOT_CONFIRMED = "interval above 0.5, but the test does not confirm it"
    HOLDS_CHANCE = "interval holds 0.5"
    WORSE = "interval below 0.5"
    NO_INTERVAL = "no interval"


@dataclass(frozen=True)
class ChanceFacts:
    """One model against an AUC of 0.5."""

    model: Annotated[str, "Name of the model."]
    verdict: Annotated[
        Verdict,
        "Above chance: the split is patient-level, the interval of the AUC on the test parts lies above 0.5, and the "
        "p-value corrected by Holm is at most 1 - confidence level. Below chance: it lies below 0.5.",
    ]
    reason: Annotated[Reason, "Why the verdict is as it is."]
    auc: Annotated[Estimate, "The AUC on the test parts."]
    tests: Annotated[tuple[TestFacts, ...], "Tests against chance, one-sided."]
    n_cases: Annotated[int, "Number of cases that were judged."]
    n_positive: Annotated[int, "Number of positive cases among them."]
    n_patients: Patients
    n_folds: Annotated[int, "Number of folds."]


def chance_facts(comparison: Comparison, split: SplitFacts) -> tuple[ChanceFacts, ...]:
    """Return the models against chance."""
    alpha = 1 - comparison.settings["confidence_level"]
    models = []
    for name, row in comparison.against_chance().iterrows():
        auc, tests = _estimate(row, "auc"), _tests(comparison, row)
        reported = next(test for test in tests if test.is_shown)
        said = verdict_of(auc.low, auc.high, reported.p_holm, alpha, split.level)
        models.append(ChanceFacts(name, *said, auc, tests, **_n(row)))
    return tuple(models)


def verdict_of(
    low: float, high: float, p_value: float, alpha: float, level: SplitLevel = SplitLevel.PATIENT
) -> tuple[Verdict, Reason]:
    """Return what interval, test and split allow to be said of an AUC."""
    if math.isnan(low) or math.isnan(high):
        return Verdict.NOT_SHOWN, Reason.NO_INTERVAL
    if high < CHANCE:
        return Verdict.BELOW, Reason.WORSE
    if low <= CHANCE:
        return Verdict.NOT_SHOWN, Reason.HOLDS_CHANCE
    if p_value > alpha:
        return Verdict.NOT_SHOWN, Reason.NOT_CONFIRMED
    if level is not SplitLevel.PATIENT:
        return Verdict.NOT_SHOWN, Reason.NOT_BY_PATIENT
    return Verdict.ABOVE, Reason.BETTER


def _count(number: float | None) -> int | None:
    return None if number is None or math.isnan(number) else int(number)


def _n(row: pd.Series) -> dict[str, Any]:
    return {name: _count(row[name]) for name in ("n_cases", "n_positive", "n_patients", "n_folds")}


def _estimate(row: pd.Series, name: str) -> Estimate:
    return Estimate(*(row[f"{name}{end}"] for end in ("", "_low", "_high", "_interval")))


def _tests(comparison: Comparison, row: pd.Series) -> tuple[TestFacts, ...]:
    several = len(comparison.folds) > 1
    return tuple(
        TestFacts(test, row[f"p_{test}"], row[f"p_{test}_holm"], row[f"{test}_method"], several or not over_folds)
        for test in TestName
        for over_folds in [test is TestName.RESAMPLED_T]
        if f"p_{test}" in row.index
    )


@dataclass(frozen=True)
class ChoiceFacts:
    """What a nested search chose in a fold."""

    model: Annotated[str, "Name of the model."]
    repeat: Annotated[int, "The repeat, from 1."]
    fold: Annotated[int, "The fold, from 1."]
    params: Annotated[dict[str, Any], "The parameters with the best inner score."]
    inner_score: Annotated[float | None, "Their score on the inner folds."]
    inner_cv: Annotated[str, "The inner folds."]


def choice_facts(comparison: Comparison) -> tuple[ChoiceFacts, ...]:
    """Return what the nested searches chose in each fold."""
    known = {"model", "repeat", "fold", "inner_score", "inner_cv"}
    return tuple(
        ChoiceFacts(
            model=row["model"],
            repeat=int(row["repeat"]) + 1,
            fold=int(row["fold"]) + 1,
            # Each search has its own parameters.
            params={name: _shown(value) for name, value in row.items() if name not in known and not _is_missing(value)},
            inner_score=row["inner_score"],
            inner_cv=str(row["inner_cv"]),
        )
        for _, row in comparison.chosen_params.iterrows()
    )


def _shown(value: Any) -> Any:
    return value if isinstance(value, (str, bool, Number, np.generic)) else str(value)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


@dataclass(frozen=True)
class NetBenefit:
    """The net benefit of a model at the prevalence."""

    model: Annotated[str, "Name of the model."]
    estimate: Annotated[Estimate, "The net benefit on the test parts."]
    unit: Annotated[str, "What it is counted per."]
    threshold: Annotated[float, "The threshold probability: the prevalence in this cohort."]


def models_with_probabilities(comparison: Comparison) -> list[str]:
    """Return the names of the models whose scores can be probabilities."""
    predictions = comparison.predictions
    can_be = predictions["score"].between(0, 1).groupby(predictions["model"]).all()
    return [name for name in comparison.models if can_be[name]]


def net_benefits(comparison: Comparison) -> tuple[NetBenefit, ...]:
    """Return the net benefit of each model whose scores can be probabilities."""
    probable = models_with_probabilities(comparison)
    if not probable:
        return ()
    prevalence = float((comparison.y == comparison.positive).mean())
    display = DecisionCurveDisplay.from_comparison(comparison, models=probable, thresholds=[prevalence])
    return tuple(
        NetBenefit(name, Estimate(band.value[0], band.low[0], band.high[0], ""), display.unit, prevalence)
        for name, band in display.curves.items()
    )
