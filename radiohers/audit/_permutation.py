"""Whether models beat chance: their intervals, and refits with shuffled labels."""

from dataclasses import replace

import numpy as np
import pandas as pd

from radiohers._numbers import estimate_text, number_text, p_text
from radiohers.audit._baselines import auc_text
from radiohers.audit._check import NO_AUC, Check, Reason
from radiohers.audit._context import AuditContext
from radiohers.audit._result import AuditLine
from radiohers.audit._rules import CHANCE, SIGNIFICANT, is_above_chance
from radiohers.metrics import Interval
from radiohers.results import fewest_permutations, refitted_aucs

__all__ = ["Chance", "ShuffledLabels"]

# AUCs that are equal but for rounding count as equal.
_TIE = 1e-10
# Above what chance does to the mean of the refits.
_STANDARD_ERRORS = 3
_SMALLEST_LEAK = 0.05
# With fewer, p cannot come down to 0.05 whatever the model.
_FEWEST_REFITS = fewest_permutations(SIGNIFICANT)
# With fewer, not even a leak shows.
_FEWEST_FOR_A_LEAK = 5


class Chance(Check):
    """Whether the AUC is above 0.5, and whether any model beats chance.

    Notes
    -----
    The last line judges models that were refitted 19 times or more by their refits, and the
    others by their intervals. To look at several models and take the best raises the chance of a
    false alarm; so p of each counts the refits in which the best of all
    models reached it (Westfall and Young's maximum).

    References
    ----------
    Ojala M, Garriga GC. Permutation tests for studying classifier performance. Journal of
    Machine Learning Research 2010;11:1833-1863.

    Westfall PH, Young SS. Resampling-based multiple testing. Wiley, 1993.
    """

    code = "AUD006"
    title = "chance"
    severity = "fail"
    rule = "a model: warn if its interval does not lie above 0.5; all: fail if no model beats chance"
    advice = "Call it what it is: no evidence that this model predicts the label."
    measure = "auc"

    def lines(self, context: AuditContext) -> list[AuditLine]:
        aucs = {name: context.judge.interval(judged) for name, judged in context.judged.items()}
        lines = []
        for name, auc in aucs.items():
            above = is_above_chance(auc)
            lies = "lies above" if above else "does not lie above"
            message = f"Its AUC is {auc_text(auc)}; the interval {lies} 0.5."
            lines.append(self.line(context, "pass" if above else "warn", message, model=name, found=auc))
        return [*lines, self._line_of_all(context, aucs)]

    def _line_of_all(self, context: AuditContext, aucs: dict[str, Interval]) -> AuditLine:
        """Return whether any model beats chance."""
        null = refits(context) if ShuffledLabels.code in context.chosen else pd.DataFrame()
        if len(null) < _FEWEST_REFITS:
            null = pd.DataFrame()
        highest = null.max(axis="columns").to_numpy()
        p_values = {name: _p_value(context.judged[name].value, highest) for name in aucs if name in null}
        winners = [
            name for name in aucs if (p_values[name] <= SIGNIFICANT if name in null else is_above_chance(aucs[name]))
        ]
        best = max(aucs, key=lambda name: aucs[name].value)
        by = "its interval"
        if best in null:
            by = f"p = {p_text(p_values[best])}, of {len(null)} refits with shuffled labels"
        found = aucs[best]
        the_best = f"The best is {best} with an AUC of {auc_text(found)}"
        if winners:
            message = f"Beats chance: {', '.join(winners)}. {the_best}, by {by}."
            return self.line(context, "pass", message, found=found)
        message = f"No model beats chance. {the_best}; judged by {by}."
        advice = "Report that. Do not try further models on these patients until one seems to."
        return self.line(context, "fail", message, advice=advice, found=found)


class ShuffledLabels(Check):
    """The models refitted on the same folds, `n_permutations` times, with the labels of other patients."""

    code = "AUD007"
    title = "shuffled labels"
    severity = "fail"
    rule = (
        "warn if p > 0.05; fail if the refits themselves are above chance, because then something leaks; not run with "
        "fewer than 19 refits, which cannot bring p down to 0.05 (5 or more are still looked at for a leak)"
    )
    advice = "Do not report it as a finding. More patients would show more; more models would not."
    slow = True
    measure = "p"

    def lines(self, context: AuditContext) -> list[AuditLine]:
        null = refits(context)
        return [self._line(context, name, null) for name in context.models]

    def _line(self, context: AuditContext, name: str, refitted: pd.DataFrame) -> AuditLine:
        """Return what the refits of a model show."""
        observed, n, n_folds = context.judged[name].value, context.n_permutations, len(context.comparison.folds)
        if np.isnan(observed):
            return self.not_run(context, NO_AUC, name)
        if n >= _FEWEST_FOR_A_LEAK and (reason := self.leaves_out(context, name, n * n_folds)):
            return self.not_run(context, reason, name)
        null = refitted[name].to_numpy() if name in refitted else np.array([])
        p_value = _p_value(observed, null)
        null = null[~np.isnan(null)]
        is_leak = _is_above_chance_on_average(null)
        if n < _FEWEST_REFITS and not is_leak:
            return self.not_run(context, _too_few(n), name)
        method = f"p, (1 + refits at or above the model) / (1 + {n}); {n * n_folds} fits on the same folds"
        found = Interval(p_value, np.nan, np.nan, method)
        if is_leak:
            message = (
                f"With shuffled labels the model still has an AUC of {number_text(null.mean(), apart_from=[CHANCE])} "
                "on average, where 0.50 is chance: the folds or the features leak."
            )
            advice = "Look for cases or patients on both sides of the folds, and for steps fitted before the split."
            return self.line(context, "fail", message, model=name, advice=advice, found=found)
        low, high = np.quantile(null, [0.025, 0.975]) if len(null) else (np.nan, np.nan)
        beats = p_value <= SIGNIFICANT
        message = (
            f"The model ({number_text(observed, apart_from=[CHANCE])}) {'beats' if beats else 'does not beat'} {n} "
            "refits with shuffled labels, whose mean AUC is "
            f"{estimate_text(null.mean(), low, high, apart_from=[CHANCE])}: p = {p_text(p_value)}."
        )
        return self.line(context, "pass" if beats else "warn", message, model=name, found=found)


def refits(context: AuditContext) -> pd.DataFrame:
    """Return the mean AUC of every refit with shuffled labels, made once: one column a model that is refitted."""
    if "null" not in context.tables:
        models = {
            name: model
            for name, model in context.comparison.models.items()
            if not ShuffledLabels().leaves_out(context, name, 0)
        }
        null = {}
        if models and context.n_permutations >= _FEWEST_FOR_A_LEAK:
            comparison = replace(context.comparison, models=models)
            null = refitted_aucs(comparison, context.n_permutations, context.n_jobs, context.verbose)
        context.tables["null"] = pd.DataFrame(null)
    return context.tables["null"]


def _too_few(n_permutations: int) -> Reason:
    """Say that no refits could show anything."""
    least = 1 / (1 + n_permutations)
    return Reason(
        f"Too few refits: with {n_permutations} p cannot be below {least:.3f}, whatever the model.",
        f"Set n_permutations to {_FEWEST_REFITS} or more; the default is 20.",
    )


def _p_value(observed: float, null: np.ndarray) -> float:
    """Return the p-value of an AUC among those of refits."""
    if np.isnan(observed):
        return np.nan
    # Labels on which no fold has both classes are no evidence against chance.
    n_above = int((np.nan_to_num(null, nan=np.inf) >= observed - _TIE).sum())
    return (1 + n_above) / (1 + len(null))


def _is_above_chance_on_average(null: np.ndarray) -> bool:
    """Tell whether refits with shuffled labels are themselves above chance, which means that something leaks."""
    if len(null) < _FEWEST_FOR_A_LEAK:
        return False
    standard_error = null.std(ddof=1) / np.sqrt(len(null))
    return bool(null.mean() - CHANCE > max(_SMALLEST_LEAK, _STANDARD_ERRORS * standard_error))
