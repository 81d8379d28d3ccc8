"""A report as JSON."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["plain_values", "render_json"]


def plain_values(value: Any) -> Any:
    """Return a value as what JSON can hold.

    Parameters
    ----------
    value : object
        Dicts, lists and tuples of texts, numbers (numpy's too), booleans and None.

    Returns
    -------
    object
        The same in Python's own types. Numbers that are not finite, and pandas' NA,
        become None, which JSON writes as null.

    Raises
    ------
    TypeError
        If a value is of another type: a report that wrote its `repr` would hide a mistake.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.report import plain_values
    >>> plain_values({"auc": np.float64(0.5), "low": float("nan"), "n": (np.int64(3),)})
    {'auc': 0.5, 'low': None, 'n': [3]}
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or isinstance(value, bool):
        return None if value is pd.NA else value
    if isinstance(value, str):
        # Of an enum, its value.
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain_values(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain_values(inner) for inner in value]
    raise TypeError(f"{value!r} is a {type(value).__name__}, which JSON cannot hold. Make a text or a number of it.")


def render_json(document: Mapping[str, Any]) -> str:
    """Return a report as JSON.

    Parameters
    ----------
    document : mapping
        See :meth:`~radiohers.evaluation.ModelComparison.to_dict`.

    Returns
    -------
    str
        Indented, with a line feed at the end; conforms to :func:`~radiohers.report.report_schema`.

    Examples
    --------
    >>> from radiohers.report import render_json
    >>> print(render_json({"title": "HER2"}), end="")
    {
     "title": "HER2"
    }
    """
    return json.dumps(plain_values(document), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
