"""The native engine: pyradiomics' features by compiled kernels, a module each for a filter, a matrix, a class.

Its parts, for those who want one of them. The whole is chosen by ``RadiomicsExtractor(engine="native")``.
"""

from radiohers.features.native._filters import filtered_images, is_native
from radiohers.features.native._names import native_features
from radiohers.features.native._prepare import PreparedCase, prepare
from radiohers.features.native._shape import shape_features
from radiohers.features.native._shape2d import shape_2d_features
from radiohers.features.native._texture import texture_and_first_order

__all__ = [
    "PreparedCase",
    "filtered_images",
    "is_native",
    "native_features",
    "prepare",
    "shape_2d_features",
    "shape_features",
    "texture_and_first_order",
]
