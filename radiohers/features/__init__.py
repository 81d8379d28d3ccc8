"""Radiomic features: one row of numbers a case."""

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
