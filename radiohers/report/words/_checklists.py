"""Reporting checklists, filled with what the report proves."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypedDict

import yaml

from radiohers._folders import files_ending
from radiohers.exceptions import ParamsError
from radiohers.report.words._evidence import EVIDENCE_KEYS

__all__ = ["Checklist", "fill_checklists", "list_checklists"]

Status = Literal["filled", "partly", "author must supply"]
FILLED: Final = "filled"
PARTLY: Final = "partly"
AUTHOR: Final = "author must supply"

_FOLDER = Path(__file__).resolve().parent / "checklists"


class Proof(TypedDict):
    """A fact that an item rests on."""

    key: Annotated[str, "What kind of fact it is."]
    value: Annotated[str, "The fact."]
    source: Annotated[str, "Where it comes from."]


class Item(TypedDict):
    """An item of a checklist, or a part of one."""

    section: Annotated[str, "Section of the checklist."]
    group: Annotated[str | None, "The item whose part it is."]
    number: Annotated[str | None, "Number in the published list; null if it could not be checked."]
    name: Annotated[str, "What it is about."]
    text: Annotated[str, "What it asks for, in our own words."]
    status: Annotated[
        Status,
        "Whether the report holds the facts that it asks for, which does not say that they are good.",
    ]
    evidence: Annotated[list[Proof], "The facts."]
    author_adds: Annotated[str | None, "What only the author knows."]
    missing: Annotated[list[str], "What the report could show but does not."]
    weight: Annotated[float | None, "Weight in the checklist's score; null if it has none."]


class Checklist(TypedDict):
    """A reporting checklist, filled."""

    name: Annotated[str, "Short name."]
    title: Annotated[str, "Full name."]
    reference: Annotated[str, "Where it was published."]
    doi: Annotated[str, "DOI of the publication."]
    numbers_checked: Annotated[str, "Against what the numbers of the items were checked."]
    note: Annotated[str | None, "What else to know of it."]
    n_items: Annotated[int, "Number of items."]
    n_filled: Annotated[int, "Number of items all of which is in the report."]
    n_partly: Annotated[int, "Number of items of which a part is in the report."]
    items: Annotated[list[Item], "The items, or their parts."]


def list_checklists() -> list[str]:
    """Return the names of the checklists.

    Returns
    -------
    list of str
        In alphabetical order.

    Examples
    --------
    >>> from radiohers.report import list_checklists
    >>> list_checklists()
    ['claim', 'clear', 'metrics', 'tripod_ai']
    """
    return [path.stem for path in files_ending(_FOLDER, ".yaml")]


def fill_checklists(evidence: Mapping[str, Mapping[str, str]], names: Sequence[str] | None = None) -> list[Checklist]:
    """Fill reporting checklists with evidence.

    An item is *filled* if there is evidence for all that it asks, *partly* filled if there is evidence for some of
    it, and otherwise the author's. It is never filled without a value that shows why. Filled means that the facts
    are in the report, not that they are good.

    Parameters
    ----------
    evidence : mapping of str to mapping
        Evidence key to its ``value`` and ``source``, as `collect_evidence` returns it. A key with an empty value
        counts as missing.
    names : sequence of str, default=None
        The checklists, as `list_checklists` names them; all of them by default.

    Returns
    -------
    list of dict
        One a checklist: ``name``, ``title``, ``reference``, ``doi``, ``numbers_checked`` (against what the item
        numbers were checked), ``note``, the numbers of items ``n_items``, ``n_filled`` and ``n_partly``, and
        ``items``, a list with one entry an item, or one a part of an item that has parts. Each has

        - ``number`` (None if it could not be checked), ``name``, ``text``, ``section``;
        - ``group``, the name of the item whose part it is, or None;
        - ``status``, "filled", "partly" or "author must supply";
        - ``evidence``, a list of dicts ``key``, ``value``, ``source``;
        - ``author_adds``, what only the author knows, or None;
        - ``missing``, what the report could show but does not;
        - ``weight``, or None.

        An item with parts counts as filled if all its parts are, as partly filled if some are.

    Raises
    ------
    ParamsError
        If a name or an evidence key is not known.

    References
    ----------
    .. [1] Kocak B, et al. CheckList for EvaluAtion of Radiomics research (CLEAR). Insights Imaging 2023;14:75.
       doi:10.1186/s13244-023-01415-8
    .. [2] Kocak B, et al. METhodological RadiomICs Score (METRICS). Insights Imaging 2024;15:8.
       doi:10.1186/s13244-023-01572-w
    .. [3] Collins GS, et al. TRIPOD+AI statement. BMJ 2024;385:e078378. doi:10.1136/bmj-2023-078378
    .. [4] Tejani AS, et al. Checklist for Artificial Intelligence in Medical Imaging (CLAIM): 2024 Update. Radiol
       Artif Intell 2024;6:e240300. doi:10.1148/ryai.240300

    Examples
    --------
    >>> from radiohers.report import fill_checklists
    >>> versions = {"value": "radiohers: 1.0", "source": "installed libraries"}
    >>> (claim,) = fill_checklists({"versions": versions}, ["claim"])
    >>> claim["n_filled"], claim["n_items"]
    (1, 44)
    >>> [(item["number"], item["name"]) for item in claim["items"] if item["status"] == "filled"]
    [('23', 'Software')]
    """
    _refuse_unknown("evidence key", evidence, EVIDENCE_KEYS)
    names = list_checklists() if names is None else list(names)
    _refuse_unknown("checklist", names, list_checklists())
    present = {key: entry for key, entry in evidence.items() if str(entry.get("value") or "").strip()}
    return [_fill(load_checklist(name), present) for name in names]


@cache
def load_checklist(name: str) -> dict[str, Any]:
    """Return a checklist as its file has it.

    Parameters
    ----------
    name : str
        One of `list_checklists`.

    Returns
    -------
    dict
        The file; not to be changed, as it is read once only.
    """
    return yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def _refuse_unknown(kind: str, given: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        what = f"There is no {kind} {', '.join(map(repr, unknown))}"
        raise ParamsError(what, advice=f"Give some of: {', '.join(known)}.")


def _fill(checklist: Mapping[str, Any], present: Mapping[str, Mapping[str, str]]) -> Checklist:
    items: list[Item] = []
    statuses: list[Status] = []
    for section in checklist["sections"]:
        for item in section["items"]:
            group = item["name"] if "parts" in item else None
            parts = [_fill_item(part, section["name"], group, present) for part in item.get("parts", [item])]
            items += parts
            of_parts = {part["status"] for part in parts}
            statuses.append(of_parts.pop() if len(of_parts) == 1 else PARTLY)
    return Checklist(
        name=checklist["name"],
        title=checklist["title"],
        reference=checklist["reference"],
        doi=checklist["doi"],
        numbers_checked=checklist["numbers_checked"],
        note=checklist.get("note"),
        n_items=len(statuses),
        n_filled=statuses.count(FILLED),
        n_partly=statuses.count(PARTLY),
        items=items,
    )


def _fill_item(
    item: Mapping[str, Any], section: str, group: str | None, present: Mapping[str, Mapping[str, str]]
) -> Item:
    needed = [[keys] if isinstance(keys, str) else keys for keys in item.get("evidence", [])]
    found = [key for keys in needed for key in keys if key in present]
    missing = [
        " or ".join(EVIDENCE_KEYS[key] for key in keys) for keys in needed if not any(key in present for key in keys)
    ]
    status: Status = AUTHOR
    if found:
        status = PARTLY if missing or "author_adds" in item else FILLED
        found += [key for key in item.get("more_evidence", []) if key in present]
    return {
        "section": section,
        "group": group,
        "number": item["number"],
        "name": item["name"],
        "text": item["text"],
        "status": status,
        "evidence": [
            {"key": key, "value": present[key]["value"], "source": present[key].get("source", "")} for key in found
        ],
        "author_adds": item.get("author_adds"),
        "missing": missing,
        "weight": item.get("weight"),
    }
