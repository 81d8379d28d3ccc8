"""A page of HTML as PDF, printed by a Chromium that is there."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from radiohers.exceptions import ReportError

__all__ = ["find_chromium", "print_pdf"]

VARIABLE = "RADIOHERS_CHROMIUM"
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
TIMEOUT_S = 120


def find_chromium() -> str:
    """Return the path of a browser that can print.

    Returns
    -------
    str
        What the environment variable ``RADIOHERS_CHROMIUM`` names, or else the
        first of chromium, chromium-browser, google-chrome, chrome and msedge on the PATH.

    Raises
    ------
    ReportError
        If there is none.
    """
    named = os.environ.get(VARIABLE)
    path = next(filter(None, map(shutil.which, [named] if named else _PROGRAMS)), None)
    if path is not None:
        return path
    if named:
        what = f"{VARIABLE}={named} is no program that can be run"
        raise ReportError(what, advice="Give the path of a Chromium, or unset it.")
    raise ReportError(
        f"A PDF is printed by Chromium, and none of {', '.join(_PROGRAMS)} is on the PATH",
        advice=f"Install Chromium, Chrome or Edge, or name one in the environment variable {VARIABLE}; or leave the "
        "PDF out and print the HTML file from any browser.",
    )


def print_pdf(html: Path, pdf: Path, *, timeout_s: float = TIMEOUT_S) -> Path:
    """Print an HTML file to PDF.

    Parameters
    ----------
    html : Path
        The page.
    pdf : Path
        The file to write.
    timeout_s : float, default=120
        How long the browser may take, in seconds.

    Returns
    -------
    Path
        `pdf`.

    Raises
    ------
    ReportError
        If there is no browser, or it fails or takes too long.
    """
    browser = find_chromium()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # Chromium writes nothing and returns 0 where it does not like the target's name, so the name is ours.
        printed = Path(folder) / "printed.pdf"
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            "--disable-extensions",
            # Printing asks the network for nothing, and so shall the browser itself.
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-pdf-header-footer",
            # Its own settings, so that a browser that is open is left alone.
            f"--user-data-dir={Path(folder) / 'profile'}",
            f"--print-to-pdf={printed}",
            # Chromium refuses to run as root with its sandbox.
            *["--no-sandbox"] * (hasattr(os, "geteuid") and os.geteuid() == 0),
            html.absolute().as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
        except subprocess.TimeoutExpired as error:
            what = f"{browser} took more than {timeout_s:g} s to print {html}"
            raise ReportError(what, advice="Print it from a browser by hand.") from error
        if done.returncode or not printed.is_file():
            last = "\n".join(done.stderr.strip().splitlines()[-5:])
            raise ReportError(f"{browser} could not print {html} (exit code {done.returncode}):\n{last}")
        shutil.copyfile(printed, pdf)
    return pdf
