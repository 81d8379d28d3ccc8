"""Which features there are natively."""

from radiohers.features.native._shape import SHAPE_FEATURES
from radiohers.features.native._shape2d import SHAPE_2D_FEATURES
from radiohers.features.native._texture import FEATURES

__all__ = ["native_features"]


def native_features() -> dict[str, tuple[str, ...]]:
    """Return the features that are computed when a class is asked for without names.

    Returns
    -------
    dict of str to tuple of str
        Class to names, both in pyradiomics' order.

    Examples
    --------
    >>> from radiohers.features.native import native_features
    >>> {of_class: len(names) for of_class, names in native_features().items()}
    {'firstorder': 18, 'glcm': 24, 'gldm': 14, 'glrlm': 16, 'glszm': 16, 'ngtdm': 5, 'shape': 14, 'shape2D': 9}
    """
    classes = {**FEATURES, "shape": SHAPE_FEATURES, "shape2D": SHAPE_2D_FEATURES}
    return {of_class: tuple(sorted(names, key=_method)) for of_class, names in sorted(classes.items())}


def _method(name: str) -> str:
    # pyradiomics sorts the names of its methods, such as getMeanFeatureValue.
    return f"{name}FeatureValue"
