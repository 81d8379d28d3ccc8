"""DeLong's test of two AUCs, for patients with several cases and for the means over folds."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, rankdata

from radiohers._sklearn import validate_params
from radiohers.metrics._inputs import CONFIDENCE, as_folds
from radiohers.metrics._interval import unseen_limits
from radiohers.metrics._significance import SignificanceTest
from radiohers.metrics._statistic import FoldScores

__all__ = ["delong_fold_test", "delong_test", "interval_without_variance", "n_patients_of_smaller_class", "placements"]

# Variances below are rounding errors: placements are sums of numbers near 1.
_NO_VARIANCE = 1e-24


class _PatientSums(NamedTuple):
    """How much each patient moves the difference of two AUCs, with what makes the variance unbiased."""

    difference: float
    positive: np.ndarray
    negative: np.ndarray
    correction_positive: float
    correction_negative: float
    correction_any: float
    rests_on_one: bool

    def variance(self) -> float:
        return float(
            self.correction_positive * (self.positive**2).sum()
            + self.correction_negative * (self.negative**2).sum()
            + 2 * self.correction_any * (self.positive * self.negative).sum()
        )


@validate_params(CONFIDENCE, prefer_skip_nested_validation=True)
def delong_test(
    y_true: ArrayLike,
    score_a: ArrayLike,
    score_b: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    confidence_level: float = 0.95,
) -> SignificanceTest:
    """Test whether two models have the same AUC on the same cases.

    Parameters
    ----------
    y_true : array-like of bool of shape (n_cases,)
        Whether each case is positive.
    score_a, score_b : array-like of shape (n_cases,)
        Scores of the two models; higher is more positive.
    groups : array-like of shape (n_cases,), default=None
        The patient of each case; None takes each case for its own patient.
    confidence_level : float, default=0.95
        Coverage of the interval of the difference.

    Returns
    -------
    SignificanceTest
        `statistic` is the z value; the test is two-sided. Models that order the cases alike
        have difference 0 and p 1. Where the difference is not 0 and yet has no variance,
        p is NaN: use :func:`paired_permutation_test`.

    Notes
    -----
    The placement of a positive case is the share of negative cases below it, that of a
    negative case the share of positive cases above it, ties counting one half. Each AUC
    is a mean of placements, so the variance of the difference is found from the
    placements' differences :math:`d`, centred at the difference of the AUCs and divided by
    the number of cases of their class. They are summed over the cases of each patient
    first: :math:`P_p` over the positive and :math:`N_p` over the negative ones. Then

    .. math:: \\frac{I_P}{I_P-1}\\sum P_p^2 + \\frac{I_N}{I_N-1}\\sum N_p^2 + \\frac{2I}{I-1}\\sum P_p N_p

    with :math:`I_P, I_N, I` patients that have a positive case, a negative case, any. With one
    case a patient this is DeLong's variance, otherwise Obuchowski's.

    References
    ----------
    DeLong ER, DeLong DM, Clarke-Pearson DL. Biometrics 1988;44:837.
    doi:10.2307/2531595

    Obuchowski NA. Biometrics 1997;53:567. doi:10.2307/2533958

    Examples
    --------
    >>> from radiohers.metrics import delong_test
    >>> y = [0, 0, 0, 0, 1, 1, 1, 1]
    >>> result = delong_test(y, [1, 2, 3, 4, 3, 5, 6, 7], [1, 4, 3, 2, 2, 4, 1, 5])
    >>> result.difference, round(result.p_value, 3), result.method
    (0.3125, 0.171, 'DeLong, paired')
    """
    fold_a, fold_b = as_folds(y_true, groups, score_a=score_a, score_b=score_b)
    return delong_fold_test([fold_a], [fold_b], confidence_level)


def delong_fold_test(
    folds_a: Sequence[FoldScores], folds_b: Sequence[FoldScores], confidence_level: float = 0.95
) -> SignificanceTest:
    """Test whether two models have the same mean AUC over the same folds.

    Parameters
    ----------
    folds_a, folds_b : sequence of FoldScores
        Predictions of the two models: the same folds, and in them the same cases in the same order.
    confidence_level : float, default=0.95
        Coverage of the interval of the difference.

    Returns
    -------
    SignificanceTest
        As from :func:`delong_test`, which is the case of one fold.

    Notes
    -----
    Scores are compared within a fold only, as they come from one model there. The mean of
    the AUCs over F folds is again a sum over cases: a case adds its centred placement in
    each fold that it is tested in, divided by F and the number of cases of its class in
    that fold (LeDell et al. 2015). Summed over all folds and repeats by patient, this takes
    account of one case being tested in every repeat. Since placements are centred in each
    fold, I / (I - 1) becomes the sum of I over folds divided by the sum of I - 1. Folds
    without both classes have no AUC and are left out.

    The fitted models are taken as given. That they were fitted on overlapping parts of one
    cohort is not in the variance, so over the folds of one cohort the test rejects too often (7%
    at a level of 5% with 5 folds, 10% when they are dealt 5 times; benchmarks/check_tests.py);
    :func:`corrected_resampled_t_test` allows for it.

    References
    ----------
    LeDell E, Petersen M, van der Laan M. Electronic Journal of Statistics 2015;9:1583.
    doi:10.1214/15-EJS1035

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import FoldScores, delong_fold_test
    >>> y = np.array([True, True, False, False])
    >>> a, b = (FoldScores(np.arange(4), np.arange(4), y, score, y) for score in (y * 1.0, np.arange(4.0)))
    >>> delong_fold_test([a, a], [b, b]).difference
    1.0
    """
    sums = _patient_sums(folds_a, folds_b)
    several = any(len(np.unique(fold.patient)) < len(fold.patient) for fold in folds_a)
    unit = folds_a[0].unit
    method = f"DeLong, paired{f', {unit}s as clusters (Obuchowski)' if several or len(folds_a) > 1 else ''}"
    method += ", mean over folds" if len(folds_a) > 1 else ""
    if sums is None:
        return SignificanceTest(method=f"{method}: undefined, one class only")
    if sums.rests_on_one:
        bounds = interval_without_variance(sums.difference, folds_a, folds_b, confidence_level)
        if bounds[0] < bounds[1]:
            reason = f"one {unit} of a class" + " in every fold" * (len(folds_a) > 1)
            return SignificanceTest(np.nan, np.nan, sums.difference, *bounds, f"{method}: undefined, {reason}")
    variance = sums.variance()
    difference = 0.0 if abs(difference := sums.difference) < 1e-14 else difference
    if not variance > _NO_VARIANCE:
        bounds = interval_without_variance(difference, folds_a, folds_b, confidence_level)
        if difference == 0:
            return SignificanceTest(0.0, 1.0, 0.0, *bounds, method)
        return SignificanceTest(np.nan, np.nan, difference, *bounds, f"{method}: undefined, no variance")
    z = difference / np.sqrt(variance)
    half = norm.ppf((1 + confidence_level) / 2) * np.sqrt(variance)
    low, high = max(-1.0, difference - half), min(1.0, difference + half)
    return SignificanceTest(float(z), float(2 * norm.sf(abs(z))), difference, float(low), float(high), method)


def placements(y_true: np.ndarray, y_score: np.ndarray) -> np.ndarray:
    """Return the share of cases of the other class that each case is on the right side of, ties one half.

    Parameters
    ----------
    y_true : ndarray of bool of shape (n_cases,)
        Whether each case is positive; both classes.
    y_score : ndarray of shape (n_cases,)
        Higher is more positive.

    Returns
    -------
    ndarray of shape (n_cases,)
        Its mean over the cases of either class is the AUC.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.metrics import placements
    >>> placements(np.array([True, True, False, False]), np.array([0.9, 0.3, 0.4, 0.1])).tolist()
    [1.0, 0.5, 0.5, 1.0]
    """
    result = np.empty(len(y_true))
    result[y_true] = _share_below(y_score[y_true], y_score[~y_true])
    result[~y_true] = 1 - _share_below(y_score[~y_true], y_score[y_true])
    return result


def _share_below(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    others = np.sort(others)
    n_below, n_not_above = (np.searchsorted(others, values, side=side) for side in ("left", "right"))
    return (n_below + n_not_above) / 2 / len(others)


def _patient_sums(folds_a: Sequence[FoldScores], folds_b: Sequence[FoldScores]) -> _PatientSums | None:
    pairs = [(a, b) for a, b in zip(folds_a, folds_b, strict=True) if 0 < a.y_true.sum() < len(a.y_true)]
    if not pairs:
        return None
    patients = np.unique(np.concatenate([a.patient for a, _ in pairs]))
    sums = {True: np.zeros(len(patients)), False: np.zeros(len(patients))}
    n_patients = {True: 0, False: 0, None: 0}
    differences = []
    for a, b in pairs:
        difference = placements(a.y_true, a.score) - placements(b.y_true, b.score)
        fold_mean = difference[a.y_true].mean()
        differences.append(fold_mean)
        row = np.searchsorted(patients, a.patient)
        n_patients[None] += len(np.unique(row))
        for of_class in (True, False):
            cases = a.y_true == of_class
            np.add.at(sums[of_class], row[cases], (difference[cases] - fold_mean) / (len(pairs) * cases.sum()))
            n_patients[of_class] += len(np.unique(row[cases]))
    corrections = {key: n / (n - len(pairs)) if n > len(pairs) else 1.0 for key, n in n_patients.items()}
    return _PatientSums(
        float(np.mean(differences)), sums[True], sums[False], corrections[True], corrections[False], corrections[None],
        min(n_patients[True], n_patients[False]) <= len(pairs),
    )  # fmt: skip


def interval_without_variance(
    difference: float, folds_a: Sequence[FoldScores], folds_b: Sequence[FoldScores], confidence_level: float
) -> tuple[float, float]:
    """Return an interval of a difference of AUCs that no patient moves.

    Parameters
    ----------
    difference : float
        First minus second.
    folds_a, folds_b : sequence of FoldScores
        Predictions of the two models.
    confidence_level : float
        Coverage.

    Returns
    -------
    low, high : float
        The difference itself if both models order all cases alike. Otherwise the exact binomial
        bound for the patients of the smaller class, of whom those unseen may order the models
        either way: they can move a difference to both ends of -1..1.
    """
    alike = all(np.array_equal(rankdata(a.score), rankdata(b.score)) for a, b in zip(folds_a, folds_b, strict=True))
    if alike:
        return difference, difference
    return unseen_limits(difference, n_patients_of_smaller_class(folds_a), (-1.0, 1.0), confidence_level)


def n_patients_of_smaller_class(folds: Sequence[FoldScores]) -> int:
    """Return the number of patients with a positive case or of those with a negative one, whichever is less."""
    return min(
        len({patient for fold in folds for patient in fold.patient[fold.y_true == of_class]})
        for of_class in (True, False)
    )
