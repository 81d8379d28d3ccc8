"""Checking a cohort table as it lies on disk, whatever is wrong with its rows."""

import os
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import pandas as pd

from radiohers.cohort._cases import Case
from radiohers.cohort._check import ToCheck, check_cases
from radiohers.cohort._check_findings import Finding
from radiohers.cohort._check_result import CohortCheck
from radiohers.cohort._labels import positive_label
from radiohers.cohort._problems import ADVICE, Problem
from radiohers.cohort._read import Rows, case_columns, read_rows
from radiohers.exceptions import CohortError

__all__ = ["check_cohort"]

_OF_THE_TARGET = "Correct the label, or take the row out of the table."
_OF_OTHERS = "Correct the cell."
# Without these a case cannot even be looked for.
_OF_FILES = ("image", "mask", "mask_label")


def check_cohort(
    csv: str | os.PathLike,
    target: str | None = None,
    positive: Any = None,
    *,
    resampled_spacing_mm: Sequence[float] | None = None,
    min_voxels: int = 50,
    on_mismatch: Literal["raise", "resample"] = "raise",
    modality: Literal["ct", "other"] = "ct",
    one_value_a_patient: str | Sequence[str] = (),
    n_jobs: int | None = None,
    verbose: int = 0,
) -> CohortCheck:
    """Check a cohort table before anything is computed.

    Unlike :func:`read_cohort`, which stops at bad rows, it looks at every row
    and file, and says of each what is wrong.

    Parameters
    ----------
    csv : path-like
        The table; see :func:`read_cohort`.
    target : str, default=None
        The column of the labels. None looks at no labels.
    positive : object, default=None
        The positive class.
    resampled_spacing_mm, min_voxels, on_mismatch, modality, one_value_a_patient, n_jobs, verbose
        See :meth:`Cohort.check`.

    Returns
    -------
    CohortCheck
        What was found.

    Raises
    ------
    CohortError
        If it is not a table, or lacks a column: then there are no cases to look at.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from radiohers.cohort import check_cohort
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "cohort.csv").write_text("case_id,image,mask\\nA,a.nii.gz,m.nii.gz")
    ...     check = check_cohort(Path(folder, "cohort.csv"))
    >>> check
    <CohortCheck: 1 case: 1 error, 0 warn, 0 ok>
    >>> check.findings["check"].tolist()
    ['file', 'file']
    """
    return check_cases(
        _to_check(read_rows(csv, target), target, positive),
        resampled_spacing_mm=resampled_spacing_mm,
        min_voxels=min_voxels,
        on_mismatch=on_mismatch,
        modality=modality,
        one_value_a_patient=one_value_a_patient,
        n_jobs=n_jobs,
        verbose=verbose,
    )


def _to_check(rows: Rows, target: str | None, positive: Any) -> ToCheck:
    names = _names(rows.ids)
    table = rows.table.set_axis(names, axis=0)
    findings = [*(_finding(problem, names, target) for problem in rows.problems), *rows.questions]
    # Told once; to look at the classes further would say it again.
    are_classes = not any(problem.is_general and problem.column == target for problem in rows.problems)
    if are_classes and rows.labels is not None and positive is not None:
        findings += _not_a_class(rows.labels.dropna(), positive)
    skipped = {names[problem.row - 1] for problem in rows.problems if problem.column in _OF_FILES}
    groups = pd.Series(names, index=names, dtype=object)
    if "patient_id" in table.columns:
        given = table["patient_id"].str.strip().replace("", None)
        groups = given.where(given.notna(), groups)
    other = {"case_id", "patient_id", target, *Case._fields}
    return ToCheck(
        X=case_columns(table, rows.path),
        labels=rows.labels.set_axis(names) if rows.labels is not None and are_classes else None,
        groups=groups,
        clinical=table[[column for column in table.columns if column not in other]],
        target=target,
        name=rows.path.name,
        findings=findings,
        skipped=frozenset(skipped),
    )


def _names(ids: pd.Series) -> pd.Index:
    """Give every row a name of its own, also where the table does not."""
    twice = ids.duplicated()
    names = [
        f"{case_id} (row {row})" if is_again else case_id or f"row {row}"
        for row, (case_id, is_again) in enumerate(zip(ids, twice, strict=True), start=1)
    ]
    return pd.Index(names, name="case_id")


def _not_a_class(labels: pd.Series, positive: Any) -> Iterator[Finding]:
    try:
        positive_label(labels, positive)
    except CohortError as error:
        yield Finding("", "error", "classes", str(positive), error.what, error.advice)


def _finding(problem: Problem, names: pd.Index, target: str | None) -> Finding:
    message = f"{problem.column}: {problem.text}"
    if problem.is_general:
        return Finding("", "error", "classes", "", message, problem.advice)
    check = "file" if problem.column in ("image", "mask", "boxes") else problem.column
    advice = _OF_THE_TARGET if problem.column == target else ADVICE.get(problem.column, _OF_OTHERS)
    return Finding(names[problem.row - 1], "error", check, f"row {problem.row}", message, advice)
