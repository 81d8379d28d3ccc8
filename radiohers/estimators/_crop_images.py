"""From the X of scikit-learn to the images a network takes."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from radiohers._sklearn import _check_n_features

__all__ = [
    "as_images",
    "check_training_images",
    "images_to_predict",
    "intensity_range",
    "make_scaling",
    "network_size",
    "resize_images",
]

# uint8 stays uint8; all else becomes float32.
CHECKS = {"dtype": [np.float32, np.uint8], "ensure_2d": False, "allow_nd": True}

# The least side that five halvings leave a pixel of.
MIN_SIDE = 32
# Channels are looked for in the last axis if it is no longer than that, and the others no shorter than a crop's sides.
MOST_CHANNELS_LAST = 4
LEAST_SIDE = 8
UINT8_RANGE = (0.0, 255.0)
# Images that are resized at a time, which bounds the memory of their copies as floats.
IMAGES_AT_A_TIME = 64


def check_training_images(estimator: Any, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Check what `fit` was given, as scikit-learn does.

    Parameters
    ----------
    estimator : estimator
        Gets `n_features_in_`, if X has two axes, and `feature_names_in_`.
    X : array-like of shape (n, row, column), (n, channel, row, column), (n, row, column, channel) or (n, n_features)
        Training images.
    y : array-like of shape (n,)
        Labels.

    Returns
    -------
    images : ndarray of shape (n, channel, row, column), uint8 or float32
        The images.
    y : ndarray of shape (n,)
        The labels.

    Raises
    ------
    ValueError
        If X or y cannot be used.
    """
    X, y = validate_data(estimator, X, y, **CHECKS)
    images = as_images(X)
    if X.ndim == 2:
        _check_n_features(estimator, X, reset=True)
    else:
        # Of an earlier fit.
        vars(estimator).pop("n_features_in_", None)
    return images, y


def images_to_predict(classifier: Any, X: Any) -> Any:
    """Check images to predict, and bring them to the network's size.

    Parameters
    ----------
    classifier : fitted CropCNNClassifier
        With `image_shape_` and `input_size`.
    X : array-like of shape (n, row, column), (n, channel, row, column), (n, row, column, channel) or (n, n_features)
        The images.

    Returns
    -------
    images : torch.Tensor of shape (n, channel, row, column), uint8 or float32
        On the CPU; not scaled yet.

    Raises
    ------
    ValueError
        If X cannot be used, or has another shape than the training images.
    """
    import torch

    X = validate_data(classifier, X, reset=False, **CHECKS)
    if X.ndim == 2 and hasattr(classifier, "n_features_in_"):
        _check_n_features(classifier, X, reset=False)
    images, expected = as_images(X, classifier.image_shape_), classifier.image_shape_
    same_size = classifier.input_size is not None or images.shape[2:] == expected[1:]
    if images.shape[1] != expected[0] or not same_size:
        raise ValueError(
            f"X has crops of shape {images.shape[1:]} (channel, row, column), and {type(classifier).__name__} was "
            f"fitted on {expected}. Extract them with the same settings, or set input_size, which resizes all crops."
        )
    # NumPy arrays that may not be written to, or run backwards, cannot become tensors.
    tensor = torch.from_numpy(np.require(images, requirements=["C", "W"]))
    return resize_images(tensor, network_size(classifier.input_size, expected[1:]))


def as_images(X: np.ndarray, shape: tuple[int, int, int] | None = None) -> np.ndarray:
    """Give an array of images its four axes.

    Parameters
    ----------
    X : ndarray of shape (n, row, column), (n, channel, row, column), (n, row, column, channel) or (n, n_features)
        The images. The channels are last if there are 1 to 4 of them, of images with sides
        of 8 or more, and first otherwise. Without a `shape`, flat rows are taken for square images of
        one channel if their length is a square number, for square images of three
        channels if it is three times one, and for one row of pixels otherwise.
    shape : tuple of int (channel, row, column), default=None
        What flat rows of that many values are reshaped to.

    Returns
    -------
    images : ndarray of shape (n, channel, row, column)
        A view.

    Raises
    ------
    ValueError
        If X has another number of axes, or images without pixels, or if its first and its last axis may both be
        that of the channels.

    Examples
    --------
    >>> [as_images(np.zeros(given)).shape[1:] for given in [(5, 8, 9), (5, 2, 8, 9), (5, 8, 9, 2), (5, 16), (5, 48)]]
    [(1, 8, 9), (2, 8, 9), (2, 8, 9), (1, 4, 4), (3, 4, 4)]
    """
    if X.ndim not in (2, 3, 4) or 0 in X.shape[1:]:
        raise ValueError(
            f"X has the shape {X.shape}, and must have (n, row, column), (n, channel, row, column), "
            "(n, row, column, channel) or (n, n_features). "
            "Reshape your data: one image is X[np.newaxis]; X.reshape(1, -1) if it contains a single flat sample."
        )
    if X.ndim == 2:
        n_features = X.shape[1]
        if shape is None or math.prod(shape) != n_features:
            shape = _shape_of_flat(n_features)
        return X.reshape(len(X), *shape)
    if X.ndim == 3:
        return X[:, np.newaxis]
    return np.ascontiguousarray(np.moveaxis(X, 3, 1)) if _has_channels_last(X.shape, shape) else X


def _has_channels_last(given: tuple[int, ...], shape: tuple[int, int, int] | None) -> bool:
    """Return whether the last of four axes is that of the channels; refuse what could be either."""
    _, first, middle, last = given
    if given[1:] == shape or last >= LEAST_SIDE or first <= MOST_CHANNELS_LAST < last:
        return False
    if last <= MOST_CHANNELS_LAST and min(first, middle) >= LEAST_SIDE:
        return True
    raise ValueError(
        f"X has the shape {given}, of which the channels may be the axis of {first} or the axis of {last}. Give "
        "(n, channel, row, column): np.moveaxis(X, -1, 1) where the channels are last, "
        "np.expand_dims(X, 1) for (n, row, column)."
    )


def _shape_of_flat(n_features: int) -> tuple[int, int, int]:
    for n_channels in (1, 3):
        side = math.isqrt(n_features // n_channels)
        if n_channels * side**2 == n_features:
            return n_channels, side, side
    return 1, 1, n_features


def network_size(input_size: Any, shape: tuple[int, int]) -> tuple[int, int]:
    """Return the size at which images of a shape go into the network.

    Parameters
    ----------
    input_size : int, pair of int or None
        Side, or (rows, columns). None keeps the images' own size, but for sides
        under 32, which become 32.
    shape : tuple of int
        Rows and columns of the images.

    Returns
    -------
    tuple of int
        Rows and columns.

    Raises
    ------
    ValueError
        If `input_size` is something else, or less than 32.
    """
    if input_size is None:
        return max(shape[0], MIN_SIDE), max(shape[1], MIN_SIDE)
    pair = np.broadcast_to(input_size, 2) if np.size(input_size) in (1, 2) else np.zeros(2)
    if not np.issubdtype(pair.dtype, np.integer) or pair.min() < MIN_SIDE:
        raise ValueError(
            f"input_size={input_size!r} must be None, a side, or a pair (rows, columns), of integers of at least "
            f"{MIN_SIDE} pixels."
        )
    return int(pair[0]), int(pair[1])


def resize_images(images: Any, size: tuple[int, int]) -> Any:
    """Stretch or shrink images, bilinearly and without aliasing.

    Parameters
    ----------
    images : torch.Tensor of shape (n, channel, row, column), uint8 or float32
        The images.
    size : tuple of int
        Rows and columns.

    Returns
    -------
    torch.Tensor of shape (n, channel, *size)
        Of the same type; uint8 is rounded. The images themselves if they have that size.
    """
    import torch

    if tuple(images.shape[-2:]) == tuple(size):
        return images
    resized = torch.empty(*images.shape[:2], *size, dtype=images.dtype)
    for some, out in zip(images.split(IMAGES_AT_A_TIME), resized.split(IMAGES_AT_A_TIME), strict=True):
        values = torch.nn.functional.interpolate(some.float(), size, mode="bilinear", antialias=True)
        out.copy_(values if images.is_floating_point() else values.round_().clamp_(0, 255))
    return resized


def intensity_range(images: np.ndarray) -> tuple[float, float]:
    """Return the values that become 0 and 1: 0 and 255 for uint8, otherwise the least and greatest one.

    Parameters
    ----------
    images : ndarray
        Training images.

    Returns
    -------
    low, high : float
        Apart, also where all values are equal.
    """
    if images.dtype == np.uint8:
        return UINT8_RANGE
    low, high = float(images.min()), float(images.max())
    return low, high if high > low else low + 1.0


def make_scaling(intensity_range: tuple[float, float]) -> Callable[[Any], Any]:
    """Return a function that brings a batch of images to float32 in 0..1.

    Parameters
    ----------
    intensity_range : tuple of float
        From :func:`intensity_range`; values outside it are clipped.

    Returns
    -------
    callable
        From a torch.Tensor of shape (n, channel, row, column) to a new one.
    """
    import torch

    low, high = intensity_range

    def scale(batch: Any) -> Any:
        if batch.dtype == torch.uint8 and intensity_range == UINT8_RANGE:
            return batch.to(torch.float32).mul_(1 / 255)
        return batch.to(torch.float32, copy=True).sub_(low).mul_(1 / (high - low)).clamp_(0, 1)

    return scale
