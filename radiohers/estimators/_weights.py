"""Weights of networks from files: torchvision's ImageNet weights, state dicts, safetensors."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlparse

import numpy as np

from radiohers.exceptions import ModelFileError

__all__ = ["load_weights", "read_safetensors"]

N_NAMED_LAYERS = 3

_SAFETENSORS_DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U8": "uint8",
    "BOOL": "bool",
}


def load_weights(model, source, backbone, *, has_imagenet):
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
        read, or does not fit.

    Notes
    -----
    The head is the last linear layer. It keeps its own weights where those of
    the file are for another number of classes, or missing. A state dict of a
    whole network (``classifier.network_.state_dict()``) is accepted as well.
    """
    if source == "imagenet" and not has_imagenet:
        raise ModelFileError(
            f"weights='imagenet', but torchvision has no ImageNet weights for backbone={_name(backbone)}. "
            "Use weights=None or the path of a state dict, or another backbone."
        )
    state = _imagenet_state(backbone) if source == "imagenet" else _file_state(Path(source))
    if "input.weight" in state:
        state = {key.removeprefix("backbone."): value for key, value in state.items() if key.startswith("backbone.")}
    expected = model.state_dict()
    fresh = _head_to_keep(model, state)
    state = {key: value for key, value in state.items() if key not in fresh}
    # Files from before torch counted batches lack the counter, which no layer here uses.
    optional = fresh | {key for key in expected if key.endswith("num_batches_tracked")}
    problems = {
        "missing": [key for key in expected if key not in state and key not in optional],
        "unexpected": [key for key in state if key not in expected],
        "of another shape": [
            f"{key} {tuple(state[key].shape)} instead of {tuple(expected[key].shape)}"
            for key in expected
            if key in state and state[key].shape != expected[key].shape
        ],
    }
    if any(problems.values()):
        raise ModelFileError(
            f"weights={str(source)!r} do not fit backbone={_name(backbone)}. "
            + " ".join(f"{kind.capitalize()}: {_first(keys)}." for kind, keys in problems.items() if keys)
            + " Choose the backbone that the file was saved from, or a file that was saved from this one."
        )
    model.load_state_dict(state, strict=False)


def read_safetensors(path):
    """Read a safetensors file.

    Parameters
    ----------
    path : path-like
        The file: eight bytes with the length of the header, the header in JSON
        (type, shape and place of each tensor), and the values.

    Returns
    -------
    tensors : dict of str to torch.Tensor
        By name, on the CPU.

    Raises
    ------
    ModelFileError
        If the file is not whole, or has tensors of a type that is not read.
    """
    data = np.fromfile(path, dtype=np.uint8)
    start = 8 + int.from_bytes(data[:8].tobytes(), "little")
    try:
        if start > len(data):
            raise ValueError(f"its header should end at byte {start:,}, and it has {len(data):,} bytes")
        header = json.loads(data[8:start].tobytes())
        return {
            name: _safetensor(name, entry, data[start:]) for name, entry in header.items() if name != "__metadata__"
        }
    # What a header that is no safetensors header can lead to.
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileError(
            f"{str(path)!r} is not a whole safetensors file: {error}. Copy or download it again."
        ) from error


def _safetensor(name, entry, values):
    import torch

    if entry["dtype"] not in _SAFETENSORS_DTYPES:
        known = ", ".join(_SAFETENSORS_DTYPES)
        raise ValueError(f"tensor {name!r} has the type {entry['dtype']}, and those that can be read are {known}")
    dtype = getattr(torch, _SAFETENSORS_DTYPES[entry["dtype"]])
    start, stop = entry["data_offsets"]
    if not 0 <= start <= stop <= len(values) or stop - start != math.prod(entry["shape"]) * dtype.itemsize:
        raise ValueError(
            f"tensor {name!r} of type {entry['dtype']} and shape {entry['shape']} cannot be bytes {start:,} to "
            f"{stop:,} of {len(values):,}"
        )
    # A copy, because a tensor of floats cannot begin at any byte.
    raw = torch.empty(stop - start, dtype=torch.uint8)
    raw.numpy()[:] = values[start:stop]
    return raw.view(dtype).reshape(entry["shape"])


def _imagenet_state(backbone):
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
            f"the ImageNet weights of {backbone} could not be loaded: {_first_line(error)} "
            f"torchvision looks for {str(cached)!r}, and downloads it where it is missing. {mend}."
        ) from error


def _file_state(path):
    import torch

    if not path.is_file():
        raise ModelFileError(
            f"weights={str(path)!r} is not a file. Use None, 'imagenet', or the path of a state dict "
            "(.pth, .pt or .safetensors)."
        )
    if path.suffix == ".safetensors":
        return read_safetensors(path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    # On bytes that are no weights, torch's unpickler raises what comes, even KeyError.
    except Exception as error:
        raise ModelFileError(
            f"weights={str(path)!r} cannot be read as tensors alone, and nothing else is loaded from it: "
            f"{_first_line(error)} Save the weights with torch.save(model.state_dict(), path)."
        ) from error
    if not isinstance(state, Mapping) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        found = f"a dict with {_first(map(str, state))}" if isinstance(state, Mapping) else f"a {type(state).__name__}"
        raise ModelFileError(
            f"weights={str(path)!r} holds {found}, not a state dict, which has a tensor under every key. "
            "Save the weights with torch.save(model.state_dict(), path)."
        )
    return state


def _head_to_keep(model, state):
    """Return the keys of the head where the file has it for another number of classes, or not at all."""
    import torch

    linear = [(name, module) for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)]
    if not linear:
        return set()
    name, head = linear[-1]
    keys = {f"{name}.{key}" for key in head.state_dict()}
    loaded = state.get(f"{name}.weight")
    if loaded is None:
        return keys if keys.isdisjoint(state) else set()
    other_classes = loaded.ndim == 2 and loaded.shape[1] == head.in_features and loaded.shape[0] != head.out_features
    return keys if other_classes else set()


def _first(keys):
    keys = list(keys)
    more = f" and {len(keys) - N_NAMED_LAYERS} more" if len(keys) > N_NAMED_LAYERS else ""
    return ", ".join(keys[:N_NAMED_LAYERS]) + more


def _first_line(error):
    text = f"{type(error).__name__}: {error}".splitlines()[0]
    return f"{text.rstrip(' .:')}."


def _name(backbone):
    return repr(backbone) if isinstance(backbone, str) else getattr(backbone, "__name__", repr(backbone))
