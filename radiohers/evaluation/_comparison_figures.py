"""The figures of a comparison."""

from typing import Any

from radiohers.evaluation._display_confusion import ConfusionDisplay
from radiohers.evaluation._display_learning_curve import LearningCurveDisplay
from radiohers.evaluation._display_pca import PCADisplay
from radiohers.evaluation._display_precision_recall import PrecisionRecallDisplay
from radiohers.evaluation._display_roc import ROCDisplay

__all__ = ["ComparisonFigures"]


class ComparisonFigures:
    """What :class:`ModelComparison` can plot; each method makes a display and plots it."""

    def plot_roc(self, part: str = "test", ax: Any = None) -> ROCDisplay:
        """Plot the ROC curves of all models, averaged over folds.

        Parameters
        ----------
        part : {"test", "train"}, default="test"
            Which predictions.
        ax : matplotlib Axes, default=None
            Where to plot; None makes a figure.

        Returns
        -------
        ROCDisplay
            With ``figure_`` and ``ax_``.
        """
        return ROCDisplay.from_comparison(self, part=part).plot(ax=ax)

    def plot_precision_recall(self, part: str = "test", ax: Any = None) -> PrecisionRecallDisplay:
        """Plot the precision-recall curves of all models, of the pooled predictions.

        Parameters
        ----------
        part : {"test", "train"}, default="test"
            Which predictions.
        ax : matplotlib Axes, default=None
            Where to plot; None makes a figure.

        Returns
        -------
        PrecisionRecallDisplay
            With ``figure_`` and ``ax_``.
        """
        return PrecisionRecallDisplay.from_comparison(self, part=part).plot(ax=ax)

    def plot_confusion(self, part: str = "test", axes: Any = None) -> ConfusionDisplay:
        """Plot the confusion matrix of each model, averaged over repeats.

        Parameters
        ----------
        part : {"test", "train"}, default="test"
            Which predictions.
        axes : sequence of matplotlib Axes, default=None
            One a model; None makes a figure.

        Returns
        -------
        ConfusionDisplay
            With ``figure_`` and ``axes_``.
        """
        return ConfusionDisplay.from_comparison(self, part=part).plot(axes=axes)

    def plot_learning_curve(self, axes: Any = None, n_jobs: int | None = None) -> LearningCurveDisplay:
        """Fit the models on growing shares of the training patients and plot the AUC.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, default=None
            One a model; None makes a figure.
        n_jobs : int, default=None
            Number of fits at the same time.

        Returns
        -------
        LearningCurveDisplay
            With ``figure_`` and ``axes_``.
        """
        return LearningCurveDisplay.from_comparison(self, n_jobs=n_jobs).plot(axes=axes)

    def plot_pca(self, model: str | None = None, axes: Any = None) -> PCADisplay:
        """Plot the principal components of the first fold, fitted on its training part.

        Parameters
        ----------
        model : str, default=None
            A model with a step ``pca``; None takes the first one.
        axes : pair of matplotlib Axes, default=None
            For the cumulative variance and the scatter; None makes a figure.

        Returns
        -------
        PCADisplay
            With ``figure_`` and ``axes_``.

        Raises
        ------
        ValueError
            If the model, or every model, has no step ``pca``.
        """
        return PCADisplay.from_comparison(self, model=model).plot(axes=axes)
