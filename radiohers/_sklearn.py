"""The private names of scikit-learn that radiohers uses; a new scikit-learn that moves one is met here alone."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sklearn.base import _fit_context
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    InvalidParameterError,
    RealNotInt,
    StrOptions,
    validate_parameter_constraints,
    validate_params,
)
from sklearn.utils.validation import _check_n_features, _check_sample_weight, _num_samples

if TYPE_CHECKING:
    from sklearn.linear_model._base import LinearClassifierMixin
    from sklearn.metrics._scorer import _BaseScorer
    from sklearn.model_selection._search import BaseSearchCV

__all__ = [
    "BaseSearchCV",
    "HasMethods",
    "Interval",
    "InvalidParameterError",
    "LinearClassifierMixin",
    "RealNotInt",
    "StrOptions",
    "_BaseScorer",
    "_check_n_features",
    "_check_sample_weight",
    "_fit_context",
    "_num_samples",
    "_safe_indexing",
    "validate_parameter_constraints",
    "validate_params",
]

# Their packages are slow to load, and who extracts features needs none of them.
_LATE = {
    "BaseSearchCV": "sklearn.model_selection._search",
    "LinearClassifierMixin": "sklearn.linear_model._base",
    "_BaseScorer": "sklearn.metrics._scorer",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATE[name]), name)
