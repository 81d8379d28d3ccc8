"""A copy of a fitted model that needs no file of this machine, whatever the model is put together from."""

import inspect
import io
import os
import pickle
from pathlib import PurePath
from typing import Any, NamedTuple

import numpy as np
from joblib import Memory
from pandas.api.extensions import ExtensionArray
from sklearn.base import BaseEstimator

from radiohers.exceptions import ModelFileError

__all__ = ["Portable", "portable_model"]

# They concern where and how a model is computed, not what it gives.
_OF_THIS_MACHINE = ("memory", "n_jobs", "verbose", "checkpoint_folder")
_WITH_PATHS = ("params", "memory", "checkpoint_folder", "weights")


class Portable(NamedTuple):
    """A copy of a model, and the paths of this machine that it still has: those of estimators that are not known."""

    model: Any
    paths: list[str]


def portable_model(model: Any) -> Portable:
    """Return a copy without caches, jobs and paths, with what extractors read from parameter files inside.

    Parameters
    ----------
    model : fitted estimator
        It stays as it is.

    Returns
    -------
    Portable
        What was one object in several places is one in the copy, too.

    Raises
    ------
    ModelFileError
        If a part of it cannot be pickled.
    ParamsError
        If a parameter file is gone.

    Notes
    -----
    What else names a file says so itself, by a method ``portable_params``, which returns those parameters
    that are others in a file for another machine.

    Pickle meets every object that a model can reach, in whatever list, dict or attribute it is; so no kind of
    model has to be known.
    """
    file = io.BytesIO()
    pickler = _Pickler(file)
    try:
        pickler.dump(model)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ModelFileError(
            f"the model cannot be saved ({' '.join(str(error).split())})",
            advice="Put functions and classes that it uses at the top of a module, in place of a lambda or a function "
            "inside another one.",
        ) from error
    file.seek(0)
    return Portable(_Unpickler(file).load(), sorted(pickler.paths))


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.paths: set[str] = set()
        self._dicts: dict[int, tuple[dict, dict]] = {}

    def reducer_override(self, part: Any) -> Any:
        if isinstance(part, Memory):
            return Memory, (None,)
        if isinstance(part, PurePath):
            self._note(str(part))
        if isinstance(part, ExtensionArray):
            # Some keep their texts in a buffer, in which pickle sees none.
            for text in filter(lambda item: isinstance(item, str), part):
                self._note(text)
        is_estimator = not isinstance(part, type) and (isinstance(part, BaseEstimator) or hasattr(part, "get_params"))
        return _reduced(part) if is_estimator else NotImplemented

    def persistent_id(self, part: Any) -> Any:
        """Put what is pickled in the place of dicts, which have no reducer."""
        if type(part) is str:
            self._note(part)
        elif type(part) is dict:
            # The dict is kept, so that no other one gets its id.
            _, renamed = self._dicts.setdefault(id(part), (part, _without_paths(part)))
            return None if renamed is part else renamed
        return None

    def _note(self, text: str) -> None:
        if text.startswith(("~", os.sep)) or os.path.isabs(text):
            path = PurePath(os.path.expanduser(text))
            if len(path.parts) > 2 and os.path.exists(path):
                self.paths.add(text)


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, renamed: dict) -> dict:
        return renamed


def _reduced(estimator: Any) -> Any:
    """Return how an estimator is pickled, with those parameters at their defaults that concern this machine."""
    reduced = estimator.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
    if not isinstance(reduced, tuple) or len(reduced) < 3 or not isinstance(reduced[2], dict):
        return reduced
    state = dict(reduced[2])
    parameters = inspect.signature(type(estimator)).parameters
    for name in _OF_THIS_MACHINE:
        # Other estimators may mean something else by it.
        is_other = name == "memory" and not isinstance(state.get(name), (str, os.PathLike, Memory))
        if name in state and name in parameters and not is_other:
            default = parameters[name].default
            state[name] = None if default is inspect.Parameter.empty else default
    if "weights" in state and "weights" in parameters:
        # Of a network, a file that a fitted one reads no more; of others, no path.
        state["weights"] = _name_only(state["weights"])
    if hasattr(estimator, "portable_params"):
        state |= estimator.portable_params()
    return (*reduced[:2], state, *reduced[3:])


def _without_paths(part: dict) -> dict:
    """Return a grid, or what a search made of it, with the names of files in place of paths."""
    renamed = {
        key: _name_only(value)
        for key, value in part.items()
        if isinstance(key, str) and key[:1] != "_" and "__" in key and key.rpartition("__")[2] in _WITH_PATHS
    }
    return part if all(part[key] is value for key, value in renamed.items()) else part | renamed


def _name_only(value: Any) -> Any:
    """Return the name of a path, and names for the paths in a list or array; the value itself where there are none."""
    if isinstance(value, str | os.PathLike):
        name = PurePath(value).name
        return value if name == value else name
    if isinstance(value, list | tuple):
        names = [_name_only(item) for item in value]
        return value if all(name is item for name, item in zip(names, value, strict=True)) else names
    if isinstance(value, np.ndarray) and value.dtype.kind in "OU":
        items = np.ma.getdata(value).ravel().tolist()
        names = _name_only(items)
        if names is items:
            return value
        data = np.empty(value.shape, dtype=object)
        for position, name in enumerate(names):
            data.flat[position] = name
        return np.ma.array(data, mask=value.mask) if isinstance(value, np.ma.MaskedArray) else data
    return value
