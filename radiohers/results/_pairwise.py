"""The models of a comparison against each other, and against chance."""

import math
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from tqdm import tqdm

from radiohers._blas import one_blas_thread
from radiohers._sklearn import _safe_indexing
from radiohers._workers import ignore_stopped_workers
from radiohers.folds import Fold, Prepared, fit_model, positive_scores
from radiohers.metrics import (
    FoldScores,
    SignificanceTest,
    as_predicted_folds,
    corrected_resampled_t_test,
    delong_fold_test,
    holm_adjust,
    mcnemar_fold_test,
    permutation_fold_test,
    permuted_labels,
    placements,
)
from radiohers.results._comparison import Comparison
from radiohers.results._cross_validated import FoldDesign
from radiohers.results._fold_scores import n_patients_of, units_of
from radiohers.results._judge import Judge

__all__ = ["chance_table", "fewest_permutations", "pairwise_table", "refitted_aucs"]


@one_blas_thread()
def pairwise_table(comparison: Comparison) -> pd.DataFrame:
    """Return one row a pair of models; see :meth:`ModelComparison.compare`.

    Parameters
    ----------
    comparison : Comparison
        The result.

    Returns
    -------
    DataFrame with the index (model_a, model_b)
        Difference, interval, p-values and what they are.
    """
    judge, rows_of = comparison.judge("test"), _test_rows(comparison)
    first = next(iter(rows_of.values()))
    aucs_of = {name: _fold_aucs(judged.folds) for name, judged in judge.aucs.items()}
    pairs = {}
    # A single model is paired with itself for the sake of the columns.
    for a, b in list(combinations(rows_of, 2)) or [2 * (name,) for name in rows_of]:
        aucs, judged = (aucs_of[a], aucs_of[b]), (judge.aucs[a], judge.aucs[b])
        folds = judged[0].folds, judged[1].folds
        tests = {
            "delong": delong_fold_test(*folds, judge.confidence_level),
            "resampled_t": _resampled_t(aucs[0] - aucs[1], judge, "two-sided"),
            "mcnemar": mcnemar_fold_test(
                _predicted_classes(rows_of[a]), _predicted_classes(rows_of[b]), judge.confidence_level
            ),
        }
        difference = judge.difference(*judged, tests["delong"].difference, aucs[0] - aucs[1])
        pairs[a, b] = {
            "auc_a": _mean(aucs[0]),
            "auc_b": _mean(aucs[1]),
            "difference": difference.value,
            "difference_low": difference.low,
            "difference_high": difference.high,
            "difference_interval": difference.method,
            **_flat(tests),
            **_counts(comparison, first),
        }
    index = pd.MultiIndex.from_tuples(list(pairs), names=["model_a", "model_b"])
    return _with_holm(pd.DataFrame(list(pairs.values()), index=index)[: None if len(rows_of) > 1 else 0])


@one_blas_thread()
def chance_table(
    comparison: Comparison, n_permutations: int = 10_000, n_refits: int = 0, n_jobs: int | None = None, verbose: int = 0
) -> pd.DataFrame:
    """Return one row a model; see :meth:`ModelComparison.against_chance`.

    Parameters
    ----------
    comparison : Comparison
        The result.
    n_permutations : int, default=10000
        Number of permutations of the labels of the test cases.
    n_refits : int, default=0
        Number of permutations of all labels on which the models are fitted anew.
    n_jobs : int, default=None
        Number of fits at the same time.
    verbose : int, default=0
        Whether to show a progress bar of the fits.

    Returns
    -------
    DataFrame with the index model
        AUC, interval, p-values and what they are.
    """
    judge = comparison.judge("test")
    alpha = 1 - judge.confidence_level
    fewest = fewest_permutations(alpha)
    refits = refitted_aucs(comparison, n_refits if n_refits >= fewest else 0, n_jobs, verbose)
    models = {}
    for name, rows in _test_rows(comparison).items():
        folds = judge.folds(rows)
        aucs = _fold_aucs(folds)
        tests = {
            "permutation": permutation_fold_test(folds, n_permutations, judge.random_state)
            if n_permutations >= fewest or np.isnan(aucs).all()
            else _not_run("n_permutations", n_permutations, alpha),
            "resampled_t": _resampled_t(aucs - 0.5, judge, "greater"),
        }
        if n_refits:
            tests["refit"] = _refit_test(_mean(aucs), refits[name], n_refits, alpha, comparison.unit)
        auc = judge.table_interval(rows)
        columns = {"auc": auc.value, "auc_low": auc.low, "auc_high": auc.high, "auc_interval": auc.method}
        models[name] = {**columns, **_flat(tests), **_counts(comparison, rows)}
    return _with_holm(pd.DataFrame(list(models.values()), index=pd.Index(list(models), name="model")))


def _test_rows(comparison: Comparison) -> dict[str, pd.DataFrame]:
    return {name: comparison.rows(name) for name in comparison.models}


def _fold_aucs(folds: list[FoldScores]) -> np.ndarray:
    return np.array(
        [
            placements(fold.y_true, fold.score)[fold.y_true].mean()
            if 0 < fold.y_true.sum() < len(fold.y_true)
            else np.nan
            for fold in folds
        ]
    )


def _mean(aucs: np.ndarray) -> float:
    defined = aucs[~np.isnan(aucs)]
    return float(defined.mean()) if len(defined) else np.nan


def _resampled_t(differences: np.ndarray, judge: Judge, alternative: str) -> SignificanceTest:
    # A single split has no spread over folds, whatever its sizes.
    n_train, n_test, degrees_of_freedom, _ = judge.design or FoldDesign(1, 1, 1)
    return corrected_resampled_t_test(
        differences,
        n_train,
        n_test,
        alternative=alternative,
        degrees_of_freedom=degrees_of_freedom,
        confidence_level=judge.confidence_level,
    )


def fewest_permutations(alpha: float) -> int:
    """Return with how many permutations the least p-value, 1 / (1 + n), comes down to alpha.

    Parameters
    ----------
    alpha : float
        The level of the test.

    Returns
    -------
    int
        The fewest.
    """
    return math.ceil(1 / alpha - 1e-9) - 1


def _not_run(name: str, n: int, alpha: float) -> SignificanceTest:
    fewest = fewest_permutations(alpha)
    method = f"not run: with {name}={n} p cannot be below {1 / (1 + n):.3f}; set {name} to {fewest} or more"
    return SignificanceTest(method=method)


def _predicted_classes(rows: pd.DataFrame) -> FoldScores:
    units, unit = units_of(rows)
    (fold,) = as_predicted_folds(rows["y_true"].to_numpy(), units, y_pred=rows["y_pred"].to_numpy())
    return fold._replace(unit=unit)


def _refit_test(auc: float, refitted: np.ndarray, n: int, alpha: float, unit: str) -> SignificanceTest:
    if np.isnan(auc):
        return SignificanceTest(method="permutation of all labels: undefined, one class only in every fold")
    if not len(refitted):
        return _not_run("n_refits", n, alpha)
    # Labels on which no fold has both classes are no evidence against chance.
    n_above = int((np.nan_to_num(refitted, nan=np.inf) >= auc - 1e-10).sum())
    method = f"permutation of all labels over {unit}s, models fitted anew, {n} permutations, one-sided"
    return SignificanceTest(auc, (1 + n_above) / (1 + n), auc - 0.5, np.nan, np.nan, method)


def refitted_aucs(comparison: Comparison, n_refits: int, n_jobs: int | None, verbose: int = 0) -> dict[str, np.ndarray]:
    """Return the mean AUC of every model on labels that were dealt anew among the patients.

    Parameters
    ----------
    comparison : Comparison
        The result, whose folds are used.
    n_refits : int
        How often labels are dealt.
    n_jobs : int or None
        Number of fits at the same time.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    dict of str to ndarray of shape (n_refits,)
        One entry a model.
    """
    is_positive = (comparison.y == comparison.positive).to_numpy()
    rng = np.random.default_rng(comparison.settings["random_state"])
    labels = permuted_labels(is_positive, comparison.units, n_refits, rng)
    classes = comparison.positive, comparison.negative
    tasks = [(name, row, fold) for name in comparison.models for row in range(n_refits) for fold in comparison.folds]
    # Asked for once: it looks whether the images are still the same.
    prepared = comparison.prepared
    ignore_stopped_workers()
    results = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_fold_auc_of_labels)(prepared[name], labels[row], classes, comparison.groups, fold)
        for name, row, fold in tasks
    )
    aucs = list(tqdm(results, total=len(tasks), unit="fit", desc="shuffled labels", disable=not verbose))
    shape = len(comparison.models), n_refits, len(comparison.folds)
    return {
        name: np.array([_mean(row) for row in values])
        for name, values in zip(comparison.models, np.array(aucs, dtype=float).reshape(shape), strict=True)
    }


@one_blas_thread()
def _fold_auc_of_labels(
    prepared: Prepared, is_positive: np.ndarray, classes: tuple[Any, Any], groups: np.ndarray, fold: Fold
) -> float:
    if any(len(np.unique(is_positive[part])) < 2 for part in (fold.train, fold.test)):
        return np.nan
    X_train, X_test = (_safe_indexing(prepared.X, part) for part in (fold.train, fold.test))
    y_train, y_test = pd.Series(np.where(is_positive[fold.train], *classes)), is_positive[fold.test]
    model = fit_model(prepared.model, X_train, y_train, groups[fold.train])
    return float(placements(y_test, positive_scores(model, X_test, classes[0]))[y_test].mean())


def _flat(tests: dict[str, SignificanceTest]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, test in tests.items():
        columns |= {f"p_{name}": test.p_value, f"p_{name}_holm": np.nan, f"{name}_method": test.method}
    return columns


def _with_holm(table: pd.DataFrame) -> pd.DataFrame:
    for column in [name for name in table.columns if f"{name}_holm" in table.columns]:
        table = table.assign(**{f"{column}_holm": holm_adjust(table[column].to_numpy(dtype=float))})
    return table


def _counts(comparison: Comparison, rows: pd.DataFrame) -> dict[str, Any]:
    cases = rows.drop_duplicates("case_id")
    return {
        "n_cases": len(cases),
        "n_patients": n_patients_of(cases),
        "n_positive": int(cases["y_true"].sum()),
        "n_folds": len(comparison.folds),
        "split": comparison.split,
    }
