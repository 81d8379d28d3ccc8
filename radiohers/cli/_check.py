"""radiohers check: every case, before anything is computed."""

from pathlib import Path
from typing import Literal

import click
import pandas as pd

from radiohers._output_files import refuse_existing, refuse_twice
from radiohers.cli._options import cohort_argument, force_option, n_jobs_option, positive_option
from radiohers.cohort import check_cohort
from radiohers.features import load_params

__all__ = ["check"]

_MAX_ALIKE = 3


@click.command(
    epilog="""\b
Examples:
  radiohers check cohort.csv
  radiohers check cohort.csv --target her2 --params ct_default --out check.html --csv check.csv
  radiohers check cohort.csv --one-value split --one-value site
"""
)
@cohort_argument
@click.option("--target", help="Column of the labels; without it they are not looked at.")
@positive_option
@click.option("--params", help="Preset or parameter file that features will be extracted with: for its voxel size.")
@click.option("--out", type=click.Path(path_type=Path), help="Also write a page with pictures of all lesions (HTML).")
@click.option("--csv", "csv_out", type=click.Path(path_type=Path), help="Also write a table, one row a case.")
@click.option(
    "--one-value",
    multiple=True,
    metavar="COLUMN",
    help="Column in which a patient ought to have one value, such as a split; may be repeated.",
)
@click.option(
    "--min-voxels", default=50, show_default=True, type=click.IntRange(min=1), help="Lesions of fewer are told."
)
@click.option(
    "--modality",
    type=click.Choice(["ct", "other"]),
    default="ct",
    show_default=True,
    help="Whether the values ought to be HU.",
)
@n_jobs_option
@force_option
def check(
    cohort_csv: Path,
    target: str | None,
    positive: str | None,
    params: str | None,
    out: Path | None,
    csv_out: Path | None,
    one_value: tuple[str, ...],
    min_voxels: int,
    modality: Literal["ct", "other"],
    n_jobs: int,
    force: bool,
) -> None:
    """Look at every case before anything is computed.

    Files, grids, labels, lesions, HU, duplicates. Ends with 1 if there are errors, with 2 if the table itself cannot
    be read.
    """
    for path in (out, csv_out):
        if path is not None:
            refuse_existing(path, force)
    refuse_twice(out, csv_out)
    setting = load_params(params).settings if params is not None else {}
    found = check_cohort(
        cohort_csv,
        target,
        positive,
        resampled_spacing_mm=setting.get("resampledPixelSpacing"),
        min_voxels=min_voxels,
        on_mismatch="resample" if setting.get("correctMask") else "raise",
        modality=modality,
        one_value_a_patient=one_value,
        n_jobs=n_jobs,
        verbose=1,
    )
    _show(found.findings)
    click.echo(found.summary())
    if out is not None:
        click.echo(f"page: {found.to_html(out, force=force)}")
    if csv_out is not None:
        click.echo(f"table: {found.to_csv(csv_out, force=force)}")
    if not found.ok:
        click.get_current_context().exit(1)


def _show(findings: pd.DataFrame) -> None:
    for level in ("error", "warn", "ok"):
        for (check, advice), alike in findings[findings["level"] == level].groupby(["check", "advice"], sort=False):
            # One more would take no more lines than to say so.
            shown = alike if len(alike) <= _MAX_ALIKE + 1 else alike.head(_MAX_ALIKE)
            for finding in shown.itertuples():
                about = f"case {finding.case_id!r}" if finding.case_id != "" else "cohort"
                click.echo(f"{level:5}  {about}: {finding.message}. {advice}")
            if len(shown) < len(alike):
                click.echo(f"{level:5}  and {len(alike) - len(shown)} more ({check}; --out and --csv have all)")
