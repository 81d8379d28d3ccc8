"""What a fitted model of cohort rows sees, and the network that sees it."""

from typing import Any

from sklearn.pipeline import Pipeline

from radiohers.crops import Crops
from radiohers.estimators import CaseCNNClassifier

__all__ = ["crops_and_network"]


def crops_and_network(model: Any, X: Any) -> tuple[Crops, CaseCNNClassifier]:
    """Return the crops that a fitted model makes of cases, and its last step, which learned from such crops.

    Parameters
    ----------
    model : fitted pipeline, search or CaseCNNClassifier
        It ends in a :class:`~radiohers.estimators.CaseCNNClassifier`; of a search, the best model is taken.
    X : DataFrame of shape (n_cases, n_columns), list of (image, mask) or Crops
        What the model takes.

    Returns
    -------
    crops : Crops
        Of these cases.
    network : CaseCNNClassifier
        Its `classifier_` is what :func:`grad_cam` explains.

    Examples
    --------
    >>> import numpy as np, SimpleITK as sitk
    >>> from radiohers.estimators import make_cnn_pipeline
    >>> from radiohers.explain import crops_and_network
    >>> image = sitk.GetImageFromArray(np.random.default_rng(0).normal(60, 20, size=(7, 40, 56)))
    >>> mask = sitk.GetImageFromArray(np.pad(np.ones((1, 16, 16), "uint8"), ((3, 3), (12, 12), (20, 20))))
    >>> model = make_cnn_pipeline("small", {"size": 32}, max_epochs=1)
    >>> model = model.set_params(cnn__classifier__validation_fraction=0).fit([(image, mask)] * 4, [0, 1, 0, 1])
    >>> crops, network = crops_and_network(model, [(image, mask)])
    >>> crops, network.n_crops_
    (<Crops: 1 crop of 1 case, 32 x 32 pixels, with lesion masks>, 4)
    """
    if hasattr(model, "best_estimator_"):
        return crops_and_network(model.best_estimator_, X)
    if isinstance(model, Pipeline):
        return crops_and_network(model[-1], model[:-1].transform(X) if len(model) > 1 else X)
    return X, model
