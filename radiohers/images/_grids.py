"""In what way the grid of a mask differs from its image's, and what mends it."""

from itertools import permutations
from typing import NamedTuple

import numpy as np

from radiohers.images._geometry import geometry_mismatch
from radiohers.images._header import ImageHeader

__all__ = ["GridRelation", "compare_grids"]

# Of a voxel. Far above the rounding of float32 headers.
_LATTICE_TOLERANCE = 1e-3
_RESAMPLE = (
    'Resample the mask onto the image: read_pair(..., on_mismatch="resample"), or correctMask: true in the parameters'
)
_COPY_GEOMETRY = (
    "If the lesion lies where it should once both are shown voxel by voxel, give the mask the image's geometry "
    "(SimpleITK: mask.CopyInformation(image)) and save it"
)


class GridRelation(NamedTuple):
    """How the grid of a mask lies to that of its image.

    Attributes
    ----------
    name : str
        "same grid", "part of the image", "one slice", "flipped", "axes swapped",
        "geometry lost", "no overlap", "other origin", "other spacing", "other direction"
        or "other grid".
    text : str
        What differs, measured.
    advice : str
        What mends it; empty for "same grid".
    is_exact : bool
        Whether every voxel centre of the mask is one of the image's lattice, so
        that resampling moves nothing.
    is_misplaced : bool
        Whether resampling would put the lesion in a wrong place, as far as
        headers tell.
    """

    name: str
    text: str
    advice: str
    is_exact: bool
    is_misplaced: bool


def compare_grids(image: ImageHeader, mask: ImageHeader, tolerance_mm: float = 1e-3) -> GridRelation:
    """Say in what way the grid of a mask differs from its image's.

    Parameters
    ----------
    image, mask : ImageHeader
        See :func:`read_header`.
    tolerance_mm : float, default=1e-3
        Differences up to this are none; as in :func:`read_pair`.

    Returns
    -------
    GridRelation
        The name of the difference, what was measured, and what to do.

    Notes
    -----
    Headers alone are compared. A mask whose voxels were turned round while its
    header stayed as it was looks like one on the same grid.

    Examples
    --------
    >>> import SimpleITK as sitk
    >>> from radiohers.images import compare_grids, read_header
    >>> image, mask = sitk.Image(9, 8, 7, sitk.sitkInt16), sitk.Image(7, 8, 9, sitk.sitkUInt8)
    >>> compare_grids(read_header(image), read_header(mask)).name
    'axes swapped'
    """
    mismatch = geometry_mismatch(image, mask, tolerance_mm)
    if mismatch is None:
        return GridRelation("same grid", "mask and image lie on one grid", "", True, False)
    text = f"mask and image differ in {mismatch}"
    return (
        _same_lattice(image, mask, text)
        or _mistaken_header(image, mask, text)
        or _no_overlap(image, mask, text)
        or _other(image, mask, text)
    )


def _same_lattice(image: ImageHeader, mask: ImageHeader, text: str) -> GridRelation | None:
    """Recognise a mask whose voxels are some or all of the image's, in whatever order."""
    to_image = np.linalg.inv(image.affine()) @ mask.affine()
    axes, first = np.rint(to_image[:3, :3]), np.rint(to_image[:3, 3])
    corners = _corners(mask.size) @ axes.T + first
    strayed = _corners(mask.size) @ to_image[:3, :3].T + to_image[:3, 3] - corners
    is_lattice = np.abs(strayed).max() < _LATTICE_TOLERANCE
    if not is_lattice or not (np.abs(axes).sum(axis=0) == 1).all() or not (np.abs(axes).sum(axis=1) == 1).all():
        return None
    low, high = corners.min(axis=0), corners.max(axis=0)
    if (low < 0).any() or (high >= image.size).any():
        return None
    advice = f"{_RESAMPLE}; no voxel moves."
    if (axes == np.eye(3)).all():
        first = tuple(int(n) for n in low)
        return GridRelation(
            "part of the image", f"{text}; the mask covers the part that begins at voxel {first}", advice, True, False
        )
    if (np.abs(axes) == np.eye(3)).all():
        flipped = " and ".join(name for name, sign in zip("xyz", axes.diagonal(), strict=True) if sign < 0)
        return GridRelation("flipped", f"{text}; it is stored with {flipped} reversed", advice, True, False)
    return GridRelation("axes swapped", f"{text}; it is stored with another order of axes", advice, True, False)


def _corners(size: tuple[int, ...]) -> np.ndarray:
    """Return the indices of the voxels at the 8 corners."""
    return np.array(list(np.ndindex(2, 2, 2))) * (np.array(size) - 1)


def _mistaken_header(image: ImageHeader, mask: ImageHeader, text: str) -> GridRelation | None:
    """Recognise headers that are wrong in a known way, so that resampling would misplace the lesion."""
    if image.size[:2] == mask.size[:2] and 1 in (image.size[2], mask.size[2]) and image.size[2] != mask.size[2]:
        return GridRelation(
            "one slice",
            f"{text}; one of the two is a single slice",
            "Export image and mask as volumes of all slices.",
            False,
            True,
        )
    if image.size != mask.size and sorted(image.size) == sorted(mask.size):
        order = next(order for order in permutations(range(3)) if tuple(mask.size[i] for i in order) == image.size)
        return GridRelation(
            "axes swapped",
            text,
            "The voxels were saved with their axes in another order, and the header does not say so. Transpose them "
            f"(array.transpose{tuple(2 - i for i in reversed(order))} in (slice, row, column)) and take over the "
            "image's geometry.",
            False,
            True,
        )
    if image.size != mask.size:
        return None
    if np.allclose(mask.affine(), np.diag([-1.0, -1, 1, 1]) @ image.affine(), atol=1e-2):
        return GridRelation(
            "flipped",
            f"{text}; x and y have the opposite sign, as where a header in RAS was taken for one in LPS",
            f"{_COPY_GEOMETRY}.",
            False,
            True,
        )
    if any(np.allclose(mask.affine(), plain) for plain in (np.eye(4), np.diag([-1.0, -1, 1, 1]))):
        return GridRelation(
            "geometry lost",
            f"{text}; the mask has no geometry of its own (spacing 1 mm, origin 0), as one saved from an array",
            f"{_COPY_GEOMETRY}.",
            False,
            True,
        )
    return None


def _no_overlap(image: ImageHeader, mask: ImageHeader, text: str) -> GridRelation | None:
    if _share_inside(image, mask) > 0:
        return None
    return GridRelation(
        "no overlap",
        f"{text}; the two do not overlap at all",
        "The mask probably belongs to another patient or series. Check the paths of this row, and the export.",
        False,
        True,
    )


def _share_inside(image: ImageHeader, mask: ImageHeader) -> float:
    """Return how much of the box around the mask's grid lies in the image's; slanted grids are boxed in."""
    to_image = np.linalg.inv(image.affine()) @ mask.affine()
    # Voxels reach half their size beyond their centres.
    edges = np.array(list(np.ndindex(2, 2, 2))) * np.array(mask.size) - 0.5
    edges = edges @ to_image[:3, :3].T + to_image[:3, 3]
    low, high = edges.min(axis=0), edges.max(axis=0)
    common = np.minimum(high, np.array(image.size) - 0.5) - np.maximum(low, -0.5)
    return float(np.prod(np.clip(common, 0, None) / (high - low)))


def _other(image: ImageHeader, mask: ImageHeader, text: str) -> GridRelation:
    has_size = image.size == mask.size
    has_spacing = np.allclose(image.spacing_mm, mask.spacing_mm, rtol=1e-4)
    has_direction = np.allclose(image.direction, mask.direction, atol=1e-4)
    if has_size and has_spacing and has_direction:
        name, advice = "other origin", f"Either the export lost the position: {_lower(_COPY_GEOMETRY)}. Or"
    elif has_size and has_direction:
        name, advice = "other spacing", f"Either the export lost the spacing: {_lower(_COPY_GEOMETRY)}. Or"
    elif has_size and has_spacing:
        name, advice = "other direction", f"Either the export lost the direction: {_lower(_COPY_GEOMETRY)}. Or"
    else:
        name, advice = "other grid", ""
    drawn = "the mask was drawn on another series or on a resampled one"
    mend = _lower(_RESAMPLE)
    advice = (
        f"{advice} {drawn}: {mend}, and look at the result." if advice else f"T{drawn[1:]}: {mend}, and look at it."
    )
    return GridRelation(
        name, f"{text}; {_share_inside(image, mask):.0%} of the mask lies in the image", advice, False, False
    )


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
