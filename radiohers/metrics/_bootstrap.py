"""Patient-level bootstrap of statistics that are means over folds."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import norm, t

from radiohers._numbers import percent_text
from radiohers.metrics._interval import Interval, edge_interval, method_text, unseen_limits
from radiohers.metrics._resamples import Resamples
from radiohers.metrics._statistic import FoldScores, Statistic

__all__ = [
    "Band",
    "bootstrap_fold_mean",
    "bootstrap_fold_mean_curve",
    "bootstrap_fold_means",
    "expanded_tail",
    "fold_mean",
    "fold_values",
    "resampled_fold_means",
]

BOOTSTRAP_METHOD = "{unit} bootstrap of the mean over folds"
# Limits closer than this differ by rounding only.
_NO_WIDTH = 1e-12
# Limits of infinite resamples: beyond any finite one, and still a number that quantiles can be taken of.
_HUGE = 1e300


class Band(NamedTuple):
    """A curve with its pointwise confidence limits, and how they came about.

    Attributes
    ----------
    value, low, high : ndarray of shape (n_points,)
        NaN if undefined.
    method : str
        What gave the limits, or why there are none.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import Band
    >>> Band(np.array([0.2, 0.8]), np.array([0.1, 0.6]), np.array([0.4, 0.9]), "patient bootstrap").high.tolist()
    [0.4, 0.9]
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    method: str


def fold_values(folds: Sequence[FoldScores], statistic: Statistic) -> np.ndarray:
    """Return a statistic in each fold, NaN where it is undefined; of shape (n_folds,) or (n_folds, n_points)."""
    observed = _observed(folds, statistic)
    return np.where(np.isfinite(observed), observed, np.nan)


def fold_mean(folds: Sequence[FoldScores], statistic: Statistic) -> np.ndarray:
    """Return the mean of a statistic over the folds in which it is defined; of shape () or (n_points,)."""
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
    """
    _, resampled = _observed_and_resampled(folds, weights, {"": statistic})[""]
    return resampled


def bootstrap_fold_mean(
    folds: Sequence[FoldScores],
    weights: np.ndarray,
    statistic: Statistic,
    confidence_level: float = 0.95,
    method: str = BOOTSTRAP_METHOD,
) -> Interval:
    """Return the mean of a statistic over folds, and its patient-level bootstrap interval.

    Parameters
    ----------
    folds, weights, confidence_level, method : object
        As in :func:`bootstrap_fold_means`.
    statistic : Statistic
        What is computed in each fold.

    Returns
    -------
    Interval
        As from :func:`bootstrap_fold_means`.
    """
    return bootstrap_fold_means(folds, weights, {"": statistic}, confidence_level, method)[""]


def bootstrap_fold_means(
    folds: Sequence[FoldScores],
    weights: np.ndarray,
    statistics: Mapping[str, Statistic],
    confidence_level: float = 0.95,
    method: str = BOOTSTRAP_METHOD,
) -> dict[str, Interval]:
    """Return the means of several statistics over folds, and their patient-level bootstrap intervals.

    Parameters
    ----------
    folds : sequence of FoldScores
        The predictions, fold by fold.
    weights : ndarray of shape (n_bootstraps, n_cases)
        From :func:`~radiohers.metrics.patient_weights`.
    statistics : mapping of str to Statistic
        What is computed in each fold.
    confidence_level : float, default=0.95
        Coverage of the intervals.
    method : str, default="{unit} bootstrap of the mean over folds"
        What the intervals are called; ``{unit}`` becomes "patient", or "case" where patients were not given.

    Returns
    -------
    dict of str to Interval
        Expanded percentiles of the resampled means, widened to hold the value.
        Folds in which the statistic is undefined are left out of the mean; the
        method says how many. Where no resample differs, the exact binomial bound
        for the number of patients.

    Notes
    -----
    The models are not fitted anew, so the interval tells what other patients
    would have given with these models, not what other training sets would have.

    Percentiles are too narrow with few patients, as a standard error divided by
    n instead of n - 1 is; they are moved outwards as far as Student's t asks for
    the number of patients that the statistic rests on.

    References
    ----------
    Hesterberg TC. The American Statistician 2015;69:371.
    doi:10.1080/00031305.2015.1089789
    """
    return {
        name: _interval(folds, statistics[name], observed, resampled, confidence_level, method)
        for name, (observed, resampled) in _observed_and_resampled(folds, weights, statistics).items()
    }


def _observed_and_resampled(
    folds: Sequence[FoldScores], weights: np.ndarray, statistics: Mapping[str, Statistic]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return each statistic in each fold, and in each resample its mean over the folds in which it is defined."""
    # All cases are one resample more: the cases are walked through once.
    all_and_drawn = np.hstack([np.ones((weights.shape[1], 1), weights.dtype), weights.T]).T
    observed: dict[str, list[np.ndarray]] = {name: [] for name in statistics}
    means = {name: _RunningMean() for name in statistics}
    are_probabilities = _are_probabilities(folds)
    for fold in folds:
        resamples = Resamples(all_and_drawn, fold.case)
        computed: dict[Any, np.ndarray] = {}
        for name, statistic in statistics.items():
            # Several metrics may be one function of the same values, taken for the tables differently.
            key = statistic.function, statistic.of
            if key not in computed:
                computed[key] = _of_resamples(statistic, fold, resamples, are_probabilities)
            values = computed[key]
            observed[name].append(values[0].copy())
            means[name].add(values[1:], is_defined=np.isfinite(values[0]).all())
    return {name: (np.stack(observed[name]), means[name].value()) for name in statistics}


def _of_resamples(statistic: Statistic, fold: FoldScores, resamples: Resamples, are_probabilities: bool) -> np.ndarray:
    """Return a statistic of a fold in each resample."""
    if statistic.of == "probabilities" and not are_probabilities:
        return np.full((len(resamples), *_shape_of_one(statistic)), np.nan)
    return statistic.function(fold.y_true, statistic.values(fold), resamples)


class _RunningMean:
    """The mean over folds of what is not NaN, without keeping the folds."""

    def __init__(self):
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


def _interval(
    folds: Sequence[FoldScores],
    statistic: Statistic,
    observed: np.ndarray,
    resampled: np.ndarray,
    confidence_level: float,
    method: str,
) -> Interval:
    defined = _defined(observed)
    if not defined.any():
        return Interval.undefined(_why_undefined(folds, statistic) + " in every fold" * (len(folds) > 1))
    value = float(observed[defined].mean())
    kept = [fold for fold, is_so in zip(folds, defined, strict=True) if is_so]
    reasons = {statistic.by_definition(fold.y_true, statistic.values(fold)) for fold in kept}
    if "" not in reasons:
        return Interval(value, value, value, reasons.pop())
    n_patients = _patients_it_rests_on(kept, statistic)
    low, high = (float(limit) for limit in _limits(value, resampled, n_patients, confidence_level))
    if high - low < _NO_WIDTH or n_patients < 2:
        if not np.isfinite(statistic.value_range).all():
            return Interval.undefined(f"too few {kept[0].unit}s for an interval", value)
        return edge_interval(value, n_patients, statistic.value_range, confidence_level, kept[0].unit)
    notes = [*_folds_left_out(folds, statistic, defined), *_resamples_left_out(resampled)]
    # Resamples that separate the classes have an infinite slope.
    if low < -_HUGE / 1e100:
        low, notes = np.nan, [*notes, "no lower limit, since resamples separate the classes"]
    if high > _HUGE / 1e100:
        high, notes = np.nan, [*notes, "no upper limit, since resamples separate the classes"]
    return Interval(value, low, high, method.format(unit=kept[0].unit), tuple(notes), is_resampled=True)


def bootstrap_fold_mean_curve(
    folds: Sequence[FoldScores],
    weights: np.ndarray,
    statistic: Statistic,
    confidence_level: float = 0.95,
    method: str = f"{BOOTSTRAP_METHOD}, pointwise",
) -> Band:
    """Return the mean of a curve over folds, and its pointwise patient-level bootstrap limits.

    Parameters
    ----------
    folds, weights, confidence_level : object
        As in :func:`bootstrap_fold_mean`.
    statistic : Statistic
        Of a curve, such as :func:`~radiohers.metrics.roc_statistic`.
    method : str, default="{unit} bootstrap of the mean over folds, pointwise"
        What the limits are called, as in :func:`bootstrap_fold_means`.

    Returns
    -------
    Band
        All NaN, with the reason as the method, if undefined in all folds. Each point
        is covered at the stated level; the whole curve is so less often.
    """
    observed, resampled = _observed_and_resampled(folds, weights, {"": statistic})[""]
    defined = _defined(observed)
    if not defined.any():
        nothing = np.full(observed.shape[1:], np.nan)
        reason = _why_undefined(folds, statistic) + " in every fold" * (len(folds) > 1)
        return Band(nothing, nothing, nothing, method_text("", (), reason))
    value = observed[defined].mean(axis=0)
    kept = [fold for fold, is_so in zip(folds, defined, strict=True) if is_so]
    n_patients = _patients_it_rests_on(kept, statistic)
    low, high = _limits(value, resampled, n_patients, confidence_level)
    if np.isfinite(statistic.value_range).all():
        unvaried = (high - low < _NO_WIDTH) & ~np.asarray(statistic.fixed)
        bounds = unseen_limits(value, n_patients, statistic.value_range, confidence_level)
        low, high = (np.where(unvaried, bound, limit) for bound, limit in zip(bounds, (low, high), strict=True))
    method = method.format(unit=kept[0].unit)
    return Band(value, low, high, method_text(method, _folds_left_out(folds, statistic, defined), ""))


def expanded_tail(n_patients: int, confidence_level: float) -> float:
    """Return the share of resamples to leave out at each end for an expanded percentile interval."""
    if n_patients < 2:
        return 0.0
    quantile = t.ppf((1 + confidence_level) / 2, n_patients - 1)
    return float(norm.cdf(-np.sqrt(n_patients / (n_patients - 1)) * quantile))


def _limits(
    value: np.ndarray | float, resampled: np.ndarray, n_patients: int, confidence_level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return expanded percentiles, moved where necessary to hold the value."""
    tail = expanded_tail(n_patients, confidence_level)
    quantile = np.nanquantile if np.isnan(resampled).any() else np.quantile
    low, high = quantile(np.clip(resampled, -_HUGE, _HUGE), [tail, 1 - tail], axis=0)
    return np.minimum(low, value), np.maximum(high, value)


def _patients_it_rests_on(folds: Sequence[FoldScores], statistic: Statistic) -> int:
    patients: dict[int, set] = {}
    for fold in folds:
        for kind, mask in enumerate(statistic.rests_on(fold.y_true, statistic.values(fold))):
            patients.setdefault(kind, set()).update(fold.patient[mask].tolist())
    return min(len(of_kind) for of_kind in patients.values())


def _observed(folds: Sequence[FoldScores], statistic: Statistic) -> np.ndarray:
    """Return the statistic of each fold, of shape (n_folds,) or (n_folds, n_points)."""
    if statistic.of == "probabilities" and not _are_probabilities(folds):
        return np.full((len(folds), *_shape_of_one(statistic)), np.nan)
    return np.concatenate([statistic.function(f.y_true, statistic.values(f), np.ones((1, len(f.case)))) for f in folds])


def _shape_of_one(statistic: Statistic) -> tuple[int, ...]:
    y = np.array([True])
    return statistic.function(y, y if statistic.of == "classes" else y.astype(float), np.ones((1, 1))).shape[1:]


def _are_probabilities(folds: Sequence[FoldScores]) -> bool:
    return all(((fold.score >= 0) & (fold.score <= 1)).all() for fold in folds)


def _defined(observed: np.ndarray) -> np.ndarray:
    return np.isfinite(observed.reshape(len(observed), -1)).all(axis=1)


def _why_undefined(folds: Sequence[FoldScores], statistic: Statistic) -> str:
    if statistic.of == "probabilities" and not _are_probabilities(folds):
        return statistic.NOT_PROBABILITIES
    return " or ".join(sorted({statistic.why(fold) for fold in folds}))


def _folds_left_out(folds: Sequence[FoldScores], statistic: Statistic, defined: np.ndarray) -> list[str]:
    left_out = [fold for fold, is_so in zip(folds, defined, strict=True) if not is_so]
    if not left_out:
        return []
    return [f"{len(left_out)} of {len(folds)} left out: {_why_undefined(left_out, statistic)}"]


def _resamples_left_out(resampled: np.ndarray) -> list[str]:
    share = float(np.isnan(resampled).mean())
    return [f"undefined in {percent_text(share)} of resamples"] if share >= 0.01 else []
