"""Regions of interest: their names and numbers, and choosing some of them."""

import os
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pydicom
import SimpleITK as sitk

from radiohers._wording import listed
from radiohers.dicom._kinds import RTSTRUCT, SEGMENTATIONS
from radiohers.dicom._scan import read_dataset
from radiohers.exceptions import ImageReadError, MaskError

__all__ = ["Roi", "choose_rois", "contours_of", "list_rois", "merge_rois", "open_contours", "roi_names"]

_MAX_NAMED = 30


class Roi(NamedTuple):
    """A region of interest as a mask.

    Attributes
    ----------
    mask : SimpleITK.Image
        uint8, 1 inside and 0 elsewhere, on the grid of the image.
    names : tuple of str
        The name, or those that were merged.
    numbers : tuple of int
        Its number, or theirs.
    notes : tuple of str
        What was noticed, such as points that are no outline.
    gaps : tuple of str
        Those of the notes that name slices which were not drawn.
    """

    mask: sitk.Image
    names: tuple[str, ...]
    numbers: tuple[int, ...]
    notes: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


def list_rois(path: str | os.PathLike) -> pd.DataFrame:
    """List the regions of an RTSTRUCT or the segments of a DICOM SEG.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    DataFrame of shape (n_rois, 4)
        The columns ``number``, ``name``, ``kind`` ("RTSTRUCT" or "SEG") and
        ``n_parts``: closed, open and point contours of an RTSTRUCT, frames of
        a SEG (missing for a label map, whose frames hold all segments).

    Raises
    ------
    ImageReadError
        If the file cannot be read, or is neither of the two.
    MaskError
        If a number stands for two names.

    Examples
    --------
    >>> from radiohers.dicom import list_rois
    >>> list_rois("gone.dcm")
    Traceback (most recent call last):
    radiohers.exceptions.ImageReadError: gone.dcm does not exist. Give the path of a DICOM file.
    """
    where = Path(path).expanduser()
    dataset = open_contours(where, (RTSTRUCT, *SEGMENTATIONS), "an RTSTRUCT or SEG")
    kind = "RTSTRUCT" if dataset.SOPClassUID == RTSTRUCT else "SEG"
    parts = _contours_each(dataset) if kind == "RTSTRUCT" else _frames_each(dataset)
    none = pd.NA if dataset.get("SegmentationType") == "LABELMAP" else 0
    rows = [(number, name, kind, parts.get(number, none)) for number, name in roi_names(dataset, where).items()]
    return pd.DataFrame(rows, columns=["number", "name", "kind", "n_parts"]).astype({"n_parts": "Int64"})


def open_contours(path: Path, sop_classes: Sequence[str], what: str) -> pydicom.Dataset:
    """Read a file without its pixels, and check that it is of one of the SOP classes."""
    dataset = read_dataset(path, stop_before_pixels=True)
    if dataset.get("SOPClassUID") not in sop_classes:
        found = pydicom.uid.UID(str(dataset.get("SOPClassUID", ""))).name or "without SOPClassUID"
        raise ImageReadError(
            f"is not {what}, but {found}", advice="Give the file of the contours.", source=path, joined=" "
        )
    return dataset


def roi_names(dataset: pydicom.Dataset, where: Path) -> dict[int, str]:
    """Return the names by number.

    Raises
    ------
    MaskError
        If a number stands for two names.
    """
    if dataset.SOPClassUID == RTSTRUCT:
        items = dataset.get("StructureSetROISequence") or ()
        found = [(int(item.ROINumber), str(item.get("ROIName", "")).strip()) for item in items]
    else:
        items = dataset.get("SegmentSequence") or ()
        # Label map 0 may be described too, and is the background.
        found = [(int(item.SegmentNumber), str(item.get("SegmentLabel", "")).strip()) for item in items]
        found = [(number, name) for number, name in found if number]
    names: dict[int, str] = {}
    for number, name in found:
        if names.setdefault(number, name) != name:
            raise MaskError(
                f"number {number} stands for two regions of interest, {names[number]!r} and {name!r}, so which "
                "contours are whose cannot be known",
                advice="Export them again with a number each.",
                source=where,
            )
    return names


def contours_of(dataset: pydicom.Dataset) -> dict[int, list[pydicom.Dataset]]:
    """Return the items of ROIContourSequence by the number of their region, of which there may be several."""
    items: dict[int, list[pydicom.Dataset]] = {}
    for item in dataset.get("ROIContourSequence") or ():
        items.setdefault(int(item.ReferencedROINumber), []).append(item)
    return items


def _contours_each(dataset: pydicom.Dataset) -> dict[int, int]:
    return {
        number: sum(len(item.get("ContourSequence") or ()) for item in items)
        for number, items in contours_of(dataset).items()
    }


def _frames_each(dataset: pydicom.Dataset) -> dict[int, int]:
    numbers = [
        int(frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        for frame in dataset.get("PerFrameFunctionalGroupsSequence") or ()
        if "SegmentIdentificationSequence" in frame
    ]
    return {number: numbers.count(number) for number in set(numbers)}


def choose_rois(names: Mapping[int, str], wanted: int | str | Sequence[int | str] | None, where: Path) -> list[int]:
    """Return the numbers of the regions that are wanted, in the order of the file.

    Parameters
    ----------
    names : mapping of int to str
        The names by number.
    wanted : int, str, sequence of them, or None
        A number; a name; a pattern with ``*``, ``?`` and ``[...]`` as in
        :mod:`fnmatch`, upper and lower case alike; or None for all. A text of
        digits that is no name is a number.
    where : Path
        The file, for the message.

    Raises
    ------
    MaskError
        If there is none for one of those wanted; the message lists what there is.
    """
    if wanted is None:
        if not names:
            raise MaskError("it holds no regions of interest", advice="Export the contours again.", source=where)
        return list(names)
    asked = [wanted] if isinstance(wanted, (str, int, np.integer)) else list(wanted)
    chosen: set[int] = set()
    for one in asked:
        found = _matching(names, one)
        if not found:
            shown = listed(names.items(), _MAX_NAMED, lambda item: f"{item[0]} {item[1]!r}")
            raise MaskError(
                f"no region of interest {one!r}; there are {shown or 'none'}",
                advice="Give a name, a number, or a pattern such as 'GTV*'.",
                source=where,
            )
        chosen |= found
    return [number for number in names if number in chosen]


def _matching(names: Mapping[int, str], wanted: int | str) -> set[int]:
    if not isinstance(wanted, str):
        return {int(wanted)} & set(names)
    folded = wanted.strip().casefold()
    # A name as it stands comes first: it may hold brackets.
    exact = {number for number, name in names.items() if name.casefold() == folded}
    matching = exact or {number for number, name in names.items() if fnmatchcase(name.casefold(), folded)}
    if not matching and folded.isdecimal():
        matching = {int(folded)} & set(names)
    return matching


def merge_rois(rois: Sequence[Roi]) -> Roi:
    """Return one region that is inside wherever one of several on the same grid is."""
    inside = np.any([sitk.GetArrayViewFromImage(roi.mask) for roi in rois], axis=0)
    mask = sitk.GetImageFromArray(inside.astype(np.uint8))
    mask.CopyInformation(rois[0].mask)
    return Roi(
        mask,
        tuple(name for roi in rois for name in roi.names),
        tuple(number for roi in rois for number in roi.numbers),
        tuple(dict.fromkeys(note for roi in rois for note in roi.notes)),
        tuple(dict.fromkeys(note for roi in rois for note in roi.gaps)),
    )
