"""The lines of an audit, and the tables behind them."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any, Literal, get_args

import pandas as pd

from radiohers._numbers import audit_texts
from radiohers._wording import listed
from radiohers.cohort import Cohort

__all__ = ["LEVELS", "Audit", "AuditLine", "Level"]

Level = Literal["fail", "warn", "pass", "not run"]
LEVELS = get_args(Level)
_SHOWN_CASES = 10


@dataclass(frozen=True)
class AuditLine:
    """One finding of an audit.

    Attributes
    ----------
    code : str
        Code of the check, such as "AUD003"; of a line that is about several checks, all of them.
    check : str
        Title of the check.
    model : str
        Name of the model it is about; "all models" where it is about all, or the data.
    level : {"pass", "warn", "fail", "not run"}
        See :func:`audit` for the rules.
    message : str
        What was found, in one or two sentences, without names of cases.
    advice : str
        What to do; empty where nothing is to be done.
    value, low, high : float
        The number that was judged, and its interval; NaN where there is none.
    method : str
        What the number is, and how its interval came about.
    measure : str
        What `value` is: "count", "p", "auc", "difference", "similarity" or "ratio".
    n : int
        Number of cases.
    cases : tuple of str
        Names of the cases that are at fault, or that were left out.

    Examples
    --------
    >>> from radiohers.audit import AuditLine
    >>> AuditLine("AUD003", "same image", "all models", "fail", "1 pair.", cases=("A = B",)).text()
    '1 pair. Cases: A = B.'
    """

    code: str
    check: str
    model: str
    level: Level
    message: str
    advice: str = ""
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    method: str = ""
    measure: str = ""
    n: int = 0
    cases: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the message with the names of the cases."""
        return (
            f"{self.message} Cases: {listed(self.cases, _SHOWN_CASES, separator='; ')}." if self.cases else self.message
        )


@dataclass(frozen=True, repr=False)
class Audit:
    """What was checked against self-deception, and what came of it.

    Made by :func:`audit`.

    Attributes
    ----------
    lines : list of AuditLine
        One a check and model.
    baselines : DataFrame
        One row a baseline: its mean AUC over the folds with its interval, how many
        cases and which columns it was fitted on.
    columns : DataFrame
        One row a column of acquisition or clinical data: the AUC of a model that
        knows this column only, and how strongly it is associated with the label.
    pairs : DataFrame
        The most similar pairs of images of different patients.
    null : DataFrame
        One row a refit with shuffled labels, one column a model: its mean AUC.
    settings : dict
        The arguments that the result depends on.
    cohort : Cohort or None
        The cases that were audited, whose patients a report takes where it gets the audit alone.

    Examples
    --------
    >>> from radiohers.evaluation import Audit, AuditLine
    >>> line = AuditLine("AUD003", "same image", "all models", "fail", "1 pair.", cases=("A = B",))
    >>> found = Audit([line])
    >>> found
    <Audit: 1 fail, 0 warn, 0 pass, 0 not run>
      fail     AUD003 same image [all models]: 1 pair. Cases: A = B.
    >>> len(found.failed)
    1
    """

    lines: list[AuditLine]
    baselines: pd.DataFrame = field(default_factory=pd.DataFrame)
    columns: pd.DataFrame = field(default_factory=pd.DataFrame)
    pairs: pd.DataFrame = field(default_factory=pd.DataFrame)
    null: pd.DataFrame = field(default_factory=pd.DataFrame)
    settings: dict[str, Any] = field(default_factory=dict)
    cohort: Cohort | None = field(default=None, repr=False)

    @property
    def failed(self) -> list[AuditLine]:
        """The lines of the level "fail"."""
        return self.at_level("fail")

    def at_level(self, level: str) -> list[AuditLine]:
        """Return the lines of a level.

        Parameters
        ----------
        level : {"pass", "warn", "fail", "not run"}
            The level.

        Returns
        -------
        list of AuditLine
            In their order.
        """
        return [line for line in self.lines if line.level == level]

    def table(self) -> pd.DataFrame:
        """Return one row a line.

        Returns
        -------
        DataFrame of shape (n_lines, 11)
            ``code, check, model, level, value, low, high, n, method, message, advice``. Messages
            name the cases that are at fault.
        """
        columns = ["code", "check", "model", "level", "value", "low", "high", "n", "method", "message", "advice"]
        rows = [asdict(line) | {"message": line.text()} for line in self.lines]
        return pd.DataFrame(rows, columns=columns)

    def to_dict(self, *, case_names: bool = False) -> dict[str, Any]:
        """Return the audit as plain values, for reports.

        Parameters
        ----------
        case_names : bool, default=False
            Whether messages name cases. A report names none.

        Returns
        -------
        dict
            ``lines`` (a list of dicts; None where there is no number), ``baselines``,
            ``columns`` and ``settings``.
        """
        lines = []
        for line in self.lines:
            values = asdict(line)
            values["message"] = line.text() if case_names else line.message
            del values["cases"]
            lines.append(_plain(values))
        return {
            "lines": lines,
            "baselines": [_plain(row) for row in self.baselines.reset_index().to_dict("records")],
            "columns": [_plain(row) for row in self.columns.reset_index().to_dict("records")],
            "settings": _plain(self.settings),
        }

    @property
    def summary(self) -> str:
        """How many lines there are of each level."""
        return ", ".join(f"{len(self.at_level(level))} {level}" for level in LEVELS)

    def _worst_first(self) -> list[AuditLine]:
        """Return the lines by their levels."""
        return sorted(self.lines, key=lambda line: LEVELS.index(line.level))

    def __repr__(self) -> str:
        lines = self._worst_first()
        shown = [f"  {line.level:8} {line.code} {line.check} [{line.model}]: {line.text()}" for line in lines]
        return "\n".join([f"<Audit: {self.summary}>", *shown])

    def _repr_html_(self) -> str:
        rows = [
            (line.level, line.code, line.check, line.model, _number(line), line.text(), line.advice)
            for line in self._worst_first()
        ]
        names = ("level", "code", "check", "model", "value", "found", "what to do")
        head = "".join(f"<th>{name}</th>" for name in names)
        cells = ("".join(f"<td style='text-align:left'>{escape(text)}</td>" for text in row) for row in rows)
        body = "".join(f"<tr>{row}</tr>" for row in cells)
        return f"<p>Audit: {self.summary}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _number(line: AuditLine) -> str:
    value, interval = audit_texts(line.measure, line.value, line.low, line.high)
    return f"{value} ({interval})" if interval else value


def _plain(values: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (list, tuple)):
        return [_plain_value(each) for each in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
