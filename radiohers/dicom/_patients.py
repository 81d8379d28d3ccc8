"""The patients of a scanned folder, and which of their series and contours the rules choose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radiohers.dicom._drawn_on import drawn_on
from radiohers.dicom._kinds import kind_of, n_slices, unusable
from radiohers.dicom._newest import newest
from radiohers.dicom._nifti_out import uid_hash
from radiohers.dicom._rules import fits
from radiohers.dicom._scan import DicomFile, Scan, read_dataset
from radiohers.dicom._series_table import series_of
from radiohers.exceptions import RadiohersError

__all__ = ["Chosen", "LogEntry", "Patient", "choose", "group_patients", "reason_and_detail"]


@dataclass(frozen=True)
class LogEntry:
    """A line of the log: what it is about, and what became of it."""

    patient: str
    what: str
    name: str
    level: str
    reason: str
    # The reason with the file that it is about; "" where it is the reason.
    detail: str = ""


def reason_and_detail(error: Exception) -> tuple[str, str]:
    """Return what an error says for the log that is written, without case and file, and in full."""
    if isinstance(error, RadiohersError):
        return str(error.with_case(None).with_source(None)), str(error)
    kind = "" if isinstance(error, OSError) else f"{type(error).__name__}: "
    return f"{kind}{error}", ""


@dataclass
class Patient:
    """What was found of one patient."""

    key: str
    files: list[DicomFile] = field(default_factory=list)
    damaged: list[tuple[Path, str]] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        """What identifies the patient, beside the key."""
        return {text for file in self.files for text in (file.patient_id, file.patient_name) if text}


@dataclass
class Chosen:
    """A series and the files of contours drawn on it."""

    series: list[DicomFile]
    contours: list[DicomFile]


def group_patients(scan: Scan, by: str) -> tuple[dict[str, Patient], list[LogEntry]]:
    """Group the files of a scan by patient; what belongs to none is returned as entries of the log."""
    patients: dict[str, Patient] = {}
    entries: dict[LogEntry, None] = {}
    for file in scan.files:
        key = file.patient_id if by == "PatientID" else _folder_name(file.path, scan.folder, by)
        if key:
            patients.setdefault(key, Patient(key)).files.append(file)
        else:
            why = "no PatientID" if by == "PatientID" else f"not below a folder of level {by.partition(':')[2]}"
            entries[LogEntry("", "series", uid_hash(file.series_uid), "left out", why)] = None
    for path, reason in scan.damaged:
        owners = _owners_of_damaged(path, scan.folder, by, patients)
        for patient in owners:
            patient.damaged.append((path, reason))
        if not owners:
            unknown = ", and it cannot be told whose it is"
            entries[LogEntry("", "file", "", "failed", f"{reason}{unknown}", f"{path}: {reason}{unknown}")] = None
    return patients, list(entries)


def _folder_name(path: Path, folder: Path, by: str) -> str:
    level = int(by.partition(":")[2])
    folders = path.relative_to(folder).parts[:-1]
    return folders[level - 1] if len(folders) >= level else ""


def _owners_of_damaged(path: Path, folder: Path, by: str, patients: Mapping[str, Patient]) -> list[Patient]:
    if by != "PatientID":
        owner = patients.get(_folder_name(path, folder, by))
        return [owner] if owner else []
    return [patient for patient in patients.values() if any(file.path.parent == path.parent for file in patient.files)]


def choose(patient: Patient, rules: Mapping[str, Mapping[str, Any]]) -> tuple[list[Chosen], list[LogEntry]]:
    """Choose the series and contours of a patient.

    Returns
    -------
    chosen : list of Chosen
        Empty if the patient is left out.
    entries : list of LogEntry
        Every series and file of contours that was not chosen, and why; and the
        patient, if none was.
    """
    log = _Log(patient.key)
    candidates = _candidates(patient, rules, log)
    drawn = _contours_by_series(patient, candidates, rules, log)
    chosen = [Chosen(candidates[uid], _pick_contours(files, rules, log)) for uid, files in drawn.items()]
    chosen = [one for one in chosen if one.contours]
    for uid in candidates:
        if uid not in drawn:
            log.add("series", uid, "left out", "no contours were drawn on it")
    if chosen:
        chosen = _pick_series(chosen, rules["series"]["pick"], log)
    if not chosen:
        log.add("patient", "", "left out", "no series with contours is left; see the other lines of this patient")
    return chosen, log.entries


@dataclass
class _Log:
    patient: str
    entries: list[LogEntry] = field(default_factory=list)

    def add(self, what: str, uid: str, level: str, reason: str, detail: str = "") -> None:
        name = uid_hash(uid) if uid else self.patient if what == "patient" else ""
        self.entries.append(LogEntry(self.patient, what, name, level, reason, detail))


def _candidates(patient: Patient, rules: Mapping, log: _Log) -> dict[str, list[DicomFile]]:
    kept = {}
    for uid, files in series_of(patient.files).items():
        kinds = {kind_of(file) for file in files}
        if kinds == {"other"}:
            log.add("series", uid, "left out", f"holds no image and no contours ({files[0].modality or 'no modality'})")
        elif "image" in kinds:
            reason = _why_not(files, rules["series"])
            if reason:
                log.add("series", uid, "left out", reason)
            else:
                kept[uid] = files
    return kept


def _why_not(files: list[DicomFile], rules: Mapping) -> str | None:
    first = next((file for file in files if unusable(file) is None), files[0])
    if first.modality.casefold() != rules["modality"].casefold():
        return f"modality {first.modality or 'missing'}, not {rules['modality']}"
    reasons = {unusable(file) for file in files}
    if None not in reasons:
        return f"no slices of a volume: {', '.join(sorted(map(str, reasons)))}"
    if not fits(first.description, rules["description"]):
        return "its description fits no pattern of the rules (series: description)"
    if n_slices(files) < rules["min_slices"]:
        return f"{n_slices(files)} slices, fewer than {rules['min_slices']} (series: min_slices)"
    return None


def _contours_by_series(
    patient: Patient, candidates: Mapping[str, list[DicomFile]], rules: Mapping, log: _Log
) -> dict[str, list[DicomFile]]:
    drawn: dict[str, list[DicomFile]] = {}
    images = series_of(file for file in patient.files if kind_of(file) == "image")
    known: dict[str, list[DicomFile]] = {}
    for file in patient.files:
        kind = kind_of(file)
        if kind not in ("RTSTRUCT", "SEG"):
            continue
        twins = known.setdefault(file.sop_uid, [])
        if any(_is_copy(file, twin) for twin in twins):
            log.add("contours", file.series_uid, "left out", f"a copy of another {kind} file")
            continue
        twins.append(file)
        if kind not in rules["contours"]["kinds"]:
            log.add("contours", file.series_uid, "left out", f"{kind} is not among the rules' (contours: kinds)")
            continue
        try:
            target, reason = drawn_on(file, candidates, images, rules["contours"])
        except RadiohersError as error:
            log.add("contours", file.series_uid, "failed", *reason_and_detail(error))
            continue
        if reason:
            log.add("contours", file.series_uid, "note" if target else "left out", reason)
        if target:
            drawn.setdefault(target, []).append(file)
    return drawn


def _is_copy(a: DicomFile, b: DicomFile) -> bool:
    """Tell whether two files hold the same; two that were changed under one identifier do not."""
    return a.path.read_bytes() == b.path.read_bytes() or read_dataset(a.path) == read_dataset(b.path)


def _pick_contours(files: list[DicomFile], rules: Mapping, log: _Log) -> list[DicomFile]:
    pick = rules["contours"]["pick"]
    if len(files) == 1 or pick == "all":
        return files
    if pick == "newest":
        chosen = newest(files)
        why = (
            f"which of {len(files)} files of contours on one series is the newest cannot be known: dates or times are "
            "missing, cut short or equal (contours: pick: newest)"
        )
        for file in files:
            if file is not chosen:
                said = "there is a newer one (contours: pick: newest)" if chosen else why
                log.add("contours", file.series_uid, "left out", said)
        return [chosen] if chosen else []
    for file in files:
        why = f"one of {len(files)} files of contours on one series; choose newest or all (contours: pick)"
        log.add("contours", file.series_uid, "left out", why)
    return []


def _pick_series(chosen: list[Chosen], pick: str, log: _Log) -> list[Chosen]:
    if len(chosen) == 1 or pick == "all":
        return chosen
    if pick == "one":
        for one in chosen:
            why = (
                f"one of {len(chosen)} series with contours; choose by description, or thinnest, most_slices or all "
                "(series: pick)"
            )
            log.add("series", one.series[0].series_uid, "left out", why)
        return []
    sizes = [_size(one, pick) for one in chosen]
    known = [size for size in sizes if size is not None]
    best = [one for one, size in zip(chosen, sizes, strict=True) if len(known) == len(sizes) and size == min(known)]
    for one in chosen:
        if len(best) == 1:
            why = f"another one goes before it (series: pick: {pick})"
        else:
            what = f"{len(best)} series are equal" if best else "SliceThickness is missing, or is not one in a series"
            why = f"which of {len(chosen)} series to take cannot be known: {what} (series: pick: {pick})"
        if best != [one]:
            log.add("series", one.series[0].series_uid, "left out", why)
    return best if len(best) == 1 else []


def _size(one: Chosen, pick: str) -> float | None:
    """Return what a series is chosen by, the least first; None if it is not known."""
    if pick == "most_slices":
        return -n_slices(one.series)
    thicknesses = {file.thickness_mm for file in one.series if unusable(file) is None}
    return thicknesses.pop() if len(thicknesses) == 1 else None
