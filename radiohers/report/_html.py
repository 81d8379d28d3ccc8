"""The report as one HTML file."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from radiohers._output_files import refuse_existing, write_whole

__all__ = ["render_html", "write_report"]


def render_html(document: dict[str, Any]) -> str:
    """Return a document as HTML that loads nothing from elsewhere.

    Parameters
    ----------
    document : dict
        With the keys ``title``, ``notes``, ``cohort``, ``settings``, ``performance``,
        ``performance_note``, ``figures``, ``models``, ``versions``; see
        :meth:`~radiohers.evaluation.ModelComparison.to_dict`.

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
        loader=PackageLoader("radiohers.report", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html.j2").render(document)


def write_report(path: str | os.PathLike, make_document: Callable[[], dict[str, Any]], *, force: bool = False) -> Path:
    """Write a document as an HTML file.

    Parameters
    ----------
    path : path-like
        The file.
    make_document : callable
        Gives the document; called only if the file may be written.
    force : bool, default=False
        Whether an existing file is overwritten.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputExistsError
        If the file exists and `force` is false.
    """
    path = refuse_existing(path, force)
    html = render_html(make_document())
    return write_whole(path, lambda partial: partial.write_text(html, encoding="utf-8"))
