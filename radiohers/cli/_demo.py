"""radiohers demo: the main job on a synthetic cohort, or on the user's."""

from pathlib import Path

import click

from radiohers._output_files import refuse_existing
from radiohers.cli._options import force_option, n_jobs_option, out_option, params_option, positive_option, seed_option
from radiohers.cli._show import show_table
from radiohers.cohort import Cohort, read_cohort
from radiohers.datasets import make_ct_cohort
from radiohers.protocols import run_main_job

__all__ = ["demo"]


@click.command(
    epilog="""\b
Examples:
  radiohers demo --out demo
  radiohers demo --out mine --cohort cohort.csv --target her2
"""
)
@out_option("the folder with report.html and model.joblib")
@click.option("--cohort", "cohort_csv", type=click.Path(path_type=Path), help="Your cohort instead of a synthetic one.")
@click.option("--target", help="Column of the labels in your cohort.")
@positive_option
@params_option
@click.option(
    "--n-patients", default=40, show_default=True, type=click.IntRange(min=10), help="Of the synthetic cohort."
)
@click.option("--signal", default=1.0, show_default=True, help="Of the synthetic cohort: 0 is none, 1 is strong.")
@n_jobs_option
@seed_option
@force_option
def demo(
    out: Path,
    cohort_csv: Path | None,
    target: str | None,
    positive: str | None,
    params: str,
    n_patients: int,
    signal: float,
    n_jobs: int,
    seed: int,
    force: bool,
) -> None:
    """Run the whole job: comparison, report, saved model.

    Logistic regression, random forest and MLP are compared on the same features and folds.
    Without --cohort a synthetic cohort is made first.
    """
    if (cohort_csv is None) != (target is None):
        raise click.UsageError("--cohort and --target go together: name the table, and its column of labels.")
    for name in ("report.html", "predictions.csv", "model.joblib"):
        refuse_existing(out / name, force)
    if cohort_csv is None:
        cohort, title = _synthetic(out / "cohort", n_patients, signal, seed, force), "Demo on a synthetic cohort"
    else:
        cohort = read_cohort(cohort_csv, target=target, positive=positive)
        title = f"Prediction of {target} from CT"
    click.echo(repr(cohort), err=True)
    files = run_main_job(cohort, out, params, title=title, n_jobs=n_jobs, random_state=seed, force=force, verbose=1)
    show_table(files.comparison)
    click.echo(f"\nreport:      {files.report.resolve()}")
    click.echo(f"predictions: {files.predictions.resolve()}")
    click.echo(f"model:       {files.model.resolve()}")


def _synthetic(folder: Path, n_patients: int, signal: float, seed: int, force: bool) -> Cohort:
    csv = make_ct_cohort(folder, n_patients=n_patients, signal=signal, random_state=seed, overwrite=force, verbose=1)
    return read_cohort(csv, target="her2")
