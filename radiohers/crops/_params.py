"""Presets of crops, and parameter files of the user's own."""

from collections.abc import Mapping
from os import PathLike
from typing import Any

from radiohers._presets import Presets
from radiohers._wording import did_you_mean
from radiohers.crops._cut import CropSettings
from radiohers.exceptions import ParamsError

__all__ = ["CROP_PRESETS", "crop_params_text", "describe_crop_params", "list_crop_params", "load_crop_params"]

CROP_PRESETS = Presets(folder="crops", kind="crop parameter file")
list_crop_params, describe_crop_params, crop_params_text = CROP_PRESETS.names, CROP_PRESETS.describe, CROP_PRESETS.text


def load_crop_params(params: str | PathLike | Mapping) -> tuple[dict[str, Any], str]:
    """Return the parameters of crops that a preset, a file or a dict holds.

    Parameters
    ----------
    params : str, path-like or dict
        The name of a preset (see :data:`CROP_PRESETS`), the path of a YAML or
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
    content, source = CROP_PRESETS.load(params)
    source = source or f"preset {params!r}"
    known = CropSettings._fields
    if not isinstance(content, Mapping):
        found = "is empty" if content is None else f"holds a {type(content).__name__}"
        raise ParamsError(f"{found}, but must map some of {', '.join(known)} to their values.", source=source)
    for name in content:
        if name not in known:
            raise ParamsError(
                f"{name} is not known{did_you_mean(name, known)}", advice=f"Known: {', '.join(known)}.", source=source
            )
    # YAML has lists alone, and scikit-learn compares and prints tuples as they were given.
    return {name: tuple(value) if isinstance(value, list) else value for name, value in content.items()}, source
