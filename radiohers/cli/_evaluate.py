"""radiohers evaluate: a cross-validated comparison with a report."""

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
    positive_option,
    seed_option,
    target_option,
)
from radiohers.cli._show import show_table
from radiohers.cohort import read_cohort
from radiohers.evaluation import RepeatedStratifiedGroupKFold, StratifiedGroupShuffleSplit
from radiohers.protocols import compare_radiomics_models

__all__ = ["evaluate"]


@click.command(
    epilog="""\b
Examples:
  radiohers evaluate cohort.csv --target her2 --out report.html
  radiohers evaluate cohort.csv --target ihc --positive 3+ --params bladder_ctu --out report.html
  radiohers evaluate cohort.csv --target her2 --test-size 0.3 --out report.html
"""
)
@cohort_argument
@target_option
@positive_option
@out_option("the report (HTML)")
@params_option
@click.option("--folds", default=5, show_default=True, type=click.IntRange(min=2), help="Folds by patient.")
@click.option("--repeats", default=5, show_default=True, type=click.IntRange(min=1), help="How often they are dealt.")
@click.option(
    "--test-size",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="One split instead of folds: share of the patients in the test part.",
)
@click.option("--predictions", type=click.Path(path_type=Path), help="Also write all predictions as a table.")
@n_jobs_option
@cache_option
@on_error_option
@seed_option
@force_option
def evaluate(
    cohort_csv: Path,
    target: str,
    positive: str | None,
    out: Path,
    params: str,
    folds: int,
    repeats: int,
    test_size: float | None,
    predictions: Path | None,
    n_jobs: int,
    cache: Path,
    on_error: str,
    seed: int,
    force: bool,
) -> None:
    """Compare three models by patient and write a report.

    Logistic regression, random forest and MLP, on the same radiomic features and folds.
    """
    out = refuse_existing(out, force)
    if predictions is not None:
        predictions = refuse_existing(predictions, force)
    cohort = read_cohort(cohort_csv, target=target, positive=positive)
    result = compare_radiomics_models(
        cohort,
        params,
        cv=_splitter(folds, repeats, test_size, seed),
        memory=cache,
        n_jobs=n_jobs,
        on_error=on_error,
        random_state=seed,
        verbose=1,
    )
    if predictions is not None:
        write_whole(predictions, lambda partial: result.predictions.to_csv(partial, index=False))
    show_table(result)
    result.report(out, title=f"Prediction of {target} from CT", cohort=cohort, force=force)
    click.echo(f"\nreport: {out.resolve()}")


def _splitter(folds: int, repeats: int, test_size: float | None, seed: int) -> Any:
    if test_size is not None:
        return StratifiedGroupShuffleSplit(test_size=test_size, random_state=seed)
    return RepeatedStratifiedGroupKFold(folds, n_repeats=repeats, random_state=seed)
