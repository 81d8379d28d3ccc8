"""radiohers params: the presets."""

import click

from radiohers.features import describe_params, params_text

__all__ = ["params"]


@click.command(
    epilog="""\b
Examples:
  radiohers params
  radiohers params bladder_ctu > my_params.yaml
"""
)
@click.argument("name", required=False)
def params(name: str | None) -> None:
    """List the presets, or print one.

    A preset is printed with its comments, to copy and change.
    """
    if name is not None:
        click.echo(params_text(name), nl=False)
        return
    described = describe_params()
    width = max(map(len, described))
    for preset, text in described.items():
        click.echo(f"{preset:{width}}  {text}")
