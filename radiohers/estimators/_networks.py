"""The networks that CropCNNClassifier trains: five of torchvision's, a small one, or the caller's own.

Every network is a ``torch.nn.Sequential`` of two parts: ``input``, which turns
a crop into what the second part expects, and ``backbone``, which is exactly the
model whose name it has, so that its state dict is that of torchvision. Standard
layers only: the networks pickle, and unpickle without radiohers.
"""

import os
from collections import OrderedDict
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING
from weakref import WeakSet

from radiohers.estimators._network_trial import try_network
from radiohers.estimators._weights import first_line, load_weights, name_of

if TYPE_CHECKING:
    import torch

__all__ = ["BACKBONES", "build_network", "cam_layer", "has_channels_last"]

TORCHVISION_BACKBONES = ("resnet34", "resnet50", "resnet101", "resnext50_32x4d", "swin_t")
BACKBONES = ("small", *TORCHVISION_BACKBONES)
# Networks of torchvision, by their class, whose layers have the channels last.
CHANNELS_LAST = ("SwinTransformer",)

# What torchvision's ImageNet weights were trained with, for red, green and blue in 0..1.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
# A windowed CT crop has about this mean; its spread is less, and made up for by the first BatchNorm.
SMALL_MEAN = 0.5
SMALL_STD = 0.25

SMALL_WIDTHS = (16, 32, 64, 64)

# Layers that callables made: each belongs to one fit.
_MADE: WeakSet = WeakSet()


def build_network(
    backbone: str | Callable[[int], "torch.nn.Module"],
    *,
    n_classes: int,
    weights: str | os.PathLike | None = None,
    n_channels: int = 1,
    size: tuple[int, int] = (224, 224),
) -> "torch.nn.Sequential":
    """Make a network for crops.

    Parameters
    ----------
    backbone : str or callable
        One of `BACKBONES`, or a callable that takes the number of classes and
        returns a ``torch.nn.Module``. Its module gets what torchvision's models
        get: float32 of shape (n, 3, row, column), normalised as for ImageNet. (The
        first parameter of torchvision's own functions is something else: write
        a function that returns ``torchvision.models.resnet18(num_classes=n)``.)
        The module is tried with two crops, which leave no trace in it.
    n_classes : int
        Number of logits.
    weights : None, "imagenet" or path-like, default=None
        Weights of the backbone to start from. None draws them from torch's
        global generator. "imagenet" takes torchvision's ``IMAGENET1K_V1``
        (those of the papers of their time; there are later ones for some
        backbones) from torchvision's cache, or downloads them. A path is that of
        a state dict: ``.safetensors``, or a file of ``torch.save``, which is
        read with ``weights_only=True``. The head (the last linear layer) is
        drawn anew where the file has another number of classes, or no head.
    n_channels : int, default=1
        Channels of the crops: 1 or 3 for all but "small", which takes any
        number. One channel is given to torchvision's models three times.
    size : tuple of int, default=(224, 224)
        Rows and columns of the crops that a callable's module is tried with.

    Returns
    -------
    torch.nn.Sequential
        Takes float32 of shape (n, n_channels, row, column) in 0..1, of any size
        from 32 on, and returns logits of shape (n, n_classes). Its parts are
        ``input``, a 1 x 1 convolution that does not learn, and ``backbone``.

    Raises
    ------
    ValueError
        If the backbone is not known or does not take that many channels, or has
        no ImageNet weights. If a callable fails, returns a network that it returned before,
        or one that fails on two crops of that size, that gives anything but finite logits of
        shape (2, n_classes), in training mode too, or whose logits depend on other crops.
    TypeError
        If a callable returns no ``torch.nn.Module``.
    ModelFileError
        If the weights cannot be had, read, or loaded into this backbone; the
        error names the first layers that do not fit.

    Notes
    -----
    "small" has four convolutions with stride 2, 2, 2 and 1, BatchNorm and ReLU,
    global average pooling and a linear head: 61,000 parameters. On crops of 64 px
    of 60 synthetic patients, cross-validated by patient, BatchNorm gave a
    patient-level AUC of 0.92, GroupNorm 0.90 with one group and 0.89 with four
    (15 epochs, batch 16, learning rate 1e-3); normalising each crop by itself takes
    away part of how dense it is. In evaluation mode no row touches another.

    Every normalisation is part of the network, so crops go in as they are:
    dividing by 255 is all that images of uint8 need.

    References
    ----------
    .. [1] He K, Zhang X, Ren S, Sun J. Deep Residual Learning for Image
       Recognition. CVPR 2016. :doi:`10.1109/CVPR.2016.90`
    .. [2] Xie S, Girshick R, Dollár P, Tu Z, He K. Aggregated Residual
       Transformations for Deep Neural Networks. CVPR 2017.
       :doi:`10.1109/CVPR.2017.634`
    .. [3] Liu Z, Lin Y, Cao Y, et al. Swin Transformer: Hierarchical Vision
       Transformer using Shifted Windows. ICCV 2021.
       :doi:`10.1109/ICCV48922.2021.00986`

    Examples
    --------
    >>> import torch
    >>> network = build_network("small", n_classes=2)
    >>> network(torch.rand(4, 1, 32, 40)).shape
    torch.Size([4, 2])
    """
    import torch

    model = _make_backbone(backbone, n_classes, n_channels)
    if weights is not None:
        load_weights(model, weights, backbone, has_imagenet=backbone in TORCHVISION_BACKBONES)
    network = torch.nn.Sequential(OrderedDict(input=_make_input(backbone, n_channels), backbone=model))
    if not isinstance(backbone, str):
        try_network(network, backbone, n_classes, (n_channels, *size))
    return network


def cam_layer(network: "torch.nn.Module") -> "torch.nn.Module":
    """Return the layer whose output Grad-CAM looks at: the last that still knows places.

    Parameters
    ----------
    network : torch.nn.Module
        From :func:`build_network`, or any other.

    Returns
    -------
    torch.nn.Module
        ``backbone.layer4`` of ResNets, ``backbone.features`` of Swin (whose
        output has the channels last), of "small" and of most of torchvision's
        CNNs; otherwise the convolution that was added last.

    Raises
    ------
    ValueError
        If there is no such layer.

    Examples
    --------
    >>> network = build_network("small", n_classes=2)
    >>> cam_layer(network) is network.backbone.features
    True
    """
    import torch

    backbone = getattr(network, "backbone", network)
    for name in ("layer4", "features"):
        if isinstance(getattr(backbone, name, None), torch.nn.Module):
            return getattr(backbone, name)
    convolutions = [module for module in backbone.modules() if isinstance(module, torch.nn.Conv2d)]
    if not convolutions:
        raise ValueError(
            f"The network ({type(backbone).__name__}) has neither a part 'layer4' or 'features' nor a Conv2d to "
            "explain it by. Name the layer: layer='...', one of network_.named_modules()."
        )
    return convolutions[-1]


def has_channels_last(network: "torch.nn.Module") -> bool:
    """Tell whether a network is one whose layers have the channels last, as those of Swin.

    Parameters
    ----------
    network : torch.nn.Module
        From :func:`build_network`, or any other.

    Returns
    -------
    bool
        False of a network that is not known.
    """
    return any(type(module).__name__ in CHANNELS_LAST for module in network.modules())


def _make_backbone(
    backbone: str | Callable[[int], "torch.nn.Module"], n_classes: int, n_channels: int
) -> "torch.nn.Module":
    import torch
    import torchvision

    if backbone == "small":
        return _make_small(n_classes, n_channels)
    if n_channels not in (1, 3):
        raise ValueError(
            f"crops of {n_channels} channels were given, and backbone={backbone!r} takes 1 or 3. "
            "Use backbone='small', or choose the channels."
        )
    if isinstance(backbone, str) and backbone in TORCHVISION_BACKBONES:
        return torchvision.models.get_model(backbone, weights=None, num_classes=n_classes)
    if isinstance(backbone, torch.nn.Module):
        raise ValueError(
            f"backbone is a network, a {type(backbone).__name__}, which every fit would train on. Give a function that "
            "takes the number of classes and makes a new one."
        )
    if not callable(backbone):
        raise ValueError(
            f"backbone={backbone!r} is not known. Use one of {', '.join(BACKBONES)}, "
            "or a callable that takes the number of classes and returns a torch.nn.Module."
        )
    return _call_backbone(backbone, n_classes)


def _call_backbone(backbone: Callable[[int], "torch.nn.Module"], n_classes: int) -> "torch.nn.Module":
    import torch

    try:
        model = backbone(n_classes)
    except Exception as error:  # a caller's code raises what it likes
        raise ValueError(
            f"backbone={name_of(backbone)} fails when it is called with the number of classes, {n_classes}: "
            f"{first_line(error)} Give a function such as lambda n: torchvision.models.resnet18(num_classes=n)."
        ) from error
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"backbone={backbone!r} returned a {type(model).__name__}, not a torch.nn.Module.")
    parts = {part for part in model.modules() if _changes_in_training(part)}
    if not parts.isdisjoint(_MADE):
        raise ValueError(
            f"backbone={name_of(backbone)} returned layers that it returned before, so that a fit would go on with the "
            "weights of another. Make a new network in every call (copy.deepcopy of a pretrained one, for instance)."
        )
    _MADE.update(parts)
    return model


def _changes_in_training(module: "torch.nn.Module") -> bool:
    import torch

    own = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
    return any(value.requires_grad or not isinstance(value, torch.nn.Parameter) for value in own)


def _make_small(n_classes: int, n_channels: int) -> "torch.nn.Module":
    """Stack four convolutions; strides instead of pooling make it two to three times faster on a CPU."""
    from torch import nn

    sizes = list(pairwise((n_channels, *SMALL_WIDTHS)))
    blocks = []
    for number, (before, after) in enumerate(sizes, start=1):
        kernel, stride = (5 if number == 1 else 3), (1 if number == len(sizes) else 2)
        convolution = nn.Conv2d(before, after, kernel, stride=stride, padding=kernel // 2, bias=False)
        blocks.append(nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU(inplace=True)))
    return nn.Sequential(
        OrderedDict(
            features=nn.Sequential(*blocks),
            avgpool=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            head=nn.Linear(SMALL_WIDTHS[-1], n_classes),
        )
    )


def _make_input(backbone: str | Callable[[int], "torch.nn.Module"], n_channels: int) -> "torch.nn.Module":
    """Make (x - mean) / std, repeated over three channels where needed: a convolution, because that pickles."""
    import torch

    n_out = n_channels if backbone == "small" else 3
    mean, std = (SMALL_MEAN, SMALL_STD) if backbone == "small" else (IMAGENET_MEAN, IMAGENET_STD)
    scale = 1 / torch.tensor(std).expand(n_out)
    # skip_init draws nothing: what was given by the seed is the backbone alone.
    layer = torch.nn.utils.skip_init(torch.nn.Conv2d, n_channels, n_out, 1, groups=n_channels)
    layer.requires_grad_(False)
    layer.weight.copy_(scale.reshape(-1, 1, 1, 1))
    layer.bias.copy_(-torch.tensor(mean) * scale)
    return layer
