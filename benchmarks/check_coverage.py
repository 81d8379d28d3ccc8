"""How often 95% intervals hold the true value, on simulated data where it is known.

AUC. Scores are normal with variance 1, those of positive cases shifted by
d = sqrt(2) * Phi^-1(0.75), so a positive case outranks a negative one with
probability 0.75 exactly. With several lesions a patient, a score is
sqrt(r) * patient + sqrt(1 - r) * lesion, which leaves each lesion's distribution as it
was: the AUC of two lesions of different patients is still 0.75 for any correlation r
and any numbers of lesions that do not depend on the scores. The label is the patient's,
so no positive and negative lesion share a patient, and there are no other pairs.

The rest. Calls have a true sensitivity of 0.7 and specificity of 0.8 in a population of
which 40 % are positive; probabilities are sigma(1.5 x - 0.3) where sigma(x) would be
right, so their slope is 1 / 1.5; true values follow by integration.

Class sizes are drawn with the cases, as in a cohort. With 200 data sets a coverage of
95 % is measured to +-3 points (two standard errors).

Run: python benchmarks/check_coverage.py
"""

import argparse

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm

from radiohers import metrics

TRUE_AUC = 0.75
SHIFT = np.sqrt(2) * norm.ppf(TRUE_AUC)
PREVALENCE, SENSITIVITY, SPECIFICITY = 0.4, 0.7, 0.8


def independent_scores(rng, n_positive, n_negative):
    y = np.arange(n_positive + n_negative) < n_positive
    return y, rng.normal(size=len(y)) + SHIFT * y, None


def clustered_scores(rng, n_lesions=None, n_patients=None, correlation=0.5, prevalence=0.5):
    """Return cases of patients with 1 to 5 lesions: as many patients as asked for, or lesions."""
    sizes = rng.integers(1, 6, size=n_patients or n_lesions)
    groups = np.repeat(np.arange(len(sizes)), sizes)[:n_lesions]
    patient_is_positive = rng.random(len(sizes)) < prevalence
    y = patient_is_positive[groups]
    if y.all() or not y.any():
        return clustered_scores(rng, n_lesions, n_patients, correlation, prevalence)
    of_patient = rng.normal(size=len(sizes))[groups]
    score = np.sqrt(correlation) * of_patient + np.sqrt(1 - correlation) * rng.normal(size=len(y)) + SHIFT * y
    return y, score, groups


def plain_delong(y, score, _):
    """Return AUC +- 1.96 SE, for comparison."""
    wins = (np.sign(score[y][:, None] - score[~y]) + 1) / 2
    variance = wins.mean(axis=1).var(ddof=1) / y.sum() + wins.mean(axis=0).var(ddof=1) / (~y).sum()
    half = norm.ppf(0.975) * np.sqrt(variance)
    return metrics.Interval(wins.mean(), wins.mean() - half, wins.mean() + half, "")


def naive_bootstrap(y, score, _):
    """Return the interval that takes lesions of one patient for independent."""
    return metrics.auc(y, score, method="bootstrap")


def coverage(simulate, interval_of, truth, n_sets, seed=0):
    """Return the share of intervals that hold the truth, their mean width, and how many have no limits."""
    rng = np.random.default_rng(seed)
    intervals = [interval_of(*simulate(rng)) for _ in range(n_sets)]
    low, high = np.array([(i.low, i.high) for i in intervals]).T
    # A missing limit (a resampled slope without bound) leaves that side open.
    held = (np.nan_to_num(low, nan=-np.inf) <= truth) & (truth <= np.nan_to_num(high, nan=np.inf))
    return held.mean(), np.nanmedian(high - low), int(np.isnan(high - low).sum())


def report(name, result, target=""):
    share, width, n_open = result
    note = f", {n_open} with an open side" if n_open else ""
    print(f"  {name:58s} {share:6.1%}  median width {width:.3f}{note}{target}")
    return share


def check_auc(n_sets):
    sizes = {"100 cases (50 positive)": (50, 50), "100 cases (20 positive)": (20, 80), "23 cases (3 positive)": (3, 20)}
    ok = True
    for name, (n_positive, n_negative) in sizes.items():

        def simulate(rng, n_positive=n_positive, n_negative=n_negative):
            return independent_scores(rng, n_positive, n_negative)

        print(f"AUC 0.75, {name}, independent")
        needed = n_positive + n_negative == 100
        target = "  (must be 92 to 98 %)" if needed else ""
        share = report("DeLong, logit scale", coverage(simulate, metrics.auc, TRUE_AUC, n_sets), target)
        ok &= not needed or 0.92 <= share <= 0.98
        report("for comparison: DeLong, AUC +- 1.96 SE", coverage(simulate, plain_delong, TRUE_AUC, n_sets))
        report("bootstrap of the cases", coverage(simulate, naive_bootstrap, TRUE_AUC, n_sets))
    for name, options in {
        "100 lesions of about 33 patients": {"n_lesions": 100},
        "100 lesions, 30 % of patients positive": {"n_lesions": 100, "prevalence": 0.3},
        "100 patients, about 300 lesions": {"n_patients": 100},
    }.items():

        def simulate(rng, options=options):
            return clustered_scores(rng, **options)

        print(f"AUC 0.75, {name}, correlation 0.5 within a patient")
        share = report("patient bootstrap", coverage(simulate, metrics.auc, TRUE_AUC, n_sets), "  (must be 90 to 98 %)")
        ok &= 0.90 <= share <= 0.98
        report("for comparison: lesions drawn, not patients", coverage(simulate, naive_bootstrap, TRUE_AUC, n_sets))
    return ok


def calls(rng, n=100):
    y = rng.random(n) < PREVALENCE
    return y, np.where(y, rng.random(n) < SENSITIVITY, rng.random(n) > SPECIFICITY), None


def check_calls(n_sets):
    tp, fn = PREVALENCE * SENSITIVITY, PREVALENCE * (1 - SENSITIVITY)
    tn, fp = (1 - PREVALENCE) * SPECIFICITY, (1 - PREVALENCE) * (1 - SPECIFICITY)
    mcc = (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    truths = {
        "accuracy": tp + tn,
        "sensitivity": SENSITIVITY,
        "specificity": SPECIFICITY,
        "positive_predictive_value": tp / (tp + fp),
        "negative_predictive_value": tn / (tn + fn),
        "f1": 2 * tp / (2 * tp + fp + fn),
        "balanced_accuracy": (SENSITIVITY + SPECIFICITY) / 2,
        "matthews_correlation": mcc,
    }
    for n in (100, 30):
        print(f"Calls, {n} cases")
        for name, truth in truths.items():
            method = "Wilson" if name in list(truths)[:5] else "bootstrap"
            result = coverage(lambda rng, n=n: calls(rng, n), getattr(metrics, name), truth, n_sets)
            report(f"{name}, {method}", result)


def probabilities(rng, n=100):
    x = rng.normal(size=n)
    return rng.random(n) < expit(x), expit(1.5 * x - 0.3), None


def expected(function):
    return quad(lambda x: function(x) * norm.pdf(x), -9, 9)[0]


def average_precision_of_normals():
    def precision(threshold):
        called = PREVALENCE * norm.sf(threshold, SHIFT)
        return called / (called + (1 - PREVALENCE) * norm.sf(threshold))

    return quad(lambda threshold: precision(threshold) * norm.pdf(threshold, SHIFT), -8, 9)[0]


def check_probabilities(n_sets):
    wrong, threshold = (lambda x: expit(1.5 * x - 0.3)), 0.3
    treated_from = (np.log(threshold / (1 - threshold)) + 0.3) / 1.5
    gain = quad(lambda x: (expit(x) - (1 - expit(x)) * threshold / (1 - threshold)) * norm.pdf(x), treated_from, 9)[0]
    truths = {
        "brier_score": expected(lambda x: (wrong(x) - expit(x)) ** 2 + expit(x) * (1 - expit(x))),
        "calibration_slope": 1 / 1.5,
        "calibration_intercept": brentq(lambda a: expected(lambda x: expit(x) - expit(a + 1.5 * x - 0.3)), -2, 2),
    }
    for n in (100, 30):
        print(f"Probabilities, {n} cases, bootstrap")
        for name, truth in truths.items():
            report(name, coverage(lambda rng, n=n: probabilities(rng, n), getattr(metrics, name), truth, n_sets))

        def net_benefit(y, score, groups):
            return metrics.net_benefit(y, score, threshold, groups)

        report("net_benefit at 0.3", coverage(lambda rng, n=n: probabilities(rng, n), net_benefit, gain, n_sets))

        def scores(rng, n=n):
            y = rng.random(n) < PREVALENCE
            return y, rng.normal(size=n) + SHIFT * y, None

        result = coverage(scores, metrics.average_precision, average_precision_of_normals(), n_sets)
        report("average_precision", result)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=200, help="simulated data sets of each kind")
    arguments = parser.parse_args()
    print(f"Coverage of 95% intervals, {arguments.sets} data sets each")
    ok = check_auc(arguments.sets)
    check_calls(arguments.sets)
    check_probabilities(arguments.sets)
    print("required coverages: met" if ok else "required coverages: NOT met")


if __name__ == "__main__":
    main()
