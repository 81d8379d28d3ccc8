"""How kernels are compiled, kept and announced."""

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numba
from numba.core import event
from numba.core.caching import FunctionCache
from numba.core.runtime import rtsys

from radiohers._folders import files_ending

__all__ = ["kernel"]

_LOG = logging.getLogger("radiohers")
_KIND = "numba:compile"


def kernel(function: Callable) -> Callable:
    """Compile a function when it is first called, and keep the machine code for later processes.

    Parameters
    ----------
    function : callable
        Loops over arrays. It releases the interpreter's lock, so that threads
        run it side by side. Nothing is reordered or fused (no fast maths), so
        that sums round as they are written; division by zero gives inf or NaN.

    Returns
    -------
    callable
        The compiled function.

    Notes
    -----
    numba keeps the machine code beside the source, else in the user's cache
    folder, or where the environment variable NUMBA_CACHE_DIR says. Where none
    of them can be written, or the disk is full, every process compiles for itself.
    """
    compiled: Any = numba.njit(nogil=True, error_model="numpy")(function)
    with suppress(RuntimeError):
        # What njit(cache=True) does, but for the class. Where no folder can be written it raises.
        compiled._cache = _MachineCode(function)
    return compiled


class _MachineCode(FunctionCache):
    """Machine code on the disk, as old as all its sources, and loaded without the compiler."""

    def _index_key(self, sig, codegen):
        # numba looks whether the function's own file changed. What it calls or reads from others is part of its
        # machine code too, and would stay in it after an update of one file.
        return super()._index_key(sig, codegen), _source_stamps()

    def load_overload(self, sig, target_context):
        # numba's own method first loads all that the compiler knows of Python and numpy, a fifth of a second in
        # every process. What is not found is compiled, and the compiler then loads it by itself.
        rtsys.initialize(target_context)
        try:
            with self._guard_against_spurious_io_errors():
                return self._load_overload(sig, target_context)
        except (OSError, EOFError, UnpicklingError):
            # Compiled anew.
            return None

    def save_overload(self, sig, data):
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _tell_once(self._cache_path, error.strerror or str(error))


@cache
def _tell_once(folder: str, reason: str) -> None:
    _LOG.warning(
        "The compiled native engine cannot be kept in %s (%s), and each process compiles it for itself. Set "
        "NUMBA_CACHE_DIR to a folder that can be written.",
        folder,
        reason,
    )


@cache
def _source_stamps() -> tuple[tuple[str, int, int], ...]:
    """Return name, time of change and size of every file of this package."""
    files = files_ending(Path(__file__).parent, ".py")
    return tuple((file.name, status.st_mtime_ns, status.st_size) for file in files for status in [file.stat()])


class _FirstCompilation(event.Listener):
    """Tell the user, once a process, why the first case takes so long."""

    def on_start(self, event):
        # The listener is called for every kernel; the first one is news.
        numba_event.unregister(_KIND, self)
        _LOG.warning(
            "Compiling the native engine, once on this machine: about 20 seconds. Later processes read it from the "
            "disk; where no folder can be written, set NUMBA_CACHE_DIR to one that can."
        )

    def on_end(self, event):
        """Do nothing."""


numba_event = event
event.register(_KIND, _FirstCompilation())
