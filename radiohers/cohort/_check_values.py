"""Whether the values of an image can be HU, told from the image and its lesion."""

from typing import Any, NamedTuple

import numpy as np

from radiohers._wording import counted
from radiohers.cohort._check_findings import Finding
from radiohers.images import values_hash

__all__ = ["ImageFacts", "LesionValues", "image_facts", "lesion_values", "lesion_value_findings", "value_findings"]

# HU. Water is 0 and air -1000 by definition; 12-bit scanners end at 3071, extended scales further up.
_AIR_WRITTEN_HU = -1024
# Noise takes air some way below; filling is at -2000, -2048, -3024 or -32768.
_LOWEST_HU = -1200
_HIGHEST_HU = 4000
_AIR_HU = -900
_DARK_TISSUE_HU = -300
# What soft tissue reads where the intercept of -1024 (or -1000) was left out.
_SHIFTED_SOFT_TISSUE = (850, 1350)
# 64512 is -1024 in 16 bits without a sign.
_WRAPPED = 60000
_MAX_DARK_SHARE = 0.05
_MAX_AIR_SHARE_OF_LESION = 0.10
_AIR_OR_LUNG_HU = -500
_BONE_HU = 500


class ImageFacts(NamedTuple):
    """Numbers of one image; shares are of its finite voxels."""

    digest: str
    n_not_finite: int
    is_whole: bool
    minimum: float
    maximum: float
    share_padding: float
    n_above: int
    share_wrapped: float
    share_dark: float
    share_shifted_tissue: float


class LesionValues(NamedTuple):
    """Values inside a lesion."""

    minimum: float
    median: float
    maximum: float
    share_air: float


def image_facts(voxels: np.ndarray) -> ImageFacts:
    """Measure an image in one go.

    Parameters
    ----------
    voxels : ndarray of shape (slice, row, column)
        The values.

    Returns
    -------
    ImageFacts
        Its numbers.
    """
    digest = values_hash(voxels)
    finite, n_not_finite = voxels, 0
    if voxels.dtype.kind == "f":
        is_finite = np.isfinite(voxels)
        n_not_finite = int(voxels.size - np.count_nonzero(is_finite))
        finite = voxels[is_finite] if n_not_finite else voxels
    if not finite.size:
        return ImageFacts(digest, n_not_finite, True, np.nan, np.nan, 0.0, 0, 0.0, 0.0, 0.0)
    minimum, maximum = float(finite.min()), float(finite.max())
    low, high = _SHIFTED_SOFT_TISSUE
    # Most images are within the limits, and need not be counted.
    return ImageFacts(
        digest=digest,
        n_not_finite=n_not_finite,
        is_whole=finite.dtype.kind != "f" or bool((finite == np.rint(finite)).all()),
        minimum=minimum,
        maximum=maximum,
        share_padding=_share(finite < _LOWEST_HU) if minimum < _LOWEST_HU else 0.0,
        n_above=int(np.count_nonzero(finite > _HIGHEST_HU)) if maximum > _HIGHEST_HU else 0,
        share_wrapped=_share(finite > _WRAPPED) if maximum > _WRAPPED else 0.0,
        share_dark=_share((finite > _AIR_HU) & (finite < _DARK_TISSUE_HU)) if _AIR_HU < minimum < 0 else 0.0,
        share_shifted_tissue=_share((finite > low) & (finite < high)) if minimum >= 0 else 0.0,
    )


def _share(chosen: np.ndarray) -> float:
    return float(np.count_nonzero(chosen) / chosen.size)


def lesion_values(values: np.ndarray) -> LesionValues | None:
    """Return the numbers of a lesion's finite values, or None without any."""
    values = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if not values.size:
        return None
    share_air = _share(values < _AIR_OR_LUNG_HU)
    return LesionValues(float(values.min()), float(np.median(values)), float(values.max()), share_air)


def value_findings(case_id: Any, facts: ImageFacts, lesion: LesionValues | None, modality: str) -> list[Finding]:
    """Say what is wrong with the values of an image; of several causes the likeliest.

    Parameters
    ----------
    case_id : object
        The case.
    facts : ImageFacts
        Of the image.
    lesion : LesionValues or None
        Of its lesion, where there is one.
    modality : {"ct", "other"}
        Whether the values ought to be HU.

    Returns
    -------
    list of Finding
        None where the values are plausible.
    """
    span = f"{facts.minimum:g} to {facts.maximum:g}"
    findings = []
    if facts.n_not_finite:
        findings.append(_not_finite(case_id, facts))
    if np.isnan(facts.minimum):
        return findings
    if facts.minimum == facts.maximum:
        message = f"every voxel of the image is {facts.minimum:g}"
        return [*findings, Finding(case_id, "error", "constant image", span, message, "Export the image again.")]
    if modality == "ct":
        if facts.minimum >= 0 or facts.maximum - facts.minimum <= 2:
            findings.append(_without_negatives(case_id, facts, lesion, span))
        else:
            findings += _outside_of_hu(case_id, facts, lesion, span)
    return findings


def _not_finite(case_id: Any, facts: ImageFacts) -> Finding:
    message = f"not finite (NaN or infinite): {counted(facts.n_not_finite, 'voxel')} of the image"
    advice = "Replace them, in CT by the value of air: numpy.nan_to_num(voxels, nan=-1024, posinf=-1024, neginf=-1024)."
    return Finding(case_id, "error", "NaN", str(facts.n_not_finite), message, advice)


def _without_negatives(case_id: Any, facts: ImageFacts, lesion: LesionValues | None, span: str) -> Finding:
    """Find the reason why nothing is below 0, where fat and air are."""
    if facts.maximum - facts.minimum <= 2:
        message = f"values from {span}: scaled to a range of their own, not HU"
        advice = "Take the image from before it was normalised."
        return Finding(case_id, "error", "HU", span, message, advice)
    if facts.share_wrapped > 0:
        message = f"values up to {facts.maximum:g}: negative HU that were read without their sign (64512 is -1024)"
        advice = "Read the voxels as signed: array.astype('int16'), and save them so."
        return Finding(case_id, "error", "HU", span, message, advice)
    if facts.maximum <= 255:
        message = f"values from {span}: a picture of 8 bits, in which HU are lost"
        advice = "Convert the DICOM series again, not a picture of it."
        return Finding(case_id, "error", "HU", span, message, advice)
    low, high = _SHIFTED_SOFT_TISSUE
    is_shifted = low < lesion.median < high if lesion else facts.share_shifted_tissue > 0.1
    if is_shifted:
        where = f"the lesion's median is {lesion.median:g}" if lesion else "soft tissue is near 1024"
        message = f"no value is below 0, and {where}: HU shifted up by about 1024, the rescale intercept left out"
        advice = "Subtract 1024 (or what RescaleIntercept says in the DICOM files), or convert the series again."
        return Finding(case_id, "error", "HU", span, message, advice)
    message = f"no value is below 0 (fat is near -100 HU, air -1000); values from {span}"
    advice = (
        "If this is CT, it was clipped, or slope and intercept were not applied: convert it again. If it is not, check "
        "with modality='other' (--modality other)."
    )
    return Finding(case_id, "warn", "HU", span, message, advice)


def _outside_of_hu(case_id: Any, facts: ImageFacts, lesion: LesionValues | None, span: str) -> list[Finding]:
    findings = []
    if facts.share_padding:
        in_lesion = lesion is not None and lesion.minimum < _LOWEST_HU
        message = (
            f"{_percent(facts.share_padding)} of the voxels are below {_LOWEST_HU} HU, down to {facts.minimum:g}"
            f"{', some of them in the lesion' if in_lesion else ''}: filling outside the scanner's field of view"
        )
        advice = f"Set them to air (numpy.maximum(voxels, {_AIR_WRITTEN_HU})): filters reach them from the lesion."
        findings.append(Finding(case_id, "error" if in_lesion else "warn", "HU", span, message, advice))
    if facts.n_above:
        n_above = counted(facts.n_above, "voxel")
        message = f"{n_above} above {_HIGHEST_HU} HU, up to {facts.maximum:g}: metal, or not HU"
        advice = "Look whether artefacts reach the lesion; if there is no metal, check the rescale slope."
        findings.append(Finding(case_id, "warn", "HU", span, message, advice))
    if facts.minimum > _AIR_HU and facts.share_dark > _MAX_DARK_SHARE:
        message = (
            f"{facts.share_dark:.0%} of the voxels are between {_AIR_HU} and {_DARK_TISSUE_HU} HU and none is darker, "
            f"where air ought to be near -1000: the darkest is {facts.minimum:g}"
        )
        findings.append(Finding(case_id, "warn", "HU", span, message, "Check rescale slope and intercept."))
    return findings


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "under 0.1%"


def lesion_value_findings(case_id: Any, facts: ImageFacts, lesion: LesionValues, modality: str) -> list[Finding]:
    """Say what is odd about the values inside a lesion, in an image that has several values."""
    span = f"{lesion.minimum:g} to {lesion.maximum:g}"
    if lesion.minimum == lesion.maximum:
        message = f"every voxel of the lesion is {lesion.minimum:g}; texture features have nothing to measure"
        advice = "Check that the mask belongs to this image; a lesion without noise is no part of a CT."
        return [Finding(case_id, "error", "constant lesion", span, message, advice)]
    if modality != "ct" or facts.minimum >= 0:
        return []
    if lesion.share_air > _MAX_AIR_SHARE_OF_LESION:
        message = f"{lesion.share_air:.0%} of the lesion is darker than {_AIR_OR_LUNG_HU} HU, as air and lung are"
        advice = "Unless the lesion is in the lung, look whether the mask is shifted or mirrored."
        return [Finding(case_id, "warn", "lesion HU", span, message, advice)]
    if lesion.median > _BONE_HU:
        message = f"the lesion's median is {lesion.median:g} HU, as of bone or metal"
        return [Finding(case_id, "warn", "lesion HU", span, message, "Look whether the mask is in its place.")]
    return []
