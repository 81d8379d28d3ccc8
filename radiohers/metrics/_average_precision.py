"""The average precision, whose function walks through the cases as that of the AUC does."""

from functools import partial

import numpy as np

from radiohers.metrics._metric import ScoreMetric
from radiohers.metrics._resamples import Resamples, divide
from radiohers.metrics._statistic import because, positive_cases

__all__ = ["average_precision"]


@partial(ScoreMetric, of="scores", rests_on=positive_cases, why_undefined=because("no case is positive"))
def average_precision(y_true: np.ndarray, y_score: np.ndarray, weights: np.ndarray | Resamples) -> np.ndarray:
    """Return the average precision and its interval.

    {parameters}

    Returns
    -------
    Interval
        Within 0..1; NaN if no case is positive.

    Notes
    -----
    The sum over the scores that occur of the precision there times the recall that
    they add; not interpolated. Its value for scores that tell nothing is the share
    of positive cases, so it is not comparable between cohorts with other shares.
    Patient bootstrap, expanded percentiles, as in :func:`auc`.

    References
    ----------
    {hesterberg}

    Examples
    --------
    >>> from radiohers.metrics import average_precision
    >>> round(average_precision([0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.35, 0.8, 0.2, 0.6]).value, 3)
    0.917
    """
    resamples = Resamples.of(weights)
    # Among ties the positive cases come last: all that are called with the last of them are called positive there.
    order = np.lexsort((y_true, -y_score))
    last_of_ties = np.append(np.diff(y_score[order]) != 0, True)
    area, called, true_positive, added = (np.zeros(len(resamples)) for _ in range(4))
    walk = zip(resamples.in_order(order), y_true[order].tolist(), last_of_ties.tolist(), strict=True)
    for drawn, positive, last in walk:
        called += drawn
        if positive:
            true_positive += drawn
            added += drawn
            if last:
                added *= true_positive
                added /= np.maximum(called, 1e-300)
                area += added
                added[:] = 0
    return divide(area, true_positive)
