"""Linear algebra on one thread, so that its last digit does not depend on the number of jobs."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

import scipy.linalg  # noqa: F401 - it brings a BLAS beside numpy's, which must be loaded to be found
import threadpoolctl

__all__ = ["one_blas_thread"]


class _Jobs:
    """The jobs that run in this process now; BLAS has one number of threads for all of them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._n_running = 0
        self._n_threads: list[int] = []

    @contextmanager
    def on_one_thread(self) -> Iterator[None]:
        # The lock is not held in between: a job may wait for threads that are jobs themselves.
        with self._lock:
            self._n_running += 1
            if self._n_running == 1:
                self._n_threads = [library.get_num_threads() for library in _libraries()]
                _set_threads([1] * len(self._n_threads))
        try:
            yield
        finally:
            with self._lock:
                self._n_running -= 1
                if not self._n_running:
                    _set_threads(self._n_threads)


_JOBS = _Jobs()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold the BLAS of numpy and scipy to one thread.

    On several threads it adds up in another order, and the eigenvalues of a
    large matrix or a long sum differ in their last digits. joblib gives worker
    processes fewer threads, so the number of jobs would show in the results.

    Yields
    ------
    None
        Also a decorator. The number of threads is restored when the last of
        the jobs that run side by side is done.
    """
    with _JOBS.on_one_thread():
        yield


@cache
def _libraries() -> list[threadpoolctl.LibController]:
    # Finding them takes as long as a small lesion.
    return threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers


def _set_threads(numbers: list[int]) -> None:
    _let_any_thread_set()
    for library, number in zip(_libraries(), numbers, strict=True):
        library.set_num_threads(number)
    _let_any_thread_set()


def _let_any_thread_set() -> None:
    # threadpoolctl 3.8 lets the first thread alone set OpenBLAS; the last job may end in another.
    release = getattr(threadpoolctl.OpenBLASController, "clear_controlling_thread", None)
    if release is not None:
        release(force=True)
