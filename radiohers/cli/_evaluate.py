"""radiohers evaluate: a cross-validated comparison with a report."""

from pathlib import Path
from typing import Any

import click

from radiohers._output_files import refuse_existing, refuse_twice, write_whole
from radiohers.audit import find_checks
from radiohers.cli._options import (
    FiniteRange,
    cache_option,
    cohort_argument,
    engine_option,
    force_option,
    n_jobs_option,
    on_error_option,
    out_option,
    params_option,
    positive_option,
    seed_option,
    target_option,
)
from radiohers.cli._show import show_audit, show_table
from radiohers.cohort import read_cohort
from radiohers.evaluation import RepeatedStratifiedGroupKFold, StratifiedGroupShuffleSplit, audit, compare_models
from radiohers.features import RadiomicsExtractor
from radiohers.protocols import radiomics_models
from radiohers.report import ReportFiles, check_report_files

__all__ = ["evaluate"]


@click.command(
    epilog="""\b
Examples:
  radiohers evaluate cohort.csv --target her2 --out report.html
  radiohers evaluate cohort.csv --target ihc --positive 3+ --params bladder_ctu --out report.html
  radiohers evaluate cohort.csv --target her2 --test-size 0.3 --out report.html
  radiohers evaluate cohort.csv --target her2 --out report.html --pdf --figures figures --json report.json
  radiohers evaluate cohort.csv --target her2 --out report.html --mute AUD011
"""
)
@cohort_argument
@target_option
@positive_option
@out_option("the report (HTML)")
@params_option
@engine_option
@click.option("--folds", default=5, show_default=True, type=click.IntRange(min=2), help="Folds by patient.")
@click.option("--repeats", default=5, show_default=True, type=click.IntRange(min=1), help="How often they are dealt.")
@click.option(
    "--test-size",
    type=FiniteRange(0, 1, min_open=True, max_open=True),
    help="One split instead of folds: share of the patients in the test part.",
)
@click.option("--predictions", type=click.Path(path_type=Path), help="Also write all predictions as a table.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write the report as JSON.")
@click.option(
    "--figures", type=click.Path(path_type=Path), help="Also write the figures into this folder, SVG and PNG."
)
@click.option("--pdf", is_flag=True, help="Also print the report as PDF beside it; needs Chromium, Chrome or Edge.")
@click.option(
    "--audit/--no-audit",
    "with_audit",
    default=True,
    show_default=True,
    help="Check what could explain the result without biology; it refits the models many times.",
)
@click.option("--check", "checks", multiple=True, help="Code of a check of the audit; may be repeated.  [default: all]")
@click.option("--mute", multiple=True, help="Code of a check that is not run, which the report says; may be repeated.")
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
    engine: str,
    folds: int,
    repeats: int,
    test_size: float | None,
    predictions: Path | None,
    json_file: Path | None,
    figures: Path | None,
    pdf: bool,
    with_audit: bool,
    checks: tuple[str, ...],
    mute: tuple[str, ...],
    n_jobs: int,
    cache: Path | None,
    on_error: str,
    seed: int,
    force: bool,
) -> None:
    """Compare three models by patient and write a report.

    Logistic regression, random forest and MLP, on the same radiomic features and folds.
    """
    chosen, muted = find_checks(checks, "--check") or "all", find_checks(mute, "--mute")
    if not with_audit and (checks or mute):
        raise click.UsageError("--check and --mute choose from the audit, which --no-audit leaves out.")
    files = check_report_files(out, json=json_file, pdf=pdf, figures=figures, force=force)
    predictions = predictions and refuse_existing(predictions, force)
    refuse_twice(*files, predictions)
    cohort = read_cohort(cohort_csv, target=target, positive=positive)
    extractor = RadiomicsExtractor(params, engine, n_jobs=n_jobs, memory=cache, on_error=on_error, verbose=1)
    result = compare_models(
        radiomics_models(extractor, random_state=seed),
        cohort,
        cv=_splitter(folds, repeats, test_size, seed),
        n_jobs=n_jobs,
        random_state=seed,
        verbose=1,
    )
    if predictions is not None:
        write_whole(predictions, lambda partial: result.predictions.to_csv(partial, index=False))
    show_table(result)
    found = None
    if with_audit:
        options = {"memory": cache, "n_jobs": n_jobs, "random_state": seed, "verbose": 1}
        found = audit(result, cohort, checks=chosen, mute=muted, **options)
        show_audit(found)
    title = f"Prediction of {target} from CT"
    result.report(
        out,
        title=title,
        cohort=cohort,
        audit=found,
        json=json_file,
        figures=figures,
        pdf=pdf,
        force=force,
        verbose=1,
    )
    _show_files(files)


def _show_files(files: ReportFiles) -> None:
    click.echo("")
    for what, path in files._asdict().items():
        if path is not None:
            click.echo(f"{'report' if what == 'html' else what}: {path.resolve()}")


def _splitter(folds: int, repeats: int, test_size: float | None, seed: int) -> Any:
    if test_size is not None:
        return StratifiedGroupShuffleSplit(test_size=test_size, random_state=seed)
    return RepeatedStratifiedGroupKFold(folds, n_repeats=repeats, random_state=seed)
