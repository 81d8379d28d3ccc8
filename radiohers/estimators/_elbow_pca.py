"""Principal components, as many as the bend of the explained-variance curve says."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.utils import Tags
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from radiohers._sklearn import Interval, RealNotInt, StrOptions, _fit_context

__all__ = ["ElbowPCA"]

# A curve nowhere higher than this above its chord is straight but for rounding
# (float32 input included): it has no elbow.
STRAIGHT = 1e-6


class ElbowPCA(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Principal component analysis that stops where the explained-variance curve bends.

    The decomposition is scikit-learn's :class:`~sklearn.decomposition.PCA` with
    an exact SVD, so results do not depend on chance; only the choice of the
    number of components is added.

    Parameters
    ----------
    n_components : "elbow", int or float, default="elbow"
        - ``"elbow"``: the point of the cumulative explained-variance curve that
          is farthest from its chord, see Notes.
        - int: that many components, 1 to ``min(n_samples, n_features)``.
        - float in (0, 1): the fewest components that explain more than this
          fraction of the variance.
    whiten : bool, default=False
        Scale every component to unit variance. Without it the first component
        of standardised radiomic features is many times wider than the next
        ones, which classifiers that penalise or initialise all inputs alike
        (neural networks, logistic regression) take as importance.

    Attributes
    ----------
    n_components_ : int
        Number of components kept, below called k.
    components_ : ndarray of shape (k, n_features)
        Principal axes, by falling variance.
    explained_variance_ : ndarray of shape (k,)
        Variance of the training data along each kept axis (n - 1 degrees of freedom).
    explained_variance_ratio_ : ndarray of shape (k,)
        Fraction of the total variance that each kept axis explains.
    cumulative_explained_variance_ : ndarray of shape (min(n_samples, n_features),)
        Fraction explained by the first 1, 2, ... components; the full curve, not
        only its kept part.
    explained_variance_area_ : float
        Area under the curve from component 1 to component k, in % x components:
        the trapezoidal sum of the curve in percent, over the component number.
        It is at most 100 x (k - 1), and 0 where one component is kept.
    mean_ : ndarray of shape (n_features,)
        Mean of each feature, subtracted before the projection.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, where `X` in `fit` had names that are all strings.

    Raises
    ------
    ValueError
        If an int `n_components` is larger than ``min(n_samples, n_features)``.

    Notes
    -----
    Let :math:`c_i` be the fraction of the variance explained by the first
    :math:`i` of :math:`K` = ``min(n_samples, n_features)`` components. The chord is the straight
    line from :math:`(1, c_1)` to :math:`(K, c_K)`. The elbow is

    .. math:: \\arg\\max_i \\; c_i - c_1 - (c_K - c_1) \\frac{i - 1}{K - 1},

    the first of them where several are equally high. Vertical and perpendicular
    distance from a line differ by a constant factor, so both give the same
    point. This is the "kneedle" idea [1]_ without its smoothing, which a curve
    that cannot fall does not need. As the curve is concave, the elbow is also
    the last component that explains more than the components after the first
    explain on average.

    A straight curve (equal variances, or fewer than three components) has no
    elbow: all components that have any variance are kept.

    References
    ----------
    .. [1] Satopää V, Albrecht J, Irwin D, Raghavan B. Finding a "Kneedle" in a
       Haystack: Detecting Knee Points in System Behavior. 31st International
       Conference on Distributed Computing Systems Workshops, 2011, 166-171.
       :doi:`10.1109/ICDCSW.2011.20`

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.estimators import ElbowPCA
    >>> noise = np.random.default_rng(0).normal(size=(60, 10))
    >>> X = noise * [9, 6, 4, 1, 1, 1, 1, 1, 1, 1]
    >>> pca = ElbowPCA().fit(X)
    >>> pca.n_components_
    3
    >>> pca.transform(X).shape
    (60, 3)
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_components": [
            StrOptions({"elbow"}),
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="neither"),
        ],
        "whiten": ["boolean"],
    }

    def __init__(self, n_components: str | float = "elbow", *, whiten: bool = False) -> None:
        self.n_components = n_components
        self.whiten = whiten

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> "ElbowPCA":
        """Find the axes and choose their number.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training data, at least two rows, without missing values.
        y : Ignored
            Present for API consistency.

        Returns
        -------
        ElbowPCA
            The fitted transformer.
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=2)
        # Data without any variance make PCA divide 0 by 0; the ratios are computed below.
        with np.errstate(invalid="ignore"):
            pca = PCA(svd_solver="full").fit(X)
        total = pca.explained_variance_.sum()
        ratio = pca.explained_variance_ / total if total > 0 else np.zeros_like(pca.explained_variance_)
        curve = np.cumsum(ratio, dtype=np.float64)
        kept = self._choose_n_components(curve)

        self.n_components_ = kept
        self.components_ = pca.components_[:kept].copy()
        self.explained_variance_ = pca.explained_variance_[:kept].copy()
        self.explained_variance_ratio_ = ratio[:kept]
        self.cumulative_explained_variance_ = curve
        self.explained_variance_area_ = float(np.trapezoid(100 * curve[:kept]))
        self.mean_ = pca.mean_
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Project rows on the kept axes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows to project.

        Returns
        -------
        ndarray of shape (n_samples, `n_components_`)
            Coordinates along the kept axes, divided by their standard deviation
            where `whiten` is set.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        scores = (X - self.mean_) @ self.components_.T
        return scores / self._scale() if self.whiten else scores

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Bring rows back from the kept axes to the features.

        Parameters
        ----------
        X : array-like of shape (n_samples, `n_components_`)
            Coordinates, as `transform` returns them.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Rows in the space of the features; what the dropped components held is lost.
        """
        check_is_fitted(self)
        scores = check_array(X, dtype=[np.float64, np.float32], input_name="X")
        if self.whiten:
            scores = scores * self._scale()
        return scores @ self.components_ + self.mean_

    def _choose_n_components(self, curve: np.ndarray) -> int:
        if self.n_components == "elbow":
            return find_elbow(curve)
        if isinstance(self.n_components, Integral):
            if self.n_components > curve.size:
                raise ValueError(
                    f"n_components={self.n_components} must be between 1 and min(n_samples, n_features)={curve.size}. "
                    "Lower n_components, or use n_components='elbow' or a fraction of the variance."
                )
            return int(self.n_components)
        # As in scikit-learn: strictly more than the fraction asked for.
        return min(int(np.searchsorted(curve, self.n_components, side="right")) + 1, curve.size)

    def _scale(self) -> np.ndarray:
        scale = np.sqrt(self.explained_variance_)
        # As in scikit-learn: a component without variance must not divide by zero.
        return np.maximum(scale, np.finfo(scale.dtype).eps)

    @property
    def _n_features_out(self) -> int:
        return self.n_components_

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def find_elbow(curve: np.ndarray) -> int:
    """Find the number of components at the elbow of a cumulative curve.

    Parameters
    ----------
    curve : ndarray of shape (n_possible_components,)
        Fraction of the variance explained by the first 1, 2, ... components.

    Returns
    -------
    int
        The point farthest from the chord, counted from 1. For a straight curve,
        which has none, the number of components after which it no longer rises.

    Examples
    --------
    >>> import numpy as np
    >>> find_elbow(np.array([0.6, 0.9, 0.95, 1.0]))
    2
    >>> find_elbow(np.array([0.25, 0.5, 0.75, 1.0]))
    4
    """
    height = curve - np.linspace(curve[0], curve[-1], curve.size)
    if height.max() > STRAIGHT:
        return int(np.argmax(height)) + 1
    return int(np.argmax(curve >= curve[-1] - STRAIGHT)) + 1
