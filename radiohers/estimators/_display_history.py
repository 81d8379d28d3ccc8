"""How a network's training went."""

from typing import Any

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from radiohers.figures import COLOURS, SMALL, Display, fit_panels, new_axes, style_axes

__all__ = ["TrainingHistoryDisplay"]

_PANELS = (
    ("cross-entropy", ("train_loss", "validation_loss")),
    ("accuracy, AUC", ("validation_accuracy", "validation_auc")),
)
_DASHES = ("-", (0, (5, 1.5)))


class TrainingHistoryDisplay(Display):
    """Loss, accuracy and AUC of each epoch of a network's training.

    Parameters
    ----------
    history : list of dict
        `history_` of a classifier: an entry an epoch.
    best_epoch : int
        The epoch, from 1, whose weights were kept.
    name : str, default=None
        What the title calls the classifier.
    note : str, default=None
        What the title says of the training: on how many cases, of which part.

    Attributes
    ----------
    axes_ : list of matplotlib Axes
        One for the loss, and one for accuracy and AUC where there was a
        validation part; after `plot`.
    figure_ : matplotlib Figure
        Theirs.
    lines_ : dict of str to matplotlib line
        By the names of the history.

    See Also
    --------
    radiohers.estimators.CropCNNClassifier : Has such a history.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.estimators import TorchMLPClassifier, TrainingHistoryDisplay
    >>> X, y = np.random.default_rng(0).normal(size=(30, 3)), np.arange(30) % 2
    >>> mlp = TorchMLPClassifier(max_epochs=5, early_stopping=True, random_state=0).fit(X, y)
    >>> display = TrainingHistoryDisplay.from_estimator(mlp)
    >>> [entry["epoch"] for entry in display.history]
    [1, 2, 3, 4, 5]
    """

    def __init__(self, history: list[dict], best_epoch: int, name: str | None = None, note: str | None = None):
        self.history = history
        self.best_epoch = best_epoch
        self.name = name
        self.note = note

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, name: str | None = None, note: str | None = None
    ) -> "TrainingHistoryDisplay":
        """Make the display of a fitted classifier.

        Parameters
        ----------
        estimator : TorchMLPClassifier or CropCNNClassifier
            Fitted.
        name : str, default=None
            What the title calls it; None takes its class.
        note : str, default=None
            What the title says of the training.

        Returns
        -------
        TrainingHistoryDisplay
            Not plotted yet.
        """
        check_is_fitted(estimator, "history_")
        return cls(estimator.history_, estimator.best_epoch_, name or type(estimator).__name__, note)

    def plot(self, axes: Any = None) -> "TrainingHistoryDisplay":
        """Plot the curves over the epochs.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, default=None
            One, or two where there was a validation part; None makes a figure.

        Returns
        -------
        TrainingHistoryDisplay
            The display itself.
        """
        panels = [panel for panel in _PANELS if set(panel[1]) & set(self.history[0])]
        self.axes_ = new_axes(len(panels), axes, columns=1)
        self.figure_ = self.axes_[0].figure
        heading = f"Training: {self.name}" if self.name else "Training"
        heading += f"\n{self.note}" if self.note else ""
        titles = [heading, *[""] * (len(panels) - 1)]
        epochs = [entry["epoch"] for entry in self.history]
        self.lines_ = {}
        for ax, title, (label, names) in zip(self.axes_, titles, panels, strict=True):
            for colour, dashes, name in zip(COLOURS, _DASHES, names, strict=False):
                if name in self.history[0]:
                    values = [entry[name] for entry in self.history]
                    (self.lines_[name],) = ax.plot(
                        epochs, values, color=colour, linestyle=dashes, label=name.replace("_", " ")
                    )
            ax.axvline(self.best_epoch, color="0.6", linestyle=":", label=f"epoch kept: {self.best_epoch}")
            ax.legend(fontsize=SMALL, frameon=False)
            style_axes(ax, title, "epoch", label)
            ax.xaxis.get_major_locator().set_params(integer=True)
        if axes is None:
            fit_panels(self.axes_, 1.9)
        return self

    def frame(self) -> pd.DataFrame:
        """Return the history.

        Returns
        -------
        DataFrame
            One row an epoch: ``epoch``, the curves, such as ``train_loss``, ``validation_loss``,
            ``validation_accuracy`` and ``validation_auc``, and whether the weights of this epoch were ``kept``.
        """
        table = pd.DataFrame(self.history)
        return table.assign(kept=table["epoch"] == self.best_epoch)
