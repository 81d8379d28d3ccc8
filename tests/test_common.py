"""scikit-learn's own checks, over every estimator that radiohers exports."""

import importlib
import inspect
import pkgutil

import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks

import radiohers


def public_packages():
    """Import every package of radiohers whose name has no underscore at its start."""
    for info in pkgutil.walk_packages(radiohers.__path__, "radiohers."):
        if info.ispkg and not info.name.rpartition(".")[2].startswith("_"):
            yield importlib.import_module(info.name)


# Where the defaults would take too long: tables become images of 32 x 32 pixels, or one row of pixels.
SETTINGS = {
    "CropCNNClassifier": {
        "backbone": "small",
        "lr": 0.01,
        "max_epochs": 10,
        "batch_size": 64,
        "augmentation": None,
        "validation_fraction": 0,
        "device": "cpu",
    },
}


def public_estimators():
    """Make one of each estimator class that a public package names in ``__all__``, with its defaults or SETTINGS."""
    named = [getattr(package, name) for package in public_packages() for name in package.__all__]
    classes = {item for item in named if inspect.isclass(item) and issubclass(item, BaseEstimator)}
    # Augmentation has scikit-learn's parameters and learns nothing: it cannot be fitted.
    classes = {item for item in classes if hasattr(item, "fit")}
    return [cls(**SETTINGS.get(cls.__name__, {})) for cls in sorted(classes, key=lambda cls: cls.__name__)]


EXPECTED_FAILURES = {
    "CropCNNClassifier": {
        "check_sample_weight_equivalence_on_dense_data": "crops are drawn in mini-batches, and BatchNorm counts crops "
        "and not their weights, so a weight of two is not two crops",
    },
    "TorchMLPClassifier": {
        "check_sample_weight_equivalence_on_dense_data": "rows are drawn in mini-batches, so a weight of two is not "
        "two rows; test_mlp.py holds that they are equal in full batches without dropout",
    },
}


def expected_failures(estimator):
    return EXPECTED_FAILURES.get(type(estimator).__name__, {})


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(public_estimators(), expected_failed_checks=expected_failures)
def test_scikit_learn_check(estimator, check):
    check(estimator)


def test_every_estimator_is_found():
    names = [type(estimator).__name__ for estimator in public_estimators()]
    assert {"CropCNNClassifier", "ElbowPCA", "TorchMLPClassifier"} <= set(names)
