"""The native engine: pyradiomics' features by compiled kernels, a module each for a filter, a matrix, a class.

Its parts, for those who want one of them. The whole is chosen by ``RadiomicsExtractor(engine="native")``.
"""

from typing import TYPE_CHECKING

from radiohers._lazy import lazy_names
from radiohers.features.native._names import (
    DEPRECATED_FEATURES,
    FEATURES_WITHOUT_VALUE,
    IMAGE_TYPES,
    feature_names,
    native_features,
)

if TYPE_CHECKING:
    from radiohers.features.native._filters import filtered_images, is_native
    from radiohers.features.native._prepare import PreparedCase, prepare
    from radiohers.features.native._shape import shape_features
    from radiohers.features.native._shape2d import shape_2d_features
    from radiohers.features.native._texture import texture_and_first_order

__all__ = [
    "DEPRECATED_FEATURES",
    "FEATURES_WITHOUT_VALUE",
    "IMAGE_TYPES",
    "PreparedCase",
    "feature_names",
    "filtered_images",
    "is_native",
    "native_features",
    "prepare",
    "shape_2d_features",
    "shape_features",
    "texture_and_first_order",
]

# numba takes a quarter of a second, which those need not wait for who ask for names.
__getattr__ = lazy_names(
    __name__,
    {
        "PreparedCase": "_prepare",
        "filtered_images": "_filters",
        "is_native": "_filters",
        "prepare": "_prepare",
        "shape_2d_features": "_shape2d",
        "shape_features": "_shape",
        "texture_and_first_order": "_texture",
    },
)
