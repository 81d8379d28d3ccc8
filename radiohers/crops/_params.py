"""Presets of crops, and parameter files of the user's own."""

from collections.abc import Mapping
from difflib import get_close_matches
from os import PathLike
from typing import Any

from radiohers._presets import Presets
from radiohers.crops._cut import CropSettings
from radiohers.exceptions import ParamsError

__all__ = ["crop_params_text", "describe_crop_params", "list_crop_params", "load_crop_params"]

_PRESETS = Presets(folder="crops", kind="crop parameter file")


def list_crop_params() -> list[str]:
    """Return the names of the presets of crops.

    Returns
    -------
    list of str
        Sorted; what :meth:`CropExtractor.from_params` takes besides a path or a dict.

    Examples
    --------
    >>> from radiohers.crops import list_crop_params
    >>> "liver_portal_venous" in list_crop_params()
    True
    """
    return _PRESETS.names()


def describe_crop_params() -> dict[str, str]:
    """Return what each preset of crops is for.

    Returns
    -------
    dict of str to str
        Name to description, which is the first line of the preset's file.

    Examples
    --------
    >>> from radiohers.crops import describe_crop_params
    >>> print(describe_crop_params()["liver_portal_venous"])
    Portal-venous CT of liver metastases: crops after Liu et al. 2023, 224 x 224 pixels
    """
    return _PRESETS.describe()


def crop_params_text(name: str) -> str:
    """Return the file of a preset of crops with its comments, to copy and change.

    Parameters
    ----------
    name : str
        One of :func:`list_crop_params`.

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
    >>> from radiohers.crops import crop_params_text
    >>> crop_params_text("liver_portal_venous")[:2]
    '# '
    """
    return _PRESETS.text(name)


def load_crop_params(params: str | PathLike | Mapping) -> tuple[dict[str, Any], str]:
    """Return the parameters of crops that a preset, a file or a dict holds.

    Parameters
    ----------
    params : str, path-like or dict
        The name of a preset (see :func:`list_crop_params`), the path of a YAML or
        JSON file, or a dict; of some or all of ``margin_mm``, ``window_hu``,
        ``size``, ``keep_aspect``, ``min_area_mm2`` and ``slices``.

    Returns
    -------
    values : dict
        Name to value; values are not checked.
    source : str
        What to call it in messages.

    Raises
    ------
    ParamsError
        If there is no such preset or file, if it cannot be read, or if it names
        a parameter that crops do not have.
    """
    content, source = _PRESETS.load(params)
    source = source or f"preset {params!r}"
    known = CropSettings._fields
    if not isinstance(content, Mapping):
        found = "is empty" if content is None else f"holds a {type(content).__name__}"
        raise ParamsError(f"{source}: {found}, but must map some of {', '.join(known)} to their values.")
    for name in content:
        if name not in known:
            close = get_close_matches(str(name), known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else "."
            raise ParamsError(f"{source}: {name} is not known{hint} Known: {', '.join(known)}.")
    # YAML has lists alone, and scikit-learn compares and prints tuples as they were given.
    return {name: tuple(value) if isinstance(value, list) else value for name, value in content.items()}, source
