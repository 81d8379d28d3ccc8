"""The seven operations: what is drawn for each crop, and what it does to points.

What was drawn is a NumPy record array with one record a crop, which selects,
joins and turns into a table as arrays do.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from radiohers.crops._homography import (
    corner_points,
    homographies_from_corners,
    quarter_turns,
    rotations,
    shears,
)
from radiohers.exceptions import CropError

__all__ = ["RECORD", "as_record", "describe", "draw", "geometry", "net_quarter_turns"]

# Strengths of 0 and empty names say that an operation was not applied.
RECORD = np.dtype(
    [
        ("rotate_90_left", bool),
        ("rotate_90_right", bool),
        ("rotate_degrees", float),
        ("skew_tilt", float),
        ("skew_tilt_side", "U6"),
        ("skew_corner", float),
        ("skew_corner_name", "U12"),
        ("skew_corner_axis", "U1"),
        ("shear_degrees", float),
        ("shear_axis", "U1"),
        ("erase_area", float),
        ("erase_aspect", float),
        ("erase_row", float),
        ("erase_column", float),
        ("erase_seed", np.int64),
    ]
)
OPERATIONS = ("rotate_90_left", "rotate_90_right", "rotate", "skew_tilt", "skew_corner", "shear", "erase")
# What one uniform number each decides: whether an operation happens, and how.
DRAWS = (
    *OPERATIONS,
    *("angle", "tilt", "side", "shift", "corner", "lean", "axis", "area", "aspect", "row", "column", "seed"),
)
SIDES = np.array(["left", "right", "top", "bottom"])
CORNERS = np.array(["top left", "top right", "bottom right", "bottom left"])
AXES = np.array(["x", "y"])
NAMED = [
    ("skew_tilt", "skew_tilt_side", SIDES),
    ("skew_corner", "skew_corner_name", CORNERS),
    ("skew_corner", "skew_corner_axis", AXES),
    ("shear_degrees", "shear_axis", AXES),
]
# Where the corners (in the order of CORNERS) go when that side comes nearer, as (x, y) signs: its two corners part.
TILTS = {
    "left": [[0, -1], [0, 0], [0, 0], [0, 1]],
    "right": [[0, 0], [0, -1], [0, 1], [0, 0]],
    "top": [[-1, 0], [1, 0], [0, 0], [0, 0]],
    "bottom": [[0, 0], [0, 0], [1, 0], [-1, 0]],
}
# Height over width of an erased rectangle, as in Zhong et al.
ERASE_ASPECT = (0.3, 1 / 0.3)


def draw(settings: dict, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the operations of `n` crops.

    Parameters
    ----------
    settings : dict
        Parameters of an :class:`~radiohers.crops.Augmentation`.
    n : int
        Number of crops.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    ndarray of shape (n,), dtype RECORD
        One record a crop.

    Notes
    -----
    Every crop takes the same number of draws, whatever is applied to it. So the first
    records do not depend on `n`, and a change of one operation's probability or strength
    leaves the others as they were.
    """
    chance = dict(zip(DRAWS, rng.random((n, len(DRAWS))).T, strict=True))
    applied = {name: chance[name] < settings[name] for name in OPERATIONS}
    smallest, largest = settings["erase_area"]
    flattest, tallest = np.log(ERASE_ASPECT)
    corner = _choose(chance["corner"], 8)
    values = {
        "rotate": {"rotate_degrees": (2 * chance["angle"] - 1) * settings["max_rotation_degrees"]},
        "skew_tilt": {
            "skew_tilt": chance["tilt"] * settings["max_tilt"],
            "skew_tilt_side": SIDES[_choose(chance["side"], 4)],
        },
        "skew_corner": {
            "skew_corner": chance["shift"] * settings["max_corner_shift"],
            "skew_corner_name": CORNERS[corner // 2],
            "skew_corner_axis": AXES[corner % 2],
        },
        "shear": {
            "shear_degrees": (2 * chance["lean"] - 1) * settings["max_shear_degrees"],
            "shear_axis": AXES[_choose(chance["axis"], 2)],
        },
        "erase": {
            "erase_area": smallest + (largest - smallest) * chance["area"],
            "erase_aspect": np.exp(flattest + (tallest - flattest) * chance["aspect"]),
            "erase_row": chance["row"],
            "erase_column": chance["column"],
            "erase_seed": _choose(chance["seed"], 2**32),
        },
    }
    record = np.zeros(n, RECORD)
    record["rotate_90_left"] = applied["rotate_90_left"]
    record["rotate_90_right"] = applied["rotate_90_right"]
    for operation, fields in values.items():
        for field, value in fields.items():
            record[field][applied[operation]] = value[applied[operation]]
    return record


def as_record(operations: pd.DataFrame) -> np.ndarray:
    """Turn a table of operations back into records.

    Parameters
    ----------
    operations : DataFrame of n rows
        Has the columns of RECORD; other columns are left aside.

    Returns
    -------
    ndarray of shape (n,), dtype RECORD
        One record a row.

    Raises
    ------
    CropError
        If a column is missing, a side, corner or axis is not known, or an erased rectangle
        has no place in the crop.
    """
    names = RECORD.names or ()
    missing = [name for name in names if name not in operations]
    if missing:
        raise CropError(
            f"The table of operations lacks the columns {missing}", advice="Make one with Augmentation.sample."
        )
    record = np.zeros(len(operations), RECORD)
    for name in names:
        column = operations[name]
        # An empty name comes back from a CSV file as a missing value.
        record[name] = column.fillna("").astype(str) if RECORD[name].kind == "U" else column
    for strength, name, known in NAMED:
        wrong = set(record[name][record[strength] != 0]) - set(known)
        if wrong:
            raise CropError(
                f"The table of operations has {name}={sorted(map(str, wrong))}", advice=f"Use {known.tolist()}."
            )
    erased = record[record["erase_area"] != 0]
    placed = (erased["erase_row"] >= 0) & (erased["erase_row"] < 1)
    placed &= (erased["erase_column"] >= 0) & (erased["erase_column"] < 1)
    if not (placed & (erased["erase_aspect"] > 0)).all():
        raise CropError(
            "The table of operations erases a rectangle whose erase_aspect is not above 0, or whose erase_row or "
            "erase_column does not lie in 0 <= value < 1."
        )
    return record


def net_quarter_turns(record: np.ndarray) -> np.ndarray:
    """Return the quarter turns to the left that remain of both rotations: -1, 0 or 1."""
    return record["rotate_90_left"].astype(int) - record["rotate_90_right"].astype(int)


def geometry(record: np.ndarray, shape: tuple[int, int], *, enlarge: bool) -> tuple[np.ndarray, np.ndarray]:
    """Compose the geometric operations of each crop, in the order of their names, into one homography.

    Parameters
    ----------
    record : ndarray of shape (n,), dtype RECORD
        What was drawn.
    shape : tuple of (n_rows, n_columns)
        Shape of the crops in pixels.
    enlarge : bool
        Whether rotations and shears enlarge the crop so that it stays covered.

    Returns
    -------
    homographies : ndarray of shape (n, 3, 3)
        How points move, in pixels from the centre.
    resampled : ndarray of bool, shape (n,)
        Whether more than quarter turns is done, so that pixels do not fall on pixels.
    """
    homographies = quarter_turns(net_quarter_turns(record))
    steps = [
        ("rotate_degrees", lambda some: rotations(some["rotate_degrees"], shape, enlarge=enlarge)),
        ("skew_tilt", lambda some: homographies_from_corners(_tilted_corners(some, shape), shape)),
        ("skew_corner", lambda some: homographies_from_corners(_shifted_corners(some, shape), shape)),
        ("shear_degrees", lambda some: _sheared(some, shape, enlarge)),
    ]
    resampled = np.zeros(len(record), bool)
    for field, make in steps:
        rows = np.flatnonzero(record[field])
        homographies[rows] = make(record[rows]) @ homographies[rows]
        resampled[rows] = True
    return homographies, resampled


def describe(record: np.ndarray) -> list[str]:
    """Say what is done to each crop, in a few words for a title."""
    return [", ".join(_phrases(one)) or "unchanged" for one in record]


def _choose(uniform: np.ndarray, n_choices: int) -> np.ndarray:
    return (uniform * n_choices).astype(np.int64)


def _sheared(record: np.ndarray, shape: tuple[int, int], enlarge: bool) -> np.ndarray:
    return shears(record["shear_degrees"], record["shear_axis"] == "x", shape, enlarge=enlarge)


def _tilted_corners(record: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    signs = np.array([TILTS[side] for side in record["skew_tilt_side"].tolist()], dtype=float).reshape(-1, 4, 2)
    return corner_points(shape) + signs * (record["skew_tilt"] * max(shape))[:, None, None]


def _shifted_corners(record: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Move one corner away from the centre, along one axis."""
    is_corner = record["skew_corner_name"][:, None] == CORNERS
    is_axis = record["skew_corner_axis"][:, None] == AXES
    outward = np.sign(corner_points(shape))
    shift = (record["skew_corner"] * max(shape))[:, None, None]
    return corner_points(shape) + outward * (is_corner[:, :, None] & is_axis[:, None, :]) * shift


def _phrases(one: np.void) -> Iterator[str]:
    if one["rotate_90_left"]:
        yield "rotate 90° left"
    if one["rotate_90_right"]:
        yield "rotate 90° right"
    if one["rotate_degrees"]:
        yield f"rotate {one['rotate_degrees']:+.0f}°"
    if one["skew_tilt"]:
        yield f"tilt {one['skew_tilt_side']} {one['skew_tilt']:.2f}"
    if one["skew_corner"]:
        yield f"corner {one['skew_corner_name']} {one['skew_corner_axis']} {one['skew_corner']:.2f}"
    if one["shear_degrees"]:
        yield f"shear {one['shear_axis']} {one['shear_degrees']:+.0f}°"
    if one["erase_area"]:
        yield f"erase {one['erase_area']:.0%}"
