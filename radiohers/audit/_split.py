"""The same patient, the same image, almost the same image: what must not be on both sides of a split."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from radiohers._numbers import number_text
from radiohers.audit._context import AuditContext
from radiohers.audit._result import AuditLine
from radiohers.results import merged_patients

__all__ = ["NEAR", "NEARLY_SURE", "similarity", "similar_pairs", "split_lines"]

# Measured (benchmarks/check_audit.py --similarity) on 1,275 pairs of 51 real CTs of different patients: at most 0.67
# (whole images) and 0.51 (lesions). Copies, moved by a voxel along each axis and with noise of 20 HU: at least 0.80
# and 0.64, median 0.92 and 0.90.
NEAR = 0.80
NEARLY_SURE = 0.90
# In cells of the thumbnails.
_BLUR = 2.0
_REACH = 2
_BLOCK = 256
_ADVICE_COPY = (
    "Find out which patient the image belongs to. Leave all but one of the copies out of the cohort, or give them one "
    "patient_id, and compare anew."
)


def split_lines(context: AuditContext) -> tuple[list[AuditLine], pd.DataFrame]:
    """Return what is on both sides of the split.

    Parameters
    ----------
    context : AuditContext
        The comparison and its cohort.

    Returns
    -------
    lines : list of AuditLine
        Of the checks "same patient", "same image", "near-identical image" and "same lesion mask".
    pairs : DataFrame
        From :func:`similar_pairs`.
    """
    pairs = similar_pairs(context)
    unread = tuple(str(case_id) for case_id, known in context.facts.items() if known is None)
    lines = [_patient_line(context), *_group_lines(context), _same_image_line(context, pairs)]
    lines += [_near_line(context, pairs), _same_mask_line(context, pairs)]
    if unread:
        lines.append(
            AuditLine(
                "same image",
                "all models",
                "not run",
                f"{len(unread)} of {context.n} images could not be read, and were compared with no other.",
                "See the warnings for the reasons, and mend the files.",
                n=len(unread),
                cases=unread,
            )
        )
    return lines, pairs


def _patient_line(context: AuditContext) -> AuditLine:
    if context.comparison.patients is None:
        return AuditLine(
            "same patient",
            "all models",
            "not run",
            "Patients were not given, so it is not known whether one is in training and test of a fold.",
            "Give the table of the cohort a column patient_id, and compare anew: compare_models(models, cohort).",
            n=context.n,
        )
    groups, folds = context.groups, context.comparison.folds
    cut = sorted({str(patient) for fold in folds for patient in np.intersect1d(groups[fold.train], groups[fold.test])})
    n_patients = len(pd.unique(groups))
    common = {"value": float(len(cut)), "method": "number of patients, counted over all folds", "n": context.n}
    if not cut:
        message = f"None of {n_patients} patients is in training and test of one of {len(folds)} folds."
        return AuditLine("same patient", "all models", "pass", message, **common)
    return AuditLine(
        "same patient",
        "all models",
        "fail",
        f"{len(cut)} of {n_patients} patients are in training and test of the same fold; a model may recognise them.",
        "Split by patient: compare_models(models, cohort), and a splitter that keeps groups together.",
        cases=tuple(f"patient {patient}" for patient in cut),
        **common,
    )


def _group_lines(context: AuditContext) -> list[AuditLine]:
    question = merged_patients(context.comparison)
    if not question:
        return []
    advice = "Compare anew, as compare_models(models, cohort). If whole sites were held out on purpose, say so."
    return [AuditLine("groups", "all models", "warn", question, advice, n=context.n)]


def _different(context: AuditContext) -> str:
    return "cases of different patients" if context.comparison.unit == "patient" else "cases"


def similar_pairs(context: AuditContext) -> pd.DataFrame:
    """Compare the images of all pairs of different patients.

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
        {
            "first": names[positions[i]],
            "second": names[positions[j]],
            "same_image": same_image[i, j],
            "same_mask": same_mask[i, j],
            "whole_similarity": whole[i, j],
            "lesion_similarity": lesion[i, j],
            "similarity": both[i, j],
            "n_folds": _n_folds_apart(context, positions[i], positions[j]),
            "labels_agree": positive[positions[i]] == positive[positions[j]],
        }
        for i, j in chosen
    ]
    columns = ["first", "second", "same_image", "same_mask", "whole_similarity", "lesion_similarity", "similarity"]
    table = pd.DataFrame(rows, columns=[*columns, "n_folds", "labels_agree"])
    table = table.sort_values(["same_image", "similarity"], ascending=False, kind="stable", ignore_index=True)
    # So that a pass can say how many were compared.
    table.attrs |= {
        "n_pairs": int(is_pair.sum()),
        "n_lesions": sum(each.lesion_thumbnail is not None for each in facts),
    }
    return table


def _equal(digests: list[str]) -> np.ndarray:
    values = np.array(digests)
    return (values[:, None] == values[None, :]) & (values != "")[:, None]


def _n_folds_apart(context: AuditContext, first: int, second: int) -> int:
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
    shifts = np.ix_(*[range(-_REACH, _REACH + 1)] * 3)
    for row, position in enumerate(there):
        for start in range(row, len(there), _BLOCK):
            others = slice(start, start + _BLOCK)
            at_shifts = np.fft.irfftn(spectra[row] * np.conj(spectra[others]), s=shape, axes=axes)
            highest = at_shifts[(slice(None), *shifts)].max(axis=(1, 2, 3))
            result[position, there[others]] = result[there[others], position] = highest
    return result


def _details(cells: np.ndarray) -> np.ndarray:
    details = cells - gaussian_filter(cells, _BLUR, mode="nearest")
    details -= details.mean()
    norm = np.linalg.norm(details)
    # Rounding leaves something of a constant image, which is like no other.
    return details / norm if norm > 1e-3 else np.zeros_like(details)


def _names(pairs: pd.DataFrame, by: str = "similarity") -> tuple[str, ...]:
    def describe(row: Any) -> str:
        labels = "" if row.labels_agree else ", with different labels"
        number = "" if by == "same" else f" ({number_text(row.similarity)})"
        return f"{row.first} = {row.second}{number}{labels}"

    return tuple(describe(row) for row in pairs.itertuples())


def _side(pairs: pd.DataFrame) -> str:
    n_apart = int((pairs["n_folds"] > 0).sum())
    if n_apart == 0:
        return "None of them is on different sides of a fold."
    return (
        f"{n_apart} of them are on different sides of a fold." if len(pairs) > 1 else "It is on both sides of a fold."
    )


def _same_image_line(context: AuditContext, pairs: pd.DataFrame) -> AuditLine:
    found = pairs[pairs["same_image"]]
    common = {
        "value": float(len(found)),
        "method": f"pairs of {_different(context)}, equal voxels",
        "n": context.n,
    }
    if found.empty:
        pairs_compared = f"{pairs.attrs['n_pairs']} pairs of cases, voxel by voxel"
        message = f"No two {context.comparison.unit}s share an image ({pairs_compared})."
        return AuditLine("same image", "all models", "pass", message, **common)
    plural = "s" * (len(found) > 1)
    return AuditLine(
        "same image",
        "all models",
        "fail" if (found["n_folds"] > 0).any() else "warn",
        f"{len(found)} pair{plural} of {_different(context)} have the same image. {_side(found)}",
        _ADVICE_COPY,
        cases=_names(found, "same"),
        **common,
    )


def _near_line(context: AuditContext, pairs: pd.DataFrame) -> AuditLine:
    others = pairs[~pairs["same_image"]]
    found = others[others["similarity"] >= NEAR]
    highest = float(others["similarity"].max()) if len(others) else float("nan")
    method = f"highest correlation of the details of two thumbnails; warn from {NEAR}, fail from {NEARLY_SURE}"
    common = {"value": highest, "method": method, "n": context.n}
    if found.empty:
        small = context.n - pairs.attrs["n_lesions"]
        left_out = f" {small} lesions are missing or too small to be compared by themselves." if small else ""
        of_whom = " of different patients" if context.comparison.unit == "patient" else ""
        message = f"The two most similar images{of_whom} reach {number_text(highest)} of {NEAR}.{left_out}"
        return AuditLine("near-identical image", "all models", "pass", message, **common)
    sure = found[(found["similarity"] >= NEARLY_SURE) & (found["n_folds"] > 0)]
    return AuditLine(
        "near-identical image",
        "all models",
        "warn" if sure.empty else "fail",
        f"{len(found)} pair{'s' * (len(found) > 1)} of {_different(context)} have almost the same image or lesion "
        f"(up to {number_text(highest)}). {_side(found)}",
        f"Look at them side by side. {_ADVICE_COPY}",
        cases=_names(found),
        **common,
    )


def _same_mask_line(context: AuditContext, pairs: pd.DataFrame) -> AuditLine:
    if all(known is None or not known.lesion_voxels for known in context.facts.values()):
        return AuditLine("same lesion mask", "all models", "not run", "No case has a mask.", n=context.n)
    found = pairs[pairs["same_mask"] & ~pairs["same_image"]]
    common = {"value": float(len(found)), "method": f"pairs of {_different(context)}, equal masks", "n": context.n}
    if found.empty:
        message = f"No two {context.comparison.unit}s with different images share a mask."
        return AuditLine("same lesion mask", "all models", "pass", message, **common)
    return AuditLine(
        "same lesion mask",
        "all models",
        "warn",
        f"{len(found)} pair{'s' * (len(found) > 1)} of {_different(context)} have the same mask on different "
        f"images. {_side(found)}",
        "Look at the masks on their images: one of them was probably saved under the wrong name, or is a template.",
        cases=_names(found, "same"),
        **common,
    )
