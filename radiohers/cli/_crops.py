"""radiohers crops: what a network would see."""

from pathlib import Path

import click

from radiohers._output_files import refuse_existing, refuse_twice, write_whole
from radiohers.cli._cnn_options import crop_params_option, crop_size_option
from radiohers.cli._options import cache_option, cohort_argument, figure_kind, force_option, n_jobs_option, out_option
from radiohers.cohort import read_cohort
from radiohers.crops import CropExtractor

__all__ = ["crops"]


@click.command(
    epilog="""\b
Examples:
  radiohers crops cohort.csv --out crops.npz
  radiohers crops cohort.csv --size 64 --sheet sheet.png --out crops.npz
"""
)
@cohort_argument
@out_option("the crops (.npz)")
@crop_params_option
@crop_size_option
@click.option("--sheet", type=click.Path(path_type=Path), help="Also write a contact sheet (PNG, SVG or PDF).")
@click.option("--png", type=click.Path(path_type=Path), help="Also write every crop as a PNG file into this folder.")
@n_jobs_option
@cache_option
@force_option
def crops(
    cohort_csv: Path,
    out: Path,
    crop_params: str,
    size: int | None,
    sheet: Path | None,
    png: Path | None,
    n_jobs: int,
    cache: Path | None,
    force: bool,
) -> None:
    """Crop the lesions slice by slice.

    From masks, or from the rectangles of a column 'boxes' (labelme files).
    """
    out = refuse_existing(out, force)
    if sheet is not None:
        sheet, kind = refuse_existing(sheet, force), figure_kind(sheet)
    if png is not None:
        refuse_existing(png / "crops.csv", force)
    refuse_twice(out, sheet)
    cohort = read_cohort(cohort_csv)
    extractor = CropExtractor.from_params(crop_params, n_jobs=n_jobs, memory=cache, verbose=1)
    if size is not None:
        extractor.set_params(size=size)
    made = extractor.transform(cohort.X)
    made.save(out, force=force)
    if sheet is not None:
        write_whole(sheet, lambda partial: made.show().figure_.savefig(partial, format=kind, dpi=120))
    if png is not None:
        made.to_png(png, force=force, verbose=1)
    click.echo(f"{out}: {made.n_crops} crops of {len(cohort)} cases")
    for reason, n in extractor.dropped_["reason"].value_counts().items():
        click.echo(f"left out: {n} slices, {reason}")
