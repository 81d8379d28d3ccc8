"""The published studies that radiohers takes as its reference, end to end."""

from radiohers.protocols._bladder_ctu import compare_radiomics_models, radiomics_models
from radiohers.protocols._main_job import MainJobFiles, run_main_job

__all__ = ["MainJobFiles", "compare_radiomics_models", "radiomics_models", "run_main_job"]
