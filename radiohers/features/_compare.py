"""Whether the engines agree, on the user's own cases."""

import time
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import SimpleITK as sitk

from radiohers.features._extraction_params import ExtractionParams
from radiohers.features._extractor import RadiomicsExtractor
from radiohers.features.engines import get_engine

__all__ = ["EngineComparison", "compare_engines", "warm_up"]


class EngineComparison(NamedTuple):
    """What two engines gave for the same cases.

    Attributes
    ----------
    features : DataFrame of shape (n_cases, n_features)
        pyradiomics' values.
    worst : DataFrame of shape (n_features, 4)
        The case where the engines differ most, feature by feature, worst first:
        ``case_id``, ``pyradiomics``, ``native`` and ``difference``, which is
        relative to the larger of the two values: 0 where they are equal or both
        NaN, infinite where one alone is NaN.
    seconds : dict of str to float
        How long each engine took.
    failures : DataFrame of shape (n_failures, 3)
        The cases that failed: ``case_id``, ``error`` and ``reason``.
    handed_over : list of str
        What "native" left to pyradiomics, and so is equal by design.
    """

    features: pd.DataFrame
    worst: pd.DataFrame
    seconds: dict[str, float]
    failures: pd.DataFrame
    handed_over: list[str]


def compare_engines(X: Any, params: Any = "ct_default", **options: Any) -> EngineComparison:
    """Extract the features of every case with both engines, and say where they differ.

    Parameters
    ----------
    X : DataFrame of shape (n_cases, n_columns) or list of (image, mask)
        Cohort rows, with the columns ``image`` and ``mask``.
    params : str, path-like, dict or ExtractionParams, default="ct_default"
        What to extract; see :class:`RadiomicsExtractor`.
    **options : object
        Other parameters of :class:`RadiomicsExtractor` but ``engine``.

    Returns
    -------
    EngineComparison
        Values, differences and times.

    Raises
    ------
    RadiohersError
        If a case fails and ``on_error`` is not "nan".

    Examples
    --------
    >>> import numpy as np, SimpleITK as sitk
    >>> from radiohers.features import compare_engines
    >>> image = sitk.GetImageFromArray(np.random.default_rng(0).normal(size=(7, 8, 9)))
    >>> mask = sitk.GetImageFromArray(np.pad(np.ones((3, 4, 5), "uint8"), 2))
    >>> comparison = compare_engines([(image, mask)], params="first_order_shape")
    >>> bool(comparison.worst["difference"].max() < 1e-9)
    True
    """
    tables, seconds, extractors = {}, {}, {}
    for engine in ("pyradiomics", "native"):
        extractors[engine] = RadiomicsExtractor(params=params, engine=engine, **options)
        warm_up(engine)
        start = time.perf_counter()
        tables[engine] = extractors[engine].transform(X)
        seconds[engine] = time.perf_counter() - start
    failures = pd.concat([extractor.failures_ for extractor in extractors.values()]).drop_duplicates("case_id")
    return EngineComparison(
        tables["pyradiomics"], _worst(**tables), seconds, failures, extractors["native"].handed_over_
    )


def warm_up(engine: str) -> None:
    """Extract from a made-up lesion, by which libraries are loaded and kernels compiled."""
    voxels = np.random.default_rng(0).uniform(0, 100, size=(9, 10, 11))
    lesion = np.pad(np.ones((3, 4, 5), dtype=np.uint8), 3)
    params = ExtractionParams(image_types={"Original": {}, "Wavelet": {}, "LoG": {"sigma": [1.0]}})
    get_engine(engine).require(params)
    get_engine(engine).extract(sitk.GetImageFromArray(voxels), sitk.GetImageFromArray(lesion), params)


def _worst(pyradiomics: pd.DataFrame, native: pd.DataFrame) -> pd.DataFrame:
    native = native.reindex(columns=pyradiomics.columns)
    ours, theirs = native.to_numpy(), pyradiomics.to_numpy()
    if not len(theirs):
        return pd.DataFrame(columns=["case_id", "pyradiomics", "native", "difference"])
    differences = relative_differences(ours, theirs)
    rows, columns = differences.argmax(axis=0), np.arange(theirs.shape[1])
    worst = pd.DataFrame(
        {
            "case_id": pyradiomics.index[rows],
            "pyradiomics": theirs[rows, columns],
            "native": ours[rows, columns],
            "difference": differences[rows, columns],
        },
        index=pd.Index(pyradiomics.columns, name="feature"),
    )
    return worst.sort_values("difference", ascending=False, kind="stable")


def relative_differences(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the differences relative to the larger value: 0 where equal or both NaN, infinite where one alone is."""
    with np.errstate(invalid="ignore", divide="ignore"):
        differences = np.abs(one - other) / np.maximum(np.abs(one), np.abs(other))
    differences[np.isnan(differences)] = np.inf
    differences[(one == other) | (np.isnan(one) & np.isnan(other))] = 0
    return differences
