"""The file of a saved model, and scoring with it."""

from radiohers.model_io._model_io import SavedModel, load_model, save_model
from radiohers.model_io._progress import showing_progress

__all__ = [
    "SavedModel",
    "load_model",
    "save_model",
    "showing_progress",
]
