"""Crops of lesions for neural networks: rectangles, extraction, augmentation."""

from typing import TYPE_CHECKING

from radiohers._lazy import lazy_names

if TYPE_CHECKING:
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

# Who reads presets needs neither scikit-learn nor SimpleITK.
__getattr__ = lazy_names(
    __name__,
    {
        "Augmentation": "_augmentation",
        "AugmentedCrops": "_augmented",
        "CropExtractor": "_extractor",
        "Crops": "_crops",
        "crop_params_text": "_params",
        "describe_crop_params": "_params",
        "list_crop_params": "_params",
    },
)


def __dir__() -> list[str]:
    return __all__
