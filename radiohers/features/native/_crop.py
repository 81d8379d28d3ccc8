"""The lesion's box, and the part of the image around it that a filter needs."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from radiohers.features.native._compile import kernel

__all__ = ["Volume", "widen"]

Box = tuple[slice, ...]


@dataclass(frozen=True)
class Volume:
    """One case's voxels, with what several filters ask of them.

    Parameters
    ----------
    image : ndarray of float64, C-contiguous
        The whole image: 3-D as (slice, row, column), or 2-D.
    spacing_mm : tuple of float
        In the order of the axes.
    mask : ndarray of bool
        True inside the lesion, which must not be empty.
    pixel_type : dtype, default=float64
        What the voxels were stored as. pyradiomics computes some filters, and
        lays bins, in float32 where the image is.
    """

    image: np.ndarray
    spacing_mm: tuple[float, ...]
    mask: np.ndarray
    pixel_type: np.dtype = np.dtype(np.float64)

    @cached_property
    def box(self) -> Box:
        """The smallest box that holds the lesion."""
        sides, inside = [], self.mask
        while inside.ndim:
            # Of each axis, what lies outside of the lesion is not looked at again.
            found = np.flatnonzero(inside.reshape(len(inside), -1).any(axis=1))
            sides.append(slice(int(found[0]), int(found[-1]) + 1))
            inside = np.any(inside[sides[-1]], axis=0)
        return tuple(sides)

    @cached_property
    def boxed_mask(self) -> np.ndarray:
        """The mask in that box."""
        return np.ascontiguousarray(self.mask[self.box])

    @cached_property
    def boxed_image(self) -> np.ndarray:
        """The image in that box; a copy."""
        return np.ascontiguousarray(self.image[self.box])

    @property
    def float_type(self) -> np.dtype:
        """float32 for an image of that type, else float64: integers would overflow in small types."""
        return np.dtype(np.float32 if self.pixel_type == np.float32 else np.float64)

    @cached_property
    def peak(self) -> float:
        """The largest absolute value of the whole image, on which pyradiomics' rescaling filters depend."""
        return largest_absolute(self.image.reshape(-1))


def widen(box: Box, margins: tuple[int, ...], shape: tuple[int, ...]) -> tuple[Box, Box]:
    """Return the box with a margin, cut off at the image's border.

    Parameters
    ----------
    box : tuple of slice
        In the image.
    margins : tuple of int
        Voxels along each axis, on both sides.
    shape : tuple of int
        Of the image.

    Returns
    -------
    wide : tuple of slice
        In the image.
    inner : tuple of slice
        Where `box` is inside of `wide`.

    Examples
    --------
    >>> from radiohers.features.native._crop import widen
    >>> widen((slice(1, 3), slice(4, 6)), (2, 2), (9, 7))
    ((slice(0, 5, None), slice(2, 7, None)), (slice(1, 3, None), slice(2, 4, None)))
    """
    wide = tuple(
        slice(max(side.start - margin, 0), min(side.stop + margin, size))
        for side, margin, size in zip(box, margins, shape, strict=True)
    )
    inner = tuple(
        slice(side.start - outer.start, side.stop - outer.start) for side, outer in zip(box, wide, strict=True)
    )
    return wide, inner


@kernel
def largest_absolute(values):
    """Return the largest absolute value of a flat array."""
    largest = 0.0
    for i in range(np.uint64(values.size)):
        value = abs(values[i])
        if value > largest:
            largest = value
    return largest
