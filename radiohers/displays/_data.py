"""The predictions that a figure shows, and the intervals of what it draws from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_consistent_length, column_or_1d

from radiohers._numbers import level_text
from radiohers.cohort import positive_label
from radiohers.figures import describe_part
from radiohers.metrics import Interval
from radiohers.results import BY_FOLD, Comparison, Judge, units_of

__all__ = ["ShownPredictions", "class_names", "name_methods", "stacked"]


@dataclass(frozen=True)
class ShownPredictions:
    """Predictions of one part, by several models, with the judge of what is drawn from them.

    Parameters
    ----------
    judge : Judge
        Of the part.
    models : tuple of str
        Those that are shown, in their order.
    split : str
        What the folds are.
    class_names : tuple of str
        Negative and positive class.
    """

    judge: Judge
    models: tuple[str, ...]
    split: str
    class_names: tuple[str, str]

    @classmethod
    def from_comparison(
        cls, comparison: Comparison, part: str, models: Sequence[str] | None = None
    ) -> "ShownPredictions":
        """Take the predictions of one part of a comparison, of all its models or of those named."""
        models = tuple(comparison.models) if models is None else tuple(models)
        unknown = [model for model in models if model not in comparison.models]
        if unknown:
            raise ValueError(f"model {unknown[0]!r} is not in the comparison. Models: {list(comparison.models)}.")
        if part not in ("test", "train"):
            raise ValueError(f"part={part!r} must be 'test' or 'train'.")
        return cls(comparison.judge(part), models, comparison.split, class_names(comparison))

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
        judge = Judge(
            pd.concat(tables, ignore_index=True),
            confidence_level=confidence_level, n_bootstraps=n_bootstraps, random_state=random_state,
        )  # fmt: skip
        return cls(judge, tuple(of_models), "as given", (str(negative), str(positive)))

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """The rows of the models that are shown."""
        predictions = self.judge.predictions
        return predictions[predictions["model"].isin(self.models)]

    @property
    def note(self) -> str:
        """Which predictions these are, how many, and how they were split."""
        return describe_part(self.predictions, self.judge.part, self.split)

    @property
    def level(self) -> str:
        """The coverage as a text, such as "95% CI"."""
        return f"{level_text(self.judge.confidence_level)} CI"

    @property
    def unit(self) -> str:
        """What is resampled: "patient", or "case" where patients were not given."""
        return self.judge.unit

    @property
    def bands(self) -> str:
        """What bands are, for a note."""
        return f"bands: pointwise {self.level}, {self.unit} bootstrap"

    @property
    def resamples(self) -> str:
        """How bands are made, for a caption."""
        return f"Bands: pointwise {self.level} by {self.judge.n_bootstraps} resamples of the {self.unit}s"

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

    def rows(self, model: str) -> pd.DataFrame:
        """Return the predictions of one model."""
        return self.predictions[self.predictions["model"] == model]


def class_names(comparison: Comparison) -> tuple[str, str]:
    """Return the names of the negative and the positive class."""
    return str(comparison.negative), str(comparison.positive)


def stacked(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the tables of several models as one, whose first column is ``model``."""
    return pd.concat(
        [table.assign(model=model)[["model", *table]] for model, table in tables.items()], ignore_index=True
    )


def name_methods(intervals: Iterable[Interval]) -> str:
    """Name the methods of some intervals, each once."""
    return " or ".join(dict.fromkeys(interval.method for interval in intervals))
