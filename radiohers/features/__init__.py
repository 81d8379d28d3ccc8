"""Radiomic features: one row of numbers a case."""

from typing import TYPE_CHECKING

from radiohers._lazy import lazy_names

if TYPE_CHECKING:
    from radiohers.features._advice import ParamsAdvice, advise_params
    from radiohers.features._compare import EngineComparison, compare_engines
    from radiohers.features._extraction_params import ExtractionParams
    from radiohers.features._extractor import RadiomicsExtractor
    from radiohers.features._params import PRESETS, describe_params, list_params, load_params, params_text

__all__ = [
    "list_params",
    "describe_params",
    "params_text",
    "PRESETS",
    "EngineComparison",
    "ExtractionParams",
    "ParamsAdvice",
    "RadiomicsExtractor",
    "advise_params",
    "compare_engines",
    "load_params",
]

# Who extracts needs no advice on settings.
__getattr__ = lazy_names(
    __name__,
    {
        "list_params": "_params",
        "describe_params": "_params",
        "params_text": "_params",
        "PRESETS": "_params",
        "EngineComparison": "_compare",
        "ExtractionParams": "_extraction_params",
        "ParamsAdvice": "_advice",
        "RadiomicsExtractor": "_extractor",
        "advise_params": "_advice",
        "compare_engines": "_compare",
        "load_params": "_params",
    },
)


def __dir__() -> list[str]:
    return __all__
