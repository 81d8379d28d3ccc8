"""From predictions to the table of a paper."""

from typing import Any

import numpy as np
import pandas as pd

from radiohers.metrics._auc import Interval, delong_interval, wilson_interval
from radiohers.metrics._bootstrap import (
    FoldScores,
    Statistic,
    accuracy,
    bootstrap_fold_mean,
    patient_weights,
    sensitivity,
    specificity,
    weighted_auc,
)

__all__ = ["format_table", "performance_table"]

METRICS = ("auc", "auc_pooled", "accuracy", "sensitivity", "specificity")
_STATISTICS: dict[str, Statistic] = {"accuracy": accuracy, "sensitivity": sensitivity, "specificity": specificity}


def performance_table(
    predictions: pd.DataFrame, split: str, n_bootstraps: int, confidence_level: float, random_state: Any
) -> pd.DataFrame:
    """Return one row a model and part, with intervals and how they came about.

    Parameters
    ----------
    predictions : DataFrame
        The long table of :func:`~radiohers.evaluation.compare_models`.
    split : str
        What the folds are, for the column ``split``.
    n_bootstraps : int
        Number of resamples of the patients.
    confidence_level : float
        Coverage of the intervals.
    random_state : int
        Seed of the resamples; all models are judged on the same ones.

    Returns
    -------
    DataFrame with the index (model, part)
        For each metric its value, ``_low`` and ``_high``, and the counts.
    """
    rows = {}
    for (model, part), part_predictions in predictions.groupby(["model", "part"], sort=False):
        metrics = _part_metrics(part_predictions, n_bootstraps, confidence_level, random_state)
        rows[model, part] = {"split": split, **_counts(part_predictions), **_flat(metrics)}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(table.index, names=["model", "part"])
    return table


def _part_metrics(predictions: pd.DataFrame, n_bootstraps: int, level: float, random_state: Any) -> dict[str, Interval]:
    cases = predictions.drop_duplicates("case_id")
    case_ids = pd.Index(cases["case_id"])
    folds = _fold_scores(predictions, case_ids, ["repeat", "fold"])
    if len(folds) == 1 and not cases["patient_id"].duplicated().any():
        return _independent_metrics(folds[0], level)
    weights = patient_weights(
        cases["patient_id"].to_numpy(), cases["y_true"].to_numpy(), n_bootstraps, np.random.default_rng(random_state)
    )
    pooled = _fold_scores(predictions, case_ids, ["repeat"])
    return {
        "auc": bootstrap_fold_mean(folds, weights, weighted_auc, level),
        "auc_pooled": bootstrap_fold_mean(pooled, weights, weighted_auc, level),
        **{name: bootstrap_fold_mean(folds, weights, statistic, level) for name, statistic in _STATISTICS.items()},
    }


def _independent_metrics(fold: FoldScores, level: float) -> dict[str, Interval]:
    n, n_positive = len(fold.y_true), int(fold.y_true.sum())
    true_positives = int((fold.y_pred & fold.y_true).sum())
    true_negatives = int((~fold.y_pred & ~fold.y_true).sum())
    return {
        "auc": delong_interval(fold.y_true, fold.score, level),
        "accuracy": wilson_interval(true_positives + true_negatives, n, level),
        "sensitivity": wilson_interval(true_positives, n_positive, level),
        "specificity": wilson_interval(true_negatives, n - n_positive, level),
    }


def _fold_scores(predictions: pd.DataFrame, case_ids: pd.Index, keys: list[str]) -> list[FoldScores]:
    return [
        FoldScores(
            case_ids.get_indexer(rows["case_id"]),
            rows["patient_id"].to_numpy(),
            rows["y_true"].to_numpy(),
            rows["score"].to_numpy(),
            rows["y_pred"].to_numpy(),
        )
        for _, rows in predictions.groupby(keys, sort=False)
    ]


def _counts(predictions: pd.DataFrame) -> dict[str, int]:
    cases = predictions.drop_duplicates("case_id")
    return {
        "n_cases": len(cases),
        "n_patients": cases["patient_id"].nunique(),
        "n_positive": int(cases["y_true"].sum()),
        "n_folds": predictions.groupby(["repeat", "fold"]).ngroups,
    }


def _flat(metrics: dict[str, Interval]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, interval in metrics.items():
        flat |= {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
    flat["auc_interval"] = metrics["auc"].method
    flat["share_interval"] = metrics["accuracy"].method
    return flat


def format_table(table: pd.DataFrame, digits: int = 2) -> pd.DataFrame:
    """Return the table as it stands in a paper: ``0.71 (0.60 to 0.81)``.

    Parameters
    ----------
    table : DataFrame
        From :func:`performance_table`.
    digits : int, default=2
        Digits after the point.

    Returns
    -------
    DataFrame of str
        One column a metric.
    """
    columns = [name for name in METRICS if name in table.columns]
    shown = {
        name: [
            f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
            for value, low, high in zip(table[name], table[f"{name}_low"], table[f"{name}_high"], strict=True)
        ]
        for name in columns
    }
    return pd.DataFrame(shown, index=table.index)
