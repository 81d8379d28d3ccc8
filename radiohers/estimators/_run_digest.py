"""A digest of values, and of the code that they bring along: of their classes, functions, closures and globals.

Code of libraries counts by name and version, a caller's own by what it compiles to: editing a comment changes nothing,
editing a helper of a helper of ``forward`` does.
"""

import copyreg
import hashlib
import inspect
import sys
import sysconfig
import types
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["digest_of"]

_LIBRARIES = ("site-packages", "dist-packages")
# What classes have of where and how they were written down, and caches.
_NOT_CODE = {
    "__dict__", "__weakref__", "__doc__", "__module__", "__firstlineno__", "__static_attributes__", "__annotations__",
    "__annotate__", "__annotate_func__", "__annotations_cache__", "__abstractmethods__", "_abc_impl",
}  # fmt: skip


def digest_of(*values: Any) -> str:
    """Return a digest that is the same in another process, and another one if a value or its code differs.

    Parameters
    ----------
    *values : object
        Numbers, texts, containers, arrays, tensors, networks, functions, and what can be pickled.

    Returns
    -------
    str
        16 hexadecimal digits.

    Raises
    ------
    TypeError
        If something in them cannot be digested, such as a lock, a file or a generator.
    """
    return _Digester().of(values).hex()[:16]


class _Digester:
    """One walk over values; what is met again counts as itself, and what holds itself ends there."""

    def __init__(self) -> None:
        self.known: dict[tuple, bytes] = {}
        # Values are kept, so that no other gets the id of one that is gone.
        self.kept: list[Any] = []

    def of(self, value: Any, names: frozenset[str] = frozenset()) -> bytes:
        if value is None or isinstance(value, bool | int | float | complex | str | bytes | type(...)):
            return _hashed(type(value).__name__, repr(value))
        # Of a module, only what the code names counts, which differs from code to code.
        key = (id(value), names if isinstance(value, types.ModuleType) else None)
        if key not in self.known:
            self.kept.append(value)
            self.known[key] = b"holds itself"
            self.known[key] = _hashed(*self._parts(value, names))
        return self.known[key]

    def _parts(self, value: Any, names: frozenset[str]) -> Iterable[str | bytes]:
        import torch

        if isinstance(value, types.ModuleType):
            return self._of_module(value, names)
        if isinstance(value, types.FunctionType | type) and _is_library(home := _home(value)):
            return ("library", _version_of(home), home, value.__qualname__)
        if isinstance(value, types.FunctionType):
            return self._of_function(value)
        if isinstance(value, types.CodeType):
            return self._of_code(value)
        if isinstance(value, type):
            return self._of_class(value)
        if isinstance(value, torch.Tensor):
            return self._of_tensor(value)
        if isinstance(value, np.ndarray) and value.dtype != object:
            return ("array", str(value.dtype), str(value.shape), np.ascontiguousarray(value).tobytes())
        if isinstance(value, torch.nn.Module):
            return ("network", self.of(type(value)), self._of_network(value))
        if isinstance(value, dict | types.MappingProxyType):
            return ("dict", self.of(type(value)), *(part for item in value.items() for part in map(self.of, item)))
        if isinstance(value, set | frozenset):
            return ("set", *sorted(map(self.of, value)))
        if isinstance(value, tuple | list):
            return ("list", self.of(type(value)), *map(self.of, value))
        if isinstance(value, types.CellType):
            return ("cell", *([self.of(value.cell_contents)] if _is_filled(value) else []))
        if isinstance(value, property | staticmethod | classmethod | types.MethodType):
            kind: type = type(value)
            return (kind.__name__, *(self.of(getattr(value, name)) for name in _INSIDE[kind]))
        return self._of_any(value)

    def _of_module(self, module: types.ModuleType, names: frozenset[str]) -> Iterable[str | bytes]:
        if _is_library(module.__name__):
            return ("library", _version_of(module.__name__), module.__name__)
        used = sorted(name for name in names if name in vars(module))
        return ("module", *used, *(self.of(vars(module)[name], names) for name in used))

    def _of_function(self, function: types.FunctionType) -> Iterable[str | bytes]:
        names = frozenset(_names_in(function.__code__))
        scope = function.__globals__
        defaults = (function.__defaults__, function.__kwdefaults__)
        inside = (function.__code__, defaults, function.__closure__, vars(function))
        used = sorted(name for name in names if name in scope)
        return ("function", *map(self.of, inside), *used, *(self.of(scope[name], names) for name in used))

    def _of_code(self, code: types.CodeType) -> Iterable[str | bytes]:
        names = (code.co_names, code.co_freevars, code.co_cellvars, code.co_varnames, code.co_flags)
        return ("code", code.co_code, code.co_exceptiontable, repr(names), self.of(code.co_consts))

    def _of_class(self, kind: type) -> Iterable[str | bytes]:
        own = {name: value for name, value in vars(kind).items() if name not in _NOT_CODE}
        inside = (part for name in sorted(own) for part in (name, self.of(own[name])))
        return ("class", kind.__qualname__, *map(self.of, kind.__bases__), *inside)

    def _of_tensor(self, tensor: Any) -> Iterable[str | bytes]:
        import torch

        values = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
        return ("tensor", str(tensor.dtype), str(tuple(tensor.shape)), str(tensor.requires_grad), values)

    def _of_network(self, network: Any) -> bytes:
        # Hooks are kept under numbers that count all hooks of the process.
        state = {
            name: list(value.values()) if "_hooks" in name and isinstance(value, Mapping) else value
            for name, value in vars(network).items()
        }
        return self.of(state)

    def _of_any(self, value: Any) -> Iterable[str | bytes]:
        """Take a value apart as pickle does."""
        wrapped = [self.of(value.__wrapped__)] if hasattr(value, "__wrapped__") else []
        if isinstance(value, types.BuiltinFunctionType | types.MethodDescriptorType | types.WrapperDescriptorType):
            owner = getattr(value, "__self__", None)
            bound = [] if owner is None or inspect.ismodule(owner) else [self.of(owner)]
            return ("builtin", str(getattr(value, "__module__", "")), value.__qualname__, *bound)
        if isinstance(value, types.GetSetDescriptorType | types.MemberDescriptorType):
            return ("descriptor", value.__qualname__)
        if type(value) in copyreg.dispatch_table:
            reduced = copyreg.dispatch_table[type(value)](value)
        else:
            reduced = value.__reduce_ex__(4)
        if isinstance(reduced, str):
            return ("global", self.of(type(value)), str(getattr(value, "__module__", "")), reduced, *wrapped)
        made_by, arguments, *rest = reduced
        contents = [list(part) if isinstance(part, Iterator) else part for part in rest]
        return ("object", self.of(type(value)), self.of(made_by), self.of(arguments), self.of(contents), *wrapped)


_INSIDE = {
    property: ("fget", "fset", "fdel"),
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    types.MethodType: ("__func__", "__self__"),
}


def _hashed(*parts: str | bytes) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = memoryview(part.encode() if isinstance(part, str) else part)
        digest.update(data.nbytes.to_bytes(8, "little"))
        digest.update(data)
    return digest.digest()


def _is_filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _names_in(code: types.CodeType) -> Iterable[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names_in(constant)


def _home(value: Any) -> str:
    """Return the module that a function or class was written in; decorators copy another's name to a function."""
    return str(value.__globals__.get("__name__") if isinstance(value, types.FunctionType) else value.__module__)


def _is_library(module: str) -> bool:
    """Return whether a module is Python's own, installed, or radiohers: known by its version."""
    top = module.partition(".")[0]
    if top in ("builtins", "radiohers") or top in sys.builtin_module_names:
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return False
    path = Path(file)
    return any(name in path.parts for name in _LIBRARIES) or path.is_relative_to(sysconfig.get_paths()["stdlib"])


def _version_of(module: str) -> str:
    top = sys.modules.get(module.partition(".")[0])
    return f"{sys.version} {getattr(top, '__version__', '')}"
