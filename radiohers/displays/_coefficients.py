"""Coefficients of a linear model, brought back through PCA to the features."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from radiohers._sklearn import LinearClassifierMixin, _safe_indexing
from radiohers.displays._data import stacked
from radiohers.displays._feature_importance import INCHES_PER_BAR, models_with_features, plot_bars
from radiohers.displays._permutation import feature_table
from radiohers.figures import Display, describe_part, fit_panels, new_axes, style_axes
from radiohers.folds import fit_model
from radiohers.results import Comparison

__all__ = ["FeatureCoefficientDisplay", "models_with_coefficients"]


@dataclass(repr=False)
class FeatureCoefficientDisplay(Display):
    """What one standard deviation of each feature adds to the decision of a linear model.

    Parameters
    ----------
    coefficients : DataFrame
        A row a feature, strongest first: ``feature``, ``coefficient`` (mean over folds, of one standard
        deviation of the training cases), ``low``, ``high`` (range over folds), ``per_unit`` (of one unit of
        the feature).
    model : str
        Name of the model.
    n_top : int
        How many are plotted.
    note : str
        What the model was fitted on.
    caption : str
        What the figure shows, in words.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        After `plot`.

    Notes
    -----
    With the loadings :math:`V` of the components and the coefficients :math:`b` of these, the coefficients of
    the scaled features are :math:`V^T b`: the signs of components, which are arbitrary, cancel. They are read off
    the whole pipeline, by raising one feature after another by a standard deviation, which holds for every
    pipeline that is linear whatever its steps are; that it is so is checked.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from radiohers.estimators import ElbowPCA
    >>> from radiohers.evaluation import FeatureCoefficientDisplay, compare_models
    >>> X, y = make_classification(60, n_features=5, random_state=0)
    >>> models = {"PCA": make_pipeline(ElbowPCA(), LogisticRegression())}
    >>> result = compare_models(models, X, y, n_bootstraps=100)
    >>> FeatureCoefficientDisplay.from_comparison(result).coefficients["feature"][0]
    'x4'
    """

    coefficients: pd.DataFrame
    model: str
    n_top: int
    note: str
    caption: str = ""

    @classmethod
    def from_comparison(
        cls, comparison: Comparison, model: str | None = None, *, n_top: int = 15
    ) -> "FeatureCoefficientDisplay":
        """Fit a linear model of a :class:`ModelComparison` anew on the folds of its first repeat.

        Parameters
        ----------
        comparison : Comparison
            The result.
        model : str, default=None
            A linear model; None takes the first one.
        n_top : int, default=15
            How many features are plotted.

        Returns
        -------
        FeatureCoefficientDisplay
            Not plotted yet.

        Raises
        ------
        ValueError
            If the model, or every model, is not linear.
        """
        chosen = model or next(iter(models_with_coefficients(comparison)), None)
        # Whether a model is linear shows in a fit, so that only the chosen one is looked at.
        table = feature_table(comparison, chosen) if chosen in comparison.models else None
        if chosen is None or table is None or not _is_linear(comparison, chosen):
            able = models_with_coefficients(comparison)
            raise ValueError(f"model={model!r} is no linear model on a table of numbers. Models that are: {able}.")
        folds = [fold for fold in comparison.folds if fold.repeat == comparison.folds[0].repeat]
        estimator, X = comparison.prepared[chosen]
        of_folds, spreads = [], []
        for fold in folds:
            train = _safe_indexing(X, fold.train)
            fitted = fit_model(estimator, train, comparison.y.iloc[fold.train], comparison.groups[fold.train])
            of_folds.append(_coefficients(fitted, train, comparison.positive))
            spreads.append(_mean_and_spread(np.asarray(train, dtype=float))[1])
        names = [str(name) for name in table.columns]
        first = comparison.predictions[comparison.predictions["repeat"] == folds[0].repeat]
        spread = "range over the folds" if len(folds) > 1 else "one fold, no range"
        return cls(
            coefficients=_table(names, np.stack(of_folds), np.stack(spreads)),
            model=chosen,
            n_top=n_top,
            note=f"{describe_part(first, 'train', comparison.split)}\nwhiskers: {spread}",
            caption=(
                f"{chosen}: what a standard deviation of each feature adds to the decision for the positive class "
                "(log-odds, for logistic regression), through all steps of the pipeline: loadings times coefficients "
                f"where it has a PCA. The {n_top} strongest; whiskers: {spread}, no confidence interval. Correlated "
                "features share a coefficient between them."
            ),
        )

    def plot(self, ax: Any = None) -> "FeatureCoefficientDisplay":
        """Plot the strongest coefficients.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where; None makes a figure.

        Returns
        -------
        FeatureCoefficientDisplay
            The display itself.
        """
        (self.ax_,) = new_axes(1, ax)
        self.figure_ = self.ax_.figure
        top = self.coefficients.head(self.n_top)
        # Long names leave little room: few ticks, and the class below the image type.
        plot_bars(self.ax_, top["feature"].str.replace("_", "\n", n=1), top["coefficient"], top["low"], top["high"])
        of_all = f"; the first {len(top)} of {len(self.coefficients)} features"
        style_axes(self.ax_, f"Coefficients: {self.model}\n{self.note}{of_all}", "decision per SD of the feature", "")
        if ax is None:
            fit_panels([self.ax_], [0.3 + 1.6 * INCHES_PER_BAR * len(top)])
        self.ax_.locator_params(axis="x", nbins=4)
        return self

    def frame(self) -> pd.DataFrame:
        """Return the coefficients of all features.

        Returns
        -------
        DataFrame
            One row a feature, strongest first: ``model``, ``feature``, ``coefficient``, ``low``, ``high`` and
            ``per_unit``.
        """
        return stacked({self.model: self.coefficients})


def models_with_coefficients(comparison: Comparison) -> list[str]:
    """Return the names of the models that end in a linear classifier and learn from numbers.

    Parameters
    ----------
    comparison : Comparison
        The result.

    Returns
    -------
    list of str
        In the order of the models.
    """
    return [name for name in models_with_features(comparison) if _is_linear(comparison, name)]


def _is_linear(comparison: Comparison, name: str) -> bool:
    last = comparison.prepared[name].model
    while isinstance(last, Pipeline):
        last = last.steps[-1][1]
    if not isinstance(last, LinearClassifierMixin):
        return False
    # A step before it may still be none (polynomials, kernels): that shows in what it gives.
    train = _safe_indexing(comparison.prepared[name].X, comparison.folds[0].train)
    values = np.asarray(train, dtype=float)
    fitted = comparison.first_fits[name]
    mean, step = _mean_and_spread(values)
    each = _coefficients(fitted, train, comparison.positive)
    filled = np.where(np.isnan(values), mean, values)
    decisions = _decide(fitted, train, np.vstack([mean, filled]), comparison.positive)
    predicted = decisions[0] + ((filled - mean) / np.where(step > 0, step, 1)) @ each
    return bool(np.allclose(predicted, decisions[1:], rtol=1e-5, atol=1e-5 * (np.ptp(decisions) + 1e-12)))


def _mean_and_spread(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = ~np.isnan(values)
    n = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0).sum(axis=0) / n
    return mean, np.sqrt(np.where(known, (values - mean) ** 2, 0).sum(axis=0) / n)


def _coefficients(fitted: BaseEstimator, train: Any, positive: Any) -> np.ndarray:
    """Return what a standard deviation of each feature adds to the decision."""
    mean, step = _mean_and_spread(np.asarray(train, dtype=float))
    decisions = _decide(fitted, train, np.vstack([mean, mean + np.diag(step)]), positive)
    return decisions[1:] - decisions[0]


def _decide(fitted: BaseEstimator, train: Any, values: np.ndarray, positive: Any) -> np.ndarray:
    rows = pd.DataFrame(values, columns=train.columns) if isinstance(train, pd.DataFrame) else values
    decisions = np.asarray(fitted.decision_function(rows), dtype=float)
    return decisions if fitted.classes_[1] == positive else -decisions


def _table(names: list[str], of_folds: np.ndarray, spreads: np.ndarray) -> pd.DataFrame:
    per_unit = np.divide(of_folds, spreads, out=np.zeros_like(of_folds), where=spreads > 0)
    table = pd.DataFrame(
        {
            "feature": names,
            "coefficient": of_folds.mean(axis=0),
            "low": of_folds.min(axis=0),
            "high": of_folds.max(axis=0),
            "per_unit": per_unit.mean(axis=0),
        }
    )
    return table.sort_values("coefficient", key=np.abs, ascending=False, kind="stable", ignore_index=True)
