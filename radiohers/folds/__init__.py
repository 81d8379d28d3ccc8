"""Dealing folds by patient, fitting models on them, and searching inside them."""

from radiohers.folds._fitting import FoldResults, fit_model, positive_scores, predict_folds
from radiohers.folds._inner_folds import check_inner_folds
from radiohers.folds._nested_search import ends_in_network, find_search
from radiohers.folds._own_threshold import own_threshold
from radiohers.folds._parts import has_network, is_ours, last_step, parts_not_fitted, parts_of
from radiohers.folds._prepare import Prepared, check_stateless, prepare
from radiohers.folds._splits import (
    PATIENT_LEVEL,
    Fold,
    RepeatedStratifiedGroupKFold,
    StratifiedGroupShuffleSplit,
    is_optimistic,
    make_folds,
    split_level,
)
from radiohers.folds._unchanged import Marks as Marks
from radiohers.folds._unchanged import check_unchanged, marks_of_images

__all__ = [
    "PATIENT_LEVEL",
    "Fold",
    "FoldResults",
    "Prepared",
    "RepeatedStratifiedGroupKFold",
    "StratifiedGroupShuffleSplit",
    "check_inner_folds",
    "check_stateless",
    "check_unchanged",
    "ends_in_network",
    "find_search",
    "has_network",
    "fit_model",
    "is_optimistic",
    "is_ours",
    "last_step",
    "make_folds",
    "marks_of_images",
    "own_threshold",
    "parts_not_fitted",
    "parts_of",
    "positive_scores",
    "predict_folds",
    "prepare",
    "split_level",
]
