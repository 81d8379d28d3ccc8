"""The published studies that radiohers takes as its reference, end to end."""

from radiohers.protocols._bladder_ctu import compare_radiomics_models, radiomics_models

__all__ = ["compare_radiomics_models", "radiomics_models"]
