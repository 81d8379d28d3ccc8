"""Slices put in order along their normal, and checked to be one evenly spaced volume."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from radiohers._wording import listed
from radiohers.dicom._acquisitions import check_one_acquisition, name_differences
from radiohers.dicom._planes import Plane
from radiohers.exceptions import ImageReadError

__all__ = ["Stack", "stack_planes"]

# Orientations this close are one: rounding to four digits differs by less.
_SAME_COSINES = 5e-4
_SAME_SPACING_MM = 1e-3
_SAME_POSITION_MM = 0.01
# So many slices of another orientation are scouts; more are a second volume.
_MAX_SCOUTS = 3
# A step this much longer than the usual one has lost a slice.
_GAP = 1.5
_MAX_SHARE_OF_STEP = 0.2


@dataclass
class Stack:
    """Slices in the order of the volume, their grid, and what had to be said about them."""

    planes: list[Plane]
    step_mm: float
    shifts_mm: np.ndarray
    tilt_degrees: float
    notes: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def stack_planes(
    planes: Sequence[Plane], same_voxels: Callable[[Plane, Plane], bool], tolerance_mm: float, name: str
) -> Stack:
    """Order slices along their normal.

    Parameters
    ----------
    planes : sequence of Plane
        In any order; at least one.
    same_voxels : callable
        Tells whether two slices at one position hold the same HU.
    tolerance_mm : float
        How far a slice may stand from even spacing, and beside the normal.
    name : str
        What to call the series in messages.

    Returns
    -------
    Stack
        `shifts_mm`, of shape (n_slices, 2), is how far each slice stands beside
        the normal through the first one, along rows and along columns: zeros
        unless the gantry was tilted.

    Raises
    ------
    ImageReadError
        If the slices are no volume: a gap, uneven steps, different slices at
        one position, several acquisitions by turns, two orientations of many
        slices each.
    """
    stack = Stack([], 0.0, np.zeros((0, 2)), 0.0)
    chosen = _one_orientation(planes, stack, name)
    normal = _normal(chosen[0])
    chosen = _without_duplicates(
        sorted(chosen, key=lambda plane: plane.position_mm @ normal), normal, same_voxels, stack
    )
    stack.planes = chosen
    stack.notes += check_one_acquisition([plane.acquisition for plane in chosen], name)
    stack.step_mm = _even_step(chosen, normal, tolerance_mm, stack, name)
    _find_tilt(stack, normal, tolerance_mm)
    said = dict.fromkeys(note for plane in chosen for note in plane.notes)
    stack.notes = [*said, *stack.notes]
    return stack


def _normal(plane: Plane) -> np.ndarray:
    return np.cross(plane.orientation[:3], plane.orientation[3:])


def _alike(a: Plane, b: Plane) -> bool:
    return (
        a.shape == b.shape
        and np.abs(a.orientation - b.orientation).max() < _SAME_COSINES
        and np.abs(np.subtract(a.spacing_mm, b.spacing_mm)).max() < _SAME_SPACING_MM
    )


def _one_orientation(planes: Sequence[Plane], stack: Stack, name: str) -> list[Plane]:
    groups: list[list[Plane]] = []
    for plane in planes:
        group = next((group for group in groups if _alike(group[0], plane)), None)
        if group is None:
            groups.append([plane])
        else:
            group.append(plane)
    groups.sort(key=len, reverse=True)
    if len(groups) > 1 and (len(groups[1]) > _MAX_SCOUTS or len(groups[0]) <= _MAX_SCOUTS):
        found = "; ".join(
            f"{len(group)} slices of {group[0].shape[0]} x {group[0].shape[1]} pixels, spacing {group[0].spacing_mm} "
            f"mm, orientation {np.round(group[0].orientation, 4).tolist()}"
            for group in groups[:4]
        )
        raise ImageReadError(
            f"holds {len(groups)} kinds of slices, not one volume: {found}",
            advice="Put each into a folder of its own.",
            source=name,
            joined=" ",
        )
    for plane in (plane for group in groups[1:] for plane in group):
        stack.left_out.append((plane.name, "other orientation, size or spacing than the volume's (scout?)"))
    n_scouts = sum(map(len, groups[1:]))
    if n_scouts:
        stack.notes.append(f"{n_scouts} slices of another orientation, size or spacing left out")
    return groups[0]


def _without_duplicates(
    planes: list[Plane], normal: np.ndarray, same_voxels: Callable[[Plane, Plane], bool], stack: Stack
) -> list[Plane]:
    kept = planes[:1]
    for plane in planes[1:]:
        apart = plane.position_mm - kept[-1].position_mm
        if abs(apart @ normal) > _SAME_POSITION_MM:
            kept.append(plane)
        elif np.linalg.norm(apart) <= _SAME_POSITION_MM and same_voxels(kept[-1], plane):
            stack.left_out.append((plane.name, f"the same slice as {kept[-1].name}"))
        else:
            found = name_differences(kept[-1].acquisition, plane.acquisition)
            differences = f" ({found})" if found else ""
            raise ImageReadError(
                f"and {plane.name} are two different slices at one position, "
                f"{plane.position_mm @ normal:.2f} mm along the normal{differences}",
                advice="Keep one acquisition in the folder.",
                source=kept[-1].name,
                joined=" ",
            )
    n_dropped = len(planes) - len(kept)
    if n_dropped:
        stack.notes.append(f"{n_dropped} duplicates of slices dropped (same position, same voxels)")
    return kept


def _even_step(planes: list[Plane], normal: np.ndarray, tolerance_mm: float, stack: Stack, name: str) -> float:
    if len(planes) == 1:
        return _step_of_one(planes[0], stack)
    along = np.array([plane.position_mm @ normal for plane in planes])
    steps = np.diff(along)
    usual = float(np.median(steps))
    step = float((along[-1] - along[0]) / (len(planes) - 1))
    limit = min(tolerance_mm, _MAX_SHARE_OF_STEP * step)
    uneven = np.abs(along - (along[0] + step * np.arange(len(planes)))).max()
    if uneven > limit:
        raise _uneven(planes, along, steps, usual, uneven, limit).with_source(name)
    if uneven > _SAME_POSITION_MM:
        stack.notes.append(f"slices stand up to {uneven:.3f} mm from even spacing; taken for even")
    said = planes[0].step_mm
    if said is not None and abs(abs(said) - step) > max(_SAME_POSITION_MM, limit):
        stack.notes.append(f"SpacingBetweenSlices says {said:g} mm, the positions {step:.4g} mm: the positions hold")
    return step


def _step_of_one(plane: Plane, stack: Stack) -> float:
    step = plane.thickness_mm or plane.step_mm
    if not step or step < 0:
        raise ImageReadError(
            "the series is this one slice, and its header has no SliceThickness, so how thick a voxel is cannot be "
            "known",
            advice="Export it with its thickness.",
            source=plane.name,
        )
    source = "SliceThickness" if plane.thickness_mm else "SpacingBetweenSlices"
    stack.notes.append(f"a single slice: the spacing across it, {step:g} mm, is its {source}")
    return float(step)


def _uneven(
    planes: list[Plane], along: np.ndarray, steps: np.ndarray, usual: float, uneven: float, limit: float
) -> ImageReadError:
    gaps = np.flatnonzero(steps > _GAP * usual)
    if not len(gaps):
        return ImageReadError(
            f"its {len(planes)} slices are not evenly spaced: steps of {steps.min():.3f} to {steps.max():.3f} mm, up "
            f"to {uneven:.3f} mm from even (tolerance {limit:.3g})",
            advice="Export slices of one spacing, or put each part into a folder of its own.",
        )
    shown = [
        f"between {along[gap]:.2f} and {along[gap + 1]:.2f} mm along the normal ({planes[gap].path} and "
        f"{planes[gap + 1].path}: {steps[gap]:.2f} mm, the others {usual:.2f}; "
        f"{max(round(steps[gap] / usual) - 1, 1)} missing)"
        for gap in gaps
    ]
    missing = listed(shown, 3, separator="; ", noun="gaps")
    return ImageReadError(f"slices are missing {missing}", advice="Copy or export the whole series.")


def _find_tilt(stack: Stack, normal: np.ndarray, tolerance_mm: float) -> None:
    first = stack.planes[0]
    apart = np.array([plane.position_mm - first.position_mm for plane in stack.planes])
    shifts = apart @ np.stack([first.orientation[:3], first.orientation[3:]], axis=1)
    largest = np.linalg.norm(shifts, axis=1).max()
    stack.shifts_mm = np.zeros_like(shifts)
    if largest > tolerance_mm:
        stack.shifts_mm = shifts
        stack.tilt_degrees = float(np.degrees(np.arctan2(np.linalg.norm(shifts[-1]), apart[-1] @ normal)))
