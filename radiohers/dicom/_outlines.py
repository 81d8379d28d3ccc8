"""The closed contours of a region, slice by slice in voxels of the image, and what they enclose."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk

from radiohers.dicom._rasterise import fill_polygon
from radiohers.exceptions import GeometryError, ImageReadError, MaskError

__all__ = ["SHARE_OF_STEP", "Outlines", "contour_points", "enclosed", "outlines_of"]

# How far a contour may lie from its slice, of the spacing between slices.
SHARE_OF_STEP = 0.2
_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
# In pixels. Outlines that are nowhere further apart are one, which rounding or another program wrote differently.
_SAME_OUTLINE = 0.1
# Of the spacing between slices. Contours whose planes are further apart were drawn on several slices.
_SAME_PLANE = 0.1


@dataclass
class Outlines:
    """The closed contours of a region, in voxels of the image: slice by slice, lists of (column, row)."""

    slices: dict[int, list[np.ndarray]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def outlines_of(items: Sequence[pydicom.Dataset], image: sitk.Image, tolerance_mm: float, title: str) -> Outlines:
    """Return the outlines of a region, each one once.

    Parameters
    ----------
    items : sequence of pydicom.Dataset
        The items of ROIContourSequence that are of the region.
    image : SimpleITK.Image
        What they were drawn on.
    tolerance_mm : float
        How far a contour may lie from the plane of its slice.
    title : str
        What to call the region in messages.

    Raises
    ------
    GeometryError
        If a contour does not lie on a slice, or contours of several planes lie on one.
    ImageReadError
        If a contour's numbers are no points.
    """
    outlines = Outlines()
    unlike: Counter[str] = Counter()
    repeated = 0
    planes: dict[int, list[float]] = {}
    for contour in (contour for item in items for contour in item.get("ContourSequence") or ()):
        kind = str(contour.get("ContourGeometricType", ""))
        points = contour_points(contour, f"{title}: ")
        if kind not in _CLOSED or len(points) < 3:
            unlike[kind if kind not in _CLOSED else f"{kind} of fewer than 3 points"] += 1
            continue
        index, number, plane = _in_voxels(points, image, tolerance_mm, title)
        planes.setdefault(number, []).append(plane)
        index, laps = _one_lap(index)
        on_slice = outlines.slices.setdefault(number, [])
        if any(_coincide(index, other) for other in on_slice):
            repeated += 1
        else:
            on_slice.append(index)
        repeated += laps - 1
    _check_one_plane(planes, image, title)
    outlines.notes += [f"{count} contours of kind {kind or 'unknown'} left out" for kind, count in unlike.items()]
    if repeated:
        outlines.notes.append(f"{repeated} contours stand in the file twice; taken once")
    return outlines


def contour_points(contour: pydicom.Dataset, title: str = "", source: Path | None = None) -> np.ndarray:
    """Return the points of a contour, in mm, of shape (n_points, 3)."""
    data = np.array(contour.get("ContourData") or [], dtype=float)
    if data.size % 3 or not np.isfinite(data).all():
        raise ImageReadError(
            f"{title}a contour of {data.size} numbers, which are not points of three",
            advice="Export it again.",
            source=source,
        )
    return data.reshape(-1, 3)


def _one_lap(points: np.ndarray) -> tuple[np.ndarray, int]:
    """Return a ring that is gone round once, and how often it was."""
    ring = points[np.abs(points - np.roll(points, 1, axis=0)).max(axis=1) > 0]
    for n_points in range(3, len(ring) // 2 + 1):
        if len(ring) % n_points == 0 and np.abs(ring - np.roll(ring, n_points, axis=0)).max() <= _SAME_OUTLINE:
            return ring[:n_points], len(ring) // n_points
    return points, 1


def _coincide(a: np.ndarray, b: np.ndarray) -> bool:
    """Tell whether two rings are one outline, wherever they begin and whichever way round they go."""
    corners = [np.concatenate([ring.min(axis=0), ring.max(axis=0)]) for ring in (a, b)]
    if np.abs(corners[0] - corners[1]).max() > _SAME_OUTLINE:
        return False
    length = np.linalg.norm(a - np.roll(a, 1, axis=0), axis=1).sum()
    if abs(_area(a) - _area(b)) > _SAME_OUTLINE * length:
        return False
    return max(_furthest(a, b), _furthest(b, a)) <= _SAME_OUTLINE


def _area(ring: np.ndarray) -> float:
    following = np.roll(ring, -1, axis=0)
    return abs(float((ring[:, 0] * following[:, 1] - ring[:, 1] * following[:, 0]).sum())) / 2


def _furthest(a: np.ndarray, b: np.ndarray) -> float:
    """Return how far the corners of a ring and the middles of its edges are from another ring, at most."""
    points = np.concatenate([a, (a + np.roll(a, -1, axis=0)) / 2])
    along = np.roll(b, -1, axis=0) - b
    squared = (along**2).sum(axis=1)
    from_start = points[:, None] - b
    share = (from_start * along).sum(axis=2) / np.where(squared > 0, squared, 1)
    away = from_start - np.clip(share, 0, 1)[..., None] * along
    return float(np.linalg.norm(away, axis=2).min(axis=1).max())


def _check_one_plane(planes: dict[int, list[float]], image: sitk.Image, title: str) -> None:
    for number, found in planes.items():
        if np.ptp(found) > _SAME_PLANE:
            raise GeometryError(
                f"{title}: contours of several planes, {np.ptp(found) * image.GetSpacing()[2]:.2f} mm apart, lie on "
                f"slice {number} (counted from 0)",
                advice="They were drawn on thinner slices: give their series.",
            )


def _in_voxels(points: np.ndarray, image: sitk.Image, tolerance_mm: float, title: str) -> tuple[np.ndarray, int, float]:
    """Return a contour as (column, row) in voxels, the number of its slice, and where its plane lies."""
    axes = np.reshape(image.GetDirection(), (3, 3))
    # Direction cosines are orthonormal, so their transpose is their inverse.
    index = (points - image.GetOrigin()) @ axes / image.GetSpacing()
    step_mm, n_slices = image.GetSpacing()[2], image.GetSize()[2]
    number = round(float(index[:, 2].mean()))
    spread_mm, off_mm = np.ptp(index[:, 2]) * step_mm, np.abs(index[:, 2] - number).max() * step_mm
    place = f"at {np.round(points.mean(axis=0), 2).tolist()} mm"
    if spread_mm > 2 * tolerance_mm:
        raise GeometryError(
            f"{title}: a contour {place} is not parallel to the slices: its points lie {spread_mm:.2f} mm apart "
            f"across them (tolerance {2 * tolerance_mm:.3g})",
            advice="Export contours drawn on this series.",
        )
    if off_mm > tolerance_mm:
        raise GeometryError(
            f"{title}: a contour {place} lies {off_mm:.2f} mm from the nearest slice (tolerance {tolerance_mm:.3g}; "
            f"the slices are {step_mm:.3g} mm apart)",
            advice="It was drawn on other slices: give their series, or raise plane_tolerance_mm.",
        )
    if not 0 <= number < n_slices:
        raise GeometryError(
            f"{title}: a contour {place} lies {'below the first' if number < 0 else 'above the last'} of the "
            f"{n_slices} slices, so the lesion would be cut",
            advice="Is the series complete? Copy or export it again.",
        )
    return index[:, :2], number, float(index[:, 2].mean())


def enclosed(outlines: Outlines, image: sitk.Image, title: str) -> sitk.Image:
    """Return what outlines enclose as a mask; what is noticed is added to their notes.

    Raises
    ------
    MaskError
        If it is the centre of no voxel.
    """
    n_columns, n_rows, n_slices = image.GetSize()
    inside = np.zeros((n_slices, n_rows, n_columns), dtype=bool)
    overlapping = beyond = 0
    for number, contours in outlines.slices.items():
        filled = [fill_polygon(points, (n_rows, n_columns)) for points in contours]
        for position, one in enumerate(filled):
            inside[number] ^= one
            overlapping += any(_overlap_in_part(one, other) for other in filled[:position])
        edges = np.array([n_columns - 0.5, n_rows - 0.5])
        beyond += sum(bool((points < -0.5).any() or (points > edges).any()) for points in contours)
    if overlapping:
        outlines.notes.append(
            f"{overlapping} contours overlap others in part; what two share is outside (exclusive or)"
        )
    if beyond:
        outlines.notes.append(f"{beyond} contours reach beyond the sides of the image and are cut there")
    if not inside.any():
        where = "lie beside the image" if beyond else "enclose the centre of no voxel"
        raise MaskError(
            f"{title}: its contours {where}, so the mask is empty", advice="Check that both are of one patient."
        )
    mask = sitk.GetImageFromArray(inside.astype(np.uint8))
    mask.CopyInformation(image)
    return mask


def _overlap_in_part(a: np.ndarray, b: np.ndarray) -> bool:
    shared = int((a & b).sum())
    return 0 < shared < min(int(a.sum()), int(b.sum()))
