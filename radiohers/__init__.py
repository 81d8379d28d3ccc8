"""Predict a tumour's HER2 status, or any binary label, from CT.

The names below are what a notebook needs most; everything else is in the
packages: :mod:`radiohers.cohort`, :mod:`radiohers.datasets`,
:mod:`radiohers.images`, :mod:`radiohers.features`, :mod:`radiohers.crops`,
:mod:`radiohers.estimators`, :mod:`radiohers.evaluation`,
:mod:`radiohers.report` and :mod:`radiohers.protocols`.
"""

from radiohers._version import __version__
from radiohers.cohort import Cohort, read_cohort
from radiohers.estimators import make_radiomics_pipeline
from radiohers.evaluation import compare_models
from radiohers.exceptions import RadiohersError
from radiohers.features import RadiomicsExtractor
from radiohers.model_io import load_model, save_model

__all__ = [
    "Cohort",
    "RadiohersError",
    "RadiomicsExtractor",
    "__version__",
    "compare_models",
    "load_model",
    "make_radiomics_pipeline",
    "read_cohort",
    "save_model",
]
