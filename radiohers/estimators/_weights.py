"""Weights of networks from files: torchvision's ImageNet weights, state dicts, safetensors."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from safetensors import SafetensorError, safe_open

from radiohers._wording import listed
from radiohers.exceptions import ModelFileError

if TYPE_CHECKING:
    import torch

__all__ = ["first_line", "load_weights", "name_of", "not_finite"]

N_NAMED_LAYERS = 3
# Of BatchNorm, which layers do not compute with.
_COUNTER = "num_batches_tracked"


def load_weights(model: "torch.nn.Module", source: str | os.PathLike, backbone: Any, *, has_imagenet: bool) -> None:
    """Load weights into a backbone, key for key.

    Parameters
    ----------
    model : torch.nn.Module
        The backbone; changed in place.
    source : "imagenet" or path-like
        Where from; see :func:`~radiohers.estimators._networks.build_network`.
    backbone : str or callable
        What the backbone is, for torchvision and for messages.
    has_imagenet : bool
        Whether torchvision has ImageNet weights of that name.

    Raises
    ------
    ModelFileError
        If "imagenet" is asked for and there is none, or the file is missing, cannot be
        read, does not fit, has the layers several times, or has values that are not finite.

    Notes
    -----
    The head is the last linear layer. It keeps its own weights where those of
    the file are for another number of classes, or missing. A state dict of a
    whole network (``classifier.network_.state_dict()``) is accepted as well, and so are state
    dicts inside a checkpoint, and layers under a prefix (``module.``, ``model.``), as long
    as one place only has them all.
    """
    if source == "imagenet" and not has_imagenet:
        raise ModelFileError(
            f"weights='imagenet', but torchvision has no ImageNet weights for backbone={name_of(backbone)}",
            advice="Use weights=None or the path of a state dict, or another backbone.",
        )
    states = {"": _imagenet_state(backbone)} if source == "imagenet" else _file_states(Path(source))
    expected = model.state_dict()
    state = _state_that_fits(states, _required(model), source, backbone)
    fresh = _head_to_keep(model, state)
    state = {key: value for key, value in state.items() if key not in fresh}
    # Files from before torch counted batches lack the counter.
    optional = fresh | {key for key in expected if key.endswith(_COUNTER)}
    problems = {
        "missing": [key for key in expected if key not in state and key not in optional],
        "unexpected": [key for key in state if key not in expected],
        "of another shape": [
            f"{key} {tuple(state[key].shape)} instead of {tuple(expected[key].shape)}"
            for key in expected
            if key in state and state[key].shape != expected[key].shape
        ],
        "of another type": [
            f"{key} {state[key].dtype} instead of {expected[key].dtype}"
            for key in expected
            if key in state and state[key].is_floating_point() != expected[key].is_floating_point()
        ],
    }
    if any(problems.values()):
        raise ModelFileError(
            f"weights={str(source)!r} do not fit backbone={name_of(backbone)}. "
            + " ".join(f"{kind.capitalize()}: {_first(keys)}." for kind, keys in problems.items() if keys),
            advice="Choose the backbone that the file was saved from, or a file that was saved from this one.",
        )
    model.load_state_dict(state, strict=False)
    if layers := not_finite({key: value for key, value in model.state_dict().items() if key in state}):
        raise ModelFileError(
            f"weights={str(source)!r} hold values that are not finite (NaN or infinite, as float32): {layers}",
            advice="Choose another file, or an epoch before the training diverged.",
        )


def not_finite(state: Mapping[str, "torch.Tensor"]) -> str:
    """Name the layers of a state dict that hold NaN or infinite values; an empty text if there are none."""
    counts = {key: int((~value.isfinite()).sum()) for key, value in state.items() if value.is_floating_point()}
    return _first([f"{key} ({n:,} of {state[key].numel():,})" for key, n in counts.items() if n])


def _safetensors_state(path: Path) -> dict[str, "torch.Tensor"]:
    """Return the tensors of a safetensors file by name, on the CPU."""
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
    except SafetensorError as error:
        raise ModelFileError(
            f"{str(path)!r} is not a whole safetensors file: {error}", advice="Copy or download it again."
        ) from error


def _imagenet_state(backbone: Any) -> Mapping[str, "torch.Tensor"]:
    import torch
    import torchvision

    weights = torchvision.models.get_model_weights(backbone).IMAGENET1K_V1
    cached = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(weights.url).path).name
    try:
        return weights.get_state_dict(map_location="cpu", check_hash=True, weights_only=True)
    # Downloads and damaged files fail in many ways; torch's unpickler raises even KeyError.
    except Exception as error:
        mend = (
            "Delete that file, which may be incomplete, and try again"
            if cached.is_file()
            else f"Copy {weights.url} there on a computer that has access, or pass the path of a copy: weights='...'"
        )
        raise ModelFileError(
            f"the ImageNet weights of {backbone} could not be loaded: {first_line(error)} torchvision looks for "
            f"{str(cached)!r}, and downloads it where it is missing",
            advice=f"{mend}.",
        ) from error


def _file_states(path: Path) -> dict[str, Mapping[str, "torch.Tensor"]]:
    """Return the dicts of tensors in a file by where they are in it."""
    import torch

    if not path.is_file():
        raise ModelFileError(
            f"weights={str(path)!r} is not a file",
            advice="Use None, 'imagenet', or the path of a state dict (.pth, .pt or .safetensors).",
        )
    if path.suffix.lower() == ".safetensors":
        return {"": _safetensors_state(path)}
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    # On bytes that are no weights, torch's unpickler raises what comes, even KeyError.
    except Exception as error:
        raise ModelFileError(
            f"weights={str(path)!r} cannot be read as tensors alone, and nothing else is loaded from it: "
            f"{first_line(error)}",
            advice="Save the weights with torch.save(model.state_dict(), path).",
        ) from error
    states = dict(_state_dicts(state))
    if not states:
        found = f"a dict with {_first(map(str, state))}" if isinstance(state, Mapping) else f"a {type(state).__name__}"
        raise ModelFileError(
            f"weights={str(path)!r} holds {found}, not a state dict, which has a tensor under every key",
            advice="Save the weights with torch.save(model.state_dict(), path).",
        )
    return states


def _state_dicts(found: Any, where: str = "") -> Iterator[tuple[str, Mapping[str, "torch.Tensor"]]]:
    """Yield every dict of tensors in a checkpoint, and where it is: "" or such as "['model']['state_dict']"."""
    import torch

    if not isinstance(found, Mapping):
        return
    tensors = {key: value for key, value in found.items() if isinstance(value, torch.Tensor) and isinstance(key, str)}
    if tensors:
        yield where, tensors
    for key, value in found.items():
        yield from _state_dicts(value, f"{where}[{key!r}]")


def _required(model: "torch.nn.Module") -> dict[str, "torch.Size"]:
    """Return the shapes that a file must have: of all but the head and the counters."""
    head = _head(model)
    return {
        key: value.shape
        for key, value in model.state_dict().items()
        if not key.endswith(_COUNTER) and not (head and key.startswith(f"{head[0]}."))
    }


def _state_that_fits(
    states: dict[str, Mapping[str, "torch.Tensor"]], required: dict[str, "torch.Size"], source: Any, backbone: Any
) -> Mapping[str, "torch.Tensor"]:
    """Return the one part of a file that has the required layers, without the prefix that they have in it.

    Prefixes come from what was around a network when it was saved: ``module.`` of DataParallel, ``_orig_mod.`` of
    torch.compile, ``model.`` or ``backbone.`` of the class it was part of.
    """
    parts = {}
    for where, state in states.items():
        for prefix in _prefixes(state, required) or {""}:
            parts[where, prefix] = {
                key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)
            }
    fits = {
        place: part
        for place, part in parts.items()
        if all(key in part and part[key].shape == shape for key, shape in required.items())
    }
    if len(fits) > 1 and required:
        places = _first([f"{where or 'the file'} under {prefix!r}" for where, prefix in fits])
        raise ModelFileError(
            f"weights={str(source)!r} hold the layers of backbone={name_of(backbone)} {len(fits)} times: in {places}",
            advice="Save the state dict of the one that you mean.",
        )
    # Where nothing fits, what has most of the layers is held against the backbone.
    return max((fits or parts).values(), key=lambda part: len(required.keys() & part.keys()))


def _prefixes(state: Mapping[str, "torch.Tensor"], required: dict[str, "torch.Size"]) -> set[str]:
    """Return the beginnings of keys that end like a layer."""
    last = {key.rpartition(".")[2] for key in required}
    candidates = [key for key in state if key.rpartition(".")[2] in last]
    return {
        key.removesuffix(layer)
        for layer in required
        for key in candidates
        if key.endswith(layer) and key.removesuffix(layer)[-1:] in ("", ".")
    }


def _head(model: "torch.nn.Module") -> tuple[str, "torch.nn.Linear"] | None:
    """Return the name of the last linear layer and the layer, or None."""
    import torch

    linear = [(name, part) for name, part in model.named_modules() if isinstance(part, torch.nn.Linear)]
    return linear[-1] if linear else None


def _head_to_keep(model: "torch.nn.Module", state: Mapping[str, "torch.Tensor"]) -> set[str]:
    """Return the keys of the head where the file has it for another number of classes, or not at all."""
    if (found := _head(model)) is None:
        return set()
    name, head = found
    keys = {f"{name}.{key}" for key in head.state_dict()}
    loaded = state.get(f"{name}.weight")
    if loaded is None:
        return keys if keys.isdisjoint(state) else set()
    other_classes = loaded.ndim == 2 and loaded.shape[1] == head.in_features and loaded.shape[0] != head.out_features
    return keys if other_classes else set()


def _first(keys: Iterable[str]) -> str:
    return listed(list(keys), N_NAMED_LAYERS)


def first_line(error: Exception) -> str:
    """Return the type and the first line of an error as a sentence."""
    text = f"{type(error).__name__}: {error}".splitlines()[0]
    return f"{text.rstrip(' .:')}."


def name_of(backbone: Any) -> str:
    """Return what a backbone is called in messages."""
    return repr(backbone) if isinstance(backbone, str) else getattr(backbone, "__name__", repr(backbone))
