"""Extraction presets and pyradiomics parameter files: found, read and checked."""

from collections.abc import Mapping
from os import PathLike
from typing import Any

from radiohers._presets import Presets
from radiohers.features._params_check import check_params

__all__ = ["describe_params", "list_params", "load_params", "params_text"]

_PRESETS = Presets(folder="", kind="pyradiomics parameter file")


def list_params() -> list[str]:
    """Return the names of the presets.

    Returns
    -------
    list of str
        Sorted; what ``RadiomicsExtractor(params=...)`` takes besides a path or a dict.

    Examples
    --------
    >>> from radiohers.features import list_params
    >>> "bladder_ctu" in list_params()
    True
    """
    return _PRESETS.names()


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
    return _PRESETS.describe()


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
    return _PRESETS.text(name)


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
    The verdicts are those of pyradiomics' own schema, which refuses settings
    that it does not know; so a misspelt one cannot silently leave the default in
    force. Numbers in quotes alone are refused here and not there: pyradiomics
    fails on them in the first case.

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
    content, source = _PRESETS.load(params)
    if source is None:
        # A preset. Not checked: the tests have done so.
        return {"imageType": {}, "featureClass": {}, "setting": {}, **content}
    return check_params(content, source=source)
