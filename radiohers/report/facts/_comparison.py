"""What a report says of the models against each other and against chance, and of their searches."""

from typing import Any

import pandas as pd

from radiohers._numbers import deciding_values, interval_text, level_text, number_text, p_text
from radiohers.report.facts._performance import alpha_of

__all__ = ["describe_chance", "describe_pairs", "describe_searches"]

_TESTS = {"p_resampled_t": "corrected t", "p_delong": "DeLong", "p_mcnemar": "McNemar"}
_CHANCE_TESTS = {"p_resampled_t": "corrected t", "p_permutation": "permutation"}
_OVER_FOLDS = (
    "Over folds the corrected resampled t-test is the one to report: the test cases of one fold train the models of "
    "the others, which the other tests do not allow for, so that their p-values are too small."
)
_HOLM = "Below each p-value stands the one corrected by Holm for the number of rows."


def describe_pairs(comparison: Any) -> dict[str, Any] | None:
    """Return the differences between the models, pair by pair.

    Parameters
    ----------
    comparison : ModelComparison
        The result.

    Returns
    -------
    dict or None
        ``columns``, ``rows``, ``pairs`` and ``notes``; None for one model.
    """
    if len(comparison.models) < 2:
        return None
    pairs = comparison.compare()
    tests = _tests_of(comparison, _TESTS)
    level = f"{level_text(comparison.settings['confidence_level'])} CI"
    columns = ["models", "AUCs", f"difference ({level})", *(f"p ({name})" for name in tests.values())]
    rows = [
        [
            f"{a} – {b}",
            " – ".join(number_text(row[name], apart_from=deciding_values("auc")) for name in ("auc_a", "auc_b")),
            _with_interval(row, "difference"),
            *(_with_holm(row, test, alpha_of(comparison)) for test in tests),
        ]
        for (a, b), row in pairs.iterrows()
    ]
    notes = [
        "The difference is that of the mean AUCs on the test parts, first model minus second, on the same folds; its "
        f"interval: {_texts(pairs, 'difference_interval')}.",
        *_test_notes(pairs, tests),
    ]
    return {"columns": columns, "rows": rows, "pairs": _records(pairs), "notes": notes}


def describe_chance(comparison: Any) -> dict[str, Any]:
    """Return the models against chance.

    Parameters
    ----------
    comparison : ModelComparison
        The result.

    Returns
    -------
    dict
        ``columns``, ``rows``, ``test`` (the name of the one to report), ``models`` and ``notes``.
    """
    chance = comparison.against_chance()
    tests = _tests_of(comparison, _CHANCE_TESTS)
    level = f"{level_text(comparison.settings['confidence_level'])} CI"
    columns = ["model", f"AUC ({level})", *(f"p ({name})" for name in tests.values())]
    rows = [
        [name, _with_interval(row, "auc"), *(_with_holm(row, test, alpha_of(comparison)) for test in tests)]
        for name, row in chance.iterrows()
    ]
    reported = next(iter(tests))
    # The test to report has its p-value under one name, whichever it is.
    records = [{**record, "p_holm": record[f"{reported}_holm"]} for record in _records(chance)]
    return {
        "columns": columns,
        "rows": rows,
        "test": tests[reported],
        "models": records,
        "notes": _test_notes(chance, tests),
    }


def _tests_of(comparison: Any, tests: dict[str, str]) -> dict[str, str]:
    """Leave out the test over folds where there is one split."""
    several = len(comparison.folds) > 1
    return {test: name for test, name in tests.items() if several or test != "p_resampled_t"}


def _test_notes(table: pd.DataFrame, tests: dict[str, str]) -> list[str]:
    methods = "; ".join(_texts(table, f"{test.removeprefix('p_')}_method") for test in tests)
    over_folds = [_OVER_FOLDS] if "p_resampled_t" in tests else []
    return [f"The p-values, from left to right: {methods}.", *over_folds, _HOLM]


def _with_interval(row: pd.Series, name: str) -> dict[str, str]:
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    apart_from = deciding_values(name)
    return {
        "value": number_text(value, apart_from=apart_from),
        "interval": interval_text(low, high, apart_from=apart_from),
    }


def _with_holm(row: pd.Series, test: str, alpha: float) -> dict[str, str]:
    return {"value": p_text(row[test], alpha=alpha), "interval": f"Holm {p_text(row[f'{test}_holm'], alpha=alpha)}"}


def _texts(table: pd.DataFrame, column: str) -> str:
    return " or ".join(dict.fromkeys(table[column].astype(str)))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return table.reset_index().to_dict("records")


def describe_searches(comparison: Any) -> dict[str, Any] | None:
    """Return what the nested searches chose in each fold.

    Parameters
    ----------
    comparison : ModelComparison
        The result.

    Returns
    -------
    dict or None
        ``columns``, ``rows`` and ``notes``; None if no model searches.
    """
    chosen = comparison.chosen_params
    if chosen.empty:
        return None
    params = [name for name in chosen.columns if name not in ("model", "repeat", "fold", "inner_score", "inner_cv")]
    rows = []
    for _, row in chosen.iterrows():
        # Each search has its own parameters.
        picked = ", ".join(f"{name} = {row[name]}" for name in params if not _is_missing(row[name]))
        place = f"{row['repeat'] + 1}.{row['fold'] + 1}"
        rows.append([row["model"], place, picked, number_text(row["inner_score"])])
    inner = _texts(chosen, "inner_cv") + ", of cases, since patients were not given" * (comparison.patients is None)
    return {
        "columns": ["model", "repeat.fold", "chosen", "inner score"],
        "rows": rows,
        "notes": [
            f"Each outer fold was searched by itself, on its training part alone, by inner folds: {inner}. The inner "
            "score is that of the best of all candidates, and too good for that reason; the result is that of the "
            "outer test parts."
        ],
    }


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)
