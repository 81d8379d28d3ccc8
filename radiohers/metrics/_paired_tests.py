"""Tests of two models on the same cases: which is right more often, and over folds."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2, norm, t

from radiohers._sklearn import validate_params
from radiohers.metrics._inputs import CONFIDENCE, as_predicted_folds, finite_or_missing
from radiohers.metrics._significance import SignificanceTest
from radiohers.metrics._statistic import FoldScores

__all__ = ["corrected_resampled_t_test", "mcnemar_fold_test", "mcnemar_test"]

# Below this number of discordant cases the chi-squared distribution is a poor fit.
_EXACT_BELOW = 25


@validate_params(CONFIDENCE, prefer_skip_nested_validation=True)
def mcnemar_test(
    y_true: ArrayLike,
    pred_a: ArrayLike,
    pred_b: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    confidence_level: float = 0.95,
) -> SignificanceTest:
    """Test whether two models are right equally often on the same cases.

    Parameters
    ----------
    y_true : array-like of shape (n_cases,)
        True classes, as bool or 0 and 1.
    pred_a, pred_b : array-like of shape (n_cases,)
        Predicted classes.
    groups : array-like of shape (n_cases,), default=None
        The patient of each case; None takes each case for its own patient. Predictions of
        the same cases by repeats of a cross-validation may be put below each other, with their patients.
    confidence_level : float, default=0.95
        Of the interval of the difference.

    Returns
    -------
    SignificanceTest
        `difference` is that of the accuracies. `statistic` is the smaller number of discordant
        cases (exact), chi-squared, or the sum over patients of cases that only the first model
        got right less those that only the second did.

    Notes
    -----
    With b cases that only the first model got right and c that only the second did:

    - one case a patient, b + c < 25: exact binomial test of b among b + c;
    - one case a patient, b + c >= 25: chi-squared (abs(b - c) - 1)² / (b + c) with Edwards'
      continuity correction, 1 degree of freedom;
    - several cases of a patient: b - c of each patient is flipped in sign or not, each
      patient by itself; p is the share of the flips, all of them counted, with a sum at
      least as far from 0. With one case a patient this is the exact binomial test.

    The interval is Bonett and Price's: Wald's after adding one case to b and one to c; with several
    cases of a patient, one patient of mean size to each.

    References
    ----------
    McNemar Q. Psychometrika 1947;12:153. doi:10.1007/BF02295996

    Edwards AL. Psychometrika 1948;13:185. doi:10.1007/BF02289261

    Obuchowski NA. On the comparison of correlated proportions for clustered data.
    Statistics in Medicine 1998;17:1495.
    doi:10.1002/(SICI)1097-0258(19980715)17:13<1495::AID-SIM863>3.0.CO;2-I

    Bonett DG, Price RM. British Journal of Mathematical and Statistical Psychology 2012;65:479.
    doi:10.1111/j.2044-8317.2011.02025.x

    Examples
    --------
    >>> from radiohers.metrics import mcnemar_test
    >>> result = mcnemar_test([1, 1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 0])
    >>> result.difference, result.p_value, result.method
    (0.5, 0.21875, 'McNemar, exact binomial')
    """
    fold_a, fold_b = as_predicted_folds(y_true, groups, pred_a=pred_a, pred_b=pred_b)
    return mcnemar_fold_test(fold_a, fold_b, confidence_level)


def mcnemar_fold_test(fold_a: FoldScores, fold_b: FoldScores, confidence_level: float) -> SignificanceTest:
    """Carry out :func:`mcnemar_test` on cases whose scores are the predicted classes.

    Parameters
    ----------
    fold_a, fold_b : FoldScores
        Of the two models, from :func:`as_predicted_folds`: the same cases in the same order.
    confidence_level : float
        Coverage of the interval of the difference.

    Returns
    -------
    SignificanceTest
        As from :func:`mcnemar_test`.

    Examples
    --------
    >>> from radiohers.metrics import as_predicted_folds, mcnemar_fold_test
    >>> a, b = as_predicted_folds([1, 1, 0, 0], None, pred_a=[1, 1, 0, 0], pred_b=[0, 1, 0, 0])
    >>> mcnemar_fold_test(a, b, 0.95).difference
    0.25
    """
    right = [fold.score == fold.y_true for fold in (fold_a, fold_b)]
    row = np.unique(fold_a.patient, return_inverse=True)[1]
    size = np.bincount(row)
    balance = np.bincount(row, right[0].astype(float) - right[1]).round().astype(int)
    first, second = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    total = first - second
    statistic: float
    if (size > 1).any():
        statistic, p, method = total, _sign_flip_p(balance), f"McNemar over {fold_a.unit}s, exact sign flips"
    elif first + second < _EXACT_BELOW:
        statistic, p, method = min(first, second), _sign_flip_p(balance), "McNemar, exact binomial"
    else:
        statistic = max(abs(total) - 1, 0) ** 2 / (first + second)
        p, method = chi2.sf(statistic, 1), "McNemar, chi-squared with continuity correction"
    low, high = _bonett_price(balance, size, confidence_level)
    return SignificanceTest(float(statistic), float(p), total / len(row), low, high, method)


def _sign_flip_p(balance: np.ndarray) -> float:
    """Return the share of all 2^n flips whose sum is at least as far from 0 as that of `balance`."""
    steps = np.abs(balance[balance != 0])
    reach = int(steps.sum())
    chance = np.zeros(2 * reach + 1)
    chance[reach] = 1.0
    for step in steps:
        chance = (np.roll(chance, step) + np.roll(chance, -step)) / 2
    sums = np.arange(-reach, reach + 1)
    return min(1.0, float(chance[np.abs(sums) >= abs(int(balance.sum()))].sum()))


def _bonett_price(balance: np.ndarray, size: np.ndarray, confidence_level: float) -> tuple[float, float]:
    extra = size.mean()
    balance, size = np.append(balance, [extra, -extra]), np.append(size, [extra, extra])
    centre = balance.sum() / size.sum()
    spread = np.sqrt(((balance - centre * size) ** 2).sum()) / size.sum()
    half = norm.ppf((1 + confidence_level) / 2) * spread
    return float(max(-1.0, centre - half)), float(min(1.0, centre + half))


@validate_params(CONFIDENCE, prefer_skip_nested_validation=True)
def corrected_resampled_t_test(
    differences: ArrayLike,
    n_train: float,
    n_test: float,
    *,
    alternative: str = "two-sided",
    degrees_of_freedom: int | None = None,
    confidence_level: float = 0.95,
) -> SignificanceTest:
    """Test whether the mean over folds of a difference is 0, allowing for folds that share training cases.

    Parameters
    ----------
    differences : array-like of shape (n_folds,)
        First model minus second in each fold of all repeats, such as that of the AUCs. NaN is left out.
    n_train, n_test : float
        Number of cases in the training and the test part of a fold.
    alternative : {"two-sided", "greater"}, default="two-sided"
        Whether a mean below 0 counts as a difference too.
    degrees_of_freedom : int, default=None
        Of t; None is the number of folds less one. With several repeats, whose test cases are the
        same, the folds of one repeat less one is the safe choice.
    confidence_level : float, default=0.95
        Coverage of the interval of the mean difference.

    Returns
    -------
    SignificanceTest
        `statistic` is t. All differences 0: p is 1. Fewer than two folds, or differences
        that are all the same but not 0: p is NaN.

    Notes
    -----
    With J folds, t is the mean divided by the square root of
    (1 / J + n_test / n_train) s², where s² is the variance over folds.
    Without the second term, folds would count as independent,
    and the test would reject far too often.

    References
    ----------
    Nadeau C, Bengio Y. Machine Learning 2003;52:239. doi:10.1023/A:1024068626366

    Bouckaert RR, Frank E. PAKDD 2004, LNCS 3056:3. doi:10.1007/978-3-540-24775-3_3

    Examples
    --------
    >>> from radiohers.metrics import corrected_resampled_t_test
    >>> result = corrected_resampled_t_test([0.10, 0.02, 0.06, 0.08, 0.04], n_train=80, n_test=20)
    >>> round(result.statistic, 3), round(result.p_value, 3)
    (2.828, 0.047)
    """
    if not (n_train > 0 and n_test > 0):
        raise ValueError(f"n_train={n_train} and n_test={n_test}; give the numbers of cases, above 0.")
    if alternative not in ("two-sided", "greater"):
        raise ValueError(f"alternative={alternative!r} is not known. Use 'two-sided' or 'greater'.")
    by_fold = finite_or_missing(differences, "differences")
    by_fold = by_fold[~np.isnan(by_fold)]
    n = len(by_fold)
    method = f"corrected resampled t (Nadeau-Bengio){', one-sided' if alternative == 'greater' else ''}"
    if n < 2:
        mean = float(by_fold[0]) if n else np.nan
        return SignificanceTest(difference=mean, method=f"{method}: undefined, fewer than two folds")
    mean, error = float(by_fold.mean()), float(np.sqrt((1 / n + n_test / n_train) * by_fold.var(ddof=1)))
    if error < 1e-12:
        if abs(mean) < 1e-12:
            return SignificanceTest(0.0, 1.0, 0.0, 0.0, 0.0, method)
        return SignificanceTest(difference=mean, method=f"{method}: undefined, no variance")
    statistic, df = mean / error, degrees_of_freedom or n - 1
    p = t.sf(statistic, df) if alternative == "greater" else 2 * t.sf(abs(statistic), df)
    half = float(t.ppf((1 + confidence_level) / 2, df)) * error
    return SignificanceTest(statistic, float(p), mean, mean - half, mean + half, method)
