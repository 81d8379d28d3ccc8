"""The report as one HTML file."""

import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from radiohers._numbers import audit_texts, cases_text, deciding_values, number_text

__all__ = ["render_html"]

# Figures with fewer points than this are shrunk to the width of a phone; wider ones scroll, so that their texts stay
# readable.
_NARROW_PT = 400


def render_html(document: dict[str, Any]) -> str:
    """Return a document as HTML that loads nothing from elsewhere.

    Parameters
    ----------
    document : dict
        As :func:`report_schema` describes it; see :meth:`~radiohers.evaluation.ModelComparison.to_dict`.

    Returns
    -------
    str
        A whole page.

    Raises
    ------
    jinja2.UndefinedError
        If a key is missing.
    """
    environment = Environment(
        loader=PackageLoader("radiohers.report.page", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"min_width_pt": _min_width_pt, "alike": _alike, "facts": _facts}
    environment.filters |= {"figure": _figure, "judged": _judged, "cases": cases_text}
    return environment.get_template("report.html.j2").render(document)


def _min_width_pt(svg: str) -> int:
    """Return how far a figure may be shrunk, in points."""
    width = re.search(r'<svg[^>]*\swidth="([0-9.]+)pt"', svg)
    natural = float(width[1]) if width else 0.0
    return round(0.62 * natural) if natural > _NARROW_PT else 0


def _alike(of_models: dict[str, Any]) -> list[tuple[str, Any]]:
    """Put the names of models together that have the same settings."""
    names: dict[str, list[str]] = {}
    for name, settings in of_models.items():
        names.setdefault(repr(settings), []).append(name)
    return [(", ".join(together), of_models[together[0]]) for together in names.values()]


def _facts(checklists: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Number the facts that the checklists' items rest on; many items share one."""
    found = {fact["key"]: fact for checklist in checklists for item in checklist["items"] for fact in item["evidence"]}
    return {
        key: {**found[key], "number": number, "name": key.replace("_", " ")}
        for number, key in enumerate(sorted(found), start=1)
    }


def _judged(line: dict[str, Any]) -> tuple[str, str]:
    """Return the number of a line of the audit, and its interval."""
    return audit_texts(line["measure"], line["value"], line["low"], line["high"])


def _figure(value: Any, name: str) -> str:
    """Return a number of that name with two decimals, yes or no, and anything else as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number_text(value, apart_from=deciding_values(name)) if isinstance(value, float) else str(value)
