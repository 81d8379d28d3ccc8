"""A folder of many patients as a cohort: images, masks, table and log."""

import os
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pandas as pd
import SimpleITK as sitk
from joblib import Parallel, delayed
from tqdm import tqdm

from radiohers._folders import is_left_behind
from radiohers._output_files import refuse_existing, write_whole
from radiohers._workers import ignore_stopped_workers
from radiohers.dicom._label_table import PSEUDONYM, check_no_identifiers, count_unmatched, read_labels
from radiohers.dicom._nifti_in import NiftiPatient, find_nifti
from radiohers.dicom._one_patient import Outcome, convert_patient
from radiohers.dicom._patients import LogEntry, Patient, group_patients
from radiohers.dicom._pseudonyms import Scrubber, give_pseudonyms, read_key, write_key
from radiohers.dicom._rules import read_ingest_rules
from radiohers.dicom._scan import Scan, scan_folder
from radiohers.exceptions import CohortError, ImageReadError, OutputExistsError

__all__ = ["IngestResult", "ingest"]

_CASE_COLUMNS = ["case_id", "patient_id", "image", "mask"]
_LOG_COLUMNS = ["patient_id", "what", "name", "level", "reason"]


class IngestResult(NamedTuple):
    """What an ingest has written, and what it has left out.

    Attributes
    ----------
    cohort : Path or None
        The cohort table; None if there is no case.
    log : DataFrame of shape (n_lines, 6)
        ``patient_id``, ``what``, ``name``, ``level`` ("done", "note",
        "warning", "left out" or "failed") and ``reason``, as in ``ingest_log.csv``; and
        ``detail``, the reason with paths and identifiers, which is not written.
    n_cases, n_failed : int
        Cases in the table, and lines of the log whose level is "failed".
    """

    cohort: Path | None
    log: pd.DataFrame
    n_cases: int
    n_failed: int


class _Found(NamedTuple):
    """The patients of a folder, the paths that were met, and what belongs to no patient."""

    patients: dict[str, Patient | NiftiPatient]
    paths: list[Path]
    entries: list[LogEntry]


def ingest(
    folder: str | os.PathLike,
    out: str | os.PathLike,
    rules: str | os.PathLike | Mapping | None = None,
    *,
    labels: str | os.PathLike | None = None,
    key: str | os.PathLike | None = None,
    fill_gaps: Literal["interpolate"] | None = None,
    n_jobs: int = 1,
    force: bool = False,
    verbose: int = 0,
) -> IngestResult:
    """Make a cohort of a folder of scanner data.

    Parameters
    ----------
    folder : path-like
        Searched with all folders in it.
    out : path-like
        Folder to write to: ``cohort.csv``, ``ingest_log.csv``, ``images/`` and
        ``masks/`` with their provenance.
    rules : path-like, mapping or None, default=None
        How patients, series and contours are found; see :func:`read_ingest_rules`.
    labels : path-like, default=None
        A table with one row a patient, whose columns are put into the cohort
        table. A column ``pseudonym`` names the patients there.
    key : path-like, default=None
        A file to write whose pseudonym is whose, outside `out`. One that is
        there is read first, so that patients keep their pseudonyms.
    fill_gaps : {"interpolate"} or None, default=None
        Whether slices on which a lesion was not drawn, between others on which
        it was, are filled from their neighbours; goes before the rules. Where
        they are not, the log warns of them. See :func:`read_rtstruct`.
    n_jobs : int, default=1
        Patients at the same time, as in joblib.
    force : bool, default=False
        Whether files in `out` may be overwritten.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    IngestResult
        Where the table is, and the log.

    Raises
    ------
    ImageReadError
        If there is no such folder.
    ParamsError
        If the rules are wrong.
    CohortError
        If the labels are wrong, none is of a patient of the folder, or they would write names or numbers of patients.
    OutputExistsError
        If `out` holds files already and `force` is false.

    Warns
    -----
    UserWarning
        If some labels are of no patient of the folder, or some patients have no labels.

    Notes
    -----
    A patient who fails stops nobody: the log says why. The table and the log
    are written anew after each patient, so that a run which is stopped loses nothing.
    Neither of them, nor any other file in `out`, has a patient's name or
    number (unless the rules say ``ids: keep``), a date, a UID, a
    description or a path of `folder`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from radiohers.dicom import ingest
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ingest(folder, Path(folder) / "cohort").n_cases
    0
    """
    folder, out = Path(folder).expanduser(), Path(out).expanduser()
    rules = read_ingest_rules(rules)
    if fill_gaps is not None:
        rules = read_ingest_rules(rules | {"contours": rules["contours"] | {"fill_gaps": fill_gaps}})
    key = None if key is None else _checked_key(Path(key).expanduser(), out)
    table = read_labels(labels, rules["labels"])
    _refuse_used(out, force)
    found = _find(folder, out, rules, verbose)
    found = found._replace(patients=dict(sorted(found.patients.items())))
    if labels is not None and (
        unmatched := count_unmatched(table, found.patients, labels, rules["labels"]["patient_column"])
    ):
        warnings.warn(unmatched, stacklevel=2)
    known = _known_pseudonyms(read_key(key), _given_pseudonyms(table), key)
    pseudonyms = give_pseudonyms(found.patients, known, rules["patients"]["ids"])
    names = {patient: _identifiers(one) for patient, one in found.patients.items()}
    if rules["patients"]["ids"] != "keep":
        check_no_identifiers(table, names, labels)
    if key is not None:
        write_key(key, pseudonyms, {patient: "; ".join(sorted(some - {patient})) for patient, some in names.items()})
    identifiers = {name: pseudonyms[patient] for patient, some in names.items() for name in _with_parts(some)}
    book = _Book(out, pseudonyms, table, rules["labels"], Scrubber(folder, found.paths, identifiers))
    book.begin(found, labels)
    wanted = [one for patient, one in found.patients.items() if book.is_wanted(patient)]
    main_process = os.getpid()
    ignore_stopped_workers()
    outcomes = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_convert)(main_process, one, folder, out, pseudonyms[one.key], rules, _identifiers(one), force)
        for one in wanted
    )
    for outcome in tqdm(outcomes, total=len(wanted), unit="patient", desc="images and masks", disable=not verbose):
        book.add(outcome)
    return book.close()


def _convert(
    main_process: int,
    patient: Patient | NiftiPatient,
    folder: Path,
    out: Path,
    pseudonym: str,
    rules: Mapping,
    identifiers: set[str],
    force: bool,
) -> Outcome:
    if os.getpid() != main_process:
        # A worker beside others, whose filters get one thread each.
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    scrub = Scrubber(folder, [], dict.fromkeys(_with_parts(identifiers), pseudonym))
    return convert_patient(patient, folder, out, pseudonym, rules, scrub, force)


def _checked_key(key: Path, out: Path) -> Path:
    if key.absolute().is_relative_to(out.absolute()):
        raise CohortError(
            "the key says who the patients are", advice=f"Keep it outside the cohort's folder {out}.", source=key
        )
    return key


def _refuse_used(out: Path, force: bool) -> None:
    if out.is_dir() and not force and any(not is_left_behind(path.name) for path in out.iterdir()):
        raise OutputExistsError(
            "is not empty", advice="Give another folder, or overwrite with force (--force).", source=out, joined=" "
        )
    if out.exists() and not out.is_dir():
        raise OutputExistsError("is a file", advice="Give the path of a folder.", source=out, joined=" ")


def _find(folder: Path, out: Path, rules: Mapping, verbose: int) -> _Found:
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise ImageReadError(what, advice="Give the path of a folder of scanner data.", source=folder, joined=" ")
    if rules["nifti"]["image"] is not None:
        found = find_nifti(folder, rules["nifti"]["image"], rules["nifti"]["mask"])
        own = [one for one in found.values() if not _is_own(one, out)]
        paths = [path for one in own for path in [*one.images, *(mask for _, mask in one.masks)]]
        return _Found({one.key: one for one in own}, paths, [])
    scan = scan_folder(folder, verbose=verbose)
    scan = Scan(scan.folder, scan.files, tuple(one for one in scan.damaged if not one[0].is_relative_to(out)), 0)
    patients, entries = group_patients(scan, rules["patients"]["by"])
    return _Found(dict(patients), [*(file.path for file in scan.files), *(path for path, _ in scan.damaged)], entries)


def _is_own(patient: NiftiPatient, out: Path) -> bool:
    """Tell whether the files are those that an earlier run has written below the folder."""
    paths = [*patient.images, *(mask for _, mask in patient.masks)]
    return all(path.absolute().is_relative_to(out.absolute()) for path in paths)


def _given_pseudonyms(table: pd.DataFrame) -> dict[str, str]:
    return dict(table[PSEUDONYM].str.strip()) if PSEUDONYM in table.columns else {}


def _known_pseudonyms(of_key: dict[str, str], of_labels: dict[str, str], key: Path | None) -> dict[str, str]:
    differing = sum(of_key.get(patient, name) != name for patient, name in of_labels.items())
    if differing:
        raise CohortError(
            f"and the column {PSEUDONYM!r} of the labels call {differing} patients differently",
            advice="Give one of the two, or make them alike.",
            source=key,
            joined=" ",
        )
    return of_key | of_labels


def _identifiers(patient: Patient | NiftiPatient) -> set[str]:
    return {patient.key} | (patient.names if isinstance(patient, Patient) else set())


def _with_parts(names: Iterable[str]) -> set[str]:
    """Return names, and their parts: DOE^JANE, DOE and JANE."""
    return {part for name in names for part in (name, *name.replace("^", " ").replace("=", " ").split())}


class _Book:
    """The cohort table and the log, written anew whenever there is something to add."""

    def __init__(self, out: Path, pseudonyms: dict, labels: pd.DataFrame, rules: Mapping, scrub: Scrubber) -> None:
        self._out, self._pseudonyms, self._labels, self._rules, self._scrub = out, pseudonyms, labels, rules, scrub
        self._columns = [column for column in labels.columns if column not in ("_row", PSEUDONYM)]
        self._has_labels = False
        self._rows: list[dict[str, Any]] = []
        self._lines: list[dict[str, str]] = []
        self._force = True

    def begin(self, found: _Found, labels: Any) -> None:
        """Note what is known before any patient is converted."""
        self._has_labels = labels is not None
        self._note(found.entries)
        for patient in found.patients:
            if self._has_labels and patient not in self._labels.index:
                leaves_out = self._rules["missing"] == "leave_out"
                level, end = ("left out", "") if leaves_out else ("note", "; kept without (labels: missing: keep)")
                self._note([LogEntry(patient, "labels", "", level, f"the table of labels has no such patient{end}")])
        for unmatched, row in self._labels["_row"].items():
            if unmatched not in found.patients:
                reason = "no such patient in the folder"
                self._note([LogEntry("", "labels", f"row {row}", "left out", reason)])
        if not found.patients:
            self._note([LogEntry("", "patient", "", "left out", "no patient was found in the folder")])
        self._write()

    def is_wanted(self, patient: str) -> bool:
        """Tell whether a patient is to be converted."""
        return not self._has_labels or self._rules["missing"] == "keep" or patient in self._labels.index

    def add(self, outcome: Outcome) -> None:
        """Take in what came of a patient."""
        known = outcome.patient in self._labels.index
        values = {column: self._labels.loc[outcome.patient, column] if known else "" for column in self._columns}
        self._rows += [row | values for row in outcome.rows]
        self._note(outcome.entries)
        self._write()

    def close(self) -> IngestResult:
        """Return the result."""
        log = pd.DataFrame(self._lines, columns=[*_LOG_COLUMNS, "detail"])
        n_failed = int((log["level"] == "failed").sum())
        return IngestResult(self._cohort if self._rows else None, log, len(self._rows), n_failed)

    @property
    def _cohort(self) -> Path:
        return self._out / "cohort.csv"

    def _note(self, entries: Iterable[LogEntry]) -> None:
        for entry in entries:
            patient = self._pseudonyms.get(entry.patient, "")
            name = patient if entry.name == entry.patient and entry.name else entry.name
            reason = self._scrub(entry.reason)
            line = dict(zip(_LOG_COLUMNS, (patient, entry.what, name, entry.level, reason), strict=True))
            self._lines.append(line | {"detail": entry.detail or entry.reason})

    def _write(self) -> None:
        log = pd.DataFrame(self._lines, columns=_LOG_COLUMNS)
        write_whole(
            refuse_existing(self._out / "ingest_log.csv", force=True), lambda path: log.to_csv(path, index=False)
        )
        if self._rows:
            table = pd.DataFrame(self._rows, columns=[*_CASE_COLUMNS, *self._columns])
            write_whole(refuse_existing(self._cohort, force=True), lambda path: table.to_csv(path, index=False))
