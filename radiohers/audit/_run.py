"""Running the checks of an audit on a comparison."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import pandas as pd

from radiohers._numbers import number_text
from radiohers.audit._baselines import (
    Baseline,
    baseline_row,
    column_lines,
    compare_with,
    majority_lines,
    not_shown_lines,
    table_baselines,
)
from radiohers.audit._cnn import crop_geometry_lines, grad_cam_lines
from radiohers.audit._context import AuditContext
from radiohers.audit._permutation import chance_lines, shuffled_label_lines
from radiohers.audit._result import Audit, AuditLine
from radiohers.audit._split import split_lines
from radiohers.audit._tables import (
    BaselineTable,
    acquisition_table,
    check_columns,
    clinical_table,
    size_only_table,
)
from radiohers.audit._voxels import shuffled_voxel_lines
from radiohers.cohort import Cohort
from radiohers.exceptions import CohortError, RadiohersError
from radiohers.results import matching_cohort, with_patients

__all__ = ["CHECKS", "run_audit"]

CHECKS = (
    "split",
    "chance",
    "majority class",
    "lesion volume",
    "acquisition",
    "clinical",
    "shuffled labels",
    "shuffled voxels",
    "crop geometry",
    "grad-cam",
)
# Above this rank correlation of the sizes of images and lesions, images were cut to the lesions.
_CROPPED = 0.9


class _Found:
    """What has been found so far."""

    def __init__(self) -> None:
        self.lines: list[AuditLine] = []
        self.baselines: list[Baseline] = []
        self.columns: list[pd.DataFrame] = []
        self.pairs = pd.DataFrame()
        self.null = pd.DataFrame()


def run_audit(
    comparison: Any,
    cohort: Cohort,
    *,
    checks: Collection[str] | str,
    clinical: Sequence[str] | None,
    acquisition: Sequence[str] | None,
    n_permutations: int,
    memory: Any,
    n_jobs: int | None,
    random_state: int,
    verbose: int,
) -> Audit:
    """Run the checks of an audit on a comparison.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    cohort : Cohort
        Its cases.
    checks, clinical, acquisition, n_permutations, memory, n_jobs, random_state, verbose : object
        As in :func:`audit`.

    Returns
    -------
    Audit
        What was found.
    """
    named = frozenset() if checks == "all" else frozenset(checks)
    chosen = CHECKS if checks == "all" else tuple(check for check in CHECKS if check in named)
    if cohort.y is None:
        raise CohortError("the cohort has no target. Read it with one: read_cohort(csv, target=...).")
    cohort = matching_cohort(comparison, cohort)
    comparison = with_patients(comparison, cohort)
    check_columns(acquisition, cohort.clinical, "acquisition")
    check_columns(clinical, cohort.clinical, "clinical")
    context = AuditContext(comparison, cohort, memory, n_jobs, random_state, verbose, named)
    found = _Found()
    run: dict[str, Callable[[], None]] = {
        "split": lambda: _split(context, found),
        "majority class": lambda: found.lines.extend(majority_lines(context)),
        "lesion volume": lambda: _volume(context, found),
        "acquisition": lambda: _acquisition(context, found, acquisition),
        "clinical": lambda: _clinical(context, found, clinical, acquisition),
        "shuffled labels": lambda: _labels(context, found, n_permutations),
        "shuffled voxels": lambda: _with_baselines(found, *shuffled_voxel_lines(context)),
        "crop geometry": lambda: _with_baselines(found, *crop_geometry_lines(context)),
        "grad-cam": lambda: found.lines.extend(grad_cam_lines(context)),
        # Last, since it looks at the refits with shuffled labels.
        "chance": lambda: found.lines.extend(chance_lines(context, found.null)),
    }
    for check, carry_out in run.items():
        if check in chosen:
            _carry_out(context, found, check, carry_out)
    found.lines += not_shown_lines(context)
    settings = {
        "checks": list(chosen),
        "n_permutations": n_permutations,
        "random_state": random_state,
        "n_cases": context.n,
        "n_patients": comparison.n_patients(),
        "n_folds": len(comparison.folds),
        "n_bootstraps": comparison.settings["n_bootstraps"],
        "confidence_level": comparison.settings["confidence_level"],
    }
    rows = [baseline_row(context, baseline) for baseline in found.baselines]
    baselines = pd.DataFrame(rows).set_index("baseline") if rows else pd.DataFrame()
    columns = pd.concat(found.columns) if found.columns else pd.DataFrame()
    return Audit(found.lines, baselines, columns, found.pairs, found.null, settings, cohort)


def _carry_out(context: AuditContext, found: _Found, check: str, carry_out: Callable[[], None]) -> None:
    # One check that cannot be run must not take the others with it; that it was not run is said.
    try:
        carry_out()
    except RadiohersError as error:
        # The error names a case and its files, which a report does not.
        message = f"It stopped with a {type(error).__name__}; the audit's table says at which case."
        advice = "Mend the case, and run the audit again."
        found.lines.append(AuditLine(check, "all models", "not run", message, advice, n=context.n, cases=(str(error),)))


def _with_baselines(found: _Found, lines: list[AuditLine], baselines: list[Baseline]) -> None:
    found.lines += lines
    found.baselines += baselines


def _split(context: AuditContext, found: _Found) -> None:
    lines, found.pairs = split_lines(context)
    found.lines += lines


def _labels(context: AuditContext, found: _Found, n_permutations: int) -> None:
    lines, found.null = shuffled_label_lines(context, n_permutations)
    found.lines += lines


def _volume(context: AuditContext, found: _Found) -> None:
    X = size_only_table(context)
    if X.isna().all(axis=None):
        reason = "No case has a mask, so no lesion has a volume."
        found.lines.append(AuditLine("lesion volume", "all models", "not run", reason, "Draw masks.", n=context.n))
        return
    _compare_tables(context, found, "lesion volume", X, ["lr"])


def _acquisition(context: AuditContext, found: _Found, named: Sequence[str] | None) -> None:
    table = acquisition_table(context, named)
    _columns(context, found, "acquisition", table, ["lr", "rf"], _cropped_note(context) + table.left_out_text())


def _clinical(
    context: AuditContext, found: _Found, named: Sequence[str] | None, acquisition: Sequence[str] | None
) -> None:
    table = clinical_table(context, named, acquisition)
    _columns(context, found, "clinical", table, ["lr"], table.left_out_text())


def _columns(
    context: AuditContext, found: _Found, check: str, table: BaselineTable, classifiers: list[str], note: str
) -> None:
    if table.X.columns.empty:
        reason = f"No column of this kind differs between cases.{table.left_out_text()}"
        advice = "Put what is known (site, scanner, age, stage) in the cohort's table, or name columns."
        found.lines.append(AuditLine(check, "all models", "not run", reason, advice, n=context.n))
        return
    lines, columns = column_lines(context, table, check, note)
    found.lines += lines
    found.columns.append(columns)
    _compare_tables(context, found, check, table.X, classifiers)


def _compare_tables(context: AuditContext, found: _Found, check: str, X: pd.DataFrame, classifiers: list[str]) -> None:
    for baseline in table_baselines(context, check, X, classifiers):
        found.lines += compare_with(context, baseline)
        found.baselines.append(baseline)


def _cropped_note(context: AuditContext) -> str:
    sizes = context.sizes[["image_ml", "lesion_box_ml"]]
    rank_correlation = float(sizes[sizes["lesion_box_ml"] > 0].rank().corr().iloc[0, 1])
    if not rank_correlation > _CROPPED:
        return ""
    return (
        f" Images seem to be cut to the lesions (rank correlation of their sizes {number_text(rank_correlation)}), so "
        "that their size is that of the lesion."
    )
