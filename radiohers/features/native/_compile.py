"""How kernels are compiled, kept and announced."""

import logging
from collections.abc import Callable

import numba
from numba.core import event

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
    try:
        return numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:
        return numba.njit(nogil=True, error_model="numpy")(function)


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
