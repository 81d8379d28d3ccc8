"""How the models were compared, and what came of it: values, pairs, chance, searches."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from numbers import Number
from typing import Annotated, Any, Self

import numpy as np
import pandas as pd

from radiohers.folds import PATIENT_LEVEL, is_optimistic
from radiohers.report.facts._cohort import Patients
from radiohers.results import Comparison, chance_table, fold_design, pairwise_table, performance_values

__all__ = [
    "ChanceFacts",
    "ChoiceFacts",
    "Estimate",
    "PairFacts",
    "PerformanceRow",
    "Reason",
    "SettingsFacts",
    "SplitFacts",
    "SplitLevel",
    "TestFacts",
    "TestName",
    "Tested",
    "Verdict",
    "verdict_of",
]

# NaN where there is none; in a document it is null.
NumberOrNaN = Annotated[float, None]
CHANCE = 0.5


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

    @classmethod
    def of(cls, comparison: Comparison) -> Self:
        """Return how the cases were dealt.

        Parameters
        ----------
        comparison : Comparison
            The result.

        Returns
        -------
        SplitFacts
        """
        level = SplitLevel.PATIENT if comparison.split == PATIENT_LEVEL else SplitLevel.NOT_GIVEN
        predictions = comparison.predictions
        design = fold_design(predictions)
        return cls(
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
    confidence_level: Annotated[float, "Coverage of the intervals."]
    seed: Annotated[str, "Seed of folds and resamples."]
    unit: Annotated[str, "What is counted and resampled: 'patient' or 'case'."]

    @classmethod
    def of(cls, comparison: Comparison) -> Self:
        """Return what else the result depends on.

        Parameters
        ----------
        comparison : Comparison
            The result.

        Returns
        -------
        SettingsFacts
        """
        given = {name: comparison.settings[name] for name in ("threshold", "n_bootstraps", "confidence_level")}
        return cls(**given, seed=str(comparison.settings["random_state"]), unit=comparison.unit)

    @property
    def alpha(self) -> float:
        """The level of significance that belongs to the level of confidence."""
        return 1 - self.confidence_level


@dataclass(frozen=True)
class Estimate:
    """A number with its interval, not rounded."""

    value: Annotated[NumberOrNaN, "The number; with several folds the mean over them."]
    low: Annotated[NumberOrNaN, "Lower end of the confidence interval."]
    high: Annotated[NumberOrNaN, "Upper end of the confidence interval."]
    method: Annotated[str, "How the interval came about, or why there is none."]

    @classmethod
    def of(cls, row: pd.Series, name: str) -> Self:
        """Return the estimate of that name in a row of a table.

        Parameters
        ----------
        row : Series
            A row of a table of the comparison.
        name : str
            Its name.

        Returns
        -------
        Estimate
        """
        return cls(*(row[f"{name}{end}"] for end in ("", "_low", "_high", "_interval")))


@dataclass(frozen=True, kw_only=True)
class Judged:
    """How many cases were judged."""

    n_cases: Annotated[int, "Number of cases that were judged."]
    n_positive: Annotated[int, "Number of positive cases among them."]
    n_patients: Patients
    n_folds: Annotated[int, "Number of folds."]

    @staticmethod
    def counts(row: Any) -> dict[str, Any]:
        """Return the counts in a row of a table."""
        numbers = {name: row[name] for name in ("n_cases", "n_positive", "n_patients", "n_folds")}
        return {name: None if n is None or math.isnan(n) else int(n) for name, n in numbers.items()}


@dataclass(frozen=True, kw_only=True)
class PerformanceRow(Judged, Estimate):
    """One value of a model."""

    model: Annotated[str, "Name of the model."]
    part: Annotated[str, "'test' or 'train'; training parts show overfitting and no performance."]
    metric: Annotated[str, "Name of the metric; auc_pooled ranks all folds of a repeat together."]
    is_resampled: Annotated[bool, "Whether the interval comes of resamples."]

    @classmethod
    def all_of(cls, comparison: Comparison) -> tuple[Self, ...]:
        """Return every value with its interval, one row a model, part and metric.

        Parameters
        ----------
        comparison : Comparison
            The result.

        Returns
        -------
        tuple of PerformanceRow
        """
        rows = performance_values(comparison).drop(columns="split").iterrows()
        return tuple(cls(**{**row, **cls.counts(row)}) for _, row in rows)


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
    p_value: Annotated[NumberOrNaN, "The p-value; null where the test could not be made."]
    p_holm: Annotated[NumberOrNaN, "The p-value, corrected by Holm for the number of rows."]
    method: Annotated[str, "What the test is, or why it could not be made."]
    is_shown: Annotated[bool, "Whether it suits these folds; the first of those that do is the one to report."]

    @classmethod
    def all_of(cls, row: pd.Series) -> tuple[Self, ...]:
        """Return the tests in a row of a table; that over folds is not shown for a single split.

        Parameters
        ----------
        row : Series
            A row of a table of the comparison.

        Returns
        -------
        tuple of TestFacts
        """
        return tuple(
            cls(test, row[f"p_{test}"], row[f"p_{test}_holm"], row[f"{test}_method"], row["n_folds"] > 1 or not over)
            for test in TestName
            for over in [test is TestName.RESAMPLED_T]
            if f"p_{test}" in row.index
        )


@dataclass(frozen=True, kw_only=True)
class Tested(Judged):
    """What was tested."""

    tests: Annotated[tuple[TestFacts, ...], "The tests; those that are shown come in the order of their weight."]

    @property
    def shown(self) -> list[TestFacts]:
        """The tests that suit these folds, the one to report first."""
        return [test for test in self.tests if test.is_shown]


@dataclass(frozen=True, kw_only=True)
class PairFacts(Tested):
    """Two models against each other, on the same folds."""

    model_a: Annotated[str, "The first model."]
    model_b: Annotated[str, "The second model."]
    auc_a: Annotated[NumberOrNaN, "Mean AUC of the first on the test parts."]
    auc_b: Annotated[NumberOrNaN, "Mean AUC of the second on the test parts."]
    difference: Annotated[Estimate, "The first less the second."]

    @classmethod
    def all_of(cls, comparison: Comparison) -> tuple[Self, ...]:
        """Return the differences between the models, pair by pair; none for one model.

        Parameters
        ----------
        comparison : Comparison
            The result.

        Returns
        -------
        tuple of PairFacts
        """
        return tuple(
            cls(
                **row[["model_a", "model_b", "auc_a", "auc_b"]],
                difference=Estimate.of(row, "difference"),
                tests=TestFacts.all_of(row),
                **cls.counts(row),
            )
            for _, row in pairwise_table(comparison).reset_index().iterrows()
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


@dataclass(frozen=True, kw_only=True)
class ChanceFacts(Tested):
    """One model against an AUC of 0.5."""

    model: Annotated[str, "Name of the model."]
    verdict: Annotated[
        Verdict,
        "Above chance: the split is patient-level, the interval of the AUC on the test parts lies above 0.5, and the "
        "p-value corrected by Holm is at most 1 - confidence level. Below chance: it lies below 0.5.",
    ]
    reason: Annotated[Reason, "Why the verdict is as it is."]
    auc: Annotated[Estimate, "The AUC on the test parts."]

    @classmethod
    def all_of(cls, comparison: Comparison, split: SplitFacts) -> Iterable[Self]:
        """Yield the models against chance.

        Parameters
        ----------
        comparison : Comparison
            The result.
        split : SplitFacts
            How the cases were dealt.

        Yields
        ------
        ChanceFacts
        """
        alpha = 1 - comparison.settings["confidence_level"]
        for name, row in chance_table(comparison).iterrows():
            auc, tests = Estimate.of(row, "auc"), TestFacts.all_of(row)
            p_value = next(test.p_holm for test in tests if test.is_shown)
            verdict, reason = verdict_of(auc.low, auc.high, p_value, alpha, split.level)
            yield cls(model=str(name), verdict=verdict, reason=reason, auc=auc, tests=tests, **cls.counts(row))


def verdict_of(
    low: float, high: float, p_value: float, alpha: float, level: SplitLevel = SplitLevel.PATIENT
) -> tuple[Verdict, Reason]:
    """Return what interval, test and split allow to be said of an AUC.

    Parameters
    ----------
    low : float
        Lower end of the interval of the AUC.
    high : float
        Upper end of the interval of the AUC.
    p_value : float
        P-value against chance, corrected by Holm.
    alpha : float
        Level of significance.
    level : SplitLevel, default=SplitLevel.PATIENT
        What no fold cuts.

    Returns
    -------
    verdict : Verdict
        What may be said.
    reason : Reason
        Why.
    """
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


@dataclass(frozen=True)
class ChoiceFacts:
    """What a nested search chose in a fold."""

    model: Annotated[str, "Name of the model."]
    repeat: Annotated[int, "The repeat, from 1."]
    fold: Annotated[int, "The fold, from 1."]
    inner_score: Annotated[NumberOrNaN, "The score of the best parameters on the inner folds."]
    inner_cv: Annotated[str, "The inner folds."]
    params: Annotated[dict[str, Any], "These parameters."]

    @classmethod
    def all_of(cls, comparison: Comparison) -> Iterable[Self]:
        """Yield what the nested searches chose in each fold.

        Parameters
        ----------
        comparison : Comparison
            The result.

        Yields
        ------
        ChoiceFacts
        """
        known = ["model", "repeat", "fold", "inner_score", "inner_cv"]
        for _, row in comparison.chosen_params.iterrows():
            model, repeat, fold, score, cv = row[known]
            # Each search has its own parameters; the table has NaN for those of others.
            params = {str(name): _plain(value) for name, value in row.drop(known).dropna().items()}
            yield cls(model, repeat + 1, fold + 1, score, str(cv), params)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, bool, Number, np.generic)) else str(value)
