"""radiohers train: fit one model on a cohort and save it."""

from pathlib import Path

import click

from radiohers._output_files import refuse_existing
from radiohers.cli._cnn_options import (
    backbone_option,
    crop_params_option,
    crop_size_option,
    epochs_option,
    make_cnn,
    weights_option,
)
from radiohers.cli._options import (
    FiniteRange,
    cache_option,
    cohort_argument,
    engine_option,
    force_option,
    n_jobs_option,
    out_option,
    params_option,
    positive_option,
    seed_option,
    target_option,
)
from radiohers.cohort import read_cohort
from radiohers.estimators import make_radiomics_pipeline
from radiohers.model_io import save_model

__all__ = ["train"]


@click.command(
    epilog="""\b
Examples:
  radiohers train cohort.csv --target her2 --out model.joblib
  radiohers train cohort.csv --target her2 --model mlp --params bladder_ctu --out model.joblib
  radiohers train cohort.csv --target her2 --model cnn --backbone resnet34 --weights imagenet --out cnn.joblib
"""
)
@cohort_argument
@target_option
@positive_option
@out_option("the model")
@click.option(
    "--model",
    "classifier",
    type=click.Choice(["lr", "rf", "mlp", "cnn"]),
    default="lr",
    show_default=True,
    help="Classifier.",
)
@params_option
@engine_option
@crop_params_option
@crop_size_option
@backbone_option
@weights_option
@epochs_option
@click.option(
    "--threshold",
    default=0.5,
    show_default=True,
    type=FiniteRange(0, 1),
    help="Probability from which a case is called positive.",
)
@n_jobs_option
@cache_option
@seed_option
@force_option
def train(
    cohort_csv: Path,
    target: str,
    positive: str | None,
    out: Path,
    classifier: str,
    params: str,
    engine: str,
    crop_params: str,
    size: int | None,
    backbone: str,
    weights: str | None,
    epochs: int,
    threshold: float,
    n_jobs: int,
    cache: Path | None,
    seed: int,
    force: bool,
) -> None:
    """Fit a model on all cases and save it for scoring.

    lr, rf and mlp learn from radiomic features (--params, --engine); cnn learns from crops (--crop-params, --size,
    --backbone, --weights, --epochs).

    What it is worth is not seen from the cases it was fitted on: run 'radiohers evaluate' for that.
    """
    out = refuse_existing(out, force)
    cohort = read_cohort(cohort_csv, target=target, positive=positive)
    if classifier == "cnn":
        model = make_cnn(crop_params, size, backbone, weights, epochs, cache=cache, n_jobs=n_jobs, seed=seed)
        model.fit(cohort.X, cohort.y, cnn__groups=cohort.groups)
    else:
        model = make_radiomics_pipeline(
            classifier, params, engine=engine, memory=cache, n_jobs=n_jobs, random_state=seed, verbose=1
        )
        model.fit(cohort.X, cohort.y)
    save_model(model, out, cohort=cohort, threshold=threshold, force=force)
    click.echo(f"model: {out.resolve()} ({classifier}, fitted on {len(cohort)} cases)")
