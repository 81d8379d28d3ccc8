"""What a report holds, as a JSON schema."""

import json
from importlib import resources
from typing import Any

__all__ = ["SCHEMA_VERSION", "report_schema"]

SCHEMA_VERSION = "2.0"


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
    text = resources.files("radiohers.report.page").joinpath("report.schema.json").read_text(encoding="utf-8")
    return json.loads(text)
