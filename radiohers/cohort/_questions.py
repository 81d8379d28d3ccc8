"""What a table leaves open: whose the cases are, and which texts mean that nothing is known."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pandas as pd

from radiohers._alike_ids import alike_groups
from radiohers._wording import counted, listed
from radiohers.cohort._check_findings import Finding
from radiohers.cohort._values import looks_like_thousands, may_be_missing, words_among_numbers

__all__ = ["find_patients", "names_patients", "questions_about", "questions_about_points"]

_MAX_NAMED = 10
_WHO = "patient|patienten|pat|pt|subject|subj|usubj|participant|person|proband|individual"
_NAMES_PATIENTS = re.compile(
    rf"(?:{_WHO})(?:id|ids|identifier|no|nr|num|number|code|key|uid|name|pseudonym)|id(?:{_WHO})"
    "|patients?|subjects?|subj|pat|participant|person|proband|pid|mrn|medicalrecord(?:no|nr|number)"
    "|(?:\u60a3\u8005|\u75c5\u4eba)(?:id|\u7f16\u53f7|\u53f7)?"
)


def names_patients(column: Any) -> bool:
    """Return whether a column seems to say whose a case is, by its name.

    Parameters
    ----------
    column : object
        Its name.

    Returns
    -------
    bool
        Whatever its case, spaces and signs.

    Examples
    --------
    >>> from radiohers.cohort import names_patients
    >>> [names_patients(name) for name in ("PatientID", "subject", "patient_age", "site")]
    [True, True, False, False]
    """
    plain = unicodedata.normalize("NFKC", str(column)).casefold()
    return _NAMES_PATIENTS.fullmatch("".join(sign for sign in plain if sign.isalnum())) is not None


def find_patients(table: pd.DataFrame, target: str | None) -> tuple[pd.DataFrame, list[Finding]]:
    """Take the one column that names the patients for patient_id, where that is not there itself.

    Parameters
    ----------
    table : DataFrame of shape (n_cases, n_columns)
        Texts.
    target : str or None
        The column of the labels, which names no patients.

    Returns
    -------
    table : DataFrame of shape (n_cases, n_columns)
        With the column renamed, if there was one, or if all that might be say the same.
    findings : list of Finding
        What was taken for the patients, or why nothing was.
    """
    if "patient_id" in table.columns:
        return table, []
    others = [name for name in table.columns if name != target and names_patients(name) and table[name].notna().any()]
    if not others:
        return table, []
    codes = {name: tuple(pd.factorize(table[name].str.strip())[0]) for name in others}
    if len(set(codes.values())) > 1:
        # Each case is a patient of its own then, which questions_about says.
        return table, []
    taken, *same = others
    beside = f"; {_listed(same)} says the same" if same else ""
    counts = f"{counted(table[taken].str.strip().nunique(), 'patient')} of {counted(len(table), 'case')}"
    message = f"no column 'patient_id': {taken!r} is taken for it ({counts}{beside})"
    advice = "Rename it to patient_id; if it does not name the patients, call it something else."
    return table.rename(columns={taken: "patient_id"}), [_question("patients", taken, message, advice)]


def questions_about(
    case_ids: pd.Series,
    patients: pd.Series | None,
    clinical: pd.DataFrame,
    labels: pd.Series | None,
) -> list[Finding]:
    """Return what is to be asked about the ids, labels and clinical columns of a cohort.

    Parameters
    ----------
    case_ids : Series of shape (n_cases,)
        Names of the cases.
    patients : Series of shape (n_cases,) or None
        Names of the patients; None where each case is a patient of its own.
    clinical : DataFrame of shape (n_cases, n_columns)
        The other columns.
    labels : Series of shape (n_cases,) or None
        The classes, under the name of their column.

    Returns
    -------
    list of Finding
        Of the cohort as a whole, all of the level "warn".
    """
    return [
        *_alike(case_ids, "case_id", "case"),
        *(_alike(patients, "patient_id", "patient") if patients is not None else []),
        *_other_patients(patients, clinical),
        *(_patients_without_name(patients) if patients is not None else []),
        *_words_among_numbers(clinical),
        *(_words_as_classes(labels) if labels is not None else []),
    ]


def questions_about_points(clinical: pd.DataFrame) -> Iterator[Finding]:
    """Ask whether the point of 1.234 parts thousands, of columns as they were written."""
    for name, cells in clinical.items():
        if looks_like_thousands(cells):
            example = next(cell for cell in cells.dropna() if "." in cell)
            message = (
                f"column {name!r}: every number with a point has three digits behind it ({example.strip()!r}), and the "
                "others have no point; they are read as decimals"
            )
            advice = "If the point parts thousands, take it out."
            yield _question("numbers", example, message, advice)


def _question(check: str, value: str, message: str, advice: str) -> Finding:
    return Finding("", "warn", check, value, message, advice)


def _listed(values: list) -> str:
    return listed(values, _MAX_NAMED, repr)


def _counts(words: pd.Series) -> str:
    return ", ".join(f"{word!r} ({n})" for word, n in words.items())


def _words(cells: pd.Series) -> pd.Series:
    """Return how often which word is there that may mean that nothing is known."""
    present = cells.dropna().astype(str).str.strip()
    return present[present.map(may_be_missing)].value_counts()


def _alike(names: pd.Series, column: str, noun: str) -> Iterator[Finding]:
    groups = alike_groups(names.dropna().astype(str))
    if not groups:
        return
    named = []
    for group in groups:
        n = len({name.strip() for name in group})
        named.append(f"{', '.join(map(repr, group))} (taken for {f'{n} {noun}s' if n > 1 else f'one {noun}'})")
    shown = listed(named, _MAX_NAMED, separator="; ")
    message = f"column {column!r}: alike but for zeros, capitals, spaces or dashes are {shown}"
    advice = f"If it is one {noun}, write its name in one way."
    yield _question("ids", str(len(groups)), message, advice)


def _other_patients(patients: pd.Series | None, clinical: pd.DataFrame) -> Iterator[Finding]:
    """Ask about columns that name patients beside patient_id, and would join what it parts; or in its place."""
    others = {
        name: clinical[name] for name in clinical.columns if names_patients(name) and clinical[name].notna().any()
    }
    if patients is None:
        if others:
            named = ", ".join(f"{name!r} ({counted(cells.nunique(), 'patient')})" for name, cells in others.items())
            message = f"no column 'patient_id': each case counts as a patient, but patients may be named by {named}"
            advice = "Rename the right one to patient_id: otherwise a split may put a patient on both sides."
            yield _question("patients", _listed(list(others)), message, advice)
        return
    for name, cells in others.items():
        n_patients = pd.Series(patients.to_numpy()).groupby(cells.to_numpy()).nunique()
        joined = list(n_patients.index[n_patients > 1])
        if joined:
            message = f"'patient_id' parts cases that column {name!r} gives to one patient: {_listed(joined)}"
            advice = f"Make sure that patient_id is right; if {name} does not name patients, call it something else."
            yield _question("patients", name, message, advice)


def _patients_without_name(patients: pd.Series) -> Iterator[Finding]:
    words = _words(patients)
    words = words[words > 1]
    if len(words):
        message = f"column 'patient_id': {_counts(words)} cases are taken for one patient of that name"
        advice = "If it means that the patient is not known, find out who it is: patients must not be on both sides."
        yield _question("patients", _counts(words), message, advice)


def _words_among_numbers(clinical: pd.DataFrame) -> Iterator[Finding]:
    for name, cells in clinical.items():
        if pd.api.types.is_numeric_dtype(cells):
            continue
        words = words_among_numbers(cells)
        if len(words):
            n_cells = counted(int(cells.notna().sum()), "cell")
            words_of = f"{int(words.sum())} of {n_cells}"
            message = f"column {name!r}: {words_of} are {_counts(words)}, the rest numbers; all are read as texts"
            yield _question("numbers", _counts(words), message, "Empty the cells if they are missing.")


def _words_as_classes(labels: pd.Series) -> Iterator[Finding]:
    words = _words(labels)
    if len(words):
        message = f"column {labels.name!r}: {_counts(words)} is a class like others, since only empty cells are missing"
        yield _question("classes", _counts(words), message, "Empty the cells if the label is missing.")
