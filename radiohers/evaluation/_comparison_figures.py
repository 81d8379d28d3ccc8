"""The figures of a comparison."""

from collections.abc import Sequence
from typing import Any

from radiohers.displays import (
    CalibrationDisplay,
    ConfusionDisplay,
    DecisionCurveDisplay,
    FeatureCoefficientDisplay,
    FeatureImportanceDisplay,
    LearningCurveDisplay,
    PCADisplay,
    PrecisionRecallDisplay,
    ROCDisplay,
    WaterfallDisplay,
)

__all__ = ["ComparisonFigures"]


class ComparisonFigures:
    """What :class:`ModelComparison` can plot; each method makes a display and plots it."""

    def plot_roc(self, part: str = "test", ax: Any = None, *, folds: bool = False) -> ROCDisplay:
        """Plot the ROC curves of all models, averaged over folds, with their bands.

        Parameters
        ----------
        part : {"test", "train"}, default="test"
            Which predictions.
        ax : matplotlib Axes, default=None
            Where to plot; None makes a figure, with a panel a model if there are more than three.
        folds : bool, default=False
            Whether to draw the curve of each fold too.

        Returns
        -------
        ROCDisplay
            With ``figure_``, ``axes_`` and ``curves``.
        """
        return ROCDisplay.from_comparison(self, part=part).plot(ax=ax, folds=folds)

    def plot_precision_recall(self, part: str = "test", ax: Any = None) -> PrecisionRecallDisplay:
        """Plot the precision-recall curves of all models, averaged over repeats, with their bands.

        Parameters
        ----------
        part : {"test", "train"}, default="test"
            Which predictions.
        ax : matplotlib Axes, default=None
            Where to plot; None makes a figure, with a panel a model if there are more than three.

        Returns
        -------
        PrecisionRecallDisplay
            With ``figure_``, ``axes_`` and ``curves``.
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

    def plot_calibration(
        self, part: str = "test", ax: Any = None, *, models: list[str] | None = None, n_bins: int | None = None
    ) -> CalibrationDisplay:
        """Plot calibration curves with slope and intercept, and the histograms of the scores.

        Parameters
        ----------
        part : {"test", "train"}, default="test"
            Which predictions.
        ax : matplotlib Axes, default=None
            Where to plot all models; None makes a figure with a panel a model.
        models : list of str, default=None
            Models whose scores are probabilities; None takes all.
        n_bins : int, default=None
            Number of bins; None takes 10 from 500 cases on, 5 from 50 on, else 3.

        Returns
        -------
        CalibrationDisplay
            With ``figure_``, ``axes_`` and ``curves``.

        Raises
        ------
        ValueError
            If the scores of a model are no probabilities.
        """
        return CalibrationDisplay.from_comparison(self, part=part, models=models, n_bins=n_bins).plot(ax=ax)

    def plot_decision_curve(
        self, part: str = "test", ax: Any = None, *, models: list[str] | None = None, thresholds: Any = None
    ) -> DecisionCurveDisplay:
        """Plot the net benefit by threshold probability, against treating all and none.

        Parameters
        ----------
        part : {"test", "train"}, default="test"
            Which predictions.
        ax : matplotlib Axes, default=None
            Where to plot; None makes a figure, with a panel a model if there are more than three.
        models : list of str, default=None
            Models whose scores are probabilities; None takes all.
        thresholds : array-like of shape (n_thresholds,), default=None
            Threshold probabilities; None takes 101 from a fifth of the odds of the prevalence to five times these.

        Returns
        -------
        DecisionCurveDisplay
            With ``figure_``, ``axes_`` and ``curves``.

        Raises
        ------
        ValueError
            If the scores of a model are no probabilities.
        """
        return DecisionCurveDisplay.from_comparison(self, part=part, models=models, thresholds=thresholds).plot(ax=ax)

    def plot_waterfall(
        self, part: str = "test", axes: Any = None, *, models: list[str] | None = None, names: bool = False
    ) -> WaterfallDisplay:
        """Plot each case's score less the threshold, sorted, coloured by its true class.

        Parameters
        ----------
        part : {"test", "train"}, default="test"
            Which predictions.
        axes : sequence of matplotlib Axes, default=None
            One a model; None makes a figure.
        models : list of str, default=None
            Which models; None takes all.
        names : bool, default=False
            Whether to name the cases, which may tell who the patients are.

        Returns
        -------
        WaterfallDisplay
            With ``figure_``, ``axes_`` and ``bars``.
        """
        return WaterfallDisplay.from_comparison(self, part=part, models=models).plot(axes=axes, names=names)

    def plot_feature_importance(
        self, model: str | None = None, axes: Any = None, *, by: Any = None, n_permutations: int = 10,
        n_top: int = 15, n_jobs: int | None = None,
    ) -> FeatureImportanceDisplay:  # fmt: skip
        """Plot the drop in the AUC of held-out cases when groups of features are permuted.

        Parameters
        ----------
        model : str, default=None
            A model that learns from a table of numbers; None takes the first one.
        axes : sequence of matplotlib Axes, default=None
            One a grouping; None makes a figure.
        by : {"class", "image_type", "feature"}, list of them, or mapping of str to list of str, default=None
            What to permute together; None takes class and image type where features are named as pyradiomics
            does, and else each feature by itself.
        n_permutations : int, default=10
            How often the cases are rearranged, in each fold.
        n_top : int, default=15
            Most bars of a panel.
        n_jobs : int, default=None
            Number of folds at the same time; it does not change the result.

        Returns
        -------
        FeatureImportanceDisplay
            With ``figure_``, ``axes_`` and ``importances``.

        Raises
        ------
        ValueError
            If the model, or every model, takes images or other things that are no numbers.
        """
        display = FeatureImportanceDisplay.from_comparison(
            self, model, by=by, n_permutations=n_permutations, n_top=n_top, n_jobs=n_jobs
        )
        return display.plot(axes=axes)

    def plot_coefficients(
        self, model: str | None = None, ax: Any = None, *, n_top: int = 15
    ) -> FeatureCoefficientDisplay:
        """Plot the strongest coefficients of a linear model, brought back through PCA to the features.

        Parameters
        ----------
        model : str, default=None
            A linear model that learns from a table of numbers; None takes the first one.
        ax : matplotlib Axes, default=None
            Where to plot; None makes a figure.
        n_top : int, default=15
            How many features.

        Returns
        -------
        FeatureCoefficientDisplay
            With ``figure_``, ``ax_`` and ``coefficients``.

        Raises
        ------
        ValueError
            If the model, or every model, is not linear.
        """
        return FeatureCoefficientDisplay.from_comparison(self, model, n_top=n_top).plot(ax=ax)

    def plot_learning_curve(
        self, axes: Any = None, models: Sequence[str] | None = None, n_jobs: int | None = None
    ) -> LearningCurveDisplay:
        """Fit the models on growing shares of the training patients and plot the AUC.

        Parameters
        ----------
        axes : sequence of matplotlib Axes, default=None
            One a model; None makes a figure.
        models : sequence of str, default=None
            Which ones; None takes all but networks on crops, each of which it would train
            four times for every fold.
        n_jobs : int, default=None
            Number of fits at the same time.

        Returns
        -------
        LearningCurveDisplay
            With ``figure_`` and ``axes_``.

        Raises
        ------
        ValueError
            If a model is not known, or none is left.
        """
        return LearningCurveDisplay.from_comparison(self, models, n_jobs=n_jobs).plot(axes=axes)

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
