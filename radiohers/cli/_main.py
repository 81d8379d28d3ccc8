"""The group of commands, and how errors are shown."""

import sys
import warnings
from importlib import import_module
from typing import Any

import click

from radiohers._version import __version__
from radiohers.exceptions import RadiohersError

__all__ = ["main"]

# In the order of the work, with what --help says of them. A command's libraries take seconds to load, so its module
# is loaded when it is called: `demo` is in `_demo`.
_COMMANDS = {
    "demo": "Run the whole job: comparison, report, saved model.",
    "ingest": "Convert scanner data to a cohort.",
    "check": "Look at every case before anything is computed.",
    "advise": "Write a parameter file that fits the training cases.",
    "extract": "Write a table of radiomic features.",
    "crops": "Crop the lesions slice by slice.",
    "evaluate": "Compare three models by patient and write a report.",
    "train": "Fit a model on all cases and save it for scoring.",
    "score": "Score new cases with a saved model.",
    "explain": "Draw Grad-CAM maps of a saved CNN.",
    "params": "List the presets, or print one.",
}


class _Commands(click.Group):
    """Commands whose users never see a traceback for a mistake of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        return getattr(import_module(f"radiohers.cli._{cmd_name}"), cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        warnings.showwarning = _show_warning
        try:
            return super().invoke(ctx)
        except Exception as error:
            if not isinstance(error, _mistakes()):
                raise
            click.echo(f"Error: {error}", err=True)
            ctx.exit(2)


def _mistakes() -> tuple[type[Exception], ...]:
    # Where scikit-learn was not loaded, it raised nothing.
    validation = sys.modules.get("radiohers._sklearn")
    of_sklearn = () if validation is None else (validation.InvalidParameterError,)
    return (RadiohersError, OSError, *of_sklearn)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Any = None,
    line: str | None = None,
) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
