"""What can be had without looking at the lesion: baselines on the same folds."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from radiohers._numbers import cases_text, estimate_text, number_text, percent_text
from radiohers.audit._context import AuditContext, NotShown
from radiohers.audit._result import AuditLine, and_others
from radiohers.audit._rules import CHANCE, column_level, comparison_level, is_above_chance
from radiohers.audit._tables import BaselineTable, cramers_v, majority_model, table_model
from radiohers.folds import Prepared, predict_folds
from radiohers.metrics import Interval
from radiohers.results import Judged

__all__ = [
    "NO_AUC",
    "Baseline",
    "auc_text",
    "baseline_row",
    "column_lines",
    "compare_with",
    "fit_predict",
    "majority_lines",
    "not_shown_lines",
    "table_baselines",
]

_ADVICE = {
    "lesion volume": "Report the volume's AUC beside the model's; say what the model adds to the size of a lesion.",
    "acquisition": "Resample all images to one grid, harmonise inside the folds, compare within one site or protocol, "
    "or validate on images of another.",
    "clinical": "Report the clinical AUC beside the model's; say what the images add to it, if anything.",
    "crop geometry": "Crop all lesions at one size in mm (keep the pixel spacing), so that size does not show in the "
    "crops' sharpness, or say that the network may use the lesion's size.",
}
NO_AUC = (
    "The test part of every fold has one class only, so there is no AUC to compare.",
    "Use fewer folds, or a stratified split.",
)
_COLUMN_ADVICE = {
    "acquisition": "Compare within one value of this column, or balance it between the classes, before anything is "
    "concluded.",
    "clinical": "Find out whether it was known before the label, or was made from it; if so, leave it out.",
}


class Baseline(NamedTuple):
    """A model that knows nothing of what is in the lesion, judged on the comparison's folds.

    Attributes
    ----------
    check : str
        The check it belongs to.
    name : str
        Its name.
    judged : Judged
        Its AUC.
    columns : str
        What it knows.
    """

    check: str
    name: str
    judged: Judged
    columns: str


def fit_predict(context: AuditContext, models: dict[str, Prepared], what: str) -> pd.DataFrame:
    """Return the predictions of baselines on the comparison's folds; `what` names the progress bar."""
    comparison = context.comparison
    predictions, _ = predict_folds(
        models,
        comparison.y,
        comparison.groups,
        comparison.patients,
        comparison.folds,
        comparison.positive,
        0.5,
        context.n_jobs,
        context.verbose,
        what,
    )
    return predictions


def table_baselines(context: AuditContext, check: str, X: pd.DataFrame, classifiers: list[str]) -> list[Baseline]:
    """Fit models of a table on the comparison's folds.

    Parameters
    ----------
    context : AuditContext
        The comparison and its cohort.
    check : str
        Name of the check.
    X : DataFrame of shape (n_cases, n_columns)
        What the baseline knows.
    classifiers : list of {"lr", "rf"}
        One baseline each.

    Returns
    -------
    list of Baseline
        Named after the check and the classifier.
    """
    names = {classifier: f"{check} ({classifier.upper()})" for classifier in classifiers}
    models = {
        names[classifier]: Prepared(table_model(X, classifier, context.random_state), X) for classifier in classifiers
    }
    predictions = fit_predict(context, models, check)
    known = and_others([str(name) for name in X.columns], 20)
    return [
        Baseline(check, name, context.judge.judge(predictions[predictions["model"] == name]), known) for name in models
    ]


def compare_with(context: AuditContext, baseline: Baseline, models: list[str] | None = None) -> list[AuditLine]:
    """Return one line a model: its AUC against that of a baseline, paired.

    Parameters
    ----------
    context : AuditContext
        The comparison and its cohort.
    baseline : Baseline
        What may explain the result.
    models : list of str, default=None
        The models it concerns; None is all.

    Returns
    -------
    list of AuditLine
        The value is model minus baseline. Where the baseline is not above chance, and the model not
        shown to be above the baseline, there is no line: :func:`not_shown_lines` tells of all of these at once.
    """
    judge = context.judge
    alone = judge.interval_as_fitted(baseline.judged)
    lines = []
    for model in context.comparison.models if models is None else models:
        own = judge.interval(context.judged[model])
        difference = judge.difference(context.judged[model], baseline.judged, f"AUC of the model minus {baseline.name}")
        if np.isnan(difference.value):
            lines.append(AuditLine(baseline.check, model, "not run", *NO_AUC, n=context.n))
            continue
        level = comparison_level(own, alone, difference)
        if level == "warn" and not is_above_chance(alone):
            context.not_shown.append(NotShown(baseline.check, baseline.name, model, own, difference))
            continue
        verdict = {
            "fail": f"above chance, and at least that of the model ({number_text(own.value, apart_from=[CHANCE])})",
            "warn": f"above chance; that of the model ({number_text(own.value, apart_from=[CHANCE])}) is not shown to "
            f"be higher, by {difference.text(apart_from=[0])}",
            "pass": f"less than that of the model ({number_text(own.value, apart_from=[CHANCE])})",
        }[level]
        lines.append(
            AuditLine(
                baseline.check,
                model,
                level,
                f"{baseline.name} alone has an AUC of {auc_text(alone)}, {verdict}.",
                "" if level == "pass" else _ADVICE[baseline.check],
                *difference,
                n=context.n,
            )
        )
    return lines


def not_shown_lines(context: AuditContext) -> list[AuditLine]:
    """Return one line for all differences from baselines that these cases are too few to show, or none."""
    found = context.not_shown
    if not found:
        return []
    checks = dict.fromkeys(item.check for item in found)
    models = dict.fromkeys(item.model for item in found)
    differences = "; ".join(
        f"{item.model} ({number_text(item.auc.value, apart_from=[CHANCE])}) minus {item.baseline}: "
        f"{item.difference.text(apart_from=[0])}"
        for item in found
    )
    message = (
        f"With {cases_text(context.n, context.comparison.n_patients())} these differences are not shown to be "
        f"above 0, though no baseline among them is above chance: {differences}."
    )
    return [
        AuditLine(
            ", ".join(checks),
            "all models" if len(models) == len(context.comparison.models) else ", ".join(models),
            "warn",
            message,
            "Report the baselines' AUCs beside the models'. More patients would narrow the intervals.",
            n=context.n,
        )
    ]


def auc_text(interval: Interval) -> str:
    """Write an AUC with its interval."""
    return interval.text(apart_from=[CHANCE])


def majority_lines(context: AuditContext) -> list[AuditLine]:
    """Return one line a model: its accuracy against that of the more frequent class.

    Parameters
    ----------
    context : AuditContext
        The comparison and its cohort.

    Returns
    -------
    list of AuditLine
        The value is the difference of the accuracies.
    """
    comparison, judge = context.comparison, context.judge
    X = np.zeros((context.n, 1))
    always = judge.judge(
        fit_predict(context, {"majority": Prepared(majority_model(comparison.y), X)}, "majority class"), "accuracy"
    )
    lines = []
    for model in comparison.models:
        own = judge.judge(context.test_predictions_of(model), "accuracy")
        difference = judge.difference(own, always, "accuracy minus that of the majority class")
        level = "pass" if difference.low > 0 else "warn"
        lines.append(
            AuditLine(
                "majority class",
                model,
                level,
                f"Always naming the more frequent class is right in {percent_text(always.value)} of cases, the model "
                f"in {percent_text(own.value)}.",
                ""
                if level == "pass"
                else "Do not report its accuracy without this one; judge it by AUC, sensitivity and specificity.",
                *difference,
                n=context.n,
            )
        )
    return lines


def column_lines(
    context: AuditContext, table: BaselineTable, kind: str, note: str = ""
) -> tuple[list[AuditLine], pd.DataFrame]:
    """Ask of every column by itself what it knows of the label.

    Parameters
    ----------
    context : AuditContext
        The comparison and its cohort.
    table : BaselineTable
        The columns.
    kind : {"acquisition", "clinical"}
        What they are.
    note : str, default=""
        Said in the last line.

    Returns
    -------
    lines : list of AuditLine
        One for each column that is too much, then one for the others.
    columns : DataFrame
        One row a column: ``kind, auc, auc_low, auc_high, cramers_v, n_values, interval``.
    """
    names = list(table.X.columns)
    models = {str(name): Prepared(table_model(table.X[[name]]), table.X[[name]]) for name in names}
    predictions = fit_predict(context, models, f"{kind} columns")
    lines, rows, flagged = [], {}, []
    for name in names:
        judged = context.judge.judge(predictions[predictions["model"] == str(name)])
        auc = context.judge.interval_as_fitted(judged, f"AUC of {name} alone", len(names))
        is_text = not pd.api.types.is_numeric_dtype(table.X[name])
        strength = cramers_v(table.X[name], context.is_positive.to_numpy()) if is_text else np.nan
        rows[str(name)] = {
            "kind": kind,
            "auc": auc.value,
            "auc_low": auc.low,
            "auc_high": auc.high,
            "cramers_v": strength,
            "n_values": table.X[name].nunique(),
            "interval": auc.method,
        }
        level = column_level(auc, kind)
        if level != "pass":
            flagged.append(str(name))
            cramer = f", Cramér's V {number_text(strength)}" if is_text else ""
            message = f"{name} predicts the label: AUC {auc_text(auc)} by itself{cramer}."
            lines.append(
                AuditLine(f"{kind} column", "all models", level, message, _COLUMN_ADVICE[kind], *auc, n=context.n)
            )
    columns = pd.DataFrame.from_dict(rows, orient="index").rename_axis("column")
    others = columns[~columns.index.isin(flagged)]
    if len(others):
        lines.append(_other_columns_line(context, others, kind, bool(flagged)))
    lines[-1] = replace(lines[-1], message=lines[-1].message + note)
    return lines, columns


def _other_columns_line(context: AuditContext, columns: pd.DataFrame, kind: str, are_rest: bool) -> AuditLine:
    if columns["auc"].isna().all():
        return AuditLine(f"{kind} column", "all models", "not run", *NO_AUC, n=context.n)
    best = columns["auc"].idxmax()
    row = columns.loc[best]
    limit = "above chance" if kind == "acquisition" else "close to the label"
    return AuditLine(
        f"{kind} column",
        "all models",
        "pass",
        f"None of {'the other ' * are_rest}{len(columns)} columns is {limit} by itself; the most is {best} with an AUC "
        f"of {estimate_text(row['auc'], row['auc_low'], row['auc_high'], apart_from=[CHANCE])}.",
        "",
        row["auc"],
        row["auc_low"],
        row["auc_high"],
        row["interval"],
        context.n,
    )


def baseline_row(context: AuditContext, baseline: Baseline) -> dict[str, Any]:
    """Return a baseline's row of :attr:`Audit.baselines`."""
    auc = context.judge.interval_as_fitted(baseline.judged)
    return {
        "baseline": baseline.name,
        "auc": auc.value,
        "auc_low": auc.low,
        "auc_high": auc.high,
        "above_chance": is_above_chance(auc),
        "n": context.n,
        "columns": baseline.columns,
        "interval": auc.method,
    }
