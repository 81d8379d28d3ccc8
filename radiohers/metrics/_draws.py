"""Patients drawn with replacement."""

import numpy as np

__all__ = ["patient_weights"]

# Numbers drawn at once: 8 MiB.
_DRAWN_AT_ONCE = 2**20


def patient_weights(groups: np.ndarray, y_true: np.ndarray, n_bootstraps: int, rng: np.random.Generator) -> np.ndarray:
    """Draw patients with replacement and return how often each case was drawn.

    A draw that misses a class is drawn again, so every resample has both if the
    cases have.

    Parameters
    ----------
    groups : ndarray of shape (n_cases,)
        The patient of each case.
    y_true : ndarray of bool of shape (n_cases,)
        Whether each case is positive.
    n_bootstraps : int
        Number of resamples.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray of int of shape (n_bootstraps, n_cases)
        All cases of a patient have the same weight. Of one byte each unless some are above 255, and the
        resamples of a case lie side by side.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import patient_weights
    >>> drawn = patient_weights(np.array(["A", "A", "B"]), np.array([1, 1, 0]), 2, np.random.default_rng(0))
    >>> drawn.shape, bool((drawn[:, 0] == drawn[:, 1]).all())
    ((2, 3), True)
    """
    patients, patient_of_case = np.unique(groups, return_inverse=True)
    n = len(patients)
    has_class = np.zeros((n, 2), dtype=bool)
    has_class[patient_of_case, np.asarray(y_true).astype(int)] = True
    wanted = has_class[:, has_class.any(axis=0)].astype(float)
    # By patient: one row a patient.
    counts = np.zeros((n, n_bootstraps), dtype=np.uint8)
    missing = np.arange(n_bootstraps)
    # With one patient a class, every second draw is good: this ends soon.
    while len(missing):
        lacks_class = []
        for resamples in np.array_split(missing, min(len(missing), 1 + len(missing) * n // _DRAWN_AT_ONCE)):
            drawn = np.stack([np.bincount(row, minlength=n) for row in rng.integers(n, size=(len(resamples), n))])
            counts = counts.astype(np.promote_types(counts.dtype, np.min_scalar_type(drawn.max())), copy=False)
            counts[:, resamples] = drawn.T
            lacks_class.append(((drawn @ wanted) == 0).any(axis=1))
        missing = missing[np.concatenate(lacks_class)]
    return counts[patient_of_case].T
