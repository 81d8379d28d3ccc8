"""Crops of lesions for neural networks: rectangles, extraction, augmentation."""

from radiohers.crops._augmentation import Augmentation
from radiohers.crops._augmented import AugmentedCrops
from radiohers.crops._crops import Crops
from radiohers.crops._extractor import CropExtractor
from radiohers.crops._params import crop_params_text, describe_crop_params, list_crop_params

__all__ = [
    "Augmentation",
    "AugmentedCrops",
    "CropExtractor",
    "Crops",
    "crop_params_text",
    "describe_crop_params",
    "list_crop_params",
]
