"""What the metrics of one set of cases have in common: their parameters, the patient bootstrap."""

from numbers import Integral, Real

import numpy as np

from radiohers._sklearn import Interval as ValueRange
from radiohers.metrics._bootstrap import FoldScores, bootstrap_fold_mean
from radiohers.metrics._draws import patient_weights
from radiohers.metrics._interval import Interval
from radiohers.metrics._statistics import Statistic

__all__ = [
    "CONFIDENCE",
    "RESAMPLING",
    "bootstrap_interval",
    "has_repeated_patients",
    "refuse_repeated_patients",
]

CONFIDENCE = {"confidence_level": [ValueRange(Real, 0, 1, closed="neither")]}
RESAMPLING = {
    **CONFIDENCE,
    "n_bootstraps": [ValueRange(Integral, 1, None, closed="left")],
    "random_state": [ValueRange(Integral, 0, None, closed="left")],
}


def has_repeated_patients(fold: FoldScores) -> bool:
    """Return whether a patient has several cases."""
    return len(set(fold.patient.tolist())) < len(fold.patient)


def refuse_repeated_patients(fold: FoldScores, what: str) -> None:
    """Raise a ValueError if a patient has several cases, which a formula for independent cases ignores."""
    if has_repeated_patients(fold):
        n_patients = len(set(fold.patient.tolist()))
        raise ValueError(
            f"{what} takes cases for independent, and groups has {len(fold.patient)} cases of {n_patients} patients. "
            "Use method='bootstrap' (or 'auto'), which draws patients."
        )


def bootstrap_interval(
    fold: FoldScores, statistic: Statistic, confidence_level: float, n_bootstraps: int, random_state: int
) -> Interval:
    """Return a statistic of one set of cases with its patient-level bootstrap interval.

    Parameters
    ----------
    fold : FoldScores
        The cases.
    statistic : Statistic
        What is computed.
    confidence_level : float
        Coverage.
    n_bootstraps : int
        Number of resamples.
    random_state : int
        Seed.

    Returns
    -------
    Interval
        As from :func:`~radiohers.metrics._bootstrap.bootstrap_fold_means`.
    """
    weights = patient_weights(fold.patient, fold.y_true, n_bootstraps, np.random.default_rng(random_state))
    method = "{unit} bootstrap" if has_repeated_patients(fold) else "bootstrap of the cases"
    return bootstrap_fold_mean([fold], weights, statistic, confidence_level, method)
