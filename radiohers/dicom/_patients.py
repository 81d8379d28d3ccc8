"""The patients of a scanned folder, and which of their series and contours the rules choose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radiohers.dicom._kinds import kind_of, unusable
from radiohers.dicom._nifti_out import uid_hash
from radiohers.dicom._rules import fits
from radiohers.dicom._scan import DicomFile, Scan
from radiohers.dicom._series_table import series_of

__all__ = ["Chosen", "LogEntry", "Patient", "choose", "group_patients"]


@dataclass(frozen=True)
class LogEntry:
    """A line of the log: what it is about, and what became of it."""

    patient: str
    what: str
    name: str
    level: str
    reason: str


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
            entries[LogEntry("", "file", "", "failed", f"{path}: {reason}, and it cannot be told whose it is")] = None
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

    def add(self, what: str, uid: str, level: str, reason: str) -> None:
        name = uid_hash(uid) if uid else self.patient if what == "patient" else ""
        self.entries.append(LogEntry(self.patient, what, name, level, reason))


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
    n_slices = _n_slices(files)
    if n_slices < rules["min_slices"]:
        return f"{n_slices} slices, fewer than {rules['min_slices']} (series: min_slices)"
    return None


def _n_slices(files: list[DicomFile]) -> int:
    return sum(file.n_frames for file in files if unusable(file) is None)


def _contours_by_series(
    patient: Patient, candidates: Mapping[str, list[DicomFile]], rules: Mapping, log: _Log
) -> dict[str, list[DicomFile]]:
    drawn: dict[str, list[DicomFile]] = {}
    there = {file.series_uid for file in patient.files}
    seen: set[str] = set()
    for file in patient.files:
        kind = kind_of(file)
        if kind not in ("RTSTRUCT", "SEG"):
            continue
        if file.sop_uid and file.sop_uid in seen:
            log.add("contours", file.series_uid, "left out", f"a copy of another {kind} file")
            continue
        seen.add(file.sop_uid)
        if kind not in rules["contours"]["kinds"]:
            log.add("contours", file.series_uid, "left out", f"{kind} is not among the rules' (contours: kinds)")
            continue
        targets = [uid for uid in file.refers_to if uid in candidates]
        is_free = not file.refers_to or not rules["contours"]["check_reference"]
        if not targets and is_free and len(candidates) == 1:
            targets = list(candidates)
        if targets:
            drawn.setdefault(targets[0], []).append(file)
        else:
            log.add("contours", file.series_uid, "left out", _why_no_target(file, there))
    return drawn


def _why_no_target(file: DicomFile, there: set[str]) -> str:
    if not file.refers_to:
        return f"the {kind_of(file)} names no series, and there is not exactly one to choose"
    if there & set(file.refers_to):
        return f"the {kind_of(file)} was drawn on a series that the rules leave out"
    return f"the {kind_of(file)} was drawn on a series of which no file is there"


def _pick_contours(files: list[DicomFile], rules: Mapping, log: _Log) -> list[DicomFile]:
    pick = rules["contours"]["pick"]
    if len(files) == 1 or pick == "all":
        return files
    if pick == "newest":
        newest = max(files, key=lambda file: file.written)
        for file in files:
            if file is not newest:
                log.add("contours", file.series_uid, "left out", "there is a newer one (contours: pick: newest)")
        return [newest]
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
    best = min(chosen, key=_order(pick))
    for one in chosen:
        if one is not best:
            log.add(
                "series", one.series[0].series_uid, "left out", f"another one goes before it (series: pick: {pick})"
            )
    return [best]


def _order(pick: str) -> Any:
    def thinnest(one: Chosen) -> tuple:
        thickness = next((file.thickness_mm for file in one.series if file.thickness_mm), float("inf"))
        return (thickness, -_n_slices(one.series), one.series[0].series_uid)

    def most_slices(one: Chosen) -> tuple:
        return (-_n_slices(one.series), one.series[0].series_uid)

    return thinnest if pick == "thinnest" else most_slices
