"""A multilayer perceptron for tables with few rows."""

from collections.abc import Sequence
from itertools import pairwise
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from radiohers._sklearn import Interval, StrOptions, _fit_context
from radiohers.estimators._device import isolated_torch, resolve_device
from radiohers.estimators._network_classifier import NetworkClassifier, as_labelled_data, draw_seed
from radiohers.estimators._training import LabelledData, predict_logits, train_network
from radiohers.estimators._validation_split import split_validation

if TYPE_CHECKING:
    import torch

__all__ = ["TorchMLPClassifier"]

# Rows x weights in one step. Below it a core is done before a GPU has been told what to do.
WORTH_A_GPU = 10_000_000
PREDICTION_BATCH_SIZE = 4096


class TorchMLPClassifier(NetworkClassifier):
    """Multilayer perceptron (torch) whose defaults suit some seventy patients.

    Linear layers, ReLU and dropout, trained by cross-entropy with AdamW [1]_.
    It runs in double precision, where a table of this size costs no more time
    than in single precision. Scale the columns first.

    Parameters
    ----------
    hidden_layer_sizes : array-like of int or int, default=(32,)
        Neurons in each hidden layer; an empty tuple gives logistic regression.
    dropout : float, default=0.5
        Fraction of each hidden layer's neurons that are switched off at random
        in each training step, at least 0 and below 1 [2]_.
    lr : float, default=0.001
        Learning rate of AdamW.
    weight_decay : float, default=1.0
        Decoupled weight decay of AdamW: each step shrinks every weight by the
        fraction ``lr * weight_decay``. It is not the L2 penalty `alpha` of
        scikit-learn's MLPClassifier and its useful values are larger.
    max_epochs : int, default=100
        Passes over the training rows, at most.
    batch_size : int, default=32
        Rows a step, at most; each epoch is cut into batches as equal as possible.
    class_weight : "balanced", dict of {label: weight} or None, default=None
        Weights of the classes, multiplied with `sample_weight` in `fit`.
        "balanced" is ``n_rows / (n_classes * rows of the class)``.
    early_stopping : bool, default=False
        Hold out a stratified part of the training patients, stop when its loss no longer
        falls, and keep the weights of the best epoch. With fewer than some
        hundreds of patients the held-out part is too small to tell epochs
        apart, and is missed in training: leave it off there.
    validation_fraction : float, default=0.2
        Fraction of the training patients (rows, without `groups`) to hold out
        if `early_stopping` is set.
    patience : int, default=20
        Epochs without a lower validation loss after which training stops, if
        `early_stopping` is set.
    device : str, default="auto"
        Where to train: "cpu", "cuda", "cuda:1" and so on. "auto" takes the
        GPU, where there is one, if a batch times the number of weights
        reaches ten million; smaller networks, as for any table of radiomic
        features, train faster on one core than a GPU can be given its
        orders. The fitted network is always on the CPU, and predicts there.
    random_state : int, RandomState instance or None, default=None
        Draws the first weights, the order of the rows, the dropout and the
        held-out part. The same int gives the same bits, whatever `n_jobs`.
    verbose : int, default=0
        Above 0, print a line an epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of the columns of `predict_proba`.
    network_ : torch.nn.Sequential
        The trained network, on the CPU in evaluation mode; returns logits.
    history_ : list of dict
        An entry an epoch: ``epoch`` (from 1), ``train_loss`` (with dropout in
        effect), and with early stopping ``validation_loss`` and
        ``validation_accuracy``.
    best_epoch_ : int
        The epoch, from 1, whose weights were kept; the last one without early stopping.
    n_epochs_ : int
        Number of epochs trained.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, where `X` in `fit` had names that are all strings.

    Notes
    -----
    Rows of weight zero are left out, so they change nothing, not even the order
    of the others. The loss is the mean of weight x cross-entropy, the weights
    scaled to a mean of 1. Because rows are drawn in batches, a weight of two is
    not exactly the same as a row given twice.

    Logits are computed in double and rounded to single precision, so that a row's
    probability does not depend on which other rows it is predicted with.

    Fits in several threads of one process run one after the other: torch's random
    generators and thread count belong to the process. Processes run side by side.

    References
    ----------
    .. [1] Loshchilov I, Hutter F. Decoupled Weight Decay Regularization.
       International Conference on Learning Representations, 2019.
       :doi:`10.48550/arXiv.1711.05101`
    .. [2] Srivastava N, Hinton G, Krizhevsky A, Sutskever I, Salakhutdinov R.
       Dropout: A Simple Way to Prevent Neural Networks from Overfitting.
       Journal of Machine Learning Research 2014;15:1929-1958.
       :doi:`10.5555/2627435.2670313`

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from radiohers.estimators import TorchMLPClassifier
    >>> X, y = make_moons(100, noise=0.1, random_state=0)
    >>> mlp = TorchMLPClassifier(lr=0.01, weight_decay=0.01, random_state=0).fit(X, y)
    >>> mlp.score(X, y) > 0.9
    True
    >>> mlp.predict_proba(X[:3]).shape
    (3, 2)
    """

    _parameter_constraints: ClassVar[dict] = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (32,),
        *,
        dropout: float = 0.5,
        lr: float = 0.001,
        weight_decay: float = 1.0,
        max_epochs: int = 100,
        batch_size: int = 32,
        class_weight: str | dict | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.2,
        patience: int = 20,
        device: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.dropout = dropout
        self.lr = lr
        self.weight_decay = weight_decay
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> "TorchMLPClassifier":
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training rows, without missing values.
        y : array-like of shape (n_samples,)
            Labels, of two classes or more; numbers or strings.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, 0 or more; None weighs all alike.
        groups : array-like of shape (n_samples,), default=None
            Patient of each row. Early stopping holds out whole patients; without
            `groups`, each row is its own patient. Not used otherwise.

        Returns
        -------
        TorchMLPClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If one class only is left, if `device` cannot be used, if early
            stopping cannot hold out patients of every class, if a patient is missing, or if
            `X`, `y` and `groups` carry names in their index that differ.
        RadiohersError
            If the loss is not finite.
        """
        X, y, sample_weight, groups = self._match(X, y, sample_weight, groups)
        X, y = validate_data(self, X, y, dtype=np.float64, order="C")
        rows = self._encode_labels(X, y, sample_weight, groups)
        rng = check_random_state(self.random_state)
        seed = draw_seed(rng)
        training, validation = np.arange(len(rows.rows)), None
        if self.early_stopping:
            training, validation = split_validation(rows.class_index, rows.groups, self.validation_fraction, rng)
        self._train(
            as_labelled_data(X, rows, training),
            None if validation is None else as_labelled_data(X, rows, validation),
            seed,
        )
        return self

    def _logits(self, X: Any) -> np.ndarray:
        import torch

        X = validate_data(self, X, dtype=np.float64, order="C", reset=False)
        # The matrix product adds up in another order for other numbers of rows; the caller's rounding takes that away.
        return predict_logits(self.network_, torch.tensor(X), PREDICTION_BATCH_SIZE).numpy()

    def _train(self, training: LabelledData, validation: LabelledData | None, seed: int) -> None:
        import torch

        sizes = [self.n_features_in_, *_checked_sizes(self.hidden_layer_sizes), len(self.classes_)]
        n_weights = sum(before * after for before, after in pairwise(sizes))
        device = resolve_device(self.device, worth_a_gpu=self.batch_size * n_weights >= WORTH_A_GPU)

        def make_optimizer(parameters: Any) -> "torch.optim.Optimizer":
            # One fused kernel is three times faster than a loop over the layers.
            return torch.optim.AdamW(parameters, lr=self.lr, weight_decay=self.weight_decay, fused=True)

        with isolated_torch(seed, device, n_threads=1):
            network = _make_network(sizes, self.dropout).to(device)
            run = train_network(
                network,
                training,
                make_optimizer=make_optimizer,
                max_epochs=self.max_epochs,
                batch_size=self.batch_size,
                validation=validation,
                patience=self.patience,
                on_epoch=_print_epoch if self.verbose else None,
            )
        self._keep(network, run)


def _checked_sizes(hidden_layer_sizes: Any) -> list[int]:
    sizes = [hidden_layer_sizes] if isinstance(hidden_layer_sizes, Integral) else list(hidden_layer_sizes)
    for size in sizes:
        if not isinstance(size, Integral) or size < 1:
            raise ValueError(
                f"hidden_layer_sizes={hidden_layer_sizes!r} must hold integers of at least 1, not {size!r}."
            )
    return [int(size) for size in sizes]


def _make_network(sizes: Sequence[int], dropout: float) -> "torch.nn.Sequential":
    """Stack standard layers only, so that the network can be unpickled without radiohers."""
    import torch

    layers = []
    for before, after in pairwise(sizes[:-1]):
        layers += [torch.nn.Linear(before, after, dtype=torch.float64), torch.nn.ReLU()]
        if dropout > 0:
            layers.append(torch.nn.Dropout(dropout))
    layers.append(torch.nn.Linear(sizes[-2], sizes[-1], dtype=torch.float64))
    return torch.nn.Sequential(*layers)


def _print_epoch(entry: dict[str, Any], network: Any) -> None:
    values = ", ".join(f"{name} {value:.4f}" for name, value in entry.items() if name != "epoch")
    print(f"[TorchMLPClassifier] epoch {entry['epoch']}: {values}")
