"""The rules of an ingest: defaults, the user's file over them, and what is wrong with it."""

import os
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from radiohers._wording import did_you_mean
from radiohers.exceptions import ParamsError

__all__ = ["fits", "ingest_rules_text", "read_ingest_rules"]

_CHOICES = {
    ("patients", "ids"): ("enumerate", "keep"),
    ("series", "pick"): ("one", "thinnest", "most_slices", "all"),
    ("series", "on_tilt"): ("leave_out", "resample"),
    ("contours", "pick"): ("one", "newest", "all"),
    ("contours", "several"): ("merge", "separate"),
    ("contours", "components"): ("all", "largest", "separate"),
    ("contours", "check_reference"): (True, False),
    ("contours", "fill_gaps"): (None, "interpolate"),
    ("labels", "missing"): ("keep", "leave_out"),
}
_KINDS = ("RTSTRUCT", "SEG")
_WHOLE_NUMBERS = {("series", "min_slices"), ("contours", "min_voxels")}
_MILLIMETRES = {("series", "tolerance_mm"), ("contours", "plane_tolerance_mm")}
_TEXTS = {("series", "modality"), ("labels", "patient_column")}


def ingest_rules_text() -> str:
    """Return the default rules of :func:`ingest` with their comments, as YAML.

    Returns
    -------
    str
        To be saved, changed and given to :func:`ingest`.

    Examples
    --------
    >>> from radiohers.dicom import ingest_rules_text
    >>> ingest_rules_text().splitlines()[0]
    '# How `radiohers ingest` finds patients, series and contours. These are the defaults.'
    """
    return (resources.files("radiohers.dicom") / "ingest_rules.yaml").read_text(encoding="utf-8")


def read_ingest_rules(rules: str | os.PathLike | Mapping | None = None) -> dict[str, dict[str, Any]]:
    """Return the rules of an ingest, checked, with the defaults for what is left out.

    Parameters
    ----------
    rules : path-like, mapping or None, default=None
        A YAML file, or its contents. None gives the defaults.

    Returns
    -------
    dict of dict
        Sections ``patients``, ``series``, ``contours``, ``nifti`` and
        ``labels``; :func:`ingest_rules_text` explains their entries.

    Raises
    ------
    ParamsError
        If the file cannot be read, or has a key or value that is not known;
        all of them are named.

    Examples
    --------
    >>> from radiohers.dicom import read_ingest_rules
    >>> read_ingest_rules({"series": {"pick": "thinnest"}})["series"]["pick"]
    'thinnest'
    >>> read_ingest_rules({"series": {"modalty": "CT"}})
    Traceback (most recent call last):
    radiohers.exceptions.ParamsError: rules: series: no rule 'modalty'; did you mean 'modality'? ...
    """
    defaults = yaml.safe_load(ingest_rules_text())
    source, given = ("rules", rules) if rules is None or isinstance(rules, Mapping) else _load(rules)
    problems = list(_key_problems(given or {}, defaults))
    if not problems:
        merged = {section: entries | ((given or {}).get(section) or {}) for section, entries in defaults.items()}
        problems = list(_value_problems(merged))
    if problems:
        listed = problems[0] if len(problems) == 1 else "\n- ".join([f"{len(problems)} problems:", *problems])
        raise ParamsError(f"{listed} See radiohers ingest --show-rules.", source=source)
    return merged


def fits(text: str, patterns: str | list[str] | None) -> bool:
    """Tell whether a text fits a pattern, or one of several; None fits all."""
    if patterns is None:
        return True
    several = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatchcase(text.casefold(), str(pattern).casefold()) for pattern in several)


def _load(rules: str | os.PathLike) -> tuple[str, Any]:
    path = Path(rules).expanduser()
    try:
        return str(path), yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise ParamsError(
            f"cannot be read as rules: {reason}", advice="Give a YAML file.", source=path, joined=" "
        ) from error


def _key_problems(given: Any, defaults: Mapping) -> Iterator[str]:
    if not isinstance(given, Mapping):
        yield f"it holds a {type(given).__name__}, not the sections {', '.join(defaults)}."
        return
    for section, entries in given.items():
        if section not in defaults:
            yield f"no section {section!r}{_meant(section, defaults)}"
        elif entries is not None and not isinstance(entries, Mapping):
            yield f"{section}: {entries!r} is not a list of rules of the form name: value."
        else:
            unknown = [name for name in entries or () if name not in defaults[section]]
            yield from (f"{section}: no rule {name!r}{_meant(name, defaults[section])}" for name in unknown)


def _meant(name: Any, known: Mapping) -> str:
    return did_you_mean(name, known, otherwise=f"; there are {', '.join(known)}.")


def _value_problems(rules: Mapping) -> Iterator[str]:
    for section, entries in rules.items():
        for name, value in entries.items():
            wrong = _wrong(section, name, value)
            if wrong:
                yield f"{section}: {name}: {value!r} is not {wrong}."
    kinds = rules["contours"]["kinds"]
    if not isinstance(kinds, list) or not kinds or any(kind not in _KINDS for kind in kinds):
        yield f"contours: kinds: {kinds!r} is not a list of some of {', '.join(_KINDS)}."
    if (rules["nifti"]["image"] is None) != (rules["nifti"]["mask"] is None):
        yield "nifti: image and mask go together; give both or neither."


def _wrong(section: str, name: str, value: Any) -> str | None:
    """Say what a value should be; None if it is."""
    key = (section, name)
    if key in _CHOICES:
        shown = ("null" if choice is None else str(choice) for choice in _CHOICES[key])
        return None if value in _CHOICES[key] else f"one of {', '.join(shown)}"
    if key in _WHOLE_NUMBERS:
        return None if type(value) is int and value >= 1 else "a whole number of at least 1"
    if key in _MILLIMETRES:
        may_be_none = name == "plane_tolerance_mm" and value is None
        return None if may_be_none or (type(value) in (int, float) and value >= 0) else "a number of millimetres"
    if key in _TEXTS:
        return None if isinstance(value, str) and value else "a text"
    if key == ("patients", "by"):
        return None if value == "PatientID" or _is_folder_level(value) else "PatientID or folder:1, folder:2, ..."
    if key == ("contours", "fraction"):
        return None if type(value) in (int, float) and 0 < value <= 1 else "a share above 0 and up to 1"
    if section == "nifti" and name in ("image", "mask") and value is not None:
        return None if isinstance(value, str) and value.count("{patient}") >= 1 else "a pattern with {patient}"
    return None


def _is_folder_level(value: Any) -> bool:
    level = str(value).removeprefix("folder:")
    return str(value).startswith("folder:") and level.isdecimal() and int(level) >= 1
