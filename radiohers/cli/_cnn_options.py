"""Options of the commands that crop lesions or train a network on crops."""

from pathlib import Path

import click
from sklearn.pipeline import Pipeline

from radiohers.estimators import BACKBONES, make_cnn_pipeline

__all__ = ["backbone_option", "crop_params_option", "crop_size_option", "epochs_option", "make_cnn", "weights_option"]

crop_params_option = click.option(
    "--crop-params",
    default="liver_portal_venous",
    show_default=True,
    help="Preset (see 'radiohers params --crops') or YAML file: window, margin, which slices.",
)
crop_size_option = click.option(
    "--size", type=click.IntRange(min=32), help="Rows and columns of a crop; else that of the preset."
)
backbone_option = click.option(
    "--backbone", type=click.Choice(BACKBONES), default="resnet34", show_default=True, help="Network of the CNN."
)
weights_option = click.option(
    "--weights", help="First weights: 'imagenet', or a file of a state dict.  [default: random]"
)
epochs_option = click.option("--epochs", default=50, show_default=True, type=click.IntRange(min=1), help="At most.")


def make_cnn(
    crop_params: str,
    size: int | None,
    backbone: str,
    weights: str | None,
    epochs: int,
    *,
    cache: Path | None,
    n_jobs: int,
    seed: int,
) -> Pipeline:
    """Return the pipeline that the options ask for.

    Parameters
    ----------
    crop_params : str
        Preset or file.
    size : int or None
        Rows and columns of a crop.
    backbone : str
        Network.
    weights : str or None
        First weights.
    epochs : int
        At most.
    cache : Path or None
        Folder of the crops of finished cases.
    n_jobs : int
        Number of cases that are cropped at the same time.
    seed : int
        Seed of the network.

    Returns
    -------
    Pipeline
        Not fitted.
    """
    model = make_cnn_pipeline(
        backbone,
        crop_params,
        weights=weights,
        max_epochs=epochs,
        memory=cache,
        n_jobs=n_jobs,
        random_state=seed,
        verbose=1,
    )
    return model if size is None else model.set_params(crops__size=size)
