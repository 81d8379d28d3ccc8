"""Applying to a batch what was drawn for its crops."""

from typing import Any

import numpy as np

from radiohers.crops._erase import erase_rectangles, rectangles_in_pixels
from radiohers.crops._homography import sampling_matrices
from radiohers.crops._operations import geometry, net_quarter_turns
from radiohers.crops._warp import turn_crops, warp_crops
from radiohers.exceptions import CropError

__all__ = ["apply_operations", "check_batch"]


def apply_operations(batch: Any, record: np.ndarray, *, padding: str, erase_value: Any) -> Any:
    """Turn or warp each crop, then erase rectangles.

    Parameters
    ----------
    batch : torch.Tensor of shape (n, channel, row, column)
        Crops, not changed.
    record : ndarray of shape (n,), dtype RECORD
        What is done to each.
    padding : {"enlarge", "border", "reflection", "zeros"}
        What shows where a rotation or shear would leave the frame empty.
    erase_value : "noise" or float
        What rectangles are filled with.

    Returns
    -------
    torch.Tensor of shape (n, channel, row, column)
        New crops of the batch's type on its device.

    Raises
    ------
    CropError
        If crops that are not square are to be rotated by 90 degrees.
    """
    import torch

    shape = tuple(batch.shape[-2:])
    turns = net_quarter_turns(record)
    if shape[0] != shape[1] and turns.any():
        raise CropError(
            f"A rotation by 90 degrees does not fit crops of {shape[0]} x {shape[1]} pixels",
            advice="Use square crops, or set rotate_90_left=0 and rotate_90_right=0.",
        )
    homographies, resampled = geometry(record, shape, enlarge=padding == "enlarge")
    warped = np.flatnonzero(resampled)
    with torch.no_grad():
        crops = batch if batch.dtype in (torch.float32, torch.float64) else batch.to(torch.float32)
        changed = crops.clone()
        for turn in (-1, 1):
            turn_crops(crops, np.flatnonzero((turns == turn) & ~resampled), turn, changed)
        # Enlarged crops cover the frame; "border" is for the rounding at its edge.
        outside = "border" if padding == "enlarge" else padding
        warp_crops(crops, warped, sampling_matrices(homographies[warped], shape), outside, changed)
        _erase(changed, record, erase_value)
        if batch.dtype == torch.uint8:
            changed.round_().clamp_(0, 255)
        return changed.to(batch.dtype)


def check_batch(batch: Any) -> None:
    """Raise a CropError unless the batch is a tensor of crops that can be augmented."""
    import torch

    if not isinstance(batch, torch.Tensor) or batch.ndim != 4:
        found = f"{type(batch).__name__} of shape {tuple(getattr(batch, 'shape', ()))}"
        raise CropError(
            f"The batch must be a torch.Tensor of shape (n, channel, row, column), not {found}",
            advice="Images (n, row, column) become one by torch.from_numpy(images)[:, None].",
        )
    if batch.dtype != torch.uint8 and not batch.is_floating_point():
        raise CropError(
            f"The batch must be uint8 or of a floating type, not {batch.dtype}", advice="Convert it with .float()."
        )


def _erase(crops: Any, record: np.ndarray, value: str | float) -> None:
    rows = np.flatnonzero(record["erase_area"])
    area, aspect, row, column = (record[f"erase_{part}"][rows] for part in ("area", "aspect", "row", "column"))
    rectangles = rectangles_in_pixels(area, aspect, row, column, tuple(crops.shape[-2:]))
    erase_rectangles(crops, rows, rectangles, value, record["erase_seed"][rows])
