"""A table of patients as HTML, Markdown and LaTeX."""

import html
import re
from collections.abc import Callable, Sequence

import pandas as pd

__all__ = ["render_html", "render_latex", "render_markdown"]

_MARKDOWN = re.compile(r"[\\`*|\[\]]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=#?\w+;)")
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        # In TeX's old encoding these two print as inverted punctuation.
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        # As the first thing of a row, a bracket is read as an argument of the line break before it.
        "[": "{[}",
        "]": "{]}",
        "|": r"\textbar{}",
        "`": r"\textasciigrave{}",
        "±": r"$\pm$",
        "–": "--",
        "\n": " ",
    }
)


def render_html(shown: pd.DataFrame, notes: Sequence[str], caption: str | None) -> str:
    """Return a fragment of HTML: a table and its notes in a ``<div class="baseline-table">``."""
    # pandas would cut texts of more than 50 letters.
    with pd.option_context("display.max_colwidth", None):
        table = shown.to_html(index=False, border=0, justify="left")
    if caption:
        end = table.index(">") + 1
        table = f"{table[:end]}\n  <caption>{html.escape(caption)}</caption>{table[end:]}"
    items = "\n".join(f"<li>{html.escape(note)}</li>" for note in notes)
    return f'<div class="baseline-table">\n{table}\n<ul class="notes">\n{items}\n</ul>\n</div>'


def render_markdown(shown: pd.DataFrame, notes: Sequence[str], caption: str | None) -> str:
    """Return a pipe table with a list of notes."""
    rows = [list(shown.columns), *shown.to_numpy().tolist()]
    escaped = [[_escape_markdown(cell) for cell in row] for row in rows]
    widths = [max(3, *(len(row[column]) for row in escaped)) for column in range(len(shown.columns))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in escaped
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    above = [_escape_markdown(caption), ""] if caption else []
    return "\n".join([*above, *lines, "", *(f"- {_escape_markdown(note)}" for note in notes)]) + "\n"


def render_latex(shown: pd.DataFrame, notes: Sequence[str], caption: str | None, label: str | None) -> str:
    """Return a LaTeX table with its notes below; it needs the package booktabs."""
    escaped = _escape_all(shown, _escape_latex)
    table = (
        escaped.style.hide(axis="index")
        .to_latex(
            hrules=True,
            column_format="l" * len(shown.columns),
            position="htbp",
            position_float="centering",
            caption=_escape_latex(caption) if caption else None,
            label=label,
        )
        .rstrip()
    )
    below = "\n\n".join(_escape_latex(note) for note in notes)
    end = r"\end{table}"
    body = table.removesuffix(end)
    return f"{body}\\begin{{flushleft}}\n\\footnotesize\n{below}\n\\end{{flushleft}}\n{end}\n"


def _escape_all(shown: pd.DataFrame, escape: Callable[[str], str]) -> pd.DataFrame:
    return pd.DataFrame(
        [[escape(cell) for cell in row] for row in shown.to_numpy().tolist()],
        columns=[escape(column) for column in shown.columns],
    )


def _escape_markdown(text: str) -> str:
    return _MARKDOWN.sub(lambda found: f"\\{found[0]}", text).replace("\n", " ")


def _escape_latex(text: str) -> str:
    return text.translate(_LATEX)
