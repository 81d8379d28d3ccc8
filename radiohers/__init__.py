"""Predict a tumour's HER2 status, or any binary label, from CT.

The names below are what a notebook needs most; everything else is in the
packages: :mod:`radiohers.cohort`, :mod:`radiohers.datasets`,
:mod:`radiohers.images`, :mod:`radiohers.dicom`, :mod:`radiohers.features`, :mod:`radiohers.crops`,
:mod:`radiohers.estimators`, :mod:`radiohers.evaluation`,
:mod:`radiohers.metrics`, :mod:`radiohers.explain`, :mod:`radiohers.report` and :mod:`radiohers.protocols`.
"""

from typing import TYPE_CHECKING

from radiohers._lazy import lazy_names
from radiohers._version import __version__

if TYPE_CHECKING:
    from radiohers.audit import audit
    from radiohers.cohort import Cohort, read_cohort
    from radiohers.estimators import make_cnn_pipeline, make_radiomics_pipeline
    from radiohers.evaluation import compare_models
    from radiohers.exceptions import RadiohersError
    from radiohers.features import RadiomicsExtractor
    from radiohers.model_io import load_model, save_model
    from radiohers.patients import baseline_table

__all__ = [
    "Cohort",
    "RadiohersError",
    "RadiomicsExtractor",
    "__version__",
    "audit",
    "baseline_table",
    "compare_models",
    "load_model",
    "make_cnn_pipeline",
    "make_radiomics_pipeline",
    "read_cohort",
    "save_model",
]

_PACKAGES = (
    "audit",
    "cohort",
    "crops",
    "datasets",
    "dicom",
    "displays",
    "estimators",
    "evaluation",
    "exceptions",
    "explain",
    "features",
    "figures",
    "folds",
    "images",
    "metrics",
    "model_io",
    "patients",
    "protocols",
    "report",
    "results",
)

# SimpleITK and half of scikit-learn take a third of a second, which those need not wait for who want
# one package or the version. A package is loaded when one of its names is asked for.
__getattr__ = lazy_names(
    __name__,
    {
        "Cohort": "cohort",
        "RadiohersError": "exceptions",
        "RadiomicsExtractor": "features",
        "audit": "audit",
        "baseline_table": "patients",
        "compare_models": "evaluation",
        "load_model": "model_io",
        "make_cnn_pipeline": "estimators",
        "make_radiomics_pipeline": "estimators",
        "read_cohort": "cohort",
        "save_model": "model_io",
        **{package: package for package in _PACKAGES if package != "audit"},
    },
)


def __dir__() -> list[str]:
    return sorted([*__all__, *_PACKAGES])
