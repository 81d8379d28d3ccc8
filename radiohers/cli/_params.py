"""radiohers params: the presets."""

import click

from radiohers.crops import crop_params_text, describe_crop_params
from radiohers.features import describe_params, params_text

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
    if name is not None:
        click.echo(crop_params_text(name) if crops else params_text(name), nl=False)
        return
    described = describe_crop_params() if crops else describe_params()
    width = max(map(len, described))
    for preset, text in described.items():
        click.echo(f"{preset:{width}}  {text}")
