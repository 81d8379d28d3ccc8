"""radiohers advise: settings of an extraction that fit the training cases."""

from pathlib import Path

import click

from radiohers._output_files import refuse_existing
from radiohers.cli._options import (
    cache_option,
    cohort_argument,
    force_option,
    n_jobs_option,
    out_option,
    params_option,
)
from radiohers.cohort import Cohort, read_cohort
from radiohers.exceptions import CohortError
from radiohers.features import advise_params

__all__ = ["advise"]


@click.command(
    epilog="""\b
Examples:
  radiohers advise cohort.csv --out params.yaml
  radiohers advise cohort.csv --train split=train --out params.yaml
"""
)
@cohort_argument
@out_option("the parameter file (.yaml)")
@click.option("--train", metavar="COLUMN=VALUE", help="The training cases; without it all, which is seldom right.")
@params_option
@n_jobs_option
@cache_option
@force_option
def advise(
    cohort_csv: Path, out: Path, train: str | None, params: str, n_jobs: int, cache: Path | None, force: bool
) -> None:
    """Write a parameter file that fits the training cases.

    Voxel size, dimensions and bin width are advised, with the numbers they rest on as comments; the rest is taken
    from --params. Labels are not looked at.
    """
    out = refuse_existing(out, force)
    if out.suffix.lower() not in (".yaml", ".yml"):
        raise click.UsageError(f"--out is {out}; a parameter file ends in .yaml or .yml.")
    cohort = read_cohort(cohort_csv)
    chosen = None if train is None else _training(cohort, train)
    advice = advise_params(cohort, chosen, params=params, n_jobs=n_jobs, memory=cache, verbose=1)
    advice.save(out, force=force)
    click.echo(f"{out}: {advice!r}")


def _training(cohort: Cohort, train: str) -> list:
    column, equals, value = train.partition("=")
    if not equals:
        raise click.UsageError(f"--train is {train!r}; write COLUMN=VALUE, for instance split=train.")
    if column not in cohort.clinical.columns:
        raise CohortError(f"the table has no column {column!r}; its columns are {', '.join(cohort.clinical.columns)}.")
    chosen = cohort.clinical[column].astype(str).str.strip() == value
    if not chosen.any():
        values = ", ".join(sorted(cohort.clinical[column].astype(str).unique())[:10])
        raise CohortError(f"no case has {value!r} in column {column!r}; its values are {values}.")
    return cohort.X.index[chosen].tolist()
