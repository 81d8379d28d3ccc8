"""Options that several commands share."""

import math
import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import wraps
from pathlib import Path
from typing import Any

import click

from radiohers._cache import find_memory
from radiohers.features.engines import list_engines

__all__ = [
    "FiniteRange",
    "cache_option",
    "cohort_argument",
    "engine_option",
    "figure_kind",
    "force_option",
    "n_jobs_option",
    "on_error_option",
    "out_option",
    "params_option",
    "positive_option",
    "seed_option",
    "target_option",
]


_FIGURE_KINDS = ("png", "svg", "pdf")


class FiniteRange(click.FloatRange):
    """A number within limits; click itself lets NaN through, which no limit excludes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not in the range {self._describe_range()}.", param, ctx)
        return number


def _default_cache() -> Path:
    # Where there is no home folder, ~ stays, and there is no cache.
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "radiohers"


def out_option(what: str) -> Callable:
    """Return the option ``--out``, which says what is written there."""
    return click.option("--out", required=True, type=click.Path(path_type=Path), help=f"Where {what} is written.")


def figure_kind(path: Path) -> str:
    """Return the format of a figure by the end of its name, png without one; refuse what is none, before any work."""
    kind = path.suffix.lower().removeprefix(".") or "png"
    if kind not in _FIGURE_KINDS:
        raise click.UsageError(f"{path} is to be a figure; end its name in .png, .svg or .pdf.")
    return kind


def _not_zero(context: click.Context, parameter: click.Parameter, n_jobs: int) -> int:
    if n_jobs == 0:
        raise click.BadParameter("0 jobs do no work. Use 1 or more, or -1 for all cores.")
    return n_jobs


cohort_argument = click.argument("cohort_csv", metavar="COHORT.CSV", type=click.Path(path_type=Path))
target_option = click.option("--target", required=True, help="Column of the labels.")
positive_option = click.option("--positive", help="The positive class; needed unless the labels are 0 and 1.")
params_option = click.option(
    "--params",
    default="ct_default",
    show_default=True,
    help="Preset (see 'radiohers params') or pyradiomics parameter file.",
)
engine_option = click.option(
    "--engine",
    type=click.Choice(list_engines()),
    default="native",
    show_default=True,
    help="What computes the features: compiled kernels, or pyradiomics itself, with the same values.",
)
n_jobs_option = click.option(
    "--n-jobs",
    default=-1,
    show_default=True,
    callback=_not_zero,
    help="Cases or fits at the same time; -1 is all cores.",
)
seed_option = click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of everything."
)
force_option = click.option("--force", is_flag=True, help="Overwrite what is there.")
on_error_option = click.option(
    "--on-error",
    type=click.Choice(["raise", "nan"]),
    default="raise",
    show_default=True,
    help="Stop at a case that fails, or keep its row as missing values and go on.",
)


def cache_option(command: Callable) -> Callable:
    """Add the options ``--cache`` and ``--no-cache``; the command gets a folder as `cache`, or None."""

    @click.option(
        "--cache",
        type=click.Path(path_type=Path),
        help="Folder of what finished cases gave; a rerun goes on from there.  [default: ~/.cache/radiohers]",
    )
    @click.option("--no-cache", is_flag=True, help="Keep nothing of that when the command has ended.")
    @wraps(command)
    def with_cache(*arguments: Any, cache: Path | None, no_cache: bool, **options: Any) -> Any:
        if no_cache and cache is not None:
            raise click.UsageError("--cache and --no-cache exclude each other. Give one of them.")
        folder = None if no_cache else cache or _default_cache()
        if find_memory(folder).location is not None:
            return command(*arguments, cache=folder, **options)
        # Within one command the same features are needed many times over.
        with ExitStack() as stack:
            for_now = None
            with suppress(OSError):
                for_now = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="radiohers-")))
            return command(*arguments, cache=for_now, **options)

    return with_cache
