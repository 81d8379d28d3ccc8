"""Which of two classes is the positive one."""

from typing import Any

import numpy as np
import pandas as pd

from radiohers.exceptions import CohortError

__all__ = ["plain_label", "positive_label"]

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
    if len(classes) != 2:
        raise CohortError(
            f"y has {len(classes)} class{'es' * (len(classes) != 1)} ({shown}), where two are needed. "
            "Choose or merge classes until two are left."
        )
    if positive is None:
        if any(set(classes) == convention for convention in _NUMERIC_CONVENTIONS):
            return plain_label(max(classes))
        raise CohortError(
            f"The labels are {shown}, and which of them is positive is not told. Pass positive=... (--positive)."
        )
    for label in classes:
        if plain_label(label) == positive or str(plain_label(label)) == str(positive):
            return plain_label(label)
    raise CohortError(f"positive={positive!r} is not one of the labels {shown}. Pass one of them.")


def plain_label(label: Any) -> Any:
    """Return a label as Python's own type, so that a message shows 1 and not np.int64(1)."""
    return label.item() if isinstance(label, np.generic) else label
