"""A comparison as a plain dict: what the report shows, before it is shown."""

from typing import Any

import pandas as pd
from sklearn import config_context

from radiohers._versions import library_versions
from radiohers.evaluation._cnn_figures import NamedFigure, cnn_figures, cnn_models
from radiohers.evaluation._display_pca import models_with_pca
from radiohers.report import figure_to_svg

__all__ = ["RESEARCH_NOTE", "comparison_document"]

RESEARCH_NOTE = "For research use only. This is not a medical device, and must not guide the care of a patient."
SYNTHETIC_NOTE = "SYNTHETIC COHORT: made by a program. These numbers say nothing about patients."

_COLUMN_NAMES = {
    "auc": "AUC",
    "auc_pooled": "AUC, pooled",
    "accuracy": "accuracy",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
}


def comparison_document(comparison: Any, title: str | None = None, cohort: Any = None) -> dict[str, Any]:
    """Return the report of a comparison as plain values.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    title : str, default=None
        Of the report.
    cohort : Cohort, default=None
        Adds the target's name and the source, and says if the cohort is synthetic.

    Returns
    -------
    dict
        With the keys ``title``, ``notes``, ``cohort``, ``performance``,
        ``performance_note``, ``figures``, ``settings``, ``models`` and ``versions``; JSON can hold it.
    """
    table = comparison.table()
    return {
        "title": title or f"Comparison of {', '.join(comparison.models)}",
        "notes": _notes(comparison, cohort),
        "cohort": _describe_cohort(comparison, cohort),
        "performance": _performance(table, comparison.settings["confidence_level"]),
        "performance_note": _performance_note(table, comparison.settings),
        "figures": _figures(comparison),
        "settings": _describe_settings(comparison),
        "models": _describe_models(comparison.models),
        "versions": library_versions(),
    }


def _notes(comparison: Any, cohort: Any) -> list[str]:
    notes = [RESEARCH_NOTE]
    if cohort is not None and "synthetic" in cohort.clinical and _is_one(cohort.clinical["synthetic"]).any():
        notes.insert(0, SYNTHETIC_NOTE)
    if comparison.split != "patient-level":
        notes.append(f"The split is {comparison.split}. These results are too good to be true.")
    return notes


def _is_one(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column, errors="coerce") == 1


def _describe_cohort(comparison: Any, cohort: Any) -> dict[str, str]:
    described = {}
    if cohort is not None:
        # The name of the file alone: its folder may tell of patients.
        described["source"] = cohort.source.name if cohort.source is not None else "in memory"
        described["target"] = str(cohort.target)
    groups = pd.Series(comparison.groups, index=comparison.y.index)
    for name, label in (("positive", comparison.positive), ("negative", comparison.negative)):
        chosen = comparison.y == label
        described[f"{name} class"] = f"{label}: {int(chosen.sum())} cases of {groups[chosen].nunique()} patients"
    described["all"] = f"{len(groups)} cases of {groups.nunique()} patients"
    return described


def _performance(table: pd.DataFrame, confidence_level: float) -> dict[str, list]:
    level = f"{confidence_level:.0%} CI"
    shown = [name for name in _COLUMN_NAMES if name in table.columns]
    columns = ["model", "part", "cases (positive)", *(f"{_COLUMN_NAMES[name]} ({level})" for name in shown)]
    rows = [
        [model, part, f"{row['n_cases']} ({row['n_positive']})", *(_cell(row, name) for name in shown)]
        for (model, part), row in table.iterrows()
    ]
    return {"columns": columns, "rows": rows}


def _cell(row: pd.Series, metric: str) -> dict[str, str]:
    return {"value": f"{row[metric]:.2f}", "interval": f"{row[f'{metric}_low']:.2f} to {row[f'{metric}_high']:.2f}"}


def _performance_note(table: pd.DataFrame, settings: dict[str, Any]) -> list[str]:
    first = table.iloc[0]
    n_folds = int(first["n_folds"])
    lines = [f"Split: {first['split']}, {n_folds} fold{'s' * (n_folds != 1)}."]
    if n_folds > 1:
        lines.append(
            "The AUC is the mean over folds; the pooled AUC ranks the predictions of all folds of a repeat together, "
            "averaged over repeats. Rows named train are predictions of the cases that the model was fitted on: "
            "they show overfitting, not performance."
        )
    of_auc, of_shares = (list(dict.fromkeys(table[column])) for column in ("auc_interval", "share_interval"))
    lines.append(f"Intervals of the AUC: {' or '.join(of_auc)}; of the other columns: {' or '.join(of_shares)}.")
    if any("bootstrap" in method for method in of_shares):
        lines.append(
            f"The bootstrap has {settings['n_bootstraps']} resamples of the patients; a value of 0 or 1 has the exact "
            "binomial bound for its number of patients instead. It does not hold the spread that other training sets "
            "would add."
        )
    lines.append(f"Classes are told apart by {_describe_threshold(settings['threshold'])}.")
    return lines


def _describe_threshold(threshold: Any) -> str:
    if threshold == "youden":
        return "the threshold with the highest Youden index on the training part of each fold"
    return f"the fixed threshold {threshold:g}"


def _describe_settings(comparison: Any) -> dict[str, str]:
    settings = comparison.settings
    return {
        "split": comparison.split,
        "cross-validation": settings["cv"],
        "threshold": _describe_threshold(settings["threshold"]),
        "bootstrap resamples": str(settings["n_bootstraps"]),
        "confidence level": f"{settings['confidence_level']:.0%}",
        "seed": str(settings["random_state"]),
    }


def _describe_models(models: dict[str, Any]) -> dict[str, str]:
    with config_context(print_changed_only=False):
        return {name: repr(model) for name, model in models.items()}


def _figures(comparison: Any) -> list[dict[str, str]]:
    figures = [NamedFigure(name, caption, plot().figure_) for name, caption, plot in _plots(comparison)]
    for model in cnn_models(comparison):
        figures += cnn_figures(comparison, model)
    return [{"name": name, "caption": caption, "svg": figure_to_svg(figure, name)} for name, caption, figure in figures]


def _plots(comparison: Any) -> list[tuple[str, str, Any]]:
    plots = [
        ("roc", "ROC curves on the test parts, averaged over folds at equal specificity.", comparison.plot_roc),
        (
            "roc-train",
            "The same on the training parts, which shows overfitting.",
            lambda: comparison.plot_roc(part="train"),
        ),
        (
            "precision-recall",
            "Precision and recall on the test parts, predictions of all folds and repeats pooled.",
            comparison.plot_precision_recall,
        ),
        (
            "confusion",
            "Confusion matrices on the test parts: cases, averaged over repeats, and the share of each true class.",
            comparison.plot_confusion,
        ),
        (
            "learning-curve",
            "AUC by the number of training cases, mean and standard deviation over the folds of the first repeat. "
            "A test curve that still rises asks for more patients.",
            comparison.plot_learning_curve,
        ),
    ]
    if models_with_pca(comparison):
        caption = "Cumulative variance with the elbow, the point farthest from the chord, and the first two components."
        plots.append(("pca", caption, comparison.plot_pca))
    return plots
