"""What can be had without looking at the lesion: baselines on the same folds."""

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from radiohers._numbers import cases_text, number_text, percent_text
from radiohers._wording import listed
from radiohers.audit._check import ALL_MODELS, NO_AUC, Check, Reason
from radiohers.audit._context import AuditContext
from radiohers.audit._result import AuditLine, Level
from radiohers.audit._rules import CHANCE, comparison_level, is_above_chance
from radiohers.audit._tables import (
    BaselineTable,
    acquisition_table,
    clinical_table,
    majority_model,
    table_model,
    volume_table,
)
from radiohers.folds import Prepared, predict_folds
from radiohers.metrics import Interval
from radiohers.results import Judged

__all__ = ["Acquisition", "Clinical", "LesionVolume", "MajorityClass"]


def auc_row(auc: Interval, **others: Any) -> dict[str, Any]:
    """Return an AUC as a row of one of the tables of an audit."""
    return {"auc": auc.value, "auc_low": auc.low, "auc_high": auc.high, **others, "interval": auc.method}


def add_baseline(context: AuditContext, name: str, judged: Judged, known: str) -> None:
    """Put a model that knows nothing of what is in the lesion into :attr:`Audit.baselines`, with what it knows."""
    auc = context.judge.interval_as_fitted(judged)
    row = auc_row(auc, above_chance=is_above_chance(auc), n=context.n, columns=known)
    context.add_rows("baselines", pd.DataFrame([row], index=pd.Index([name], name="baseline")))


def fit_predict(context: AuditContext, models: dict[str, Prepared], what: str) -> pd.DataFrame:
    """Return the predictions of baselines on the comparison's folds; `what` names the progress bar."""
    comparison = context.comparison
    return predict_folds(
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
    ).predictions


def auc_text(interval: Interval) -> str:
    """Write an AUC with its interval."""
    return interval.text(apart_from=[CHANCE])


class MajorityClass(Check):
    """The accuracy of always naming the more frequent class."""

    code = "AUD008"
    title = "majority class"
    severity = "warn"
    rule = "warn if the difference to the model may be 0"
    advice = "Do not report its accuracy without this one; judge it by AUC, sensitivity and specificity."
    measure = "difference"

    def lines(self, context: AuditContext) -> list[AuditLine]:
        judge, majority = context.judge, Prepared(majority_model(context.comparison.y), np.zeros((context.n, 1)))
        always = judge.judge(fit_predict(context, {"majority": majority}, self.title), "accuracy")
        lines = []
        for model in context.models:
            own = judge.judge(context.comparison.rows(model), "accuracy")
            found = judge.difference(own, always, "accuracy minus that of the majority class")
            message = (
                f"Always naming the more frequent class is right in {percent_text(always.value)} of cases, the model "
                f"in {percent_text(own.value)}."
            )
            level: Level = "pass" if found.low > 0 else "warn"
            lines.append(self.line(context, level, message, model=model, found=found))
        return lines


class TableCheck(Check):
    """Asks what a table of other data knows of the label."""

    # Of checks whose table is the same for all models.
    table: ClassVar["staticmethod[[AuditContext], BaselineTable]"]

    def applies(self, context: AuditContext) -> Reason | None:
        return self.table(context).why_empty()


class BaselineCheck(TableCheck):
    """The AUC of a model that knows one trivial thing, on the same folds."""

    severity = "fail"
    rule = (
        "fail if the baseline is above chance and at least as good as the model; warn if the difference to the model "
        "may be 0, in a line of its own where the baseline is above chance"
    )
    measure = "difference"
    classifiers: ClassVar[tuple[str, ...]] = ("lr",)

    def tables(self, context: AuditContext) -> Iterable[tuple[pd.DataFrame, list[str]]]:
        """Return what the baselines know, one row a case, with the models that it may explain."""
        return [(self.table(context).X, context.models)]

    def lines(self, context: AuditContext) -> list[AuditLine]:
        return [line for X, models in self.tables(context) for line in self._lines_of(context, X, models)]

    def _lines_of(self, context: AuditContext, X: pd.DataFrame, models: list[str]) -> list[AuditLine]:
        """Compare models with one baseline a classifier, each fitted on a table."""
        prepared = {
            f"{self.title} ({classifier.upper()})": Prepared(table_model(X, classifier, context.random_state), X)
            for classifier in self.classifiers
        }
        predictions = fit_predict(context, prepared, self.title)
        known = listed(X.columns, 20, separator="; ")
        lines = []
        for name in prepared:
            baseline = context.judge.judge(predictions[predictions["model"] == name])
            add_baseline(context, name, baseline, known)
            found = [self._line(context, name, baseline, model) for model in models]
            lines += [line for line in found if line is not None]
        return lines

    def _line(self, context: AuditContext, name: str, baseline: Judged, model: str) -> AuditLine | None:
        """Compare a model with a baseline, paired; what the cases are too few to show is kept for one line."""
        judge, judged = context.judge, context.judged[model]
        own, alone = judge.interval(judged), judge.interval_as_fitted(baseline)
        difference = judge.difference(judged, baseline, f"AUC of the model minus {name}")
        if np.isnan(difference.value):
            return self.not_run(context, NO_AUC, model)
        own_text = number_text(own.value, apart_from=[CHANCE])
        level = comparison_level(own, alone, difference)
        if level == "warn" and not is_above_chance(alone):
            text = f"{model} ({own_text}) minus {name}: {difference.text(apart_from=[0])}"
            context.not_shown.append(self.line(context, level, text, model=model, found=difference))
            return None
        its = f"that of the model ({own_text})"
        verdict = {
            "fail": f"above chance, and at least {its}",
            "warn": f"above chance; {its} is not shown to be higher, by {difference.text(apart_from=[0])}",
            "pass": f"less than {its}",
        }[level]
        message = f"{name} alone has an AUC of {auc_text(alone)}, {verdict}."
        return self.line(context, level, message, model=model, found=difference)


class LesionVolume(BaselineCheck):
    """Logistic regression on the logarithms of the volume in ml and the number of voxels."""

    code = "AUD009"
    title = "lesion volume"
    advice = "Report the volume's AUC beside the model's; say what the model adds to the size of a lesion."
    table = staticmethod(volume_table)


class Acquisition(BaselineCheck):
    """Logistic regression and random forest on spacing, image size and the table's site, scanner, kernel and so on."""

    code = "AUD010"
    title = "acquisition"
    advice = (
        "Resample all images to one grid, harmonise inside the folds, compare within one site or protocol, or validate "
        "on images of another."
    )
    classifiers = ("lr", "rf")
    table = staticmethod(acquisition_table)


class Clinical(BaselineCheck):
    """Logistic regression on the other columns of the table."""

    code = "AUD012"
    title = "clinical"
    advice = "Report the clinical AUC beside the model's; say what the images add to it, if anything."
    table = staticmethod(clinical_table)


def not_shown_lines(context: AuditContext) -> list[AuditLine]:
    """Return one line for all differences from baselines that these cases are too few to show, or none."""
    found = context.not_shown
    if not found:
        return []
    models = dict.fromkeys(line.model for line in found)
    message = (
        f"With {cases_text(context.n, context.comparison.n_patients())} these differences are not shown to be above "
        f"0, though no baseline among them is above chance: {'; '.join(line.message for line in found)}."
    )
    return [
        AuditLine(
            ", ".join(dict.fromkeys(line.code for line in found)),
            ", ".join(dict.fromkeys(line.check for line in found)),
            ALL_MODELS if len(models) == len(context.models) else ", ".join(models),
            "warn",
            message,
            "Report the baselines' AUCs beside the models'. More patients would narrow the intervals.",
            n=context.n,
        )
    ]
