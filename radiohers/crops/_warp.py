"""Sampling a batch of crops through one homography each."""

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["turn_crops", "warp_crops"]

# Crops of this many values together stay in a core's cache between the steps.
VALUES_AT_A_TIME = 200_000
# Where a perspective would divide by less, points lie beyond the horizon; they are sent far off the crop.
NEAREST_TO_HORIZON = 1e-3


def turn_crops(crops: Any, rows: np.ndarray, turns: int, out: Any) -> None:
    """Rotate some crops by quarter turns to the left, moving pixels and changing none.

    Parameters
    ----------
    crops : torch.Tensor of shape (n, channel, row, column)
        Crops; square unless `turns` is even.
    rows : ndarray of int
        Which crops.
    turns : int
        Number of quarter turns.
    out : torch.Tensor
        Where the results are put, in the same rows.
    """
    import torch

    if len(rows):
        index = torch.from_numpy(rows).to(crops.device, non_blocking=True)
        out[index] = torch.rot90(crops[index], turns, dims=(-2, -1))


def warp_crops(crops: Any, rows: np.ndarray, matrices: np.ndarray, padding: str, out: Any) -> None:
    """Sample some crops bilinearly through homographies.

    Parameters
    ----------
    crops : torch.Tensor of shape (n, channel, row, column)
        Crops of a floating type.
    rows : ndarray of int, shape (m,)
        Which crops.
    matrices : ndarray of shape (m, 3, 3)
        One for each of them, from :func:`~radiohers.crops._homography.sampling_matrices`.
    padding : {"border", "reflection", "zeros"}
        What lies outside the crop.
    out : torch.Tensor
        Where the results are put, in the same rows.
    """
    import torch

    if not len(rows):
        return
    index = torch.from_numpy(rows).to(crops.device, non_blocking=True)
    moves = torch.from_numpy(matrices).to(crops.device, crops.dtype, non_blocking=True)
    at_a_time = len(rows)
    if crops.device.type == "cpu":
        n_values = crops.shape[1:].numel()
        at_a_time = max(torch.get_num_threads(), VALUES_AT_A_TIME // n_values)
    for some, of_these in zip(index.split(at_a_time), moves.split(at_a_time), strict=True):
        grid = _sampling_grid(of_these, crops.shape[-2:])
        out[some] = torch.nn.functional.grid_sample(crops[some], grid, padding_mode=padding, align_corners=False)


def _sampling_grid(matrices: Any, shape: Sequence[int]) -> Any:
    """Return where each pixel of the results comes from, shape (n, row, column, 2).

    A homography is a sum of a part that depends on the column and one that depends on
    the row, so the points need one addition each and no product of matrices.
    """
    import torch

    n_rows, n_columns = shape
    like = {"device": matrices.device, "dtype": matrices.dtype}
    x = (2 * torch.arange(n_columns, **like) + 1) / n_columns - 1
    y = (2 * torch.arange(n_rows, **like) + 1) / n_rows - 1
    of_columns = matrices[:, :, 0, None] * x
    of_rows = matrices[:, :, 1, None] * y + matrices[:, :, 2, None]
    divisor = of_columns[:, 2:, None, :] + of_rows[:, 2:, :, None]
    grid = of_columns[:, :2, None, :] + of_rows[:, :2, :, None]
    grid *= divisor.clamp_(min=NEAREST_TO_HORIZON).reciprocal_()
    # One plane for x and one for y are six times faster to fill than pairs, and as fast to sample from.
    return grid.permute(0, 2, 3, 1)
