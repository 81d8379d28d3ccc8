"""Whether the images that a comparison was made of are still the same when a figure is made of it later."""

import os
from collections.abc import Mapping
from typing import Any

import pandas as pd

from radiohers.exceptions import CohortError
from radiohers.folds._prepare import Prepared
from radiohers.images import content_hash

__all__ = ["Marks", "check_unchanged", "marks_of_images"]

_COLUMNS = ("image", "mask", "boxes")
# Size and time of each file, and the content of each image in memory, by case and column.
Marks = dict[tuple[Any, str], Any]


def marks_of_images(prepared: Mapping[str, Prepared]) -> Marks:
    """Return what the images of the cases are known by, of models that read images themselves.

    Parameters
    ----------
    prepared : mapping of str to Prepared
        The models. Features are copies, and need no mark.

    Returns
    -------
    dict of (case_id, column) to object
        Empty if no model reads images.
    """
    tables = {id(X): X for _, X in prepared.values() if isinstance(X, pd.DataFrame) and "image" in X.columns}
    return {
        (case_id, column): _mark(source)
        for table in tables.values()
        for column in _COLUMNS
        if column in table.columns
        for case_id, source in table[column].items()
    }


def check_unchanged(prepared: Mapping[str, Prepared], marks: Marks) -> None:
    """Make sure that the images are those that a comparison was made of.

    Parameters
    ----------
    prepared : mapping of str to Prepared
        The models.
    marks : dict
        What :func:`marks_of_images` gave when they were compared.

    Raises
    ------
    CohortError
        If an image is another one than it was.
    """
    if not marks:
        return
    now = marks_of_images(prepared)
    changed = [key for key, mark in marks.items() if now[key] != mark]
    if changed:
        case_id, column = changed[0]
        raise CohortError(
            f"{len(changed)} files or images have changed since the comparison, the first is column {column!r} of "
            f"case {case_id!r}",
            advice="What is made of them now would not be of what was compared: compare the models again.",
        )


def _mark(source: Any) -> Any:
    if isinstance(source, str | os.PathLike):
        try:
            found = os.stat(source)
        except OSError:
            return None
        return found.st_size, found.st_mtime_ns
    return None if source is None or source is pd.NA or isinstance(source, float) else content_hash(source)
