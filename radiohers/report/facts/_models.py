"""The models: their steps, how features and crops were made, their seeds."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from os import PathLike
from pathlib import Path, PureWindowsPath
from typing import Annotated, Any, Self

from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.feature_selection import SelectorMixin
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils import get_tags

from radiohers._versions import library_versions, version
from radiohers.crops import CropExtractor, Crops
from radiohers.estimators import CaseCNNClassifier, ElbowPCA
from radiohers.features import RadiomicsExtractor, load_params
from radiohers.results import Comparison

__all__ = [
    "CropFacts",
    "ExtractionFacts",
    "ModelFacts",
    "StepFacts",
    "StepKind",
]

_SCALERS = (
    *(MaxAbsScaler, MinMaxScaler, Normalizer, PowerTransformer, QuantileTransformer, RobustScaler, StandardScaler),
)
_REDUCERS = {"sklearn.decomposition", "sklearn.cross_decomposition", "sklearn.random_projection"}


class StepKind(StrEnum):
    """What a step of a model does."""

    EXTRACTION = "extraction"
    CROPS = "crops"
    IMPUTATION = "imputation"
    SCALING = "scaling"
    REDUCTION = "reduction"
    SEARCH = "search"
    NETWORK = "network"
    OTHER = "other"


@dataclass(frozen=True)
class StepFacts:
    """One step of a model."""

    name: Annotated[str, "Its name in the pipeline; empty for a lone classifier."]
    kind: Annotated[StepKind, "What it does."]
    class_name: Annotated[str, "Its class."]
    code: Annotated[str, "The step as a call, with what differs from its defaults."]
    learns: Annotated[bool, "Whether it is fitted, on the training part of each fold."]
    space: Annotated[tuple[dict[str, str], ...], "Of a search: the values that are tried, by parameter."] = ()
    aggregate: Annotated[str, "Of a network on crops: how the crops of a case are put together."] = ""

    @classmethod
    def of(cls, name: str, step: Any) -> Self:
        """Return what a step is.

        Parameters
        ----------
        name : str
            Its name in the pipeline; empty for a lone classifier.
        step : estimator or str
            The step, or 'passthrough'.

        Returns
        -------
        StepFacts
        """
        kind, more = _kind_of(step), {}
        # The rest of these is among other facts; the cache's folder is nobody's business.
        code = type(step).__name__
        if kind is StepKind.NETWORK:
            code, more = _whole_code(step.classifier), {"aggregate": step.aggregate}
        elif kind is StepKind.SEARCH:
            given = getattr(step, "param_grid", None) or step.param_distributions
            spaces = [given] if isinstance(given, dict) else given
            more = {"space": tuple({key: str(values) for key, values in one.items()} for one in spaces)}
        elif kind not in (StepKind.EXTRACTION, StepKind.CROPS):
            code = step if isinstance(step, str) else " ".join(_whole_code(step).split())
        # A pipeline may hold "passthrough" in place of a step.
        learns = not isinstance(step, str) and get_tags(step).requires_fit
        return cls(name, kind, type(step).__name__, code, learns, **more)


@dataclass(frozen=True)
class ModelFacts:
    """One model."""

    code: Annotated[str, "The model as a call, with all its parameters."]
    steps: Annotated[tuple[StepFacts, ...], "Its steps in their order, those inside searches and pipelines too."]
    class_weights: Annotated[tuple[str, ...], "The class weights of its steps."]
    seeds: Annotated[dict[str, str | None], "Its seeds by parameter; null where each fit draws another."]

    @classmethod
    def of(cls, model: BaseEstimator) -> Self:
        """Return what a model is, without folders: these may name patients or the user.

        Parameters
        ----------
        model : estimator
            The model, not fitted.

        Returns
        -------
        ModelFacts
        """
        shown = _without_folders(model)
        params = model.get_params()
        with config_context(print_changed_only=False):
            code = _whole_code(shown)
        with config_context(print_changed_only=True):
            steps = tuple(StepFacts.of(name, step) for name, step in _find_steps(shown))
        seeds = {key: None if value is None else str(value) for key, value in _params_named("random_state", params)}
        weights = dict.fromkeys(repr(value) for _, value in _params_named("class_weight", params))
        return cls(code, steps, tuple(weights), seeds)


def _params_named(name: str, params: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the parameters of that name, of the model and of its steps."""
    return [(key, value) for key, value in params.items() if key.split("__")[-1] == name]


def _find_steps(model: BaseEstimator) -> Iterator[tuple[str, Any]]:
    """Yield name and step in their order; of a search both the search and the steps that it searches."""
    if isinstance(model, Pipeline):
        for name, step in model.steps:
            for inner_name, inner in _find_steps(step):
                yield inner_name or name, inner
    elif _is_search(model):
        yield "search", model
        yield from _find_steps(model.estimator)
    else:
        yield "", model


def _steps_of_kind(models: dict[str, BaseEstimator], kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the name of the model and the step, for each step of a class."""
    for name, model in models.items():
        yield from ((name, step) for _, step in _find_steps(model) if isinstance(step, kind))


def _is_search(model: Any) -> bool:
    # Optuna's search shares no class with scikit-learn's.
    searched = ("param_grid", "param_distributions")
    return hasattr(model, "estimator") and any(hasattr(model, name) for name in searched)


def _kind_of(step: Any) -> StepKind:
    """Return what a step does by what it is: its classes, and the modules that they come from."""
    modules = {".".join(base.__module__.split(".")[:2]) for base in type(step).__mro__}
    kinds = {
        StepKind.EXTRACTION: isinstance(step, RadiomicsExtractor),
        StepKind.CROPS: isinstance(step, CropExtractor),
        StepKind.SEARCH: _is_search(step),
        StepKind.NETWORK: isinstance(step, CaseCNNClassifier),
        StepKind.SCALING: isinstance(step, _SCALERS),
        StepKind.REDUCTION: isinstance(step, (SelectorMixin, ElbowPCA)) or bool(modules & _REDUCERS),
        StepKind.IMPUTATION: "sklearn.impute" in modules,
    }
    return next((kind for kind, holds in kinds.items() if holds), StepKind.OTHER)


def _whole_code(model: Any) -> str:
    # scikit-learn leaves out the middle of what is long.
    return model.__repr__(N_CHAR_MAX=10**6) if isinstance(model, BaseEstimator) else repr(model)


def _without_folders(model: BaseEstimator) -> BaseEstimator:
    """Return a clone whose paths are names of files only, to be shown and not to be fitted."""
    shown = {key: _shown_path(key, value) for key, value in model.get_params().items()}
    return clone(model).set_params(**{key: text for key, text in shown.items() if text is not None})


def _shown_path(key: str, value: Any) -> str | None:
    if key.split("__")[-1] == "memory":
        return None if value is None else "a folder"
    if isinstance(value, PathLike) or (isinstance(value, str) and ("/" in value or "\\" in value)):
        return PureWindowsPath(value).name
    return None


@dataclass(frozen=True)
class ExtractionFacts:
    """How the features of a model were extracted."""

    params: Annotated[str | None, "Preset, or file without its folder; null if they were given in the program."]
    engine: Annotated[str, "The engine."]
    engine_version: Annotated[str, "Version of radiohers."]
    reference_version: Annotated[str | None, "Version of PyRadiomics, whose values they are; null if it is missing."]
    n_features: Annotated[int, "Number of features of a case."]
    n_of_class: Annotated[dict[str, int], "Number of features by class."]
    image_types: Annotated[dict[str, Any], "Original and filtered images, with the filters' options."]
    settings: Annotated[dict[str, Any], "Settings in pyradiomics' names."]
    excluded: Annotated[tuple[str, ...], "Features that were left out."]
    on_error: Annotated[str, "What a case that fails does: 'raise' or 'nan'."]

    @classmethod
    def all_of(cls, models: dict[str, BaseEstimator]) -> dict[str, Self]:
        """Return how features were extracted, for the models that have an extractor.

        Parameters
        ----------
        models : dict of str to estimator
            The models.

        Returns
        -------
        dict of str to ExtractionFacts
        """
        return {name: cls.of(step) for name, step in _steps_of_kind(models, RadiomicsExtractor)}

    @classmethod
    def of(cls, extractor: RadiomicsExtractor) -> Self:
        """Return how an extractor extracts.

        Parameters
        ----------
        extractor : RadiomicsExtractor
            The extractor.

        Returns
        -------
        ExtractionFacts
        """
        params = load_params(extractor.params).to_dict()
        # pyradiomics' names: image type, class, feature.
        names = [name.split("_") for name in extractor.get_feature_names_out()]
        return cls(
            params=_params_name(extractor.params),
            engine=extractor.engine,
            engine_version=version("radiohers"),
            reference_version=library_versions().get("pyradiomics-bhklab"),
            n_features=len(names),
            n_of_class=dict(Counter(parts[-2] for parts in names)),
            image_types={name: options or {} for name, options in params["imageType"].items()},
            settings=dict(params["setting"]),
            excluded=tuple(params.get("excludeFeatures") or ()),
            on_error=extractor.on_error,
        )


def _params_name(params: Any) -> str | None:
    # The name of a file alone: its folder may name patients.
    return Path(params).name if isinstance(params, str | PathLike) else None


@dataclass(frozen=True)
class CropFacts:
    """How the crops of a network were made, and how many."""

    margin_mm: Annotated[float, "Margin around the lesion, mm."]
    level_hu: Annotated[float, "Level of the window, HU."]
    width_hu: Annotated[float, "Width of the window, HU."]
    size_pixels: Annotated[int, "Side of a crop, pixels."]
    keep_aspect: Annotated[bool, "Whether the aspect is kept, or stretched to a square."]
    min_area_mm2: Annotated[float, "Smallest lesion on a slice, mm2."]
    slices: Annotated[str | int, "'all', or the number of slices with the largest lesion area."]
    n_crops: Annotated[int, "Number of crops."]
    n_cases: Annotated[int, "Number of cases that have some."]
    fewest: Annotated[int, "Least number of crops of a case."]
    most: Annotated[int, "Largest number of crops of a case."]
    n_left_out: Annotated[dict[str, int], "Number of slices that were left out, by reason."]

    @classmethod
    def all_of(cls, comparison: Comparison) -> dict[str, Self]:
        """Return how crops were made, for the networks on crops.

        Parameters
        ----------
        comparison : Comparison
            The result.

        Returns
        -------
        dict of str to CropFacts
        """
        described = {}
        for name, step in _steps_of_kind(comparison.models, CropExtractor):
            X = comparison.prepared[name].X
            # Where a search chooses how to crop, nothing is cropped beforehand.
            described[name] = cls.of(step, X if isinstance(X, Crops) else clone(step).transform(X))
        return described

    @classmethod
    def of(cls, extractor: CropExtractor, crops: Crops) -> Self:
        """Return how an extractor crops.

        Parameters
        ----------
        extractor : CropExtractor
            The extractor.
        crops : Crops
            What it made of them.

        Returns
        -------
        CropFacts
        """
        level, width = extractor.window_hu
        counts = crops.counts
        return cls(
            margin_mm=extractor.margin_mm,
            level_hu=level,
            width_hu=width,
            size_pixels=extractor.size,
            keep_aspect=extractor.keep_aspect,
            min_area_mm2=extractor.min_area_mm2,
            slices=extractor.slices,
            n_crops=crops.n_crops,
            n_cases=int((counts > 0).sum()),
            fewest=int(counts.min()),
            most=int(counts.max()),
            n_left_out={str(reason): n for reason, n in crops.dropped["reason"].value_counts().items()},
        )
