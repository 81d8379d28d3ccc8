"""From cohort rows to a probability: the radiomics pipeline."""

from typing import Any

from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from radiohers.estimators._elbow_pca import ElbowPCA
from radiohers.estimators._mlp import TorchMLPClassifier
from radiohers.features import RadiomicsExtractor

__all__ = ["make_radiomics_pipeline"]


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
