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
from radiohers.results import Comparison

__all__ = ["ComparisonFigures"]


class ComparisonFigures(Comparison):
    """What :class:`ModelComparison` can plot; each method makes a display and plots it."""

    def plot_roc(self, part: str = "test", ax: Any = None, *, folds: bool = False) -> ROCDisplay:
        """Plot the ROC curves of all models, averaged over folds, with their bands.

        Parameters
        ----------
        part, ax, folds
            As of :meth:`ROCDisplay.from_comparison` and :meth:`ROCDisplay.plot`.

        Returns
        -------
        ROCDisplay
            Plotted.
        """
        return ROCDisplay.from_comparison(self, part).plot(ax, folds=folds)

    def plot_precision_recall(self, part: str = "test", ax: Any = None) -> PrecisionRecallDisplay:
        """Plot the precision-recall curves of all models, averaged over repeats, with their bands.

        Parameters
        ----------
        part, ax
            As of :meth:`PrecisionRecallDisplay.from_comparison` and :meth:`PrecisionRecallDisplay.plot`.

        Returns
        -------
        PrecisionRecallDisplay
            Plotted.
        """
        return PrecisionRecallDisplay.from_comparison(self, part).plot(ax)

    def plot_confusion(self, part: str = "test", axes: Any = None) -> ConfusionDisplay:
        """Plot the confusion matrix of each model, averaged over repeats.

        Parameters
        ----------
        part, axes
            As of :meth:`ConfusionDisplay.from_comparison` and :meth:`ConfusionDisplay.plot`.

        Returns
        -------
        ConfusionDisplay
            Plotted.
        """
        return ConfusionDisplay.from_comparison(self, part).plot(axes)

    def plot_calibration(
        self, part: str = "test", ax: Any = None, *, models: list[str] | None = None, n_bins: int | None = None
    ) -> CalibrationDisplay:
        """Plot calibration curves with slope and intercept, and the histograms of the scores.

        Parameters
        ----------
        part, ax, models, n_bins
            As of :meth:`CalibrationDisplay.from_comparison` and :meth:`CalibrationDisplay.plot`.

        Returns
        -------
        CalibrationDisplay
            Plotted.
        """
        return CalibrationDisplay.from_comparison(self, part, models=models, n_bins=n_bins).plot(ax)

    def plot_decision_curve(
        self, part: str = "test", ax: Any = None, *, models: list[str] | None = None, thresholds: Any = None
    ) -> DecisionCurveDisplay:
        """Plot the net benefit by threshold probability, against treating all and none.

        Parameters
        ----------
        part, ax, models, thresholds
            As of :meth:`DecisionCurveDisplay.from_comparison` and :meth:`DecisionCurveDisplay.plot`.

        Returns
        -------
        DecisionCurveDisplay
            Plotted.
        """
        return DecisionCurveDisplay.from_comparison(self, part, models=models, thresholds=thresholds).plot(ax)

    def plot_waterfall(
        self, part: str = "test", axes: Any = None, *, models: list[str] | None = None, names: bool = False
    ) -> WaterfallDisplay:
        """Plot each case's score less the threshold, sorted, coloured by its true class.

        Parameters
        ----------
        part, axes, models, names
            As of :meth:`WaterfallDisplay.from_comparison` and :meth:`WaterfallDisplay.plot`.

        Returns
        -------
        WaterfallDisplay
            Plotted.
        """
        return WaterfallDisplay.from_comparison(self, part, models=models).plot(axes, names=names)

    def plot_feature_importance(
        self,
        model: str | None = None,
        axes: Any = None,
        *,
        by: Any = None,
        n_permutations: int = 10,
        n_top: int = 15,
        n_jobs: int | None = None,
    ) -> FeatureImportanceDisplay:
        """Plot the drop in the AUC of held-out cases when groups of features are permuted.

        Parameters
        ----------
        model, axes, by, n_permutations, n_top, n_jobs
            As of :meth:`FeatureImportanceDisplay.from_comparison` and :meth:`FeatureImportanceDisplay.plot`.

        Returns
        -------
        FeatureImportanceDisplay
            Plotted.
        """
        return FeatureImportanceDisplay.from_comparison(
            self, model, by=by, n_permutations=n_permutations, n_top=n_top, n_jobs=n_jobs
        ).plot(axes)

    def plot_coefficients(
        self, model: str | None = None, ax: Any = None, *, n_top: int = 15
    ) -> FeatureCoefficientDisplay:
        """Plot the strongest coefficients of a linear model, brought back through PCA to the features.

        Parameters
        ----------
        model, ax, n_top
            As of :meth:`FeatureCoefficientDisplay.from_comparison` and :meth:`FeatureCoefficientDisplay.plot`.

        Returns
        -------
        FeatureCoefficientDisplay
            Plotted.
        """
        return FeatureCoefficientDisplay.from_comparison(self, model, n_top=n_top).plot(ax)

    def plot_learning_curve(
        self, axes: Any = None, models: Sequence[str] | None = None, n_jobs: int | None = None
    ) -> LearningCurveDisplay:
        """Fit the models on growing shares of the training patients and plot the AUC.

        Parameters
        ----------
        axes, models, n_jobs
            As of :meth:`LearningCurveDisplay.from_comparison` and :meth:`LearningCurveDisplay.plot`.

        Returns
        -------
        LearningCurveDisplay
            Plotted.
        """
        return LearningCurveDisplay.from_comparison(self, models, n_jobs).plot(axes)

    def plot_pca(self, model: str | None = None, axes: Any = None) -> PCADisplay:
        """Plot the principal components of the first fold, fitted on its training part.

        Parameters
        ----------
        model, axes
            As of :meth:`PCADisplay.from_comparison` and :meth:`PCADisplay.plot`.

        Returns
        -------
        PCADisplay
            Plotted.
        """
        return PCADisplay.from_comparison(self, model).plot(axes)
