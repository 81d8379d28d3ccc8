"""The first part of a check: what headers alone tell of each case."""

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from radiohers.cohort._cases import Case
from radiohers.cohort._check_findings import Finding, Limits, of_error
from radiohers.exceptions import CropError, ImageReadError
from radiohers.images import GridRelation, ImageHeader, compare_grids, describe_source, read_header, read_rectangles

__all__ = ["CaseHeaders", "check_headers"]

_MAX_THICKNESS_MM = 20.0
_MIN_SPACING_MM = 0.05


class CaseHeaders(NamedTuple):
    """The headers of a case, what was found in them, and whether its voxels are to be read."""

    image: ImageHeader | None
    relation: GridRelation | None
    findings: list[Finding]

    @property
    def is_readable(self) -> bool:
        """Whether nothing stands against reading the voxels."""
        return self.image is not None and all(finding.level != "error" for finding in self.findings)


def check_headers(case: Case, limits: Limits, read: Callable[[Any, str], ImageHeader]) -> CaseHeaders:
    """Look at the headers of a case.

    Parameters
    ----------
    case : Case
        The case.
    limits : Limits
        Those of the check.
    read : callable
        Takes a source and its role, and returns its header; see :func:`header_reader`.

    Returns
    -------
    CaseHeaders
        What was found.
    """
    headers, findings = {}, []
    for role, source in (("image", case.image), ("mask", case.mask)):
        if source is None:
            continue
        try:
            headers[role] = read(source, role)
        except ImageReadError as error:
            findings.append(of_error(case.case_id, role, source, error))
    image, mask = headers.get("image"), headers.get("mask")
    if image is not None:
        findings += _spacing_findings(case, image)
    relation = None
    if image is not None and mask is not None:
        relation = compare_grids(image, mask)
        findings += _grid_findings(case, relation, limits)
    if image is not None and case.boxes is not None:
        findings += _box_findings(case, image)
    return CaseHeaders(image, relation, findings)


def header_reader() -> Callable[[Any, str], ImageHeader]:
    """Return a function that reads a header once, however many lesions an image has."""
    remember = lru_cache(maxsize=64)(lambda path, role: read_header(path, role=role))

    def read(source: Any, role: str) -> ImageHeader:
        return remember(source, role) if isinstance(source, str) else read_header(source, role=role)

    return read


def _box_findings(case: Case, header: ImageHeader) -> list[Finding]:
    # Slices, rows and columns go along z, y and x of the patient, whichever order the image has them in.
    axis_of = np.abs(np.reshape(header.direction, (3, 3))).argmax(axis=1)
    n_columns, n_rows, n_slices = (header.size[axis] for axis in axis_of)
    try:
        read_rectangles(case.boxes, n_slices, (n_rows, n_columns))
    except CropError as error:
        boxes = Path(os.path.expanduser(case.boxes))
        shown = Path(cast(Mapping[str, Any], error.source)["rectangles"]).relative_to(boxes.parent)
        message = f"boxes {shown}{error.joined}{error.what}"
        return [Finding(case.case_id, "error", "boxes", os.fspath(case.boxes), message, error.advice)]
    return []


def _grid_findings(case: Case, relation: GridRelation, limits: Limits) -> list[Finding]:
    if relation.name == "same grid":
        return []
    is_mended = limits.on_mismatch == "resample" and not relation.is_misplaced
    level = "error" if not is_mended else "ok" if relation.is_exact else "warn"
    advice = "The parameters have it resampled." if is_mended and relation.is_exact else relation.advice
    message = f"{relation.name}: {relation.text}"
    return [Finding(case.case_id, level, "geometry", relation.name, message, advice)]


def _spacing_findings(case: Case, header: ImageHeader) -> list[Finding]:
    spacing_mm = header.spacing_mm
    text = " x ".join(f"{value:.3g}" for value in spacing_mm)
    if min(spacing_mm) < _MIN_SPACING_MM or max(spacing_mm) > _MAX_THICKNESS_MM:
        message = f"voxels of {text} mm, which no CT has ({_MIN_SPACING_MM:g} to {_MAX_THICKNESS_MM:g} mm)"
        advice = "Spacing may be in cm or m, or lost. Convert the image again from DICOM."
        return [Finding(case.case_id, "warn", "spacing", text, message, advice)]
    if spacing_mm == (1.0, 1.0, 1.0) and header.origin_mm == (0.0, 0.0, 0.0):
        message = "spacing is 1 x 1 x 1 mm and the origin 0, as in an image that was saved from an array"
        advice = f"If the scanner's voxels were others, convert {describe_source(case.image)} again from DICOM."
        return [Finding(case.case_id, "warn", "spacing", text, message, advice)]
    return []
