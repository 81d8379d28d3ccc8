"""How kernels are compiled, kept and announced."""

import logging
from collections.abc import Callable
from contextlib import suppress

import numba
from numba.core import event
from numba.core.caching import FunctionCache
from numba.core.runtime import rtsys

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
    of them can be written, every process compiles for itself.
    """
    compiled = numba.njit(nogil=True, error_model="numpy")(function)
    with suppress(RuntimeError):
        # What njit(cache=True) does, but for the class. Where no folder can be written it raises.
        compiled._cache = _MachineCode(function)
    return compiled


class _MachineCode(FunctionCache):
    """Machine code on the disk, loaded without the compiler.

    numba's own class first loads all that the compiler knows of Python and
    numpy, a fifth of a second in every process, although only a function that
    is not found has to be compiled; numba then does it again by itself.
    """

    def load_overload(self, sig, target_context):
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


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
