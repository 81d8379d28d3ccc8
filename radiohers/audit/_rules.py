"""When a finding passes, warns or fails: the rules of the audit, in one place."""

from radiohers.audit._result import Level
from radiohers.metrics import Interval

__all__ = ["CHANCE", "SIGNIFICANT", "column_level", "comparison_level", "is_above_chance", "map_level"]

CHANCE = 0.5
SIGNIFICANT = 0.05
# A column of acquisition with this AUC is a leak even if a model does better.
COLUMN_FAILS = 0.8
# A clinical column with this AUC is probably the label in other words.
CLINICAL_COLUMN_WARNS = 0.9


def comparison_level(model: Interval, baseline: Interval, difference: Interval) -> Level:
    """Judge a model against a baseline.

    Parameters
    ----------
    model, baseline : Interval
        Their AUCs.
    difference : Interval
        Model minus baseline, paired.

    Returns
    -------
    Level
        "fail" if the baseline is above chance and at least as good as the model; "warn" if
        the difference may be 0; otherwise "pass".
    """
    if is_above_chance(baseline) and baseline.value >= model.value:
        return "fail"
    return "pass" if difference.low > 0 else "warn"


def is_above_chance(auc: Interval) -> bool:
    """Tell whether the interval of an AUC lies above 0.5."""
    return auc.low > CHANCE


def column_level(auc: Interval, kind: str) -> Level:
    """Judge what one column knows of the label.

    Parameters
    ----------
    auc : Interval
        Of a model that knows this column only.
    kind : {"acquisition", "clinical"}
        What the column is.

    Returns
    -------
    Level
        Acquisition: "fail" if above chance and at least 0.8, "warn" if above chance.
        Clinical: "warn" if above chance and at least 0.9.
    """
    if not is_above_chance(auc):
        return "pass"
    if kind == "acquisition":
        return "fail" if auc.value >= COLUMN_FAILS else "warn"
    return "warn" if auc.value >= CLINICAL_COLUMN_WARNS else "pass"


def map_level(ratio: Interval) -> Level:
    """Judge the share of a map outside the lesion, over the share of the area outside: "pass" if below 1.

    Parameters
    ----------
    ratio : Interval
        1 for a map that is the same everywhere.

    Returns
    -------
    Level
        "pass" if the interval is below 1, "fail" if it is above, "warn" if it holds 1.
    """
    if ratio.high < 1:
        return "pass"
    return "fail" if ratio.low > 1 else "warn"
