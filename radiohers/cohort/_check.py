"""Looking at every case before anything is computed."""

import os
from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any, Literal, NamedTuple

import pandas as pd
from joblib import Parallel, delayed
from tqdm import tqdm

from radiohers._sklearn import Interval, StrOptions, validate_params
from radiohers.cohort._cases import Case, iter_cases
from radiohers.cohort._check_findings import Finding, Limits, unforeseen, worst_level
from radiohers.cohort._check_headers import CaseHeaders, check_headers, header_reader
from radiohers.cohort._check_result import CohortCheck
from radiohers.cohort._check_together import check_together
from radiohers.cohort._check_voxels import CaseVoxels, check_voxels
from radiohers.cohort._number_kinds import kind_of_numbers, mixed_numbers
from radiohers.exceptions import CohortError
from radiohers.images import ImageHeader

__all__ = ["ToCheck", "check_cases"]


class ToCheck(NamedTuple):
    """What a check looks at.

    Attributes
    ----------
    X : DataFrame of shape (n_cases, n_columns)
        The cases; a row whose image or mask cannot even be looked for is in `findings`.
    labels : Series of shape (n_cases,) or None
        Their classes.
    groups : Series of shape (n_cases,)
        Their patients.
    clinical : DataFrame of shape (n_cases, n_other_columns)
        All other columns.
    target, name : str or None
        Name of the labels, and of the table.
    findings : list of Finding
        What is known to be wrong with the rows already.
    skipped : set
        Names of cases whose files are not to be opened.
    """

    X: pd.DataFrame
    labels: pd.Series | None
    groups: pd.Series
    clinical: pd.DataFrame
    target: str | None
    name: str | None
    findings: list[Finding]
    skipped: frozenset


@validate_params(
    {
        "to_check": "no_validation",
        "resampled_spacing_mm": [tuple, list, None],
        "min_voxels": [Interval(Integral, 1, None, closed="left")],
        "on_mismatch": [StrOptions({"raise", "resample"})],
        "modality": [StrOptions({"ct", "other"})],
        "one_value_a_patient": [str, list, tuple],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    },
    prefer_skip_nested_validation=True,
)
def check_cases(
    to_check: ToCheck,
    *,
    resampled_spacing_mm: Sequence[float] | None = None,
    min_voxels: int = 50,
    on_mismatch: Literal["raise", "resample"] = "raise",
    modality: Literal["ct", "other"] = "ct",
    one_value_a_patient: str | Sequence[str] = (),
    n_jobs: int | None = None,
    verbose: int = 0,
) -> CohortCheck:
    """Check cases; see :meth:`Cohort.check` for the parameters."""
    limits = Limits(min_voxels, _spacing(resampled_spacing_mm), on_mismatch, modality)
    parts = _parts(to_check.clinical, one_value_a_patient)
    cases = _cases(to_check)
    read = header_reader()
    headers = [
        CaseHeaders(None, None, []) if case.case_id in to_check.skipped else _headers_of(case, limits, read)
        for case in tqdm(cases, desc="headers", unit="case", disable=not verbose)
    ]
    voxels = _read_voxels(cases, headers, limits, n_jobs, verbose)
    table = pd.DataFrame(
        [_row(*row) for row in zip(cases, headers, voxels, to_check.groups, strict=True)],
        index=to_check.X.index,
    )
    findings = [*to_check.findings]
    for header, voxel in zip(headers, voxels, strict=True):
        findings += [*header.findings, *voxel.findings]
    spoilt = {finding.case_id for finding in findings if finding.level == "error" and finding.case_id != ""}
    findings += check_together(table, to_check.labels, parts, to_check.target, spoilt)
    if modality == "ct" and (mixed := mixed_numbers(table["numbers"].dropna().to_dict())):
        findings.append(Finding("", "warn", "numbers", "", *mixed))
    pictures = {case.case_id: voxel.picture for case, voxel in zip(cases, voxels, strict=True) if voxel.picture}
    return _result(to_check, table, findings, limits, pictures)


def _headers_of(case: Case, limits: Limits, read: Callable[[Any, str], ImageHeader]) -> CaseHeaders:
    try:
        return check_headers(case, limits, read)
    except Exception as error:
        return CaseHeaders(None, None, [unforeseen(case.case_id, error)])


def _voxels_of(cases: list[Case], headers: list[CaseHeaders], limits: Limits) -> list[CaseVoxels]:
    try:
        return check_voxels(cases, headers, limits)
    except Exception as error:
        return [CaseVoxels([unforeseen(case.case_id, error)]) for case in cases]


def _spacing(spacing_mm: Any) -> tuple[float, float, float] | None:
    if spacing_mm is None:
        return None
    values = tuple(float(value) for value in spacing_mm)
    if len(values) != 3 or not all(value >= 0 for value in values):
        raise CohortError(
            f"resampled_spacing_mm is {spacing_mm!r}",
            advice="Give three lengths in mm (x, y, z), 0 for an axis that is kept.",
        )
    return values


def _parts(clinical: pd.DataFrame, columns: str | Sequence[str]) -> pd.DataFrame:
    columns = [columns] if isinstance(columns, str) else list(columns)
    unknown = [column for column in columns if column not in clinical.columns]
    if unknown:
        raise CohortError(
            f"the table has no column {unknown[0]!r}, which is to have one value a patient; its clinical columns are "
            f"{', '.join(map(str, clinical.columns)) or 'none'}."
        )
    return clinical[columns]


def _cases(to_check: ToCheck) -> list[Case]:
    X = to_check.X
    if "mask_label" in X.columns:
        # What is not a label is among the findings, and its case is skipped.
        labels = pd.to_numeric(X["mask_label"], errors="coerce")
        X = X.assign(mask_label=labels.where((labels % 1 == 0) & (labels > 0), 1).astype(int))
    return iter_cases(X, mask_or_boxes=False) if "mask" in X.columns else iter_cases(X, mask_or_boxes=True)


def _read_voxels(
    cases: list[Case], headers: list[CaseHeaders], limits: Limits, n_jobs: int | None, verbose: int
) -> list[CaseVoxels]:
    """Read each image once, several at a time."""
    positions: dict[Any, list[int]] = {}
    for position, case in enumerate(cases):
        is_path = isinstance(case.image, str | os.PathLike)
        positions.setdefault(str(case.image) if is_path else id(case.image), []).append(position)
    groups = list(positions.values())
    # Threads: decompression, hashing and arithmetic leave Python's lock, and nothing has to be copied.
    results = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(
        delayed(_voxels_of)([cases[i] for i in group], [headers[i] for i in group], limits) for group in groups
    )
    voxels: list[Any] = [None] * len(cases)
    bar = tqdm(results, total=len(groups), desc="images", unit="image", disable=not verbose)
    for group, found in zip(groups, bar, strict=True):
        for position, result in zip(group, found, strict=True):
            voxels[position] = result
    return voxels


def _row(case: Case, header: CaseHeaders, voxel: CaseVoxels, patient: Any) -> dict[str, Any]:
    """Return what was measured of a case; None for what was not."""
    row: dict[str, Any] = {"patient_id": patient}
    size, spacing_mm = (header.image.size, header.image.spacing_mm) if header.image else ([None] * 3, [None] * 3)
    row |= {f"size_{axis}": n for axis, n in zip("xyz", size, strict=True)}
    row |= {f"spacing_{axis}_mm": length for axis, length in zip("xyz", spacing_mm, strict=True)}
    row["pixel_type"] = header.image.pixel_type if header.image else None
    row["numbers"] = kind_of_numbers(row["pixel_type"], voxel.image.is_whole) if voxel.image else None
    row["geometry"] = header.relation.name if header.relation else None
    row["labels"] = " ".join(f"{label:g}" for label in voxel.labels) if voxel.labels else None
    row["mask_label"] = case.mask_label if case.mask is not None else None
    lesion, values, image = voxel.lesion, voxel.values, voxel.image
    row |= {
        "n_components": lesion.n_components if lesion else None,
        "largest_share": lesion.largest_share if lesion else None,
        "volume_ml": lesion.volume_ml if lesion else None,
        "n_voxels": lesion.n_voxels if lesion else None,
        "n_voxels_resampled": voxel.n_resampled,
        "n_slices": lesion.n_slices if lesion else None,
        "border": ", ".join(lesion.border) if lesion else None,
        "image_min": image.minimum if image else None,
        "image_max": image.maximum if image else None,
        "lesion_min": values.minimum if values else None,
        "lesion_median": values.median if values else None,
        "lesion_max": values.maximum if values else None,
        "image_digest": image.digest if image else None,
        "mask_digest": voxel.mask_digest,
    }
    return row


_WHOLE_NUMBERS = (
    "size_x",
    "size_y",
    "size_z",
    "mask_label",
    "n_components",
    "n_voxels",
    "n_voxels_resampled",
    "n_slices",
)
_NUMBERS = (
    "spacing_x_mm",
    "spacing_y_mm",
    "spacing_z_mm",
    "largest_share",
    "volume_ml",
    "image_min",
    "image_max",
    "lesion_min",
    "lesion_median",
    "lesion_max",
)


def _result(
    to_check: ToCheck, table: pd.DataFrame, findings: list[Finding], limits: Limits, pictures: dict
) -> CohortCheck:
    table = table.astype(dict.fromkeys(_WHOLE_NUMBERS, "Int64") | dict.fromkeys(_NUMBERS, "float64"))
    of_case: dict[Any, list[Finding]] = {}
    for finding in findings:
        of_case.setdefault(finding.case_id, []).append(finding)
    table.insert(1, "level", [worst_level(of_case.get(case_id, [])) for case_id in table.index])
    table["findings"] = ["; ".join(f.message for f in of_case.get(case_id, [])) for case_id in table.index]
    order = {case_id: position for position, case_id in enumerate(["", *table.index])}
    findings = sorted(findings, key=lambda finding: order[finding.case_id])
    return CohortCheck(
        table=table,
        findings=pd.DataFrame(findings, columns=list(Finding._fields)),
        name=to_check.name,
        limits=limits._asdict(),
        pictures=pictures,
    )
