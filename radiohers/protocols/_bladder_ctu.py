"""Radiomics of bladder cancer on CT urography: three classifiers on the same features."""

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from radiohers.estimators import make_radiomics_pipeline
from radiohers.features import RadiomicsExtractor

__all__ = ["radiomics_models"]

_CLASSIFIERS = {"LR": "lr", "RF": "rf", "MLP": "mlp"}


def radiomics_models(extractor: RadiomicsExtractor | None = None, *, random_state: int = 0) -> dict[str, Pipeline]:
    """Return the three models of the study, on the same features.

    Parameters
    ----------
    extractor : RadiomicsExtractor, default=None
        What makes the features; None is ``RadiomicsExtractor("bladder_ctu")``.
    random_state : int, default=0
        Seed of the classifiers.

    Returns
    -------
    dict of str to Pipeline
        Logistic regression ("LR"), random forest ("RF") and multi-layer perceptron ("MLP"),
        for :func:`~radiohers.evaluation.compare_models`. The study's own split is
        ``StratifiedGroupShuffleSplit(test_size=0.3)``.

    References
    ----------
    Jiao P et al. J Cancer 2024;15:6336. The study fitted PCA before its split;
    here it is fitted in each fold, on the training part.

    Examples
    --------
    >>> from radiohers.protocols import radiomics_models
    >>> list(radiomics_models())
    ['LR', 'RF', 'MLP']
    """
    extractor = RadiomicsExtractor("bladder_ctu") if extractor is None else extractor
    return {
        name: make_radiomics_pipeline(classifier, random_state=random_state).set_params(extractor=clone(extractor))
        for name, classifier in _CLASSIFIERS.items()
    }
