"""Crops of lesions for neural networks: rectangles, extraction, augmentation."""

from typing import TYPE_CHECKING

from radiohers._lazy import lazy_names

if TYPE_CHECKING:
    from radiohers.crops._augmentation import Augmentation
    from radiohers.crops._augmented import AugmentedCrops
    from radiohers.crops._crops import Crops
    from radiohers.crops._extractor import CropExtractor
    from radiohers.crops._params import CROP_PRESETS, crop_params_text, describe_crop_params, list_crop_params

__all__ = [
    "list_crop_params",
    "describe_crop_params",
    "crop_params_text",
    "CROP_PRESETS",
    "Augmentation",
    "AugmentedCrops",
    "CropExtractor",
    "Crops",
]

# Who reads presets needs neither scikit-learn nor SimpleITK.
__getattr__ = lazy_names(
    __name__,
    {
        "list_crop_params": "_params",
        "describe_crop_params": "_params",
        "crop_params_text": "_params",
        "CROP_PRESETS": "_params",
        "Augmentation": "_augmentation",
        "AugmentedCrops": "_augmented",
        "CropExtractor": "_extractor",
        "Crops": "_crops",
    },
)


def __dir__() -> list[str]:
    return __all__
