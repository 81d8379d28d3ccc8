"""radiohers extract: features of every case as a table."""

from pathlib import Path

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
from radiohers.features import RadiomicsExtractor

__all__ = ["extract"]


@click.command(
    epilog="""\b
Examples:
  radiohers extract cohort.csv --out features.csv
  radiohers extract cohort.csv --params bladder_ctu --n-jobs 4 --out features.csv
"""
)
@cohort_argument
@out_option("the table of features")
@params_option
@n_jobs_option
@cache_option
@on_error_option
@force_option
def extract(cohort_csv: Path, out: Path, params: str, n_jobs: int, cache: Path, on_error: str, force: bool) -> None:
    """Write a table of radiomic features.

    One row a case, one column a feature, in pyradiomics' names.
    """
    out = refuse_existing(out, force)
    cohort = read_cohort(cohort_csv)
    extractor = RadiomicsExtractor(params=params, n_jobs=n_jobs, memory=cache, on_error=on_error, verbose=1)
    features = extractor.transform(cohort.X)
    write_whole(out, features.to_csv)
    n_failed = len(extractor.failures_)
    failed = f", {n_failed} of them with missing values" if n_failed else ""
    click.echo(f"{out}: {len(features)} cases{failed}, {features.shape[1]} features")
