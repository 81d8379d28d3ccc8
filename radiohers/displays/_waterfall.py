"""Waterfall plots: each case, and how far it lies on the right or the wrong side."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from radiohers.displays._data import ShownPredictions, stacked
from radiohers.figures import COLOURS, SMALL, Display, fit_panels, legend_below, new_axes, style_axes, title_panels
from radiohers.results import Comparison

__all__ = ["WaterfallDisplay"]

# Vermilion and blue are told apart by all eyes, and for the others positive cases have a tick below them.
NEGATIVE, POSITIVE = COLOURS[0], COLOURS[1]
MOST_HATCHED = 40
# More bars than this fill a page of SVG with paths, and are narrower than a pixel: they are kept as pixels.
MOST_DRAWN = 1000
BAR_WIDTH = 0.85


@dataclass(repr=False)
class WaterfallDisplay(Display):
    """One bar a case: its score less the threshold, sorted, coloured by its true class.

    Parameters
    ----------
    bars : dict of str to DataFrame
        For each model a row a case, rising: ``case_id``, ``y_true``, ``margin`` (median over repeats of
        score - threshold), ``low``, ``high`` (the range over repeats).
    class_names : tuple of str
        Negative and positive class.
    n_repeats : int
        Number of repeats.
    note : str
        Which predictions are shown, and how they were split.
    caption : str
        What the figure shows, in words.

    Attributes
    ----------
    axes_, figure_ : list of matplotlib Axes, and Figure
        After `plot`.

    Notes
    -----
    Each score is taken with the threshold of its own fold. The median and the range of a case over repeats
    show how much its call depends on the training part; no metric is made of them.

    Examples
    --------
    >>> from radiohers.evaluation import WaterfallDisplay
    >>> display = WaterfallDisplay.from_predictions([0, 1, 1], [0.25, 0.375, 1.0])
    >>> display.bars["model"]["margin"].tolist()
    [-0.25, -0.125, 0.5]
    """

    bars: dict[str, pd.DataFrame]
    class_names: tuple[str, str]
    n_repeats: int
    note: str
    caption: str = ""

    @classmethod
    def from_comparison(
        cls, comparison: Comparison, part: str = "test", *, models: list[str] | None = None
    ) -> "WaterfallDisplay":
        """Make the display of a :class:`ModelComparison`.

        Parameters
        ----------
        comparison : Comparison
            The result.
        part : {"test", "train"}, default="test"
            Which predictions.
        models : list of str, default=None
            Which models; None takes all.

        Returns
        -------
        WaterfallDisplay
            Not plotted yet.
        """
        return cls._of(ShownPredictions.from_comparison(comparison, part, models))

    @classmethod
    def from_predictions(
        cls, y_true: Any, y_score: Any, groups: Any = None, *, threshold: float = 0.5, **settings: Any
    ) -> "WaterfallDisplay":
        """Make the display of scores of one set of cases.

        Parameters
        ----------
        y_true : array-like of shape (n_cases,)
            Labels of two classes.
        y_score : array-like of shape (n_cases,), or mapping of str to such
            Scores, higher is more positive; a mapping has those of several models.
        groups : array-like of shape (n_cases,), default=None
            Patients, for their number.
        threshold : float, default=0.5
            Scores from here on are called positive. Not to be chosen on these cases.
        **settings : object
            As of :meth:`ROCDisplay.from_predictions`.

        Returns
        -------
        WaterfallDisplay
            Not plotted yet. Cases are named by their positions.
        """
        return cls._of(ShownPredictions.from_arrays(y_true, y_score, groups, threshold=threshold, **settings))

    @classmethod
    def _of(cls, shown: ShownPredictions) -> "WaterfallDisplay":
        several = shown.predictions.duplicated(["model", "case_id"]).any()
        whiskers = "whiskers: range over repeats" if several else "each case predicted once"
        median = "median over repeats, " if several else ""
        return cls(
            bars={model: _bars(shown.rows(model)) for model in shown.models},
            class_names=shown.class_names,
            n_repeats=shown.n_repeats,
            note=f"{shown.note}\n{whiskers}",
            caption=(
                f"One bar a case: its score less the threshold of its fold, {median}sorted. Bars above zero are called "
                "positive; a tick at the bottom marks the cases that are so. "
                f"{whiskers.capitalize()}, no confidence interval."
            ),
        )

    def plot(self, axes: Any = None, *, names: bool = False) -> "WaterfallDisplay":
        """Plot the bars, one model a panel.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, default=None
            One a model; None makes a figure.
        names : bool, default=False
            Whether to write the name of each case below its bar, which may tell who the patient is.

        Returns
        -------
        WaterfallDisplay
            The display itself.
        """
        self.axes_ = new_axes(len(self.bars), axes, columns=1)
        self.figure_ = self.axes_[0].figure
        titles = title_panels(self.axes_, axes, "Waterfall of scores", self.note, list(self.bars))
        for ax, title, bars in zip(self.axes_, titles, self.bars.values(), strict=True):
            handles = self._plot_bars(ax, bars)
            style_axes(ax, title, f"cases, sorted by score (n = {len(bars)})", "score − threshold")
            ax.set_xlim(0, len(bars) + 1)
            ax.xaxis.get_major_locator().set_params(integer=True)
            if names:
                ax.set_xlabel("")
                ax.set_xticks(np.arange(1, len(bars) + 1), bars["case_id"], rotation=90, fontsize=SMALL - 2)
            elif ax is self.axes_[-1]:
                legend_below(ax, columns=2, handles=handles)
        if axes is None:
            fit_panels(self.axes_, 1.9 if len(self.bars) <= 3 else 1.3)
        return self

    def frame(self) -> pd.DataFrame:
        """Return the bars.

        Returns
        -------
        DataFrame
            One row a model and case, rising: ``model``, ``case_id``, ``y_true``, ``margin``, ``low`` and ``high``.
        """
        return stacked(self.bars)

    def _plot_bars(self, ax: Any, bars: pd.DataFrame) -> list[Any]:
        from matplotlib.patches import PathPatch

        place, n = np.arange(1, len(bars) + 1), len(bars)
        as_pixels = {"rasterized": n > MOST_DRAWN}
        handles = []
        for positive, colour in ((False, NEGATIVE), (True, POSITIVE)):
            chosen = (bars["y_true"] == positive).to_numpy()
            x, own = place[chosen], bars[chosen]
            label = f"{self.class_names[positive]} ({'positive' if positive else 'negative'}), n = {chosen.sum()}"
            style = {"hatch": "////"} if positive and n <= MOST_HATCHED else {}
            patch = PathPatch(
                _path_of_bars(x, own["margin"].to_numpy()), facecolor=colour, edgecolor="white", alpha=0.8, linewidth=0,
                label=label, **as_pixels, **style,
            )  # fmt: skip
            # Not add_patch, which looks at each side of each bar for where it ends.
            handles.append(ax.add_artist(patch))
            ax.vlines(x, own["low"], own["high"], color="0.25", linewidth=min(0.8, 60 / n), zorder=3, **as_pixels)
        ax.axhline(0, color="0.2", linewidth=1)
        # A tick below each positive case, for eyes and printers that do not tell the colours apart.
        marks = place[bars["y_true"]]
        ax.vlines(
            marks, 0, 0.045, color="black", linewidth=min(1.5, 160 / n), transform=ax.get_xaxis_transform(), **as_pixels
        )
        ax.update_datalim([(0, min(0, bars["margin"].min())), (n + 1, max(0, bars["margin"].max()))])
        ax.margins(y=0.1)
        return handles


def _path_of_bars(x: np.ndarray, height: np.ndarray) -> Any:
    """Return bars from 0 as one path: an artist for each of thousands takes minutes."""
    from matplotlib.path import Path

    left, right, zero = x - BAR_WIDTH / 2, x + BAR_WIDTH / 2, np.zeros(len(x))
    corners = np.stack([[left, left, right, right, left], [zero, height, height, zero, zero]], axis=-1)
    codes = np.tile([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], len(x))
    return Path(corners.transpose(1, 0, 2).reshape(-1, 2), codes)


def _bars(rows: pd.DataFrame) -> pd.DataFrame:
    margins = (rows["score"] - rows["threshold"]).groupby(rows["case_id"], sort=False)
    table = pd.DataFrame(
        {
            "y_true": rows.groupby("case_id", sort=False)["y_true"].first(),
            "margin": margins.median(),
            "low": margins.min(),
            "high": margins.max(),
        }
    )
    return table.rename_axis("case_id").reset_index().sort_values("margin", kind="stable", ignore_index=True)
