"""Grad-CAM: which places of a crop speak for a class."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted
from tqdm import tqdm

from radiohers.estimators import cam_layer, has_channels_last
from radiohers.explain._upsample import starts_at_first_pixel, upsample

if TYPE_CHECKING:
    import torch

__all__ = ["class_positions", "grad_cam", "images_of"]

BATCH_SIZE = 16


def grad_cam(
    estimator: Any, crops: Any, target_class: Any = None, layer: Any = "auto", *, verbose: int = 0
) -> np.ndarray:
    """Compute where in each crop a network finds what speaks for a class.

    Parameters
    ----------
    estimator : CropCNNClassifier
        A fitted classifier.
    crops : Crops, or array-like of a shape that the classifier takes
        The crops.
    target_class : label or array-like of shape (n,), default=None
        The class to be explained, one of ``estimator.classes_``, for all crops
        or for each. None takes the class that is predicted for each crop.
    layer : "auto", str or torch.nn.Module, default="auto"
        The layer whose output is looked at; a name as in
        ``estimator.network_.named_modules()``, of which ``backbone.`` may be
        left out, or the module itself. "auto" takes the last one before the
        average over all places: ``layer4`` of ResNets, ``features`` of Swin and
        "small", otherwise the last convolution.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    ndarray of shape (n, row, column), float32
        In 0..1, at the size of the crops. Each map is divided by its own maximum, so maps
        tell places of a crop apart, not crops. A map is 0 throughout where
        nothing speaks for the class.

    Raises
    ------
    ValueError
        If there are no crops, the class is not one of the estimator's, or the layer is not
        there or has no places.

    Notes
    -----
    With A the layer's output and s the logit of the class, the map is

    .. math:: \\mathrm{ReLU}\\Big(\\sum_c \\big(\\mathrm{mean}_{ij}\\,
              \\partial s / \\partial A_{cij}\\big) A_c\\Big),

    interpolated bilinearly. It is as coarse as the layer: ``layer4`` of a ResNet
    has one cell for 32 x 32 pixels of the network's input, "small" one for 8 x 8.

    Each cell is put where it looks. Those of Swin look at the middle of
    their share of the input, but those of ResNets and "small", whose layers with a stride have odd
    sizes, at its first pixel. Other implementations put all of them in the
    middle, which moves a ResNet's map of 224 pixels by 15.5 to the lower right. (The
    centroid of the squared gradient of ``layer4`` of ResNets with random
    weights was 10 to 19 pixels from the middle, that of Swin 0.5 at most.)

    The output may have its channels first or, as in Swin, last: the two axes
    whose ratio is nearer to that of the crop's rows and columns are taken
    for places. If both readings fit alike, channels are last where
    :func:`~radiohers.estimators.has_channels_last` says so.

    The network computes on the CPU, in single precision.

    References
    ----------
    Selvaraju RR, Cogswell M, Das A, Vedantam R, Parikh D, Batra D. Grad-CAM:
    Visual Explanations from Deep Networks via Gradient-based Localization. ICCV 2017.
    :doi:`10.1109/ICCV.2017.74`

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.estimators import CropCNNClassifier
    >>> from radiohers.explain import grad_cam
    >>> crops = np.random.default_rng(0).integers(0, 256, size=(8, 32, 32), dtype="uint8")
    >>> cnn = CropCNNClassifier("small", max_epochs=1, validation_fraction=0, random_state=0)
    >>> maps = grad_cam(cnn.fit(crops, np.arange(8) % 2), crops[:3], target_class=1)
    >>> maps.shape, maps.dtype
    ((3, 32, 32), dtype('float32'))
    """
    check_is_fitted(estimator, "network_")
    X = images_of(crops)
    if not len(X):
        raise ValueError("There are no crops to explain.")
    positions = None if target_class is None else class_positions(estimator.classes_, target_class, len(X))
    network = estimator.network_.eval()
    layer = _find_layer(network, layer)
    maps = []
    batches = range(0, len(X), BATCH_SIZE)
    for start in tqdm(batches, desc="Grad-CAM", unit=f"batch of {BATCH_SIZE} crops", disable=not verbose):
        rows = slice(start, start + BATCH_SIZE)
        inputs = estimator.as_inputs(X[rows])
        size = X.shape[-2:] if X.ndim > 2 else inputs.shape[-2:]
        maps.append(_batch_maps(network, layer, inputs, None if positions is None else positions[rows], size))
    return np.concatenate(maps)


def images_of(crops: Any) -> np.ndarray:
    """Return the images of crops, or the array that was given instead."""
    return np.asarray(getattr(crops, "images", crops))


def class_positions(classes: np.ndarray, labels: Any, n_crops: int) -> np.ndarray:
    """Return the position in `classes` of each crop's class.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Labels.
    labels : label or array-like of shape (n_crops,)
        One label for all crops, or one for each.
    n_crops : int
        Number of crops.

    Returns
    -------
    ndarray of shape (n_crops,), int
        Positions.

    Raises
    ------
    ValueError
        If a label is not in `classes`, or there is another number of them.
    """
    labels = np.asarray(labels)
    if labels.shape not in ((), (n_crops,)):
        raise ValueError(
            f"target_class has the shape {labels.shape}. Give one label, or one for each of the {n_crops} crops."
        )
    labels = np.broadcast_to(labels, n_crops)
    positions = pd.Index(classes).get_indexer(labels)
    if (positions < 0).any():
        unknown = labels[positions < 0].tolist()[0]
        raise ValueError(f"target_class={unknown!r} is not one of the classifier's classes, {classes.tolist()}.")
    return positions


def _find_layer(network: "torch.nn.Module", layer: Any) -> "torch.nn.Module":
    import torch

    if isinstance(layer, str) and layer == "auto":
        return cam_layer(network)
    modules = dict(network.named_modules())
    if isinstance(layer, torch.nn.Module):
        if not any(layer is module for module in modules.values()):
            raise ValueError(
                f"layer={type(layer).__name__} is a module, but not one of this network. "
                "Take it from estimator.network_, not from a copy."
            )
        return layer
    for name in (layer, f"backbone.{layer}"):
        if name in modules:
            return modules[name]
    parts = ", ".join(name for name, _ in getattr(network, "backbone", network).named_children())
    raise ValueError(
        f"layer={layer!r} is not in the network, whose parts are {parts}. "
        "Use 'auto', or a name of estimator.network_.named_modules()."
    )


def _batch_maps(
    network: "torch.nn.Module",
    layer: "torch.nn.Module",
    inputs: "torch.Tensor",
    positions: np.ndarray | None,
    size: tuple[int, int],
) -> np.ndarray:
    """Return the maps of some crops, as an array of shape (n, *size)."""
    import torch

    activation, logits = _run(network, layer, inputs)
    columns = logits.argmax(dim=1) if positions is None else torch.as_tensor(positions)
    # Rows do not touch each other in evaluation mode: the gradient of the sum is that of each.
    score = logits.gather(1, columns[:, None]).sum()
    (gradient,) = torch.autograd.grad(score, activation)
    if _channels_are_last(network, layer, activation.shape, inputs.shape[-2:]):
        activation, gradient = (values.permute(0, 3, 1, 2) for values in (activation, gradient))
    channel_weights = gradient.mean(dim=(2, 3), keepdim=True)
    maps = (channel_weights * activation.detach()).sum(dim=1).relu()
    maps = upsample(maps, size, (inputs.shape[2], inputs.shape[3]), from_first_pixel=starts_at_first_pixel(network))
    highest = maps.amax(dim=(1, 2), keepdim=True)
    return torch.where(highest > 0, maps / highest, 0).numpy()


def _run(
    network: "torch.nn.Module", layer: "torch.nn.Module", inputs: "torch.Tensor"
) -> tuple["torch.Tensor", "torch.Tensor"]:
    """Run the network; return the layer's output, and the logits as a function of it."""
    import torch

    caught = []

    def catch(module: "torch.nn.Module", arguments: tuple, output: Any) -> "torch.Tensor":
        if not isinstance(output, torch.Tensor) or output.ndim != 4:
            found = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
            raise ValueError(
                f"the layer {type(module).__name__} returns {found}, and Grad-CAM needs four axes: "
                "crop, channel, row and column, or crop, row, column and channel. Choose an earlier layer."
            )
        caught.append(output.detach().requires_grad_())
        # Gradients are kept from here on only, which takes neither time nor memory for the layers before.
        torch.set_grad_enabled(True)
        # An in-place ReLU that follows would overwrite what was caught, so it gets a copy.
        return caught[-1].clone()

    handle = layer.register_forward_hook(catch)
    try:
        with torch.no_grad():
            logits = network(inputs)
    finally:
        handle.remove()
    if not caught or not logits.requires_grad:
        raise ValueError(f"the layer {type(layer).__name__} has no part in the network's logits. Choose another one.")
    return caught[-1], logits


def _channels_are_last(
    network: "torch.nn.Module", layer: "torch.nn.Module", shape: Sequence[int], input_size: Sequence[int]
) -> bool:
    """Compare the ratio of rows and columns, read either way, with that of the input."""
    import torch

    expected = input_size[0] / input_size[1]
    first, last = (abs(math.log(rows / columns / expected)) for rows, columns in (shape[2:], shape[1:3]))
    if first != last:
        return last < first
    return has_channels_last(network) and not isinstance(layer, torch.nn.Conv2d)
