"""How often intervals of a cross-validated AUC hold the truth, and how often chance looks like more.

Logistic regression is cross-validated on simulated cohorts, of which the first column
alone knows something of the label. The truth is what the same procedure gives on average
over cohorts: that is what a reader takes an AUC of a paper for, and it holds the luck of
the patients that the models were fitted on. The patient bootstrap keeps the fitted models, so
it leaves that luck out; Nadeau and Bengio's interval does not. Three intervals are
compared: the patient bootstrap, Nadeau and Bengio's with as many degrees of freedom as
there are folds (less one), and what compare_models shows.

With 250 cohorts a coverage of 95 % is measured to +-3 points (two standard errors).

Run: python benchmarks/check_fold_coverage.py
"""

import argparse

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold

from radiohers.metrics import auc, corrected_resampled_interval
from radiohers.results import Judge, fold_design, wide_table
from radiohers.results._table import performance_rows

# Patients, columns, shift of the first column, folds, repeats.
DESIGNS = (
    (100, 20, 0.0, 5, 1),
    (100, 20, 0.0, 5, 5),
    (100, 20, 1.0, 5, 5),
    (50, 20, 0.0, 5, 5),
    (60, 3, 1.0, 5, 5),
    (60, 100, 1.5, 5, 5),
    (150, 20, 1.0, 5, 5),
    (100, 20, 1.0, 10, 3),
)


def cohort(rng, n_patients, n_columns, shift):
    y = np.arange(n_patients) % 2 == 0
    X = rng.normal(size=(n_patients, n_columns))
    X[:, 0] += shift * y
    return X, y


def predictions(X, y, n_folds, n_repeats, seed):
    rows = []
    splitter = RepeatedStratifiedKFold(n_splits=n_folds, n_repeats=n_repeats, random_state=seed)
    for number, (train, test) in enumerate(splitter.split(X, y)):
        model = LogisticRegression(C=0.1).fit(X[train], y[train])
        for part, cases in (("train", train), ("test", test)):
            score = model.predict_proba(X[cases])[:, 1]
            columns = {"case_id": cases, "patient_id": cases, "y_true": y[cases], "score": score, "y_pred": score > 0.5}
            names = {"model": "LR", "repeat": number // n_folds, "fold": number % n_folds, "part": part}
            rows.append(pd.DataFrame(columns | names))
    return pd.concat(rows, ignore_index=True)


def intervals(rows, n_patients, n_folds):
    judge = Judge(rows, "test", n_bootstraps=500, design=fold_design(rows))
    row = wide_table(performance_rows([judge], {"LR": "patient-level"})).loc[("LR", "test")]
    folds = rows[rows["part"] == "test"].groupby(["repeat", "fold"])
    aucs = [auc(fold["y_true"], fold["score"]).value for _, fold in folds]
    corrected = corrected_resampled_interval(aucs, n_patients * (1 - 1 / n_folds), n_patients / n_folds)
    return {
        "patient bootstrap": (row["auc_bootstrap_low"], row["auc_bootstrap_high"]),
        "Nadeau-Bengio, all folds": (corrected.low, corrected.high),
        "shown": (row["auc_low"], row["auc_high"]),
    }, row["auc"]


def check(n_cohorts, n_patients, n_columns, shift, n_folds, n_repeats):
    rng = np.random.default_rng(0)
    found, aucs = [], []
    for seed in range(n_cohorts):
        X, y = cohort(rng, n_patients, n_columns, shift)
        limits, value = intervals(predictions(X, y, n_folds, n_repeats, seed), n_patients, n_folds)
        found.append(limits)
        aucs.append(value)
    truth = np.mean(aucs) if shift else 0.5
    print(
        f"\n{n_patients} patients, {n_columns} columns, {n_repeats} x {n_folds} folds: "
        f"true AUC {truth:.3f}, standard deviation {np.std(aucs):.3f}"
    )
    for name in found[0]:
        low, high = np.array([limits[name] for limits in found]).T
        held = np.mean((low <= truth) & (truth <= high))
        print(
            f"  {name:26} holds it {held:.1%}, mean width {np.mean(high - low):.3f}, above 0.5 {np.mean(low > 0.5):.1%}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cohorts", type=int, default=250)
    arguments = parser.parse_args()
    for design in DESIGNS:
        check(arguments.cohorts, *design)
