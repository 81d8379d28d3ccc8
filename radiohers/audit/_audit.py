"""audit: what could explain a result without biology."""

from collections.abc import Collection, Sequence
from numbers import Integral
from typing import Any

from radiohers._sklearn import HasMethods, StrOptions, validate_params
from radiohers._sklearn import Interval as Range
from radiohers.audit._baselines import not_shown_lines
from radiohers.audit._check import CHECKS, Check, Reason, find_checks
from radiohers.audit._context import AuditContext
from radiohers.audit._result import Audit, AuditLine
from radiohers.audit._tables import check_columns
from radiohers.cohort import Cohort
from radiohers.exceptions import CohortError, RadiohersError
from radiohers.results import Comparison, matching_cohort, with_patients

__all__ = ["audit"]

_MUTED = Reason("It was muted.", "Run the audit without muting it before the result is believed.")


@validate_params(
    {
        "comparison": [Comparison],
        "cohort": [Cohort],
        "checks": [StrOptions({"all"}), list, tuple, set, frozenset],
        "mute": [list, tuple, set, frozenset],
        "clinical": [list, tuple, None],
        "acquisition": [list, tuple, None],
        "n_permutations": [Range(Integral, 0, None, closed="left")],
        "memory": [str, HasMethods("__fspath__"), HasMethods("cache"), None],
        "n_jobs": [Integral, None],
        "random_state": [Range(Integral, 0, None, closed="left")],
        "verbose": ["verbose"],
    },
    prefer_skip_nested_validation=True,
)
def audit(
    comparison: Comparison,
    cohort: Cohort,
    *,
    checks: Collection[str] = "all",
    mute: Collection[str] = (),
    clinical: Sequence[str] | None = None,
    acquisition: Sequence[str] | None = None,
    n_permutations: int = 20,
    memory: Any = None,
    n_jobs: int | None = None,
    random_state: int = 0,
    verbose: int = 0,
) -> Audit:
    """Check what could explain a result without biology.

    Parameters
    ----------
    comparison : Comparison
        A result of :func:`~radiohers.evaluation.compare_models`, whose folds, predictions and extracted features are
        used.
    cohort : Cohort
        The cases, with their patients. The split is judged by these patients,
        whatever the comparison was told; by those of the comparison where the cohort has none.
    checks : "all" or collection of str, default="all"
        Codes ("AUD003") or titles ("same image") of :data:`CHECKS`. With "all", networks and searches are not refitted
        with shuffled labels or voxels; naming the check does it.
    mute : collection of str, default=()
        Codes or titles of checks that are not run; each has a line that says so.
    clinical : list of str, default=None
        Columns of ``cohort.clinical`` for the clinical baseline; None takes all that are
        not acquisition, less those that name cases or have one value.
    acquisition : list of str, default=None
        Columns of ``cohort.clinical`` that say how images were made, besides those that
        are known by their names (site, scanner, kernel, slice_thickness_mm, ...) and
        the spacing and size of the images.
    n_permutations : int, default=20
        Number of times that labels are shuffled and the models refitted on all
        folds. p is at least 1 / (1 + n_permutations), so with fewer than 19 the check is not
        run, but for the search for a leak from 5 on.
    memory : str, path-like or joblib.Memory, default=None
        Folder of the cache of what was read from the images.
    n_jobs : int, default=None
        Number of cases or fits at the same time; it does not change the result.
    random_state : int, default=0
        Seed of the shuffles and of the baselines.
    verbose : int, default=0
        Whether to show progress bars.

    Returns
    -------
    Audit
        A line for each check and model, which says pass, warn or fail, or why it was not run.

    Raises
    ------
    CohortError
        If the cohort is not that of the comparison, or a named column is missing.
    ValueError
        If a name in `checks` or `mute` is neither the code nor the title of a check.

    Notes
    -----
    All AUCs are means over the folds, with one draw of patients for all models and
    baselines, so that differences are paired. Every rule errs on the side of the alarm:
    models and differences have the wide interval of the comparison, which holds the spread of
    other training sets; baselines and columns that of the patient bootstrap. Differences from baselines that are not
    above chance are one line for all checks and models. The rule of each check is in the guide, and in
    :data:`CHECKS`, as ``CHECKS["AUD003"].rule``.

    What an audit passes is not proved; what it does not know of, such as another
    contrast phase that nobody wrote down, it cannot find.

    References
    ----------
    Welch ML, McIntosh C, Haibe-Kains B, et al. Vulnerabilities of radiomic signature
    development: the need for safeguards. Radiother Oncol 2019;130:2-9.
    doi:10.1016/j.radonc.2018.10.027

    Examples
    --------
    >>> import tempfile
    >>> from radiohers import make_radiomics_pipeline, read_cohort
    >>> from radiohers.datasets import make_ct_cohort
    >>> from radiohers.audit import audit
    >>> from radiohers.evaluation import compare_models
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cohort = read_cohort(make_ct_cohort(folder, n_patients=8, shape=(8, 32, 40)), target="her2")
    ...     models = {"LR": make_radiomics_pipeline("lr", params="first_order_shape")}
    ...     result = compare_models(models, cohort, cv=2, n_bootstraps=100)
    ...     found = audit(result, cohort, checks=["AUD001", "same image", "majority class"], mute=["AUD003"])
    >>> found.table()[["code", "check", "level"]]
         code           check    level
    0  AUD001    same patient     pass
    1  AUD003      same image  not run
    2  AUD008  majority class     warn
    >>> found.failed
    []
    """
    chosen = list(CHECKS) if checks == "all" else find_checks(checks)
    muted = find_checks(mute, "mute")
    if cohort.y is None:
        raise CohortError("the cohort has no target", advice="Read it with one: read_cohort(csv, target=...).")
    cohort = matching_cohort(comparison, cohort)
    comparison = with_patients(comparison, cohort)
    check_columns(acquisition, cohort.clinical, "acquisition")
    check_columns(clinical, cohort.clinical, "clinical")
    context = AuditContext(
        comparison,
        cohort,
        chosen=frozenset(chosen) - frozenset(muted),
        named=frozenset() if checks == "all" else frozenset(chosen),
        clinical=clinical,
        acquisition=acquisition,
        n_permutations=n_permutations,
        memory=memory,
        n_jobs=n_jobs,
        random_state=random_state,
        verbose=verbose,
    )
    lines = [line for code in chosen for line in _lines(CHECKS[code](), context)]
    settings = {
        "checks": chosen,
        "mute": muted,
        "n_permutations": n_permutations,
        "random_state": random_state,
        "n_cases": context.n,
        "n_patients": comparison.n_patients(),
        "n_folds": len(comparison.folds),
        "n_bootstraps": comparison.settings["n_bootstraps"],
        "confidence_level": comparison.settings["confidence_level"],
    }
    return Audit([*lines, *not_shown_lines(context)], settings=settings, cohort=cohort, **context.tables)


def _lines(check: Check, context: AuditContext) -> list[AuditLine]:
    """Return what a check found, or the line that says why it was not run."""
    if check.code not in context.chosen:
        return [check.not_run(context, _MUTED)]
    # One check that cannot be run must not take the others with it; that it was not run is said.
    try:
        reason = check.applies(context)
        return check.lines(context) if reason is None else [check.not_run(context, reason)]
    except RadiohersError as error:
        # Of its fields, the case and its files are not for a report.
        message = RadiohersError(f"It stopped: {error.what}", advice="The audit's table says at which case.")
        advice = "Fix the case, and run the audit again."
        return [check.line(context, "not run", str(message), advice=advice, cases=[str(error)])]
