"""Extraction presets and pyradiomics parameter files: found, read and checked."""

from collections.abc import Mapping
from os import PathLike

from radiohers._presets import Presets
from radiohers.features._extraction_params import ExtractionParams
from radiohers.features._params_check import check_params

__all__ = ["PRESETS", "describe_params", "list_params", "params_text", "load_params"]

PRESETS = Presets(folder="", kind="pyradiomics parameter file")
list_params, describe_params, params_text = PRESETS.names, PRESETS.describe, PRESETS.text


def load_params(params: str | PathLike | Mapping | ExtractionParams) -> ExtractionParams:
    """Return the settings of an extraction, checked.

    Parameters
    ----------
    params : str, path-like, dict or ExtractionParams
        The name of a preset (see :data:`PRESETS`), the path of a pyradiomics
        parameter file (YAML or JSON), or a dict in the layout of one; what
        this function returned stays as it is.

    Returns
    -------
    ExtractionParams
        Image types, classes, settings and excluded features; its ``to_dict()`` has
        them in the layout of a parameter file again.

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
    >>> load_params("ct_default").settings["binWidth"]
    25
    >>> load_params({"setting": {"binwidth": 25}})
    Traceback (most recent call last):
    ...
    radiohers.exceptions.ParamsError: params: setting.binwidth is not known; did you mean 'binWidth'? Known: ...
    """
    if isinstance(params, ExtractionParams):
        return params
    content, source = PRESETS.load(params)
    # A preset is not checked: the tests have done so.
    return ExtractionParams.from_dict(content) if source is None else check_params(content, source=source)
