"""Radiomic features: one row of numbers a case."""

from typing import TYPE_CHECKING

from radiohers._lazy import lazy_names

if TYPE_CHECKING:
    from radiohers.features._advice import ParamsAdvice, advise_params
    from radiohers.features._compare import EngineComparison, compare_engines
    from radiohers.features._extractor import RadiomicsExtractor
    from radiohers.features._params import describe_params, list_params, load_params, params_text

__all__ = [
    "EngineComparison",
    "ParamsAdvice",
    "RadiomicsExtractor",
    "advise_params",
    "compare_engines",
    "describe_params",
    "list_params",
    "load_params",
    "params_text",
]

# Who extracts needs no advice on settings.
__getattr__ = lazy_names(
    __name__,
    {
        "EngineComparison": "_compare",
        "ParamsAdvice": "_advice",
        "RadiomicsExtractor": "_extractor",
        "advise_params": "_advice",
        "compare_engines": "_compare",
        "describe_params": "_params",
        "list_params": "_params",
        "load_params": "_params",
        "params_text": "_params",
    },
)


def __dir__() -> list[str]:
    return __all__
