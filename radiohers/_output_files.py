"""Writing files without losing any."""

import os
from collections.abc import Callable
from pathlib import Path

from radiohers._folders import is_left_behind
from radiohers.exceptions import OutputExistsError

__all__ = ["refuse_existing", "refuse_filled", "refuse_twice", "write_whole"]


def refuse_existing(path: str | os.PathLike, force: bool) -> Path:
    """Return the path if it may be written; ask this before any long work.

    Parameters
    ----------
    path : path-like
        The file to be written.
    force : bool
        Whether an existing file may be overwritten.

    Returns
    -------
    Path
        With ``~`` expanded.

    Raises
    ------
    OutputExistsError
        If the file exists and `force` is false, the path is a folder, or a folder of it is a file.
    """
    path = Path(os.path.expanduser(path))
    above = next(parent for parent in path.absolute().parents if parent.exists())
    if not above.is_dir():
        raise OutputExistsError(
            f"cannot be written, since {above} is a file and no folder",
            advice="Give another path.",
            source=path,
            joined=" ",
        )
    if path.is_dir():
        raise OutputExistsError("is a folder", advice="Give the path of a file.", source=path, joined=" ")
    if path.exists() and not force:
        raise OutputExistsError(
            "exists already", advice="Give another path, or overwrite it with force (--force).", source=path, joined=" "
        )
    return path


def refuse_filled(folder: str | os.PathLike, force: bool) -> Path:
    """Return the path of a folder for figures if it has no files, or `force` says that they may be overwritten."""
    folder = Path(folder).expanduser()
    if folder.exists() and not folder.is_dir():
        raise OutputExistsError(
            "is a file", advice="Give the path of a folder for the figures.", source=folder, joined=" "
        )
    if folder.is_dir() and not force and any(not is_left_behind(path.name) for path in folder.iterdir()):
        raise OutputExistsError(
            "has files already",
            advice="Give another folder for the figures, or overwrite those of the same name with force (--force).",
            source=folder,
            joined=" ",
        )
    return folder


def refuse_twice(*paths: Path | None) -> None:
    """Raise an OutputExistsError if two outputs are to be written to one path; None is no output."""
    given = [path.absolute() for path in paths if path is not None]
    for path in given:
        if given.count(path) > 1:
            raise OutputExistsError(
                "is named for two outputs", advice="Give each a path of its own.", source=path, joined=" "
            )


def write_whole(path: Path, write: Callable[[Path], object]) -> Path:
    """Write a file beside its place and then move it there, so that a half-written one is never found.

    Parameters
    ----------
    path : Path
        The file; missing folders are made.
    write : callable
        Takes the path to write to.

    Returns
    -------
    Path
        The file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        write(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path
