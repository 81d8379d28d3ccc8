"""What every check of an audit works on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from radiohers.audit._images import ImageFacts, image_facts, size_table
from radiohers.audit._result import AuditLine
from radiohers.audit._statistics import NamingJudge
from radiohers.cohort import Cohort
from radiohers.features import RadiomicsExtractor, load_params
from radiohers.folds import ends_in_network, find_search, has_network
from radiohers.results import Comparison, Judged

__all__ = ["AuditContext", "is_costly", "networks"]


@dataclass(frozen=True)
class AuditContext:
    """What every check of an audit works on.

    Attributes
    ----------
    comparison : Comparison
        The models' folds, predictions and prepared features, with the patients of the cohort.
    cohort : Cohort
        The same cases, in the same order.
    chosen : frozenset of str
        Codes of the checks that are run.
    named : frozenset of str
        Codes of the checks that were asked for by name.
    clinical, acquisition, n_permutations, memory, n_jobs, random_state, verbose : object
        As in :func:`audit`.
    tables : dict of str to DataFrame
        The tables of the :class:`Audit` behind the lines, by their names; filled by the checks.
    not_shown : list of AuditLine
        Of models that are not shown to be better than a baseline at chance; filled by the checks, and told in one line.
    """

    comparison: Comparison
    cohort: Cohort
    chosen: frozenset[str]
    named: frozenset[str]
    clinical: Sequence[str] | None
    acquisition: Sequence[str] | None
    n_permutations: int
    memory: Any
    n_jobs: int | None
    random_state: int
    verbose: int
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    not_shown: list[AuditLine] = field(default_factory=list)

    def add_rows(self, name: str, rows: pd.DataFrame) -> None:
        """Add rows to one of the tables.

        Parameters
        ----------
        name : {"baselines", "columns"}
            Which of the tables.
        rows : DataFrame
            More of it.
        """
        self.tables[name] = pd.concat([self.tables[name], rows]) if name in self.tables else rows

    @property
    def groups(self) -> np.ndarray:
        """The patient of each case, or the case where neither cohort nor comparison knows the patients."""
        return self.comparison.units

    @cached_property
    def is_positive(self) -> pd.Series:
        """Whether each case is positive."""
        return self.comparison.y == self.comparison.positive

    @property
    def models(self) -> list[str]:
        """Names of the models."""
        return list(self.comparison.models)

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
                    return load_params(step.params).mask_label
        return 1

    @cached_property
    def judge(self) -> NamingJudge:
        """Judges all models and baselines on the same draws of patients."""
        return NamingJudge(self.comparison.judge("test"))

    @cached_property
    def judged(self) -> dict[str, Judged]:
        """The AUC of every model."""
        return self.comparison.judge("test").aucs


def networks(comparison: Comparison) -> list[str]:
    """Return the names of the models that are networks on crops."""
    return [name for name, model in comparison.models.items() if ends_in_network(model)]


def is_costly(model: Any) -> bool:
    """Tell whether fitting a model anew many times takes long: networks on crops, and searches."""
    return has_network(model) or find_search(model) is not None
