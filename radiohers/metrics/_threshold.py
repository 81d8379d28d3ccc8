"""Where a score becomes a class."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import roc_curve

from radiohers.metrics._inputs import as_folds

__all__ = ["youden_threshold"]


def youden_threshold(y_true: ArrayLike, y_score: ArrayLike) -> float:
    """Return the score with the highest sensitivity + specificity - 1.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each training case is positive.
    y_score : array-like of shape (n_cases,)
        Scores of the training cases; never those of the cases to be judged.

    Returns
    -------
    float
        Halfway between the lowest score that is called positive and the next
        lower one, so that a model which separates its training cases does not
        put the threshold on one of them.

    Raises
    ------
    ValueError
        If a class is missing, or as every metric.

    References
    ----------
    Youden WJ. Cancer 1950;3:32.
    doi:10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3

    Examples
    --------
    >>> from radiohers.metrics import youden_threshold
    >>> youden_threshold([0, 0, 1], [0.1, 0.3, 0.9])
    0.6
    """
    (fold,) = as_folds(y_true, None, y_score=y_score)
    if fold.y_true.all() or not fold.y_true.any():
        raise ValueError("y_true has one class only, where a threshold is between two. Give cases of both classes.")
    false_positive, true_positive, thresholds = roc_curve(fold.y_true, fold.score, drop_intermediate=False)
    # Rounded, so that rounding errors do not decide between equals: the highest score among them is taken.
    index = np.round(true_positive - false_positive, 12)
    # The first point calls nobody positive and has no score of its own.
    best = 1 + int(np.argmax(index[1:]))
    lowest_positive = float(thresholds[best])
    lower = fold.score[fold.score < lowest_positive]
    return (lowest_positive + float(lower.max())) / 2 if len(lower) else lowest_positive
