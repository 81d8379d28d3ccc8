"""How to read calibration, usefulness and explanation, with the numbers of each model."""

from typing import Any

import pandas as pd

from radiohers._numbers import estimate_text, number_text
from radiohers.displays import DecisionCurveDisplay, has_auc, models_with_features
from radiohers.metrics import METRICS
from radiohers.report.facts._figures import (
    MAX_SINGLE_FEATURES,
    has_too_many_features,
    models_with_probabilities,
)

__all__ = ["calibration_notes", "explanation_notes", "usefulness_notes"]

_CALIBRATION = ("calibration_slope", "calibration_intercept", "brier_score", "expected_calibration_error")


def calibration_notes(comparison: Any, values: pd.DataFrame) -> list[str]:
    """Return the calibration of each model in numbers, and how to read it.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    values : DataFrame
        From :func:`~radiohers.results.performance_values`.

    Returns
    -------
    list of str
        Empty if no scores are probabilities.
    """
    probable = models_with_probabilities(comparison)
    if not probable:
        return []
    test = values[(values["part"] == "test") & values["metric"].isin(_CALIBRATION)]
    lines = [_calibration_of(name, test[test["model"] == name]) for name in probable]
    return [
        *lines,
        "A perfect slope is 1 and a perfect intercept 0. A slope below 1 means that probabilities are too extreme, as "
        "those of overfitted models are; an intercept above 0 that they are too low. An AUC says nothing of this.",
    ]


def _calibration_of(name: str, rows: pd.DataFrame) -> str:
    of_metric = rows.set_index("metric")
    parts = [
        f"{METRICS[metric].label} {estimate_text(row['value'], row['low'], row['high'], missing='none')}"
        for metric, row in of_metric.loc[list(_CALIBRATION)].iterrows()
    ]
    return f"{name}, test parts: {', '.join(parts)}."


def usefulness_notes(comparison: Any) -> list[str]:
    """Return the net benefit of each model at the prevalence, and how to read it.

    Parameters
    ----------
    comparison : ModelComparison
        The result.

    Returns
    -------
    list of str
        Empty if no scores are probabilities.
    """
    probable = models_with_probabilities(comparison)
    if not probable:
        return []
    prevalence = float((comparison.y == comparison.positive).mean())
    display = DecisionCurveDisplay.from_comparison(comparison, models=probable, thresholds=[prevalence])
    lines = [
        f"{name}, test parts: net benefit {estimate_text(band.value[0], band.low[0], band.high[0])} "
        f"per {display.unit} at the threshold probability {number_text(prevalence)}."
        for name, band in display.curves.items()
    ]
    return [
        *lines,
        f"{number_text(prevalence)} is the prevalence in this cohort, where treating all and treating none are both "
        "worth 0 or close to it. Which threshold matters depends on what a needless treatment costs against a missed "
        "one: choose it for clinical reasons, and read the curve there. A cohort with another prevalence has other "
        "curves.",
    ]


def explanation_notes(comparison: Any, sections: set[str]) -> list[str]:
    """Return how to read what looks into the models, and what was left out.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    sections : set of str
        The sections that have figures.

    Returns
    -------
    list of str
        Empty if there is nothing to read.
    """
    notes = []
    if "explanation" in sections:
        notes.append(
            "These figures show what the models used, not what causes the label. A feature that is only correlated "
            "with size, or with how the image was made, is shown just as well: see the audit for these."
        )
    if not has_auc(comparison):
        notes.append(
            "No test part has both classes, so there is no AUC that could drop, and the importance of features is left "
            "out. Folds of several patients with both classes (StratifiedGroupKFold) have one."
        )
        return notes
    left_out = [name for name in models_with_features(comparison) if has_too_many_features(comparison, name)]
    if left_out:
        notes.append(
            f"The importance of single features takes long where they are more than {MAX_SINGLE_FEATURES}, and is left "
            f"out for {', '.join(left_out)}: plot_feature_importance draws it."
        )
    return notes
