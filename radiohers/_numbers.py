"""How numbers are written: one value has one text, in tables, figures, reports and on the command line."""

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from radiohers._wording import counted

__all__ = [
    "audit_texts",
    "cases_text",
    "estimate_text",
    "interval_text",
    "level_text",
    "number_text",
    "p_text",
    "percent_text",
]

# What lies beyond is the error of binary arithmetic, which must not decide how 0.905 is rounded.
_SIGNIFICANT_DIGITS = 12
_SAME = Decimal("1e-12")
_TOO_LARGE_FOR_DECIMALS = 1e9
_SIGNIFICANT = 0.05


def number_text(value: float, digits: int = 2, apart_from: Sequence[float] = ()) -> str:
    """Return a number with its decimals, halves rounded away from zero.

    Parameters
    ----------
    value : float
        NaN or None where there is none.
    digits : int, default=2
        Digits after the point.
    apart_from : sequence of float, default=()
        Values that decide what is said of the number: it gets as many more digits as it takes to see on
        which side of them it lies.

    Returns
    -------
    str
        "0.71", or "none".

    Examples
    --------
    >>> from radiohers._numbers import number_text
    >>> number_text(0.905), number_text(-0.001), number_text(0.5004, apart_from=[0.5])
    ('0.91', '0.00', '0.5004')
    """
    if value is None or math.isnan(value):
        return "none"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if abs(value) >= _TOO_LARGE_FOR_DECIMALS:
        return f"{value:.3g}"
    exact, others = _decimal(value), [_decimal(other) for other in apart_from]
    rounded = _rounded(exact, digits)
    while any(abs(other - exact) > _SAME and _rounded(other, digits) == rounded for other in others):
        digits += 1
        rounded = _rounded(exact, digits)
    return f"{rounded:f}"


def interval_text(low: float, high: float, digits: int = 2, apart_from: Sequence[float] = ()) -> str:
    """Return the limits of an interval: "0.60 to 0.81", "1.07 to ∞" where there is no upper one, or "no interval"."""
    below, above = (math.nan if limit is None else limit for limit in (low, high))
    if math.isnan(below) and math.isnan(above):
        return "no interval"
    below = -math.inf if math.isnan(below) else below
    above = math.inf if math.isnan(above) else above
    return f"{number_text(below, digits, apart_from)} to {number_text(above, digits, apart_from)}"


def estimate_text(
    value: float, low: float, high: float, digits: int = 2, apart_from: Sequence[float] = (), missing: str = "undefined"
) -> str:
    """Return a value with its interval: "0.71 (0.60 to 0.81)"; `missing` where there is no value."""
    if value is None or math.isnan(value):
        return missing
    return f"{number_text(value, digits, apart_from)} ({interval_text(low, high, digits, apart_from)})"


def percent_text(share: float, digits: int = 0) -> str:
    """Return a share in percent: "91%" for 0.905."""
    return f"{number_text(100 * share, digits)}%"


def p_text(p_value: float | None, *, alpha: float = _SIGNIFICANT, missing: str = "none", equals: str = "") -> str:
    """Return a p-value as papers print it: "0.034", "0.0496", "<0.001", or `missing`.

    Parameters
    ----------
    p_value : float or None
        NaN or None where the test could not be made.
    alpha : float, default=0.05
        The level that it is compared with; on which side of it p lies can be seen, as of 0.05.
    missing : str, default="none"
        What stands for no p-value.
    equals : str, default=""
        What stands before a p-value that is not below the least that is written.

    Returns
    -------
    str
        Three decimals, or more close to the level.
    """
    if p_value is None or math.isnan(p_value):
        return missing
    return "<0.001" if p_value < 0.001 else equals + number_text(p_value, 3, [_SIGNIFICANT, alpha])


def cases_text(n_cases: int, n_patients: float | None, noun: str = "case") -> str:
    """Return numbers as "48 cases of 16 patients"; "48 cases" where patients were not given."""
    cases = counted(n_cases, noun)
    if n_patients is None or math.isnan(n_patients):
        return cases
    return f"{cases} of {counted(int(n_patients), 'patient')}"


def level_text(confidence_level: float) -> str:
    """Return a confidence level: "95%", "97.5%"."""
    return f"{100 * confidence_level:.4g}%"


def audit_texts(measure: str, value: float | None, low: float | None, high: float | None) -> tuple[str, str]:
    """Return the number that a check of an audit judged and its interval, as its message has them; empty without."""
    value, low, high = (math.nan if number is None else number for number in (value, low, high))
    if math.isnan(value):
        return "", ""
    if measure == "p":
        return p_text(value), ""
    if measure == "count":
        return f"{value:.0f}", ""
    apart_from = (0.5,) if measure == "auc" else (0.0,)
    interval = "" if math.isnan(low) and math.isnan(high) else interval_text(low, high, apart_from=apart_from)
    return number_text(value, apart_from=apart_from), interval


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.{_SIGNIFICANT_DIGITS}g}")


def _rounded(value: Decimal, digits: int) -> Decimal:
    # Adding zero takes the minus from a zero.
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + 0
