"""Random erasing: a rectangle of a crop is covered."""

from typing import Any

import numpy as np

__all__ = ["erase_rectangles", "rectangles_in_pixels"]


def rectangles_in_pixels(
    area: np.ndarray, aspect: np.ndarray, row: np.ndarray, column: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Turn relative rectangles into pixels.

    Parameters
    ----------
    area : ndarray of shape (n,)
        Area as a fraction of the crop's, above 0.
    aspect : ndarray of shape (n,)
        Height over width.
    row, column : ndarray of shape (n,)
        Place within the room that is left: 0 is top or left, just under 1 bottom or right.
    shape : tuple of (n_rows, n_columns)
        Shape of the crop in pixels.

    Returns
    -------
    ndarray of int, shape (n, 4)
        First row, row after the last, first column, column after the last. Sides are
        rounded to whole pixels, at least one and at most the crop's.

    Examples
    --------
    >>> import numpy as np
    >>> quarter, one, top, right = np.array([[0.25], [1.0], [0.0], [0.999]])
    >>> rectangles_in_pixels(quarter, one, top, right, (8, 8)).tolist()
    [[0, 4, 4, 8]]
    """
    n_rows, n_columns = shape
    height = np.sqrt(area * aspect * n_rows * n_columns).round().clip(1, n_rows)
    width = np.sqrt(area / aspect * n_rows * n_columns).round().clip(1, n_columns)
    top = np.floor(row * (n_rows - height + 1))
    left = np.floor(column * (n_columns - width + 1))
    return np.stack([top, top + height, left, left + width], axis=1).astype(int)


def erase_rectangles(crops: Any, rows: np.ndarray, rectangles: np.ndarray, value: Any, seeds: np.ndarray) -> None:
    """Cover one rectangle in each of some crops, in place.

    Parameters
    ----------
    crops : torch.Tensor of shape (n, channel, row, column)
        Crops of a floating type; changed.
    rows : ndarray of int, shape (m,)
        Which crops.
    rectangles : ndarray of int, shape (m, 4)
        One for each of them, from :func:`rectangles_in_pixels`.
    value : "noise" or float
        What to cover it with. Noise is uniform between the crop's own least and
        greatest value, and the same in every channel, as of a grey image.
    seeds : ndarray of int, shape (m,)
        Seed of each rectangle's noise.
    """
    import torch

    if not len(rows):
        return
    windows = [
        crops[row, :, top:bottom, left:right]
        for row, (top, bottom, left, right) in zip(rows.tolist(), rectangles.tolist(), strict=True)
    ]
    if value != "noise":
        for window in windows:
            window.fill_(value)
        return
    # Drawn on the CPU, whatever the device, so that a record gives the same crops on each; sent over in one piece.
    shapes = [window.shape[-2:] for window in windows]
    drawn = [
        np.random.default_rng(seed).random(shape.numel(), np.float32)
        for seed, shape in zip(seeds.tolist(), shapes, strict=True)
    ]
    noise = torch.from_numpy(np.concatenate(drawn)).to(crops.device, crops.dtype, non_blocking=True)
    # Twenty times faster than one call of aminmax.
    low, high = crops.amin((1, 2, 3)), crops.amax((1, 2, 3))
    parts = noise.split([shape.numel() for shape in shapes])
    for row, window, part in zip(rows.tolist(), windows, parts, strict=True):
        window.copy_(torch.lerp(low[row], high[row], part.view(window.shape[-2:])))
