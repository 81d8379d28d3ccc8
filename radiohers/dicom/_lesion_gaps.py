"""Slices that were not drawn, of regions from any kind of file."""

import numpy as np
import SimpleITK as sitk

from radiohers.dicom._rois import Roi
from radiohers.images import fill_gaps, find_gaps, name_slices

__all__ = ["with_gaps_named"]


def with_gaps_named(roi: Roi, fill: str | None) -> Roi:
    """Return a region with its gaps named in the notes, and filled first where `fill` is "interpolate"."""
    spacing_mm = roi.mask.GetSpacing()
    lesion = sitk.GetArrayFromImage(roi.mask).astype(bool)
    gaps = find_gaps(lesion, spacing_mm)
    if not gaps:
        return roi
    notes, undrawn = list(roi.notes), list(roi.gaps)
    if fill == "interpolate":
        lesion = fill_gaps(lesion, spacing_mm)
        left = find_gaps(lesion, spacing_mm)
        missing = {number for gap in left for number in gap.slices}
        filled = [gap for gap in gaps if not missing.issuperset(gap.slices)]
        notes += [f"{name_slices(filled, roi.mask)} filled by shape-based interpolation"] if filled else []
        gaps = left
    if gaps:
        undrawn.append(
            f"gap: nothing is drawn on {name_slices(gaps, roi.mask)}, though the lesion is on slices below and above. "
            "Draw them, or fill them from their neighbours: fill_gaps='interpolate' (--fill-gaps interpolate)"
        )
    mask = sitk.GetImageFromArray(lesion.astype(np.uint8))
    mask.CopyInformation(roi.mask)
    return roi._replace(mask=mask, notes=(*notes, *undrawn), gaps=tuple(undrawn))
