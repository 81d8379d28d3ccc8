"""What pathologists write: IHC scores and ISH verdicts."""

import re
import unicodedata
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from radiohers.cohort._values import MISSING_WORDS

__all__ = ["NULL", "ULTRALOW", "ihc_score", "ish_verdict"]

# Scores of 0 that were told apart: with faint staining, and with none at all.
ULTRALOW = "ultralow"
NULL = "null"

_NOTHING = MISSING_WORDS | {""}
_UNDECIDED_ISH = {"equivocal", "indeterminate", "inconclusive", "failed"}
_IHC_PREFIX = re.compile(r"^((her-?2(/neu)?|erbb2|ihc|score)[\s:=]*(-(?=[a-z]))?)+")
_ISH_PREFIX = re.compile(r"^(her-?2(/neu)?[\s:=]*)?([fcsd]?ish)[\s:=]*")
_SCORE = re.compile(r"([0-3])(?:\.0+)?\s*\+?")
_PLUSES = re.compile(r"\+{1,3}")
_ULTRALOW = re.compile(
    r"(0\s*)?\(?ultra-?\s?low\)?|0\s*\+|0\s*\+?\s*/?\s*with membrane staining|>\s*0\s*(,|and|to)?\s*<\s*1\s*\+?"
)
_NULL = re.compile(r"(0\s*)?\(?null\)?|0\s*/?\s*absent membrane staining|no staining")
_POSITIVE = {"amplified", "amp", "positive", "pos", "+", "1", "1.0", "true", "yes"}
_NEGATIVE = {
    "not amplified",
    "non-amplified",
    "non amplified",
    "nonamplified",
    "unamplified",
    "no amplification",
    "negative",
    "neg",
    "0",
    "0.0",
    "false",
    "no",
}


def ihc_score(cell: Any) -> int | str | None:
    """Return 0, 1, 2, 3, ULTRALOW, NULL, or None where nothing is told.

    Parameters
    ----------
    cell : object
        As it stands in a table.

    Returns
    -------
    int, str or None
        The score.

    Raises
    ------
    ValueError
        If it is not understood.

    Examples
    --------
    >>> from radiohers.cohort._her2_scores import ihc_score
    >>> [ihc_score(cell) for cell in ("++", "IHC 3+", 1.0, "0+", None)]
    [2, 3, 1, 'ultralow', None]
    """
    text = _text(cell)
    if text is None or isinstance(cell, bool | np.bool_):
        if text is not None:
            raise ValueError(cell)
        return None
    bare = _IHC_PREFIX.sub("", text)
    # Before the scores: "0+" is not a 0.
    if _ULTRALOW.fullmatch(bare):
        return ULTRALOW
    if _NULL.fullmatch(bare):
        return NULL
    if score := _SCORE.fullmatch(bare):
        return int(score[1])
    if _PLUSES.fullmatch(bare.replace(" ", "")):
        return bare.count("+")
    raise ValueError(cell)


def ish_verdict(cell: Any) -> bool | None:
    """Return whether the gene is amplified, or None where nothing is told.

    Parameters
    ----------
    cell : object
        As it stands in a table.

    Returns
    -------
    bool or None
        The verdict.

    Raises
    ------
    ValueError
        If it is not understood.

    Examples
    --------
    >>> from radiohers.cohort._her2_scores import ish_verdict
    >>> [ish_verdict(cell) for cell in ("Amplified", "FISH-", 0, "equivocal")]
    [True, False, False, None]
    """
    text = _text(cell)
    if text is None or text in _UNDECIDED_ISH:
        return None
    bare, n_prefixes = _ISH_PREFIX.subn("", text)
    if bare in _POSITIVE:
        return True
    # A lone "-" may as well mean that nothing was done.
    if bare in _NEGATIVE or (n_prefixes and bare == "-"):
        return False
    if bare in _UNDECIDED_ISH | _NOTHING:
        return None
    raise ValueError(cell)


def _text(cell: Any) -> str | None:
    """Return a cell in small letters and plain signs, or None where it is empty."""
    if cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, Real) and cell != cell):
        return None
    # Brings full-width digits and pluses, as in Chinese reports, to the plain ones.
    text = " ".join(unicodedata.normalize("NFKC", str(cell)).lower().replace("\N{MINUS SIGN}", "-").split())
    return None if text in _NOTHING else text
