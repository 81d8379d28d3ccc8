"""radiohers score: probabilities of new cases."""

from pathlib import Path

import click
import joblib

from radiohers._output_files import refuse_existing, write_whole
from radiohers.cli._options import cohort_argument, force_option, n_jobs_option, on_error_option, out_option
from radiohers.cohort import read_cohort
from radiohers.model_io import load_model

__all__ = ["score"]


@click.command(
    epilog="""\b
Examples:
  radiohers score model.joblib new_patients.csv --out scores.csv
"""
)
@click.argument("model_file", metavar="MODEL", type=click.Path(path_type=Path))
@cohort_argument
@out_option("the table of case_id, probability and class")
@n_jobs_option
@on_error_option
@force_option
def score(model_file: Path, cohort_csv: Path, out: Path, n_jobs: int, on_error: str, force: bool) -> None:
    """Score new cases with a saved model.

    A model file can run code when it is opened: use only files that you or people you trust have written.
    """
    out = refuse_existing(out, force)
    model = load_model(model_file)
    cohort = read_cohort(cohort_csv)
    with joblib.parallel_config(n_jobs=n_jobs):
        scores = model.score_cases(cohort.X, on_error=on_error, verbose=1)
    write_whole(out, scores.to_csv)
    n_positive = int((scores["class"] == model.positive).sum())
    n_failed = int(scores["probability"].isna().sum())
    failed = f", {n_failed} without a score" if n_failed else ""
    click.echo(
        f"{out}: {len(scores)} cases{failed}, {n_positive} called {model.positive} "
        f"(probability of {model.positive} at least {model.threshold:.3g}). For research use only."
    )
