"""From cohort rows to a probability: the radiomics pipeline, and that of networks on crops."""

from collections.abc import Callable
from os import PathLike
from typing import Any

from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from radiohers.crops import CropExtractor
from radiohers.estimators._case_cnn import CaseCNNClassifier
from radiohers.estimators._crop_cnn import CropCNNClassifier
from radiohers.estimators._elbow_pca import ElbowPCA
from radiohers.estimators._mlp import TorchMLPClassifier
from radiohers.features import RadiomicsExtractor

__all__ = ["make_cnn_pipeline", "make_radiomics_pipeline"]


def make_cnn_pipeline(
    backbone: str | Callable | BaseEstimator = "resnet34",
    crops: str | PathLike | dict | CropExtractor = "liver_portal_venous",
    *,
    weights: str | PathLike | None = None,
    lr: float = 1e-4,
    max_epochs: int = 50,
    augmentation: Any = "liver_ct",
    aggregate: str = "mean",
    memory: Any = None,
    n_jobs: int | None = None,
    on_error: str = "raise",
    random_state: Any = 0,
    verbose: int = 0,
) -> Pipeline:
    """Make a neural network that takes cohort rows.

    Parameters
    ----------
    backbone : str, callable or classifier, default="resnet34"
        What :class:`CropCNNClassifier` takes, such as "small" for CPUs and few cases; or a
        classifier of images of one's own, which brings its own `weights`, `lr`, `max_epochs`,
        `augmentation` and `random_state`.
    crops : str, path-like, dict or CropExtractor, default="liver_portal_venous"
        How lesions are cropped: a preset, a parameter file or some of its values, as in
        :meth:`~radiohers.crops.CropExtractor.from_params`; or an extractor, which brings its own
        `memory`, `n_jobs` and `on_error`.
    weights : None, "imagenet" or path-like, default=None
        Weights to start from.
    lr : float, default=1e-4
        Learning rate.
    max_epochs : int, default=50
        Passes over the training crops, at most.
    augmentation : str, Augmentation or None, default="liver_ct"
        Random changes of each training batch.
    aggregate : {"mean", "median", "max", "noisy_or"}, default="mean"
        How the probabilities of a case's crops become one; see :class:`CaseCNNClassifier`.
    memory : str, path-like or joblib.Memory, default=None
        Folder of the cache of crops.
    n_jobs : int, default=None
        Number of cases that are cropped at the same time.
    on_error : {"raise", "warn"}, default="raise"
        What a case that fails does while it is cropped. The network refuses cases without
        crops either way; after "warn" its error says how many there are.
    random_state : int, RandomState instance or None, default=0
        Seed of the network.
    verbose : int, default=0
        Whether to show the progress of cropping and training.

    Returns
    -------
    sklearn.pipeline.Pipeline
        With the steps ``crops`` (:class:`~radiohers.crops.CropExtractor`) and ``cnn``
        (:class:`CaseCNNClassifier`). All other parameters are set by name, as in
        ``make_cnn_pipeline("small").set_params(cnn__classifier__patience=5)``, and a grid names
        them so, too. Patients, of whom the network holds out some to choose the epoch by,
        are given as ``fit(X, y, cnn__groups=groups)``.

    Raises
    ------
    ParamsError
        If there is no such preset or file of crops, or a value in it is wrong.

    References
    ----------
    Liu et al. Quant Imaging Med Surg 2023;13:2837. Crops, backbones and training follow this study.

    Examples
    --------
    >>> from radiohers.estimators import make_cnn_pipeline
    >>> model = make_cnn_pipeline("small", crops={"size": 64, "margin_mm": 5.0}, max_epochs=20)
    >>> list(model.named_steps)
    ['crops', 'cnn']
    >>> model.get_params()["crops__size"], model.get_params()["cnn__classifier__max_epochs"]
    (64, 20)
    """
    if isinstance(crops, CropExtractor):
        extractor = clone(crops)
    else:
        extractor = CropExtractor.from_params(crops, n_jobs=n_jobs, memory=memory, on_error=on_error, verbose=verbose)
    if hasattr(backbone, "get_params") and not isinstance(backbone, type):
        network = clone(backbone)
    else:
        network = CropCNNClassifier(
            backbone,
            weights=weights,
            lr=lr,
            max_epochs=max_epochs,
            augmentation=augmentation,
            random_state=random_state,
            verbose=verbose,
        )
    return Pipeline([("crops", extractor), ("cnn", CaseCNNClassifier(network, aggregate))])


def make_radiomics_pipeline(
    classifier: str | BaseEstimator = "lr",
    params: Any = "ct_default",
    *,
    engine: str = "native",
    n_components: Any = "elbow",
    memory: Any = None,
    n_jobs: int | None = None,
    on_error: str = "raise",
    random_state: Any = 0,
    verbose: int = 0,
) -> Pipeline:
    """Make a classifier that takes cohort rows.

    Parameters
    ----------
    classifier : {"lr", "rf", "mlp"} or classifier, default="lr"
        Logistic regression, random forest, :class:`TorchMLPClassifier`, or any
        scikit-learn classifier.
    params : str, path-like or dict, default="ct_default"
        What to extract; see :class:`~radiohers.features.RadiomicsExtractor`.
    engine : {"native", "pyradiomics"}, default="native"
        What computes the features: compiled kernels, or pyradiomics itself.
    n_components : "elbow", int, float or None, default="elbow"
        Of the principal components; see :class:`ElbowPCA`. None leaves PCA out.
    memory : str, path-like or joblib.Memory, default=None
        Folder of the cache of features.
    n_jobs : int, default=None
        Number of cases that are extracted at the same time.
    on_error : {"raise", "nan"}, default="raise"
        What a case that fails does.
    random_state : int, RandomState instance or None, default=0
        Seed of the classifier.
    verbose : int, default=0
        Whether to show the progress of the extraction.

    Returns
    -------
    sklearn.pipeline.Pipeline
        With the steps ``extractor``, ``imputer`` (median), ``scaler`` (zero
        mean, unit variance), ``variance`` (drops constant features), ``pca`` and
        ``classifier``; a grid names them as in ``classifier__C``. All but the first
        learn from the training cases alone when the pipeline is cross-validated.

    Raises
    ------
    ValueError
        If `classifier` is a name that is not known.

    References
    ----------
    Jiao P et al. J Cancer 2024;15:6336. The order of the steps and the three
    classifiers follow this study.

    Examples
    --------
    >>> from radiohers.estimators import make_radiomics_pipeline
    >>> list(make_radiomics_pipeline("rf").named_steps)
    ['extractor', 'imputer', 'scaler', 'variance', 'pca', 'classifier']
    """
    steps = [
        (
            "extractor",
            RadiomicsExtractor(
                params=params, engine=engine, n_jobs=n_jobs, memory=memory, on_error=on_error, verbose=verbose
            ),
        ),
        # A feature that is missing in every training case stays as a constant, so that columns keep their places;
        # the variance filter takes it out.
        ("imputer", SimpleImputer(strategy="median", keep_empty_features=True)),
        ("scaler", StandardScaler()),
        ("variance", VarianceThreshold()),
    ]
    if n_components is not None:
        steps.append(("pca", ElbowPCA(n_components=n_components)))
    steps.append(("classifier", _classifier(classifier, random_state)))
    return Pipeline(steps)


def _classifier(classifier: str | BaseEstimator, random_state: Any) -> BaseEstimator:
    if not isinstance(classifier, str):
        return clone(classifier)
    makers = {
        "lr": lambda: LogisticRegression(max_iter=1000, random_state=random_state),
        "rf": lambda: RandomForestClassifier(n_estimators=300, random_state=random_state),
        "mlp": lambda: TorchMLPClassifier(random_state=random_state),
    }
    if classifier not in makers:
        raise ValueError(
            f"classifier={classifier!r} is not known. Use {', '.join(map(repr, makers))}, or give a scikit-learn "
            "classifier."
        )
    return makers[classifier]()
