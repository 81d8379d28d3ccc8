"""Holding out part of the training rows to stop a network's training early."""

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit

from radiohers.exceptions import CohortError


def split_validation(
    y: np.ndarray,
    groups: np.ndarray | None,
    fraction: float,
    random_state: int | np.random.RandomState,
    *,
    off: str = "early_stopping=False",
) -> tuple[np.ndarray, np.ndarray]:
    """Hold out a stratified fraction of the patients for validation.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        Class of each row.
    groups : ndarray of shape (n_rows,) or None
        Patient of each row; a patient's rows stay together. None makes each
        row its own patient.
    fraction : float
        Fraction of the patients to hold out, above 0 and below 1. At least one
        patient of each class is held out.
    random_state : int or numpy.random.RandomState
        Draws the patients.
    off : str, default="early_stopping=False"
        What the error names to do without.

    Returns
    -------
    training, validation : ndarray of int
        Positions of the rows on either side, ascending.

    Raises
    ------
    CohortError
        If a class has fewer than two patients, or `fraction` leaves no patient
        of some class on one side.

    Notes
    -----
    A patient whose rows have several classes is stratified by the most common
    one, the first in sorted order among equals.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array(["neg", "neg", "pos", "pos", "neg", "neg", "pos", "pos"])
    >>> training, validation = split_validation(y, np.arange(8) // 2, 0.5, random_state=0)
    >>> sorted(y[validation].tolist())
    ['neg', 'neg', 'pos', 'pos']
    """
    if groups is None:
        groups = np.arange(len(y))
    classes, class_index = np.unique(y, return_inverse=True)
    patients, patient_index = np.unique(groups, return_inverse=True)
    rows_of_class = np.zeros((len(patients), len(classes)), dtype=int)
    np.add.at(rows_of_class, (patient_index, class_index), 1)
    patient_class = rows_of_class.argmax(axis=1)

    counts = np.bincount(patient_class, minlength=len(classes))
    counts = counts[counts > 0]
    n_held_out = max(len(counts), round(fraction * len(patients)))
    if counts.min() < 2 or len(patients) - n_held_out < len(counts):
        raise CohortError(
            f"Cannot hold out {fraction:g} of {len(patients)} patients with every class on both sides: the smallest "
            f"class has {counts.min()}",
            advice=f"Use {off}, or a validation_fraction nearer to 0.5.",
        )
    splitter = StratifiedShuffleSplit(n_splits=1, test_size=n_held_out, random_state=random_state)
    _, held_out = next(splitter.split(patient_class, patient_class))
    in_validation = np.isin(patient_index, held_out)
    return np.flatnonzero(~in_validation), np.flatnonzero(in_validation)
