"""The predictions that a figure shows, and the intervals of what it draws from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_consistent_length, column_or_1d

from radiohers._blas import one_blas_thread
from radiohers._numbers import level_text
from radiohers.cohort import positive_label
from radiohers.figures import describe_part
from radiohers.metrics import (
    METRICS,
    Band,
    FoldScores,
    Interval,
    Statistic,
    bootstrap_fold_mean,
    bootstrap_fold_mean_curve,
)
from radiohers.results import cohort_weights, fold_scores, units_of

__all__ = ["BY_FOLD", "BY_REPEAT", "ShownPredictions", "name_methods", "times"]

BY_FOLD = ("repeat", "fold")
BY_REPEAT = ("repeat",)


@dataclass(frozen=True)
class ShownPredictions:
    """Predictions of one part, by several models, with the settings of their intervals.

    Parameters
    ----------
    predictions : DataFrame
        Rows of the long table of a comparison, of one part.
    part : {"test", "train"}
        Which one.
    models : tuple of str
        Those that are shown, in their order.
    split : str
        What the folds are.
    confidence_level : float
        Coverage of the intervals.
    n_bootstraps : int
        Number of resamples of the patients.
    random_state : int
        Seed of the resamples.
    class_names : tuple of str
        Negative and positive class.
    """

    predictions: pd.DataFrame
    part: str
    models: tuple[str, ...]
    split: str
    confidence_level: float
    n_bootstraps: int
    random_state: int
    class_names: tuple[str, str]

    @classmethod
    def from_comparison(cls, comparison: Any, part: str, models: Sequence[str] | None = None) -> "ShownPredictions":
        """Take the predictions of one part of a comparison, of all its models or of those named."""
        models = tuple(comparison.models) if models is None else tuple(models)
        unknown = [model for model in models if model not in comparison.models]
        if unknown:
            raise ValueError(f"model {unknown[0]!r} is not in the comparison. Models: {list(comparison.models)}.")
        if part not in ("test", "train"):
            raise ValueError(f"part={part!r} must be 'test' or 'train'.")
        rows = comparison.predictions
        rows = rows[(rows["part"] == part) & rows["model"].isin(models)]
        settings = comparison.settings
        return cls(
            rows, part, models, comparison.split,
            settings["confidence_level"], settings["n_bootstraps"], settings["random_state"],
            (str(comparison.negative), str(comparison.positive)),
        )  # fmt: skip

    @classmethod
    def from_arrays(
        cls,
        y_true: Any,
        y_score: Any,
        groups: Any = None,
        *,
        name: str = "model",
        positive: Any = None,
        threshold: float = 0.5,
        confidence_level: float = 0.95,
        n_bootstraps: int = 2000,
        random_state: int = 0,
    ) -> "ShownPredictions":
        """Take labels and scores of cases that the models were not fitted on, as one test part."""
        labels = pd.Series(column_or_1d(y_true))
        positive = positive_label(labels, positive)
        is_positive = (labels == positive).to_numpy()
        (negative,) = labels[~is_positive].unique()
        of_models = dict(y_score) if isinstance(y_score, Mapping) else {name: y_score}
        groups = None if groups is None else column_or_1d(groups)
        tables = []
        for model, given in of_models.items():
            scores = column_or_1d(given).astype(float)
            check_consistent_length(labels, scores, labels if groups is None else groups)
            columns = {
                "model": model, "repeat": 0, "fold": 0, "part": "test", "case_id": np.arange(len(labels)),
                "patient_id": groups, "y_true": is_positive, "score": scores, "threshold": float(threshold),
                "y_pred": scores >= threshold,
            }  # fmt: skip
            tables.append(pd.DataFrame(columns))
        return cls(
            pd.concat(tables, ignore_index=True), "test", tuple(of_models), "as given",
            confidence_level, n_bootstraps, random_state, (str(negative), str(positive)),
        )  # fmt: skip

    @property
    def note(self) -> str:
        """Which predictions these are, how many, and how they were split."""
        return describe_part(self.predictions, self.part, self.split)

    @property
    def level(self) -> str:
        """The coverage as a text, such as "95% CI"."""
        return f"{level_text(self.confidence_level)} CI"

    @cached_property
    def unit(self) -> str:
        """What is resampled: "patient", or "case" where patients were not given."""
        return units_of(self.predictions)[1]

    @property
    def n_folds(self) -> int:
        """Number of folds, over all repeats."""
        return self.predictions.groupby(list(BY_FOLD)).ngroups

    @property
    def n_repeats(self) -> int:
        """Number of repeats."""
        return self.predictions["repeat"].nunique()

    @property
    def prevalence(self) -> float:
        """Share of positive cases, each case counted once."""
        return float(self.predictions.drop_duplicates("case_id")["y_true"].mean())

    @cached_property
    def each_row_is_a_patient(self) -> bool:
        """Whether every patient has one case, predicted once, so that formulas for independent cases hold."""
        return not self._with_units.duplicated(["model", "patient_id"]).any()

    @property
    def has_repeated_patients(self) -> bool:
        """Whether a patient has several cases."""
        return self._with_units.groupby("patient_id")["case_id"].nunique().max() > 1

    @property
    def _with_units(self) -> pd.DataFrame:
        return self.predictions.assign(patient_id=units_of(self.predictions)[0])

    @cached_property
    def weights(self) -> np.ndarray:
        """How often each resample draws each case: the same for all models and folds."""
        return cohort_weights(self.rows(self.models[0]), self.n_bootstraps, self.random_state)

    @cached_property
    def _case_ids(self) -> pd.Index:
        return pd.Index(self.rows(self.models[0]).drop_duplicates("case_id")["case_id"])

    def rows(self, model: str) -> pd.DataFrame:
        """Return the predictions of one model."""
        return self.predictions[self.predictions["model"] == model]

    def folds(self, model: str, keys: tuple[str, ...] = BY_FOLD) -> list[FoldScores]:
        """Return the predictions of one model, fold by fold or repeat by repeat."""
        return fold_scores(self.rows(model), keys=keys, case_ids=self._case_ids)

    @one_blas_thread()
    def interval(self, model: str, metric: str, keys: tuple[str, ...] = BY_FOLD) -> Interval:
        """Return a metric of a model: of its only fold, or the mean over folds."""
        folds, statistic = self.folds(model, keys), METRICS[metric]
        if len(folds) > 1:
            return bootstrap_fold_mean(folds, self.weights, statistic, self.confidence_level, _method(keys))
        (fold,) = folds
        return statistic(
            fold.y_true, statistic.values(fold),
            fold.patient if self.unit == "patient" else None,
            confidence_level=self.confidence_level, n_bootstraps=self.n_bootstraps, random_state=self.random_state,
        )  # fmt: skip

    @one_blas_thread()
    def band(self, model: str, statistic: Statistic, keys: tuple[str, ...] = BY_FOLD) -> Band:
        """Return the mean over folds of a curve, with its pointwise band."""
        return bootstrap_fold_mean_curve(
            self.folds(model, keys), self.weights, statistic, self.confidence_level, f"{_method(keys)}, pointwise"
        )


def _method(keys: tuple[str, ...]) -> str:
    return f"{{unit}} bootstrap of the mean over {'folds' if keys == BY_FOLD else 'repeats'}"


def name_methods(intervals: Iterable[Interval]) -> str:
    """Name the methods of some intervals, each once."""
    return " or ".join(dict.fromkeys(interval.method for interval in intervals))


def times(n: int, noun: str) -> str:
    """Write a count with its noun: ``1 fold``, ``25 folds``."""
    return f"{n} {noun}{'s' * (n != 1)}"
