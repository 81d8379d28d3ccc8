"""What each column of acquisition or clinical data knows of the label by itself."""

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from radiohers._numbers import number_text
from radiohers.audit._baselines import TableCheck, auc_row, auc_text, fit_predict
from radiohers.audit._check import NO_AUC
from radiohers.audit._context import AuditContext
from radiohers.audit._result import AuditLine
from radiohers.audit._rules import column_level
from radiohers.audit._tables import acquisition_table, clinical_table, cramers_v, table_model
from radiohers.folds import Prepared
from radiohers.metrics import Interval

__all__ = ["AcquisitionColumn", "ClinicalColumn"]

# Above this rank correlation of the sizes of images and lesions, images were cut to the lesions.
_CROPPED = 0.9


class ColumnCheck(TableCheck):
    """Each column of a table by itself."""

    measure = "auc"
    kind: ClassVar[Literal["acquisition", "clinical"]]
    too_much: ClassVar[str]

    def note(self, context: AuditContext) -> str:
        """Return what is said in the last line."""
        return self.table(context).left_out_text()

    def lines(self, context: AuditContext) -> list[AuditLine]:
        X = self.table(context).X
        models = {str(name): Prepared(table_model(X[[name]]), X[[name]]) for name in X.columns}
        predictions = fit_predict(context, models, f"{self.kind} columns")
        lines, rows, others = [], {}, {}
        for name in X.columns:
            judged = context.judge.judge(predictions[predictions["model"] == str(name)])
            auc = context.judge.interval_as_fitted(judged, f"AUC of {name} alone", len(models))
            is_text = not is_numeric_dtype(X[name])
            strength = cramers_v(X[name], context.is_positive.to_numpy()) if is_text else np.nan
            known = {"cramers_v": strength, "n_values": X[name].nunique()}
            rows[str(name)] = {"kind": self.kind, **auc_row(auc, **known)}
            level = column_level(auc, self.kind)
            if level == "pass":
                others[str(name)] = auc
                continue
            cramer = f", Cramér's V {number_text(strength)}" if is_text else ""
            message = f"{name} predicts the label: AUC {auc_text(auc)} by itself{cramer}."
            lines.append(self.line(context, level, message, found=auc))
        context.add_rows("columns", pd.DataFrame.from_dict(rows, orient="index").rename_axis("column"))
        if others:
            lines.append(self._line_of_others(context, others, bool(lines)))
        lines[-1] = replace(lines[-1], message=lines[-1].message + self.note(context))
        return lines

    def _line_of_others(self, context: AuditContext, aucs: dict[str, Interval], are_rest: bool) -> AuditLine:
        """Return the line of all columns that are not too much."""
        defined = {name: auc for name, auc in aucs.items() if not np.isnan(auc.value)}
        if not defined:
            return self.not_run(context, NO_AUC)
        best = max(defined, key=lambda name: defined[name].value)
        message = (
            f"None of {'the other ' * are_rest}{len(aucs)} columns is {self.too_much} by itself; the most is {best} "
            f"with an AUC of {auc_text(defined[best])}."
        )
        return self.line(context, "pass", message, found=defined[best])


class AcquisitionColumn(ColumnCheck):
    """Each column of the acquisition alone."""

    code = "AUD011"
    title = "acquisition column"
    severity = "fail"
    rule = "fail if above chance and 0.8 or more; warn if above chance"
    advice = "Compare within one value of this column, or balance it between the classes, before anything is concluded."
    kind = "acquisition"
    too_much = "above chance"
    table = staticmethod(acquisition_table)

    def note(self, context: AuditContext) -> str:
        sizes = context.sizes[["image_ml", "lesion_box_ml"]]
        rank_correlation = float(sizes[sizes["lesion_box_ml"] > 0].rank().corr().to_numpy()[0, 1])
        left_out = super().note(context)
        if not rank_correlation > _CROPPED:
            return left_out
        return (
            f" Images seem to be cut to the lesions (rank correlation of their sizes {number_text(rank_correlation)}), "
            f"so that their size is that of the lesion.{left_out}"
        )


class ClinicalColumn(ColumnCheck):
    """Each clinical column alone: whether it is the label in other words."""

    code = "AUD013"
    title = "clinical column"
    severity = "warn"
    rule = "warn if above chance and 0.9 or more"
    advice = "Find out whether it was known before the label, or was made from it; if so, leave it out."
    kind = "clinical"
    too_much = "close to the label"
    table = staticmethod(clinical_table)
