"""Whether a mask marks a lesion that can be used."""

from typing import Any, NamedTuple

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from radiohers._wording import counted, listed
from radiohers.cohort._check_findings import Finding, Limits
from radiohers.images import find_gaps, name_slices

__all__ = ["Lesion", "gap_findings", "label_counts", "lesion_findings", "mask_findings", "measure_lesion"]

# More than a mask of 8 bits can hold; whole-body segmentations have over 100.
_MAX_LABELS = 255
_MAX_LABELS_NAMED = 10
_MAX_COUNTED_SPAN = 2**17
_ROUNDING = 0.01
_MIN_LARGEST_SHARE = 0.8
_SIDES = (("first slice", "last slice"), ("first row", "last row"), ("first column", "last column"))
_TOUCHING = np.ones((3, 3, 3), dtype=bool)


class Lesion(NamedTuple):
    """Numbers of one lesion.

    Attributes
    ----------
    box : tuple of 3 slice
        The smallest part of the volume that holds it.
    n_voxels, n_slices, n_components : int
        Voxels; slices that have some; pieces that touch nowhere, not even at a corner.
    largest_share : float
        Share of the voxels in the largest piece.
    volume_ml : float
        Voxels times their size.
    border : list of str
        The sides of the image that it touches.
    """

    box: tuple[slice, slice, slice]
    n_voxels: int
    n_slices: int
    n_components: int
    largest_share: float
    volume_ml: float
    border: list[str]


def label_counts(voxels: np.ndarray) -> dict[float, int]:
    """Return how many voxels have each value other than 0."""
    if voxels.dtype.kind in "iu":
        low, high = int(voxels.min()), int(voxels.max())
        if high - low < _MAX_COUNTED_SPAN:
            # Slice by slice: bincount makes 8 bytes of each voxel.
            of_slices = (np.bincount(plane.ravel() - np.int64(low), minlength=high - low + 1) for plane in voxels)
            counts = sum(of_slices, np.zeros(high - low + 1, dtype=np.int64))
            return {int(i) + low: int(counts[i]) for i in np.flatnonzero(counts) if i + low != 0}
    values, counts = np.unique(voxels, return_counts=True)
    return {value.item(): int(n) for value, n in zip(values, counts, strict=True) if value != 0}


def mask_findings(case_id: Any, voxels: np.ndarray, label: int) -> tuple[list[Finding], dict[float, int]]:
    """Look whether a mask is one and has the label.

    Parameters
    ----------
    case_id : object
        The case.
    voxels : ndarray of shape (slice, row, column)
        The mask.
    label : int
        The value that marks the lesion.

    Returns
    -------
    findings : list of Finding
        An error among them if the lesion cannot be taken from the mask.
    labels : dict of number to int
        The labels and their voxels; empty where the values are none.
    """
    is_broken = _broken(voxels)
    if is_broken.any():
        return [_not_whole(case_id, voxels, is_broken)], {}
    labels = label_counts(voxels)
    if not labels:
        message = "the mask is empty: every voxel is 0"
        return [Finding(case_id, "error", "empty mask", "0", message, "Draw the lesion, or check the export.")], {}
    named = _named(labels)
    if min(labels) < 0 and len(labels) <= _MAX_LABELS_NAMED:
        message = f"the mask has values below 0: {named}"
        advice = "Export it with 0 as background and labels from 1 on."
        return [Finding(case_id, "error", "mask values", named, message, advice)], {}
    if min(labels) < 0 or len(labels) > _MAX_LABELS:
        span = f"{min(labels):g} to {max(labels):g}"
        message = f"the mask has {len(labels)} values from {span}: it is an image, not a mask"
        advice = "The paths of image and mask may be exchanged, or both name the image. Correct the row."
        return [Finding(case_id, "error", "mask is an image", str(len(labels)), message, advice)], {}
    if label not in labels:
        message = f"no voxel of the mask has label {label}; its labels are {named}"
        advice = "Set the column mask_label to one of them."
        return [Finding(case_id, "error", "label", named, message, advice)], labels
    if sum(labels.values()) == labels[label] == voxels.size:
        message = "the mask covers the whole image"
        return [Finding(case_id, "error", "label", named, message, "Check the export; background must be 0.")], labels
    if len(labels) > 1:
        message = f"the mask has the labels {named}; label {label} is used"
        advice = "Another one is chosen by the column mask_label."
        return [Finding(case_id, "ok", "label", named, message, advice)], labels
    return [], labels


def _broken(voxels: np.ndarray) -> np.ndarray:
    if voxels.dtype.kind != "f":
        return np.zeros(1, dtype=bool)
    return ~np.isfinite(voxels) | (voxels != np.rint(voxels))


def _not_whole(case_id: Any, voxels: np.ndarray, is_broken: np.ndarray) -> Finding:
    values = voxels[is_broken]
    n, example = counted(int(is_broken.sum()), "voxel"), f"{values[0]:.6g}"
    if not np.isfinite(values).all():
        message = f"not finite numbers in the mask, or not whole ones: {n}"
        return Finding(case_id, "error", "mask values", example, message, "Export the mask again, as whole numbers.")
    if voxels.min() < -1 or voxels.max() > _MAX_LABELS:
        message = f"the mask has values from {voxels.min():g} to {voxels.max():g} that are not whole: it is an image"
        advice = "The paths of image and mask may be exchanged. Correct the row."
        return Finding(case_id, "error", "mask is an image", example, message, advice)
    if np.abs(values - np.rint(values)).max() <= _ROUNDING:
        message = f"nearly whole numbers in the mask ({n}, such as {example}): rounding, as by a scale factor"
        advice = "Round them and save the mask as whole numbers: numpy.rint(voxels).astype('uint8')."
        return Finding(case_id, "error", "mask values", example, message, advice)
    message = f"no whole numbers in the mask ({n}, such as {example}): it was resampled with interpolation"
    advice = "Repeat the resampling with nearest neighbour, or threshold it: voxels >= 0.5."
    return Finding(case_id, "error", "mask values", example, message, advice)


def _named(labels: dict[float, int]) -> str:
    return listed(labels.items(), _MAX_LABELS_NAMED, lambda item: f"{item[0]:g} ({counted(item[1], 'voxel')})")


def measure_lesion(lesion: np.ndarray, spacing_mm: tuple[float, ...]) -> Lesion:
    """Measure a lesion that has voxels.

    Parameters
    ----------
    lesion : bool ndarray of shape (slice, row, column)
        Where it is.
    spacing_mm : tuple of 3 float
        (x, y, z).

    Returns
    -------
    Lesion
        Its numbers.
    """
    ranges = []
    # Along x last: numpy is quickest where it first gets rid of whole slices.
    in_slices = np.any(lesion, axis=(1, 2))
    flat = np.any(lesion[in_slices], axis=0)
    for has_some in (in_slices, flat.any(axis=1), flat.any(axis=0)):
        indices = np.flatnonzero(has_some)
        ranges.append(slice(int(indices[0]), int(indices[-1]) + 1))
    box = (ranges[0], ranges[1], ranges[2])
    inside = lesion[box]
    pieces, n_components = ndimage.label(inside, structure=_TOUCHING)
    n_voxels = int(np.count_nonzero(inside))
    largest = int(np.bincount(pieces.ravel())[1:].max()) if n_components > 1 else n_voxels
    border = [
        name
        for side, n, names in zip(box, lesion.shape, _SIDES, strict=True)
        for name, touches in zip(names, (side.start == 0, side.stop == n), strict=True)
        # An image of one slice has no way not to touch it.
        if touches and n > 1
    ]
    return Lesion(
        box=box,
        n_voxels=n_voxels,
        n_slices=int(np.count_nonzero(in_slices)),
        n_components=int(n_components),
        largest_share=largest / n_voxels,
        volume_ml=n_voxels * float(np.prod(spacing_mm)) / 1000,
        border=border,
    )


def lesion_findings(case_id: Any, lesion: Lesion, n_resampled: int | None, limits: Limits) -> list[Finding]:
    """Say what is odd about the shape and size of a lesion."""
    findings = list(_size_findings(case_id, lesion, n_resampled, limits))
    if lesion.border:
        sides = ", ".join(lesion.border)
        message = f"the lesion touches the border of the image: {sides}"
        advice = "It may be cut off, and filters have nothing beyond. Leave more margin around it, where there is more."
        findings.append(Finding(case_id, "warn", "border", sides, message, advice))
    if lesion.n_components > 1:
        level = "ok" if lesion.largest_share >= _MIN_LARGEST_SHARE else "warn"
        # Never 100 %, which would leave nothing for the others.
        share = f"{min(lesion.largest_share, 0.99):.0%}"
        message = f"the lesion is {lesion.n_components} pieces; the largest has {share} of the voxels"
        advice = (
            "Specks of a brush can be erased."
            if level == "ok"
            else "If these are several lesions, give each a label and a row."
        )
        findings.append(Finding(case_id, level, "components", str(lesion.n_components), message, advice))
    return findings


def gap_findings(case_id: Any, lesion: np.ndarray, image: sitk.Image) -> list[Finding]:
    """Name the slices on which a lesion was not drawn, between others on which it was."""
    gaps = find_gaps(lesion, image.GetSpacing())
    if not gaps:
        return []
    named = name_slices(gaps, image)
    message = f"the lesion is not drawn on {named}, though it is on slices below and above"
    advice = (
        "Its volume and texture would be those of a part of it. Draw the slices, fill them when the contours are read "
        "(radiohers ingest --fill-gaps interpolate), or give several lesions a label and a row each."
    )
    return [Finding(case_id, "warn", "missing slices", named, message, advice)]


def _size_findings(case_id: Any, lesion: Lesion, n_resampled: int | None, limits: Limits) -> list[Finding]:
    sides = [side.stop - side.start for side in lesion.box]
    n_sides = sum(side > 1 for side in sides)
    value = str(lesion.n_voxels)
    if n_sides < 2:
        what = "one voxel" if lesion.n_voxels == 1 else f"a line of {lesion.n_voxels} voxels"
        message = f"the lesion is {what}, of which no features can be computed"
        return [Finding(case_id, "error", "voxels", value, message, "Draw the lesion, or take the case out.")]
    if lesion.n_voxels < limits.min_voxels:
        message = f"the lesion has {lesion.n_voxels} voxels, fewer than {limits.min_voxels}: textures are noise"
        advice = "Use first-order features alone for it, or take it out by a rule that was made beforehand."
        return [Finding(case_id, "warn", "voxels", value, message, advice)]
    if n_resampled is not None and n_resampled < limits.min_voxels:
        message = f"about {n_resampled} voxels of the lesion are left after resampling, fewer than {limits.min_voxels}"
        advice = "Resample to smaller voxels, or take the case out by a rule that was made beforehand."
        return [Finding(case_id, "warn", "voxels", str(n_resampled), message, advice)]
    if lesion.n_slices == 1:
        message = "the lesion is on one slice alone, which gives features in 3 dimensions little to measure"
        advice = "Look whether slices of the mask are missing; for thick slices consider features in 2 dimensions."
        return [Finding(case_id, "warn", "slices", "1", message, advice)]
    return []
