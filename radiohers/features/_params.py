"""Extraction presets and pyradiomics parameter files: found, read and checked."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import Any

import yaml

from radiohers.exceptions import ParamsError
from radiohers.features._params_check import check_params

__all__ = ["describe_params", "list_params", "load_params", "params_text"]

# pyradiomics tells the format of a file by these endings, in this case.
_ENDINGS = (".yaml", ".yml", ".json")


def list_params() -> list[str]:
    """Return the names of the presets.

    Returns
    -------
    list of str
        Sorted; what ``RadiomicsExtractor(params=...)`` takes besides a path or a dict.

    Examples
    --------
    >>> from radiohers.features import list_params
    >>> list_params()
    ['bladder_ctu', 'ct_default', 'first_order_shape', 'mr_default']
    """
    return sorted(path.stem for path in _presets_folder().glob("*.yaml"))


def describe_params() -> dict[str, str]:
    """Return what each preset is for.

    Returns
    -------
    dict of str to str
        Name to description, which is the first line of the preset's file.

    Examples
    --------
    >>> from radiohers.features import describe_params
    >>> print(describe_params()["bladder_ctu"])
    Excretory-phase CT urography of bladder cancer: 975 features after Jiao et al. 2024
    """
    return {name: _preset_text(name).partition("\n")[0].removeprefix("#").strip() for name in list_params()}


def params_text(name: str) -> str:
    """Return the file of a preset with its comments, to copy and change.

    Parameters
    ----------
    name : str
        One of :func:`list_params`.

    Returns
    -------
    str
        YAML.

    Raises
    ------
    ParamsError
        If there is no such preset.

    Examples
    --------
    >>> from radiohers.features import params_text
    >>> params_text("first_order_shape")[:2]
    '# '
    """
    if name not in list_params():
        raise ParamsError(f"There is no preset {name!r}. Presets: {_presets()}.")
    return _preset_text(name)


def load_params(params: str | PathLike | Mapping) -> dict[str, Any]:
    """Return the settings of an extraction, checked.

    Parameters
    ----------
    params : str, path-like or dict
        The name of a preset (see :func:`list_params`), the path of a pyradiomics
        parameter file (YAML or JSON), or a dict in the layout of one.

    Returns
    -------
    dict
        A fresh one of plain dicts, lists, numbers and strings, in pyradiomics'
        layout: ``imageType``, ``featureClass`` and ``setting`` (empty means
        pyradiomics' default) and, where given, ``voxelSetting``. One key is
        radiohers' own: ``excludeFeatures``, a list of shell-style patterns of
        names to leave out; take it out before pyradiomics sees the rest.

    Raises
    ------
    ParamsError
        If there is no such preset or file, if it cannot be read, or if it has
        a key, name or value that pyradiomics does not take.

    Warns
    -----
    UserWarning
        If LoG images are asked for without a sigma: pyradiomics then computes none.

    Notes
    -----
    Any file that pyradiomics accepts is accepted. It is checked by pyradiomics'
    own schema, which refuses settings that it does not know; so a misspelt one
    cannot silently leave the default in force.

    References
    ----------
    van Griethuysen JJM et al. Computational radiomics system to decode the
    radiographic phenotype. Cancer Research 2017;77:e104.
    doi:10.1158/0008-5472.CAN-17-0339

    Examples
    --------
    >>> from radiohers.features import load_params
    >>> load_params("ct_default")["setting"]["binWidth"]
    25
    >>> load_params({"setting": {"binwidth": 25}})
    Traceback (most recent call last):
    ...
    radiohers.exceptions.ParamsError: params: setting.binwidth is not known; did you mean 'binWidth'? Known: ...
    """
    if isinstance(params, Mapping):
        return check_params(params, source="params")
    if isinstance(params, str) and params in list_params():
        # Not checked: the tests have done so, and pyradiomics takes a while to import.
        preset = yaml.safe_load(_preset_text(params))
        return {"imageType": {}, "featureClass": {}, "setting": {}, **preset}
    if isinstance(params, (str, PathLike)):
        path = _existing_file(params)
        return check_params(_read_file(path), source=str(path))
    raise ParamsError(
        f"params is of type {type(params).__name__}. Give the name of a preset ({_presets()}), the path of a "
        "pyradiomics parameter file, or a dict."
    )


def _presets_folder() -> Path:
    # Installed inside the package; in a source checkout, at the top of the repository.
    package = Path(__file__).resolve().parents[1]
    folders = (package / "params", package.parent / "params")
    for folder in folders:
        if (folder / "ct_default.yaml").is_file():
            return folder
    raise ParamsError(
        f"The presets are missing: neither {folders[0]} nor {folders[1]} has them. Install radiohers anew."
    )


def _preset_text(name: str) -> str:
    return (_presets_folder() / f"{name}.yaml").read_text(encoding="utf-8")


def _presets() -> str:
    return ", ".join(map(repr, list_params()))


def _existing_file(params: str | PathLike) -> Path:
    path = Path(params).expanduser()
    if path.is_file():
        if path.suffix not in _ENDINGS:
            raise ParamsError(
                f"{path}: a parameter file must end in .yaml, .yml or .json, by which pyradiomics tells its format. "
                "Rename it."
            )
        return path
    close = get_close_matches(path.stem.lower(), list_params(), n=1)
    hint = f"; did you mean the preset {close[0]!r}?" if close else "."
    if path.suffix in _ENDINGS or path.name != str(path):
        raise ParamsError(
            f"{path.absolute()}: no such parameter file{hint} Give the path of a pyradiomics parameter file, or the "
            f"name of a preset: {_presets()}."
        )
    raise ParamsError(
        f"There is no preset {str(params)!r}{hint} Presets: {_presets()}. A file of your own is named by its path, "
        "ending in .yaml, .yml or .json."
    )


def _read_file(path: Path) -> Any:
    # pyradiomics' own parser: PyYAML knows YAML 1.1 only, to which 1e-3 is a string, and takes a key given twice.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text) if path.suffix == ".json" else YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ParamsError(
            f"{path}: is not valid YAML: line {mark.line + 1}, column {mark.column + 1}: {error.problem}."
        ) from error
    except (YAMLError, ValueError, OSError) as error:
        raise ParamsError(f"{path}: cannot be read: {error}.") from error
