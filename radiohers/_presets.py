"""Presets, and parameter files of the user's own: found and read."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import yaml

from radiohers._folders import files_ending
from radiohers._wording import did_you_mean
from radiohers.exceptions import ParamsError

__all__ = ["Presets"]

_ENDINGS = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Presets:
    """The presets of one kind: commented YAML files that are installed with the package.

    ``names()`` lists them, ``describe()`` says what each is for, and ``text(name)`` is
    the file of one with its comments, to copy and change.

    Parameters
    ----------
    folder : str
        Where they are, in the folder of all presets; "" for that folder itself.
    kind : str
        What a file of the user's own is called in messages.

    Examples
    --------
    >>> from radiohers.features import PRESETS
    >>> PRESETS.names()
    ['bladder_ctu', 'ct_default', 'first_order_shape', 'mr_default']
    >>> print(PRESETS.describe()["bladder_ctu"])
    Excretory-phase CT urography of bladder cancer: 975 features after Jiao et al. 2024
    >>> PRESETS.text("first_order_shape")[:2]
    '# '
    """

    folder: str
    kind: str

    def names(self) -> list[str]:
        """Return the names of the presets, sorted."""
        return [path.stem for path in files_ending(_presets_folder() / self.folder, ".yaml")]

    def describe(self) -> dict[str, str]:
        """Return name to description, which is the first line of the preset's file."""
        return {name: self._read(name).partition("\n")[0].removeprefix("#").strip() for name in self.names()}

    def text(self, name: str) -> str:
        """Return the file of a preset with its comments.

        Parameters
        ----------
        name : str
            One of :meth:`names`.

        Returns
        -------
        str
            YAML.

        Raises
        ------
        ParamsError
            If there is no such preset.
        """
        if name not in self.names():
            raise ParamsError(f"There is no preset {name!r}", advice=f"Presets: {self._listed()}.")
        return self._read(name)

    def load(self, params: str | PathLike | Mapping) -> tuple[Any, str | None]:
        """Return what a preset, a file or a dict holds, not checked.

        Parameters
        ----------
        params : str, path-like or dict
            The name of a preset, the path of a file (YAML or JSON), or a dict.

        Returns
        -------
        content : object
            A fresh one if it was read; the dict itself if that was given.
        source : str or None
            What to call it in messages; None for a preset.

        Raises
        ------
        ParamsError
            If there is no such preset or file, or it cannot be read.
        """
        if isinstance(params, Mapping):
            return params, "params"
        if isinstance(params, str) and params in self.names():
            return yaml.safe_load(self._read(params)), None
        if isinstance(params, (str, PathLike)):
            path = self._existing_file(params)
            return _read_file(path), str(path)
        raise ParamsError(
            f"params is of type {type(params).__name__}",
            advice=f"Give the name of a preset ({self._listed()}), the path of a {self.kind}, or a dict.",
        )

    def _read(self, name: str) -> str:
        return (_presets_folder() / self.folder / f"{name}.yaml").read_text(encoding="utf-8")

    def _listed(self) -> str:
        return ", ".join(map(repr, self.names()))

    def _existing_file(self, params: str | PathLike) -> Path:
        path = Path(os.path.expanduser(params))
        if path.is_file():
            if path.suffix.lower() not in _ENDINGS:
                raise ParamsError(
                    f"a {self.kind} must end in .yaml, .yml or .json, by which its format is told",
                    advice="Rename it.",
                    source=path,
                )
            return path
        hint = did_you_mean(path.stem, self.names(), "the preset ", otherwise="")
        if path.suffix.lower() in _ENDINGS or path.name != str(path):
            raise ParamsError(
                f"no such parameter file{hint}",
                advice=f"Give the path of a {self.kind}, or the name of a preset: {self._listed()}.",
                source=path.absolute(),
            )
        raise ParamsError(
            f"There is no preset {str(params)!r}{hint}",
            advice=f"Presets: {self._listed()}. A file of your own is named by its path, ending in .yaml, .yml or "
            ".json.",
        )


def _presets_folder() -> Path:
    # Installed inside the package; in a source checkout, at the top of the repository.
    package = Path(__file__).resolve().parent
    folders = (package / "params", package.parent / "params")
    for folder in folders:
        if (folder / "ct_default.yaml").is_file():
            return folder
    raise ParamsError(
        f"The presets are missing: neither {folders[0]} nor {folders[1]} has them", advice="Install radiohers anew."
    )


def _read_file(path: Path) -> Any:
    # pyradiomics' own parser: PyYAML knows YAML 1.1 only, to which 1e-3 is a string, and takes a key given twice.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text) if path.suffix.lower() == ".json" else YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ParamsError(
            f"is not valid YAML: line {mark.line + 1}, column {mark.column + 1}: {error.problem}.", source=path
        ) from error
    except (YAMLError, ValueError, OSError) as error:
        raise ParamsError(f"cannot be read: {error}.", source=path) from error
