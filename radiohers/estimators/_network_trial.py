"""What a caller's own network is tried with before it is trained: two crops, which leave no trace in it."""

import random
from contextlib import contextmanager
from typing import Any

import numpy as np

from radiohers.estimators._weights import first_line, name_of, not_finite

__all__ = ["ready_to_train", "try_network"]

# Sides at which a network that fails on its crops is tried again, to say what it needs.
LARGER_SIDES = (64, 96, 128, 224, 299, 384)
# Logits of one crop in batches of two sizes differ in their last digits: by far less than this share of the largest.
SAME = 1e-3


def try_network(network: Any, backbone: Any, n_classes: int, shape: tuple[int, int, int]) -> None:
    """Run two crops through a network, together and alone, in evaluation and in training mode.

    Parameters
    ----------
    network : torch.nn.Sequential
        ``input`` and ``backbone``; its weights, buffers and modes stay as they are, and so do all random generators.
    backbone : callable
        What the backbone was made by, for messages.
    n_classes : int
        Number of logits that it must return.
    shape : tuple of int (channel, row, column)
        Of the crops.

    Raises
    ------
    ValueError
        If it fails, returns something else than finite logits, or logits that depend on
        other crops, on chance, or on no weight that learns.
    """
    import torch

    said = f"backbone={name_of(backbone)}"
    crops = _two_crops(shape)
    with _undisturbed(network):
        network.eval()
        with torch.no_grad():
            try:
                together = network(crops)
            except Exception as error:  # a caller's code raises what it likes
                raise ValueError(
                    f"{said} fails on two crops of shape {shape} (channel, row, column), which reach it with 3 "
                    f"channels: {first_line(error)} {_size_it_takes(network, shape)}"
                ) from error
            _check_logits(together, said, network, (2, n_classes), shape)
            alone = [_run(network, crop[None], said, shape) for crop in crops]
        for logits in alone:
            _check_logits(logits, said, network, (1, n_classes), shape)
        if not torch.allclose(torch.cat(alone), together, rtol=SAME, atol=SAME * float(together.abs().max())):
            raise ValueError(
                f"{said} gives a crop of shape {shape} other logits alone than beside another crop, in evaluation "
                "mode. Take out what mixes the rows of a batch (such as BatchNorm with track_running_stats=False) "
                "or draws at random (dropout that stays on)."
            )
    # Buffers that the first pass made are to come back too.
    with _undisturbed(network):
        _try_training(network, said, crops, n_classes, shape)


def ready_to_train(
    network: Any, backbone: Any, n_classes: int, shape: tuple[int, int, int], n_crops: int, batch_size: int
) -> Any:
    """Return the network with its weights in the order that trains fastest, up to a third on CPUs too.

    Parameters
    ----------
    network, backbone, n_classes, shape : object
        As in :func:`try_network`, but of any backbone.
    n_crops, batch_size : int
        Training crops, and those of a batch at most.

    Returns
    -------
    torch.nn.Sequential
        Itself. A backbone whose code needs the usual order, as it calls ``view``, keeps it.

    Raises
    ------
    ValueError
        If a batch has one crop only, and the network cannot be trained on it, as with BatchNorm over a single value.
    """
    import torch

    if n_crops // -(-n_crops // batch_size) == 1:
        _try_batch_of_one(network, f"backbone={name_of(backbone)}", n_classes, shape, n_crops, batch_size)
    network.to(memory_format=torch.channels_last)
    if not isinstance(backbone, str):
        try:
            with _undisturbed(network), torch.no_grad():
                network.eval()(_two_crops(shape).contiguous(memory_format=torch.channels_last))
        except RuntimeError:
            network.to(memory_format=torch.contiguous_format)
            network.backbone.register_forward_pre_hook(_in_usual_order)
    return network


def _in_usual_order(module: Any, inputs: tuple) -> tuple:
    return tuple(value.contiguous() for value in inputs)


def _try_batch_of_one(
    network: Any, said: str, n_classes: int, shape: tuple[int, int, int], n_crops: int, batch_size: int
) -> None:
    with _undisturbed(network):
        network.train()
        try:
            logits = network(_two_crops(shape)[:1])
        except Exception as error:  # a caller's code raises what it likes
            raise ValueError(
                f"batch_size={batch_size} cuts {n_crops} training crops into batches of which one has a single crop, "
                f"and {said} cannot be trained on a single crop of shape {shape}: {first_line(error)} "
                f"Use batch_size={2 if n_crops % 2 == 0 else 3} or more."
            ) from error
        _check_logits(logits, f"{said}, in training mode,", network, (1, n_classes), shape)


def _try_training(network: Any, said: str, crops: Any, n_classes: int, shape: tuple[int, int, int]) -> None:
    import torch

    said = f"{said}, in training mode,"
    network.train()
    with torch.enable_grad():
        logits = _run(network, crops, said, shape)
    _check_logits(logits, said, network, (2, n_classes), shape)
    if not logits.requires_grad:
        raise ValueError(
            f"{said} returns logits that depend on no weight that learns. Leave requires_grad at True for some "
            "weights, and torch.no_grad() out of forward."
        )


def _run(network: Any, crops: Any, said: str, shape: tuple[int, int, int]) -> Any:
    try:
        return network(crops)
    except Exception as error:  # a caller's code raises what it likes
        n = "one crop" if len(crops) == 1 else "two crops"
        raise ValueError(f"{said} fails on {n} of shape {shape} (channel, row, column): {first_line(error)}") from error


def _check_logits(logits: Any, said: str, network: Any, wanted: tuple[int, int], shape: tuple[int, int, int]) -> None:
    import torch

    n_crops, n_classes = wanted
    crops = f"{'two crops' if n_crops == 2 else 'one crop'} of shape {shape} (channel, row, column)"
    if not isinstance(logits, torch.Tensor):
        raise ValueError(
            f"{said} returns {_described(logits)} for {crops}, not a tensor of shape {wanted}. Build it without "
            "auxiliary outputs (in torchvision aux_logits=False), or wrap it in a module that returns the logits alone."
        )
    if tuple(logits.shape) != wanted:
        raise ValueError(
            f"{said} returns the shape {tuple(logits.shape)} for {crops}, where one logit a class is needed: {wanted}. "
            + _advice_on_shape(tuple(logits.shape), wanted)
        )
    if not logits.is_floating_point():
        raise ValueError(f"{said} returns {logits.dtype} for {crops}, where logits are floats. Return logits.")
    if not logits.isfinite().all():
        layers = not_finite(network.state_dict())
        where = f"Its weights are not finite in {layers}." if layers else "Its weights are finite: look at forward."
        raise ValueError(f"{said} returns logits that are not finite for {crops}. {where}")
    if logits.min() >= 0 and torch.allclose(logits.sum(dim=1), torch.ones(n_crops, dtype=logits.dtype), atol=1e-5):
        raise ValueError(
            f"{said} returns probabilities for {crops}: they are not negative and sum to 1. Leave out its softmax, "
            "which the loss brings along."
        )


def _described(output: Any) -> str:
    kind = type(output).__name__
    keys = list(output) if hasattr(output, "keys") else list(getattr(output, "_fields", ()))
    if keys:
        return f"a {kind} with {', '.join(map(str, keys[:3]))}"
    return f"a {kind} of {len(output)}" if isinstance(output, tuple | list) else f"a {kind}"


def _advice_on_shape(found: tuple[int, ...], wanted: tuple[int, int]) -> str:
    n_crops, n_classes = wanted
    if len(found) > 2 and found[0] == n_crops:
        return "Pool over rows and columns, and flatten (torch.nn.Flatten)."
    if len(found) != 2 or found[0] != n_crops:
        return "Keep the first axis, that of the crops, also where there is one crop only (squeeze takes it away)."
    if found[1] == 1:
        return "One logit for two classes is not enough: the last layer has one for each class."
    return f"Make the last layer with the number of classes that the backbone is called with, {n_classes}."


def _size_it_takes(network: Any, shape: tuple[int, int, int]) -> str:
    for side in LARGER_SIDES:
        if side > min(shape[1:]):
            try:
                network(_two_crops((shape[0], side, side)))
            except Exception:  # a caller's code raises what it likes
                continue
            return f"It takes crops of {side} x {side}: set input_size={side}."
    return "Let it take float32 of shape (n, 3, row, column) in this size."


def _two_crops(shape: tuple[int, int, int]) -> Any:
    import torch

    bright, dark = torch.rand(2, *shape, generator=torch.Generator().manual_seed(0))
    return torch.stack([bright, dark / 4])


@contextmanager
def _undisturbed(network: Any) -> Any:
    """Bring back modes, buffers (the statistics of BatchNorm) and all generators after a ``with`` block."""
    import torch

    network.cpu()
    modes = {module: module.training for module in network.modules()}
    buffers = {name: value.clone() for name, value in network.named_buffers() if not torch.nn.parameter.is_lazy(value)}
    states = np.random.get_state(), random.getstate()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        np.random.set_state(states[0])
        random.setstate(states[1])
        with torch.no_grad():
            for name, value in network.named_buffers():
                if name in buffers and value.shape == buffers[name].shape:
                    value.copy_(buffers[name])
        for module, training in modes.items():
            module.training = training
