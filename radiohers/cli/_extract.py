"""radiohers extract: features of every case as a table."""

from pathlib import Path
from typing import Any

import click

from radiohers._output_files import refuse_existing, write_whole
from radiohers.cli._options import (
    cache_option,
    cohort_argument,
    force_option,
    n_jobs_option,
    on_error_option,
    out_option,
    params_option,
)
from radiohers.cohort import read_cohort
from radiohers.features import EngineComparison, RadiomicsExtractor, compare_engines
from radiohers.features.engines import list_engines

__all__ = ["extract"]

_N_SHOWN = 10
# What the engines promise.
_TOLERANCE = 1e-9


@click.command(
    epilog="""\b
Examples:
  radiohers extract cohort.csv --out features.csv
  radiohers extract cohort.csv --params bladder_ctu --n-jobs 4 --out features.csv
  radiohers extract cohort.csv --engine both --out features.csv
"""
)
@cohort_argument
@out_option("the table of features")
@params_option
@click.option(
    "--engine",
    type=click.Choice([*list_engines(), "both"]),
    default="native",
    show_default=True,
    help="What computes the features: compiled kernels, or pyradiomics itself, with the same values; 'both' compares "
    "the two on these cases, and keeps pyradiomics'.",
)
@n_jobs_option
@cache_option
@on_error_option
@force_option
def extract(
    cohort_csv: Path, out: Path, params: str, engine: str, n_jobs: int, cache: Path | None, on_error: str, force: bool
) -> None:
    """Write a table of radiomic features.

    One row a case, one column a feature, in pyradiomics' names.
    """
    out = refuse_existing(out, force)
    cohort = read_cohort(cohort_csv)
    options: dict[str, Any] = {"params": params, "n_jobs": n_jobs, "memory": cache, "on_error": on_error, "verbose": 1}
    if engine == "both":
        # From the cache both would take no time.
        comparison = compare_engines(cohort.X, **{**options, "memory": None})
        features, n_failed = comparison.features, len(comparison.failures)
        click.echo(_differences(comparison))
    else:
        extractor = RadiomicsExtractor(engine=engine, **options)
        features = extractor.transform(cohort.X)
        n_failed = len(extractor.failures_)
        if extractor.handed_over_:
            click.echo(f"Computed by pyradiomics: {', '.join(extractor.handed_over_)}")
    write_whole(out, features.to_csv)
    failed = f", {n_failed} of them with missing values" if n_failed else ""
    click.echo(f"{out}: {len(features)} cases{failed}, {features.shape[1]} features")


def _differences(comparison: EngineComparison) -> str:
    """Say where the engines differ most, and how long each took."""
    seconds, worst = comparison.seconds, comparison.worst
    lines = [
        f"pyradiomics {seconds['pyradiomics']:.1f} s, native {seconds['native']:.1f} s",
        f"{(worst['difference'] > _TOLERANCE).sum()} of {len(worst)} features differ by more than {_TOLERANCE:g} "
        "(relative). The worst:",
        worst.head(_N_SHOWN).to_string(),
    ]
    if comparison.handed_over:
        lines.append(f"Computed by pyradiomics either way: {', '.join(comparison.handed_over)}")
    return "\n".join(lines)
