"""Rectangles drawn by hand: labelme's JSON files."""

import hashlib
import json
import math
import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from radiohers._folders import files_ending
from radiohers.exceptions import CropError

__all__ = ["hash_rectangles", "read_rectangles"]

_CORNERS = {"rectangle": (2, 4), "polygon": (3, math.inf)}
_NUMBER_AT_END = re.compile(r"(\d+)$")


def read_rectangles(boxes: str | os.PathLike, n_slices: int, shape: tuple[int, int]) -> list[tuple[int, np.ndarray]]:
    """Read the rectangles of a case, from a labelme file or a folder of them.

    Parameters
    ----------
    boxes : path-like
        A file of several slices, or a folder with a ``.json`` file a slice. See
        the Notes of :class:`radiohers.crops.CropExtractor` for the layout.
    n_slices : int
        Number of axial slices of the image.
    shape : tuple of two int
        Rows and columns of a slice.

    Returns
    -------
    list of (int, ndarray of shape (4,))
        The slice and the rectangle as row start and stop, column start and
        stop, in voxels; in the order of the slices.

    Raises
    ------
    CropError
        If there is no such file; it is not labelme's; a shape is of another kind
        or has no area; its slice is not told, or not one of the image; the file
        was drawn on an image of another size; or there is no rectangle at all.
    """
    rectangles = []
    for path, slice_of_file in _files(boxes):
        document = _read_document(path)
        _check_image_size(document, path, shape)
        for number, item in enumerate(document["shapes"], start=1):
            shape_name = f"shape {number}"
            try:
                rectangle = _rectangle(item, shape_name)
                told = _slice(item, document, slice_of_file, n_slices, shape_name)
            except CropError as error:
                raise error.with_source({"rectangles": path}, ", ") from None
            rectangles.append((told, rectangle))
    if not rectangles:
        raise CropError(
            "there is no shape",
            advice="Draw the lesion, or give a mask instead.",
            source={"rectangles": Path(os.path.expanduser(boxes))},
        )
    return sorted(rectangles, key=lambda pair: pair[0])


def hash_rectangles(boxes: str | os.PathLike) -> str:
    """Return a digest of a rectangle file, or of all in a folder with their names.

    Parameters
    ----------
    boxes : path-like
        See :func:`read_rectangles`.

    Returns
    -------
    str
        64 hexadecimal digits (SHA-256).

    Raises
    ------
    CropError
        If there is no such file.
    """
    digest = hashlib.sha256()
    for path, slice_of_file in _files(boxes):
        content = path.read_bytes()
        digest.update(f"{slice_of_file} {len(content)} ".encode() + content)
    return digest.hexdigest()


def _files(boxes: str | os.PathLike) -> list[tuple[Path, int | None]]:
    """Return the files with the slice that each one's name tells: none, if it is not in a folder."""
    path = Path(os.path.expanduser(boxes))
    if path.is_file():
        return [(path, None)]
    if not path.is_dir():
        raise CropError("no such file or folder", advice="Check the column 'boxes'.", source={"rectangles": path})
    files = files_ending(path, ".json")
    if not files:
        raise CropError(
            "the folder has no .json file",
            advice="Save labelme's files there, one a slice.",
            source={"rectangles": path},
        )
    by_slice: dict[int, Path] = {}
    for file in files:
        found = _NUMBER_AT_END.search(file.stem)
        if found is None:
            raise CropError(
                "the name does not end in the number of the slice",
                advice="Name the files of a folder like case7_012.json.",
                source={"rectangles": file},
            )
        number = int(found[1])
        if number in by_slice:
            raise CropError(
                f"and {by_slice[number].name} are both of slice {number}",
                advice="Put all shapes of a slice in one file.",
                source={"rectangles": file},
                joined=" ",
            )
        by_slice[number] = file
    return [(file, number) for number, file in by_slice.items()]


def _read_document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CropError(f"the file cannot be opened ({error.strerror}).", source={"rectangles": path}) from error
    except ValueError as error:
        raise CropError(
            f"this is not JSON: {error}", advice="Save the rectangles with labelme.", source={"rectangles": path}
        ) from error
    if not isinstance(document, dict) or not isinstance(document.get("shapes"), list):
        found = _kind(document)
        raise CropError(
            f"this is not a file of labelme's: it has {found}, and no list 'shapes'",
            advice="Save the rectangles with labelme, or convert them.",
            source={"rectangles": path},
        )
    return document


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return f"the keys {', '.join(list(value)[:5])}" if value else "no keys"
    return {list: "a list", str: "a text", type(None): "nothing"}.get(type(value), "a number")


def _check_image_size(document: dict, path: Path, shape: tuple[int, int]) -> None:
    drawn_on = tuple(document.get(name) for name in ("imageHeight", "imageWidth"))
    if any(drawn is not None and drawn != size for drawn, size in zip(drawn_on, shape, strict=True)):
        raise CropError(
            f"they were drawn on an image of {drawn_on[0]} rows and {drawn_on[1]} columns, but the slices of this "
            f"case have {shape[0]} and {shape[1]}",
            advice="Draw on the slices as they are, without scaling, or give the file of this case.",
            source={"rectangles": path},
        )


def _rectangle(item: Any, name: str) -> np.ndarray:
    if not isinstance(item, dict) or not isinstance(item.get("points"), list):
        raise CropError(f"{name}: it has no list 'points'", advice="Save the rectangles with labelme, or convert them.")
    kind = item.get("shape_type") or "polygon"
    if kind not in _CORNERS:
        raise CropError(
            f"{name} ({item.get('label')!r}) is a {kind}",
            advice="Draw a rectangle or a polygon instead, or take it out.",
        )
    points = _points(item["points"], name)
    fewest, most = _CORNERS[kind]
    if not fewest <= len(points) <= most:
        raise CropError(
            f"{name}: a {kind} has {fewest} corners or more, this one {len(points)}", advice="Draw it again."
        )
    (column_start, row_start), (column_stop, row_stop) = points.min(axis=0), points.max(axis=0)
    if row_stop <= row_start or column_stop <= column_start:
        raise CropError(
            f"{name}: the {kind} is empty: columns {column_start:g} to {column_stop:g}, rows {row_start:g} to "
            f"{row_stop:g}",
            advice="Draw it again, or take it out.",
        )
    return np.array([row_start, row_stop, column_start, column_stop])


def _points(points: list, name: str) -> np.ndarray:
    for point in points:
        is_pair = isinstance(point, list) and len(point) == 2
        if not is_pair or not all(_is_number(value) for value in point):
            raise CropError(
                f"{name}: the point {point!r} is not a pair of numbers [column, row]", advice="Draw it again."
            )
    return np.array(points, dtype=float).reshape(-1, 2)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _slice(item: dict, document: dict, slice_of_file: int | None, n_slices: int, name: str) -> int:
    """Return the slice of a shape, from the first place that tells it."""
    by_itself = item.get("group_id") if slice_of_file is None else slice_of_file
    told = [value for value in (item.get("slice"), document.get("slice"), by_itself) if value is not None]
    if not told and n_slices == 1:
        return 0
    if not told:
        raise CropError(
            f"{name}: its slice is not told",
            advice="Set the shape's group_id in labelme to the number of the slice (from 0 at the inferior end), or "
            "keep one file a slice in a folder and give the folder.",
        )
    if not isinstance(told[0], int) or isinstance(told[0], bool) or not 0 <= told[0] < n_slices:
        raise CropError(
            f"{name}: its slice is {told[0]!r}, but the image's axial slices are 0 to {n_slices - 1}",
            advice="Count from 0 at the inferior end, and check that the file is of this case.",
        )
    return told[0]
