"""The tests of a table of patients: which one, why, and its p-value."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import stats
from scipy.special import gammaln

from radiohers.exceptions import CohortError

__all__ = ["CATEGORICAL_TESTS", "CONTINUOUS_TESTS", "METHODS", "Outcome", "fisher_exact_p", "looks_normal", "run_test"]

CONTINUOUS_TESTS = ("wilcoxon", "welch", "student", "kruskal-wallis", "anova")
CATEGORICAL_TESTS = ("chi-squared", "yates", "fisher")
_TWO_GROUPS = ("wilcoxon", "welch", "student")
_MEANS = ("welch", "student", "anova")
# R's wilcox.test takes the exact distribution below this size, where no values are tied.
_EXACT_BELOW = 50
_SMALLEST_EXPECTED = 5
# Tables with the same margins to go through one by one: a quarter of a second and 100 MB at most.
_MOST_TABLES = 1_000_000
_N_DRAWN_TABLES = 100_000
# Equal probabilities differ by rounding; R's fisher.test allows as much.
_SAME_PROBABILITY = 1 + 1e-7
_NORMAL_FROM = 8

METHODS = {
    "Wilcoxon rank-sum, exact": (
        "the Mann-Whitney test by its exact distribution, where no values are tied and both groups have fewer than 50"
    ),
    "Wilcoxon rank-sum": (
        "the Mann-Whitney test by the normal approximation, corrected for ties and continuity, where values are tied "
        "or a group has 50 or more"
    ),
    "Welch t": "the t-test that does not take the standard deviations to be equal",
    "Student t": "the t-test that takes the standard deviations to be equal",
    "Kruskal-Wallis": "by the chi-squared approximation, corrected for ties",
    "one-way ANOVA": "takes the standard deviations to be equal",
    "Pearson chi-squared": "without Yates' correction; by default where every expected count is 5 or more",
    "Yates chi-squared": "with Yates' continuity correction",
    "Fisher exact": "by default where an expected count is below 5",
    "Fisher exact, Monte Carlo": (
        f"estimated from {_N_DRAWN_TABLES:,} random tables with the same margins, which are too many to go through; "
        "by default where an expected count is below 5"
    ),
}


class Outcome(NamedTuple):
    """What a comparison gave: a p-value and the test's name, or None, None and the reason."""

    p_value: float | None
    name: str | None
    reason: str = ""


def run_test(test: str | Callable | None, samples: Any, *, normal: bool | None, seed: int) -> Outcome:
    """Compare the groups of one variable.

    Parameters
    ----------
    test : str, callable or None
        One of the names above, a function that gives a p-value, or None for the rule.
    samples : list of ndarray, or ndarray of shape (n_levels, n_groups)
        The values of each group, without missing ones; or the counts of a categorical variable.
    normal : bool or None
        Whether means are shown; None if the variable is categorical.
    seed : int
        Seed of Monte Carlo.

    Returns
    -------
    Outcome
    """
    reason = _why_not(test, samples, categorical=normal is None)
    if reason:
        return Outcome(None, None, reason)
    if callable(test):
        return _run_callable(test, samples, categorical=normal is None)
    if normal is None:
        return _compare_counts(test or _choose_for_counts(samples), samples, seed)
    return _compare_values(test or _choose_for_values(len(samples), normal), samples)


def looks_normal(samples: Sequence[np.ndarray]) -> bool:
    """Whether every group has 8 values or more, and Shapiro-Wilk gives p >= 0.05 in each."""
    return all(
        len(sample) >= _NORMAL_FROM and np.ptp(sample) > 0 and stats.shapiro(sample).pvalue >= 0.05
        for sample in samples
    )


def _why_not(test: Any, samples: Any, *, categorical: bool) -> str:
    """Why the groups cannot be compared, or nothing."""
    if categorical:
        sizes = np.asarray(samples).sum(axis=0)
        constant = len(samples) < 2
    else:
        sizes = np.array([len(sample) for sample in samples])
        values = np.concatenate(samples)
        constant = len(values) == 0 or np.ptp(values) == 0
    if not sizes.all():
        return "a group has no values" if sizes.any() else "all values are missing"
    return "all values are equal" if constant else ""


def _run_callable(test: Callable, samples: Any, *, categorical: bool) -> Outcome:
    given = test(samples) if categorical else test(*samples)
    p_value = float(getattr(given, "pvalue", given))
    name = getattr(test, "__name__", type(test).__name__)
    if np.isnan(p_value):
        return Outcome(None, None, f"{name} gave no number")
    if not 0 <= p_value <= 1:
        raise CohortError(
            f"tests: {name} gave {p_value}, which is no p-value (0 to 1)", advice="Let it return a p-value."
        )
    return Outcome(p_value, name)


def _choose_for_values(n_groups: int, normal: bool) -> str:
    if n_groups == 2:
        return "welch" if normal else "wilcoxon"
    return "anova" if normal else "kruskal-wallis"


def _choose_for_counts(counts: np.ndarray) -> str:
    return "fisher" if stats.contingency.expected_freq(counts).min() < _SMALLEST_EXPECTED else "chi-squared"


def _compare_values(test: str, samples: Sequence[np.ndarray]) -> Outcome:
    if test in _TWO_GROUPS and len(samples) != 2:
        raise CohortError(
            f"tests: {test!r} compares two groups, and there are {len(samples)}",
            advice="Take 'kruskal-wallis' or 'anova'.",
        )
    if test in _MEANS and min(len(sample) for sample in samples) < 2:
        return Outcome(None, None, "a group has fewer than 2 values")
    if test in _MEANS and max(np.ptp(sample) for sample in samples) == 0:
        return Outcome(None, None, "the values do not vary within the groups")
    if test == "wilcoxon":
        return _wilcoxon(*samples)
    name, function = {
        "welch": ("Welch t", lambda *both: stats.ttest_ind(*both, equal_var=False)),
        "student": ("Student t", stats.ttest_ind),
        "kruskal-wallis": ("Kruskal-Wallis", stats.kruskal),
        "anova": ("one-way ANOVA", stats.f_oneway),
    }[test]
    return Outcome(float(function(*samples).pvalue), name)


def _wilcoxon(first: np.ndarray, second: np.ndarray) -> Outcome:
    both = np.concatenate([first, second])
    tied = len(np.unique(both)) < len(both)
    exact = not tied and max(len(first), len(second)) < _EXACT_BELOW
    p_value = stats.mannwhitneyu(first, second, method="exact" if exact else "asymptotic").pvalue
    return Outcome(float(p_value), "Wilcoxon rank-sum, exact" if exact else "Wilcoxon rank-sum")


def _compare_counts(test: str, counts: np.ndarray, seed: int) -> Outcome:
    if test == "yates" and counts.shape != (2, 2):
        raise CohortError(
            f"tests: 'yates' is for 2 x 2 counts, and these are {counts.shape[0]} x {counts.shape[1]}",
            advice="Take 'chi-squared' or 'fisher'.",
        )
    if test == "fisher":
        p_value, exact = fisher_exact_p(counts, seed=seed)
        return Outcome(p_value, "Fisher exact" if exact else "Fisher exact, Monte Carlo")
    p_value = stats.chi2_contingency(counts, correction=test == "yates").pvalue
    return Outcome(float(p_value), "Yates chi-squared" if test == "yates" else "Pearson chi-squared")


def fisher_exact_p(counts: np.ndarray, *, seed: int = 0, most_tables: int = _MOST_TABLES) -> tuple[float, bool]:
    """Return Fisher's two-sided p-value of a table of any size, and whether it is exact.

    The p-value is the probability of all tables with these margins that are
    no more probable than the one seen. They are gone through one by one;
    where they are too many, random ones are drawn instead, and the p-value is
    (1 + number as improbable) / (1 + number drawn), which is never 0.

    scipy has the exact value for 2 x 2 tables only.

    Parameters
    ----------
    counts : ndarray of shape (n_levels, n_groups)
        Whole numbers; no row and no column sums to 0.
    seed : int, default=0
        Seed of the random tables.
    most_tables : int
        How many tables may be gone through.

    References
    ----------
    Freeman GH, Halton JH. Biometrika 1951;38:141. doi:10.1093/biomet/38.1-2.141
    Patefield WM. Applied Statistics 1981;30:91. doi:10.2307/2346669 (random tables)
    """
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    constant = gammaln(rows + 1).sum() + gammaln(columns + 1).sum() - gammaln(counts.sum() + 1)
    limit = constant - gammaln(counts + 1).sum() + np.log(_SAME_PROBABILITY)
    weights = _log_weights(rows, columns, most_tables)
    if weights is not None:
        log_p = constant + weights
        return min(1.0, float(np.exp(log_p[log_p <= limit]).sum())), True
    drawn = stats.random_table.rvs(rows, columns, size=_N_DRAWN_TABLES, random_state=seed)
    log_p = constant - gammaln(drawn + 1).sum(axis=(1, 2))
    return float((1 + (log_p <= limit).sum()) / (1 + _N_DRAWN_TABLES)), False


def _log_weights(rows: np.ndarray, columns: np.ndarray, most_tables: int) -> np.ndarray | None:
    """Minus the summed log factorials of the cells, one entry a table with these margins; None if too many."""
    left = columns[None, :].astype(np.int64)
    weight = np.zeros(1)
    for row_total in rows:
        in_row = np.full(len(left), row_total)
        for column in range(len(columns)):
            # What the columns still to come cannot take, this cell must; then no table ends as impossible.
            lowest = np.maximum(0, in_row - left[:, column + 1 :].sum(axis=1))
            highest = np.minimum(in_row, left[:, column])
            n_values = highest - lowest + 1
            if n_values.sum() > most_tables:
                return None
            first = np.repeat(np.cumsum(n_values) - n_values, n_values)
            cell = np.repeat(lowest, n_values) + np.arange(n_values.sum()) - first
            left, weight, in_row = (np.repeat(array, n_values, axis=0) for array in (left, weight, in_row))
            left[:, column] -= cell
            weight = weight - gammaln(cell + 1)
            in_row = in_row - cell
    return weight
