"""The second part of a check: an image, read once, and its lesions."""

import hashlib
from typing import NamedTuple

import numpy as np
import SimpleITK as sitk

from radiohers.cohort._cases import Case
from radiohers.cohort._check_findings import Finding, Limits, of_error, unforeseen
from radiohers.cohort._check_headers import CaseHeaders
from radiohers.cohort._check_masks import Lesion, gap_findings, lesion_findings, mask_findings, measure_lesion
from radiohers.cohort._check_picture import Picture, picture_of
from radiohers.cohort._check_values import (
    ImageFacts,
    LesionValues,
    image_facts,
    lesion_value_findings,
    lesion_values,
    value_findings,
)
from radiohers.exceptions import ImageReadError
from radiohers.images import read_image

__all__ = ["CaseVoxels", "check_voxels"]


class CaseVoxels(NamedTuple):
    """What the voxels of a case told; None for what could not be measured."""

    findings: list[Finding]
    image: ImageFacts | None = None
    labels: dict[float, int] | None = None
    mask_digest: str | None = None
    lesion: Lesion | None = None
    values: LesionValues | None = None
    n_resampled: int | None = None
    picture: Picture | None = None


def check_voxels(cases: list[Case], headers: list[CaseHeaders], limits: Limits) -> list[CaseVoxels]:
    """Read an image and look at each of its lesions.

    Parameters
    ----------
    cases : list of Case
        Cases of one image.
    headers : list of CaseHeaders
        What their headers told; voxels are not read against an error in them.
    limits : Limits
        Those of the check.

    Returns
    -------
    list of CaseVoxels
        One a case.
    """
    readable = [header.is_readable for header in headers]
    if not any(readable):
        return [CaseVoxels([]) for _ in cases]
    source = cases[0].image
    try:
        image = read_image(source)
    except ImageReadError as error:
        return [CaseVoxels([of_error(case.case_id, "image", source, error)]) for case in cases]
    facts = image_facts(sitk.GetArrayViewFromImage(image))
    return [
        _check_one(case, header, image, facts, limits) if is_readable else CaseVoxels([], facts)
        for case, header, is_readable in zip(cases, headers, readable, strict=True)
    ]


def _check_one(case: Case, header: CaseHeaders, image: sitk.Image, facts: ImageFacts, limits: Limits) -> CaseVoxels:
    try:
        return _check_mask(case, header, image, facts, limits)
    except Exception as error:
        return CaseVoxels([unforeseen(case.case_id, error)], facts)


def _check_mask(case: Case, header: CaseHeaders, image: sitk.Image, facts: ImageFacts, limits: Limits) -> CaseVoxels:
    if case.mask is None:
        return CaseVoxels(value_findings(case.case_id, facts, None, limits.modality), facts)
    try:
        mask = read_image(case.mask, role="mask")
    except ImageReadError as error:
        return CaseVoxels([of_error(case.case_id, "mask", case.mask, error)], facts)
    voxels = sitk.GetArrayViewFromImage(mask)
    if _is_same(image, voxels):
        message = "mask and image hold the same voxels"
        advice = "One of the two paths is wrong. Correct the row."
        return CaseVoxels([Finding(case.case_id, "error", "mask is an image", "", message, advice)], facts)
    findings, labels = mask_findings(case.case_id, voxels, case.mask_label)
    if any(finding.level == "error" for finding in findings):
        # Of an image exchanged with its mask nothing else need be told.
        is_exchanged = findings[0].check == "mask is an image"
        of_values = [] if is_exchanged else value_findings(case.case_id, facts, None, limits.modality)
        return CaseVoxels([*of_values, *findings], facts, labels or None)
    lesion = _on_grid(voxels == case.mask_label, mask, image, header)
    if not lesion.any():
        message = f"nothing of the lesion (label {case.mask_label}) is left on the image's grid after resampling"
        advice = "Check that image and mask show the same patient and series."
        findings.append(Finding(case.case_id, "error", "geometry", "", message, advice))
        return CaseVoxels(findings, facts, labels)
    return _check_lesion(case, image, facts, lesion, findings, labels, limits)


def _is_same(image: sitk.Image, voxels: np.ndarray) -> bool:
    if image.GetSize() != voxels.shape[::-1]:
        return False
    of_image, middle = sitk.GetArrayViewFromImage(image), voxels.shape[0] // 2
    return np.array_equal(of_image[middle], voxels[middle]) and np.array_equal(of_image, voxels)


def _on_grid(lesion: np.ndarray, mask: sitk.Image, image: sitk.Image, header: CaseHeaders) -> np.ndarray:
    """Return the lesion on the image's grid."""
    if header.relation is None or header.relation.name == "same grid":
        return lesion
    marked = sitk.GetImageFromArray(lesion.astype(np.uint8))
    marked.CopyInformation(mask)
    marked = sitk.Resample(marked, image, sitk.Transform(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)
    return sitk.GetArrayFromImage(marked).astype(bool)


def _check_lesion(
    case: Case,
    image: sitk.Image,
    facts: ImageFacts,
    lesion: np.ndarray,
    findings: list[Finding],
    labels: dict[float, int],
    limits: Limits,
) -> CaseVoxels:
    voxels, spacing_mm = sitk.GetArrayViewFromImage(image), image.GetSpacing()
    measured = measure_lesion(lesion, spacing_mm)
    values = lesion_values(voxels[measured.box][lesion[measured.box]])
    n_resampled = voxels_left(measured.volume_ml, spacing_mm, limits.resampled_spacing_mm)
    findings = [*value_findings(case.case_id, facts, values, limits.modality), *findings]
    findings += lesion_findings(case.case_id, measured, n_resampled, limits)
    if measured.n_components > 1:
        findings += gap_findings(case.case_id, lesion, image)
    if values is not None and facts.minimum < facts.maximum and measured.n_voxels > 1:
        findings += lesion_value_findings(case.case_id, facts, values, limits.modality)
    digest = hashlib.sha256(f"{lesion.shape} {measured.box}".encode())
    digest.update(np.packbits(lesion[measured.box]).data)
    return CaseVoxels(
        findings=findings,
        image=facts,
        labels=labels,
        mask_digest=digest.hexdigest(),
        lesion=measured,
        values=values,
        n_resampled=n_resampled,
        picture=picture_of(voxels, lesion, measured.box, image, limits.modality),
    )


def voxels_left(
    volume_ml: float, spacing_mm: tuple[float, ...], resampled_spacing_mm: tuple[float, ...] | None
) -> int | None:
    """Return how many voxels of another size (0 keeps a side) a volume has, or None without another size."""
    if resampled_spacing_mm is None:
        return None
    sides = [new or old for new, old in zip(resampled_spacing_mm, spacing_mm, strict=True)]
    return round(volume_ml * 1000 / float(np.prod(sides)))
