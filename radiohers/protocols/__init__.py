"""The published studies that radiohers takes as its reference, end to end."""

from radiohers.protocols._bladder_ctu import radiomics_models
from radiohers.protocols._main_job import MainJobFiles, run_main_job

__all__ = ["MainJobFiles", "radiomics_models", "run_main_job"]
