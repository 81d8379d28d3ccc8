"""What all classifiers around a torch network share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted
from tqdm import tqdm

from radiohers._case_arrays import as_groups, as_own_type, match_names
from radiohers._sklearn import _check_sample_weight
from radiohers.estimators._checkpoint import TrainingRun
from radiohers.estimators._training import LabelledData

__all__ = ["NetworkClassifier", "TrainingRows", "as_labelled_data", "draw_seed", "progress_bar"]


class TrainingRows(NamedTuple):
    """The rows that count, which are those with a weight above 0.

    Attributes
    ----------
    rows : ndarray of int, shape (n_rows,)
        Their positions among the rows that `fit` was given.
    class_index : ndarray of int, shape (n_rows,)
        Their classes, as positions in `classes_`.
    weights : ndarray of shape (n_rows,)
        Their weights: `sample_weight` times the weight of the class.
    groups : ndarray of shape (n_rows,) or None
        Their patients.
    """

    rows: np.ndarray
    class_index: np.ndarray
    weights: np.ndarray
    groups: np.ndarray | None


class NetworkClassifier(ClassifierMixin, BaseEstimator):
    """A scikit-learn classifier around a torch network that returns logits.

    Subclasses have the parameters `class_weight` and `random_state`, and the
    method ``_logits(X)``, which checks X and returns an array of shape
    (n_samples, n_classes).
    """

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Rows to predict, of a shape that `fit` takes.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Probabilities, columns in the order of `classes_`.
        """
        check_is_fitted(self)
        # In double precision, probabilities near 1 stay apart; logits beyond single precision are noise.
        return softmax(self._logits(X).astype(np.float32).astype(np.float64), axis=1)

    def predict(self, X: Any) -> np.ndarray:
        """Predict the most probable class.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Rows to predict, of a shape that `fit` takes.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels; of equally probable classes the first in `classes_`.
        """
        probability = self.predict_proba(X)
        return self.classes_[probability.argmax(axis=1)]

    @staticmethod
    def _match(X: Any, y: Any, sample_weight: Any, groups: Any) -> tuple[Any, Any, Any, Any]:
        """Bring what carries names of rows into the order of X, and labels kept as objects into their own type."""
        X, y, sample_weight, groups = match_names(X=X, y=y, sample_weight=sample_weight, groups=groups)
        return X, as_own_type(y), sample_weight, groups

    def _encode_labels(self, X: Any, y: Any, sample_weight: Any, groups: Any) -> TrainingRows:
        """Check labels, weights and patients, set `classes_`, and leave out the rows of weight zero."""
        check_classification_targets(y)
        sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        if groups is not None:
            groups = as_groups(groups)
            check_consistent_length(X, groups)
        rows = np.flatnonzero(sample_weight > 0)
        self.classes_, class_index = np.unique(y[rows], return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y has {len(self.classes_)} class with a sample weight above 0, {self.classes_.tolist()}, and a "
                "classifier needs at least two. Check the labels, or stratify the split that made this part."
            )
        weights = sample_weight[rows] * compute_sample_weight(self.class_weight, y[rows])
        return TrainingRows(rows, class_index, weights, None if groups is None else groups[rows])

    def _keep(self, network: Any, run: TrainingRun) -> None:
        """Set the fitted attributes of a finished run; the network comes to the CPU."""
        # Gradients are of no use any more and would be pickled.
        network.zero_grad(set_to_none=True)
        self.network_ = network.cpu()
        self.history_ = run.history
        self.best_epoch_ = run.best_epoch
        self.n_epochs_ = len(run.history)


def as_labelled_data(
    X: np.ndarray, training: TrainingRows, part: np.ndarray, weights_dtype: Any = np.float64
) -> LabelledData:
    """Copy some rows to tensors; equal weights are left out, which saves time in every step.

    Parameters
    ----------
    X : ndarray of shape (n_samples, ...)
        What `fit` was given.
    training : TrainingRows
        The rows that count.
    part : ndarray of int
        Which of them, as positions in `training`.
    weights_dtype : NumPy dtype, default=np.float64
        Type of the weights: that of the network's logits.

    Returns
    -------
    LabelledData
        On the CPU.
    """
    import torch

    equal = np.ptp(training.weights) == 0
    return LabelledData(
        torch.from_numpy(X[training.rows[part]]),
        torch.tensor(training.class_index[part]),
        None if equal else torch.tensor(training.weights[part].astype(weights_dtype)),
    )


def draw_seed(rng: np.random.RandomState) -> int:
    """Draw a seed for torch's generators."""
    return rng.randint(np.iinfo(np.int32).max)


@contextmanager
def progress_bar(classifier: Any, verbose: int) -> Iterator[Callable | None]:
    """Show the epochs of a ``with`` block on stderr.

    Parameters
    ----------
    classifier : NetworkClassifier
        With `max_epochs`.
    verbose : int
        Above 0, there is a bar.

    Yields
    ------
    callable or None
        What :func:`~radiohers.estimators._training.train_network` calls after each epoch.
    """
    if not verbose:
        yield None
        return
    with tqdm(total=classifier.max_epochs, unit="epoch", desc=type(classifier).__name__) as bar:

        def show(entry: dict[str, Any], network: Any) -> None:
            shown = {"loss": entry["train_loss"], "accuracy": entry.get("validation_accuracy")}
            bar.set_postfix({name: value for name, value in shown.items() if value is not None}, refresh=False)
            # A run that goes on begins in the middle.
            bar.update(entry["epoch"] - bar.n)

        yield show
