"""radiohers ingest: a folder of scanner data as a cohort."""

from pathlib import Path
from typing import Any

import click

from radiohers.cli._options import force_option, n_jobs_option
from radiohers.dicom import ingest as ingest_folder
from radiohers.dicom import ingest_rules_text, read_ingest_rules

__all__ = ["ingest"]

_MAX_SHOWN = 20


@click.command(
    epilog="""\b
Examples:
  radiohers ingest scans --out cohort --roi 'GTV*' --labels labels.csv
  radiohers ingest --show-rules > rules.yaml
  radiohers ingest scans --out cohort --rules rules.yaml --key ../key.csv
"""
)
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--out", type=click.Path(path_type=Path), help="Folder where the cohort is written.  [required]")
@click.option("--rules", type=click.Path(path_type=Path), help="YAML file: which patients, series and contours.")
@click.option("--labels", type=click.Path(path_type=Path), help="CSV table of labels, one row a patient.")
@click.option("--roi", multiple=True, help="Name, number or pattern of the lesions' regions; may be repeated.")
@click.option("--key", type=click.Path(path_type=Path), help="Where it is written whose pseudonym is whose.")
@click.option(
    "--fill-gaps",
    type=click.Choice(["interpolate"]),
    help="Fill slices on which a lesion was not drawn from their neighbours; else the log warns of them.",
)
@click.option("--show-rules", is_flag=True, help="Print the rules with their comments, to copy and change.")
@n_jobs_option
@force_option
@click.pass_context
def ingest(
    context: click.Context,
    folder: Path | None,
    out: Path | None,
    rules: Path | None,
    labels: Path | None,
    roi: tuple[str, ...],
    key: Path | None,
    fill_gaps: str | None,
    show_rules: bool,
    n_jobs: int,
    force: bool,
) -> None:
    """Convert scanner data to a cohort.

    Finds patients, CT series and contours (RTSTRUCT, DICOM SEG) in FOLDER, whatever the files are called, and writes
    images, masks, cohort.csv and ingest_log.csv, in which every case that was left out stands with the reason.
    Nothing that is written names a patient, except the file of --key. Exit code 1 if anything failed.
    """
    if show_rules:
        click.echo(ingest_rules_text(), nl=False)
        return
    # Not click's to ask for: --show-rules goes without them.
    if folder is None:
        raise click.UsageError("Missing argument 'FOLDER'.")
    if out is None:
        raise click.UsageError("Missing option '--out'.")
    chosen = read_ingest_rules(rules)
    if roi:
        chosen["contours"]["roi"] = list(roi)
    options: dict[str, Any] = {"labels": labels, "key": key, "fill_gaps": fill_gaps, "n_jobs": n_jobs, "force": force}
    result = ingest_folder(folder, out, chosen, **options, verbose=1)
    troubles = result.log[result.log["level"].isin(["warning", "left out", "failed"])]
    for line in troubles.head(_MAX_SHOWN).itertuples():
        about = " ".join(filter(None, map(str, (line.patient_id, line.what, line.name))))
        click.echo(f"{line.level}: {about}: {line.detail}", err=True)
    if len(troubles) > _MAX_SHOWN:
        click.echo(f"... and {len(troubles) - _MAX_SHOWN} more in {out / 'ingest_log.csv'}", err=True)
    n_warned, n_out = (int((troubles["level"] == level).sum()) for level in ("warning", "left out"))
    click.echo(
        f"{out}: {result.n_cases} cases; left out: {n_out}, failed: {result.n_failed}, warnings: {n_warned} "
        "(see ingest_log.csv)"
    )
    if result.n_failed or not result.n_cases:
        context.exit(1)
