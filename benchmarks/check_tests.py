"""How often the tests reject a difference that is not there: at a level of 5%, it should be in about 5% of data sets.

    python benchmarks/check_tests.py [--datasets 500] [--cases 100]

Three designs. One test set with one case a patient; one with 1 to 5 lesions a patient, whose
scores and labels are alike; and a cross-validation in which both models are fitted, each on
features of its own that are worth the same. Against chance, the features are noise.
"""

import argparse

import numpy as np

from radiohers.evaluation import RepeatedStratifiedGroupKFold
from radiohers.metrics import (
    FoldScores,
    corrected_resampled_t_test,
    delong_fold_test,
    delong_test,
    mcnemar_test,
    paired_permutation_test,
    permutation_fold_test,
    permutation_test,
    placements,
)

LEVEL = 0.05


def one_test_set(rng, n_cases, lesions=1):
    """Return labels, two equally good scores (AUC about 0.75), a worthless one, and patients."""
    n_patients = n_cases if lesions == 1 else n_cases // 3
    patients = np.repeat(np.arange(n_patients), rng.integers(1, lesions + 1, n_patients))
    y_patient = rng.permutation(np.arange(n_patients) < 0.4 * n_patients)
    own = rng.normal(size=(3, n_patients)) if lesions > 1 else np.zeros((3, n_patients))
    y = y_patient[patients]
    noise = (own[:, patients] + rng.normal(size=(3, len(y)))) / np.sqrt(1 + (lesions > 1))
    shared, apart = noise[2], noise[:2]
    a, b = (np.sqrt(0.5) * shared + np.sqrt(0.5) * apart + 0.954 * y).round(2)
    return y, a, b, noise[2].round(2), patients


def p_values_of_test_set(rng, n_cases, lesions, with_patients=True):
    """Return the p-value of each test on one data set."""
    y, a, b, chance, patients = one_test_set(rng, n_cases, lesions)
    groups = patients if with_patients else None
    return {
        "DeLong": delong_test(y, a, b, groups).p_value,
        "paired permutation": paired_permutation_test(y, a, b, groups, n_permutations=400, random_state=rng).p_value,
        "McNemar": mcnemar_test(y, a > 0.5, b > 0.5, groups).p_value,
        "permutation against chance": permutation_test(y, chance, groups, n_permutations=400, random_state=rng).p_value,
    }


def least_squares_folds(X, y, splits):
    """Fit a linear model on each training part and return the scores of the test parts."""
    X, folds = np.column_stack([np.ones(len(X)), X]), []
    for train, test in splits:
        weights = np.linalg.lstsq(X[train], y[train] - 0.5, rcond=None)[0]
        score = X[test] @ weights
        folds.append(FoldScores(test, test, y[test], score, score > 0))
    return folds


def p_values_of_cross_validation(rng, n_cases, n_repeats, n_features=4):
    """Return the p-value of each test on one cross-validated data set."""
    y = rng.permutation(np.arange(n_cases) < n_cases // 2)
    features = rng.normal(size=(3, n_cases, n_features)) + np.array([0.5, 0.5, 0.0])[:, None, None] * y[:, None]
    cv = RepeatedStratifiedGroupKFold(5, n_repeats=n_repeats, random_state=int(rng.integers(2**31)))
    splits = list(cv.split(y, y))
    a, b, chance = (least_squares_folds(X, y, splits) for X in features)
    aucs = [[placements(f.y_true, f.score)[f.y_true].mean() for f in folds] for folds in (a, b, chance)]
    difference, above_chance = np.subtract(aucs[0], aucs[1]), np.subtract(aucs[2], 0.5)
    sizes = len(splits[0][0]), len(splits[0][1])
    stacked = {name: np.concatenate([getattr(f, name) for f in a]) for name in ("y_true", "patient", "y_pred")}
    y_pred_b = np.concatenate([f.y_pred for f in b])
    t_chance = corrected_resampled_t_test(above_chance, *sizes, alternative="greater")
    return {
        "DeLong, mean over folds": delong_fold_test(a, b).p_value,
        "corrected resampled t": corrected_resampled_t_test(difference, *sizes).p_value,
        "uncorrected t": corrected_resampled_t_test(difference, 1, 1e-12).p_value,
        "McNemar": mcnemar_test(stacked["y_true"], stacked["y_pred"], y_pred_b, stacked["patient"]).p_value,
        "permutation against chance": permutation_fold_test(chance, 400, rng).p_value,
        "corrected resampled t against chance": t_chance.p_value,
        "permutation against chance, fitted anew": refitted_p_value(rng, features[2], y, splits, aucs[2]),
    }


def refitted_p_value(rng, X, y, splits, aucs, n_refits=39):
    """Return the p-value of the mean AUC among those of models fitted on permuted labels."""
    means = []
    for _ in range(n_refits):
        folds = least_squares_folds(X, rng.permutation(y), splits)
        means.append(np.nanmean([placements(f.y_true, f.score)[f.y_true].mean() for f in folds]))
    return (1 + (np.array(means) >= np.mean(aucs)).sum()) / (1 + n_refits)


def rejections(p_values_of_one, n_datasets, seed=0):
    """Return the share of data sets in which each test rejects."""
    rng = np.random.default_rng(seed)
    found = [p_values_of_one(rng) for _ in range(n_datasets)]
    return {name: float(np.mean([p[name] <= LEVEL for p in found])) for name in found[0]}


def main():
    """Print one line a design and test."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--datasets", type=int, default=500)
    parser.add_argument("--cases", type=int, default=100)
    options = parser.parse_args()
    n = options.cases
    designs = {
        "one test set": lambda rng: p_values_of_test_set(rng, n, 1),
        "1 to 5 lesions a patient": lambda rng: p_values_of_test_set(rng, n, 5),
        "1 to 5 lesions a patient, patients not told": lambda rng: p_values_of_test_set(rng, n, 5, False),
        "5 folds": lambda rng: p_values_of_cross_validation(rng, n, 1),
        "5 folds, 5 repeats": lambda rng: p_values_of_cross_validation(rng, n, 5),
    }
    print(f"{options.datasets} data sets of about {n} cases without a difference, rejected at {LEVEL:.0%}:")
    for design, p_values_of_one in designs.items():
        for test, share in rejections(p_values_of_one, options.datasets).items():
            print(f"{design}: {test:38} {share:6.1%}")


if __name__ == "__main__":
    main()
