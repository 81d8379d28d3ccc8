"""From crops to a probability a case: a network, and what the crops of a case say together."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import InputTags, Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from radiohers._case_arrays import as_groups, as_own_type, as_vector, match_names, refuse_missing
from radiohers._sklearn import HasMethods, StrOptions, _fit_context
from radiohers.cohort import positive_label
from radiohers.crops import Crops
from radiohers.estimators._crop_cnn import CropCNNClassifier
from radiohers.exceptions import CohortError, CropError

__all__ = ["CaseCNNClassifier"]


class CaseCNNClassifier(ClassifierMixin, BaseEstimator):
    """Classify cases by a network that sees crops of their lesion.

    The last step of a pipeline that begins with a :class:`~radiohers.crops.CropExtractor`,
    so that it takes cohort rows, as the radiomics pipelines do, and is compared on the
    same patients and folds. Crops are trained on with the label of their case; the
    probability of a case is put together from those of its crops.

    Parameters
    ----------
    classifier : CropCNNClassifier or other classifier of images, default=None
        Learns from crops; None is ``CropCNNClassifier()``.
    aggregate : {"mean", "median", "max", "noisy_or"}, default="mean"
        How the probabilities of a case's crops become one. The last two need
        two classes, of which a single crop may prove the positive one.
    positive : object, default=None
        The positive class, for "max" and "noisy_or". None takes 1 of 0 and 1 or of -1 and 1, True,
        or the other one where one label alone is a word for negative, such as "negative",
        "neg", "HER2-", "no" or "benign".

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of the columns of `predict_proba`.
    classifier_ : classifier
        Fitted on the crops.
    n_crops_ : int
        Number of crops it was fitted on.

    See Also
    --------
    make_cnn_pipeline : A pipeline from cohort rows to this classifier.
    make_radiomics_pipeline : The other way from cohort rows.

    Notes
    -----
    With the probabilities :math:`p_1, ..., p_n` of the positive class, "max" is the
    largest and "noisy_or" is :math:`1 - \\prod_i (1 - p_i)`: both grow with the
    number of crops, so with the size of the lesion.

    References
    ----------
    Liu et al. Quant Imaging Med Surg 2023;13:2837.

    Examples
    --------
    >>> from radiohers.crops import CropExtractor
    >>> from radiohers.estimators import CaseCNNClassifier, CropCNNClassifier
    >>> from sklearn.pipeline import Pipeline
    >>> network = CropCNNClassifier("small", max_epochs=20, random_state=0)
    >>> model = Pipeline([("crops", CropExtractor(size=64)), ("cnn", CaseCNNClassifier(network))])
    >>> model.get_params()["cnn__classifier__backbone"]
    'small'
    """

    _parameter_constraints: dict = {
        "classifier": [HasMethods(["fit", "predict_proba"]), None],
        "aggregate": [StrOptions({"mean", "median", "max", "noisy_or"})],
        "positive": "no_validation",
    }

    def __init__(self, classifier: Any = None, aggregate: str = "mean", positive: Any = None) -> None:
        self.classifier = classifier
        self.aggregate = aggregate
        self.positive = positive

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, groups: Any = None) -> "CaseCNNClassifier":
        """Fit the classifier on the crops of some cases.

        Parameters
        ----------
        X : Crops
            At least one crop of each case.
        y : array-like of shape (n_cases,)
            Labels.
        groups : array-like of shape (n_cases,), default=None
            Patients, which stay on one side of the classifier's own validation
            split; None takes each case for its own patient.

        Returns
        -------
        CaseCNNClassifier
            The fitted classifier.

        Raises
        ------
        CropError
            If X is something else than crops, or a case has none.
        ValueError
            If there is one class only; "max" or "noisy_or" with more than two, or with
            labels of which the positive one is not known; if a patient is missing; or if y or
            groups have names of other cases than X.
        """
        _check_crops(X)
        _, y, groups = match_names(X=pd.Series(range(len(X)), index=X.case_ids), y=y, groups=groups)
        labels = as_own_type(as_vector(y, "y"))
        refuse_missing(labels, "y")
        check_classification_targets(labels)
        patients = np.arange(len(labels)) if groups is None else as_groups(groups)
        check_consistent_length(X, labels, patients)
        self.classes_ = np.unique(labels)
        self._check_classes()
        classifier = CropCNNClassifier() if self.classifier is None else clone(self.classifier)
        self.classifier_ = classifier.fit(X.images, labels[X.case], groups=patients[X.case])
        self.n_crops_ = X.n_crops
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class for each case.

        Parameters
        ----------
        X : Crops
            At least one crop of each case.

        Returns
        -------
        ndarray of shape (n_cases, n_classes)
            In the order of `classes_`.

        Raises
        ------
        CropError
            If X is something else than crops, or a case has none.
        """
        return self.combine_crops(X, self._predict_crops(X))

    def combine_crops(self, crops: Crops, probabilities: np.ndarray) -> np.ndarray:
        """Return the probability of each class for each case, of those of its crops.

        Parameters
        ----------
        crops : Crops
            At least one of each case.
        probabilities : ndarray of shape (n_crops, n_classes)
            What `classifier_` predicts of them.

        Returns
        -------
        ndarray of shape (n_cases, n_classes)
            Put together as `aggregate` says.
        """
        combine = _AGGREGATES[self.aggregate]
        if self.aggregate in _OF_ONE_CLASS:
            combine = partial(combine, positive=self._positive_column())
        of_cases = [combine(probabilities[crops.case == case]) for case in range(len(crops))]
        return np.array(of_cases).reshape(-1, len(self.classes_))

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each case.

        Parameters
        ----------
        X : Crops
            At least one crop of each case.

        Returns
        -------
        ndarray of shape (n_cases,)
            Labels.
        """
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_crops(self, X: Any) -> pd.DataFrame:
        """Return one row a crop: where it comes from, and its probabilities.

        Parameters
        ----------
        X : Crops
            At least one crop of each case.

        Returns
        -------
        DataFrame of shape (n_crops, n_columns)
            The columns of :attr:`radiohers.crops.Crops.table`, and
            ``probability_<class>`` for each class.
        """
        columns = [f"probability_{label}" for label in self.classes_]
        return pd.concat([X.table, pd.DataFrame(self._predict_crops(X), columns=columns)], axis=1)

    def _predict_crops(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        _check_crops(X)
        return self.classifier_.predict_proba(X.images)

    def _check_classes(self) -> None:
        n_classes = len(self.classes_)
        if n_classes < 2:
            raise ValueError(f"y has one class only ({self.classes_[0]!r}), where at least two are needed.")
        if self.aggregate in _OF_ONE_CLASS:
            if n_classes > 2:
                raise ValueError(f"aggregate={self.aggregate!r} needs two classes, and y has {n_classes}. Use 'mean'.")
            self._positive_column()

    def _positive_column(self) -> int:
        """Return the column of the class that a single crop may prove."""
        classes = self.classes_.tolist()
        positive = self.positive
        if positive is None:
            negative = [label for label in classes if _NEGATIVE.fullmatch(str(label).strip())]
            if len(negative) == 1 and isinstance(negative[0], str):
                return 1 - classes.index(negative[0])
        try:
            return classes.index(positive_label(classes, positive))
        except CohortError as error:
            raise ValueError(
                f"aggregate={self.aggregate!r} needs the positive class, and positive={positive!r}: {error} "
                f"Set CaseCNNClassifier(positive=...) to one of {classes}, or use aggregate='mean'."
            ) from error

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags = CropsInputTags(two_d_array=False)
        tags.no_validation = True
        return tags


@dataclass(slots=True)
class CropsInputTags(InputTags):
    """What scikit-learn's tags say of an estimator whose X is :class:`~radiohers.crops.Crops`."""

    crops: bool = True


def _check_crops(X: Any) -> None:
    if not isinstance(X, Crops):
        raise CropError(
            f"X is a {type(X).__name__}, and CaseCNNClassifier takes Crops",
            advice="Put a CropExtractor before it, as make_cnn_pipeline does, or give it what CropExtractor.transform "
            "returns.",
        )
    without = X.counts.index[X.counts == 0]
    if len(without):
        raise CropError(
            f"{len(without)} of {len(X)} cases have no crop, the first is {without[0]!r}",
            advice="A case without crops can neither be learned from nor classified: leave it out of the cohort, or "
            "let the extractor keep smaller lesions (min_area_mm2).",
        )


def _median(probabilities: np.ndarray) -> np.ndarray:
    medians = np.median(probabilities, axis=0)
    # Medians of more than two classes need not sum to 1.
    return medians / medians.sum()


def _largest(probabilities: np.ndarray, positive: int) -> np.ndarray:
    return _of_both(probabilities[:, positive].max(), positive)


def _noisy_or(probabilities: np.ndarray, positive: int) -> np.ndarray:
    return _of_both(1 - np.prod(1 - probabilities[:, positive]), positive)


def _of_both(probability: float, positive: int) -> np.ndarray:
    return np.array([1 - probability, probability] if positive else [probability, 1 - probability])


# "HER2-" and "ER negative", but neither "ER+ HER2-", where the other label may be "ER- HER2+", nor "HER2-low", nor
# "triple-negative", which is what is looked for.
_NEGATIVE = re.compile(
    r"(?!triple|double)([a-z0-9]+[ _-]?)?(negative|neg|-)|no|none|false|absent|benign|normal|healthy|control",
    re.IGNORECASE,
)
_OF_ONE_CLASS = ("max", "noisy_or")
_AGGREGATES: dict[str, Callable[..., np.ndarray]] = {
    "mean": lambda probabilities: probabilities.mean(axis=0),
    "median": _median,
    "max": _largest,
    "noisy_or": _noisy_or,
}
