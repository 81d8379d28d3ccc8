"""Slices on which a lesion was not drawn: found, named, and filled from their neighbours."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from radiohers._wording import listed, plural

__all__ = ["Gap", "fill_gaps", "find_gaps", "name_slices"]

_TOUCHING = np.ones((3, 3, 3), dtype=bool)
# Of the lesion's largest section: what is smaller, beside other voxels on the missing slice, is a speck.
_SPECK_SHARE = 0.05
# A mask of more pieces is noise; the largest are looked at.
_MAX_PIECES = 300
_MAX_NAMED = 10


class Gap(NamedTuple):
    """Slices without the lesion, between two sections of it.

    Attributes
    ----------
    slices : range
        The slices that lack it, counted from 0.
    below, above : bool ndarray of shape (row, column)
        The sections on the slices before and after them.
    """

    slices: range
    below: np.ndarray
    above: np.ndarray


def find_gaps(lesion: np.ndarray, spacing_mm: Sequence[float]) -> list[Gap]:
    """Find the slices between parts of a lesion on which it was not drawn.

    Parameters
    ----------
    lesion : bool ndarray of shape (slice, row, column)
        Where it is.
    spacing_mm : sequence of 3 float
        (x, y, z).

    Returns
    -------
    list of Gap
        In the order of the slices.

    Notes
    -----
    Two pieces are parts of one lesion if the sections that face each other
    overlap, or lie within the distance of two slices seen along the axis; and
    if one slice is missing, or they are no further apart than the larger
    section is wide (twice that between pieces of one slice each, since a
    lesion that was drawn on some slices only is made of such pieces). Pieces
    further apart are several lesions.
    """
    inside = np.flatnonzero(lesion.any(axis=(1, 2)))
    if len(inside) < 2:
        return []
    first = int(inside[0])
    # Pieces are looked for in the box of the lesion alone, the sections are those of whole slices.
    part = lesion[first : inside[-1] + 1]
    rows, columns = (np.flatnonzero(part.any(axis=axes)) for axes in ((0, 2), (0, 1)))
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    pieces, n_pieces = ndimage.label(part[:, *box], structure=_TOUCHING)
    if n_pieces < 2:
        return []
    pairs = _facing_pieces(pieces, spacing_mm)
    gaps = []
    for (below, above), some in groupby(sorted(pairs), key=lambda pair: pair[:2]):
        numbers = [(lower, upper) for _, _, lower, upper in some]
        sections = [np.zeros(lesion.shape[1:], dtype=bool) for _ in range(2)]
        for section, at, those in zip(sections, (below, above), zip(*numbers, strict=True), strict=True):
            section[box] = np.isin(pieces[at], those)
        gaps.append(Gap(range(first + below + 1, first + above), *sections))
    return gaps


def _facing_pieces(pieces: np.ndarray, spacing_mm: Sequence[float]) -> list[tuple[int, int, int, int]]:
    """Return (last slice below, first slice above, piece below, piece above) of pieces that belong together."""
    spans = [(box[0].start, box[0].stop - 1) for box in ndimage.find_objects(pieces)]
    starts = np.array([start for start, _ in spans])
    largest = np.argsort(-np.bincount(pieces.ravel())[1:], kind="stable")[:_MAX_PIECES] + 1
    is_empty = ~np.any(pieces, axis=(1, 2))
    speck = _SPECK_SHARE * np.count_nonzero(pieces, axis=(1, 2)).max()
    pairs = []
    for lower in largest.tolist():
        lower_start, below = spans[lower - 1]
        section = pieces[below] == lower
        away_mm = ndimage.distance_transform_edt(~section, sampling=(spacing_mm[1], spacing_mm[0]))
        near = away_mm <= spacing_mm[2]
        for above in sorted(set(starts[starts > below].tolist())):
            facing = set(np.unique(pieces[above][near]).tolist()) & set((np.flatnonzero(starts == above) + 1).tolist())
            if not facing:
                continue
            for upper in facing if above > below + 1 else ():
                other = pieces[above] == upper
                is_thin = lower_start == below and spans[upper - 1][1] == above
                is_drawn = min(section.sum(), other.sum()) >= speck or is_empty[below + 1 : above].all()
                if is_drawn and _is_one_lesion(section, other, above - below, is_thin, spacing_mm):
                    pairs.append((below, above, lower, upper))
            break
    return pairs


def _is_one_lesion(
    below: np.ndarray, above: np.ndarray, n_steps: int, is_thin: bool, spacing_mm: Sequence[float]
) -> bool:
    area_mm2 = max(below.sum(), above.sum()) * spacing_mm[0] * spacing_mm[1]
    width_mm = 2 * float(np.sqrt(area_mm2 / np.pi))
    return n_steps == 2 or n_steps * spacing_mm[2] <= width_mm * (2 if is_thin else 1)


def fill_gaps(lesion: np.ndarray, spacing_mm: Sequence[float]) -> np.ndarray:
    """Fill the slices that a lesion lacks between its parts, by shape-based interpolation.

    Parameters
    ----------
    lesion : bool ndarray of shape (slice, row, column)
        Where it is.
    spacing_mm : sequence of 3 float
        (x, y, z).

    Returns
    -------
    bool ndarray of shape (slice, row, column)
        A new array.

    Notes
    -----
    A voxel of a missing slice is inside where the signed distances to the
    outlines of the two neighbouring sections, in mm and positive inside, have
    a weighted mean above 0; the weights fall linearly with the distance of the slices.

    References
    ----------
    Raya SP, Udupa JK. Shape-based interpolation of multidimensional objects.
    IEEE Trans Med Imaging 1990;9:32-42. doi:10.1109/42.52980
    """
    filled = lesion.copy()
    for gap in find_gaps(lesion, spacing_mm):
        below, above = (_signed_distance_mm(section, spacing_mm) for section in (gap.below, gap.above))
        for number in gap.slices:
            weight = (number - gap.slices.start + 1) / (len(gap.slices) + 1)
            filled[number] |= (1 - weight) * below + weight * above > 0
    return filled


def _signed_distance_mm(section: np.ndarray, spacing_mm: Sequence[float]) -> np.ndarray:
    sampling = (spacing_mm[1], spacing_mm[0])
    # Outside the image is outside the lesion.
    padded = np.pad(section, 1)
    distance = ndimage.distance_transform_edt(padded, sampling) - ndimage.distance_transform_edt(~padded, sampling)
    return distance[1:-1, 1:-1]


def name_slices(gaps: Sequence[Gap], image: sitk.Image) -> str:
    """Name the slices of gaps with their positions.

    Parameters
    ----------
    gaps : sequence of Gap
        The gaps.
    image : SimpleITK.Image
        The image, of whose grid the slices are.

    Returns
    -------
    str
        Such as "slices 3 (6 mm), 5 (10 mm), counted from 0".
    """
    numbers = sorted({number for gap in gaps for number in gap.slices})
    normal = np.reshape(image.GetDirection(), (3, 3))[:, 2]
    # As the patient's axes count, whichever way the slices are stored.
    normal = normal * np.sign(normal[np.argmax(np.abs(normal))])
    named = [
        f"{number} ({np.dot(image.TransformIndexToPhysicalPoint((0, 0, number)), normal):.4g} mm)" for number in numbers
    ]
    return f"slice{plural(len(numbers))} {listed(named, _MAX_NAMED)} (counted from 0)"
