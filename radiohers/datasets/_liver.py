"""The part of a synthetic CT around the lesions: liver, vessels, body wall and noise."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter

from radiohers.datasets._lesions import draw_appearances, paint_lesion, place_lesions
from radiohers.datasets._texture import correlated_noise

LIVER_HU = 105.0
VESSEL_HU = 160.0
FAT_HU = -95.0
MUSCLE_HU = 58.0
FAT_THICKNESS_MM = (2.0, 7.0)
LOWEST_HU, HIGHEST_HU = -1024, 3071


def make_liver_ct(
    seed: np.random.SeedSequence,
    shape: tuple[int, ...],
    spacing_mm: ArrayLike,
    *,
    positive: bool,
    signal: float,
    n_lesions: int,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Make the CT of one patient: portal-venous liver with lesions.

    Parameters
    ----------
    seed : numpy.random.SeedSequence
        Seed of this patient. Anatomy, lesion shapes, lesion densities and noise
        have streams of their own, so the label cannot move one by way of another.
    shape : tuple of int
        Slices, rows and columns.
    spacing_mm : array-like of shape (3,)
        Distance of slices, rows and columns, in mm.
    positive : bool
        Label of the patient.
    signal : float
        Strength of the difference between the classes, from 0 for none.
    n_lesions : int
        Number of lesions.

    Returns
    -------
    volume_hu : numpy.ndarray of shape (slices, rows, columns), int16
        The CT, in HU.
    masks : list of numpy.ndarray of shape (slices, rows, columns), uint8
        One mask for each lesion.

    Raises
    ------
    ValueError
        If the volume is too small for so many lesions.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.datasets._liver import make_liver_ct
    >>> seed = np.random.SeedSequence(0)
    >>> volume, masks = make_liver_ct(seed, (12, 40, 48), (4, 0.9, 0.8), positive=True, signal=1.0, n_lesions=1)
    >>> volume.shape, volume.dtype, len(masks)
    ((12, 40, 48), dtype('int16'), 1)
    """
    spacing_mm = np.asarray(spacing_mm, dtype=float)
    anatomy, shapes, densities, textures, noise = (
        np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, stream)))
        for stream in range(5)
    )
    liver_distance_mm = _liver_distance(anatomy, shape, spacing_mm)
    volume = _draw_anatomy(anatomy, liver_distance_mm, spacing_mm)
    lesions, masks = place_lesions(shapes, n_lesions, liver_distance_mm, spacing_mm)
    appearances = draw_appearances(densities, n_lesions, positive, signal)
    for lesion, appearance in zip(lesions, appearances, strict=True):
        paint_lesion(textures, volume, lesion, appearance, spacing_mm)
    volume = _acquire(noise, volume, spacing_mm)
    return np.clip(np.rint(volume), LOWEST_HU, HIGHEST_HU).astype(np.int16), masks


def _liver_distance(generator: np.random.Generator, shape: tuple[int, ...], spacing_mm: np.ndarray) -> np.ndarray:
    """Distance in mm from a smooth liver surface, negative inside; the liver fills all but one side of the volume."""
    extent_mm = spacing_mm * (np.array(shape) - 1)
    centre_mm = extent_mm * generator.uniform((0.45, 0.45, 0.65), (0.55, 0.55, 0.75))
    half_axes_mm = extent_mm * generator.uniform((1.1, 0.62, 0.64), (1.3, 0.72, 0.70))
    coordinates = np.ix_(
        *(
            (np.arange(size) * step - middle) / half_axis
            for size, step, middle, half_axis in zip(shape, spacing_mm, centre_mm, half_axes_mm, strict=True)
        )
    )
    relative_radius = np.sqrt(sum(coordinate**2 for coordinate in coordinates))
    # Near the surface of an ellipsoid, (relative radius - 1) x half axis is close to the distance.
    waves_mm = correlated_noise(generator, shape, spacing_mm, [9.0], [1.5])
    return (relative_radius - 1) * half_axes_mm[1:].mean() + waves_mm


def _draw_anatomy(generator: np.random.Generator, liver_distance_mm: np.ndarray, spacing_mm: np.ndarray) -> np.ndarray:
    """Noise-free liver with vessels, a layer of fat around it, and the body wall."""
    shape = liver_distance_mm.shape
    liver_hu = LIVER_HU + generator.normal(0, 8)
    parenchyma = liver_hu + correlated_noise(generator, shape, spacing_mm, [1.5, 4.0, 12.0], [4.0, 3.0, 4.0])
    vessel_hu = VESSEL_HU + generator.normal(0, 10)
    volume = parenchyma + _vessel_weight(generator, shape, spacing_mm) * (vessel_hu - parenchyma)
    fat_mm = generator.uniform(*FAT_THICKNESS_MM)
    outside = np.where(liver_distance_mm < fat_mm, FAT_HU, MUSCLE_HU)
    outside = outside + correlated_noise(generator, shape, spacing_mm, [2.0], [8.0])
    return np.where(liver_distance_mm < 0, volume, outside)


def _vessel_weight(generator: np.random.Generator, shape: tuple[int, ...], spacing_mm: np.ndarray) -> np.ndarray:
    """Share of each voxel, 0 to 1, that lies in one of several curved, tapering vessels."""
    extent_mm = spacing_mm * (np.array(shape) - 1)
    weight = np.zeros(shape)
    for _ in range(generator.integers(8, 15)):
        start, middle, end = generator.uniform(0, 1, (3, 3)) * extent_mm
        along = np.linspace(0, 1, int(np.linalg.norm(middle - start) + np.linalg.norm(end - middle)) + 2)[:, None]
        path = (1 - along) ** 2 * start + 2 * along * (1 - along) * middle + along**2 * end
        widest_mm = generator.uniform(1.2, 4.0)
        for centre_mm, radius_mm in zip(path, np.linspace(widest_mm, 0.4 * widest_mm, len(path)), strict=True):
            _stamp_ball(weight, centre_mm, radius_mm, spacing_mm)
    return weight


def _stamp_ball(weight: np.ndarray, centre_mm: np.ndarray, radius_mm: float, spacing_mm: np.ndarray) -> None:
    """Raise a weight to 1 in a ball whose border is 1 mm soft, in place."""
    reach_mm = radius_mm + 0.5
    low = np.maximum(np.ceil((centre_mm - reach_mm) / spacing_mm).astype(int), 0)
    high = np.floor((centre_mm + reach_mm) / spacing_mm).astype(int) + 1
    box = tuple(slice(a, max(a, b)) for a, b in zip(low, high, strict=True))
    offsets = np.ix_(
        *(
            np.arange(a, min(max(a, b), size)) * step - middle
            for a, b, size, step, middle in zip(low, high, weight.shape, spacing_mm, centre_mm, strict=True)
        )
    )
    distance = np.sqrt(sum(offset**2 for offset in offsets))
    np.maximum(weight[box], np.clip(reach_mm - distance, 0, 1), out=weight[box])


def _acquire(generator: np.random.Generator, volume: np.ndarray, spacing_mm: np.ndarray) -> np.ndarray:
    """Blur and noise of the scanner, whose level differs between patients."""
    blurred = gaussian_filter(volume, 0.6 / spacing_mm, truncate=3)
    noise_hu = generator.uniform(9, 16)
    grain_mm = generator.uniform(0.45, 0.75)
    return blurred + correlated_noise(generator, volume.shape, spacing_mm, [grain_mm], [noise_hu])
