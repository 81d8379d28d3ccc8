"""What the figures of all packages share: colours, sizes, and the line that says what is shown."""

from typing import Any

import pandas as pd

__all__ = ["COLOURS", "describe_part", "new_axes", "style_axes"]

# Okabe and Ito's palette, told apart with colour-blind eyes too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")

_PANEL_INCHES = 4.4


def new_axes(n_panels: int, given: Any = None) -> list[Any]:
    """Return axes side by side: those that were given, or those of a new figure.

    Parameters
    ----------
    n_panels : int
        Number of axes.
    given : matplotlib Axes or sequence of them, default=None
        Axes of the caller.

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

    _, axes = plt.subplots(
        1, n_panels, figsize=(_PANEL_INCHES * n_panels, _PANEL_INCHES), squeeze=False, layout="constrained"
    )
    return list(axes[0])


def style_axes(ax: Any, title: str, xlabel: str, ylabel: str) -> None:
    """Name the axes and take away what does not carry data.

    Parameters
    ----------
    ax : matplotlib Axes
        The axes.
    title, xlabel, ylabel : str
        Texts.
    """
    ax.set_title(title, fontsize=10)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.spines[["top", "right"]].set_visible(False)


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
        f"{of_folds}, {len(cases)} cases of {cases['patient_id'].nunique()} patients, "
        f"{int(cases['y_true'].sum())} positive\nsplit: {split}"
    )
