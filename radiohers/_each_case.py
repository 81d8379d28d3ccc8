"""The same work for every case: side by side, cached, and with failures that are seen."""

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import SimpleITK as sitk
from joblib import Memory, Parallel, delayed
from sklearn.utils.validation import check_memory
from tqdm import tqdm

from radiohers._workers import ignore_stopped_workers
from radiohers.cohort import Case
from radiohers.exceptions import ExtractionWarning, RadiohersError

__all__ = ["CaseResult", "failure_table", "find_memory", "work_on_cases"]


class CaseResult(NamedTuple):
    """What came of one case: its value, or the error that stopped it, or a part of the value and why not all."""

    value: Any
    error: RadiohersError | None = None


def work_on_cases(
    work: Callable[[Case], CaseResult],
    cases: list[Case],
    *,
    n_jobs: int | None,
    on_error: str,
    consequence: str,
    description: str,
    verbose: int,
) -> list[CaseResult]:
    """Do the work for every case, and return what came of it in the order of the cases.

    Parameters
    ----------
    work : callable
        Takes a case. It may raise a :class:`RadiohersError`, which becomes the
        case's result.
    cases : list of Case
        The cases.
    n_jobs : int or None
        Number of cases at the same time, as in joblib.
    on_error : str
        "raise" raises the error of the first case that failed; anything else warns.
    consequence : str
        What becomes of a case that failed, as the last sentence of the warning.
    description : str
        Name of the progress bar.
    verbose : int
        Whether to show it.

    Returns
    -------
    list of CaseResult
        One a case; its errors name the case.
    """
    main_process = os.getpid()
    ignore_stopped_workers()
    results = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_work_on_one)(work, case, main_process) for case in cases
    )
    bar = tqdm(results, total=len(cases), unit="case", desc=description, disable=not verbose)
    return list(_errors_seen(bar, on_error, consequence))


def _errors_seen(results: Iterator[CaseResult], on_error: str, consequence: str) -> Iterator[CaseResult]:
    for result in results:
        if result.error is not None:
            if on_error == "raise":
                raise result.error
            warnings.warn(f"{result.error} {consequence}", ExtractionWarning, stacklevel=5)
        yield result


def _work_on_one(work: Callable[[Case], CaseResult], case: Case, main_process: int) -> CaseResult:
    if os.getpid() != main_process:
        # A worker beside others, whose filters get one thread each.
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        return work(case)
    except RadiohersError as error:
        return CaseResult(None, _with_case(error, case))


def _with_case(error: RadiohersError, case: Case) -> RadiohersError:
    prefix = f"case {case.case_id!r}: "
    message = str(error)
    return error if message.startswith(prefix) else type(error)(prefix + message)


def failure_table(cases: list[Case], results: list[CaseResult]) -> pd.DataFrame:
    """Return the cases that failed.

    Parameters
    ----------
    cases : list of Case
        The cases.
    results : list of CaseResult
        What came of them.

    Returns
    -------
    DataFrame of shape (n_failures, 3)
        The columns ``case_id``, ``error`` (its class) and ``reason``.
    """
    rows = [
        (case.case_id, type(result.error).__name__, str(result.error))
        for case, result in zip(cases, results, strict=True)
        if result.error is not None
    ]
    return pd.DataFrame(rows, columns=["case_id", "error", "reason"])


def find_memory(memory: Any) -> Memory:
    """Return the cache that an estimator's parameter ``memory`` names.

    Parameters
    ----------
    memory : str, path-like, joblib.Memory or None
        A folder, a cache, or None for no cache.

    Returns
    -------
    joblib.Memory
        Its ``location`` is None where nothing is kept.
    """
    if isinstance(memory, (str, Path)):
        memory = str(Path(os.path.expanduser(memory)))
    return check_memory(memory)
