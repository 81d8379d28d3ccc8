"""How results look in notebooks."""

from html import escape

import pandas as pd

__all__ = ["notebook_html"]

MOST_ROWS = 20


def notebook_html(text: str, table: pd.DataFrame) -> str:
    """Return one line and a small table as HTML.

    Parameters
    ----------
    text : str
        Such as what ``repr`` says.
    table : DataFrame
        The first 20 rows are shown.

    Returns
    -------
    str
        All texts are escaped.
    """
    return f"<p>{escape(text)}</p>\n{table.head(MOST_ROWS).to_html(border=0)}"
