"""Whether pyradiomics would take the settings of an extraction, and what is wrong if not."""

import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from radiohers._wording import did_you_mean
from radiohers.exceptions import ParamsError
from radiohers.features._extraction_params import ExtractionParams
from radiohers.features._params_rules import SETTINGS, VOXEL_SETTINGS, Rule
from radiohers.features.native import DEPRECATED_FEATURES, FEATURES_WITHOUT_VALUE, IMAGE_TYPES, native_features

__all__ = ["check_params"]

_SECTIONS = ("imageType", "featureClass", "setting")


def check_params(params: Mapping, source: str) -> ExtractionParams:
    """Return what a dict asks for, or say what is wrong with it.

    Parameters
    ----------
    params : dict
        In the layout of a pyradiomics parameter file, optionally with ``excludeFeatures``.
    source : str
        What to call it in messages: the file's path.

    Returns
    -------
    ExtractionParams
        What it asks for.

    Raises
    ------
    ParamsError
        If it has a key, name or value that pyradiomics does not take; all of them are named.
    """
    if not isinstance(params, Mapping):
        found = "is empty" if params is None else f"holds a {type(params).__name__}"
        raise ParamsError(f"{found}, but must map {', '.join(_SECTIONS)} to their contents.", source=source)
    plain = {**{section: {} for section in _SECTIONS}, **_plain(params)}
    # An empty key means the same as none.
    excluded = plain.pop("excludeFeatures", None)
    problems = [*_exclusion_problems(excluded), *_layout_problems(plain)]
    # Names before values: pyradiomics stops at the first wrong name.
    problems = problems or list(_name_problems(plain)) or list(_value_problems(plain))
    if problems:
        listed = problems[0] if len(problems) == 1 else "\n- ".join([f"{len(problems)} problems:", *problems])
        raise ParamsError(listed, source=source)
    _warn_of_log_without_sigma(plain, source)
    return ExtractionParams.from_dict({**plain, "excludeFeatures": excluded})


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _exclusion_problems(excluded: Any) -> Iterator[str]:
    if excluded is None:
        return
    if not isinstance(excluded, list) or not all(isinstance(pattern, str) and pattern for pattern in excluded):
        yield (
            f"excludeFeatures is {excluded!r}, but must be a list of patterns of feature names, such as "
            "['wavelet-*_glcm_SumAverage']."
        )


def _layout_problems(params: dict) -> Iterator[str]:
    known = [*_SECTIONS, "voxelSetting", "excludeFeatures"]
    yield from _unknown("", params, known)
    for section in known[:-1]:
        if not isinstance(params.get(section, {}), dict):
            yield _not_a_mapping(section, params[section])
    if isinstance(params["imageType"], dict):
        for image_type, settings in params["imageType"].items():
            if not isinstance(settings, dict):
                yield _not_a_mapping(f"imageType.{image_type}", settings)
    if isinstance(params["featureClass"], dict):
        for feature_class, features in params["featureClass"].items():
            if features is not None and not isinstance(features, list):
                yield f"featureClass.{feature_class} is {features!r}, but must be a list of features, or empty for all."


def _not_a_mapping(where: str, value: Any) -> str:
    found = "empty" if value is None else repr(value)
    return f"{where} is {found}, but must be a mapping; write {{}} for one that is empty."


def _name_problems(params: dict) -> Iterator[str]:
    yield from _unknown("imageType.", params["imageType"], IMAGE_TYPES)
    for image_type, settings in params["imageType"].items():
        yield from _unknown(f"imageType.{image_type}.", settings, SETTINGS)
    known = _known_features()
    yield from _unknown("featureClass.", params["featureClass"], known)
    for feature_class, features in params["featureClass"].items():
        if feature_class in known:
            yield from _unknown(f"featureClass.{feature_class}.", features or [], known[feature_class])
    yield from _unknown("setting.", params["setting"], SETTINGS)
    yield from _unknown("voxelSetting.", params.get("voxelSetting", {}), VOXEL_SETTINGS)


def _known_features() -> dict[str, list[str]]:
    return {
        of_class: [*names, *DEPRECATED_FEATURES.get(of_class, ()), *FEATURES_WITHOUT_VALUE.get(of_class, ())]
        for of_class, names in native_features().items()
    }


def _unknown(where: str, given: Iterable, known: Collection[str]) -> Iterator[str]:
    for name in given:
        if name not in known:
            yield f"{where}{name} is not known{did_you_mean(name, known)} Known: {', '.join(sorted(known))}."


def _value_problems(params: dict) -> Iterator[str]:
    for image_type, settings in params["imageType"].items():
        yield from _broken(f"imageType.{image_type}", settings, SETTINGS)
    yield from _broken("setting", params["setting"], SETTINGS)
    yield from _broken("voxelSetting", params.get("voxelSetting", {}), VOXEL_SETTINGS)


def _broken(where: str, settings: dict, rules: dict[str, Rule]) -> Iterator[str]:
    for name, value in settings.items():
        yield from _broken_rule(f"{where}.{name}", value, rules[name])


def _broken_rule(where: str, value: Any, rule: Rule) -> Iterator[str]:
    if not (rule.may_be_empty if value is None else rule.accepts(value)):
        found = "empty" if value is None else repr(value)
        yield f"{where} is {found}, but must be {rule.requirement}."
    elif rule.item is not None:
        for i, item in enumerate(value or []):
            yield from _broken_rule(f"{where}[{i}]", item, rule.item)


def _warn_of_log_without_sigma(params: dict, source: str) -> None:
    if "LoG" in params["imageType"]:
        sigma = {**params["setting"], **params["imageType"]["LoG"]}.get("sigma")
        if not sigma:
            warnings.warn(
                f"{source}: imageType.LoG has no sigma, so that pyradiomics computes no LoG image. Write for example "
                "LoG: {sigma: [3.0, 5.0]} (mm).",
                UserWarning,
                stacklevel=4,
            )
