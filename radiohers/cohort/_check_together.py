"""The third part of a check: what shows only when the cases are seen beside each other."""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import pandas as pd

from radiohers._wording import counted, listed
from radiohers.cohort._check_findings import Finding

__all__ = ["check_together"]

# Iglewicz and Hoaglin's limit for 0.6745 times the distance from the median in median absolute deviations.
MAX_ROBUST_Z = 3.5
# Beside it, so that a cohort of nearly equal spacings has no outliers for their rounding.
_MIN_RELATIVE_DISTANCE = 0.2
_MIN_CASES = 5
_MIN_PATIENTS_A_CLASS = 10
_MAX_THICKNESS_RATIO = 1.5
_MAX_NAMED = 10
_MAX_TWINS_NAMED = 3
# Of remarks: less is within what lesions differ by.
_MIN_CONTRAST = 30
_MIN_VOLUME_RATIO = 4
_WHOLE_COHORT = ""


def check_together(
    table: pd.DataFrame, labels: pd.Series | None, parts: pd.DataFrame, target: str | None, spoilt: Collection[Any]
) -> list[Finding]:
    """Look at the cases beside each other.

    Parameters
    ----------
    table : DataFrame of shape (n_cases, n_columns)
        What was measured, one row a case, with ``image_digest`` and ``mask_digest``.
    labels : Series of shape (n_cases,) or None
        Their classes.
    parts : DataFrame of shape (n_cases, n_parts)
        Columns in which each patient ought to have one value.
    target : str or None
        Name of the labels.
    spoilt : collection of case_id
        Cases that have an error already.

    Returns
    -------
    list of Finding
        Those of single cases and those of the cohort.
    """
    return [
        *_same_images(table),
        *_same_lesions(table),
        *_spacing_outliers(table),
        *_remarks(table.drop(index=list(spoilt))),
        *_mixed_thickness(table),
        *_patients_in_several(table, parts),
        *(_classes(table, labels, target) if labels is not None else []),
    ]


def _same_images(table: pd.DataFrame) -> Iterator[Finding]:
    for digest, rows in table.dropna(subset="image_digest").groupby("image_digest", sort=False):
        if rows["patient_id"].nunique() < 2:
            continue
        for case_id in rows.index:
            others = rows[rows["patient_id"] != rows.at[case_id, "patient_id"]]
            message = f"the image is the same, voxel by voxel, as that of {_named_with_patients(others)}"
            advice = "If it is one patient, give the rows one patient_id; else one of the images is the wrong file."
            yield Finding(case_id, "error", "same image", str(digest)[:12], message, advice)


def _named_with_patients(rows: pd.DataFrame) -> str:
    named = [f"case {case_id!r} of patient {patient!r}" for case_id, patient in rows["patient_id"].items()]
    return listed(named, _MAX_TWINS_NAMED)


def _same_lesions(table: pd.DataFrame) -> Iterator[Finding]:
    known = table.dropna(subset=["image_digest", "mask_digest"])
    for _, rows in known.groupby("mask_digest", sort=False):
        for case_id, row in rows.iterrows():
            others = rows.drop(index=case_id)
            same_image, same_patient = (others[c] == row[c] for c in ("image_digest", "patient_id"))
            # The same image of two patients is told as that.
            same_case, other_patient = others[same_image & same_patient], others[~same_image & ~same_patient]
            if len(same_case):
                message = f"the same image with the same lesion is also {_named_with_patients(same_case)}"
                advice = "Take all rows but one out of the table."
            elif len(other_patient):
                message = f"the mask is the same, voxel by voxel, as that of {_named_with_patients(other_patient)}"
                advice = "One of the masks is the wrong file. Correct the row."
            else:
                continue
            yield Finding(case_id, "error", "same mask", row["mask_digest"][:12], message, advice)


def robust_z(values: pd.Series) -> pd.Series:
    """Return 0.6745 (x - median) / MAD; infinite for what differs where the MAD is 0."""
    distance = values - values.median()
    deviation = distance.abs().median()
    with np.errstate(divide="ignore", invalid="ignore"):
        return (0.6745 * distance / deviation).fillna(0.0)


def _spacing_outliers(table: pd.DataFrame) -> Iterator[Finding]:
    for axis, name in (("x", "columns"), ("y", "rows"), ("z", "slices")):
        column = table[f"spacing_{axis}_mm"]
        known = column.dropna().astype(float)
        for case_id in _far(known, _MIN_RELATIVE_DISTANCE * known.median()):
            value = known[case_id]
            # Rows and columns are nearly always as far apart; one finding will do.
            if axis == "y" and value == table.at[case_id, "spacing_x_mm"]:
                continue
            message = (
                f"{name} lie {value:.3g} mm apart, {column.median():.3g} mm in the median of the cohort (robust z over "
                f"{MAX_ROBUST_Z:g} and {_MIN_RELATIVE_DISTANCE:.0%} off)"
            )
            advice = "Make sure that it is the intended series; resample all cases to one voxel size."
            yield Finding(case_id, "warn", "spacing", f"{value:.3g}", message, advice)


def _remarks(table: pd.DataFrame) -> Iterator[Finding]:
    """Point at lesions unlike the others; no case with an error is among the others, or is told of."""
    volume_ml = table["volume_ml"].dropna().astype(float)
    volumes = pd.Series(np.log10(volume_ml))
    for case_id in _far(volumes, np.log10(_MIN_VOLUME_RATIO)):
        volume = f"{volume_ml[case_id]:.3g}"
        message = f"the lesion has {volume} ml, where the median of the cohort is {10 ** volumes.median():.3g} ml"
        advice = "Make sure that the spacing is right and that the mask is one lesion."
        yield Finding(case_id, "ok", "volume", volume, message, advice)
    medians = table["lesion_median"].dropna().astype(float)
    for case_id in _far(medians, _MIN_CONTRAST):
        message = f"the lesion's median is {medians[case_id]:.0f}, the cohort's {medians.median():.0f}"
        advice = (
            "Make sure that it is the same contrast phase; fat and necrosis do the same. Voxels alone do not tell the "
            "phase."
        )
        yield Finding(case_id, "ok", "contrast", f"{medians[case_id]:.0f}", message, advice)


def _far(values: pd.Series, min_distance: float) -> pd.Index:
    if len(values) < _MIN_CASES:
        return values.index[:0]
    is_far = (values - values.median()).abs() > min_distance
    return values.index[(robust_z(values).abs() > MAX_ROBUST_Z) & is_far]


def _mixed_thickness(table: pd.DataFrame) -> Iterator[Finding]:
    thickness = table["spacing_z_mm"].dropna().astype(float).round(1)
    if thickness.empty or thickness.max() < _MAX_THICKNESS_RATIO * thickness.min():
        return
    counts = thickness.value_counts().sort_index()
    named = listed(list(counts.items()), _MAX_NAMED, lambda item: f"{item[0]:g} mm ({item[1]})")
    message = f"slices lie at different distances: {named} (cases)"
    advice = "Resample to one voxel size. If the distance goes with the class, a model can learn it."
    yield Finding(_WHOLE_COHORT, "warn", "slice spacing", named, message, advice)


def _patients_in_several(table: pd.DataFrame, parts: pd.DataFrame) -> Iterator[Finding]:
    for name, column in parts.items():
        for patient, values in column.groupby(table["patient_id"], sort=False):
            found = values.dropna().unique()
            if len(found) < 2:
                continue
            shown = ", ".join(map(str, found))
            message = f"patient {patient!r} is in several groups of column {name!r}: {shown}"
            advice = "All cases of a patient belong in one group: move or drop some."
            for case_id in values.index:
                yield Finding(case_id, "error", "groups", shown, message, advice)


def _classes(table: pd.DataFrame, labels: pd.Series, target: str | None) -> Iterator[Finding]:
    patients = table["patient_id"]
    labels = labels.dropna()
    counts = patients[labels.index].groupby(labels).nunique()
    shown = ", ".join(f"{label}: {counted(n, 'patient')}" for label, n in counts.items())
    if len(counts) < 2:
        message = f"every case has the same {target}: {shown or 'none'}"
        yield Finding(_WHOLE_COHORT, "error", "classes", shown, message, "Two classes are needed to learn from.")
        return
    if counts.min() < _MIN_PATIENTS_A_CLASS:
        message = f"few patients of a class ({target}, {shown}): fewer than {_MIN_PATIENTS_A_CLASS}"
        advice = "Estimates will be wide; have no more folds than patients in the smaller class."
        yield Finding(_WHOLE_COHORT, "warn", "classes", shown, message, advice)
    n_classes: Any = labels.groupby(patients[labels.index]).nunique()
    mixed = list(n_classes.index[n_classes > 1])
    if mixed:
        named = ", ".join(map(repr, mixed[:_MAX_NAMED]))
        message = f"cases of both classes of {target} in {counted(len(mixed), 'patient')}: {named}"
        advice = "If the label is the patient's, mend it; if it is the lesion's, all is well: no split parts a patient."
        yield Finding(_WHOLE_COHORT, "warn", "classes", str(len(mixed)), message, advice)
