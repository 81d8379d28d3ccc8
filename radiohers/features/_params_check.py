"""Whether pyradiomics will take the settings of an extraction, and what is wrong if not."""

import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from radiohers.exceptions import ParamsError

__all__ = ["check_params"]

_SECTIONS = ("imageType", "featureClass", "setting")
_TYPES = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a string"}
_LIMITS = {"min": "at least", "min-ex": "above", "max": "at most", "max-ex": "below"}


class _Schema(NamedTuple):
    """What pyradiomics knows."""

    image_types: list[str]
    features: dict[str, list[str]]
    settings: dict[str, dict]
    voxel_settings: dict[str, dict]


def check_params(params: Mapping, source: str) -> dict[str, Any]:
    """Return a plain copy of `params`, or say what is wrong with it.

    Parameters
    ----------
    params : dict
        In the layout of a pyradiomics parameter file, optionally with ``excludeFeatures``.
    source : str
        What to call it in messages: the file's path.

    Returns
    -------
    dict
        Plain dicts, lists, numbers and strings; ``imageType``, ``featureClass`` and ``setting`` are always there.

    Raises
    ------
    ParamsError
        If it has a key, name or value that pyradiomics does not take; all of them are named.
    """
    if not isinstance(params, Mapping):
        found = "is empty" if params is None else f"holds a {type(params).__name__}"
        raise ParamsError(f"{source}: {found}, but must map {', '.join(_SECTIONS)} to their contents.")
    plain = {**{section: {} for section in _SECTIONS}, **_plain(params)}
    # An empty key means the same as none.
    excluded = plain.pop("excludeFeatures", None)
    problems = [*_exclusion_problems(excluded), *_layout_problems(plain)]
    # Names before values: pyradiomics stops at the first wrong name.
    problems = problems or list(_name_problems(plain)) or list(_value_problems(plain))
    if problems:
        listed = problems[0] if len(problems) == 1 else "\n- ".join([f"{len(problems)} problems:", *problems])
        raise ParamsError(f"{source}: {listed}")
    _warn_of_log_without_sigma(plain, source)
    return plain if excluded is None else {**plain, "excludeFeatures": excluded}


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
    schema = _schema()
    yield from _unknown("imageType.", params["imageType"], schema.image_types)
    for image_type, settings in params["imageType"].items():
        yield from _unknown(f"imageType.{image_type}.", settings, schema.settings)
    yield from _unknown("featureClass.", params["featureClass"], schema.features)
    for feature_class, features in params["featureClass"].items():
        if feature_class in schema.features:
            yield from _unknown(f"featureClass.{feature_class}.", features or [], schema.features[feature_class])
    yield from _unknown("setting.", params["setting"], schema.settings)
    yield from _unknown("voxelSetting.", params.get("voxelSetting", {}), schema.voxel_settings)


def _unknown(where: str, given: Iterable, known: Iterable[str]) -> Iterator[str]:
    by_lower_case = {name.lower(): name for name in known}
    for name in given:
        if name not in by_lower_case.values():
            close = get_close_matches(str(name).lower(), by_lower_case, n=1)
            hint = f"; did you mean {by_lower_case[close[0]]!r}?" if close else "."
            yield f"{where}{name} is not known{hint} Known: {', '.join(sorted(by_lower_case.values()))}."


def _value_problems(params: dict) -> Iterator[str]:
    # pyradiomics checks its parameter files with pykwalify, a dependency of it; the same is done here.
    from pykwalify.core import Core
    from radiomics import getParameterValidationFiles

    schema_file, functions_file = getParameterValidationFiles()
    checker = Core(source_data=params, schema_files=[schema_file], extensions=[functions_file])
    try:
        with _silenced(logging.getLogger("pykwalify.core")):
            checker.validate(raise_exception=False)
    except (TypeError, ValueError) as error:
        # From pyradiomics' own functions, which stop at their first problem and name key and value.
        yield f"{error}."
        return
    paths = [problem.path for problem in checker.errors] + list(_paths_of_quoted_numbers(params))
    yield from dict.fromkeys(_value_problem(params, path) for path in paths)


def _paths_of_quoted_numbers(params: dict) -> Iterator[str]:
    # pykwalify lets '25' pass for a number; pyradiomics then fails in the middle of the first case.
    groups = {f"imageType/{name}": settings for name, settings in params["imageType"].items()}
    for where, settings in {"setting": params["setting"], **groups}.items():
        for name, value in settings.items():
            rule = _schema().settings[name]
            if isinstance(value, list) and "seq" in rule and rule["seq"][0]["type"] == "float":
                yield from (f"/{where}/{name}/{i}" for i, item in enumerate(value) if isinstance(item, str))
            elif rule.get("type") == "float" and isinstance(value, str):
                yield f"/{where}/{name}"


def _value_problem(params: dict, path: str) -> str:
    """Say what is wrong with the value at `path`, which is like /imageType/LoG/sigma/0."""
    section, *keys = path.strip("/").split("/")
    settings = _schema().voxel_settings if section == "voxelSetting" else _schema().settings
    value, where, rule = params[section], section, {"mapping": settings}
    for key in keys:
        if isinstance(value, list):
            value, where, rule = value[int(key)], f"{where}[{key}]", rule["seq"][0]
        else:
            # The level of an image type is in none of the rules.
            value, where, rule = value[key], f"{where}.{key}", rule["mapping"].get(key, rule)
    return f"{where} is {value!r}, but must be {_requirement(rule)}."


def _requirement(rule: dict) -> str:
    if "seq" in rule:
        return f"a list, each item {_requirement(rule['seq'][0])}"
    if "enum" in rule:
        return f"one of {', '.join(map(repr, rule['enum']))}"
    limits = [f"{_LIMITS[limit]} {value}" for limit, value in rule.get("range", {}).items()]
    return " ".join([_TYPES[rule["type"]], " and ".join(limits)]).strip()


@contextmanager
def _silenced(log: logging.Logger) -> Iterator[None]:
    # pykwalify logs every problem as an error before it returns them.
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


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


@lru_cache(maxsize=1)
def _schema() -> _Schema:
    from radiomics import getFeatureClasses, getImageTypes, getParameterValidationFiles

    schema = yaml.safe_load(Path(getParameterValidationFiles()[0]).read_text(encoding="utf-8"))["mapping"]
    return _Schema(
        image_types=list(getImageTypes()),
        features={name: list(cls.getFeatureNames()) for name, cls in getFeatureClasses().items()},
        settings=schema["setting"]["mapping"],
        voxel_settings=schema["voxelSetting"]["mapping"],
    )
