"""Patient-level bootstrap of statistics that are means over folds."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import norm, t

from radiohers._numbers import percent_text
from radiohers.metrics._fold_means import are_probabilities, observed_and_resampled
from radiohers.metrics._interval import Interval, edge_interval, method_text, unseen_limits
from radiohers.metrics._statistic import FoldScores, Statistic

__all__ = [
    "Band",
    "bootstrap_fold_mean",
    "bootstrap_fold_mean_curve",
    "bootstrap_fold_means",
    "expanded_tail",
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
    folds : sequence of FoldScores
        What was predicted, fold by fold.
    weights : ndarray of shape (n_bootstraps, n_cases)
        How often each resample holds each case, as from :func:`patient_weights`.
    statistic : Statistic
        What is computed in each fold.
    confidence_level : float, default=0.95
        Coverage of the interval.
    method : str, default="{unit} bootstrap of the mean over folds"
        What the interval is called, as in :func:`bootstrap_fold_means`.

    Returns
    -------
    Interval
        As from :func:`bootstrap_fold_means`.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import METRICS, FoldScores, bootstrap_fold_mean, patient_weights
    >>> y = np.array([True, True, False, False])
    >>> fold = FoldScores(np.arange(4), np.arange(4), y, np.array([0.9, 0.3, 0.4, 0.1]), np.array([1, 0, 0, 0], bool))
    >>> weights = patient_weights(fold.patient, y, 200, np.random.default_rng(0))
    >>> bootstrap_fold_mean([fold], weights, METRICS["auc"]).method
    'patient bootstrap of the mean over folds'
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

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import METRICS, FoldScores, bootstrap_fold_means, patient_weights
    >>> y = np.array([True, True, False, False])
    >>> fold = FoldScores(np.arange(4), np.arange(4), y, np.array([0.9, 0.3, 0.4, 0.1]), np.array([1, 0, 0, 0], bool))
    >>> weights = patient_weights(fold.patient, y, 200, np.random.default_rng(0))
    >>> found = bootstrap_fold_means([fold], weights, {name: METRICS[name] for name in ("auc", "f1")})
    >>> found["auc"].value, found["f1"].value
    (0.75, 0.6666666666666666)
    """
    return {
        name: _interval(folds, statistics[name], observed, resampled, confidence_level, method)
        for name, (observed, resampled) in observed_and_resampled(folds, weights, statistics).items()
    }


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
    folds : sequence of FoldScores
        What was predicted, fold by fold.
    weights : ndarray of shape (n_bootstraps, n_cases)
        How often each resample holds each case, as from :func:`patient_weights`.
    statistic : Statistic
        Of a curve, such as :func:`~radiohers.metrics.roc_statistic`.
    confidence_level : float, default=0.95
        Coverage of the interval.
    method : str, default="{unit} bootstrap of the mean over folds, pointwise"
        What the limits are called, as in :func:`bootstrap_fold_means`.

    Returns
    -------
    Band
        All NaN, with the reason as the method, if undefined in all folds. Each point
        is covered at the stated level; the whole curve is so less often.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import FoldScores, bootstrap_fold_mean_curve, patient_weights, roc_statistic
    >>> y = np.array([True, True, False, False])
    >>> fold = FoldScores(np.arange(4), np.arange(4), y, np.array([0.9, 0.3, 0.4, 0.1]), np.array([1, 0, 0, 0], bool))
    >>> weights = patient_weights(fold.patient, y, 200, np.random.default_rng(0))
    >>> bootstrap_fold_mean_curve([fold], weights, roc_statistic([0.0, 0.5, 1.0])).value.tolist()
    [0.5, 1.0, 1.0]
    """
    observed, resampled = observed_and_resampled(folds, weights, {"": statistic})[""]
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
    """Return the share of resamples to leave out at each end for an expanded percentile interval.

    Parameters
    ----------
    n_patients : int
        How many patients the value rests on.
    confidence_level : float
        Coverage.

    Returns
    -------
    float
        Below half of what the level leaves, and 0 for one patient.

    Examples
    --------
    >>> from radiohers.metrics import expanded_tail
    >>> round(expanded_tail(10, 0.95), 4), round(expanded_tail(1000, 0.95), 4)
    (0.0086, 0.0248)
    """
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


def _defined(observed: np.ndarray) -> np.ndarray:
    return np.isfinite(observed.reshape(len(observed), -1)).all(axis=1)


def _why_undefined(folds: Sequence[FoldScores], statistic: Statistic) -> str:
    if statistic.of == "probabilities" and not are_probabilities(folds):
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
