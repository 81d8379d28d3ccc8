"""Which of two classes is the positive one."""

from typing import Any

import numpy as np
import pandas as pd

from radiohers._wording import counted, listed
from radiohers.exceptions import CohortError

__all__ = ["fault_of_classes", "plain_label", "positive_label"]

# More numbers than these are measured and no codes of classes.
_MAX_CODES = 10
_MAX_CLASSES_SHOWN = 8
_MAX_ROWS_NAMED = 3
_NUMERIC_CONVENTIONS = ({0, 1}, {-1, 1})


def positive_label(y: Any, positive: Any = None) -> Any:
    """Return the positive class of binary labels.

    Labels 0 and 1, -1 and 1, or booleans name their positive class themselves;
    any others need `positive`, because an alphabetical order is not a decision.

    Parameters
    ----------
    y : array-like of shape (n_cases,)
        Labels of exactly two classes.
    positive : object, default=None
        The positive class. A text is also taken for the number that it spells.

    Returns
    -------
    object
        The positive class, as it stands in `y`.

    Raises
    ------
    CohortError
        If `y` has not two classes, or the positive one is not told or not among them.

    Examples
    --------
    >>> from radiohers.cohort import positive_label
    >>> int(positive_label([0, 1, 1]))
    1
    >>> positive_label(["low", "high"], positive="high")
    'high'
    """
    # pandas keeps strings as strings where numpy would cut or convert them.
    classes = pd.unique(pd.Series(y))
    shown = ", ".join(repr(plain_label(label)) for label in classes[:5])
    if n_missing := int(pd.Series(y).isna().sum()):
        raise CohortError(
            f"{n_missing} of {len(y)} labels are missing",
            advice="Give these cases a label, or leave them out.",
            source="y",
        )
    fault = fault_of_classes(pd.Series(y))
    if fault is not None:
        raise CohortError(fault[0], advice=fault[1], source="y")
    if positive is None:
        if any(set(classes) == convention for convention in _NUMERIC_CONVENTIONS):
            return plain_label(max(classes))
        raise CohortError(
            f"The labels are {shown}, and which of them is positive is not told",
            advice="Pass positive=... (--positive).",
        )
    for label in classes:
        if plain_label(label) == positive or str(plain_label(label)) == str(positive):
            return plain_label(label)
    raise CohortError(f"positive={positive!r} is not one of the labels {shown}", advice="Pass one of them.")


def fault_of_classes(labels: pd.Series, where: pd.Series | None = None) -> tuple[str, str] | None:
    """Say why labels are not of two classes, with their counts, and what to do.

    Parameters
    ----------
    labels : Series of shape (n_cases,)
        Labels; missing ones do not count.
    where : Series of str of shape (n_cases,), default=None
        Names of the rows, to name those of rare classes.

    Returns
    -------
    tuple of str, or None
        The fault and the advice; None where there are two classes.
    """
    labels = labels.dropna()
    counts = labels.value_counts()
    if len(counts) == 2:
        return None
    if len(counts) < 2:
        n_rows = counted(len(labels), "row")
        only = f"every label is {plain_label(counts.index[0])!r} ({n_rows})" if len(counts) else "no labels"
        advice = "Name the column of the labels, or add cases of the other class."
        return f"{only}, where two classes are needed", advice
    numbers = pd.to_numeric(labels, errors="coerce")
    if len(counts) > _MAX_CODES and numbers.notna().mean() > 0.5:
        return (
            f"{len(counts)} different values in {counted(len(labels), 'row')}, numbers from {numbers.min():g} to "
            f"{numbers.max():g}: a measurement, where two classes are needed",
            "Make a column of two classes of it, by a limit that was chosen beforehand, or name another column.",
        )
    if len(counts) > _MAX_CLASSES_SHOWN:
        # So many rare classes are no typing errors.
        where = None
    shown = listed(counts.index, _MAX_CLASSES_SHOWN, lambda label: _counted_class(label, counts[label], labels, where))
    return (
        f"{len(counts)} classes, where two are needed: {shown}",
        "Merge them into two (IHC scores by her2_status), leave out the rows of the others, or name another column.",
    )


def _counted_class(label: Any, n: int, labels: pd.Series, where: pd.Series | None) -> str:
    rows = [] if where is None or n > _MAX_ROWS_NAMED else where[labels.index[labels == label]].tolist()
    named = f": {'; '.join(rows)}" if rows else ""
    return f"{plain_label(label)!r} ({counted(int(n), 'row')}{named})"


def plain_label(label: Any) -> Any:
    """Return a label as Python's own type, so that a message shows 1 and not np.int64(1)."""
    return label.item() if isinstance(label, np.generic) else label
