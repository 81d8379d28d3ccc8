"""One patient of an ingest: reads what was chosen and writes its cases."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from radiohers.dicom._kinds import kind_of
from radiohers.dicom._nifti_in import NiftiPatient, nifti_lesions
from radiohers.dicom._nifti_out import uid_hash, write_nifti
from radiohers.dicom._patients import Chosen, LogEntry, Patient, choose, reason_and_detail
from radiohers.dicom._pseudonyms import file_name
from radiohers.dicom._read_series import DicomSeries, series_from
from radiohers.dicom._rois import Roi, list_rois
from radiohers.dicom._rtstruct import read_rtstruct
from radiohers.dicom._scan import Scan
from radiohers.dicom._seg import read_seg
from radiohers.exceptions import MaskError, RadiohersError
from radiohers.images import read_image, select_lesions

__all__ = ["Outcome", "convert_patient"]


@dataclass
class Outcome:
    """What came of one patient: rows of the cohort table, and lines of the log."""

    patient: str
    rows: list[dict[str, str]] = field(default_factory=list)
    entries: list[LogEntry] = field(default_factory=list)

    def add(self, what: str, name: str, level: str, reason: str, detail: str = "") -> None:
        """Add a line to the log."""
        self.entries.append(LogEntry(self.patient, what, name, level, reason, detail))


@dataclass(frozen=True)
class _Target:
    """Where and under which names a patient's files are written."""

    out: Path
    pseudonym: str
    scrub: Callable[[str], str]
    force: bool


def convert_patient(
    patient: Patient | NiftiPatient,
    folder: Path,
    out: Path,
    pseudonym: str,
    rules: Mapping[str, Mapping[str, Any]],
    scrub: Callable[[str], str],
    force: bool,
) -> Outcome:
    """Convert the cases of a patient; whatever fails becomes a line of the log."""
    outcome = Outcome(patient.key)
    target = _Target(out, pseudonym, scrub, force)
    try:
        if isinstance(patient, NiftiPatient):
            _convert_nifti(patient, target, rules, outcome)
        else:
            _convert_dicom(patient, folder, target, rules, outcome)
    # Whatever it is, a fault of this program included, the other patients are to be converted.
    except Exception as error:
        outcome.add("patient", pseudonym, "failed", *reason_and_detail(error))
    return outcome


def _convert_dicom(patient: Patient, folder: Path, target: _Target, rules: Mapping, outcome: Outcome) -> None:
    chosen, entries = choose(patient, rules)
    outcome.entries += entries
    scan = Scan(folder, tuple(patient.files), tuple(patient.damaged), 0)
    for number, one in enumerate(chosen, start=1):
        stem = file_name(target.pseudonym) + (f"_s{number}" if len(chosen) > 1 else "")
        uid = one.series[0].series_uid
        try:
            _convert_series(one, scan, stem, target, rules, outcome)
        except (RadiohersError, OSError) as error:
            outcome.add("series", uid_hash(uid), "failed", *reason_and_detail(error))


def _convert_series(chosen: Chosen, scan: Scan, stem: str, target: _Target, rules: Mapping, outcome: Outcome) -> None:
    on_tilt = "raise" if rules["series"]["on_tilt"] == "leave_out" else "resample"
    series = series_from(scan, chosen.series, tolerance_mm=rules["series"]["tolerance_mm"], on_tilt=on_tilt)
    lesions: list[tuple[str, Roi]] = []
    for number, file in enumerate(chosen.contours, start=1):
        prefix = f"c{number}" if len(chosen.contours) > 1 else ""
        try:
            rois = _contours(file.path, kind_of(file), series, rules["contours"])
            lesions += _named(rois, prefix, rules["contours"])
        except (RadiohersError, OSError) as error:
            outcome.add("contours", uid_hash(file.series_uid), "failed", *reason_and_detail(error))
    if not lesions:
        return
    name = uid_hash(series.series_uid)
    for path, reason in series.left_out:
        outcome.add("file", name, "left out", reason, f"{path}: {reason}")
    for note in series.notes:
        outcome.add("series", name, "note", note)
    _write_cases(series, lesions, stem, target, outcome)


def _contours(path: Path, kind: str, series: DicomSeries, rules: Mapping[str, Any]) -> list[Roi]:
    wanted, merge = rules["roi"], rules["several"] == "merge"
    if wanted is None:
        table = list_rois(path)
        drawn = table[(table["n_parts"] > 0).fillna(True)]
        if len(drawn) > 1:
            names = ", ".join(map(repr, drawn["name"]))
            raise MaskError(
                f"{len(drawn)} regions of interest ({names})",
                advice="Say which are lesions: --roi PATTERN (contours: roi).",
                source=path,
            )
    options = {"merge": merge, "check_reference": rules["check_reference"], "fill_gaps": rules["fill_gaps"]}
    if kind == "SEG":
        return read_seg(path, series, wanted, fraction=rules["fraction"], **options)
    return read_rtstruct(path, series, wanted, plane_tolerance_mm=rules["plane_tolerance_mm"], **options)


def _named(rois: list[Roi], prefix: str, rules: Mapping[str, Any]) -> Iterator[tuple[str, Roi]]:
    """Give each lesion the end of its case's name, and take it apart where the rules say so."""
    seen: set[str] = set()
    for roi in rois:
        name = file_name("-".join(roi.names)) if len(rois) > 1 else ""
        if name.casefold() in seen:
            name = f"{name}-{roi.numbers[0]}"
        seen.add(name.casefold())
        parts = select_lesions(roi.mask, components=rules["components"], min_voxels=rules["min_voxels"])
        for number, mask in enumerate(parts.values(), start=1):
            part = str(number) if rules["components"] == "separate" else ""
            yield "_".join(filter(None, (prefix, name, part))), roi._replace(mask=mask)


def _write_cases(
    image: DicomSeries | sitk.Image, lesions: list[tuple[str, Roi]], stem: str, target: _Target, outcome: Outcome
) -> None:
    series = image if isinstance(image, DicomSeries) else None
    image_path = write_nifti(image, target.out / "images" / f"{stem}.nii.gz", force=target.force)
    # What people typed may name the patient.
    case_ids = [f"{stem}_{file_name(target.scrub(end))}" if end else stem for end, _ in lesions]
    alike = len(case_ids) - len({case_id.casefold() for case_id in case_ids})
    if alike:
        raise MaskError(
            f"{alike} of {len(case_ids)} lesions would be called as another one is ({', '.join(case_ids)})",
            advice="Rename the regions, or choose them by number (contours: roi).",
        )
    for case_id, (_, roi) in zip(case_ids, lesions, strict=True):
        names = tuple(map(target.scrub, roi.names))
        path = target.out / "masks" / f"{case_id}.nii.gz"
        write_nifti(roi._replace(names=names), path, series=series, more={"case_id": case_id}, force=target.force)
        paths = {"image": image_path, "mask": path}
        outcome.rows.append(
            {"case_id": case_id, "patient_id": target.pseudonym}
            | {name: where.relative_to(target.out).as_posix() for name, where in paths.items()}
        )
        outcome.add("case", case_id, "done", "; ".join(note for note in roi.notes if note not in roi.gaps))
        for note in roi.gaps:
            outcome.add("case", case_id, "warning", note)


def _convert_nifti(patient: NiftiPatient, target: _Target, rules: Mapping, outcome: Outcome) -> None:
    if len(patient.images) != 1 or not patient.masks:
        found = f"{len(patient.images)} images and {len(patient.masks)} masks fit the patterns (nifti: image, mask)"
        outcome.add(
            "patient", target.pseudonym, "left out", f"{found}; there have to be one image and at least one mask"
        )
        return
    image = read_image(patient.images[0], finite=True)
    lesions: list[tuple[str, Roi]] = []
    names = [lesion for lesion, _ in patient.masks]
    for lesion, path in patient.masks:
        try:
            if names.count(lesion) > 1:
                raise MaskError(
                    f"one of {names.count(lesion)} masks of one lesion",
                    advice="Tell them apart by {lesion}.",
                    source=path,
                )
            rois = nifti_lesions(image, path, lesion, rules)
            prefix = file_name(lesion) if len(names) > 1 and len(rois) == 1 else ""
            lesions += _named(rois, prefix, rules["contours"])
        except (RadiohersError, OSError) as error:
            outcome.add("mask", "", "failed", *reason_and_detail(error))
    if lesions:
        _write_cases(image, lesions, file_name(target.pseudonym), target, outcome)
