"""Shape features: from the lesion's mask alone."""

from collections.abc import Callable, Iterable

import numpy as np

from radiohers.features.native._compile import kernel
from radiohers.features.native._diameters import diameters_mm
from radiohers.features.native._eigenvalues import eigenvalues
from radiohers.features.native._mesh import measure_mesh
from radiohers.features.native._names import FEATURES

__all__ = ["axis_length", "eigenvalues_of", "root_of_ratio", "shape_features"]

# Rounding makes a flat lesion's smallest eigenvalue a little less than 0.
_ROUNDING = 1e-10
# Of the largest eigenvalue: below, the smallest may be nothing but rounding.
_NEARLY_FLAT = 1e-9


def shape_features(
    mask: np.ndarray, spacing_mm: tuple[float, float, float], names: Iterable[str] | None = None
) -> dict[str, float]:
    r"""Return the size and shape of a lesion.

    Parameters
    ----------
    mask : ndarray of bool of shape (n_slices, n_rows, n_columns)
        The lesion, in a box as small as may be.
    spacing_mm : tuple of float
        Distance of the voxels, in the order of the axes.
    names : iterable of str, default=None
        Which features; all that are not deprecated if there are none.

    Returns
    -------
    dict of str to float
        In mm, mm2 and mm3. NaN where an axis has no length that is real.

    Notes
    -----
    With the surface's area :math:`A` and volume :math:`V`, sphericity is
    :math:`\sqrt[3]{36 \pi V^2} / A`. The axes' lengths are :math:`4 \sqrt{\lambda}`
    with the eigenvalues :math:`\lambda` of the covariance of the voxels' places.

    References
    ----------
    Zwanenburg A et al. The Image Biomarker Standardization Initiative.
    Radiology 2020;295:328. doi:10.1148/radiol.2020191145

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.features.native import shape_features
    >>> shape_features(np.ones((3, 4, 5), bool), (2.0, 1.0, 1.0), ["VoxelVolume", "Maximum2DDiameterSlice"])
    {'VoxelVolume': 120.0, 'Maximum2DDiameterSlice': 5.83...}
    """
    mesh = measure_mesh(mask, spacing_mm)
    in_slice, in_row, in_column, in_space = diameters_mm(mesh.lines_x, mesh.lines_y, spacing_mm)
    area, volume = np.float64(mesh.area), np.float64(mesh.volume)
    least, minor, major = eigenvalues_of(mask, spacing_mm)
    formulas: dict[str, Callable[[], float]] = {
        "Compactness1": lambda: volume / (area**1.5 * np.sqrt(np.pi)),
        "Compactness2": lambda: 36 * np.pi * volume**2 / area**3,
        "Elongation": lambda: root_of_ratio(minor, major),
        "Flatness": lambda: root_of_ratio(least, major),
        "LeastAxisLength": lambda: axis_length(least),
        "MajorAxisLength": lambda: axis_length(major),
        "Maximum2DDiameterColumn": lambda: in_row,
        "Maximum2DDiameterRow": lambda: in_column,
        "Maximum2DDiameterSlice": lambda: in_slice,
        "Maximum3DDiameter": lambda: in_space,
        "MeshVolume": lambda: volume,
        "MinorAxisLength": lambda: axis_length(minor),
        "Sphericity": lambda: np.cbrt(36 * np.pi * volume**2) / area,
        "SphericalDisproportion": lambda: area / np.cbrt(36 * np.pi * volume**2),
        "SurfaceArea": lambda: area,
        "SurfaceVolumeRatio": lambda: area / volume,
        "VoxelVolume": lambda: int(np.count_nonzero(mask)) * float(np.prod(spacing_mm)),
    }
    with np.errstate(all="ignore"):
        return {name: float(formulas[name]()) for name in names or FEATURES["shape"]}


def eigenvalues_of(mask: np.ndarray, spacing_mm: tuple[float, ...]) -> np.ndarray:
    """Return the eigenvalues, in mm2, of the covariance of the voxels' places, in rising order."""
    n_voxels, sums, products = _moments(mask.reshape((1,) * (3 - mask.ndim) + mask.shape))
    sums, products = sums[-mask.ndim :].astype(object), products[-mask.ndim :, -mask.ndim :].astype(object)
    # Exact as long as it is whole numbers; Python's do not overflow.
    exact = n_voxels * products - np.outer(sums, sums)
    values = _in_rising_order(exact.astype(np.float64) / n_voxels**2 * np.outer(spacing_mm, spacing_mm))
    if values[0] < _NEARLY_FLAT * values[-1]:
        # What is left of a length that should be 0 is the rounding of pyradiomics' own steps.
        values = _in_rising_order(_covariance(mask, spacing_mm))
    return values


def _in_rising_order(covariance: np.ndarray) -> np.ndarray:
    values = eigenvalues(covariance)
    values[(values < 0) & (values > -_ROUNDING)] = 0
    return np.sort(values)


def _covariance(mask: np.ndarray, spacing_mm: tuple[float, ...]) -> np.ndarray:
    places = (np.argwhere(mask) + 1) * np.asarray(spacing_mm)
    places -= np.mean(places, axis=0)
    places /= np.sqrt(len(places))
    return np.dot(places.T.copy(), places)


@kernel
def _moments(mask):
    """Return the number of voxels, the sums of their places, and the sums of the products of their places."""
    n_slices, n_rows, n_columns = mask.shape
    n_voxels, sums, products = 0, np.zeros(3, dtype=np.int64), np.zeros((3, 3), dtype=np.int64)
    for z in range(n_slices):
        for y in range(n_rows):
            n, by_x, by_xx = 0, 0, 0
            for x in range(n_columns):
                inside = np.int64(mask[z, y, x])
                n += inside
                by_x += inside * x
                by_xx += inside * x * x
            n_voxels += n
            sums[0] += n * z
            sums[1] += n * y
            sums[2] += by_x
            products[0, 0] += n * z * z
            products[0, 1] += n * z * y
            products[0, 2] += z * by_x
            products[1, 1] += n * y * y
            products[1, 2] += y * by_x
            products[2, 2] += by_xx
    for i in range(3):
        for j in range(i):
            products[i, j] = products[j, i]
    return n_voxels, sums, products


def axis_length(eigenvalue: float) -> float:
    """Return the length of an axis of the ellipsoid with this eigenvalue; NaN below 0."""
    return 4 * np.sqrt(eigenvalue) if eigenvalue >= 0 else np.nan


def root_of_ratio(smaller: float, larger: float) -> float:
    """Return the root of the ratio of two eigenvalues; NaN if one is below 0."""
    return np.sqrt(smaller / larger) if smaller >= 0 and larger >= 0 else np.nan
