"""The models in words: extraction, crops, steps, seeds."""

from typing import Any

from radiohers.report.facts import CropFacts, ExtractionFacts, ModelFacts, ReportFacts, StepFacts, StepKind
from radiohers.report.words._blocks import grouped

__all__ = ["crop_texts", "extraction_texts", "fitting_text", "seed_texts", "step_texts"]

_IN_PROGRAM = "given in the program"


def extraction_texts(facts: ExtractionFacts) -> dict[str, tuple[str, str]]:
    """Return how features were extracted: field to label and text."""
    of_class = ", ".join(f"{n} {name}" for name, n in facts.n_of_class.items())
    image_types = "; ".join(_image_type(name, options) for name, options in facts.image_types.items())
    texts = {
        "params": ("parameter file", facts.params or _IN_PROGRAM),
        "engine": ("engine", _engine_text(facts)),
        "n_features": ("features", f"{facts.n_features}: {of_class}"),
        "image_types": ("image types", image_types or "pyradiomics' default"),
        **{name: (f"setting {name}", _setting_text(name, value)) for name, value in facts.settings.items()},
    }
    if facts.excluded:
        texts["excluded"] = ("excluded", ", ".join(facts.excluded))
    on_error = {"raise": "stop the comparison", "nan": "are kept with missing values"}[facts.on_error]
    return texts | {"on_error": ("cases that fail", on_error)}


def _engine_text(facts: ExtractionFacts) -> str:
    reference = f"PyRadiomics {facts.reference_version}" if facts.reference_version else "PyRadiomics"
    if facts.engine == "pyradiomics":
        return reference
    return f"the {facts.engine} engine of radiohers {facts.engine_version}, which gives the values of {reference}"


def _setting_text(name: str, value: Any) -> str:
    if name == "resampledPixelSpacing":
        return f"{value} mm (x, y, z; 0 keeps the image's own)" if value else "none: not resampled"
    return str(value)


def _image_type(name: str, options: dict[str, Any]) -> str:
    return f"{name} ({', '.join(f'{key} {value}' for key, value in options.items())})" if options else name


def crop_texts(facts: CropFacts) -> dict[str, tuple[str, str]]:
    """Return how crops were made: field to label and text."""
    dropped = ", ".join(f"{n} {reason}" for reason, n in facts.n_left_out.items())
    return {
        "margin_mm": ("margin", f"{facts.margin_mm:g} mm"),
        "level_hu": ("window", f"level {facts.level_hu:g} HU, width {facts.width_hu:g} HU"),
        "size_pixels": ("size", f"{facts.size_pixels} x {facts.size_pixels} pixels"),
        "keep_aspect": ("aspect", "kept" if facts.keep_aspect else "stretched to a square"),
        "min_area_mm2": ("smallest lesion on a slice", f"{facts.min_area_mm2:g} mm2"),
        "slices": ("slices", "all" if facts.slices == "all" else f"the {facts.slices} with the largest lesion area"),
        "n_crops": ("crops", f"{facts.n_crops} crops of {facts.n_cases} cases, {facts.fewest} to {facts.most} a case"),
        "n_left_out": ("slices left out", f"{sum(facts.n_left_out.values())}{dropped and f': {dropped}'}"),
    }


def step_texts(report: ReportFacts, model: str, *kinds: StepKind) -> tuple[str, ...]:
    """Return the steps of a model, or those of some kinds, with what differs from their defaults."""
    steps = [step for step in report.models[model].steps if not kinds or step.kind in kinds]
    return tuple(
        f"{step.name}: {text}" if step.name else text for step in steps for text in [_step(report, model, step)]
    )


def _step(report: ReportFacts, model: str, step: StepFacts) -> str:
    if step.kind is StepKind.EXTRACTION:
        return f"{step.code}({report.extraction[model].params or _IN_PROGRAM})"
    if step.kind is StepKind.NETWORK:
        return f"{step.code}, its crops put together by {step.aggregate}"
    if step.kind is StepKind.SEARCH:
        spaces = [", ".join(f"{name} in {values}" for name, values in space.items()) for space in step.space]
        return f"{step.code} over {' or '.join(spaces)}"
    return step.code


def fitting_text(models: dict[str, ModelFacts]) -> str:
    """Return which steps learn, by model; models with the same ones stand together."""
    learning = grouped(
        (", ".join(step.name or "model" for step in model.steps if step.learns), name) for name, model in models.items()
    )
    return "; ".join(f"{steps} ({', '.join(names)})" for steps, names in learning.items())


def seed_texts(report: ReportFacts) -> dict[str, str]:
    """Return the seeds that the result depends on: that of folds and resamples, and those of the models' steps."""
    return {"folds and resamples": report.settings.seed} | {
        f"{name}: {key}": "none: another result each time" if seed is None else seed
        for name, model in report.models.items()
        for key, seed in model.seeds.items()
    }
