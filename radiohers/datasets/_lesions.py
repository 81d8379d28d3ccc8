"""Lesions of synthetic CTs: their shape, their place and their look.

Shape and place never see the label. The label reaches the voxels in one place
only, :func:`draw_appearances`, and there only as far as ``signal`` says.
"""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre
from scipy.special import expit

from radiohers.datasets._texture import correlated_noise

DIAMETER_RANGE_MM = (12.0, 40.0)
GAP_MM = 3.0

# How far the class means of a lesion's latent variables lie apart at signal 1,
# in standard deviations between patients. Two variables 2.5 apart bound the AUC
# by Phi(sqrt(2 * 2.5**2) / sqrt(2)) = 0.994; measured from features of 40 patients,
# noise, lesion size and slice thickness leave 0.90 to 0.97.
CLASS_DISTANCE = 2.5
# The part of that variance that all lesions of a patient share.
SHARED_VARIANCE = 0.7
# Median (HU) and spread (of the logarithm) of the two variables that may tell the classes apart.
RIM_HU, RIM_SPREAD = 38.0, 0.45
HETEROGENEITY_HU, HETEROGENEITY_SPREAD = 14.0, 0.35


@dataclass(frozen=True)
class Lesion:
    """A blob whose radius is a sum of zonal spherical harmonics; all lengths in (slice, row, column) order."""

    centre_mm: np.ndarray
    radius_mm: float
    poles: np.ndarray
    degrees: tuple
    amplitudes: np.ndarray

    @property
    def reach_mm(self) -> float:
        """Upper bound of the radius in any direction."""
        return self.radius_mm * (1 + np.abs(self.amplitudes).sum())

    def box(self, shape: tuple[int, ...], spacing_mm: np.ndarray, margin_mm: float) -> tuple[slice, ...]:
        """Slices of the part of the grid that holds the lesion and a margin."""
        reach = self.reach_mm + margin_mm
        low = np.floor((self.centre_mm - reach) / spacing_mm).astype(int)
        high = np.ceil((self.centre_mm + reach) / spacing_mm).astype(int) + 1
        return tuple(slice(max(0, a), min(size, b)) for a, b, size in zip(low, high, shape, strict=True))

    def distance_mm(self, box: tuple[slice, ...], spacing_mm: np.ndarray) -> np.ndarray:
        """Distance from the surface along the radius, negative inside, at the voxel centres of a box."""
        offsets = np.ix_(
            *(
                np.arange(part.start, part.stop) * step - middle
                for part, step, middle in zip(box, spacing_mm, self.centre_mm, strict=True)
            )
        )
        distance = np.sqrt(sum(offset**2 for offset in offsets))
        relative_radius = np.ones_like(distance)
        for pole, degree, amplitude in zip(self.poles, self.degrees, self.amplitudes, strict=True):
            cosine = sum(offset * part for offset, part in zip(offsets, pole, strict=True)) / np.maximum(distance, 1e-6)
            relative_radius += amplitude * legendre.legval(cosine, [0] * degree + [1])
        return distance - self.radius_mm * relative_radius


@dataclass(frozen=True)
class Appearance:
    """Densities of a lesion, in HU, and the width of its rim, in mm."""

    density_hu: float
    core_drop_hu: float
    rim_hu: float
    rim_width_mm: float
    heterogeneity_hu: float


def place_lesions(
    generator: np.random.Generator, n_lesions: int, liver_distance_mm: np.ndarray, spacing_mm: np.ndarray
) -> tuple[list[Lesion], list[np.ndarray]]:
    """Draw lesions that lie within the liver and apart from each other.

    A lesion that finds no room in 60 draws is made a tenth smaller, so that
    small volumes and many lesions work as well.

    Parameters
    ----------
    generator : numpy.random.Generator
        Source of every draw.
    n_lesions : int
        Number of lesions.
    liver_distance_mm : numpy.ndarray of shape (slices, rows, columns)
        Distance from the liver's surface in mm, negative inside.
    spacing_mm : numpy.ndarray of shape (3,)
        Distance of slices, rows and columns, in mm.

    Returns
    -------
    lesions : list of Lesion
        The lesions.
    masks : list of numpy.ndarray of shape (slices, rows, columns), uint8
        1 in the lesion, 0 elsewhere.

    Raises
    ------
    ValueError
        If the volume is too small for so many lesions.
    """
    lesions: list[Lesion] = []
    masks: list[np.ndarray] = []
    for _ in range(n_lesions):
        lesion, mask = _place_one(generator, lesions, liver_distance_mm, spacing_mm)
        lesions.append(lesion)
        masks.append(mask)
    return lesions, masks


def _place_one(
    generator: np.random.Generator, others: list[Lesion], liver_distance_mm: np.ndarray, spacing_mm: np.ndarray
) -> tuple[Lesion, np.ndarray]:
    """Draw one lesion and its mask, clear of the other lesions."""
    shape = liver_distance_mm.shape
    extent_mm = spacing_mm * (np.array(shape) - 1)
    largest = min(DIAMETER_RANGE_MM[1], 0.5 * extent_mm.min())
    smallest = min(DIAMETER_RANGE_MM[0], 0.7 * largest)
    radius_mm = np.exp(generator.uniform(np.log(smallest), np.log(largest))) / 2
    while radius_mm > 2.0:
        for _ in range(60):
            lesion = _draw_lesion(generator, radius_mm, extent_mm)
            mask = _mask_if_free(lesion, others, liver_distance_mm, spacing_mm)
            if mask is not None:
                return lesion, mask
        radius_mm *= 0.9
    raise ValueError(
        f"shape={shape} leaves no room for {len(others) + 1} lesions in one image. "
        "Take a larger shape or fewer lesions_per_patient."
    )


def _draw_lesion(generator: np.random.Generator, radius_mm: float, extent_mm: np.ndarray) -> Lesion:
    """Draw shape and centre of a lesion of a given mean radius."""
    degrees = (2, 2, 3, 3, 4, 5)
    poles = generator.standard_normal((len(degrees), 3))
    poles /= np.linalg.norm(poles, axis=1, keepdims=True)
    amplitudes = generator.uniform(-1, 1, len(degrees)) * (0.2, 0.2, 0.15, 0.15, 0.1, 0.1)
    centre_mm = generator.uniform(0, 1, 3) * extent_mm
    return Lesion(centre_mm, float(radius_mm), poles, degrees, amplitudes)


def _mask_if_free(
    lesion: Lesion, others: list[Lesion], liver_distance_mm: np.ndarray, spacing_mm: np.ndarray
) -> np.ndarray | None:
    """Mask of a lesion, or None where it leaves the volume or the liver or comes near another lesion."""
    shape = liver_distance_mm.shape
    extent_mm = spacing_mm * (np.array(shape) - 1)
    if np.any(lesion.centre_mm - lesion.reach_mm < 0) or np.any(lesion.centre_mm + lesion.reach_mm > extent_mm):
        return None
    if any(
        np.linalg.norm(lesion.centre_mm - other.centre_mm) < lesion.reach_mm + other.reach_mm + GAP_MM
        for other in others
    ):
        return None
    box = lesion.box(shape, spacing_mm, margin_mm=0)
    inside = lesion.distance_mm(box, spacing_mm) <= 0
    if liver_distance_mm[box][inside].max() > -GAP_MM:
        return None
    mask = np.zeros(shape, np.uint8)
    mask[box] = inside
    return mask


def draw_appearances(generator: np.random.Generator, n_lesions: int, positive: bool, signal: float) -> list[Appearance]:
    """Draw the densities of a patient's lesions.

    Rim enhancement and heterogeneity are log-normal. Their logarithms are
    shifted by ``signal * CLASS_DISTANCE`` standard deviations between the
    classes, half of it up for a positive patient and half of it down for a
    negative one. With ``signal=0`` the label changes nothing.

    Parameters
    ----------
    generator : numpy.random.Generator
        Source of every draw; the same number is drawn whatever the label.
    n_lesions : int
        Number of lesions.
    positive : bool
        Whether the patient is of the positive class.
    signal : float
        Strength of the difference between the classes, from 0 for none.

    Returns
    -------
    list of Appearance
        One for each lesion.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.datasets._lesions import draw_appearances
    >>> one, other = [draw_appearances(np.random.default_rng(0), 1, label, signal=0) for label in (False, True)]
    >>> one == other
    True
    """
    shift = signal * CLASS_DISTANCE * (0.5 if positive else -0.5)
    shared = generator.standard_normal(2)
    own = generator.standard_normal((n_lesions, 2))
    latent = shift + np.sqrt(SHARED_VARIANCE) * shared + np.sqrt(1 - SHARED_VARIANCE) * own
    density_hu = generator.normal(58, 9) + generator.normal(0, 4, n_lesions)
    return [
        Appearance(
            density_hu=density_hu[i],
            core_drop_hu=abs(generator.normal(0, 14)),
            rim_hu=RIM_HU * np.exp(RIM_SPREAD * latent[i, 0]),
            rim_width_mm=generator.uniform(2.0, 3.5),
            heterogeneity_hu=HETEROGENEITY_HU * np.exp(HETEROGENEITY_SPREAD * latent[i, 1]),
        )
        for i in range(n_lesions)
    ]


def paint_lesion(
    generator: np.random.Generator,
    volume_hu: np.ndarray,
    lesion: Lesion,
    appearance: Appearance,
    spacing_mm: np.ndarray,
) -> None:
    """Draw a lesion into a volume, in place.

    Parameters
    ----------
    generator : numpy.random.Generator
        Source of the lesion's texture.
    volume_hu : numpy.ndarray of shape (slices, rows, columns)
        Densities, in HU; changed in place.
    lesion : Lesion
        Shape and place.
    appearance : Appearance
        Densities.
    spacing_mm : numpy.ndarray of shape (3,)
        Distance of slices, rows and columns, in mm.
    """
    box = lesion.box(volume_hu.shape, spacing_mm, margin_mm=4.0)
    depth_mm = -lesion.distance_mm(box, spacing_mm)
    texture = correlated_noise(generator, depth_mm.shape, spacing_mm, [1.2, 3.5], [0.8, 0.6])
    half_width = appearance.rim_width_mm / 2
    rim = np.exp(-0.5 * ((depth_mm - half_width) / half_width) ** 2)
    core = np.clip(depth_mm / lesion.radius_mm, 0, 1) ** 2
    lesion_hu = (
        appearance.density_hu
        + appearance.rim_hu * rim
        - appearance.core_drop_hu * core
        + appearance.heterogeneity_hu * texture
    )
    weight = expit(depth_mm / 0.4)
    volume_hu[box] += weight * (lesion_hu - volume_hu[box])
