"""RadiomicsExtractor: cohort rows in, a table of features out."""

import logging
import os
import warnings
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
import SimpleITK as sitk
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from radiohers._cache import find_memory
from radiohers._sklearn import HasMethods, StrOptions, _fit_context
from radiohers.cohort import (
    Case,
    as_case_table,
    failure_table,
    iter_cases,
    kind_of_numbers,
    mixed_numbers,
    work_on_cases,
)
from radiohers.exceptions import ParamsError
from radiohers.features._extraction_params import ExtractionParams
from radiohers.features._one_case import extract_case
from radiohers.features._params import load_params
from radiohers.features.engines import get_engine, list_engines
from radiohers.images import read_header

__all__ = ["RadiomicsExtractor"]

_LOG = logging.getLogger("radiohers")


class RadiomicsExtractor(TransformerMixin, BaseEstimator):
    """Extract radiomic features from images and masks.

    Stateless: it learns nothing, so what a case gives does not depend on the
    other cases, and it may be used before or inside cross-validation alike.

    Parameters
    ----------
    params : str, path-like, dict or ExtractionParams, default="ct_default"
        What to extract: the name of a preset (see
        :data:`~radiohers.features.PRESETS`), the path of a pyradiomics
        parameter file, a dict in the layout of one, or what
        :func:`~radiohers.features.load_params` made of these.
    engine : {"native", "pyradiomics"}, default="native"
        What computes the features: compiled kernels, or pyradiomics itself, which
        gives the same values and takes many times as long. Settings, image types
        and classes that "native" does not have are computed by pyradiomics; see
        `handed_over_`.
    n_jobs : int, default=None
        Number of cases at the same time. None means 1 unless in a
        :class:`joblib.parallel_config` context; -1 means all cores.
    memory : str, path-like or joblib.Memory, default=None
        Folder of the cache. A case is found again by the content of image and
        mask, the settings and the versions of the libraries; failures are not
        kept.
    on_error : {"raise", "nan"}, default="raise"
        What a case that fails does: stop with its error, or keep its row as
        NaN, warn, and be listed in `failures_`.
    verbose : int, default=0
        Whether to show a progress bar with the number of cases and their rate.

    Attributes
    ----------
    failures_ : DataFrame of shape (n_failures, 3)
        The columns ``case_id``, ``error`` and ``reason`` of the last
        `transform`. Not kept in a pickle: it tells of cases, not of the extractor.
    handed_over_ : list of str
        What of `params` the engine of the last `transform` left to pyradiomics,
        such as ``imageType.LBP3D``.

    See Also
    --------
    radiohers.estimators.make_radiomics_pipeline : A classifier on these features.

    Notes
    -----
    Values are those of pyradiomics' own
    ``RadiomicsFeatureExtractor(params).execute(image, mask)`` on the files as they
    are: an image is resampled and filtered in its pixel type, so that a CT stored as
    integers stays whole HU. Where pyradiomics overflows, which it does on integers of
    8 and 16 bits under numpy 2, these do not: integers become 64-bit float before
    features are computed.

    References
    ----------
    van Griethuysen JJM et al. Computational radiomics system to decode the
    radiographic phenotype. Cancer Research 2017;77:e104.
    doi:10.1158/0008-5472.CAN-17-0339

    Examples
    --------
    >>> import numpy as np, SimpleITK as sitk
    >>> from radiohers.features import RadiomicsExtractor
    >>> image = sitk.GetImageFromArray(np.random.default_rng(0).normal(size=(7, 8, 9)))
    >>> mask = sitk.GetImageFromArray(np.pad(np.ones((3, 4, 5), "uint8"), 2))
    >>> features = RadiomicsExtractor(params="first_order_shape").transform([(image, mask)])
    >>> features["original_shape_VoxelVolume"].tolist()
    [60.0]
    """

    _parameter_constraints: dict = {
        "params": [str, dict, ExtractionParams, HasMethods("__fspath__")],
        "engine": [StrOptions(set(list_engines()))],
        "n_jobs": [Integral, None],
        "memory": [str, HasMethods("__fspath__"), HasMethods("cache"), None],
        "on_error": [StrOptions({"raise", "nan"})],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        params: str | os.PathLike | dict = "ct_default",
        engine: str = "native",
        n_jobs: int | None = None,
        memory: Any = None,
        on_error: str = "raise",
        verbose: int = 0,
    ) -> None:
        self.params = params
        self.engine = engine
        self.n_jobs = n_jobs
        self.memory = memory
        self.on_error = on_error
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> "RadiomicsExtractor":
        """Check the parameters and the table; nothing is learned.

        Parameters
        ----------
        X : DataFrame of shape (n_cases, n_columns) or list of (image, mask)
            Cohort rows, with the columns ``image`` and ``mask``.
        y : object, default=None
            Ignored.

        Returns
        -------
        RadiomicsExtractor
            The extractor itself.

        Raises
        ------
        ParamsError
            If `params` is not valid.
        CohortError
            If X is not a table of cases.
        """
        as_case_table(X)
        load_params(self.params)
        return self

    def transform(self, X: Any) -> pd.DataFrame:
        """Extract the features of every case.

        Parameters
        ----------
        X : DataFrame of shape (n_cases, n_columns) or list of (image, mask)
            Cohort rows, with the columns ``image`` and ``mask`` and optionally ``mask_label``.

        Returns
        -------
        DataFrame of shape (n_cases, n_features)
            The values, float64; the index is that of X (case_id), the columns are in pyradiomics' names.

        Raises
        ------
        ParamsError
            If `params` is not valid, or asks for what only pyradiomics computes
            and that is not installed.
        RadiohersError
            If a case fails and `on_error` is "raise": the error of the first
            such case, in the order of X.

        Warns
        -----
        ExtractionWarning
            If a case fails and `on_error` is "nan".
        UserWarning
            If some images hold whole numbers and others fractions.
        """
        self._validate_params()
        params = load_params(self.params)
        table = as_case_table(X)
        cases = iter_cases(table, default_label=params.mask_label)
        names = _column_names(params, self.engine)
        # They are computed all the same, so that the cache has one entry with and without them.
        params = replace(params, excluded_features=())
        engine = get_engine(self.engine)
        engine.require(params)
        self.handed_over_ = engine.handed_over(params)
        if self.handed_over_:
            _LOG.info("The engine %r leaves to pyradiomics: %s.", self.engine, ", ".join(self.handed_over_))

        if not params.settings.get("normalize"):
            _warn_of_mixed_numbers(cases)
        results = work_on_cases(
            partial(extract_case, params=params, engine=self.engine, memory=find_memory(self.memory), names=names),
            cases,
            n_jobs=self.n_jobs,
            on_error=self.on_error,
            consequence="What is missing is kept as NaN.",
            description="radiomics",
            verbose=self.verbose,
        )
        self.failures_ = failure_table(cases, results)
        values = [[(result.value or {}).get(name, np.nan) for name in names] for result in results]
        return pd.DataFrame(
            np.array(values, dtype=np.float64).reshape(len(cases), len(names)), index=table.index, columns=list(names)
        )

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the features.

        Parameters
        ----------
        input_features : object, default=None
            Ignored.

        Returns
        -------
        ndarray of str objects of shape (n_features,)
            In the order of the columns of `transform`.
        """
        return np.array(_column_names(load_params(self.params), self.engine), dtype=object)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name not in ("failures_", "handed_over_")}

    def portable_params(self) -> dict[str, Any]:
        """Return the parameters that are others on another machine: what is read from a parameter file.

        Returns
        -------
        dict
            ``params`` as a dict.

        Raises
        ------
        ParamsError
            If the parameter file is gone.
        """
        return {"params": load_params(self.params).to_dict()}

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.no_validation = True
        return tags


def _warn_of_mixed_numbers(cases: list[Case]) -> None:
    """Warn once of a table, since each image is resampled in its own type; headers are read, and no voxels."""
    kinds = {}
    for case in cases if len(cases) > 1 else ():
        # What nibabel has in memory would be loaded for it. An image that cannot be read is named where it is read.
        if isinstance(case.image, str | os.PathLike | sitk.Image):
            with suppress(Exception):
                kinds[case.case_id] = kind_of_numbers(read_header(case.image).pixel_type)
    if mixed := mixed_numbers(kinds):
        warnings.warn(f"{'. '.join(mixed)} radiohers check looks at the voxels too.", stacklevel=4)


@lru_cache(maxsize=8)
def _column_names(params: ExtractionParams, engine: str) -> tuple[str, ...]:
    excluded = params.excluded_features
    names = get_engine(engine).feature_names(params)
    idle = [pattern for pattern in excluded if not any(fnmatchcase(name, pattern) for name in names)]
    if idle:
        raise ParamsError(
            f"params: excludeFeatures names {', '.join(map(repr, idle))}, which no feature matches",
            advice=f"Correct the pattern, or take it out.{f' Features are named like {names[0]!r}.' if names else ''}",
        )
    return tuple(name for name in names if not any(fnmatchcase(name, pattern) for pattern in excluded))
