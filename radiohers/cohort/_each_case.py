"""The same work for every case: side by side, cached, and with failures that are seen."""

import logging
import os
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pandas as pd
import SimpleITK as sitk
from joblib import Parallel, delayed
from tqdm import tqdm

from radiohers._cache import with_fault, without_faults
from radiohers._workers import ignore_stopped_workers
from radiohers.cohort._cases import Case
from radiohers.exceptions import CaseError, ExtractionWarning, RadiohersError

__all__ = ["CaseResult", "error_of_case", "failure_table", "work_on_cases"]

_LOG = logging.getLogger("radiohers")


class CaseResult(NamedTuple):
    """What came of one case: its value, or the error that stopped it, or a part of the value and why not all.

    Attributes
    ----------
    value : object
        What the work gave; None if nothing did.
    error : RadiohersError or None
        Why there is no value, or a part of it alone.
    trace : str or None
        Where in the code an error rose that is none of radiohers' own.
    """

    value: Any
    error: RadiohersError | None = None
    trace: str | None = None


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
        Takes a case. Whatever it raises becomes the case's result; an
        interruption (Ctrl-C) stops all.
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

    Notes
    -----
    Where an error was raised is logged at level DEBUG, also from other
    processes, which do not hand it over with the error.
    """
    main_process = os.getpid()
    ignore_stopped_workers()
    results = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(with_fault)(_work_on_one, work, case, main_process) for case in cases
    )
    bar = tqdm(without_faults(results), total=len(cases), unit="case", desc=description, disable=not verbose)
    return list(_errors_seen(bar, on_error, consequence))


def _errors_seen(results: Iterator[CaseResult], on_error: str, consequence: str) -> Iterator[CaseResult]:
    for result in results:
        if result.error is not None:
            if result.trace is not None:
                _LOG.debug("%s\n%s", result.error, result.trace)
            if on_error == "raise":
                if result.trace is not None and result.error.__cause__ is None:
                    raise result.error from CaseError(f"in another process:\n{result.trace}")
                raise result.error
            warnings.warn(f"{result.error} {consequence}", ExtractionWarning, stacklevel=5)
        yield result


def _work_on_one(work: Callable[[Case], CaseResult], case: Case, main_process: int) -> CaseResult:
    if os.getpid() != main_process:
        # A worker beside others, whose filters get one thread each.
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        return work(case)
    except Exception as error:
        return CaseResult(None, error_of_case(error, case.case_id), traceback.format_exc())


def error_of_case(error: Exception, case_id: Any) -> RadiohersError:
    """Return an error that names the case: of the same class if radiohers raised it, else a :class:`CaseError`.

    Parameters
    ----------
    error : Exception
        What was raised while the case was worked on. It becomes the cause.
    case_id : object
        Name of the case.

    Returns
    -------
    RadiohersError
        Whose message begins with the case.
    """
    if isinstance(error, RadiohersError):
        if error.case is not None:
            return error
        named = error.with_case(case_id)
    else:
        reason = " ".join(str(error).split()).rstrip(".!") or "no reason is given"
        advice = (
            "The memory is not enough for it: close other programs, or work on fewer cases at the same time (n_jobs)."
            if isinstance(error, MemoryError)
            else "Look at its files with another program. If they are in order, this is a fault of radiohers; the "
            "logger 'radiohers' says at level DEBUG where it is."
        )
        named = CaseError(f"{type(error).__name__}: {reason}", advice=advice, case=case_id)
    named.__cause__ = error
    return named


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
