"""The native engine: pyradiomics' features by compiled kernels, a module each for a filter, a matrix, a class.

Its parts, for those who want one of them. The whole is chosen by ``RadiomicsExtractor(engine="native")``.
"""

from radiohers.features.native._filters import filtered_images, is_native
from radiohers.features.native._prepare import PreparedCase, prepare
from radiohers.features.native._shape import SHAPE_FEATURES, shape_features
from radiohers.features.native._shape2d import SHAPE_2D_FEATURES, shape_2d_features
from radiohers.features.native._texture import FEATURES, texture_and_first_order

__all__ = [
    "FEATURES",
    "SHAPE_2D_FEATURES",
    "SHAPE_FEATURES",
    "PreparedCase",
    "filtered_images",
    "is_native",
    "prepare",
    "shape_2d_features",
    "shape_features",
    "texture_and_first_order",
]
