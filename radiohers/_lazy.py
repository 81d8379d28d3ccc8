"""Names of a package whose module is loaded when they are asked for."""

import gc
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

__all__ = ["lazy_names"]


def lazy_names(
    package: str, module_of: Mapping[str, str], moved: Mapping[str, str] | None = None
) -> Callable[[str], Any]:
    """Return what a package needs as ``__getattr__`` to load its names late.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    module_of : mapping of str to str
        For each name the module in the package that has it. A module is
        listed under its own name.
    moved : mapping of str to str, default=None
        Names that stand elsewhere now, and the package that has them; asked for here they warn.

    Returns
    -------
    callable
        Takes a name, loads its module and returns what the name stands for.
    """

    def __getattr__(name: str) -> Any:
        if moved and name in moved:
            text = f"{package}.{name} is now {moved[name]}.{name}; the old name goes with version 0.3."
            warnings.warn(text, FutureWarning, stacklevel=2)
            return getattr(import_module(moved[name]), name)
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        with _garbage_left_alone():
            module = import_module(f"{package}.{module_of[name]}")
        value = module if name == module_of[name] else getattr(module, name)
        # The next use finds it without coming here.
        setattr(sys.modules[package], name, value)
        return value

    return __getattr__


@contextmanager
def _garbage_left_alone() -> Iterator[None]:
    """Do not look for garbage meanwhile: loading makes none, and the search takes a seventh of its time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
