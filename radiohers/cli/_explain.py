"""radiohers explain: where a saved network looks."""

from pathlib import Path

import click

from radiohers._numbers import percent_text
from radiohers._output_files import refuse_existing, refuse_twice, write_whole
from radiohers.cli._options import cohort_argument, figure_kind, force_option, out_option
from radiohers.cohort import read_cohort
from radiohers.exceptions import ModelFileError
from radiohers.explain import GradCamDisplay, crops_and_network, grad_cam, lesion_share
from radiohers.folds import ends_in_network
from radiohers.model_io import load_model, showing_progress

__all__ = ["explain"]


@click.command(
    epilog="""\b
Examples:
  radiohers explain cnn.joblib cohort.csv --out grad_cam.png
  radiohers explain cnn.joblib cohort.csv --out grad_cam.png --shares shares.csv
"""
)
@click.argument("model_file", metavar="MODEL", type=click.Path(path_type=Path))
@cohort_argument
@out_option("the figure (PNG, SVG or PDF)")
@click.option(
    "--shares", type=click.Path(path_type=Path), help="Also write each map's share inside the lesion, as CSV."
)
@click.option("-n", "n_crops", default=24, show_default=True, type=click.IntRange(min=1), help="Crops in the figure.")
@force_option
def explain(model_file: Path, cohort_csv: Path, out: Path, shares: Path | None, n_crops: int, force: bool) -> None:
    """Draw Grad-CAM maps of a saved CNN.

    Blue, yellow, red: how much each place of a crop speaks for the predicted class.
    """
    out, kind = refuse_existing(out, force), figure_kind(out)
    if shares is not None:
        shares = refuse_existing(shares, force)
    refuse_twice(out, shares)
    saved = load_model(model_file)
    if not ends_in_network(saved.model):
        raise ModelFileError(
            f"holds a {type(saved.model).__name__}, and Grad-CAM explains networks on crops",
            advice="Train one with 'radiohers train --model cnn'.",
            source=model_file,
            joined=" ",
        )
    cohort = read_cohort(cohort_csv)
    with showing_progress(saved.model, 1):
        crops, network = crops_and_network(saved.model, cohort.X)
    display = GradCamDisplay.from_estimator(network.classifier_, crops, n=n_crops, verbose=1).plot()
    write_whole(out, lambda partial: display.figure_.savefig(partial, format=kind, dpi=120))
    click.echo(f"{out}: {len(display.maps)} of {crops.n_crops} crops")
    if shares is not None:
        table = lesion_share(grad_cam(network.classifier_, crops, verbose=1), crops)
        write_whole(shares, table.to_csv)
        means = ", ".join(
            f"{name} {percent_text(share)}" for name, share in table[["inside", "rim", "outside"]].mean().items()
        )
        click.echo(f"{shares}: mean share of the maps in the lesion: {means}")
