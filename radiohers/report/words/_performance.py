"""The performance in words: a sentence a model, tables, how to read them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from radiohers._numbers import (
    cases_text,
    estimate_text,
    interval_text,
    level_text,
    number_text,
    p_text,
)
from radiohers._wording import counted
from radiohers.metrics import METRICS, metrics_as_shown
from radiohers.report.facts import (
    MAX_SINGLE_FEATURES,
    ChanceFacts,
    Estimate,
    Reason,
    ReportFacts,
    SplitLevel,
    Tested,
)
from radiohers.report.facts import TestName as Name
from radiohers.report.words._blocks import Cell, Found, Row, Table, grouped
from radiohers.report.words._models import fitting_text

__all__ = [
    "HOLM_NOTE",
    "REASONS",
    "calibration_lines",
    "chance_table",
    "explanation_lines",
    "pairs_table",
    "performance_notes",
    "performance_tables",
    "searches_table",
    "settings_texts",
    "summary",
    "threshold_text",
    "usefulness_lines",
]

N_MAIN = 4
# Student's t for 95 % is 12.7 with one, 4.3 with two and 3.2 with three.
_FEW_DEGREES = 2
_TESTS = {
    Name.RESAMPLED_T: "corrected t",
    Name.DELONG: "DeLong",
    Name.MCNEMAR: "McNemar",
    Name.PERMUTATION: "permutation",
}
_OVER_FOLDS = (
    "Over folds the corrected resampled t-test is the one to report: the test cases of one fold train the models of "
    "the others, which the other tests do not allow for, so that their p-values are too small."
)
HOLM_NOTE = "Below each p-value stands the one corrected by Holm for the number of rows."
REASONS = {
    Reason.BETTER: "Better than chance: the interval lies above 0.5.",
    Reason.NOT_BY_PATIENT: "The interval lies above 0.5.",
    Reason.NOT_CONFIRMED: "The interval lies above 0.5, but the test does not confirm it: not shown to beat chance.",
    Reason.HOLDS_CHANCE: "Not shown to beat chance: the interval holds 0.5.",
    Reason.WORSE: "Worse than chance: the interval lies below 0.5. Look for a fault before anything else.",
    Reason.NO_INTERVAL: "Not shown to beat chance: there is no interval of the AUC.",
}
_CALIBRATION = ("calibration_slope", "calibration_intercept", "brier_score", "expected_calibration_error")


def summary(report: ReportFacts) -> tuple[Found, ...]:
    """Return what was found, one honest sentence a model."""
    return tuple(Found(one.model, _found(report, one), one.verdict) for one in report.chance)


def _found(report: ReportFacts, one: ChanceFacts) -> str:
    settings, split = report.settings, report.split
    over = f"mean over the test parts of {one.n_folds} folds" if one.n_folds > 1 else "on the test part"
    reported, cell = one.shown[0], _cell(one.auc, METRICS["auc"].apart_from)
    corrected = ", corrected by Holm" if len(report.models) > 1 else ""
    interval = f"{level_text(settings.confidence_level)} interval {cell.interval}: {one.auc.method}"
    p_value = p_text(reported.p_holm, alpha=settings.alpha, equals="= ")
    against = f"p {p_value} against chance ({_TESTS[reported.test]}{corrected})"
    found = one.auc.method if math.isnan(one.auc.value) else f"{cell.value} ({interval}), {over}, {against}"
    meaning = REASONS[one.reason]
    if split.level is SplitLevel.OPTIMISTIC:
        meaning += " The split is optimistic, so this says nothing about new patients."
    elif split.level is SplitLevel.NOT_GIVEN:
        meaning += " Patients were not given: this holds for new ones only if no patient has two of these cases."
    return (
        f"AUC {found}; {cases_text(one.n_cases, one.n_patients)}, {one.n_positive} of the cases positive; split: "
        f"{split.description}. {meaning}"
    )


def _cell(estimate: Estimate, apart_from: Sequence[float]) -> Cell:
    return Cell(
        number_text(estimate.value, apart_from=apart_from),
        interval_text(estimate.low, estimate.high, apart_from=apart_from),
    )


def performance_tables(report: ReportFacts) -> tuple[Table, ...]:
    """Return the performance: a table of the main measures, and one of further measures."""
    level, values = _level(report), {(row.model, row.part, row.metric): row for row in report.performance}
    metrics, models = _defined_metrics(report), list(dict.fromkeys(row.model for row in report.performance))

    def cell(model: str, part: str, metric: str) -> Cell:
        row = values[model, part, metric]
        return Cell("–", row.method) if math.isnan(row.value) else _cell(row, METRICS[metric].apart_from)

    main: list[Row] = [
        (
            *(model, part),
            *(cell(model, part, metric) for metric in metrics[:N_MAIN]),
            f"{auc.n_cases} ({auc.n_positive})",
        )
        for model in models
        # The result stands above the training part.
        for part in ("test", "train")
        for auc in [values.get((model, part, "auc"))]
        if auc is not None
    ]
    columns = ("model", "part", *(f"{METRICS[name].label} ({level})" for name in metrics[:N_MAIN]), "cases (positive)")
    # One measure a row, so that the table stays as narrow as there are models.
    more: list[Row] = [
        (METRICS[name].label, *(cell(model, "test", name) for model in models)) for name in metrics[N_MAIN:]
    ]
    label, measures = "Further measures of performance on the test parts", (f"{model} ({level})" for model in models)
    further = Table("Further measures", label, ("measure", *measures), tuple(more))
    return (Table("", "Performance", columns, tuple(main), part_column=1), *[further] * bool(more))


def _defined_metrics(report: ReportFacts) -> list[str]:
    defined = {row.metric for row in report.performance if not math.isnan(row.value)}
    return [metric.name for metric in metrics_as_shown() if metric.name in defined]


def performance_notes(report: ReportFacts) -> tuple[str, ...]:
    """Return what the numbers and intervals are."""
    split, settings = report.split, report.settings
    lines = [f"Split: {split.description}, {counted(split.n_folds, 'fold')}."]
    if split.n_folds > 1:
        lines.append(
            "Of several folds each number is the mean: over folds, or over repeats of all folds of a repeat put "
            "together, as the methods below say. The pooled AUC ranks the predictions of all folds of a repeat "
            "together, and is lower where folds differ in the level of their scores."
        )
    lines += [
        "Rows named train are predictions of the cases that the model was fitted on: they show overfitting, not "
        "performance.",
        "The table of further measures is that of the test parts; JSON has the training parts too.",
        *(f"Intervals by {method}: {names}." for method, names in _metrics_by_method(report).items()),
    ]
    if any(row.is_resampled for row in report.performance):
        lines.append(
            f"Bootstraps have {settings.n_bootstraps} resamples of the {settings.unit}s and keep the models as "
            "they were fitted: they do not hold the spread that other training sets would add. The corrected resampled "
            "t over folds does."
        )
    if split.degrees_of_freedom is not None and split.degrees_of_freedom <= _FEW_DEGREES:
        lines.append(
            "Folds this few hardly show how the result varies with them, and the interval over folds may span nearly "
            "everything. Five folds or more make it narrower; repeats of the same few do not."
        )
    return (*lines, f"Classes are told apart by {threshold_text(settings.threshold)}.")


def _metrics_by_method(report: ReportFacts) -> dict[str, str]:
    metrics = _defined_metrics(report)
    parts: dict[str, dict[str, set[str]]] = {}
    for row in report.performance:
        if row.metric in metrics and not (math.isnan(row.low) and math.isnan(row.high)):
            parts.setdefault(row.method, {}).setdefault(row.metric, set()).add(row.part)
    return {
        method: ", ".join(
            METRICS[metric].label + " (training part)" * ("test" not in where) for metric, where in of_method.items()
        )
        for method, of_method in parts.items()
    }


def threshold_text(threshold: str | float) -> str:
    """Return how a score becomes a class, for the middle of a sentence."""
    if threshold == "youden":
        return "the threshold with the highest Youden index on the training part of each fold"
    return f"the fixed threshold {threshold:g}"


def settings_texts(report: ReportFacts) -> dict[str, tuple[str, str]]:
    """Return the settings of the comparison: field to label and text."""
    split, settings = report.split, report.settings
    return {
        "description": ("split", split.description),
        "cv": ("cross-validation", split.cv),
        "n_folds": ("folds", str(split.n_folds)),
        "learns": ("fitted on the training part of each fold", fitting_text(report.models)),
        "threshold": ("threshold", threshold_text(settings.threshold)),
        "n_bootstraps": ("bootstrap resamples", str(settings.n_bootstraps)),
        "confidence_level": ("confidence level", level_text(settings.confidence_level)),
        "seed": ("seed", settings.seed),
    }


def pairs_table(report: ReportFacts) -> Table:
    """Return the differences between the models, pair by pair."""
    apart_from = METRICS["auc"].apart_from
    cells: list[Row] = [
        (
            f"{pair.model_a} – {pair.model_b}",
            " – ".join(number_text(auc, apart_from=apart_from) for auc in (pair.auc_a, pair.auc_b)),
            _cell(pair.difference, (0.0,)),
        )
        for pair in report.pairs
    ]
    note = (
        "The difference is that of the mean AUCs on the test parts, first model minus second, on the same folds; its "
        f"interval: {_joined(pair.difference.method for pair in report.pairs)}."
    )
    table = Table(
        "Pairs of models", "Comparison of the models", ("models", "AUCs", "difference"), tuple(cells), (note,)
    )
    return _with_tests(report, table, report.pairs)


def chance_table(report: ReportFacts) -> Table:
    """Return the models against chance."""
    rows = tuple((one.model, _cell(one.auc, METRICS["auc"].apart_from)) for one in report.chance)
    table = Table("Against chance", "The models against chance", ("model", "AUC"), rows)
    return _with_tests(report, table, report.chance)


def _with_tests(report: ReportFacts, table: Table, tested: Sequence[Tested]) -> Table:
    """Return a table whose last column is an estimate with the tests of each row beside it."""
    *columns, estimate = table.columns
    written = partial(p_text, alpha=report.settings.alpha)
    methods = grouped((test.test, test.method) for one in tested for test in one.shown)
    joined = "; ".join(map(_joined, methods.values()))
    over_folds = [_OVER_FOLDS] * (Name.RESAMPLED_T in methods)
    return replace(
        table,
        columns=(*columns, f"{estimate} ({_level(report)})", *(f"p ({_TESTS[Name(name)]})" for name in methods)),
        rows=tuple(
            (*row, *(Cell(written(test.p_value), f"Holm {written(test.p_holm)}") for test in one.shown))
            for row, one in zip(table.rows, tested, strict=True)
        ),
        notes=(*table.notes, f"The p-values, from left to right: {joined}.", *over_folds, HOLM_NOTE),
    )


def _level(report: ReportFacts) -> str:
    return f"{level_text(report.settings.confidence_level)} CI"


def _joined(texts: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(texts))


def searches_table(report: ReportFacts) -> Table:
    """Return what the nested searches chose in each fold."""
    rows = [
        (
            choice.model,
            f"{choice.repeat}.{choice.fold}",
            ", ".join(f"{name} = {value}" for name, value in choice.params.items()),
            number_text(choice.inner_score),
        )
        for choice in report.searches
    ]
    inner = _joined(choice.inner_cv for choice in report.searches)
    inner += ", of cases, since patients were not given" * (report.cohort.n_patients is None)
    note = (
        f"Each outer fold was searched by itself, on its training part alone, by inner folds: {inner}. The inner "
        "score is that of the best of all candidates, and too good for that reason; the result is that of the "
        "outer test parts."
    )
    heading = "What the inner searches chose"
    return Table(heading, heading, ("model", "repeat.fold", "chosen", "inner score"), tuple(rows), (note,))


def calibration_lines(report: ReportFacts) -> tuple[str, ...]:
    """Return the calibration of each model in numbers, and how to read it; empty if no scores are probabilities."""
    if not report.probable:
        return ()
    rows = {(row.model, row.metric): row for row in report.performance if row.part == "test"}
    lines = []
    for model in report.probable:
        of_metrics = [rows[model, metric] for metric in _CALIBRATION]
        numbers = [
            f"{METRICS[row.metric].label} {estimate_text(row.value, row.low, row.high, missing='none')}"
            for row in of_metrics
        ]
        lines.append(f"{model}, test parts: {', '.join(numbers)}.")
    return (
        *lines,
        "A perfect slope is 1 and a perfect intercept 0. A slope below 1 means that probabilities are too extreme, as "
        "those of overfitted models are; an intercept above 0 that they are too low. An AUC says nothing of this.",
    )


def usefulness_lines(report: ReportFacts) -> tuple[str, ...]:
    """Return the net benefit of each model at the prevalence, and how to read it."""
    if not report.usefulness:
        return ()
    cohort, unit = report.cohort, report.unit_of_benefit
    prevalence = number_text(cohort.positive.n_cases / cohort.n_cases)
    lines = [
        f"{model}, test parts: net benefit {estimate_text(one.value, one.low, one.high)} per {unit} at the threshold "
        f"probability {prevalence}."
        for model, one in report.usefulness.items()
    ]
    return (
        *lines,
        f"{prevalence} is the prevalence in this cohort, where treating all and treating none are both "
        "worth 0 or close to it. Which threshold matters depends on what a needless treatment costs against a missed "
        "one: choose it for clinical reasons, and read the curve there. A cohort with another prevalence has other "
        "curves.",
    )


def explanation_lines(report: ReportFacts) -> tuple[str, ...]:
    """Return how to read what looks into the models, and what was left out."""
    lines = []
    if any(figure.section == "explanation" for figure in report.figures):
        lines.append(
            "These figures show what the models used, not what causes the label. A feature that is only correlated "
            "with size, or with how the image was made, is shown just as well: see the audit for these."
        )
    if not report.has_auc:
        lines.append(
            "No test part has both classes, so there is no AUC that could drop, and the importance of features is left "
            "out. Folds of several patients with both classes (StratifiedGroupKFold) have one."
        )
    if report.not_permuted:
        lines.append(
            f"The importance of single features takes long where they are more than {MAX_SINGLE_FEATURES}, and "
            f"is left out for {', '.join(report.not_permuted)}: plot_feature_importance draws it."
        )
    return tuple(lines)
