"""Advised settings as a parameter file with comments."""

import textwrap
from typing import Any

import yaml

from radiohers._version import __version__

__all__ = ["advice_text"]

_WIDTH = 118


def advice_text(params: dict[str, Any], reasons: dict[str, str], about: str) -> str:
    """Return a parameter file (YAML) with reasons as comments.

    Parameters
    ----------
    params : dict
        In the layout of a pyradiomics parameter file.
    reasons : dict of str to str
        Reasons of settings and sections, by their names; others stand at the top.
    about : str
        What they rest on.

    Returns
    -------
    str
        Which :func:`load_params` reads back as `params`.

    Examples
    --------
    >>> from radiohers.features._advice_text import advice_text
    >>> params = {"imageType": {"Original": {}}, "featureClass": {"glcm": None}, "setting": {"binWidth": 25}}
    >>> print(advice_text(params, {"binWidth": "Most have 16 to 128 bins."}, "3 cases").partition("imageType")[2])
    :
      Original: {}
    <BLANKLINE>
    featureClass:
      glcm:
    <BLANKLINE>
    setting:
      # Most have 16 to 128 bins.
      binWidth: 25
    <BLANKLINE>
    """
    inner = {name for section in params.values() if isinstance(section, dict) for name in section}
    general = [text for name, text in reasons.items() if name not in inner and name not in params]
    lines = _comment(f"Settings that fit {about}", "")
    lines += _comment(
        f"Advised by radiohers {__version__} without a look at the labels. A pyradiomics parameter file: change what "
        "you know better, before you see results.",
        "",
    )
    for text in general:
        lines += _comment(text, "")
    for section, content in params.items():
        lines += ["", *_comment(reasons.get(section, ""), "")]
        if not isinstance(content, dict) or not content:
            lines.append(f"{section}: {_value(content)}".rstrip())
            continue
        lines.append(f"{section}:")
        for name, value in content.items():
            lines += [*_comment(reasons.get(name, ""), "  "), f"  {name}: {_value(value)}".rstrip()]
    return "\n".join(lines) + "\n"


def _comment(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")


def _value(value: Any) -> str:
    """Return a value in one line; empty for None, as parameter files have it."""
    if value is None:
        return ""
    # YAML ends a lone value with a line of three dots.
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False)
    return text.removesuffix("...\n").strip()
