"""NIfTI images and masks that lie in a folder by a pattern of names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from radiohers._folders import files_below
from radiohers.dicom._lesion_gaps import with_gaps_named
from radiohers.dicom._rois import Roi
from radiohers.exceptions import MaskError
from radiohers.images import read_pair, select_lesions

__all__ = ["NiftiPatient", "find_nifti", "nifti_lesions"]


@dataclass
class NiftiPatient:
    """The images and masks of one patient."""

    key: str
    images: list[Path] = field(default_factory=list)
    masks: list[tuple[str, Path]] = field(default_factory=list)


def find_nifti(folder: Path, image: str, mask: str) -> dict[str, NiftiPatient]:
    """Return the patients whose images or masks fit the patterns of the rules."""
    patients: dict[str, NiftiPatient] = {}
    image_pattern, mask_pattern = _expression(image), _expression(mask)
    for path in files_below(folder):
        relative = path.relative_to(folder).as_posix()
        # A mask may fit the pattern of images too (*.nii.gz), and not the other way round.
        if found := mask_pattern.fullmatch(relative):
            lesion = found.groupdict().get("lesion") or ""
            patient = patients.setdefault(found["patient"], NiftiPatient(found["patient"]))
            patient.masks.append((lesion, path))
        elif found := image_pattern.fullmatch(relative):
            patients.setdefault(found["patient"], NiftiPatient(found["patient"])).images.append(path)
    return patients


def _expression(pattern: str) -> re.Pattern:
    """Turn a pattern with {patient}, {lesion} and * into a regular expression of relative paths."""
    parts, seen = [], set()
    for part in re.split(r"(\{patient\}|\{lesion\}|\*)", pattern):
        name = part.strip("{}")
        if part == "*":
            parts.append("[^/]*")
        elif part in ("{patient}", "{lesion}"):
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>[^/]+?)")
            seen.add(name)
        else:
            parts.append(re.escape(part))
    # Some programs write CT.NII.GZ.
    return re.compile("".join(parts), re.IGNORECASE)


def nifti_lesions(image: sitk.Image, path: Path, lesion: str, rules: Mapping[str, Mapping[str, Any]]) -> list[Roi]:
    """Return the lesions of a mask file, checked to lie on the image's grid.

    Raises
    ------
    MaskError
        If several labels are there and the rules name none; or as :func:`~radiohers.images.select_lesions` does.
    GeometryError
        If the mask lies on another grid.
    """
    labels = rules["nifti"]["labels"]
    if labels is None:
        found = list(select_lesions(path))
        if len(found) > 1:
            raise MaskError(
                f"{len(found)} labels ({', '.join(name.removeprefix('label') for name in found)})",
                advice="Name those that are lesions in the rules (nifti: labels).",
                source=path,
            )
    masks = select_lesions(path, labels, merge=rules["contours"]["several"] == "merge")
    rois = []
    for name, mask in masks.items():
        numbers = tuple(map(int, name.removeprefix("label").split("+")))
        on_grid = read_pair(image, mask).mask
        title = "_".join(part for part in (lesion, name if len(masks) > 1 else "") if part)
        rois.append(with_gaps_named(Roi(on_grid, (title or name,), numbers), rules["contours"]["fill_gaps"]))
    return rois
