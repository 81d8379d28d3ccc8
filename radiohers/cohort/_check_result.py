"""What a check of a cohort found: tables, a page, a contact sheet."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from radiohers._output_files import refuse_existing, write_whole
from radiohers._version import __version__
from radiohers._wording import counted
from radiohers.cohort._check_findings import LEVELS
from radiohers.cohort._check_page import render_page
from radiohers.cohort._check_picture import Picture
from radiohers.exceptions import CohortError
from radiohers.figures import ContactSheet

__all__ = ["CohortCheck"]


@dataclass(frozen=True, repr=False)
class CohortCheck:
    """What was found in a cohort before anything was computed.

    Made by :meth:`Cohort.check` and :func:`check_cohort`.

    Attributes
    ----------
    table : DataFrame of shape (n_cases, n_columns)
        One row a case: ``level`` (the worst of its findings: "ok", "warn" or
        "error"), what was measured, and its findings in words. What was not
        measured is missing.
    findings : DataFrame of shape (n_findings, 6)
        One row a finding, with the columns ``case_id`` ("" for the cohort as a
        whole), ``level``, ``check``, ``value``, ``message`` and ``advice``.
    name : str or None
        The file that was checked.
    limits : dict
        From where on something was told.
    pictures : dict of case_id to Picture
        Each lesion's largest slice.

    Examples
    --------
    >>> import tempfile
    >>> from radiohers import read_cohort
    >>> from radiohers.datasets import make_ct_cohort
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cohort = read_cohort(make_ct_cohort(folder, n_patients=4, shape=(12, 40, 44)), target="her2")
    ...     check = cohort.check()
    >>> check.ok
    True
    >>> check.table["n_voxels"].gt(50).all()
    np.True_
    """

    table: pd.DataFrame
    findings: pd.DataFrame
    name: str | None
    limits: dict[str, Any]
    pictures: dict[Any, Picture] = field(compare=False)

    def __repr__(self) -> str:
        return f"<CohortCheck: {self.summary()}>"

    def _repr_html_(self) -> str:
        return self.findings.style.hide(axis="index").to_html()

    def summary(self) -> str:
        """Return one line: how many cases have errors, how many warnings."""
        counts = self.table["level"].value_counts()
        parts = [f"{int(counts.get(level, 0))} {level}" for level in reversed(LEVELS)]
        general = self.findings[self.findings["case_id"] == ""]
        text = f"{counted(len(self.table), 'case')}: {', '.join(parts)}"
        if general.empty:
            return text
        return f"{text}; {counted(len(general), 'finding')} of the cohort as a whole"

    @property
    def ok(self) -> bool:
        """Whether there is no error; there may be warnings."""
        return not (self.findings["level"] == "error").any()

    def to_dict(self) -> dict[str, Any]:
        """Return the check as plain values that JSON can hold, without the pictures.

        Returns
        -------
        dict
            With the keys ``name``, ``ok``, ``summary``, ``limits``, ``cases``
            and ``findings`` (lists of dicts) and ``radiohers`` (its version).
        """
        cases = self.table.reset_index(names="case_id")
        return {
            "name": self.name,
            "ok": self.ok,
            "summary": self.summary(),
            "limits": {name: list(v) if isinstance(v, tuple) else v for name, v in self.limits.items()},
            "cases": _plain_rows(cases),
            "findings": _plain_rows(self.findings),
            "radiohers": __version__,
        }

    def to_csv(self, path: str | os.PathLike, *, force: bool = False) -> Path:
        """Write the table, one row a case.

        Parameters
        ----------
        path : path-like
            The file.
        force : bool, default=False
            Whether an existing file is overwritten.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputExistsError
            If the file exists and `force` is false.
        """
        path = refuse_existing(path, force)
        table = self.table.rename_axis("case_id")
        return write_whole(path, lambda partial: table.to_csv(partial))

    def to_html(self, path: str | os.PathLike, *, force: bool = False) -> Path:
        """Write a page with findings, cases and pictures, which loads nothing from elsewhere.

        Parameters
        ----------
        path : path-like
            The file.
        force : bool, default=False
            Whether an existing file is overwritten.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputExistsError
            If the file exists and `force` is false.
        """
        path = refuse_existing(path, force)
        html = render_page(self.to_dict(), self.pictures)
        return write_whole(path, lambda partial: partial.write_text(html, encoding="utf-8"))

    def show(self, cases: Iterable[Any] | None = None, n_columns: int = 6) -> ContactSheet:
        """Show each lesion on the slice where it is largest, in a window of soft tissue.

        Parameters
        ----------
        cases : iterable of case_id, default=None
            Which; None shows all that have a picture.
        n_columns : int, default=6
            Pictures in a row.

        Returns
        -------
        ContactSheet
            Plotted, with one of the ``axes_`` a case; its ``frame()`` has the columns ``case_id`` and ``slice``.

        Raises
        ------
        CohortError
            If there is no picture to show.
        """
        chosen = list(self.pictures) if cases is None else list(cases)
        unknown = [case_id for case_id in chosen if case_id not in self.pictures]
        if unknown or not chosen:
            which = f"of case {unknown[0]!r}" if unknown else "of any case"
            raise CohortError(f"there is no picture {which}: its lesion could not be read", advice="See findings.")
        pictures = [self.pictures[case_id] for case_id in chosen]
        table = pd.DataFrame({"case_id": chosen, "slice": [picture.slice for picture in pictures]})
        return ContactSheet(
            [picture.grey for picture in pictures],
            [f"{case_id}, slice {number}" for case_id, number in zip(chosen, table["slice"], strict=True)],
            table,
            limits=(0, 255),
            outlines=[picture.outline for picture in pictures],
        ).plot(n_columns)


def _plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
