"""The report as one HTML file."""

import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["render_html"]

# Figures with fewer points than this are shrunk to the width of a phone; wider ones scroll, so that their texts stay
# readable.
_NARROW_PT = 400


def render_html(document: dict[str, Any]) -> str:
    """Return a document as HTML that loads nothing from elsewhere.

    Parameters
    ----------
    document : dict
        As :func:`~radiohers.report.report_schema` describes it.

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
    environment.filters |= {"min_width_pt": _min_width_pt, "evidence": _evidence}
    return environment.get_template("report.html.j2").render(document)


def _min_width_pt(svg: str) -> int:
    """Return how far a figure may be shrunk, in points."""
    width = re.search(r'<svg[^>]*\swidth="([0-9.]+)pt"', svg)
    natural = float(width[1]) if width else 0.0
    return round(0.62 * natural) if natural > _NARROW_PT else 0


def _evidence(checklists: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Number the evidence that the checklists' items rest on; many items share one piece."""
    found = {fact["key"]: fact for checklist in checklists for item in checklist["items"] for fact in item["evidence"]}
    return {
        key: {**found[key], "number": number, "name": key.replace("_", " ")}
        for number, key in enumerate(sorted(found), start=1)
    }
