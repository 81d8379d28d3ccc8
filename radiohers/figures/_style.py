"""What the figures of all packages share: colours, sizes, and the line that says what is shown."""

import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd

from radiohers._numbers import cases_text

__all__ = [
    "COLOURS",
    "GREY",
    "SMALL",
    "TEXT",
    "describe_part",
    "fit_panels",
    "legend_below",
    "line_style",
    "new_axes",
    "style_axes",
    "title_panels",
]

# Okabe and Ito's palette, told apart with colour-blind eyes too. Its yellow-orange stands last: it is faint on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#000000", "#E69F00")
GREY = "#6b6b6b"
TEXT, SMALL = 9, 8

# A figure is shrunk to the width of a phone, about 300 px: a wider one could not be read there.
_FIGURE_INCHES = 4.4
_DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (9, 2)), (0, (3, 3)), "-")
_TITLE_CHARACTERS = 72


def new_axes(n_panels: int, given: Any = None, *, columns: int = 2) -> list[Any]:
    """Return axes in a grid: those that were given, or those of a new figure.

    Parameters
    ----------
    n_panels : int
        Number of axes.
    given : matplotlib Axes or sequence of them, default=None
        Axes of the caller.
    columns : int, default=2
        Panels side by side. The figure is 4.4 inches wide, so that it can be read on a phone.

    Returns
    -------
    list of matplotlib Axes
        As many as `n_panels`.

    Raises
    ------
    ValueError
        If another number of axes was given.
    """
    if given is not None:
        axes = list(given) if hasattr(given, "__iter__") else [given]
        if len(axes) != n_panels:
            raise ValueError(f"{len(axes)} axes were given for {n_panels} panels. Give {n_panels}, or none.")
        return axes
    import matplotlib.pyplot as plt

    columns = min(columns, n_panels)
    rows = -(-n_panels // columns)
    # As high as one may need; fit_panels takes away what is too much.
    size = _FIGURE_INCHES, _FIGURE_INCHES / columns * rows + 2
    figure, panels = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    for ax in panels.flat[n_panels:]:
        ax.remove()
    return list(panels.flat[:n_panels])


def fit_panels(axes: Sequence[Any], height: float | Sequence[float] | None = None) -> None:
    """Make the figure as high as its texts need, so that panels keep their height however many lines these have.

    The titles of a single column are centred on the figure, since labels of bars may push the panels aside.

    Parameters
    ----------
    axes : sequence of matplotlib Axes
        All panels of a figure of :func:`new_axes`, with all their texts.
    height : float or sequence of float, default=None
        Of a panel, or of each row of panels, in inches; None makes a panel as high as it is wide.
    """
    figure = axes[0].figure
    if isinstance(height, Sequence):
        axes[0].get_gridspec().set_height_ratios(height)
    # The layout alone, without the drawing that follows it when the figure is shown.
    figure.get_layout_engine().execute(figure)
    width_inches, height_inches = figure.get_size_inches()
    missing = {}
    for ax in axes:
        box, row = ax.get_position(original=True), ax.get_subplotspec().rowspan.start
        wanted = (
            box.width * width_inches if height is None else (height[row] if isinstance(height, Sequence) else height)
        )
        missing[row] = wanted - box.height * height_inches
        if ax.get_gridspec().ncols == 1:
            ax.title.set_x((0.5 - box.x0) / box.width)
    figure.set_figheight(height_inches + sum(missing.values()))


def line_style(number: int) -> dict[str, Any]:
    """Return colour and dashes of a model's line: either is enough to tell the first six apart.

    Parameters
    ----------
    number : int
        Of the model, from 0.

    Returns
    -------
    dict of str to object
        Arguments of ``Axes.plot``.
    """
    return {"color": COLOURS[number % len(COLOURS)], "linestyle": _DASHES[number % len(_DASHES)], "linewidth": 1.6}


def style_axes(ax: Any, title: str, xlabel: str, ylabel: str, *, title_size: int = TEXT) -> None:
    """Name the axes and take away what does not carry data.

    Parameters
    ----------
    ax : matplotlib Axes
        The axes.
    title, xlabel, ylabel : str
        Texts; long lines of the title are broken.
    title_size : int, default=9
        In points.
    """
    ax.set_title(_break_lines(title), fontsize=title_size)
    ax.set_xlabel(xlabel, fontsize=TEXT)
    ax.set_ylabel(ylabel, fontsize=TEXT)
    ax.tick_params(labelsize=SMALL)
    ax.spines[["top", "right"]].set_visible(False)


def title_panels(axes: Sequence[Any], given: Any, heading: str, note: str, names: Sequence[str]) -> list[str]:
    """Return the title of each panel, and put what they share above the figure where it is our own.

    Parameters
    ----------
    axes : sequence of matplotlib Axes
        The panels.
    given : object
        What the caller gave as axes; None if the figure is new.
    heading, note : str
        What all panels show.
    names : sequence of str
        What each panel shows.

    Returns
    -------
    list of str
        One a panel.
    """
    if given is None and len(axes) > 1:
        axes[0].figure.suptitle(_break_lines(f"{heading}\n{note}"), fontsize=TEXT)
        return list(names)
    return [f"{heading}: {name}\n{note}" if name else f"{heading}\n{note}" for name in names]


def legend_below(ax: Any, title: str | None = None, columns: int = 1, **kwargs: Any) -> Any:
    """Put the legend below the label of the x axis, where it hides nothing.

    Parameters
    ----------
    ax : matplotlib Axes
        With a label of the x axis of one line.
    title : str, default=None
        Of the legend.
    columns : int, default=1
        Entries side by side.
    **kwargs : object
        For ``ax.legend``: handles and labels.

    Returns
    -------
    matplotlib Legend
        The legend.
    """
    from matplotlib.transforms import ScaledTranslation

    below = ax.transAxes + ScaledTranslation(0, -34 / 72, ax.figure.dpi_scale_trans)
    return ax.legend(
        title=title, fontsize=SMALL, title_fontsize=SMALL, frameon=False, ncols=columns,
        loc="upper center", bbox_to_anchor=(0.5, 0), bbox_transform=below, borderaxespad=0, **kwargs,
    )  # fmt: skip


def _break_lines(text: str) -> str:
    return "\n".join(textwrap.fill(line, _TITLE_CHARACTERS) for line in text.split("\n"))


def describe_part(predictions: pd.DataFrame, part: str, split: str) -> str:
    """Say which predictions a figure shows, how many, and how they were split.

    Parameters
    ----------
    predictions : DataFrame
        The long table of a comparison.
    part : {"train", "test"}
        Which predictions.
    split : str
        What the folds are.

    Returns
    -------
    str
        Two lines.
    """
    rows = predictions[predictions["part"] == part]
    cases = rows.drop_duplicates("case_id")
    n_folds = rows.groupby(["repeat", "fold"]).ngroups
    which = {"train": "training part", "test": "test part"}[part]
    of_folds = f"{which} of {n_folds} folds" if n_folds > 1 else which
    return (
        f"{of_folds}, {cases_text(len(cases), cases['patient_id'].nunique() or None)}, "
        f"{int(cases['y_true'].sum())} positive\nsplit: {split}"
    )
