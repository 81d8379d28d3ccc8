"""The files of a report: refused before any work, written whole."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from radiohers._output_files import refuse_existing, refuse_filled, refuse_twice, write_whole
from radiohers.report.page._figures import DrawnFigure, write_figures
from radiohers.report.page._html import render_html
from radiohers.report.page._json import render_json
from radiohers.report.page._pdf import find_chromium, print_pdf

__all__ = ["ReportFiles", "check_report_files", "write_report"]


class ReportFiles(NamedTuple):
    """Where a report goes; None is not written.

    Attributes
    ----------
    html : Path
        The page.
    json : Path or None
        The same as JSON.
    pdf : Path or None
        The page, printed.
    figures : Path or None
        Folder of the figures as SVG and PNG.
    """

    html: Path
    json: Path | None = None
    pdf: Path | None = None
    figures: Path | None = None


def check_report_files(
    path: str | os.PathLike,
    *,
    json: str | os.PathLike | None = None,
    pdf: bool | str | os.PathLike = False,
    figures: str | os.PathLike | None = None,
    force: bool = False,
) -> ReportFiles:
    """Check that a report may be written; ask this before any long work.

    Parameters
    ----------
    path : path-like
        The HTML file.
    json : path-like, default=None
        The JSON file.
    pdf : bool or path-like, default=False
        The PDF file; True puts it beside the HTML file.
    figures : path-like, default=None
        Folder of the figures.
    force : bool, default=False
        Whether existing files may be overwritten, and figures written into a folder that has files.

    Returns
    -------
    ReportFiles
        The paths, with ``~`` expanded.

    Raises
    ------
    OutputExistsError
        If a file exists, or the folder is not empty, and `force` is false; or if two are the same.
    ReportError
        If a PDF is asked for and there is no browser to print it.

    Examples
    --------
    >>> from radiohers.report import check_report_files
    >>> check_report_files("a_new_report.html", json="a_new_report.json").json.name
    'a_new_report.json'
    """
    files = ReportFiles(
        html=refuse_existing(path, force),
        json=None if json is None else refuse_existing(json, force),
        pdf=_pdf_path(path, pdf, force),
        figures=None if figures is None else refuse_filled(figures, force),
    )
    refuse_twice(*files)
    if files.pdf is not None:
        find_chromium()
    return files


def _pdf_path(path: str | os.PathLike, pdf: bool | str | os.PathLike, force: bool) -> Path | None:
    if pdf is False or pdf is None:
        return None
    return refuse_existing(Path(path).with_suffix(".pdf") if pdf is True else pdf, force)


def write_report(
    files: ReportFiles, document: dict[str, Any], figures: Sequence[DrawnFigure] = (), *, verbose: int = 0
) -> Path:
    """Write a report.

    Parameters
    ----------
    files : ReportFiles
        From :func:`check_report_files`.
    document : dict
        See :meth:`~radiohers.evaluation.ModelComparison.to_dict`.
    figures : sequence of DrawnFigure, default=()
        What is written into the folder of the figures, if there is one.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    Path
        The HTML file.

    Raises
    ------
    ReportError
        If the PDF cannot be printed; the other files are then there.
    """
    html = render_html(document)
    json = "" if files.json is None else render_json(document)
    # Nothing is written until all of it could be rendered.
    writers: dict[str, Callable[[Path], object]] = {
        "html": lambda path: write_whole(path, lambda partial: partial.write_text(html, encoding="utf-8")),
        "json": lambda path: write_whole(path, lambda partial: partial.write_text(json, encoding="utf-8")),
        "figures": lambda folder: write_figures(folder, figures),
        "pdf": lambda path: write_whole(path, lambda partial: print_pdf(files.html, partial)),
    }
    chosen = [name for name in writers if getattr(files, name) is not None]
    with tqdm(chosen, desc="report", unit="file", disable=not verbose) as bar:
        for name in bar:
            bar.set_postfix_str(name)
            writers[name](getattr(files, name))
    return files.html
