"""Models refitted on images whose voxels were shuffled inside the lesion: is texture what they use?"""

import zlib
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import SimpleITK as sitk
from sklearn.base import clone

from radiohers._numbers import number_text, percent_text
from radiohers.audit._baselines import add_baseline, auc_text, fit_predict
from radiohers.audit._check import Check, Reason
from radiohers.audit._context import AuditContext
from radiohers.audit._result import AuditLine
from radiohers.audit._rules import CHANCE, is_above_chance
from radiohers.cohort import Case, CaseResult, iter_cases, work_on_cases
from radiohers.crops import Crops
from radiohers.folds import Prepared, prepare
from radiohers.images import read_pair, shuffle_lesion
from radiohers.metrics import Interval

__all__ = ["ShuffledVoxels"]

# Features that differ by less were computed from the same numbers in another order.
_SAME_FEATURE = 1e-6


class ShuffledVoxels(Check):
    """The models refitted after voxels changed places inside the lesion: texture goes, first order and shape stay."""

    code = "AUD014"
    title = "shuffled voxels"
    severity = "warn"
    rule = "warn if the difference to the model may be 0"
    advice = (
        "Do not call the result texture: shape and first-order statistics may reach it. Fit a model of these alone and "
        "report it."
    )
    slow = True
    measure = "difference"

    def applies(self, context: AuditContext) -> Reason | None:
        rows = context.cohort.X
        if "mask" in rows.columns and all(case.mask is not None for case in iter_cases(rows, mask_or_boxes=True)):
            return None
        return Reason(
            "Some cases have no mask, so it is not known which voxels are the lesion.", "Draw masks for all cases."
        )

    def lines(self, context: AuditContext) -> list[AuditLine]:
        reasons = {name: self._why_not(context, name) for name in context.models}
        run = [name for name, reason in reasons.items() if reason is None]
        shuffled = _shuffled_features(context, run) if run else {}
        return [
            self._line(context, name, shuffled[name]) if reason is None else self.not_run(context, reason, name)
            for name, reason in reasons.items()
        ]

    def _why_not(self, context: AuditContext, name: str) -> Reason | None:
        """Return why a model is not refitted."""
        comparison = context.comparison
        if reason := self.leaves_out(context, name, len(comparison.folds)):
            return reason
        if comparison.prepared[name].model is comparison.models[name]:
            return Reason(
                "The model does not begin with a step that learns nothing and takes cohort rows, so its images cannot "
                "be changed.",
                "Give a pipeline that begins with an extractor, such as make_radiomics_pipeline(...).",
            )
        return None

    def _line(self, context: AuditContext, name: str, shuffled: Prepared) -> AuditLine:
        """Refit a model on shuffled lesions, and compare it with itself."""
        if isinstance(shuffled.X, Crops):
            predictions, known = fit_predict(context, {name: shuffled}, self.title), "crops of shuffled lesions"
        else:
            changed = _share_changed(context.comparison.prepared[name].X, shuffled.X)
            if changed == 0:
                # The features of the models are the same: so are their predictions, bit for bit, but for rounding.
                return self._no_texture(context, name)
            predictions = fit_predict(context, {name: shuffled}, self.title)
            known = f"features, of which {percent_text(changed)} changed"
        judge = context.judge
        refitted = judge.judge(predictions)
        add_baseline(context, f"{name} on shuffled voxels", refitted, known)
        own, shuffled_auc = judge.interval(context.judged[name]), judge.interval(refitted)
        what = "AUC of the model minus that on shuffled voxels"
        difference = judge.difference(context.judged[name], refitted, what)
        message = (
            f"Refitted on images whose voxels were shuffled inside the lesion, the AUC is {auc_text(shuffled_auc)} in "
            f"place of {number_text(own.value, apart_from=[CHANCE])}"
        )
        if difference.low > 0:
            return self.line(context, "pass", f"{message}: it needs the texture.", model=name, found=difference)
        if is_above_chance(own):
            message += ": texture inside the lesion may not be what the model uses."
            return self.line(context, "warn", message, model=name, found=difference)
        message += "; as the model is not above chance, this says little."
        return self.line(context, "warn", message, model=name, advice="See the check chance.", found=difference)

    def _no_texture(self, context: AuditContext, name: str) -> AuditLine:
        """Say that a model has no feature that could see the change."""
        message = (
            "None of the model's features changes when voxels are shuffled inside the lesion: they are shape and "
            "first-order statistics, and no texture."
        )
        found = Interval(0.0, np.nan, np.nan, "share of the features that change")
        advice = "Do not call the result texture."
        return replace(self.line(context, "pass", message, model=name, advice=advice, found=found), measure="ratio")


def _shuffled_features(context: AuditContext, names: list[str]) -> dict[str, Prepared]:
    """Extract anew, one image at a time, so that no copy of the cohort is on disk or in memory."""
    models = {name: context.comparison.models[name] for name in names}
    rows = context.cohort.X
    results = work_on_cases(
        partial(
            _shuffled_case,
            models=models,
            columns=[column for column in ("mask_label", "boxes") if column in rows.columns],
            seed=context.random_state,
            stateless=context.comparison.settings["stateless"],
        ),
        iter_cases(rows, context.mask_label),
        n_jobs=context.n_jobs,
        on_error="raise",
        consequence="",
        description="shuffled voxels",
        verbose=context.verbose,
    )
    return {
        name: Prepared(context.comparison.prepared[name].model, _stacked([result.value[name] for result in results]))
        for name in names
    }


def _shuffled_case(
    case: Case, models: dict[str, Any], columns: list[str], seed: int, stateless: list[str]
) -> CaseResult:
    row = pd.DataFrame(index=pd.Index([case.case_id], name="case_id"))
    row["image"] = _cell(shuffled_image(case, seed), row.index)
    row["mask"] = _cell(case.mask, row.index)
    for column in columns:
        row[column] = _cell(getattr(case, column), row.index)
    return CaseResult({name: ready.X for name, ready in prepare(_silent(models), row, stateless).items()})


def _silent(models: dict[str, Any]) -> dict[str, Any]:
    """Return clones that show no progress: there is a bar over all cases already."""
    silent = {name: clone(model) for name, model in models.items()}
    for model in silent.values():
        model.set_params(**{key: 0 for key in model.get_params() if key.rpartition("__")[2] == "verbose"})
    return silent


def _cell(value: Any, index: pd.Index) -> pd.Series:
    # Built cell by cell: pandas would otherwise try to look inside the image.
    cells = pd.Series([None], index=index, dtype=object)
    cells.iat[0] = value
    return cells


def shuffled_image(case: Case, seed: int) -> sitk.Image:
    """Return a case's image, its lesion shuffled by a seed that depends on the case's name and on nothing else."""
    image, lesion = read_pair(case.image, case.mask, case.mask_label, on_mismatch="resample", case_id=case.case_id)
    own_seed = np.random.SeedSequence([seed, zlib.crc32(str(case.case_id).encode())]).generate_state(1)[0]
    return shuffle_lesion(image, lesion, int(own_seed))


def _stacked(parts: list[Any]) -> Any:
    if isinstance(parts[0], pd.DataFrame):
        return pd.concat(parts)
    if isinstance(parts[0], Crops):
        return Crops.concatenate(parts)
    return np.concatenate([np.asarray(part) for part in parts])


def _share_changed(before: Any, after: Any) -> float:
    before, after = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    scale = np.nanmax(np.abs(before), axis=0, initial=0, where=~np.isnan(before))
    distance = np.abs(before - after)
    distance[np.isnan(before) & np.isnan(after)] = 0
    changed = ~(distance <= _SAME_FEATURE * np.maximum(scale, 1e-300)).all(axis=0)
    return float(changed.mean())
