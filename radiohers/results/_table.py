"""From predictions to the numbers of a paper: long rows, of which every table is a pivot."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from radiohers._blas import one_blas_thread
from radiohers.metrics import (
    METRICS,
    FoldScores,
    Interval,
    Statistic,
    bootstrap_fold_means,
    fold_values,
    metrics_as_shown,
)
from radiohers.results._comparison import Comparison
from radiohers.results._cross_validated import cross_validated_interval
from radiohers.results._fold_scores import n_patients_of
from radiohers.results._judge import BY_REPEAT, Judge

__all__ = ["format_table", "performance_rows", "performance_values", "wide_table"]

_COUNTS = ("n_cases", "n_patients", "n_positive", "n_folds")
# Column of the wide table to that of the long rows.
_ENDS = {"": "value", "_low": "low", "_high": "high", "_interval": "method"}


def performance_values(comparison: Comparison, verbose: int = 0) -> pd.DataFrame:
    """Return every number of the performance: one row a model, part and metric.

    Parameters
    ----------
    comparison : Comparison
        The result. Its resamples take a while, so the rows are kept with it.
    verbose : int, default=0
        Whether to show a progress bar the first time.

    Returns
    -------
    DataFrame
        As from :func:`performance_rows`.
    """
    # Figures and report ask for it again and again.
    if "_performance" not in comparison.__dict__:
        splits = {name: comparison.split_of(name) for name in comparison.models}
        judges = [comparison.judge(part) for part in comparison.predictions["part"].unique()]
        comparison.__dict__["_performance"] = performance_rows(judges, splits, verbose)
    return comparison.__dict__["_performance"].copy()


def performance_rows(judges: Sequence[Judge], splits: Mapping[str, str], verbose: int = 0) -> pd.DataFrame:
    """Return one row a model, part and metric, with its interval and how it came about.

    Parameters
    ----------
    judges : sequence of Judge
        One a part; all models are judged on the draw of patients that it has.
    splits : mapping of str to str
        What the folds are to each model, for the column ``split``.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    DataFrame
        With the columns ``model``, ``part``, ``metric`` (a key of :data:`~radiohers.metrics.METRICS`),
        ``value``, ``low``, ``high``, ``method``, ``is_resampled``, ``split``, ``n_cases``, ``n_patients`` (None if
        they were not given), ``n_positive`` and ``n_folds``. The metrics that need several folds are left out of a
        single split.
    """
    rows = []
    models = judges[0].predictions["model"].unique()
    for model in tqdm(models, desc="table, bootstrap", unit="model", disable=not verbose):
        of_parts = [judge.predictions[judge.predictions["model"] == model] for judge in judges]
        are_probabilities = all(of_part["score"].between(0, 1).all() for of_part in of_parts)
        for judge, of_part in zip(judges, of_parts, strict=True):
            intervals = _part_intervals(judge, of_part)
            judged = {"split": splits[model], **_counts(of_part)}
            for name, interval in intervals.items():
                if METRICS[name].of == "probabilities" and not are_probabilities:
                    # Also in a part in which all happen to lie in 0..1.
                    interval = Interval.undefined(Statistic.NOT_PROBABILITIES)
                rows.append({"model": model, "part": judge.part, "metric": name, **_written(interval), **judged})
    return pd.DataFrame(rows)


@one_blas_thread()
def _part_intervals(judge: Judge, predictions: pd.DataFrame) -> dict[str, Interval]:
    """Return the interval of each metric of one model, in the order of the registry."""
    folds, weights, level = judge.folds(predictions), judge.weights, judge.confidence_level
    if len(folds) == 1:
        return _one_split_intervals(folds[0], weights, level)
    per_fold = {name: metric for name, metric in METRICS.items() if metric.per == "fold"}
    per_repeat = {name: metric for name, metric in METRICS.items() if metric.per == "repeat"}
    repeats = judge.folds(predictions, BY_REPEAT)
    over_repeats = "{unit} bootstrap of the mean over repeats, folds pooled"
    if len(repeats) == 1:
        over_repeats = "{unit} bootstrap, folds pooled"
    found = bootstrap_fold_means(folds, weights, per_fold, level)
    for name, metric in per_fold.items():
        if not metric.as_fitted:
            values = fold_values(folds, metric)
            found[name] = cross_validated_interval(found[name], values, judge.design, level, metric.value_range)
    found |= bootstrap_fold_means(repeats, weights, per_repeat, level, over_repeats)
    return {name: found[name] for name in METRICS}


def _one_split_intervals(fold: FoldScores, weights: np.ndarray, level: float) -> dict[str, Interval]:
    """Return the interval of each metric that a single split has, by a formula where one holds."""
    metrics = {name: metric for name, metric in METRICS.items() if not metric.needs_folds}
    independent = not fold.has_repeated_patients
    drawn = {name: metric for name, metric in metrics.items() if not (independent and metric.formulas)}
    method = "bootstrap of the cases" if independent else "{unit} bootstrap"
    found = bootstrap_fold_means([fold], weights, drawn, level, method)
    for name in metrics.keys() - drawn.keys():
        found[name] = metrics[name].interval(fold, confidence_level=level)
    return {name: found[name] for name in metrics}


def _written(interval: Interval) -> dict[str, Any]:
    return {
        "value": interval.value,
        "low": interval.low,
        "high": interval.high,
        "method": interval.method,
        "is_resampled": interval.is_resampled,
    }


def _counts(predictions: pd.DataFrame) -> dict[str, int | None]:
    cases = predictions.drop_duplicates("case_id")
    n_patients = n_patients_of(cases)
    return {
        "n_cases": len(cases),
        "n_patients": None if np.isnan(n_patients) else int(n_patients),
        "n_positive": int(cases["y_true"].sum()),
        "n_folds": predictions.groupby(["repeat", "fold"]).ngroups,
    }


def wide_table(values: pd.DataFrame, full: bool = True) -> pd.DataFrame:
    """Return one row a model and part, with a few columns a metric.

    Parameters
    ----------
    values : DataFrame
        From :func:`performance_values`.
    full : bool, default=True
        Whether all metrics are shown, each with the method of its interval; otherwise those of a main table.

    Returns
    -------
    DataFrame with the index (model, part)
        ``split``, the counts, and for each metric its value, ``_low``, ``_high`` and, in the full table,
        ``_interval``.
    """
    shown = list(METRICS) if full else [metric.name for metric in metrics_as_shown() if metric.place is not None]
    ends = {end: column for end, column in _ENDS.items() if full or end != "_interval"}
    rows: dict[Any, dict[str, Any]] = {}
    for key, of_part in values.groupby(["model", "part"], sort=False):
        by_metric = {row["metric"]: row for row in of_part.to_dict("records")}
        first = next(iter(by_metric.values()))
        rows[key] = {"split": first["split"], **{name: first[name] for name in _COUNTS}}
        if first["n_patients"] is None:
            rows[key]["n_patients"] = np.nan
        for name in shown:
            if name in by_metric:
                rows[key] |= {f"{name}{end}": by_metric[name][column] for end, column in ends.items()}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(table.index, names=["model", "part"])
    return table


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
    shown = {
        name: [
            Interval(*numbers, "").text(digits, METRICS[name].apart_from)
            for numbers in zip(table[name], table[f"{name}_low"], table[f"{name}_high"], strict=True)
        ]
        for name in table.columns
        if name in METRICS
    }
    return pd.DataFrame(shown, index=table.index)
