"""Models refitted on images whose voxels were shuffled inside the lesion: is texture what they use?"""

import zlib
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import SimpleITK as sitk
from sklearn.base import clone

from radiohers._numbers import number_text, percent_text
from radiohers.audit._baselines import Baseline, auc_text, fit_predict
from radiohers.audit._context import AuditContext, is_costly
from radiohers.audit._result import AuditLine
from radiohers.audit._rules import CHANCE, is_above_chance
from radiohers.cohort import Case, CaseResult, iter_cases, work_on_cases
from radiohers.crops import Crops
from radiohers.folds import Prepared, prepare
from radiohers.images import read_pair, shuffle_lesion

__all__ = ["shuffled_voxel_lines"]

CHECK = "shuffled voxels"
# Features that differ by less were computed from the same numbers in another order.
_SAME_FEATURE = 1e-6


def shuffled_voxel_lines(context: AuditContext) -> tuple[list[AuditLine], list[Baseline]]:
    """Refit the models on shuffled lesions, and compare them with the models themselves.

    Parameters
    ----------
    context : AuditContext
        The comparison and its cohort.

    Returns
    -------
    lines : list of AuditLine
        One a model.
    baselines : list of Baseline
        The refitted models.
    """
    comparison = context.comparison
    reasons = {name: _why_not(context, name) for name in comparison.models}
    run = [name for name, reason in reasons.items() if reason is None]
    refitted: dict[str, pd.DataFrame] = {}
    changed: dict[str, float] = {}
    shuffled = _shuffled_features(context, run) if run else {}
    for name, ready in shuffled.items():
        if not isinstance(ready.X, Crops):
            changed[name] = _share_changed(comparison.prepared[name].X, ready.X)
        # The features of the models are the same: so are their predictions, bit for bit, but for rounding.
        if changed.get(name) != 0:
            refitted[name] = fit_predict(context, {name: ready}, CHECK)
    lines, baselines = [], []
    for name in comparison.models:
        if reasons[name] is not None:
            lines.append(AuditLine(CHECK, name, "not run", *reasons[name], n=context.n))
        elif name not in refitted:
            lines.append(_no_texture(context, name))
        else:
            judged = context.judge.judge(refitted[name])
            baselines.append(Baseline(CHECK, f"{name} on shuffled voxels", judged, _known(changed.get(name))))
            lines.append(_line(context, name, baselines[-1]))
    return lines, baselines


def _why_not(context: AuditContext, name: str) -> tuple[str, str] | None:
    comparison = context.comparison
    rows = context.cohort.X
    if "mask" not in rows.columns or any(case.mask is None for case in iter_cases(rows, mask_or_boxes=True)):
        return "Some cases have no mask, so it is not known which voxels are the lesion.", "Draw masks for all cases."
    model = comparison.models[name]
    if is_costly(model) and CHECK not in context.named:
        n_fits = len(comparison.folds)
        return (
            f"It would take {n_fits} more trainings of a network or search.",
            f'To run it all the same, name it: audit(..., checks=["{CHECK}"]).',
        )
    if comparison.prepared[name].model is model:
        return (
            "The model does not begin with a step that learns nothing and takes cohort rows, so its images cannot be "
            "changed.",
            "Give a pipeline that begins with an extractor, such as make_radiomics_pipeline(...).",
        )
    return None


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


def _known(share_changed: float | None) -> str:
    if share_changed is None:
        return "crops of shuffled lesions"
    return f"features, of which {percent_text(share_changed)} changed"


def _no_texture(context: AuditContext, name: str) -> AuditLine:
    return AuditLine(
        CHECK,
        name,
        "pass",
        "None of the model's features changes when voxels are shuffled inside the lesion: they are shape and "
        "first-order statistics, and no texture.",
        "Do not call the result texture.",
        value=0.0,
        method="share of the features that change",
        n=context.n,
    )


def _line(context: AuditContext, name: str, baseline: Baseline) -> AuditLine:
    judge = context.judge
    own, shuffled = judge.interval(context.judged[name]), judge.interval(baseline.judged)
    difference = judge.difference(
        context.judged[name], baseline.judged, "AUC of the model minus that on shuffled voxels"
    )
    message = f"Refitted on images whose voxels were shuffled inside the lesion, the AUC is {auc_text(shuffled)} "
    message += f"in place of {number_text(own.value, apart_from=[CHANCE])}"
    if difference.low > 0:
        return AuditLine(CHECK, name, "pass", f"{message}: it needs the texture.", "", *difference, n=context.n)
    if is_above_chance(own):
        message += ": texture inside the lesion may not be what the model uses."
        advice = (
            "Do not call the result texture: shape and first-order statistics may reach it. Fit a model of these alone "
            "and report it."
        )
    else:
        message += "; as the model is not above chance, this says little."
        advice = "See the check chance."
    return AuditLine(CHECK, name, "warn", message, advice, *difference, n=context.n)
