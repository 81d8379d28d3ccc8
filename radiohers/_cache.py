"""What finished cases gave, kept in a folder: and work that goes on where nothing can be kept."""

import os
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from joblib import Memory, register_store_backend
from joblib.memory import FileSystemStoreBackend
from sklearn.utils.validation import check_memory

__all__ = ["find_memory", "from_cache", "with_fault", "without_faults"]

_BACKEND = "radiohers"
# Folders of which the user was told.
_told: set[str] = set()
# What went wrong with a cache in this process and was not reported yet.
_faults: dict[str, str] = {}


class _Folder(FileSystemStoreBackend):
    """joblib's folder, which on a full disk, or where it cannot be written any more, keeps nothing and says so once."""

    def create_location(self, location: str) -> None:
        with self._noting_faults():
            super().create_location(location)

    def _concurrency_safe_write(self, to_write: Any, filename: str, write_func: Any) -> None:
        with self._noting_faults():
            super()._concurrency_safe_write(to_write, filename, write_func)

    @contextmanager
    def _noting_faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            _faults.setdefault(str(Path(self.location).parent), error.strerror or str(error))


register_store_backend(_BACKEND, _Folder)


def find_memory(memory: Any) -> Memory:
    """Return the cache that an estimator's parameter ``memory`` names.

    Parameters
    ----------
    memory : str, path-like, joblib.Memory or None
        A folder, a cache, or None for no cache. Where the folder cannot be
        written there is a warning, once, and no cache.

    Returns
    -------
    joblib.Memory
        Its ``location`` is None where nothing is kept.
    """
    if not isinstance(memory, (str, Path)):
        return check_memory(memory)
    folder = os.path.expanduser(memory)
    try:
        if folder.startswith("~"):
            raise OSError("there is no home folder")
        _try_to_write(Path(folder, "joblib"))
    except OSError as error:
        _tell(folder, error.strerror or str(error))
        return Memory(None, verbose=0)
    return Memory(str(Path(folder)), backend=_BACKEND, verbose=0)


def _try_to_write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # A folder can be made on a full disk, which a byte does not go on any more.
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"\0")


def _tell(folder: str, reason: str) -> None:
    if folder not in _told:
        _told.add(folder)
        warnings.warn(
            f"the cache {folder} cannot be used ({reason}): nothing is kept, and a rerun computes everything anew. "
            "Give another folder (memory, --cache), or none (memory=None, --no-cache).",
            stacklevel=3,
        )


def from_cache(memory: Memory, function: Callable, *arguments: Any) -> Any:
    """Return what a function gives, from the cache where it is there; its argument ``case`` does not count.

    Where the cache cannot be read or written any more, the function is called.
    """
    if memory.location is None:
        return function(*arguments)
    try:
        return memory.cache(function, ignore=["case"])(*arguments)
    # Where it is the function's own, it comes again.
    except OSError as error:
        _faults.setdefault(str(memory.location), error.strerror or str(error))
        return function(*arguments)


def with_fault(work: Callable, *arguments: Any) -> tuple[Any, dict[str, str]]:
    """Return what some work gives, and what went wrong with the cache meanwhile: it may be another process's."""
    result = work(*arguments)
    faults = dict(_faults)
    _faults.clear()
    return result, faults


def without_faults(results: Iterable[tuple[Any, dict[str, str]]]) -> Iterator[Any]:
    """Yield what :func:`with_fault` gave, and warn of each cache once."""
    for result, faults in results:
        for folder, reason in faults.items():
            _tell(folder, reason)
        yield result
