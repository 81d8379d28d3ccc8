"""From immunohistochemistry and in situ hybridisation to a HER2 label, by a named rule."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import pandas as pd

from radiohers._sklearn import StrOptions, validate_params
from radiohers._wording import counted, listed
from radiohers.cohort._her2_scores import NULL, ULTRALOW, ihc_score, ish_verdict
from radiohers.cohort._labels import plain_label
from radiohers.exceptions import CohortError

__all__ = ["Her2Status", "her2_status"]

_MAX_SHOWN = 10
_BREAST_ONLY = ("low", "ultralow")


class Her2Status(NamedTuple):
    """The HER2 status of one tumour, and why.

    Attributes
    ----------
    status : int, str or None
        1 (positive) or 0 (negative); with another `category` than "binary"
        one of its words; None where the rule cannot decide.
    reason : str
        What decided.
    discordant : bool
        Whether IHC and ISH contradict each other.
    """

    status: int | str | None
    reason: str
    discordant: bool


class _Verdict(NamedTuple):
    is_positive: bool | None
    reason: str


@validate_params(
    {
        "ihc": "no_validation",
        "ish": "no_validation",
        "rule": [StrOptions({"breast_2018", "gastric", "bladder_2024"})],
        "category": [StrOptions({"binary", "low", "ultralow"})],
    },
    prefer_skip_nested_validation=True,
)
def her2_status(
    ihc: Any,
    ish: Any = None,
    rule: Literal["breast_2018", "gastric", "bladder_2024"] = "breast_2018",
    *,
    category: Literal["binary", "low", "ultralow"] = "binary",
) -> Her2Status | pd.DataFrame:
    """Turn IHC scores, with ISH where there is one, into HER2 labels.

    Parameters
    ----------
    ihc : score, or Series or list of scores of shape (n_cases,)
        0, 1, 2 or 3 as number or text: ``2``, ``2.0``, ``"2+"``, ``"++"``,
        ``"2 +"``, ``"IHC 3+"``. ``"ultralow"``, ``"0+"`` and ``">0 <1+"`` are a
        score of 0 with faint staining, ``"null"`` one without any. Empty cells,
        ``"NA"`` and ``"not done"`` are missing. A verdict such as "negative" is
        no score and is refused, and so is "-", which may mean 0 or missing.
    ish : verdict, or Series or list of verdicts of shape (n_cases,), default=None
        The laboratory's conclusion: ``"amplified"`` or ``"not amplified"``,
        ``"positive"`` or ``"negative"``, 1 or 0, True or False, ``"FISH+"`` or
        ``"FISH-"``. Empty, "not done" and "equivocal" are missing. A HER2/CEP17
        ratio is refused: by the guideline of 2018 it decides only together with
        the copy number and the IHC score.
    rule : {"breast_2018", "gastric", "bladder_2024"}, default="breast_2018"
        Whose definition. Organs differ, so name it.
    category : {"binary", "low", "ultralow"}, default="binary"
        "binary" gives 1 and 0; "low" gives "positive", "low" and "zero";
        "ultralow" gives "positive", "low", "ultralow" and "null". The last two
        are defined for the breast alone.

    Returns
    -------
    Her2Status or DataFrame of shape (n_cases, 3)
        For one score a :class:`Her2Status`; for many a table with its fields as
        columns ``status`` (Int64 or string, missing where undecided),
        ``reason`` and ``discordant``, and the index of `ihc`.

    Raises
    ------
    CohortError
        If a score or verdict is not understood; they are named with their rows,
        or counted where there are more than ten. If `ihc` and `ish` do not belong to the same rows.

    Notes
    -----
    ============  =======  ============  ============  ============
    IHC           ISH      breast_2018   gastric       bladder_2024
    ============  =======  ============  ============  ============
    3+            any      positive      positive      positive
    2+            \\+       positive      positive      positive
    2+            \\-       negative      negative      positive
    2+            missing  undecided     undecided     positive
    0, 1+         \\+       positive      negative      negative
    0, 1+         \\-       negative      negative      negative
    0, 1+         missing  negative      negative      negative
    missing       \\+, \\-   as ISH        undecided     undecided
    ============  =======  ============  ============  ============

    3+ with a negative ISH, and 0 or 1+ with a positive one, are marked as
    discordant whatever the rule answers.

    In the breast a tumour is positive by either test (groups 2 to 4 of a
    dual-probe ISH count as what the laboratory concluded after looking at the
    IHC). The gastric guideline tests IHC first and ISH only for 2+. The bladder
    rule is the one of Jiao et al.; the guideline for the stomach, which they
    name, calls 2+ equivocal.

    HER2-low is 1+, or 2+ with a negative ISH; ultralow is 0 with faint staining
    in at most 10 % of the cells. A plain 0 counts as "null" under "ultralow",
    which is right only where the pathologists told the two apart.

    References
    ----------
    Wolff AC et al. (ASCO/CAP focused update). J Clin Oncol 2018;36:2105.
    doi:10.1200/JCO.2018.77.8738; affirmed in J Clin Oncol 2023;41:3867.
    doi:10.1200/JCO.22.02864

    Bartley AN et al. (CAP/ASCP/ASCO, gastroesophageal). Arch Pathol Lab Med
    2016;140:1345. doi:10.5858/arpa.2016-0331-CP

    Jiao P et al. J Cancer 2024;15:6336. doi:10.7150/jca.101296

    Tarantino P et al. (ESMO, HER2-low). Ann Oncol 2023;34:645.
    doi:10.1016/j.annonc.2023.05.008

    Rakha EA et al. (international consensus, HER2-ultralow). Mod Pathol
    2026;39:100925. doi:10.1016/j.modpat.2025.100925

    Examples
    --------
    >>> import pandas as pd
    >>> from radiohers.cohort import her2_status
    >>> her2_status("2+", "not amplified", rule="breast_2018")
    Her2Status(status=0, reason='IHC 2+, ISH negative', discordant=False)
    >>> ihc = pd.Series(["3+", "++", 1], index=["P01", "P02", "P03"])
    >>> her2_status(ihc, rule="gastric")[["status", "reason"]]
         status                               reason
    P01       1                               IHC 3+
    P02    <NA>  IHC 2+ is equivocal, ISH is missing
    P03       0                               IHC 1+
    """
    if category in _BREAST_ONLY and rule != "breast_2018":
        raise CohortError(
            f"category={category!r} is defined for the breast alone, but rule={rule!r}",
            advice="Take rule='breast_2018', or category='binary'.",
        )
    if _is_scalar(ihc):
        if not _is_scalar(ish):
            raise CohortError(
                "ihc is one score but ish has many", advice="Give both for one tumour, or both as columns."
            )
        table = _decide(pd.Series([ihc], dtype=object), pd.Series([ish], dtype=object), rule, category)
        status: Any = table["status"].iat[0]
        row = table.iloc[0]
        return Her2Status(None if pd.isna(status) else plain_label(status), row["reason"], bool(row["discordant"]))
    ihc = _as_column(ihc)
    return _decide(ihc, _beside(ish, ihc), rule, category)


def _is_scalar(value: Any) -> bool:
    return value is None or pd.api.types.is_scalar(value)


def _as_column(values: Any) -> pd.Series:
    return values.astype(object) if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)


def _beside(ish: Any, ihc: pd.Series) -> pd.Series:
    """Return ISH as a column with the index of IHC."""
    if ish is None:
        return pd.Series([None] * len(ihc), index=ihc.index, dtype=object)
    if _is_scalar(ish):
        raise CohortError("ihc has many scores but ish is one value", advice="Give both as columns, or leave ish out.")
    column = _as_column(ish)
    if len(column) != len(ihc):
        raise CohortError(f"ihc has {len(ihc)} rows and ish {len(column)}", advice="Give one of each a tumour.")
    if isinstance(ish, pd.Series) and not ish.index.equals(ihc.index):
        raise CohortError(
            "the rows of ihc and ish have different names or another order", advice="Take both columns from one table."
        )
    return column.set_axis(ihc.index)


def _decide(ihc: pd.Series, ish: pd.Series, rule: str, category: str) -> pd.DataFrame:
    scores, not_scores = _read(ihc, ihc_score)
    verdicts, not_verdicts = _read(ish, ish_verdict)
    _raise_unknown(not_scores, not_verdicts)
    rows = [_status(score, verdict, rule, category) for score, verdict in zip(scores, verdicts, strict=True)]
    table = pd.DataFrame(rows, columns=list(Her2Status._fields), index=ihc.index)
    table["status"] = table["status"].astype("Int64" if category == "binary" else "string")
    return table.astype({"reason": "string", "discordant": bool})


def _read(column: pd.Series, read: Callable[[Any], Any]) -> tuple[list, list[tuple[Any, Any]]]:
    """Return what each cell says, and name and content of those that say nothing known."""
    values, unknown = [], []
    for name, cell in column.items():
        try:
            values.append(read(cell))
        except ValueError:
            unknown.append((name, cell))
    return values, unknown


def _raise_unknown(not_scores: list, not_verdicts: list) -> None:
    parts = []
    for name, unknown, wanted in (
        ("ihc", not_scores, "a score is 0, 1+, 2+ or 3+; a verdict such as 'negative' is none"),
        ("ish", not_verdicts, "a verdict is 'amplified' or 'not amplified'; a ratio alone is none"),
    ):
        if unknown:
            parts.append(f"{name}: {len(unknown)} not understood ({_named(unknown)}); {wanted}.")
    if parts:
        raise CohortError(" ".join(parts), advice="Correct these rows, or leave them empty where nothing is known.")


def _named(unknown: list[tuple[Any, Any]]) -> str:
    """Name every row of a few, and count the rows of each content of many: then it is the column that is wrong."""
    if len(unknown) <= _MAX_SHOWN:
        return ", ".join(f"{plain_label(row)!r}: {plain_label(cell)!r}" for row, cell in unknown)
    counts = Counter(repr(plain_label(cell)) for _, cell in unknown).most_common()
    shown = listed(counts, _MAX_SHOWN, lambda item: f"{item[0]} in {counted(item[1], 'row')}")
    return f"{shown}; the first is {plain_label(unknown[0][0])!r}"


def _status(score: Any, ish: bool | None, rule: str, category: str) -> Her2Status:
    discordant = (score == 3 and ish is False) or (score in (0, 1, ULTRALOW, NULL) and ish is True)
    verdict = _RULES[rule](score, ish)
    reason = f"{verdict.reason}; IHC and ISH disagree" if discordant else verdict.reason
    if verdict.is_positive is None:
        return Her2Status(None, reason, discordant)
    if category == "binary":
        return Her2Status(int(verdict.is_positive), reason, discordant)
    if verdict.is_positive:
        return Her2Status("positive", reason, discordant)
    if score is None:
        return Her2Status(None, f"{reason}, which does not tell how low", discordant)
    return Her2Status(_how_low(score, category), reason, discordant)


def _how_low(score: Any, category: str) -> str:
    if score in (1, 2):
        return "low"
    if category == "low":
        return "zero"
    return "ultralow" if score == ULTRALOW else "null"


def _said(score: Any, ish: bool | None) -> str:
    words = {0: "0", NULL: "0 (null)", ULTRALOW: "0 (ultralow)"}
    text = f"IHC {words.get(score, f'{score}+')}"
    return text if ish is None else f"{text}, ISH {'positive' if ish else 'negative'}"


def _by_guideline(score: Any, ish: bool | None, *, either_test: bool) -> _Verdict:
    if score is None:
        return _without_ihc(ish, either_test)
    if score == 3:
        return _Verdict(True, _said(score, ish))
    if score == 2:
        if ish is None:
            return _Verdict(None, "IHC 2+ is equivocal, ISH is missing")
        return _Verdict(ish, _said(score, ish))
    return _Verdict(bool(ish and either_test), _said(score, ish))


def _without_ihc(ish: bool | None, either_test: bool) -> _Verdict:
    if ish is None:
        return _Verdict(None, "IHC is missing")
    if either_test:
        return _Verdict(ish, f"IHC is missing, ISH {'positive' if ish else 'negative'}")
    return _Verdict(None, "IHC is missing, with which this rule begins")


def _breast_2018(score: Any, ish: bool | None) -> _Verdict:
    return _by_guideline(score, ish, either_test=True)


def _gastric(score: Any, ish: bool | None) -> _Verdict:
    return _by_guideline(score, ish, either_test=False)


def _bladder_2024(score: Any, ish: bool | None) -> _Verdict:
    if score is None:
        return _Verdict(None, "IHC is missing, by which alone this rule decides")
    return _Verdict(score in (2, 3), _said(score, ish))


_RULES = {"breast_2018": _breast_2018, "gastric": _gastric, "bladder_2024": _bladder_2024}
