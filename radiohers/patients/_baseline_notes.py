"""What has to be said below a table of patients."""

from collections.abc import Iterator, Sequence
from typing import Any

from radiohers.patients._baseline_groups import Counting
from radiohers.patients._baseline_tests import METHODS
from radiohers.patients._baseline_variables import Choices, LeftOut

__all__ = ["notes_of"]


def notes_of(
    counting: Counting,
    variables: Sequence[dict[str, Any]],
    left_out: Sequence[LeftOut],
    choices: Choices,
    n_groups: int,
) -> list[str]:
    """Return the sentences below the table: what is counted, shown, tested, missing and left out."""
    notes = [_on_counting(counting, variables), *_on_statistics(variables, choices)]
    if n_groups > 1:
        notes += _on_tests(variables, choices)
    notes += _on_missing(variables)
    notes += [note for variable in variables for note in variable["notes"]]
    if left_out:
        columns = "; ".join(f"{column.name} ({column.reason})" for column in left_out)
        notes.append(f"Not described: {columns}. A text that is named in 'columns' is described.")
    if not variables:
        notes.append("There is no column to describe.")
    return notes


def _on_counting(counting: Counting, variables: Sequence[dict[str, Any]]) -> str:
    if not counting.patients_given:
        return "Cases are counted: patients were not given."
    if not counting.n_with_several:
        return "Patients are counted; each has one case."
    several = f"{counting.n_with_several} of {counting.n_patients} patients have several cases"
    if counting.n_crossing:
        verb = "has" if counting.n_crossing == 1 else "have"
        return (
            f"Cases are counted, not patients: {counting.n_crossing} of {counting.n_patients} patients {verb} cases in "
            "more than one group."
        )
    if counting.asked_by_case:
        return f"Cases are counted, not patients, as was asked for; {several}."
    by_case = [variable["name"] for variable in variables if variable["unit"] == "cases"]
    text = f"Patients are counted, each once; {several}."
    if by_case:
        text += f" What differs between the cases of a patient is described by case: {', '.join(by_case)}."
    return text


def _on_statistics(variables: Sequence[dict[str, Any]], choices: Choices) -> Iterator[str]:
    shown = {variable["statistic"] for variable in variables}
    if "median (IQR)" in shown:
        yield "Median (IQR): median (25th to 75th percentile, by linear interpolation)."
    if "mean ± SD" in shown:
        yield "Mean ± SD: standard deviation with n - 1."
    if "n (%)" in shown:
        yield "n (%): percent of the values that are not missing."
    if choices.nonnormal == "auto" and shown & {"median (IQR)", "mean ± SD"}:
        yield (
            "Means are shown where every group has 8 values or more and the Shapiro-Wilk test gives p >= 0.05 in each, "
            "medians elsewhere."
        )


def _on_tests(variables: Sequence[dict[str, Any]], choices: Choices) -> Iterator[str]:
    used = dict.fromkeys(variable["test"] for variable in variables if variable["test"])
    for name in used:
        chosen = METHODS.get(name, "a function given by the user")
        yield f"{name}: {chosen}."
    named = [variable["name"] for variable in variables if variable["name"] in choices.tests]
    if named:
        yield f"Tests named by the user: {', '.join(named)}."
    dependent = [v["name"] for v in variables if v["unit"] == "cases" and v["test"]]
    if dependent:
        yield (
            f"The p-value of {', '.join(dependent)} takes the cases of one patient for independent, which they are "
            "not; it may be far too small."
        )
    reasons = dict.fromkeys(variable["no_test"] for variable in variables if variable["no_test"])
    for reason in reasons:
        columns = [variable["name"] for variable in variables if variable["no_test"] == reason]
        of_which = "s" if len(columns) == len(variables) else f" for {', '.join(columns)}"
        yield f"No p-value{of_which}: {reason}."
    n_tests = sum(variable["p_value"] is not None for variable in variables)
    if n_tests > 1:
        yield f"The {n_tests} p-values are two-sided and not corrected for their number."


def _on_missing(variables: Sequence[dict[str, Any]]) -> Iterator[str]:
    missing = [f"{variable['name']} ({variable['n_missing']})" for variable in variables if variable["n_missing"]]
    if missing:
        yield f"Missing values: {', '.join(missing)}; they take part in no percentage and no test."
    elif variables:
        yield "No value is missing."
