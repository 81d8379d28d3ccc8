"""What patients are called in what is written, and taking what identifies them out of messages."""

import csv
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from radiohers._output_files import write_whole
from radiohers.dicom._nifti_out import uid_hash
from radiohers.exceptions import CohortError

__all__ = ["Scrubber", "file_name", "give_pseudonyms", "read_key", "write_key"]

_UID = re.compile(r"\b\d+(?:\.\d+){4,}\b")
# Shorter names would be found inside ordinary words and numbers.
_SHORTEST_NAME = 3
_KEY_COLUMNS = ["pseudonym", "patient", "name"]


def give_pseudonyms(patients: Iterable[str], known: Mapping[str, str], ids: str) -> dict[str, str]:
    """Return what each patient is called.

    Parameters
    ----------
    patients : iterable of str
        What tells them apart.
    known : mapping of str to str
        Pseudonyms that are given, from the labels or from an earlier key.
    ids : {"enumerate", "keep"}
        Whether the others are P0001, P0002, ... in alphabetical order, or called what they are.

    Raises
    ------
    CohortError
        If two patients would have one pseudonym.
    """
    patients = sorted(patients)
    given = {patient: known[patient] for patient in patients if patient in known}
    taken = set(known.values())
    numbers = (f"P{number:04d}" for number in range(1, len(patients) + len(taken) + 1))
    free = (name for name in numbers if name not in taken)
    for patient in patients:
        if patient not in given:
            given[patient] = patient if ids == "keep" else next(free)
    owners: dict[str, str] = {}
    for patient, name in given.items():
        # Files are named after it, and some file systems take upper and lower case for one.
        if not name or owners.setdefault(file_name(name).casefold(), patient) != patient:
            raise CohortError(
                f"the pseudonym {name!r} is empty or that of two patients", advice="Give each patient one of its own."
            )
    return given


def file_name(text: str) -> str:
    """Return a text as a part of a file name: letters, digits, and ``_``, ``.``, ``-``."""
    return re.sub(r"[^\w.-]+", "-", text.strip()).strip(".-") or "x"


def read_key(path: Path | None) -> dict[str, str]:
    """Return the pseudonyms of an earlier key, by patient; none if there is no such file.

    Raises
    ------
    CohortError
        If the file is there and is no key, or gives a patient two pseudonyms.
    """
    if path is None or not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if rows.fieldnames != _KEY_COLUMNS:
            raise CohortError(
                f"is not a key: its columns are not {', '.join(_KEY_COLUMNS)}",
                advice="Give another path.",
                source=path,
                joined=" ",
            )
        known: dict[str, str] = {}
        for row in rows:
            if known.setdefault(row["patient"], row["pseudonym"]) != row["pseudonym"]:
                raise CohortError(
                    "a patient has two pseudonyms in it", advice="Correct the key, or give another path.", source=path
                )
        return known


def write_key(path: Path, pseudonyms: Mapping[str, str], names: Mapping[str, str]) -> None:
    """Write which pseudonym is whose; patients of an earlier key that were not met again stay in it."""
    rows = {patient: (name, patient, "") for patient, name in read_key(path).items()}
    rows |= {patient: (name, patient, names.get(patient, "")) for patient, name in pseudonyms.items()}

    def write(partial: Path) -> None:
        with partial.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([_KEY_COLUMNS, *sorted(rows.values())])
        os.chmod(partial, 0o600)

    write_whole(path, write)


def _whole_word(name: str) -> str:
    # An underscore parts words here: GTV_DOE.
    return rf"(?<![^\W_]){re.escape(name)}(?![^\W_])"


class Scrubber:
    """Takes out of a text what identifies patients: identifiers, names, and paths, which often hold both."""

    def __init__(self, folder: Path, paths: Iterable[Path], identifiers: Mapping[str, str]) -> None:
        self._folder = str(folder)
        self._paths = {str(path) for path in paths}
        self._paths |= {str(parent) for path in map(Path, self._paths) for parent in path.parents}
        self._paths = {path for path in self._paths if path.startswith(self._folder)} | {self._folder}
        self._longest = max(map(len, self._paths))
        parts = {name: pseudonym for name, pseudonym in identifiers.items() if len(name) >= _SHORTEST_NAME}
        self._names = sorted(parts.items(), key=lambda item: -len(item[0]))

    def __call__(self, text: str) -> str:
        """Return the text with file-1a2b3c4d for paths, uid-1a2b... for identifiers and pseudonyms for names."""
        text = _UID.sub(lambda found: f"uid-{uid_hash(found.group())}", self._without_paths(text))
        for name, pseudonym in self._names:
            text = pseudonym.join(re.split(_whole_word(name), text, flags=re.IGNORECASE))
        return text

    def _without_paths(self, text: str) -> str:
        done, rest = "", text
        while (start := rest.find(self._folder)) >= 0:
            tail = rest[start:]
            longest = max((path for path in self._prefixes(tail) if path in self._paths), key=len)
            done += f"{rest[:start]}file-{uid_hash(longest[len(self._folder) :])[:8]}"
            rest = tail[len(longest) :]
        return done + rest

    def _prefixes(self, text: str) -> Iterable[str]:
        return (text[:end] for end in range(len(self._folder), min(len(text), self._longest) + 1))
