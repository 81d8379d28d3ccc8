"""Crops on disk: one archive, or an image each."""

import json
import os
import re
import zipfile
import zlib
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from radiohers._output_files import refuse_existing, write_whole
from radiohers.exceptions import CropError, OutputExistsError

__all__ = ["DROPPED_COLUMNS", "read_crop_arrays", "write_crop_arrays", "write_png"]

DROPPED_COLUMNS = ("case_id", "slice", "reason", "detail")
_FORMAT = "radiohers crops 1"
_UNSAFE = re.compile(r"[^\w.-]+")
_ARRAYS = ("images", "case", "slice", "rectangle", "spacing_mm")


def write_crop_arrays(path: str | os.PathLike, arrays: dict[str, Any], force: bool) -> Path:
    """Write the fields of crops as a NumPy archive.

    Parameters
    ----------
    path : path-like
        The file.
    arrays : dict
        Name to value of every field of crops.
    force : bool
        Whether to overwrite.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputExistsError
        If the file is there and `force` is false.
    CropError
        If a case_id is neither a string nor a whole number.
    """
    path = refuse_existing(path, force)
    content = {name: arrays[name] for name in _ARRAYS}
    content["format"] = np.array(_FORMAT)
    # JSON keeps "1" and 1 apart, and text of any length, without pickle.
    content["case_ids"] = np.array(json.dumps([_plain(case_id) for case_id in arrays["case_ids"]]))
    dropped = arrays["dropped"].itertuples(index=False)
    content["dropped"] = np.array(
        json.dumps([(_plain(case_id), int(number), *why) for case_id, number, *why in dropped])
    )
    if arrays["lesion"] is not None:
        content["lesion"] = np.packbits(arrays["lesion"], axis=-1)

    def write(partial: Path) -> None:
        # By handle: numpy would add .npz to the name.
        with partial.open("wb") as file:
            np.savez(file, **content)

    return write_whole(path, write)


def _plain(case_id: Any) -> str | int:
    if isinstance(case_id, Integral) and not isinstance(case_id, (bool, np.bool_)):
        return int(case_id)
    if isinstance(case_id, str):
        return str(case_id)
    raise CropError(
        f"case_id {case_id!r} is neither a string nor a whole number", advice="Rename the cases before saving."
    )


def read_crop_arrays(path: str | os.PathLike) -> dict[str, Any]:
    """Read what :func:`write_crop_arrays` wrote.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    dict
        Name to value of every field of crops.

    Raises
    ------
    CropError
        If there is no such file, or it is not one of crops.
    """
    path = Path(os.path.expanduser(path))
    if not path.is_file():
        raise CropError("no such file", advice="Give the path of crops written by Crops.save.", source=path)
    if not zipfile.is_zipfile(path):
        raise CropError(
            "is not a file of crops, or is cut short", advice="Write one with Crops.save.", source=path, joined=" "
        )
    try:
        with np.load(path, allow_pickle=False) as archive:
            content = {name: archive[name] for name in archive.files}
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OSError) as error:
        raise CropError(
            f"is damaged: {error}", advice="Copy it again, or make the crops anew.", source=path, joined=" "
        ) from error
    if content.get("format", np.array("")).item() != _FORMAT:
        raise CropError(
            f"is an archive, but not of crops ({_FORMAT!r})",
            advice="Write one with Crops.save.",
            source=path,
            joined=" ",
        )
    lesion = content.get("lesion")
    if lesion is not None:
        lesion = np.unpackbits(lesion, axis=-1, count=content["images"].shape[-1]).astype(bool)
    case_ids = pd.Index(json.loads(content["case_ids"].item()), name="case_id")
    # Files of before this was kept have none.
    dropped = pd.DataFrame(json.loads(content.get("dropped", np.array("[]")).item()), columns=list(DROPPED_COLUMNS))
    return {name: content[name] for name in _ARRAYS} | {"case_ids": case_ids, "lesion": lesion, "dropped": dropped}


def write_png(
    images: np.ndarray, table: pd.DataFrame, folder: str | os.PathLike, force: bool, verbose: int = 0
) -> list[Path]:
    """Write each crop as an image, and the table beside them.

    Parameters
    ----------
    images : ndarray of shape (n_crops, row, column), uint8
        The crops.
    table : DataFrame of n_crops rows
        With the columns ``case_id`` and ``slice``.
    folder : path-like
        The folder.
    force : bool
        Whether to overwrite.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    list of Path
        The images, in the order of the crops.

    Raises
    ------
    OutputExistsError
        If one of the files is there and `force` is false.
    """
    folder = Path(os.path.expanduser(folder))
    if folder.exists() and not folder.is_dir():
        raise OutputExistsError("is a file", advice="Give the path of a folder.", source=folder, joined=" ")
    paths = [folder / name for name in _names(table)]
    for path in (folder / "crops.csv", *paths):
        refuse_existing(path, force)
    bar = tqdm(paths, desc="PNG", unit="crop", disable=not verbose)
    for path, image in zip(bar, images, strict=True):
        write_whole(path, partial(Image.fromarray(image).save, format="PNG"))
    named = table.assign(file=[path.name for path in paths])
    # The table comes last: a folder without it was not finished.
    write_whole(folder / "crops.csv", partial(named.to_csv, index=False))
    return paths


def _names(table: pd.DataFrame) -> list[str]:
    names, taken = [], set()
    for case_id, number in zip(table["case_id"], table["slice"], strict=True):
        # What file systems do not take: "a/b" and "a:b" are one name, told apart by the number at the end.
        stem = f"{_UNSAFE.sub('_', str(case_id))}_slice{number:03d}"
        name, copy = f"{stem}.png", 2
        while name.lower() in taken:
            name, copy = f"{stem}_{copy}.png", copy + 1
        taken.add(name.lower())
        names.append(name)
    return names
