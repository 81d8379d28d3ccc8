"""What the audit needs to know of every image, read once: grid, lesion, and fingerprints."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import SimpleITK as sitk
from joblib import Memory

from radiohers._cache import find_memory, from_cache
from radiohers.cohort import Case, CaseResult, Cohort, iter_cases, work_on_cases
from radiohers.images import content_hash, read_image, read_pair, values_hash

__all__ = ["THUMBNAIL_CELLS", "ImageFacts", "image_facts", "size_table", "thumbnail"]

THUMBNAIL_CELLS = 16
# In a smaller lesion chance alone makes two thumbnails alike: there are too few voxels to differ in.
SMALLEST_SIDE = 4
SMALLEST_BOX = 512


class ImageFacts(NamedTuple):
    """What is known of one case's image and lesion.

    Attributes
    ----------
    voxels : str
        Digest of the voxels alone, whatever file type, pixel type or axes they are stored in.
    lesion_voxels : str
        Digest of the mask's voxels that have the lesion's label; empty where there is no mask.
    size : tuple of int
        Voxels along (x, y, z).
    spacing_mm : tuple of float
        Along (x, y, z).
    n_lesion_voxels : float
        NaN where there is no mask.
    lesion_box : tuple of int
        Sides (x, y, z) of the lesion's bounding box, in voxels; 0 where there is no mask.
    thumbnail, lesion_thumbnail : ndarray or None
        Of the image and of the lesion's bounding box; None where there is no mask, or where
        the box is too small to tell lesions apart.
    """

    voxels: str
    lesion_voxels: str
    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    n_lesion_voxels: float
    lesion_box: tuple[int, int, int]
    thumbnail: np.ndarray
    lesion_thumbnail: np.ndarray | None

    @property
    def lesion_ml(self) -> float:
        """Volume of the lesion, in ml."""
        return self.n_lesion_voxels * float(np.prod(self.spacing_mm)) / 1000


def image_facts(
    cohort: Cohort, memory: Any, n_jobs: int | None, verbose: int, label: int = 1
) -> dict[Any, ImageFacts | None]:
    """Read every image once.

    Parameters
    ----------
    cohort : Cohort
        The cases.
    memory : str, path-like, joblib.Memory or None
        Cache of what was found, by the content of image and mask.
    n_jobs : int or None
        Number of cases at the same time.
    verbose : int
        Whether to show a progress bar.
    label : int, default=1
        The lesion's value in masks, where the cohort has no column ``mask_label``.

    Returns
    -------
    dict of case_id to ImageFacts
        None for a case that could not be read, about which there is a warning.
    """
    cases = iter_cases(cohort.X, label, mask_or_boxes="boxes" in cohort.X.columns)
    results = work_on_cases(
        partial(_facts_of_case, memory=find_memory(memory)),
        cases,
        n_jobs=n_jobs,
        on_error="nan",
        consequence="It is left out of the audit of the images.",
        description="audit of images",
        verbose=verbose,
    )
    return {case.case_id: result.value for case, result in zip(cases, results, strict=True)}


def _facts_of_case(case: Case, memory: Memory) -> CaseResult:
    content = None
    if memory.location is not None:
        mask = None if case.mask is None else content_hash(case.mask)
        content = (content_hash(case.image), mask, case.mask_label)
    return CaseResult(from_cache(memory, _read_facts, content, case))


def _read_facts(content: tuple | None, case: Case) -> ImageFacts:
    # `content` stands for the case in the cache.
    if case.mask is None:
        image, lesion, drawn = read_image(case.image, case_id=case.case_id, finite=True), None, None
    else:
        image, lesion = read_pair(case.image, case.mask, case.mask_label, on_mismatch="resample", case_id=case.case_id)
        # As it was drawn: on the grid of the wrong image, the mask of another patient would be resampled.
        drawn = _in_one_orientation(read_image(case.mask, case_id=case.case_id)) == case.mask_label
    voxels = _in_one_orientation(image).astype(np.float32)
    inside = None if lesion is None else _in_one_orientation(lesion) == 1
    box = None if inside is None else _bounding_box(inside)
    sides = () if box is None else tuple(part.stop - part.start for part in box)
    is_large = bool(sides) and min(sides) >= SMALLEST_SIDE and np.prod(sides) >= SMALLEST_BOX
    return ImageFacts(
        voxels=values_hash(voxels),
        lesion_voxels="" if drawn is None else values_hash(drawn),
        size=image.GetSize(),
        # Some files hold spacing in single precision, which is no other acquisition.
        spacing_mm=tuple(round(spacing, 4) for spacing in image.GetSpacing()),
        n_lesion_voxels=np.nan if inside is None else float(inside.sum()),
        lesion_box=sides[::-1] or (0, 0, 0),
        thumbnail=thumbnail(voxels),
        lesion_thumbnail=thumbnail(voxels[box]) if is_large else None,
    )


def _in_one_orientation(image: sitk.Image) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.DICOMOrient(image, "LPS"))


def _bounding_box(inside: np.ndarray) -> tuple[slice, ...]:
    return tuple(slice(int(places.min()), int(places.max()) + 1) for places in np.nonzero(inside))


def thumbnail(voxels: np.ndarray, n_cells: int = THUMBNAIL_CELLS) -> np.ndarray:
    """Return the means of the voxels over a coarse grid of cells.

    Parameters
    ----------
    voxels : ndarray of shape (slice, row, column)
        An image, of any size and spacing.
    n_cells : int, default=16
        Cells along each axis.

    Returns
    -------
    ndarray of shape (n_cells, n_cells, n_cells), float32
        A voxel on the border of cells counts for each by the part that lies in it, so
        that an image of another spacing has almost the same thumbnail.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.audit._images import thumbnail
    >>> thumbnail(np.arange(3.0).reshape(1, 1, 3) * np.ones((3, 3, 1)), 2)[0, 0].astype(float).round(2).tolist()
    [0.33, 1.67]
    """
    cells = voxels.astype(np.float32)
    for axis in range(3):
        cells = np.tensordot(_shares(cells.shape[axis], n_cells), cells, axes=(1, axis))
        cells = np.moveaxis(cells, 0, axis)
    return np.ascontiguousarray(cells)


def _shares(n_voxels: int, n_cells: int) -> np.ndarray:
    """Return which share each voxel has in each cell, as an array of shape (n_cells, n_voxels)."""
    edges = np.arange(n_cells + 1) * n_voxels / n_cells
    starts = np.arange(n_voxels)
    overlap = np.minimum(edges[1:, None], starts + 1) - np.maximum(edges[:-1, None], starts)
    return (np.clip(overlap, 0, None) * n_cells / n_voxels).astype(np.float32)


_SIZES = (
    "spacing_x_mm",
    "spacing_y_mm",
    "spacing_z_mm",
    "n_columns",
    "n_rows",
    "n_slices",
    "lesion_ml",
    "n_lesion_voxels",
    "image_ml",
    "lesion_box_ml",
)


def size_table(facts: dict[Any, ImageFacts | None]) -> pd.DataFrame:
    """Return size and spacing of every image and lesion, one row a case; NaN where it could not be read."""
    rows = {}
    for case_id, known in facts.items():
        if known is None:
            rows[case_id] = {}
            continue
        rows[case_id] = {
            "spacing_x_mm": known.spacing_mm[0],
            "spacing_y_mm": known.spacing_mm[1],
            "spacing_z_mm": known.spacing_mm[2],
            "n_columns": float(known.size[0]),
            "n_rows": float(known.size[1]),
            "n_slices": float(known.size[2]),
            "lesion_ml": known.lesion_ml,
            "n_lesion_voxels": known.n_lesion_voxels,
            "image_ml": float(np.prod(known.size) * np.prod(known.spacing_mm) / 1000),
            "lesion_box_ml": float(np.prod(known.lesion_box) * np.prod(known.spacing_mm) / 1000),
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    return table.reindex(index=list(facts), columns=list(_SIZES)).astype(float)
