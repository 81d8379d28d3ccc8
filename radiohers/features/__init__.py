"""Radiomic features: one row of numbers a case."""

from radiohers.features._compare import EngineComparison, compare_engines
from radiohers.features._extractor import RadiomicsExtractor
from radiohers.features._params import describe_params, list_params, load_params, params_text

__all__ = [
    "EngineComparison",
    "RadiomicsExtractor",
    "compare_engines",
    "describe_params",
    "list_params",
    "load_params",
    "params_text",
]
