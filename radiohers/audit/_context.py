"""What every check of an audit works on."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from radiohers.audit._images import ImageFacts, image_facts, size_table
from radiohers.audit._statistics import NamingJudge
from radiohers.cohort import Cohort
from radiohers.estimators import CaseCNNClassifier
from radiohers.features import RadiomicsExtractor, load_params
from radiohers.folds import find_search, last_step
from radiohers.metrics import Interval
from radiohers.results import Judged

__all__ = ["AuditContext", "NotShown", "is_costly", "networks"]


class NotShown(NamedTuple):
    """A model whose AUC is not shown to be above that of a baseline, which is itself not above chance."""

    check: str
    baseline: str
    model: str
    auc: Interval
    difference: Interval


@dataclass(frozen=True)
class AuditContext:
    """What every check of an audit works on.

    Attributes
    ----------
    comparison : ModelComparison
        The models' folds, predictions and prepared features, with the patients of the cohort.
    cohort : Cohort
        The same cases, in the same order.
    memory, n_jobs, random_state, verbose : object
        As in :func:`audit`.
    named : frozenset of str
        The checks that were asked for by name.
    not_shown : list of NotShown
        Models that are not shown to be better than a baseline at chance; filled by the checks, and told once.
    """

    comparison: Any
    cohort: Cohort
    memory: Any
    n_jobs: int | None
    random_state: int
    verbose: int
    named: frozenset[str] = frozenset()
    not_shown: list[NotShown] = field(default_factory=list)

    @property
    def groups(self) -> np.ndarray:
        """The patient of each case, or the case where neither cohort nor comparison knows the patients."""
        return self.comparison.units

    @cached_property
    def is_positive(self) -> pd.Series:
        """Whether each case is positive."""
        return self.comparison.y == self.comparison.positive

    @property
    def n(self) -> int:
        """Number of cases."""
        return len(self.cohort)

    @cached_property
    def facts(self) -> dict[Any, ImageFacts | None]:
        """What is known of every image; read once."""
        return image_facts(self.cohort, self.memory, self.n_jobs, self.verbose, self.mask_label)

    @cached_property
    def sizes(self) -> pd.DataFrame:
        """Size and spacing of every image and lesion."""
        return size_table(self.facts)

    @cached_property
    def mask_label(self) -> int:
        """The lesion's value in masks, where the cohort does not say."""
        for model in self.comparison.models.values():
            for _, step in getattr(model, "steps", []):
                if isinstance(step, RadiomicsExtractor):
                    return int(load_params(step.params).get("setting", {}).get("label", 1))
        return 1

    @cached_property
    def judge(self) -> NamingJudge:
        """Judges all models and baselines on the same draws of patients."""
        return NamingJudge(self.comparison.judge("test"))

    @cached_property
    def judged(self) -> dict[str, Judged]:
        """The AUC of every model."""
        return self.comparison.judge("test").aucs

    def test_predictions_of(self, name: str) -> pd.DataFrame:
        """Return the predictions of one model on the test parts."""
        predictions = self.comparison.predictions
        return predictions[(predictions["model"] == name) & (predictions["part"] == "test")]


def networks(comparison: Any) -> list[str]:
    """Return the names of the models that are networks on crops."""
    return [name for name, model in comparison.models.items() if isinstance(model, CaseCNNClassifier)]


def is_costly(model: Any) -> bool:
    """Tell whether fitting a model anew many times takes long: networks on crops, and searches."""
    return isinstance(last_step(model)[1], CaseCNNClassifier) or find_search(model) is not None
