"""From predictions to the table of a paper."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from radiohers._blas import one_blas_thread
from radiohers._numbers import deciding_values, estimate_text
from radiohers.metrics import Interval
from radiohers.metrics._auc import delong_interval
from radiohers.metrics._bootstrap import FoldScores, bootstrap_fold_means, fold_values
from radiohers.metrics._proportions import PROPORTIONS, independent_proportion
from radiohers.metrics._statistics import NOT_PROBABILITIES, STATISTICS
from radiohers.results._cross_validated import FoldDesign, cross_validated_interval, fold_design
from radiohers.results._fold_scores import cohort_weights, fold_scores, n_patients_of

__all__ = ["format_table", "performance_table", "performance_values"]

# Taken within each fold, since the scores of two folds come from two models.
_PER_FOLD = ("auc", "accuracy", "sensitivity", "specificity", "balanced_accuracy")
# Taken of all folds of a repeat together, as a fold holds too few cases: calls that few
# cases get, positive cases to rank among, bins of probabilities.
_PER_REPEAT = (
    "positive_predictive_value",
    "negative_predictive_value",
    "f1",
    "matthews_correlation",
    "average_precision",
    "brier_score",
    "calibration_slope",
    "calibration_intercept",
    "expected_calibration_error",
)
METRICS = ("auc", "auc_pooled", *_PER_FOLD[1:], *_PER_REPEAT)
_COUNTS = ("n_cases", "n_positive", "n_patients", "n_folds")


def performance_table(
    predictions: pd.DataFrame,
    splits: Mapping[str, str],
    n_bootstraps: int,
    confidence_level: float,
    random_state: Any,
    verbose: int = 0,
) -> pd.DataFrame:
    """Return one row a model and part, with intervals and how they came about.

    Parameters
    ----------
    predictions : DataFrame
        The long table of :func:`~radiohers.evaluation.compare_models`.
    splits : mapping of str to str
        What the folds are to each model, for the column ``split``.
    n_bootstraps : int
        Number of resamples of the patients.
    confidence_level : float
        Coverage of the intervals.
    random_state : int
        Seed of the resamples; all models are judged on the same ones.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    DataFrame with the index (model, part)
        ``split``, the counts, and for each metric its value, ``_low``, ``_high`` and
        ``_interval``, the method's name or why it is undefined. ``share_interval``
        is ``accuracy_interval``. ``auc_bootstrap_low``, ``_high`` and ``_interval``
        are another interval of ``auc``, for these models as they were fitted.
    """
    rows = {}
    models = predictions.groupby("model", sort=False)
    for model, of_model in tqdm(models, desc="table, bootstrap", unit="model", disable=not verbose):
        are_probabilities = bool(of_model["score"].between(0, 1).all())
        design = fold_design(of_model)
        for part, of_part in of_model.groupby("part", sort=False):
            # Training cases are judged by models that have seen them: no other training set comes in.
            part_design = design if part == "test" else None
            metrics = _part_metrics(of_part, part_design, n_bootstraps, confidence_level, random_state)
            if not are_probabilities:
                # Also in a part in which all happen to lie in 0..1.
                metrics |= {
                    name: Interval.undefined(NOT_PROBABILITIES)
                    for name in metrics.keys() & STATISTICS.keys()
                    if STATISTICS[name].needs_probabilities
                }
            rows[model, part] = {"split": splits[model], **_counts(of_part), **_flat(metrics)}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(table.index, names=["model", "part"])
    return table


@one_blas_thread()
def _part_metrics(
    predictions: pd.DataFrame, design: FoldDesign | None, n_bootstraps: int, level: float, random_state: Any
) -> dict[str, Interval]:
    folds = fold_scores(predictions)
    weights = cohort_weights(predictions, n_bootstraps, random_state)
    if len(folds) == 1:
        return _one_split_metrics(folds[0], weights, level)
    statistics = {name: STATISTICS[name] for name in _PER_FOLD}
    per_repeat = {"auc_pooled": STATISTICS["auc"], **{name: STATISTICS[name] for name in _PER_REPEAT}}
    repeats = fold_scores(predictions, ["repeat"])
    over_repeats = "{unit} bootstrap of the mean over repeats, folds pooled"
    if len(repeats) == 1:
        over_repeats = "{unit} bootstrap, folds pooled"
    bootstrap = bootstrap_fold_means(folds, weights, statistics, level)
    metrics = {
        **{
            name: cross_validated_interval(bootstrap[name], fold_values(folds, statistic), design, level)
            for name, statistic in statistics.items()
        },
        **bootstrap_fold_means(repeats, weights, per_repeat, level, over_repeats),
    }
    return {name: metrics[name] for name in METRICS} | {"auc_bootstrap": bootstrap["auc"]}


def _one_split_metrics(fold: FoldScores, weights: np.ndarray, level: float) -> dict[str, Interval]:
    independent = len(set(fold.patient.tolist())) == len(fold.patient)
    by_formula: dict[str, Interval] = {}
    if independent:
        by_formula = {name: independent_proportion(fold, name, level) for name in PROPORTIONS}
        by_formula["auc"] = delong_interval(fold, level)
    rest = {name: STATISTICS[name] for name in METRICS if name in STATISTICS and name not in by_formula}
    method = "bootstrap of the cases" if independent else "{unit} bootstrap"
    metrics = by_formula | bootstrap_fold_means([fold], weights, rest, level, method)
    return {name: metrics[name] for name in METRICS if name in metrics}


def _counts(predictions: pd.DataFrame) -> dict[str, float]:
    cases = predictions.drop_duplicates("case_id")
    return {
        "n_cases": len(cases),
        "n_patients": n_patients_of(cases),
        "n_positive": int(cases["y_true"].sum()),
        "n_folds": predictions.groupby(["repeat", "fold"]).ngroups,
    }


def _flat(metrics: dict[str, Interval]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, interval in metrics.items():
        flat |= {
            name: interval.value,
            f"{name}_low": interval.low,
            f"{name}_high": interval.high,
            f"{name}_interval": interval.method,
        }
    return flat | {"share_interval": metrics["accuracy"].method}


def performance_values(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table in long form: one row a model, part and metric.

    Parameters
    ----------
    table : DataFrame
        From :meth:`ModelComparison.table`.

    Returns
    -------
    DataFrame
        With the columns ``model``, ``part``, ``metric``, ``value``, ``low``, ``high``,
        ``method``, ``n_cases``, ``n_positive``, ``n_patients`` (None if they were not given) and ``n_folds``. With
        several folds the AUC stands there twice, as ``auc`` and, with the interval for the
        models as they were fitted, as ``auc_bootstrap``.
    """
    return pd.DataFrame(
        [
            {
                "model": model,
                "part": part,
                "metric": metric,
                "value": row[metric],
                "low": row[f"{metric}_low"],
                "high": row[f"{metric}_high"],
                "method": row[f"{metric}_interval"],
                **{name: None if np.isnan(row[name]) else int(row[name]) for name in _COUNTS},
            }
            for (model, part), row in table.iterrows()
            for metric in (*METRICS, "auc_bootstrap")
            if f"{metric}_low" in table.columns
        ]
    )


def format_table(table: pd.DataFrame, digits: int = 2) -> pd.DataFrame:
    """Return the table as it stands in a paper: ``0.71 (0.60 to 0.81)``.

    Parameters
    ----------
    table : DataFrame
        From :meth:`ModelComparison.table`.
    digits : int, default=2
        Digits after the point; an AUC or its limit close to 0.5 gets as many more as it takes to see on which
        side of chance it lies.

    Returns
    -------
    DataFrame of str
        One column a metric; "undefined" where there is no value.
    """
    columns = [name for name in METRICS if name in table.columns]
    shown = {
        name: [
            estimate_text(*numbers, digits, deciding_values(name))
            for numbers in zip(table[name], table[f"{name}_low"], table[f"{name}_high"], strict=True)
        ]
        for name in columns
    }
    return pd.DataFrame(shown, index=table.index)
