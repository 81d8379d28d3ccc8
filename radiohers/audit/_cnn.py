"""What networks on crops see beside the lesion: where they look, and how crops were cut."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from tqdm import tqdm

from radiohers._numbers import percent_text
from radiohers._sklearn import _safe_indexing
from radiohers.audit._baselines import BaselineCheck
from radiohers.audit._check import Check, Reason
from radiohers.audit._context import AuditContext, networks
from radiohers.audit._result import AuditLine
from radiohers.audit._rules import map_level
from radiohers.crops import Crops
from radiohers.explain import crops_and_network, grad_cam, lesion_share
from radiohers.metrics import Interval, expanded_tail, patient_weights

__all__ = ["CropGeometry", "GradCamOutsideLesion"]


class NetworkCheck(Check):
    """Asks something of networks on crops only."""

    def applies(self, context: AuditContext) -> Reason | None:
        return None if networks(context.comparison) else Reason("No model is a network on crops (CaseCNNClassifier).")


class CropGeometry(NetworkCheck, BaselineCheck):
    """For networks on crops: logistic regression on the size of a pixel and the number of crops."""

    code = "AUD015"
    title = "crop geometry"
    advice = (
        "Crop all lesions at one size in mm (keep the pixel spacing), so that size does not show in the crops' "
        "sharpness, or say that the network may use the lesion's size."
    )

    def tables(self, context: AuditContext) -> Iterable[tuple[pd.DataFrame, list[str]]]:
        for name in tqdm(networks(context.comparison), desc=self.title, unit="network", disable=not context.verbose):
            # Each network has its own crops.
            comparison = context.comparison
            crops, _ = crops_and_network(comparison.first_fits[name], comparison.prepared[name].X)
            spacing = pd.DataFrame(crops.spacing_mm).groupby(crops.case).mean()
            known = {
                "log_crop_pixel_mm": np.log(spacing.mean(axis=1)).to_numpy(),
                "log_n_crops": np.log(crops.counts.to_numpy()),
            }
            yield pd.DataFrame(known, index=context.cohort.X.index), [name]


class GradCamOutsideLesion(NetworkCheck):
    """For networks on crops: how much of the maps lies outside the lesion and its rim of 3 mm, for the area there."""

    code = "AUD016"
    title = "Grad-CAM outside the lesion"
    severity = "fail"
    rule = (
        "share of the maps over share of the area, test part of the first fold: pass if below 1, fail if above, warn "
        "if it may be either"
    )
    advice = (
        "Look at the maps (GradCamDisplay). Refit on crops in which all but the lesion is blank: what is then lost was "
        "not the lesion."
    )
    measure = "ratio"

    def lines(self, context: AuditContext) -> list[AuditLine]:
        names = networks(context.comparison)
        bar = tqdm(names, desc="Grad-CAM of the first fold", unit="network", disable=not context.verbose)
        return [self._line(context, name) for name in bar]

    def _line(self, context: AuditContext, name: str) -> AuditLine:
        """Return where a network looks on crops of held-out patients."""
        comparison = context.comparison
        test = comparison.folds[0].test
        X = _safe_indexing(comparison.prepared[name].X, test)
        crops, fitted = crops_and_network(comparison.first_fits[name], X)
        if crops.lesion is None:
            message = "The crops have no lesion masks, only rectangles."
            return self.line(context, "not run", message, model=name, advice="Draw masks.", n=len(test))
        maps = grad_cam(fitted.classifier_, crops)
        there = np.flatnonzero(maps.reshape(len(maps), -1).any(axis=1))
        if not len(there):
            message = "All maps are 0: nothing speaks for the predicted classes."
            return self.line(context, "not run", message, model=name, n=len(test))
        of_crops = pd.DataFrame({"map": _outside(maps, crops), "area": _outside(np.ones_like(maps), crops)})
        of_cases = of_crops.iloc[there].groupby(crops.case[there]).mean()
        ratio = _ratio(context, test[of_cases.index.to_numpy()], of_cases)
        map_share, area_share = of_cases["map"].mean(), of_cases["area"].mean()
        message = (
            f"{percent_text(map_share)} of the maps and {percent_text(area_share)} of the area lie outside the lesion "
            f"and its rim (test part of the first fold, {len(there)} of {len(maps)} crops)."
        )
        return self.line(context, map_level(ratio), message, model=name, found=ratio, n=len(of_cases))


def _outside(maps: np.ndarray, crops: Crops) -> np.ndarray:
    """Return the share of each map outside the lesion and its rim."""
    return lesion_share(maps, crops)["outside"].to_numpy()


def _ratio(context: AuditContext, positions: np.ndarray, shares: pd.DataFrame) -> Interval:
    """Return the share of the maps outside the lesion over the share of the area, with its interval."""
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
