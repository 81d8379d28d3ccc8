"""Statistics in each fold, and their means over folds, of all cases and of every resample."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from radiohers.metrics._resamples import Resamples
from radiohers.metrics._statistic import FoldScores, Statistic

__all__ = ["are_probabilities", "fold_mean", "fold_values", "observed_and_resampled", "resampled_fold_means"]


def fold_values(folds: Sequence[FoldScores], statistic: Statistic) -> np.ndarray:
    """Return a statistic in each fold.

    Parameters
    ----------
    folds : sequence of FoldScores
        The predictions, fold by fold.
    statistic : Statistic
        A metric or a curve.

    Returns
    -------
    ndarray of shape (n_folds,) or (n_folds, n_points)
        NaN where it is undefined.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import METRICS, FoldScores, fold_values
    >>> y = np.array([True, True, False, False])
    >>> fold = FoldScores(np.arange(4), np.arange(4), y, np.array([0.9, 0.3, 0.4, 0.1]), np.array([1, 0, 0, 0], bool))
    >>> fold_values([fold, fold], METRICS["auc"]).tolist()
    [0.75, 0.75]
    """
    observed = _observed(folds, statistic)
    return np.where(np.isfinite(observed), observed, np.nan)


def fold_mean(folds: Sequence[FoldScores], statistic: Statistic) -> np.ndarray:
    """Return the mean of a statistic over the folds in which it is defined.

    Parameters
    ----------
    folds : sequence of FoldScores
        The predictions, fold by fold.
    statistic : Statistic
        A metric or a curve.

    Returns
    -------
    ndarray of shape () or (n_points,)
        NaN where it is undefined in all folds.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import METRICS, FoldScores, fold_mean
    >>> y = np.array([True, True, False, False])
    >>> fold = FoldScores(np.arange(4), np.arange(4), y, np.array([0.9, 0.3, 0.4, 0.1]), np.array([1, 0, 0, 0], bool))
    >>> float(fold_mean([fold], METRICS["sensitivity"]))
    0.5
    """
    mean = _RunningMean()
    for value in fold_values(folds, statistic):
        mean.add(value[None], is_defined=True)
    return mean.value()[0]


def resampled_fold_means(folds: Sequence[FoldScores], weights: np.ndarray, statistic: Statistic) -> np.ndarray:
    """Return the mean of a statistic over folds in each resample.

    Parameters
    ----------
    folds : sequence of FoldScores
        The predictions, fold by fold.
    weights : ndarray of shape (n_bootstraps, n_cases)
        From :func:`~radiohers.metrics.patient_weights`; one draw of patients serves all folds and
        models, as one cohort served them, so differences of models are paired.
    statistic : Statistic
        What is computed in each fold.

    Returns
    -------
    ndarray of shape (n_bootstraps,) or (n_bootstraps, n_points)
        Folds in which the statistic is undefined are left out; NaN where it is so
        in all. A calibration slope may be infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import METRICS, FoldScores, resampled_fold_means
    >>> y = np.array([True, True, False, False])
    >>> fold = FoldScores(np.arange(4), np.arange(4), y, np.array([0.9, 0.3, 0.4, 0.1]), np.array([1, 0, 0, 0], bool))
    >>> resampled_fold_means([fold], np.array([[1, 1, 1, 1], [2, 0, 1, 1]]), METRICS["auc"]).tolist()
    [0.75, 1.0]
    """
    _, resampled = observed_and_resampled(folds, weights, {"": statistic})[""]
    return resampled


def observed_and_resampled(
    folds: Sequence[FoldScores], weights: np.ndarray, statistics: Mapping[str, Statistic]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return each statistic in each fold, and in each resample its mean over the folds in which it is defined."""
    # All cases are one resample more: the cases are walked through once.
    all_and_drawn = np.hstack([np.ones((weights.shape[1], 1), weights.dtype), weights.T]).T
    observed: dict[str, list[np.ndarray]] = {name: [] for name in statistics}
    means = {name: _RunningMean() for name in statistics}
    probable = are_probabilities(folds)
    for fold in folds:
        resamples = Resamples(all_and_drawn, fold.case)
        computed: dict[Any, np.ndarray] = {}
        for name, statistic in statistics.items():
            # Several metrics may be one function of the same values, taken for the tables differently.
            key = statistic.function, statistic.of
            if key not in computed:
                computed[key] = _of_resamples(statistic, fold, resamples, probable)
            values = computed[key]
            observed[name].append(values[0].copy())
            means[name].add(values[1:], is_defined=np.isfinite(values[0]).all())
    return {name: (np.stack(observed[name]), means[name].value()) for name in statistics}


def _of_resamples(
    statistic: Statistic, fold: FoldScores, weights: np.ndarray | Resamples, probable: bool
) -> np.ndarray:
    """Return a statistic of a fold in each resample; NaN of one of probabilities where scores are none."""
    if statistic.of == "probabilities" and not probable:
        return np.full((len(weights), *_shape_of_one(statistic)), np.nan)
    return statistic.function(fold.y_true, statistic.values(fold), weights)


class _RunningMean:
    """The mean over folds of what is not NaN, without keeping the folds."""

    def __init__(self) -> None:
        self._total: Any = None
        self._n_defined: Any = 0

    def add(self, values: np.ndarray, is_defined: bool) -> None:
        """Add a fold; one in which the statistic is undefined adds its shape alone."""
        missing = np.isnan(values)
        if not is_defined:
            missing[:] = True
        if missing.any():
            # A copy in the same order of axes, which np.where would not keep.
            values = values.copy(order="K")
            np.copyto(values, 0, where=missing)
        if self._total is None:
            self._total = np.zeros_like(values)
        # An infinite slope up in one fold and down in another has no mean.
        with np.errstate(invalid="ignore"):
            self._total += values
        self._n_defined = self._n_defined + (~missing if missing.any() else 1)

    def value(self) -> np.ndarray:
        """Return the mean, NaN where nothing is defined."""
        n_defined = np.broadcast_to(self._n_defined, self._total.shape)
        return np.divide(self._total, n_defined, out=np.full(n_defined.shape, np.nan), where=n_defined > 0)


def _observed(folds: Sequence[FoldScores], statistic: Statistic) -> np.ndarray:
    """Return the statistic of each fold, of shape (n_folds,) or (n_folds, n_points)."""
    probable = are_probabilities(folds)
    return np.concatenate([_of_resamples(statistic, fold, np.ones((1, len(fold.case))), probable) for fold in folds])


def _shape_of_one(statistic: Statistic) -> tuple[int, ...]:
    y = np.array([True])
    return statistic.function(y, y if statistic.of == "classes" else y.astype(float), np.ones((1, 1))).shape[1:]


def are_probabilities(folds: Sequence[FoldScores]) -> bool:
    """Return whether all scores lie in 0..1."""
    return all(((fold.score >= 0) & (fold.score <= 1)).all() for fold in folds)
