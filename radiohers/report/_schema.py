"""What a report holds, as a JSON schema made of the types of its facts and words."""

from dataclasses import fields, is_dataclass
from enum import EnumType
from types import UnionType
from typing import Annotated, Any, Literal, TypedDict, get_args, get_origin, is_typeddict

from radiohers.report.facts import ReportFacts
from radiohers.report.words import Checklist, SectionWords

__all__ = ["SCHEMA_VERSION", "Report", "described", "report_schema"]

SCHEMA_VERSION = "3.0"
_SIMPLE = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


class Words(TypedDict):
    """What the page says."""

    notes: Annotated[list[str], "What must be read before anything else."]
    sections: Annotated[dict[str, SectionWords], "The sections by name, in the order of the page."]


class Report(TypedDict):
    """What a comparison of models found."""

    schema_version: Annotated[
        Literal["3.0"], "Version of this layout. The first number changes when a key goes or means something else."
    ]
    title: Annotated[str, "What the report is called."]
    facts: Annotated[
        ReportFacts, "What was found, as numbers, names and fixed terms. Numbers that do not exist are null."
    ]
    words: Annotated[Words, "The sentences and cells that the page shows; another version may word them differently."]
    checklists: Annotated[list[Checklist], "Reporting checklists, filled with what this report proves."]


def report_schema() -> dict[str, Any]:
    """Return the JSON schema of a report.

    Returns
    -------
    dict
        JSON Schema, draft 2020-12, with a description of every key of
        :meth:`~radiohers.evaluation.ModelComparison.to_dict`.

    Examples
    --------
    >>> from radiohers.report import report_schema
    >>> report_schema()["properties"]["title"]["description"]
    'What the report is called.'
    """
    definitions: dict[str, Any] = {}
    _schema_of(Report, definitions)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:radiohers:report:{SCHEMA_VERSION}",
        "title": "radiohers report",
    }
    return head | definitions.pop("Report") | {"$defs": definitions}


def described(kind: type) -> dict[str, Any]:
    """Return the fields of facts or words that belong to the document: what has no description does not."""
    types = kind.__annotations__ if is_typeddict(kind) else {one.name: one.type for one in fields(kind)}
    return {name: one for name, one in types.items() if get_origin(one) is Annotated}


def _schema_of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a type; those of facts and words go into the definitions."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        # NaN, which a number may be besides, is null in the document.
        *may_be_nan, description = kind.__metadata__
        one = kind.__origin__ | None if may_be_nan else kind.__origin__
        return {"description": description, **_schema_of(one, definitions)}
    if is_dataclass(kind) or is_typeddict(kind):
        properties = {name: _schema_of(one, definitions) for name, one in described(kind).items()}
        definitions[kind.__name__] = {
            "description": kind.__doc__,
            "type": "object",
            "additionalProperties": False,
            "required": list(properties),
            "properties": properties,
        }
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if isinstance(kind, EnumType) or origin is Literal:
        return {"enum": [str(member) for member in arguments or kind]}
    if origin is UnionType:
        return {"anyOf": [_schema_of(one, definitions) for one in arguments]}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema_of(arguments[1], definitions)}
    if origin in (list, tuple):
        return {"type": "array", "items": _schema_of(arguments[0], definitions)}
    return {} if kind is Any else {"type": _SIMPLE[kind]}
