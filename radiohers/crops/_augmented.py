"""Crops augmented once and for all, which remember their originals."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from radiohers.exceptions import CropError

__all__ = ["AugmentedCrops", "crop_images", "draw_originals"]


@dataclass(frozen=True)
class AugmentedCrops:
    """Originals and their augmented copies, from :meth:`Augmentation.augment_to`.

    Attributes
    ----------
    images : ndarray of shape (n, row, column), uint8
        The originals in their order, then the copies, class by class.
    y : ndarray of shape (n,)
        Label of each crop.
    original : ndarray of int, shape (n,)
        Which original each crop is, or was made from. What is known of originals is passed on
        by indexing: ``groups[augmented.original]`` are the patients of all crops.
    operations : DataFrame of n rows
        What was done to each crop, as in :meth:`Augmentation.sample`; nothing to originals.
    """

    images: np.ndarray
    y: np.ndarray
    original: np.ndarray
    operations: pd.DataFrame

    def __len__(self) -> int:
        return len(self.images)


def crop_images(crops: Any) -> np.ndarray:
    """Return the images of crops, or of an array.

    Parameters
    ----------
    crops : Crops or array of shape (n, row, column), uint8
        The crops.

    Returns
    -------
    ndarray of shape (n, row, column), uint8
        Their images.

    Raises
    ------
    CropError
        If they are of another shape or type.
    """
    images = np.ascontiguousarray(getattr(crops, "images", crops))
    if images.ndim != 3 or images.dtype != np.uint8:
        raise CropError(
            f"Crops must be an array of shape (n, row, column) and type uint8, not {images.dtype} of shape "
            f"{images.shape}",
            advice="Window the images with CropExtractor first.",
        )
    return images


def draw_originals(y: np.ndarray, n_images: int, counts: dict, rng: np.random.Generator) -> np.ndarray:
    """Choose the originals of all crops: each once, then as evenly as `counts` allows.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Label of each original.
    n_images : int
        Number of originals.
    counts : dict of {label: int}
        Number of crops of each class afterwards.
    rng : numpy.random.Generator
        Chooses which originals get one copy more than others.

    Returns
    -------
    ndarray of int, shape (sum of counts,)
        Indices of originals: all in order, then those of the copies, class by class.

    Raises
    ------
    CropError
        If labels do not fit the images, or counts the labels.
    """
    if y.shape != (n_images,):
        raise CropError(f"y must hold one label for each of {n_images} crops, and has the shape {y.shape}.")
    labels = np.unique(y).tolist()
    if set(labels) != set(counts):
        raise CropError(
            f"counts has the labels {list(counts)}, and y has {labels}", advice="Give a count for each label of y."
        )
    originals = [np.arange(n_images)]
    for label in labels:
        of_class = np.flatnonzero(y == label)
        n_copies = counts[label] - len(of_class)
        if n_copies < 0:
            raise CropError(
                f"counts[{label!r}]={counts[label]} is below the {len(of_class)} originals of that class, and every "
                "original is kept",
                advice="Raise the count, or select fewer crops first.",
            )
        each, left = divmod(n_copies, len(of_class))
        one_more = rng.permutation(len(of_class)) < left
        originals.append(np.repeat(of_class, each + one_more))
    return np.concatenate(originals)
