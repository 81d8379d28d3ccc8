"""The models of a comparison against each other, and against chance."""

import math
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.utils import _safe_indexing
from tqdm import tqdm

from radiohers._blas import one_blas_thread
from radiohers._workers import ignore_stopped_workers
from radiohers.folds import Fold, Prepared, fit_model, positive_scores
from radiohers.metrics import (
    METRICS,
    FoldScores,
    SignificanceTest,
    as_predicted_folds,
    bootstrapped_difference,
    corrected_resampled_t_test,
    delong_fold_test,
    holm_adjust,
    mcnemar_fold_test,
    permutation_fold_test,
    permuted_labels,
    placements,
    resampled_fold_means,
)
from radiohers.results._cross_validated import FoldDesign, cross_validated_interval, fold_design
from radiohers.results._fold_scores import cohort_weights, fold_scores, n_patients_of, units_of

__all__ = ["chance_table", "pairwise_table", "refitted_aucs"]


@one_blas_thread()
def pairwise_table(comparison: Any) -> pd.DataFrame:
    """Return one row a pair of models; see :meth:`ModelComparison.compare`.

    Parameters
    ----------
    comparison : ModelComparison
        The result.

    Returns
    -------
    DataFrame with the index (model_a, model_b)
        Difference, interval, p-values and what they are.
    """
    rows_of = _test_rows(comparison)
    folds_of = {name: fold_scores(rows) for name, rows in rows_of.items()}
    first = next(iter(rows_of.values()))
    weights = cohort_weights(first, comparison.settings["n_bootstraps"], comparison.settings["random_state"])
    resampled = {name: resampled_fold_means(folds, weights, METRICS["auc"]) for name, folds in folds_of.items()}
    level, design = comparison.settings["confidence_level"], fold_design(comparison.predictions)
    aucs_of = {name: _fold_aucs(folds) for name, folds in folds_of.items()}
    pairs = {}
    # A single model is paired with itself for the sake of the columns.
    for a, b in list(combinations(rows_of, 2)) or [2 * (name,) for name in rows_of]:
        aucs = aucs_of[a], aucs_of[b]
        tests = _tests(rows_of[a], rows_of[b], folds_of[a], folds_of[b], aucs[0] - aucs[1], design, level)
        draws = resampled[a] - resampled[b]
        bootstrap = bootstrapped_difference(tests["delong"].difference, draws, folds_of[a], folds_of[b], level)
        difference = cross_validated_interval(bootstrap, aucs[0] - aucs[1], design, level, (-1, 1))
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
    comparison: Any, n_permutations: int = 10_000, n_refits: int = 0, n_jobs: int | None = None, verbose: int = 0
) -> pd.DataFrame:
    """Return one row a model; see :meth:`ModelComparison.against_chance`.

    Parameters
    ----------
    comparison : ModelComparison
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
    seed, table = comparison.settings["random_state"], comparison.table(full=True)
    rows_of = _test_rows(comparison)
    design = fold_design(comparison.predictions)
    alpha = 1 - comparison.settings["confidence_level"]
    fewest = fewest_permutations(alpha)
    refits = refitted_aucs(comparison, n_refits if n_refits >= fewest else 0, n_jobs, verbose)
    models = {}
    for name, rows in rows_of.items():
        folds = fold_scores(rows)
        aucs = _fold_aucs(folds)
        tests = {
            "permutation": permutation_fold_test(folds, n_permutations, seed)
            if n_permutations >= fewest or np.isnan(aucs).all()
            else _not_run("n_permutations", n_permutations, alpha),
            "resampled_t": _resampled_t(aucs - 0.5, design, "greater", comparison.settings["confidence_level"]),
        }
        if n_refits:
            tests["refit"] = _refit_test(_mean(aucs), refits[name], n_refits, alpha, comparison.unit)
        columns = ["auc", "auc_low", "auc_high", "auc_interval"]
        auc = table.loc[(name, "test"), columns].to_dict()
        models[name] = {**auc, **_flat(tests), **_counts(comparison, rows)}
    return _with_holm(pd.DataFrame(list(models.values()), index=pd.Index(list(models), name="model")))


def _test_rows(comparison: Any) -> dict[str, pd.DataFrame]:
    test = comparison.predictions[comparison.predictions["part"] == "test"]
    return {name: test[test["model"] == name] for name in comparison.models}


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


def _resampled_t(
    differences: np.ndarray, design: FoldDesign | None, alternative: str, level: float
) -> SignificanceTest:
    # A single split has no spread over folds, whatever its sizes.
    n_train, n_test, degrees_of_freedom, _ = design or FoldDesign(1, 1, 1)
    return corrected_resampled_t_test(
        differences,
        n_train,
        n_test,
        alternative=alternative,
        degrees_of_freedom=degrees_of_freedom,
        confidence_level=level,
    )


def _tests(
    rows_a: pd.DataFrame,
    rows_b: pd.DataFrame,
    folds_a: list[FoldScores],
    folds_b: list[FoldScores],
    differences: np.ndarray,
    design: FoldDesign | None,
    level: float,
) -> dict[str, SignificanceTest]:
    return {
        "delong": delong_fold_test(folds_a, folds_b, level),
        "resampled_t": _resampled_t(differences, design, "two-sided", level),
        "mcnemar": mcnemar_fold_test(_predicted_classes(rows_a), _predicted_classes(rows_b), level),
    }


def fewest_permutations(alpha: float) -> int:
    """Return with how many permutations the least p-value, 1 / (1 + n), comes down to alpha."""
    return math.ceil(1 / alpha - 1e-9) - 1


def _not_run(name: str, n: int, alpha: float) -> SignificanceTest:
    fewest = fewest_permutations(alpha)
    method = f"not run: with {name}={n} p cannot be below {1 / (1 + n):.3f}; set {name} to {fewest} or more"
    return SignificanceTest(*[np.nan] * 5, method)


def _predicted_classes(rows: pd.DataFrame) -> FoldScores:
    units, unit = units_of(rows)
    (fold,) = as_predicted_folds(rows["y_true"].to_numpy(), units, y_pred=rows["y_pred"].to_numpy())
    return fold._replace(unit=unit)


def _refit_test(auc: float, refitted: np.ndarray, n: int, alpha: float, unit: str) -> SignificanceTest:
    if np.isnan(auc):
        return SignificanceTest(*[np.nan] * 5, "permutation of all labels: undefined, one class only in every fold")
    if not len(refitted):
        return _not_run("n_refits", n, alpha)
    # Labels on which no fold has both classes are no evidence against chance.
    n_above = int((np.nan_to_num(refitted, nan=np.inf) >= auc - 1e-10).sum())
    method = f"permutation of all labels over {unit}s, models fitted anew, {n} permutations, one-sided"
    return SignificanceTest(auc, (1 + n_above) / (1 + n), auc - 0.5, np.nan, np.nan, method)


def refitted_aucs(comparison: Any, n_refits: int, n_jobs: int | None, verbose: int = 0) -> dict[str, np.ndarray]:
    """Return the mean AUC of every model on labels that were dealt anew among the patients.

    Parameters
    ----------
    comparison : ModelComparison
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


def _counts(comparison: Any, rows: pd.DataFrame) -> dict[str, Any]:
    cases = rows.drop_duplicates("case_id")
    return {
        "n_cases": len(cases),
        "n_patients": n_patients_of(cases),
        "n_positive": int(cases["y_true"].sum()),
        "n_folds": len(comparison.folds),
        "split": comparison.split,
    }
