"""A multilayer perceptron for tables with few rows."""

from numbers import Integral, Real

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from radiohers.estimators._training import LabelledData, isolated_torch, predict_logits, train_network
from radiohers.estimators._validation_split import split_validation

__all__ = ["TorchMLPClassifier"]


class TorchMLPClassifier(ClassifierMixin, BaseEstimator):
    def __init__(
        self,
        hidden_layer_sizes=(32,),
        *,
        dropout=0.0,
        lr=1e-3,
        weight_decay=1e-2,
        max_epochs=200,
        batch_size=32,
        class_weight=None,
        early_stopping=False,
        validation_fraction=0.2,
        patience=20,
        device="auto",
        random_state=None,
        verbose=0,
    ):
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

    _parameter_constraints: dict = {
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

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, groups=None):
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        sample_weight = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
        if groups is not None:
            groups = column_or_1d(groups)
            check_consistent_length(X, groups)
        counts = sample_weight > 0
        X, y, sample_weight = X[counts], y[counts], sample_weight[counts]
        groups = None if groups is None else groups[counts]
        self.classes_, class_index = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("one class")
        weights = sample_weight * compute_sample_weight(self.class_weight, y)
        import torch
        rng = check_random_state(self.random_state)
        seed = rng.randint(np.iinfo(np.int32).max)
        data = LabelledData(torch.from_numpy(X), torch.from_numpy(class_index), None if np.ptp(weights) == 0 else torch.from_numpy(weights))
        validation=None
        if self.early_stopping:
            a, b = split_validation(y, groups, self.validation_fraction, rng)
            validation = data.take(torch.from_numpy(b), "cpu")
            data = data.take(torch.from_numpy(a), "cpu")
        with isolated_torch(seed, "cpu", n_threads=1):
            sizes = self.hidden_layer_sizes
            layers=[]; width = X.shape[1]
            for s in sizes:
                layers += [torch.nn.Linear(width, s, dtype=torch.float64), torch.nn.ReLU()]
                if self.dropout: layers.append(torch.nn.Dropout(self.dropout))
                width = s
            layers.append(torch.nn.Linear(width, len(self.classes_), dtype=torch.float64))
            self.network_ = torch.nn.Sequential(*layers)
            run = train_network(self.network_, data, make_optimizer=lambda p: torch.optim.AdamW(p, lr=self.lr, weight_decay=self.weight_decay, fused=True),
                max_epochs=self.max_epochs, batch_size=self.batch_size, validation=validation, patience=self.patience)
        self.network_.zero_grad(set_to_none=True)
        self.history_, self.best_epoch_, self.n_epochs_ = run.history, run.best_epoch, len(run.history)
        return self

    def predict_proba(self, X):
        import torch
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        logits = predict_logits(self.network_, torch.from_numpy(X), 4096).numpy()
        return softmax(logits.astype(np.float32).astype(np.float64), axis=1)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]
