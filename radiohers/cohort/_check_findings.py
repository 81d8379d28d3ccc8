"""What a check found: one thing about one case, or about the cohort."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from radiohers.exceptions import RadiohersError
from radiohers.images import describe_source

__all__ = ["LEVELS", "Finding", "Limits", "of_error", "unforeseen", "worst_level"]

_LOG = logging.getLogger("radiohers")

LEVELS = ("ok", "warn", "error")


class Finding(NamedTuple):
    """One thing that a check found.

    Attributes
    ----------
    case_id : object
        The case; "" for the cohort as a whole.
    level : {"ok", "warn", "error"}
        "error" stops or spoils an analysis, "warn" wants a look, "ok" is a remark.
    check : str
        What was looked at, in a word or two.
    value : str
        What was measured.
    message : str
        What is the matter.
    advice : str
        What to do.
    """

    case_id: Any
    level: str
    check: str
    value: str
    message: str
    advice: str


class Limits(NamedTuple):
    """From where on something is worth telling.

    Attributes
    ----------
    min_voxels : int
        Lesions of fewer voxels, before or after resampling.
    resampled_spacing_mm : tuple of 3 float or None
        The voxels (x, y, z) that features are computed on; 0 keeps an axis as it is.
    on_mismatch : {"raise", "resample"}
        What the features' reader does with a mask on another grid.
    modality : {"ct", "other"}
        Whether values are HU.
    """

    min_voxels: int
    resampled_spacing_mm: tuple[float, float, float] | None
    on_mismatch: str
    modality: str


def worst_level(findings: Iterable[Finding]) -> str:
    """Return the highest level among findings, "ok" for none."""
    return max((finding.level for finding in findings), key=LEVELS.index, default="ok")


def of_error(case_id: Any, role: str, source: Any, error: RadiohersError) -> Finding:
    """Return the finding for an image or mask that cannot be read."""
    name = describe_source(source)
    # The finding names the case itself, and the path is long.
    file_name = f" {Path(name).name}" if isinstance(source, str | os.PathLike) else ""
    return Finding(case_id, "error", "file", name, f"{role}{file_name}: {error.what}", error.advice)


def unforeseen(case_id: Any, error: Exception) -> Finding:
    """Make a finding of what no check foresaw: the other cases are to be looked at all the same."""
    _LOG.debug("The check of case %r failed.", case_id, exc_info=error)
    reason = " ".join(str(error).split()) or "no reason is given"
    message = f"the check itself failed: {type(error).__name__}: {reason}"
    advice = "Look at the files with another program. If they are in order, this is a fault of radiohers."
    return Finding(case_id, "error", "check failed", type(error).__name__, message, advice)
