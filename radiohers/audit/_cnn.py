"""What networks on crops see beside the lesion: where they look, and how crops were cut."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import _safe_indexing
from tqdm import tqdm

from radiohers._numbers import percent_text
from radiohers.audit._baselines import Baseline, compare_with, table_baselines
from radiohers.audit._context import AuditContext, networks
from radiohers.audit._result import AuditLine
from radiohers.audit._rules import map_level
from radiohers.explain import grad_cam, lesion_share
from radiohers.folds import fit_first_fold
from radiohers.metrics import Interval, expanded_tail, patient_weights

__all__ = ["crop_geometry_lines", "grad_cam_lines"]

_NO_NETWORK = "No model is a network on crops (CaseCNNClassifier)."
CAM_CHECK = "Grad-CAM outside the lesion"
GEOMETRY_CHECK = "crop geometry"


def grad_cam_lines(context: AuditContext) -> list[AuditLine]:
    """Return, for each network, which share of its Grad-CAM lies outside the lesion on crops of held-out patients.

    Parameters
    ----------
    context : AuditContext
        The comparison and its cohort.

    Returns
    -------
    list of AuditLine
        The value is the share of the maps outside the lesion over the share of the area outside it.
    """
    names = networks(context.comparison)
    if not names:
        return [AuditLine(CAM_CHECK, "all models", "not run", _NO_NETWORK, n=context.n)]
    bar = tqdm(names, desc="Grad-CAM of the first fold", unit="network", disable=not context.verbose)
    return [_cam_line(context, name) for name in bar]


def _cam_line(context: AuditContext, name: str) -> AuditLine:
    comparison = context.comparison
    fitted = fit_first_fold(comparison, name)
    test = comparison.folds[0].test
    crops = fitted.make_crops(_safe_indexing(comparison.prepared[name].X, test))
    if crops.lesion is None:
        return AuditLine(
            CAM_CHECK, name, "not run", "The crops have no lesion masks, only rectangles.", "Draw masks.", n=len(test)
        )
    maps = grad_cam(fitted.classifier_, crops)
    there = maps.reshape(len(maps), -1).any(axis=1)
    if not there.any():
        return AuditLine(
            CAM_CHECK, name, "not run", "All maps are 0: nothing speaks for the predicted classes.", n=len(test)
        )
    of_crops = pd.DataFrame({"map": _outside(maps, crops), "area": _outside(np.ones_like(maps), crops)})
    of_cases = of_crops[there].groupby(crops.case[there]).mean()
    ratio = _ratio(context, test[of_cases.index.to_numpy()], of_cases)
    level = map_level(ratio)
    map_share, area_share = of_cases["map"].mean(), of_cases["area"].mean()
    return AuditLine(
        CAM_CHECK,
        name,
        level,
        f"{percent_text(map_share)} of the maps and {percent_text(area_share)} of the area lie outside the lesion and "
        f"its rim (test part of the first fold, {int(there.sum())} of {len(maps)} crops).",
        ""
        if level == "pass"
        else "Look at the maps (GradCamDisplay). Refit on crops in which all but the lesion is blank: what is then "
        "lost was not the lesion.",
        *ratio,
        n=len(of_cases),
    )


def _outside(maps: np.ndarray, crops: Any) -> np.ndarray:
    return lesion_share(maps, crops)["outside"].to_numpy()


def _ratio(context: AuditContext, positions: np.ndarray, shares: pd.DataFrame) -> Interval:
    judge, settings = context.judge, context.comparison.settings
    groups, y = context.groups[positions], context.is_positive.to_numpy()[positions]
    rng = np.random.default_rng(settings["random_state"])
    weights = patient_weights(groups, y, settings["n_bootstraps"], rng)
    value = shares["map"].mean() / shares["area"].mean()
    draws = (weights @ shares["map"].to_numpy()) / (weights @ shares["area"].to_numpy())
    tail = expanded_tail(len(np.unique(groups)), judge.confidence_level)
    low, high = np.quantile(draws, [tail, 1 - tail])
    unit = context.comparison.unit
    method = f"share of the maps over share of the area outside the lesion and its rim of 3 mm; {unit} bootstrap"
    return Interval(float(value), float(min(low, value)), float(max(high, value)), method)


def crop_geometry_lines(context: AuditContext) -> tuple[list[AuditLine], list[Baseline]]:
    """Ask what the size of a lesion's crops tells, which a network can see in their sharpness.

    Parameters
    ----------
    context : AuditContext
        The comparison and its cohort.

    Returns
    -------
    lines : list of AuditLine
        One a network.
    baselines : list of Baseline
        One a network, as each has its own crops.
    """
    names = networks(context.comparison)
    if not names:
        return [AuditLine(GEOMETRY_CHECK, "all models", "not run", _NO_NETWORK, n=context.n)], []
    lines, baselines = [], []
    for name in tqdm(names, desc="crop geometry", unit="network", disable=not context.verbose):
        crops = context.comparison.models[name].make_crops(context.comparison.prepared[name].X)
        spacing = pd.DataFrame(crops.spacing_mm).groupby(crops.case).mean()
        X = pd.DataFrame(
            {
                "log_crop_pixel_mm": np.log(spacing.mean(axis=1)).to_numpy(),
                "log_n_crops": np.log(crops.counts.to_numpy()),
            },
            index=context.cohort.X.index,
        )
        (baseline,) = table_baselines(context, GEOMETRY_CHECK, X, ["lr"])
        lines += compare_with(context, baseline, [name])
        baselines.append(baseline)
    return lines, baselines
