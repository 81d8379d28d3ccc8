"""radiohers params: the presets."""

import click

from radiohers.crops import CROP_PRESETS
from radiohers.features import PRESETS

__all__ = ["params"]


@click.command(
    epilog="""\b
Examples:
  radiohers params
  radiohers params bladder_ctu > my_params.yaml
  radiohers params --crops liver_portal_venous
"""
)
@click.argument("name", required=False)
@click.option("--crops", is_flag=True, help="Those of crops, not those of features.")
def params(name: str | None, crops: bool) -> None:
    """List the presets, or print one.

    A preset is printed with its comments, to copy and change.
    """
    presets = CROP_PRESETS if crops else PRESETS
    if name is not None:
        click.echo(presets.text(name), nl=False)
        return
    described = presets.describe()
    width = max(map(len, described))
    for preset, text in described.items():
        click.echo(f"{preset:{width}}  {text}")
