"""A check as one HTML page."""

import base64
import io
from collections import Counter
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image
from scipy import ndimage

from radiohers.cohort._check_findings import LEVELS
from radiohers.cohort._check_picture import Picture

__all__ = ["render_page"]

_OUTLINE_RGB = (230, 159, 0)
_PIXELS_PER_PIXEL = 2
_JPEG_QUALITY = 85
_MAX_CASES_NAMED = 200


def render_page(document: dict[str, Any], pictures: dict[Any, Picture]) -> str:
    """Return a check as HTML that loads nothing from elsewhere.

    Parameters
    ----------
    document : dict
        See :meth:`CohortCheck.to_dict`.
    pictures : dict of case_id to Picture
        Those of the lesions.

    Returns
    -------
    str
        A whole page.
    """
    environment = Environment(
        loader=PackageLoader("radiohers.cohort", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    levels = [case["level"] for case in document["cases"]]
    return environment.get_template("check.html.j2").render(
        document,
        counts={level: levels.count(level) for level in reversed(LEVELS)},
        kinds=_kinds(document["findings"]),
        rows=[_row(case) for case in document["cases"]],
        has_patients=any(case["patient_id"] != case["case_id"] for case in document["cases"]),
        pictures=_shown_pictures(document["cases"], pictures),
        measured=_measured(document["limits"]),
    )


def _kinds(findings: list[dict]) -> list[dict[str, Any]]:
    """Put findings of one kind and one advice together, worst first: a page of 300 equal warnings is not read."""
    kinds: dict[tuple, list[dict]] = {}
    for finding in findings:
        kinds.setdefault((finding["level"], finding["check"], finding["advice"]), []).append(finding)
    n_of_check = Counter((finding["level"], finding["check"]) for finding in findings)
    ordered = sorted(
        kinds.items(), key=lambda item: (-LEVELS.index(item[0][0]), -n_of_check[item[0][:2]], item[0][1], -len(item[1]))
    )
    return [
        {
            "level": level,
            "check": check,
            "n_cases": len({finding["case_id"] for finding in found}),
            "is_general": all(finding["case_id"] == "" for finding in found),
            "advice": advice,
            "findings": found[:_MAX_CASES_NAMED],
            "n_more": max(len(found) - _MAX_CASES_NAMED, 0),
        }
        for (level, check, advice), found in ordered
    ]


def _row(case: dict[str, Any]) -> dict[str, str]:
    return {
        "case": str(case["case_id"]),
        "patient": str(case["patient_id"]),
        "level": case["level"],
        "size": _joined(case, "size_{}", ("x", "y", "z"), "d"),
        "spacing": _joined(case, "spacing_{}_mm", ("x", "y", "z"), ".3g"),
        "geometry": case["geometry"] or "",
        "labels": case["labels"] or "",
        "components": _number(case["n_components"], "d"),
        "volume": _number(case["volume_ml"], ".3g" if (case["volume_ml"] or 0) < 100 else ".0f"),
        "voxels": _number(case["n_voxels"], "d"),
        "resampled": _number(case["n_voxels_resampled"], "d"),
        "slices": _number(case["n_slices"], "d"),
        "image": _range(case, "image_min", "image_max"),
        "lesion": _range(case, "lesion_min", "lesion_max"),
        "median": _number(case["lesion_median"], ".0f"),
        "border": case["border"] or "",
    }


def _joined(case: dict[str, Any], pattern: str, axes: tuple[str, ...], form: str) -> str:
    values = [case[pattern.format(axis)] for axis in axes]
    return "" if None in values else " \u00d7 ".join(format(value, form) for value in values)


def _number(value: Any, form: str) -> str:
    return "" if value is None else format(value, form)


def _range(case: dict[str, Any], low: str, high: str) -> str:
    return "" if case[low] is None else f"{case[low]:.4g}, {case[high]:.4g}"


def _shown_pictures(cases: list[dict], pictures: dict[Any, Picture]) -> list[dict[str, str]]:
    level_of = {case["case_id"]: case["level"] for case in cases}
    volume_of = {case["case_id"]: case["volume_ml"] for case in cases}
    return [
        {
            "case": str(case_id),
            "level": level_of[case_id],
            "text": f"slice {picture.slice}, {volume_of[case_id]:.3g} ml"
            if volume_of[case_id] < 100
            else f"slice {picture.slice}, {volume_of[case_id]:.0f} ml",
            "source": _as_jpeg(picture),
        }
        for case_id, picture in pictures.items()
    ]


def _as_jpeg(picture: Picture) -> str:
    """Return a picture with its outline as a data URL."""
    grey = Image.fromarray(picture.grey)
    size = (_PIXELS_PER_PIXEL * grey.width, _PIXELS_PER_PIXEL * grey.height)
    colours = np.array(grey.resize(size, Image.Resampling.BICUBIC).convert("RGB"))
    inside = np.kron(picture.outline, np.ones((_PIXELS_PER_PIXEL, _PIXELS_PER_PIXEL), dtype=bool))
    colours[inside & ~ndimage.binary_erosion(inside, iterations=2)] = _OUTLINE_RGB
    content = io.BytesIO()
    # Without subsampling, which would smear the thin outline.
    Image.fromarray(colours).save(content, format="JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"


def _measured(limits: dict[str, Any]) -> dict[str, str]:
    spacing_mm = limits["resampled_spacing_mm"]
    return {
        "fewest voxels": str(limits["min_voxels"]),
        "resampled to": "not resampled"
        if spacing_mm is None
        else " \u00d7 ".join(f"{value:g}" if value else "as it is" for value in spacing_mm) + " mm",
        "mask on another grid": {"raise": "is an error", "resample": "is resampled"}[limits["on_mismatch"]],
        "values": {"ct": "HU of CT", "other": "of another modality; not checked against HU"}[limits["modality"]],
    }
