"""Confusion matrices."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix

from radiohers._display_style import describe_part, new_axes, style_axes

__all__ = ["ConfusionDisplay"]


@dataclass
class ConfusionDisplay:
    """Confusion matrices of several models.

    Parameters
    ----------
    matrices : dict of str to ndarray of shape (2, 2)
        Cases of each true class (rows) by predicted class (columns), negative
        first, each case counted once: predictions of several folds and repeats are averaged.
    class_names : tuple of str
        Negative and positive class.
    note : str
        Which predictions are shown, and how they were split.

    Attributes
    ----------
    axes_, figure_ : list of matplotlib Axes, and Figure
        After `plot`.
    """

    matrices: dict[str, np.ndarray]
    class_names: tuple[str, str]
    note: str

    @classmethod
    def from_comparison(cls, comparison: Any, part: str = "test") -> "ConfusionDisplay":
        """Make the display of a :class:`ModelComparison`.

        Parameters
        ----------
        comparison : ModelComparison
            The result.
        part : {"test", "train"}, default="test"
            Which predictions.

        Returns
        -------
        ConfusionDisplay
            Not plotted yet.
        """
        predictions = comparison.predictions[comparison.predictions["part"] == part]
        matrices = {}
        for model in comparison.models:
            rows = predictions[predictions["model"] == model]
            times_predicted = rows.groupby("case_id")["case_id"].transform("size")
            matrices[model] = confusion_matrix(
                rows["y_true"], rows["y_pred"], labels=[False, True], sample_weight=1 / times_predicted
            )
        names = str(comparison.negative), str(comparison.positive)
        return cls(matrices, names, describe_part(comparison.predictions, part, comparison.split))

    def plot(self, axes: Any = None) -> "ConfusionDisplay":
        """Plot the matrices side by side.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, default=None
            One a model; None makes a figure.

        Returns
        -------
        ConfusionDisplay
            The display itself.
        """
        self.axes_ = new_axes(len(self.matrices), axes)
        self.figure_ = self.axes_[0].figure
        negative, positive = self.class_names
        for ax, (model, matrix) in zip(self.axes_, self.matrices.items(), strict=True):
            shares = matrix / matrix.sum(axis=1, keepdims=True)
            ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
            for row, column in np.ndindex(matrix.shape):
                shade = "white" if shares[row, column] > 0.5 else "black"
                text = f"{matrix[row, column]:.4g}\n{shares[row, column]:.0%}"
                ax.text(column, row, text, ha="center", va="center", color=shade, fontsize=12)
            ticks = [f"{negative} (negative)", f"{positive} (positive)"]
            ax.set_xticks([0, 1], ticks)
            ax.set_yticks([0, 1], ticks, rotation=90, va="center")
            style_axes(ax, f"{model}\n{self.note}", "predicted class", "true class")
            ax.spines[:].set_visible(False)
        return self
