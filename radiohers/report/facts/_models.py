"""What a report says of the models: extraction, crops, steps, seeds."""

from collections import Counter
from collections.abc import Iterator
from os import PathLike
from pathlib import Path, PureWindowsPath
from typing import Any

from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from radiohers._versions import library_versions, version
from radiohers.crops import CropExtractor, Crops
from radiohers.features import RadiomicsExtractor, load_params
from radiohers.folds import ends_in_network

__all__ = [
    "describe_crops",
    "describe_extraction",
    "describe_fitting",
    "describe_models",
    "describe_pipelines",
    "describe_seeds",
    "find_steps",
    "without_folders",
]


def find_steps(model: BaseEstimator) -> Iterator[tuple[str, BaseEstimator]]:
    """Yield the steps of a model in their order, those inside searches and pipelines too.

    Parameters
    ----------
    model : estimator
        A pipeline, a search, or a lone classifier.

    Yields
    ------
    name : str
        Of the step; empty for a lone classifier.
    step : estimator
        The step. Of a search both the search and the steps that it searches.
    """
    if isinstance(model, Pipeline):
        for name, step in model.steps:
            for inner_name, inner in find_steps(step):
                yield inner_name or name, inner
    elif _is_search(model):
        yield "search", model
        yield from find_steps(model.estimator)
    else:
        yield "", model


def _is_search(model: Any) -> bool:
    # Optuna's search shares no class with scikit-learn's.
    searched = ("param_grid", "param_distributions")
    return hasattr(model, "estimator") and any(hasattr(model, name) for name in searched)


def describe_extraction(models: dict[str, BaseEstimator]) -> dict[str, dict[str, str]]:
    """Return how each model's features were extracted.

    Parameters
    ----------
    models : dict of str to estimator
        The models.

    Returns
    -------
    dict of str to dict of str to str
        Setting to text, for the models with a :class:`~radiohers.features.RadiomicsExtractor`.
    """
    return {
        name: _extraction_settings(step)
        for name, model in models.items()
        for _, step in find_steps(model)
        if isinstance(step, RadiomicsExtractor)
    }


def _extraction_settings(extractor: RadiomicsExtractor) -> dict[str, str]:
    params = load_params(extractor.params).to_dict()
    names = [name.split("_") for name in extractor.get_feature_names_out()]
    of_class = Counter(parts[-2] for parts in names)
    return {
        "parameter file": _params_name(extractor.params),
        "engine": _engine_text(extractor.engine),
        "features": f"{len(names)}: " + ", ".join(f"{n} {name}" for name, n in of_class.items()),
        "image types": "; ".join(_image_type(name, options) for name, options in params["imageType"].items())
        or "pyradiomics' default",
        **{f"setting {name}": _setting_text(name, value) for name, value in params["setting"].items()},
        **({"excluded": ", ".join(params["excludeFeatures"])} if params.get("excludeFeatures") else {}),
        "cases that fail": {"raise": "stop the comparison", "nan": "are kept with missing values"}[extractor.on_error],
    }


def _params_name(params: Any) -> str:
    # The name of a file alone: its folder may tell of patients.
    return Path(params).name if isinstance(params, str | PathLike) else "given in the program"


def _engine_text(engine: str) -> str:
    installed = library_versions().get("pyradiomics-bhklab")
    reference = f"PyRadiomics {installed}" if installed else "PyRadiomics"
    if engine == "pyradiomics":
        return reference
    return f"the {engine} engine of radiohers {version('radiohers')}, which gives the values of {reference}"


def _setting_text(name: str, value: Any) -> str:
    if name == "resampledPixelSpacing":
        return f"{value} mm (x, y, z; 0 keeps the image's own)" if value else "none: not resampled"
    return str(value)


def _image_type(name: str, options: Any) -> str:
    if not options:
        return name
    return f"{name} ({', '.join(f'{key} {value}' for key, value in options.items())})"


def describe_crops(comparison: Any) -> dict[str, dict[str, str]]:
    """Return how the crops of each network were made, and how many.

    Parameters
    ----------
    comparison : ModelComparison
        The result.

    Returns
    -------
    dict of str to dict of str to str
        Setting to text, for the networks on crops.
    """
    described = {}
    for name, model in comparison.models.items():
        for _, step in find_steps(model):
            if isinstance(step, CropExtractor):
                X = comparison.prepared[name].X
                # Where a search chooses how to crop, nothing is cropped beforehand.
                crops = X if isinstance(X, Crops) else clone(step).transform(X)
                described[name] = _crop_settings(step) | _crop_counts(crops)
    return described


def _crop_settings(extractor: CropExtractor) -> dict[str, str]:
    level, width = extractor.window_hu
    return {
        "margin": f"{extractor.margin_mm:g} mm",
        "window": f"level {level:g} HU, width {width:g} HU",
        "size": f"{extractor.size} x {extractor.size} pixels",
        "aspect": "kept" if extractor.keep_aspect else "stretched to a square",
        "smallest lesion on a slice": f"{extractor.min_area_mm2:g} mm2",
        "slices": "all" if extractor.slices == "all" else f"the {extractor.slices} with the largest lesion area",
    }


def _crop_counts(crops: Crops) -> dict[str, str]:
    of_reason = crops.dropped["reason"].value_counts()
    dropped = ", ".join(f"{n} {reason}" for reason, n in of_reason.items())
    counts = crops.counts
    return {
        "crops": f"{crops.n_crops} crops of {int((counts > 0).sum())} cases, {counts.min()} to {counts.max()} a case",
        "slices left out": f"{len(crops.dropped)}" + (f": {dropped}" if dropped else ""),
    }


def describe_fitting(models: dict[str, BaseEstimator]) -> str:
    """Return which steps are fitted in each fold.

    Parameters
    ----------
    models : dict of str to estimator
        The models.

    Returns
    -------
    str
        Names of the steps that learn, by model; models with the same ones stand together.
    """
    models_of: dict[str, list[str]] = {}
    for name, model in models.items():
        learn = [step_name or "model" for step_name, step in find_steps(model) if _learns(step)]
        models_of.setdefault(", ".join(learn), []).append(name)
    return "; ".join(f"{steps} ({', '.join(names)})" for steps, names in models_of.items())


def _learns(step: Any) -> bool:
    # A pipeline may hold "passthrough" in place of a step.
    return not isinstance(step, str) and get_tags(step).requires_fit


def describe_pipelines(models: dict[str, BaseEstimator]) -> dict[str, list[str]]:
    """Return the steps of each model as texts.

    Parameters
    ----------
    models : dict of str to estimator
        The models.

    Returns
    -------
    dict of str to list of str
        Each step with what was changed from its defaults.
    """
    described = {}
    with config_context(print_changed_only=True):
        for model_name, model in models.items():
            described[model_name] = [
                f"{name}: {_step_text(step)}" if name else _step_text(step)
                for name, step in find_steps(without_folders(model))
            ]
    return described


def _step_text(step: Any) -> str:
    if isinstance(step, str):
        return step
    if _is_search(step):
        space = getattr(step, "param_grid", None) or step.param_distributions
        return f"{type(step).__name__} over {_space_text(space)}"
    if isinstance(step, RadiomicsExtractor):
        # The rest of it is told under the extraction; the cache's folder is nobody's business.
        return f"RadiomicsExtractor({_params_name(step.params)})"
    if isinstance(step, CropExtractor):
        return "CropExtractor"
    if ends_in_network(step):
        return f"{_whole_repr(step.classifier)}, its crops put together by {step.aggregate}"
    return " ".join(_whole_repr(step).split())


def _space_text(space: Any) -> str:
    spaces = [space] if isinstance(space, dict) else list(space)
    return " or ".join(", ".join(f"{name} in {values}" for name, values in one.items()) for one in spaces)


def describe_models(models: dict[str, BaseEstimator]) -> dict[str, str]:
    """Return each model with all its parameters.

    Parameters
    ----------
    models : dict of str to estimator
        The models.

    Returns
    -------
    dict of str to str
        Their `repr`.
    """
    with config_context(print_changed_only=False):
        return {name: _whole_repr(without_folders(model)) for name, model in models.items()}


def _whole_repr(model: BaseEstimator) -> str:
    # scikit-learn leaves out the middle of what is long.
    return model.__repr__(N_CHAR_MAX=10**6) if isinstance(model, BaseEstimator) else repr(model)


def without_folders(model: BaseEstimator) -> BaseEstimator:
    """Return a model whose paths are names of files only: folders may tell of patients or of the user.

    Parameters
    ----------
    model : estimator
        The model.

    Returns
    -------
    estimator
        A clone, to be shown and not to be fitted.
    """
    shown = {key: _shown_path(key, value) for key, value in model.get_params().items()}
    return clone(model).set_params(**{key: text for key, text in shown.items() if text is not None})


def _shown_path(key: str, value: Any) -> str | None:
    if key.split("__")[-1] == "memory":
        return None if value is None else "a folder"
    if isinstance(value, PathLike) or (isinstance(value, str) and ("/" in value or "\\" in value)):
        return PureWindowsPath(value).name
    return None


def describe_seeds(comparison: Any) -> dict[str, str]:
    """Return the seeds that the result depends on.

    Parameters
    ----------
    comparison : ModelComparison
        The result.

    Returns
    -------
    dict of str to str
        That of folds and resamples, and those of the models' steps.
    """
    seeds = {"folds and resamples": str(comparison.settings["random_state"])}
    for name, model in comparison.models.items():
        for key, value in model.get_params().items():
            if key.split("__")[-1] == "random_state":
                seeds[f"{name}: {key}"] = "none: another result each time" if value is None else str(value)
    return seeds
