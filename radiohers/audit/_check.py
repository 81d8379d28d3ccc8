"""What a check of an audit is, and the registry of all checks."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from radiohers._sklearn import InvalidParameterError
from radiohers.audit._context import AuditContext, is_costly
from radiohers.audit._result import AuditLine, Level
from radiohers.metrics import Interval

__all__ = ["ALL_MODELS", "CHECKS", "NO_AUC", "Check", "Reason", "find_checks"]

ALL_MODELS = "all models"


class Reason(NamedTuple):
    """Why a check is not run.

    Attributes
    ----------
    message : str
        What is missing.
    advice : str
        What to do so that it can be run; empty where nothing is to be done.

    Examples
    --------
    >>> from radiohers.audit import Reason
    >>> Reason("No case has a mask.", "Draw masks.").message
    'No case has a mask.'
    """

    message: str
    advice: str = ""


NO_AUC = Reason(
    "The test part of every fold has one class only, so there is no AUC to compare.",
    "Use fewer folds, or a stratified split.",
)


class Check(ABC):
    """A question of an audit: whether something could explain the result without biology.

    A subclass with a `code` is one of :data:`CHECKS` as soon as it is defined. Its docstring says what it does; with
    `title` and `rule` it is a row of the guide's table.

    Attributes
    ----------
    code : str
        The stable name by which the check is chosen, muted and cited, such as "AUD004".
    title : str
        What is checked, in a few words.
    severity : {"warn", "fail"}
        The worst level that it can give.
    rule : str
        When it warns and when it fails.
    advice : str
        What to do where it warns or fails, unless a line says something else.
    slow : bool
        Whether it refits models; with ``checks="all"`` it then leaves out networks and searches.
    measure : str
        What the value of its lines is: "count", "p", "auc", "difference", "similarity" or "ratio".

    Examples
    --------
    >>> from radiohers.audit import CHECKS, Check
    >>> class FewCases(Check):
    ...     "Whether there are fewer than 20 cases."
    ...
    ...     code, title, severity = "AUD999", "few cases", "warn"
    ...     rule, advice = "warn if there are", "Find more."
    ...
    ...     def lines(self, context):
    ...         level = "warn" if context.n < 20 else "pass"
    ...         return [self.line(context, level, f"There are {context.n} cases.")]
    >>> CHECKS.pop("AUD999").title
    'few cases'
    """

    code: ClassVar[str]
    title: ClassVar[str]
    severity: ClassVar[Level]
    rule: ClassVar[str]
    advice: ClassVar[str]
    slow: ClassVar[bool] = False
    measure: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        """Put a check with a code of its own into the registry; without one it is the base of several."""
        super().__init_subclass__()
        if "code" not in vars(cls):
            return
        missing = [name for name in ("title", "severity", "rule", "advice", "__doc__") if not getattr(cls, name, None)]
        if missing:
            raise TypeError(f"{cls.__name__} has no {missing[0]}. Every check of an audit has one.")
        if cls.code in CHECKS and CHECKS[cls.code].__name__ != cls.__name__:
            raise TypeError(f"{cls.__name__}: {cls.code} is {CHECKS[cls.code].__name__}. Give it a code of its own.")
        CHECKS[cls.code] = cls
        for code in sorted(CHECKS):
            CHECKS[code] = CHECKS.pop(code)

    def applies(self, context: AuditContext) -> Reason | None:
        """Return why the check cannot be run.

        Parameters
        ----------
        context : AuditContext
            The comparison and its cohort.

        Returns
        -------
        Reason or None
            None if it can.
        """
        return None

    @abstractmethod
    def lines(self, context: AuditContext) -> list[AuditLine]:
        """Return what was found.

        Parameters
        ----------
        context : AuditContext
            The comparison and its cohort.

        Returns
        -------
        list of AuditLine
            Made by :meth:`line`.
        """

    def line(
        self,
        context: AuditContext,
        level: Level,
        message: str,
        *,
        model: str = ALL_MODELS,
        advice: str | None = None,
        found: Interval | None = None,
        n: int | None = None,
        cases: Sequence[str] = (),
    ) -> AuditLine:
        """Return one finding of this check.

        Parameters
        ----------
        context : AuditContext
            The comparison and its cohort.
        level : {"pass", "warn", "fail", "not run"}
            What came of it.
        message : str
            What was found, without names of cases.
        model : str, default="all models"
            The model it is about.
        advice : str, default=None
            What to do; None takes that of the check where it warns or fails, and none elsewhere.
        found : Interval, default=None
            The number that was judged, and what it is.
        n : int, default=None
            Number of cases; None is all.
        cases : sequence of str, default=()
            Names of the cases that are at fault.

        Returns
        -------
        AuditLine
            With the code, title and measure of the check.
        """
        if advice is None:
            advice = self.advice if level in ("warn", "fail") else ""
        found = Interval(math.nan, math.nan, math.nan, "") if found is None else found
        numbers = (found.value, found.low, found.high, found.method)
        n = context.n if n is None else n
        return AuditLine(self.code, self.title, model, level, message, advice, *numbers, self.measure, n, tuple(cases))

    def not_run(self, context: AuditContext, reason: Reason, model: str = ALL_MODELS) -> AuditLine:
        """Return the line that says why the check was not run.

        Parameters
        ----------
        context : AuditContext
            The comparison and its cohort.
        reason : Reason
            Why not.
        model : str, default="all models"
            The model it is about.

        Returns
        -------
        AuditLine
            With the code, title and measure of the check.
        """
        return self.line(context, "not run", reason.message, model=model, advice=reason.advice)

    def leaves_out(self, context: AuditContext, model: str, n_fits: int) -> Reason | None:
        """Return why a slow check leaves a model out.

        Parameters
        ----------
        context : AuditContext
            The comparison and its cohort.
        model : str
            Name of the model.
        n_fits : int
            Number of times that it would be fitted.

        Returns
        -------
        Reason or None
            None for models that are quickly fitted, and for all models where the check was named.
        """
        if not self.slow or self.code in context.named or not is_costly(context.comparison.models[model]):
            return None
        return Reason(
            f"It would take {n_fits} more trainings of a network or search.",
            f'To run it all the same, name it: audit(..., checks=["{self.code}"]).',
        )


CHECKS: dict[str, type[Check]] = {}
"""The checks of an audit by their codes, in this order."""


def find_checks(names: Iterable[str], parameter: str = "checks") -> list[str]:
    """Return the codes of checks that are named by code or title.

    Parameters
    ----------
    names : iterable of str
        Codes ("AUD003") or titles ("same image").
    parameter : str, default="checks"
        What the names were given as, for the error.

    Returns
    -------
    list of str
        In the order of :data:`CHECKS`.

    Raises
    ------
    ValueError
        If a name is neither.

    Examples
    --------
    >>> from radiohers.audit import find_checks
    >>> find_checks(["same image", "AUD001"])
    ['AUD001', 'AUD003']
    """
    names = list(names)
    code_of = {name: code for code, check in CHECKS.items() for name in (code, check.title)}
    unknown = [name for name in names if name not in code_of]
    if unknown:
        known = ", ".join(f"{code} ({check.title})" for code, check in CHECKS.items())
        raise InvalidParameterError(f"{parameter}: {unknown[0]!r} is no check. Use a code or a title: {known}.")
    return sorted({code_of[name] for name in names})
