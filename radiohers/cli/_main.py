"""The group of commands, and how errors are shown."""

import sys
import warnings
from typing import Any

import click
from sklearn.utils._param_validation import InvalidParameterError

from radiohers import __version__
from radiohers.cli._advise import advise
from radiohers.cli._check import check
from radiohers.cli._crops import crops
from radiohers.cli._demo import demo
from radiohers.cli._evaluate import evaluate
from radiohers.cli._explain import explain
from radiohers.cli._extract import extract
from radiohers.cli._ingest import ingest
from radiohers.cli._params import params
from radiohers.cli._score import score
from radiohers.cli._train import train
from radiohers.exceptions import RadiohersError

__all__ = ["main"]


class _Commands(click.Group):
    """Commands whose users never see a traceback for a mistake of their own."""

    def invoke(self, ctx: click.Context) -> Any:
        warnings.showwarning = _show_warning
        try:
            return super().invoke(ctx)
        except (RadiohersError, InvalidParameterError, OSError) as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(2)


def _show_warning(message, category, filename, lineno, file=None, line=None) -> None:
    click.echo(f"Warning: {message}", err=True)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="radiohers")
def main() -> None:
    """Predict a tumour's HER2 status, or any binary label, from CT.

    Research software; not a medical device.

    \b
    Start here:
      radiohers demo --out demo
      radiohers evaluate cohort.csv --target her2 --out report.html
      radiohers train cohort.csv --target her2 --out model.joblib
      radiohers score model.joblib new_patients.csv --out scores.csv
    """


for command in (demo, ingest, check, advise, extract, crops, evaluate, train, score, explain, params):
    main.add_command(command)


if __name__ == "__main__":
    sys.exit(main())
