"""The cohort: one row a case, its label, its patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from radiohers._numbers import cases_text
from radiohers.cohort._check import ToCheck, check_cases
from radiohers.cohort._check_result import CohortCheck
from radiohers.cohort._questions import questions_about
from radiohers.exceptions import CohortError
from radiohers.figures import notebook_html
from radiohers.images import describe_source

__all__ = ["CASE_ID", "Cohort", "CohortStep"]

# What the groups are named where they are the cases themselves, since nobody said which patient each is of.
CASE_ID = "case_id"


class CohortStep(NamedTuple):
    """What a step on the way to a cohort left of it.

    Attributes
    ----------
    step : str
        What was done.
    n_cases, n_patients : int
        What was there afterwards.
    reason : str
        Why cases were left out; empty if none were or nobody said.
    """

    step: str
    n_cases: int
    n_patients: int
    reason: str = ""


@dataclass(frozen=True, repr=False)
class Cohort:
    """A table of cases with their labels and patients.

    Made by :func:`read_cohort`; the four tables share one index, the case_id.

    Attributes
    ----------
    X : DataFrame of shape (n_cases, n_columns)
        The columns ``image`` and ``mask`` (paths), and ``mask_label`` and
        ``boxes`` where the table has them. It goes into every estimator.
    y : Series of shape (n_cases,) or None
        The labels as they stand in the table; None if no target was named.
    groups : Series of shape (n_cases,)
        The patient of each case, which no split may cut. Without a column ``patient_id`` each case is its own,
        and the Series is named ``case_id``; see :attr:`patients_given`.
    clinical : DataFrame of shape (n_cases, n_other_columns)
        All other columns.
    target : str or None
        Name of the column that `y` came from.
    positive : object
        The positive class in `y`.
    source : Path or None
        The file that was read.
    steps : tuple of CohortStep
        How many cases were read, and how many each :meth:`select` left: the flow
        of a report.

    Examples
    --------
    >>> import tempfile
    >>> from radiohers import read_cohort
    >>> from radiohers.datasets import make_ct_cohort
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cohort = read_cohort(make_ct_cohort(folder, n_patients=4, shape=(12, 40, 44)), target="her2")
    >>> cohort
    <Cohort: 4 cases of 4 patients; her2: 2 cases of 2 patients are 1 (positive), 2 cases of 2 patients are 0>
    >>> len(cohort.select(cohort.y == 1))
    2
    """

    X: pd.DataFrame
    y: pd.Series | None
    groups: pd.Series
    clinical: pd.DataFrame
    target: str | None = None
    positive: Any = None
    source: Path | None = None
    steps: tuple[CohortStep, ...] = ()

    def __len__(self) -> int:
        return len(self.X)

    @property
    def patients_given(self) -> bool:
        """Whether the table says which patient each case is of."""
        return self.groups.name != CASE_ID

    def __repr__(self) -> str:
        counts = self._counted(self.groups)
        if not self.patients_given:
            counts += ", patients not given"
        if self.y is None:
            return f"<Cohort: {counts}; no target>"
        return f"<Cohort: {counts}; {self.target}: {', '.join(self._class_counts())}>"

    def _repr_html_(self) -> str:
        rows = {"patient_id": self.groups} if self.patients_given else {}
        rows |= {} if self.y is None else {self.target or "y": self.y}
        rows |= {name: self.X[name].map(_file_name) for name in ("image", "mask", "boxes") if name in self.X}
        return notebook_html(repr(self), pd.DataFrame(rows, index=self.X.index).head())

    def _class_counts(self) -> list[str]:
        labels = [] if self.y is None else sorted(self.y.unique(), key=lambda label: label != self.positive)
        texts = []
        for label in labels:
            chosen = self.y == label
            verb = "is" if chosen.sum() == 1 else "are"
            mark = " (positive)" if label == self.positive else ""
            texts.append(f"{self._counted(self.groups[chosen])} {verb} {label}{mark}")
        return texts

    def _counted(self, groups: pd.Series) -> str:
        return cases_text(len(groups), groups.nunique() if self.patients_given else None)

    def select(self, cases: Any, *, reason: str = "") -> "Cohort":
        """Return the cohort of some of the cases.

        Parameters
        ----------
        cases : array-like of bool of shape (n_cases,), list of case_id, or callable
            Which cases to keep, and in which order if they are named; a
            callable takes the clinical table and returns either.
        reason : str, default=""
            Why the others are left out, for the flow of a report: "no portal-venous phase".

        Returns
        -------
        Cohort
            A new cohort; this one stays as it is.

        Raises
        ------
        CohortError
            If a case_id is unknown, or the booleans do not match the cases.
        """
        if callable(cases):
            cases = cases(self.clinical)
        rows = self._rows(cases)
        groups = self.groups.iloc[rows]
        n_out = len(self) - len(np.unique(rows))
        step = CohortStep(f"selected, {n_out} left out", len(rows), groups.nunique(), reason)
        return Cohort(
            X=self.X.iloc[rows],
            y=None if self.y is None else self.y.iloc[rows],
            groups=groups,
            clinical=self.clinical.iloc[rows],
            target=self.target,
            positive=self.positive,
            source=self.source,
            steps=(*self.steps, step),
        )

    def check(
        self,
        *,
        resampled_spacing_mm: Sequence[float] | None = None,
        min_voxels: int = 50,
        on_mismatch: Literal["raise", "resample"] = "raise",
        modality: Literal["ct", "other"] = "ct",
        one_value_a_patient: str | Sequence[str] = (),
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> CohortCheck:
        """Look at every case before anything is computed.

        Headers are read first; voxels only of cases whose headers are in order.

        Parameters
        ----------
        resampled_spacing_mm : tuple of 3 float, default=None
            The voxels (x, y, z) that features will be computed on, 0 for an axis
            that is kept; adds how many voxels each lesion will have.
        min_voxels : int, default=50
            Lesions of fewer voxels, before or after resampling, are told.
        on_mismatch : {"raise", "resample"}, default="raise"
            Whether a mask on another grid is an error, or will be resampled (as
            with `correctMask` in the parameters of features).
        modality : {"ct", "other"}, default="ct"
            "ct" expects HU; "other" looks at no values but NaN and constants.
        one_value_a_patient : str or list of str, default=()
            Columns of `clinical`, such as a split or a site, in which all cases
            of a patient ought to have one value.
        n_jobs : int, default=None
            Number of images at the same time; -1 is all cores.
        verbose : int, default=0
            Whether to show progress.

        Returns
        -------
        CohortCheck
            One row a case, and a list of findings; it can be written as CSV and
            HTML, and shown as a contact sheet.

        See Also
        --------
        radiohers.cohort.check_cohort : The same for a table with bad rows.

        Notes
        -----
        A spacing is told as an outlier if its robust z, 0.6745 times its distance
        from the median in median absolute deviations, is over 3.5 and it is 20 %
        off the median.

        References
        ----------
        Iglewicz B, Hoaglin DC. How to detect and handle outliers. ASQC Quality
        Press, 1993.
        """
        to_check = ToCheck(
            X=self.X,
            labels=self.y,
            groups=self.groups,
            clinical=self.clinical,
            target=self.target,
            name=None if self.source is None else self.source.name,
            findings=questions_about(
                self.X.index.to_series(),
                None if (self.groups == self.X.index).all() else self.groups,
                self.clinical,
                self.y,
            ),
            skipped=frozenset(),
        )
        return check_cases(
            to_check,
            resampled_spacing_mm=resampled_spacing_mm,
            min_voxels=min_voxels,
            on_mismatch=on_mismatch,
            modality=modality,
            one_value_a_patient=one_value_a_patient,
            n_jobs=n_jobs,
            verbose=verbose,
        )

    def _rows(self, cases: Any) -> np.ndarray:
        if isinstance(cases, pd.Series) and cases.dtype == bool and set(cases.index) == set(self.X.index):
            cases = cases.reindex(self.X.index)
        values = np.asarray(cases)
        if values.dtype == bool:
            if values.shape != (len(self),):
                raise CohortError(
                    f"select was given {values.size} booleans for {len(self)} cases", advice="Give one boolean a case."
                )
            return np.flatnonzero(values)
        rows = self.X.index.get_indexer(pd.Index(values))
        if (rows < 0).any():
            unknown = [str(case) for case in values[rows < 0][:5]]
            raise CohortError(
                f"select: {int((rows < 0).sum())} case_id not in the cohort, among them {', '.join(unknown)}",
                advice=f"Known ones are like {self.X.index[0]!r}.",
            )
        return rows


def _file_name(source: Any) -> str:
    """Name an image without its folders, also those of another system; an empty cell has no name."""
    return "" if source is None or isinstance(source, float) else PureWindowsPath(describe_source(source)).name
