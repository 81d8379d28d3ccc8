"""From the cells of a layer to the pixels of a crop."""

import math
from typing import Any

import numpy as np

__all__ = ["starts_at_first_pixel", "upsample"]


def upsample(maps: Any, size: tuple[int, int], input_size: tuple[int, int], *, from_first_pixel: bool) -> Any:
    """Interpolate maps of a layer's cells bilinearly, each cell where it looks.

    Parameters
    ----------
    maps : torch.Tensor of shape (n, cell row, cell column)
        One value a cell.
    size : tuple of int
        Rows and columns of the crops.
    input_size : tuple of int
        Rows and columns of the network's input.
    from_first_pixel : bool
        What :func:`starts_at_first_pixel` says of the network.

    Returns
    -------
    torch.Tensor of shape (n, *size)
        The maps; constant beyond the outermost cells' centres.
    """
    import torch

    rows, columns = (_weights(*axis, from_first_pixel) for axis in zip(maps.shape[1:], size, input_size, strict=True))
    return torch.einsum("pi,nij,qj->npq", rows, maps, columns)


def starts_at_first_pixel(network: Any) -> bool:
    """Tell whether the first cell of a network's layers looks at the first pixel, not at the middle of its share.

    A convolution of 3 pixels with padding 1 and stride 2 has its cells at pixels
    0, 2, 4 and so on, and five of them in a row at 0, 32, 64. One of
    2 pixels with stride 2 has them at 0.5, 2.5, 4.5: in the middle of its share.

    Parameters
    ----------
    network : torch.nn.Module
        Any network.

    Returns
    -------
    bool
        Whether all its layers with a stride have odd sizes k and padding k // 2.
    """
    from torch import nn

    strided = [
        module
        for module in network.modules()
        if isinstance(module, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)) and np.max(module.stride) > 1
    ]
    return bool(strided) and all(
        np.all(np.mod(module.kernel_size, 2) == 1)
        and np.all(np.equal(module.padding, np.floor_divide(module.kernel_size, 2)))
        for module in strided
    )


def _weights(n_cells: int, n_pixels: int, n_inputs: int, from_first_pixel: bool) -> Any:
    """Return the weight of each cell in each pixel, of shape (n_pixels, n_cells)."""
    import torch

    pixels = (torch.arange(n_pixels) + 0.5) * (n_inputs / n_pixels)
    stride = _stride(n_cells, n_inputs) if from_first_pixel else None
    places = (pixels - 0.5) / stride if stride else pixels * (n_cells / n_inputs) - 0.5
    places = places.clamp(0, n_cells - 1)
    return (1 - (places[:, None] - torch.arange(n_cells)).abs()).clamp(min=0)


def _stride(n_cells: int, n_inputs: int) -> int | None:
    """Return the power of two that leaves that many cells, or None."""
    powers = (2**exponent for exponent in range(n_inputs.bit_length() + 1))
    return next((stride for stride in powers if math.ceil(n_inputs / stride) == n_cells), None)
