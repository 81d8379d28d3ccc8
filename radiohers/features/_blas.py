"""Linear algebra on one thread, so that its last digit does not depend on the number of jobs."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import RLock

from threadpoolctl import ThreadpoolController

__all__ = ["one_blas_thread"]

# The number of threads is the process's: of two that changed it side by side, one would restore what the other set.
_LOCK = RLock()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold numpy's BLAS to one thread; a context manager, and a decorator.

    On several threads it adds up in another order, and the eigenvalues of a
    large matrix or a long sum differ in their last digits. Worker processes
    have one thread, and so would give other bits than a single process.
    """
    with _LOCK, _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> ThreadpoolController:
    # Finding the libraries takes as long as a small lesion.
    return ThreadpoolController()
