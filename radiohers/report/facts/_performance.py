"""What a report says of the performance: a sentence a model, the tables, the values."""

from typing import Any

import pandas as pd

from radiohers._numbers import (
    cases_text,
    deciding_values,
    interval_text,
    level_text,
    number_text,
    p_text,
)
from radiohers.folds import PATIENT_LEVEL, is_optimistic
from radiohers.metrics import METRICS, metrics_as_shown
from radiohers.report.facts._models import describe_fitting
from radiohers.results import fold_design, performance_values

__all__ = [
    "alpha_of",
    "describe_folds",
    "describe_performance",
    "describe_settings",
    "describe_threshold",
    "summary_sentences",
]

N_MAIN = 4
ABOVE, NOT_SHOWN = "above chance", "not shown to be above chance"
CHANCE = 0.5
# Student's t for 95 % is 12.7 with one, 4.3 with two and 3.2 with three.
_FEW_DEGREES = 2


def summary_sentences(comparison: Any, chance: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was found, one honest sentence a model.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    chance : dict
        From :func:`~radiohers.report.facts._comparison.describe_chance`.

    Returns
    -------
    list of dict
        With ``model``, ``text`` and ``verdict``: "above chance", "not shown to be above chance" or "below chance".
    """
    table = comparison.table(full=True)
    return [
        _summary(row["model"], table.loc[(row["model"], "test")], comparison, row["p_holm"], chance["test"])
        for row in chance["models"]
    ]


def _summary(name: str, row: pd.Series, comparison: Any, p_value: float, test: str) -> dict[str, Any]:
    level = comparison.settings["confidence_level"]
    n_folds = int(row["n_folds"])
    over = f"mean over the test parts of {n_folds} folds" if n_folds > 1 else "on the test part"
    verdict, meaning = _verdict_by_split(_verdict(row["auc_low"], row["auc_high"], p_value, 1 - level), comparison)
    corrected = ", corrected by Holm" if len(comparison.models) > 1 else ""
    apart_from = deciding_values("auc")
    limits = interval_text(row["auc_low"], row["auc_high"], apart_from=apart_from)
    interval = f"{level_text(level)} interval {limits}: {row['auc_interval']}"
    against = f"p {_with_relation(p_value, 1 - level)} against chance ({test}{corrected})"
    value = number_text(row["auc"], apart_from=apart_from)
    found = row["auc_interval"] if pd.isna(row["auc"]) else f"{value} ({interval}), {over}, {against}"
    text = (
        f"AUC {found}; {cases_text(int(row['n_cases']), row['n_patients'])}, {int(row['n_positive'])} of the cases "
        f"positive; split: {comparison.split}. {meaning}"
    )
    return {"model": name, "text": text, "verdict": verdict}


def alpha_of(comparison: Any) -> float:
    """Return the level of significance that belongs to the level of confidence."""
    return 1 - comparison.settings["confidence_level"]


def _verdict_by_split(verdict: tuple[str, str], comparison: Any) -> tuple[str, str]:
    """Take back what a split does not allow to be said."""
    level, meaning = verdict
    if level == ABOVE and comparison.split != PATIENT_LEVEL:
        level, meaning = NOT_SHOWN, "The interval lies above 0.5."
    if is_optimistic(comparison.split):
        meaning += " The split is optimistic, so this says nothing about new patients."
    elif comparison.patients is None:
        meaning += " Patients were not given: this holds for new ones only if no patient has two of these cases."
    return level, meaning


def _verdict(low: float, high: float, p_value: float, alpha: float) -> tuple[str, str]:
    if pd.isna(low) or pd.isna(high):
        return NOT_SHOWN, "Not shown to beat chance: there is no interval of the AUC."
    if low > CHANCE and (pd.isna(p_value) or p_value <= alpha):
        return ABOVE, "Better than chance: the interval lies above 0.5."
    if low > CHANCE:
        return NOT_SHOWN, "The interval lies above 0.5, but the test does not confirm it: not shown to beat chance."
    if high < CHANCE:
        return "below chance", "Worse than chance: the interval lies below 0.5. Look for a fault before anything else."
    return NOT_SHOWN, "Not shown to beat chance: the interval holds 0.5."


def _with_relation(p_value: float, alpha: float) -> str:
    text = p_text(p_value, alpha=alpha)
    return text if text.startswith("<") or pd.isna(p_value) else f"= {text}"


def describe_performance(comparison: Any) -> dict[str, Any]:
    """Return the performance as it is shown: a main table, and a second one.

    Parameters
    ----------
    comparison : ModelComparison
        The result.

    Returns
    -------
    dict
        ``columns`` and ``rows``, the same under ``more``, and ``notes``.
    """
    values = performance_values(comparison)
    level = f"{level_text(comparison.settings['confidence_level'])} CI"
    metrics = [metric.name for metric in metrics_as_shown() if _is_defined(values, metric.name)]
    return {
        **_shown(values, metrics[:N_MAIN], level),
        "more": _by_measure(values[values["part"] == "test"], metrics[N_MAIN:], level),
        "notes": _notes(comparison, values, metrics),
    }


def _is_defined(values: pd.DataFrame, metric: str) -> bool:
    return bool(values.loc[values["metric"] == metric, "value"].notna().any())


def _shown(values: pd.DataFrame, metrics: list[str], level: str) -> dict[str, list]:
    columns = ["model", "part", *(f"{METRICS[name].label} ({level})" for name in metrics), "cases (positive)"]
    by_row = values.set_index(["model", "part", "metric"]).sort_index()
    # The result stands above the training part.
    order = [(model, part) for model in values["model"].unique() for part in ("test", "train")]
    rows = []
    for key in (key for key in order if key in by_row.index.droplevel("metric")):
        counts = by_row.loc[key].iloc[0]
        cells = [_cell(by_row.loc[(*key, name)], name) for name in metrics]
        rows.append([*key, *cells, f"{counts['n_cases']} ({counts['n_positive']})"])
    return {"columns": columns, "rows": rows}


def _by_measure(values: pd.DataFrame, metrics: list[str], level: str) -> dict[str, list]:
    """Show many measures: one a row, so that the table stays as narrow as there are models."""
    by_row = values.set_index(["metric", "model"]).sort_index()
    models = list(values["model"].unique())
    rows = [
        [METRICS[metric].label, *(_cell(by_row.loc[(metric, model)], metric) for model in models)] for metric in metrics
    ]
    return {"columns": ["measure", *(f"{model} ({level})" for model in models)], "rows": rows}


def _cell(row: pd.Series, metric: str) -> dict[str, str]:
    if pd.isna(row["value"]):
        return {"value": "–", "interval": str(row["method"])}
    apart_from = METRICS[metric].apart_from
    return {
        "value": number_text(row["value"], apart_from=apart_from),
        "interval": interval_text(row["low"], row["high"], apart_from=apart_from),
    }


def _notes(comparison: Any, values: pd.DataFrame, metrics: list[str]) -> list[str]:
    settings, n_folds = comparison.settings, len(comparison.folds)
    lines = [f"Split: {comparison.split}, {n_folds} fold{'s' * (n_folds != 1)}."]
    if n_folds > 1:
        lines.append(
            "Of several folds each number is the mean: over folds, or over repeats of all folds of a repeat put "
            "together, as the methods below say. The pooled AUC ranks the predictions of all folds of a repeat "
            "together, and is lower where folds differ in the level of their scores."
        )
    lines.append(
        "Rows named train are predictions of the cases that the model was fitted on: they show overfitting, not "
        "performance."
    )
    lines.append("The table of further measures is that of the test parts; JSON has the training parts too.")
    lines += [f"Intervals by {method}: {names}." for method, names in _metrics_by_method(values, metrics).items()]
    if values["is_resampled"].any():
        lines.append(
            f"Bootstraps have {settings['n_bootstraps']} resamples of the {comparison.unit}s and keep the models as "
            "they were fitted: they do not hold the spread that other training sets would add. The corrected resampled "
            "t over folds does."
        )
    design = fold_design(comparison.predictions)
    if design is not None and design.degrees_of_freedom <= _FEW_DEGREES:
        lines.append(
            "Folds this few hardly show how the result varies with them, and the interval over folds may span nearly "
            "everything. Five folds or more make it narrower; repeats of the same few do not."
        )
    lines.append(f"Classes are told apart by {describe_threshold(settings['threshold'])}.")
    return lines


def _metrics_by_method(values: pd.DataFrame, metrics: list[str]) -> dict[str, str]:
    shown = values[values["metric"].isin(metrics) & values[["low", "high"]].notna().any(axis=1)]
    names: dict[str, list[str]] = {}
    for method, of_method in shown.groupby("method", sort=False):
        parts = of_method.groupby("metric", sort=False)["part"].unique()
        names[method] = [
            METRICS[metric].label + " (training part)" * ("test" not in where) for metric, where in parts.items()
        ]
    return {method: ", ".join(of_method) for method, of_method in names.items()}


def describe_threshold(threshold: Any) -> str:
    """Return how a score becomes a class.

    Parameters
    ----------
    threshold : "youden" or float
        As in :func:`compare_models`.

    Returns
    -------
    str
        For the middle of a sentence.
    """
    if threshold == "youden":
        return "the threshold with the highest Youden index on the training part of each fold"
    return f"the fixed threshold {threshold:g}"


def describe_folds(comparison: Any) -> str:
    """Return how the folds were made.

    Parameters
    ----------
    comparison : ModelComparison
        The result.

    Returns
    -------
    str
        In words, or the splitter as it was given.
    """
    given = str(comparison.settings["cv"])
    # Positions fill pages, and a generator shows its place in memory.
    if given.startswith(("[", "(", "<")) or "array(" in given:
        return "as given, by positions"
    # scikit-learn breaks long lines.
    return " ".join(given.split())


def describe_settings(comparison: Any) -> dict[str, str]:
    """Return the settings of the comparison as texts.

    Parameters
    ----------
    comparison : ModelComparison
        The result.

    Returns
    -------
    dict of str to str
        Name to text.
    """
    settings = comparison.settings
    return {
        "split": comparison.split,
        "cross-validation": describe_folds(comparison),
        "folds": str(len(comparison.folds)),
        "fitted on the training part of each fold": describe_fitting(comparison.models),
        "threshold": describe_threshold(settings["threshold"]),
        "bootstrap resamples": str(settings["n_bootstraps"]),
        "confidence level": level_text(settings["confidence_level"]),
        "seed": str(settings["random_state"]),
    }
