"""From the long table of predictions to the arrays that statistics and resamples take."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radiohers.metrics import FoldScores, patient_weights

__all__ = ["cohort_weights", "fold_scores", "n_patients_of", "units_of"]


def units_of(predictions: pd.DataFrame) -> tuple[pd.Series, str]:
    """Return whom each row is of.

    Parameters
    ----------
    predictions : DataFrame
        As in a comparison.

    Returns
    -------
    units : Series
        The patient of each row; its case where patients were not given.
    kind : {"patient", "case"}
        Which of both.
    """
    if predictions["patient_id"].isna().all():
        return predictions["case_id"], "case"
    return predictions["patient_id"], "patient"


def n_patients_of(predictions: pd.DataFrame) -> float:
    """Return the number of patients, NaN where they were not given."""
    units, unit = units_of(predictions)
    return units.nunique() if unit == "patient" else np.nan


_KINDS = {"y_true": bool, "score": float, "y_pred": bool}


def fold_scores(
    predictions: pd.DataFrame, keys: Sequence[str] = ("repeat", "fold"), case_ids: pd.Index | None = None
) -> list[FoldScores]:
    """Return the predictions of one model and part, fold by fold.

    Parameters
    ----------
    predictions : DataFrame
        Rows of one model and one part of :attr:`ModelComparison.predictions`.
    keys : sequence of str, default=("repeat", "fold")
        What is taken together; ``("repeat",)`` pools the folds of a repeat.
    case_ids : Index, default=None
        The case of each column of the resamples' weights; None takes the order in
        which the cases appear, as :func:`cohort_weights` does.

    Returns
    -------
    list of FoldScores
        In the order in which the folds appear.
    """
    if case_ids is None:
        case_ids = pd.Index(predictions["case_id"].drop_duplicates())
    units, unit = units_of(predictions)
    # Not a table for each fold: figures ask for folds by the hundred.
    number = predictions.groupby(list(keys), sort=False).ngroup().to_numpy()
    order = np.argsort(number, kind="stable")
    columns = [
        case_ids.get_indexer(pd.Index(predictions["case_id"]))[order],
        units.to_numpy()[order],
        *(predictions[name].to_numpy(dtype=kind)[order] for name, kind in _KINDS.items()),
    ]
    bounds = np.flatnonzero(np.diff(number[order])) + 1
    return [
        FoldScores._make((*fold, unit)) for fold in zip(*(np.split(column, bounds) for column in columns), strict=True)
    ]


def cohort_weights(predictions: pd.DataFrame, n_bootstraps: int, random_state: int) -> np.ndarray:
    """Draw patients (cases where patients were not given) with replacement; return how often each case was drawn.

    Parameters
    ----------
    predictions : DataFrame
        As in :func:`fold_scores`.
    n_bootstraps : int
        Number of resamples.
    random_state : int
        Seed. The draw is the same for all models that have the same cases.

    Returns
    -------
    ndarray of shape (n_bootstraps, n_cases)
        One column a case, in the order in which the cases appear.
    """
    cases = predictions.drop_duplicates("case_id")
    return patient_weights(
        units_of(cases)[0].to_numpy(),
        cases["y_true"].to_numpy(dtype=bool),
        n_bootstraps,
        np.random.default_rng(random_state),
    )
