"""How alike the images of different patients are."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from radiohers.audit._context import AuditContext

__all__ = ["NEAR", "similar_pairs", "similarity"]

# Measured (benchmarks/check_audit.py --similarity) on 1,275 pairs of 51 real CTs of different patients: at most 0.67
# (whole images) and 0.51 (lesions). Copies, moved by a voxel along each axis and with noise of 20 HU: at least 0.80
# and 0.64, median 0.92 and 0.90.
NEAR = 0.80
# In cells of the thumbnails.
_BLUR = 2.0
_REACH = 2
_BLOCK = 256


def similar_pairs(context: AuditContext) -> pd.DataFrame:
    """Compare the images of all pairs of different patients, once in an audit.

    Parameters
    ----------
    context : AuditContext
        The comparison and its cohort.

    Returns
    -------
    DataFrame
        One row a pair, the most similar first, with the columns ``first, second,
        same_image, same_mask, whole_similarity, lesion_similarity, similarity, n_folds``
        (in how many folds the two are on different sides) and ``labels_agree``. Pairs of
        equal images or masks, those that are near, and the 10 most similar besides.
    """
    if "pairs" in context.tables:
        return context.tables["pairs"]
    known = [(position, facts) for position, facts in enumerate(context.facts.values()) if facts is not None]
    positions = np.array([position for position, _ in known], dtype=int)
    facts = [each for _, each in known]
    groups = context.groups[positions]
    whole = similarity([each.thumbnail for each in facts])
    lesion = similarity([each.lesion_thumbnail for each in facts])
    same_image = _equal([each.voxels for each in facts])
    same_mask = _equal([each.lesion_voxels for each in facts])
    both = np.fmax(whole, lesion)
    is_pair = np.triu(groups[:, None] != groups[None, :], k=1)
    ranked = np.sort(both[is_pair & ~np.isnan(both)])
    shown = min(NEAR, ranked[-10]) if len(ranked) >= 10 else -1.0
    with np.errstate(invalid="ignore"):
        chosen = np.argwhere(is_pair & (same_image | same_mask | (both >= shown)))
    names, positive = context.cohort.X.index, context.is_positive.to_numpy()
    rows = [
        (
            names[positions[i]],
            names[positions[j]],
            *(matrix[i, j] for matrix in (same_image, same_mask, whole, lesion, both)),
            _n_folds_apart(context, positions[i], positions[j]),
            positive[positions[i]] == positive[positions[j]],
        )
        for i, j in chosen
    ]
    columns = ["first", "second", "same_image", "same_mask", "whole_similarity", "lesion_similarity", "similarity"]
    table = pd.DataFrame(rows, columns=[*columns, "n_folds", "labels_agree"])
    # Without a pair they would not be of this type, and no mask.
    table = table.astype({"same_image": bool, "same_mask": bool})
    table = table.sort_values(["same_image", "similarity"], ascending=False, kind="stable", ignore_index=True)
    # So that a pass can say how many were compared.
    table.attrs |= {
        "n_pairs": int(is_pair.sum()),
        "n_lesions": sum(each.lesion_thumbnail is not None for each in facts),
    }
    context.tables["pairs"] = table
    return table


def _equal(digests: list[str]) -> np.ndarray:
    """Tell for all pairs whether two digests are equal; empty ones are equal to none."""
    values = np.array(digests)
    return (values[:, None] == values[None, :]) & (values != "")[:, None]


def _n_folds_apart(context: AuditContext, first: int, second: int) -> int:
    """Return in how many folds two cases are on different sides."""
    apart = 0
    for fold in context.comparison.folds:
        apart += (first in fold.test and second in fold.train) or (second in fold.test and first in fold.train)
    return int(apart)


def similarity(thumbnails: list[np.ndarray | None]) -> np.ndarray:
    """Return how alike images are in their details.

    Parameters
    ----------
    thumbnails : list of ndarray or None
        From :func:`~radiohers.audit._images.thumbnail`, all of one shape.

    Returns
    -------
    ndarray of shape (n, n)
        1 for images that are equal but for brightness and contrast; NaN where one of the two
        is None.

    Notes
    -----
    The correlation of the thumbnails less their blurred selves (Gaussian of 2
    cells), the highest over shifts of up to 2 cells along each axis. Without the
    blurred part, which shows where the body is, images of one region of the body
    are all alike.
    """
    n = len(thumbnails)
    result = np.full((n, n), np.nan)
    there = np.array([position for position, cells in enumerate(thumbnails) if cells is not None], dtype=int)
    if not len(there):
        return result
    details = np.stack([_details(thumbnails[position]) for position in there])
    shape, axes = details.shape[1:], (1, 2, 3)
    spectra = np.fft.rfftn(details, axes=axes)
    shifts: tuple[Any, ...] = (slice(None), *np.ix_(*[range(-_REACH, _REACH + 1)] * 3))
    for row, position in enumerate(there):
        for start in range(row, len(there), _BLOCK):
            others = slice(start, start + _BLOCK)
            at_shifts = np.fft.irfftn(spectra[row] * np.conj(spectra[others]), s=shape, axes=axes)
            highest = at_shifts[shifts].max(axis=(1, 2, 3))
            result[position, there[others]] = result[there[others], position] = highest
    return result


def _details(cells: np.ndarray) -> np.ndarray:
    """Return the cells less their blurred selves, of mean 0 and norm 1."""
    details = cells - gaussian_filter(cells, _BLUR, mode="nearest")
    details -= details.mean()
    norm = np.linalg.norm(details)
    # Rounding leaves something of a constant image, which is like no other.
    return details / norm if norm > 1e-3 else np.zeros_like(details)
