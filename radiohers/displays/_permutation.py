"""Permutation of features on held-out cases: what a model loses without them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from radiohers._blas import one_blas_thread
from radiohers._sklearn import _safe_indexing
from radiohers._workers import ignore_stopped_workers
from radiohers.features.native import native_features
from radiohers.folds import Fold, fit_model, positive_scores
from radiohers.metrics import METRICS, FoldScores, placements, resampled_fold_means
from radiohers.results import Comparison

__all__ = ["FoldPermutations", "feature_groups", "feature_table", "importance_draws", "importances", "permute_folds"]

# Rows of one call of predict: enough that its overhead does not count, few enough for the memory.
ROWS_AT_ONCE = 4000


class FoldPermutations(NamedTuple):
    """Scores of the test part of one fold, intact and with each group of features permuted.

    ``permuted`` has the shape (n_groups, n_permutations, n_cases).
    """

    intact: FoldScores
    permuted: np.ndarray


def feature_table(comparison: Comparison, model: str) -> pd.DataFrame | None:
    """Return the features that a model of a comparison learns from, or None if these are no numbers.

    Parameters
    ----------
    comparison : Comparison
        The result.
    model : str
        Name of the model.

    Returns
    -------
    DataFrame of float of shape (n_cases, n_features) or None
        Columns of an array are named ``x0``, ``x1``, ...
    """
    X = comparison.prepared[model].X
    table = X if isinstance(X, pd.DataFrame) else None
    if table is None:
        if not isinstance(X, np.ndarray) or X.ndim != 2:
            return None
        table = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
    numeric = all(pd.api.types.is_numeric_dtype(dtype) for dtype in table.dtypes)
    return table.astype(float) if numeric else None


def feature_groups(names: Sequence[str], by: Any) -> dict[str, np.ndarray]:
    """Group the positions of features.

    Parameters
    ----------
    names : sequence of str
        Of the features, such as ``wavelet-LLH_glcm_Contrast``.
    by : {"class", "image_type", "feature"} or mapping of str to sequence of str
        What to group by, or the groups themselves.

    Returns
    -------
    dict of str to ndarray of int
        Features that are not named so (age, sex) are the group "other".

    Examples
    --------
    >>> names = ["original_glcm_Contrast", "wavelet-LLH_glcm_Contrast", "age"]
    >>> {group: columns.tolist() for group, columns in feature_groups(names, "class").items()}
    {'glcm': [0, 1], 'other': [2]}
    """
    if isinstance(by, Mapping):
        place = {name: i for i, name in enumerate(names)}
        missing = [name for members in by.values() for name in members if name not in place]
        if missing:
            raise ValueError(f"by names the feature {missing[0]!r}, which the model does not have.")
        return {str(group): np.array([place[name] for name in members]) for group, members in by.items()}
    groups: dict[str, list[int]] = {}
    for i, name in enumerate(map(str, names)):
        image_type, feature_class, *rest = [*name.split("_"), "", ""]
        is_radiomic = feature_class in native_features() and any(rest)
        key = {"class": feature_class, "image_type": image_type}.get(by, name)
        groups.setdefault(key if is_radiomic or by == "feature" else "other", []).append(i)
    return {group: np.array(columns) for group, columns in groups.items()}


def permute_folds(
    comparison: Comparison,
    model: str,
    folds: Sequence[Fold],
    groups: Sequence[np.ndarray],
    n_permutations: int,
    n_jobs: Any,
) -> list[FoldPermutations]:
    """Fit a model anew on the training part of each fold, and permute groups of features of its test part.

    Parameters
    ----------
    comparison : Comparison
        The result.
    model : str
        Name of the model.
    folds : sequence of Fold
        Which folds.
    groups : sequence of ndarray of int
        Positions of the features that are permuted together.
    n_permutations : int
        How often; the same rearrangements serve all groups.
    n_jobs : int or None
        Number of folds at the same time; it does not change the result.

    Returns
    -------
    list of FoldPermutations
        One a fold.
    """
    ignore_stopped_workers()
    return Parallel(n_jobs=n_jobs)(
        delayed(_permute_fold)(comparison, model, fold, groups, n_permutations) for fold in folds
    )


@one_blas_thread()
def _permute_fold(
    comparison: Comparison, name: str, fold: Fold, groups: Sequence[np.ndarray], n_permutations: int
) -> FoldPermutations:
    estimator, X = comparison.prepared[name]
    fitted = fit_model(
        estimator, _safe_indexing(X, fold.train), comparison.y.iloc[fold.train], comparison.groups[fold.train]
    )
    test = _safe_indexing(X, fold.test)
    values, n = np.asarray(test, dtype=float), len(fold.test)

    def score(rows: np.ndarray) -> np.ndarray:
        table = pd.DataFrame(rows, columns=test.columns) if isinstance(test, pd.DataFrame) else rows
        return positive_scores(fitted, table, comparison.positive)

    rng = np.random.default_rng([comparison.settings["random_state"], fold.repeat, fold.fold])
    orders = np.stack([rng.permutation(n) for _ in range(n_permutations)])
    at_once = max(1, ROWS_AT_ONCE // (n * n_permutations))
    permuted = []
    for first in range(0, len(groups), at_once):
        chunk = groups[first : first + at_once]
        rows = np.tile(values, (len(chunk), n_permutations, 1, 1))
        for i, columns in enumerate(chunk):
            rows[i][:, :, columns] = values[:, columns][orders]
        permuted.append(score(rows.reshape(-1, values.shape[1])).reshape(len(chunk), n_permutations, n))
    is_positive = (comparison.y.iloc[fold.test] == comparison.positive).to_numpy()
    intact = score(values)
    # The class that a score stands for has no part in an AUC.
    scores = FoldScores(fold.test, comparison.units[fold.test], is_positive, intact, np.zeros(n, dtype=bool))
    return FoldPermutations(scores, np.concatenate(permuted))


def importances(folds: Sequence[FoldPermutations]) -> np.ndarray:
    """Return the drop in AUC when each group of features is permuted, averaged over folds and permutations.

    Parameters
    ----------
    folds : sequence of FoldPermutations
        From :func:`permute_folds`.

    Returns
    -------
    ndarray of shape (n_groups,)
        Folds without both classes are left out; NaN if none has both.
    """
    drops = [np.full(len(folds[0].permuted), np.nan)]
    for fold in folds:
        y = fold.intact.y_true
        if 0 < y.sum() < len(y):
            intact = placements(y, fold.intact.score)[y].mean()
            permuted = [[placements(y, score)[y].mean() for score in of_group] for of_group in fold.permuted]
            drops.append(intact - np.mean(permuted, axis=1))
    return _rounded(np.mean(drops[1:] or drops, axis=0))


@one_blas_thread()
def importance_draws(folds: Sequence[FoldPermutations], groups: Sequence[int], weights: np.ndarray) -> np.ndarray:
    """Return the drop in AUC when a group of features is permuted, in resamples of the patients.

    Parameters
    ----------
    folds : sequence of FoldPermutations
        From :func:`permute_folds`.
    groups : sequence of int
        Positions of the groups.
    weights : ndarray of shape (n_bootstraps, n_cases)
        By the position of each case.

    Returns
    -------
    ndarray of shape (n_groups, n_bootstraps)
        As of :func:`importances`, in each resample.
    """
    auc, n_permutations = METRICS["auc"], folds[0].permuted.shape[1]
    intact = resampled_fold_means([fold.intact for fold in folds], weights, auc)
    draws = []
    for group in groups:
        drop = intact.copy()
        for k in range(n_permutations):
            permuted = [fold.intact._replace(score=fold.permuted[group, k]) for fold in folds]
            drop -= resampled_fold_means(permuted, weights, auc) / n_permutations
        draws.append(drop)
    return _rounded(np.stack(draws))


def _rounded(drops: np.ndarray) -> np.ndarray:
    # A model that does not use a group loses nothing, and not 1e-17.
    return np.round(drops, 12) + 0.0
