"""Whether models beat chance: their intervals, and refits with shuffled labels."""

from dataclasses import replace

import numpy as np
import pandas as pd

from radiohers._numbers import estimate_text, number_text, p_text
from radiohers.audit._baselines import NO_AUC, auc_text
from radiohers.audit._context import AuditContext, is_costly
from radiohers.audit._result import AuditLine
from radiohers.audit._rules import CHANCE, SIGNIFICANT, is_above_chance
from radiohers.results import fewest_permutations, refitted_aucs

__all__ = ["chance_lines", "shuffled_label_lines"]

# AUCs that are equal but for rounding count as equal.
_TIE = 1e-10
# Above what chance does to the mean of the refits.
_STANDARD_ERRORS = 3
_SMALLEST_LEAK = 0.05
# With fewer, p cannot come down to 0.05 whatever the model.
_FEWEST_REFITS = fewest_permutations(SIGNIFICANT)
# With fewer, not even a leak shows.
_FEWEST_FOR_A_LEAK = 5


def shuffled_label_lines(context: AuditContext, n_permutations: int) -> tuple[list[AuditLine], pd.DataFrame]:
    """Refit the models with shuffled labels.

    Parameters
    ----------
    context : AuditContext
        The comparison and its cohort.
    n_permutations : int
        Number of times that labels are dealt anew.

    Returns
    -------
    lines : list of AuditLine
        One a model.
    null : DataFrame of shape (n_permutations, n_models)
        The mean AUC of every refit; columns of the models that were refitted.
    """
    comparison = context.comparison
    costly = [
        name for name, model in comparison.models.items() if is_costly(model) and "shuffled labels" not in context.named
    ]
    models = [name for name in comparison.models if name not in costly] * (n_permutations >= _FEWEST_FOR_A_LEAK)
    null = _null(context, models, n_permutations) if models else pd.DataFrame()
    lines = []
    for name in comparison.models:
        if np.isnan(context.judged[name].value):
            lines.append(AuditLine("shuffled labels", name, "not run", *NO_AUC, n=context.n))
        elif name in null.columns:
            lines.append(_null_line(context, name, null[name].to_numpy()))
        else:
            lines.append(_not_run(context, name, n_permutations))
    return lines, null


def _not_run(context: AuditContext, name: str, n_permutations: int) -> AuditLine:
    if n_permutations < _FEWEST_FOR_A_LEAK:
        return _too_few(context, name, n_permutations)
    reason = f"It would take {n_permutations * len(context.comparison.folds)} trainings of a network or search."
    advice = 'To run it all the same, name it: audit(..., checks=["shuffled labels"]).'
    return AuditLine("shuffled labels", name, "not run", reason, advice, n=context.n)


def _too_few(context: AuditContext, name: str, n_permutations: int) -> AuditLine:
    reason = (
        f"Too few refits: with {n_permutations} p cannot be below {1 / (1 + n_permutations):.3f}, whatever the model."
    )
    advice = f"Set n_permutations to {_FEWEST_REFITS} or more; the default is 20."
    return AuditLine("shuffled labels", name, "not run", reason, advice, n=context.n)


def _null(context: AuditContext, models: list[str], n_permutations: int) -> pd.DataFrame:
    subset = {name: context.comparison.models[name] for name in models}
    comparison = replace(context.comparison, models=subset)
    return pd.DataFrame(refitted_aucs(comparison, n_permutations, context.n_jobs, context.verbose))


def _null_line(context: AuditContext, name: str, null: np.ndarray) -> AuditLine:
    observed = context.judged[name].value
    n = len(null)
    p_value = _p_value(observed, null)
    is_leak = _is_above_chance_on_average(null[~np.isnan(null)])
    if n < _FEWEST_REFITS and not is_leak:
        return _too_few(context, name, n)
    null = null[~np.isnan(null)]
    low, high = np.quantile(null, [0.025, 0.975]) if len(null) else (np.nan, np.nan)
    n_fits = n * len(context.comparison.folds)
    method = f"p, (1 + refits at or above the model) / (1 + {n}); {n_fits} fits on the same folds"
    if is_leak:
        level = "fail"
        message = (
            f"With shuffled labels the model still has an AUC of {number_text(null.mean(), apart_from=[CHANCE])} on "
            "average, where 0.50 is chance: the folds or the features leak."
        )
        advice = "Look for cases or patients on both sides of the folds, and for steps fitted before the split."
    else:
        level = "pass" if p_value <= SIGNIFICANT else "warn"
        verdict = "beats" if level == "pass" else "does not beat"
        message = (
            f"The model ({number_text(observed, apart_from=[CHANCE])}) {verdict} {n} refits with shuffled labels, "
            f"whose mean AUC is {estimate_text(null.mean(), low, high, apart_from=[CHANCE])}: p = {p_text(p_value)}."
        )
        advice = "Do not report it as a finding. More patients would show more; more models would not."
        advice = "" if level == "pass" else advice
    return AuditLine("shuffled labels", name, level, message, advice, p_value, method=method, n=context.n)


def _p_value(observed: float, null: np.ndarray) -> float:
    if np.isnan(observed):
        return np.nan
    # Labels on which no fold has both classes are no evidence against chance.
    n_above = int((np.nan_to_num(null, nan=np.inf) >= observed - _TIE).sum())
    return (1 + n_above) / (1 + len(null))


def _is_above_chance_on_average(null: np.ndarray) -> bool:
    if len(null) < _FEWEST_FOR_A_LEAK:
        return False
    standard_error = null.std(ddof=1) / np.sqrt(len(null))
    return bool(null.mean() - CHANCE > max(_SMALLEST_LEAK, _STANDARD_ERRORS * standard_error))


def chance_lines(context: AuditContext, null: pd.DataFrame) -> list[AuditLine]:
    """Say of every model whether it beats chance, and whether any does.

    Parameters
    ----------
    context : AuditContext
        The comparison and its cohort.
    null : DataFrame of shape (n_permutations, n_models)
        From :func:`shuffled_label_lines`; empty if nothing was refitted.

    Returns
    -------
    list of AuditLine
        One a model, from its interval; then one for all.

    Notes
    -----
    The last one judges models that were refitted 19 times or more by their refits, and the
    others by their intervals. To look at several models and take the best raises the chance of a
    false alarm; so p of each counts the refits in which the best of all
    models reached it (Westfall and Young's maximum).

    References
    ----------
    Ojala M, Garriga GC. Permutation tests for studying classifier performance. Journal of
    Machine Learning Research 2010;11:1833-1863.

    Westfall PH, Young SS. Resampling-based multiple testing. Wiley, 1993.
    """
    if len(null) < _FEWEST_REFITS:
        null = pd.DataFrame()
    aucs = {name: context.judge.interval(judged) for name, judged in context.judged.items()}
    lines = []
    for name, auc in aucs.items():
        above = is_above_chance(auc)
        message = f"Its AUC is {auc_text(auc)}; the interval {'lies above' if above else 'does not lie above'} 0.5."
        advice = "" if above else "Call it what it is: no evidence that this model predicts the label."
        lines.append(AuditLine("chance", name, "pass" if above else "warn", message, advice, *auc, n=context.n))
    highest = null.max(axis="columns").to_numpy()
    p_values = {name: _p_value(context.judged[name].value, highest) for name in null}
    beats = {name: p_values[name] <= SIGNIFICANT if name in p_values else is_above_chance(aucs[name]) for name in aucs}
    best = max(aucs, key=lambda name: aucs[name].value)
    by = (
        f"p = {p_text(p_values[best])}, of {len(null)} refits with shuffled labels"
        if best in p_values
        else "its interval"
    )
    auc = aucs[best]
    if any(beats.values()):
        winners = ", ".join(name for name, won in beats.items() if won)
        message = f"Beats chance: {winners}. The best is {best} with an AUC of {auc_text(auc)}, by {by}."
        lines.append(AuditLine("chance", "all models", "pass", message, "", *auc, n=context.n))
    else:
        message = f"No model beats chance. The best is {best} with an AUC of {auc_text(auc)}; judged by {by}."
        advice = "Report that. Do not try further models on these patients until one seems to."
        lines.append(AuditLine("chance", "all models", "fail", message, advice, *auc, n=context.n))
    return lines
