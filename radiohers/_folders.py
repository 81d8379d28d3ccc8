"""Looking through folders: what computers leave there by themselves is no file of the user's."""

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["files_below", "files_ending", "is_left_behind"]

# A Mac leaves a companion ._NAME beside each file that it copies to other disks, and __MACOSX in archives.
_COMPANION = "._"
_LEFT_BEHIND = {".ds_store", "__macosx", "thumbs.db", "desktop.ini"}


def is_left_behind(name: str) -> bool:
    """Tell by its name whether a computer made a file or folder by itself."""
    return name.startswith(_COMPANION) or name.casefold() in _LEFT_BEHIND


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and of all folders in it, in the order of their names."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_left_behind(name))
        yield from (Path(root) / name for name in sorted(names) if not is_left_behind(name))


def files_ending(folder: Path, ending: str) -> list[Path]:
    """Return the files of a folder with an ending, in capitals or not, in the order of their names."""
    return sorted(
        path for path in folder.iterdir() if path.name.lower().endswith(ending) and not is_left_behind(path.name)
    )
