"""Radiomics of bladder cancer on CT urography: three classifiers on the same features."""

from typing import Any

from sklearn.pipeline import Pipeline

from radiohers.cohort import Cohort
from radiohers.estimators import make_radiomics_pipeline
from radiohers.evaluation import ModelComparison, compare_models

__all__ = ["compare_radiomics_models", "radiomics_models"]

_CLASSIFIERS = {"LR": "lr", "RF": "rf", "MLP": "mlp"}


def radiomics_models(
    params: Any = "bladder_ctu",
    *,
    engine: str = "native",
    memory: Any = None,
    n_jobs: int | None = None,
    on_error: str = "raise",
    random_state: int = 0,
    verbose: int = 0,
) -> dict[str, Pipeline]:
    """Return the three models of the study, on the same features.

    Parameters
    ----------
    params : str, path-like or dict, default="bladder_ctu"
        What to extract.
    engine, memory, n_jobs, on_error, random_state, verbose
        As in :func:`~radiohers.estimators.make_radiomics_pipeline`.

    Returns
    -------
    dict of str to Pipeline
        Logistic regression ("LR"), random forest ("RF") and multi-layer perceptron ("MLP").

    Examples
    --------
    >>> from radiohers.protocols import radiomics_models
    >>> list(radiomics_models())
    ['LR', 'RF', 'MLP']
    """
    return {
        name: make_radiomics_pipeline(
            classifier,
            params,
            engine=engine,
            memory=memory,
            n_jobs=n_jobs,
            on_error=on_error,
            random_state=random_state,
            verbose=verbose,
        )
        for name, classifier in _CLASSIFIERS.items()
    }


def compare_radiomics_models(
    cohort: Cohort,
    params: Any = "bladder_ctu",
    *,
    engine: str = "native",
    cv: Any = None,
    memory: Any = None,
    n_jobs: int | None = None,
    on_error: str = "raise",
    random_state: int = 0,
    verbose: int = 0,
) -> ModelComparison:
    """Compare the study's three models on a cohort, by patient.

    Parameters
    ----------
    cohort : Cohort
        Cases with labels.
    params : str, path-like or dict, default="bladder_ctu"
        What to extract.
    engine : {"native", "pyradiomics"}, default="native"
        What computes the features: compiled kernels, or pyradiomics itself.
    cv : int, cross-validator or iterable, default=None
        See :func:`~radiohers.evaluation.compare_models`. The study's own split is
        ``StratifiedGroupShuffleSplit(test_size=0.3)``.
    memory : str, path-like or joblib.Memory, default=None
        Folder of the cache of features.
    n_jobs : int, default=None
        Number of cases, then of fits, at the same time.
    on_error : {"raise", "nan"}, default="raise"
        What a case that fails in the extraction does.
    random_state : int, default=0
        Seed of folds, models and resamples.
    verbose : int, default=0
        Whether to show progress bars.

    Returns
    -------
    ModelComparison
        With tables, figures and a report.

    References
    ----------
    Jiao P et al. J Cancer 2024;15:6336. The study fitted PCA before its split;
    here it is fitted in each fold, on the training part.
    """
    models = radiomics_models(
        params,
        engine=engine,
        memory=memory,
        n_jobs=n_jobs,
        on_error=on_error,
        random_state=random_state,
        verbose=verbose,
    )
    return compare_models(
        models,
        cohort,
        cv=cv,
        n_jobs=n_jobs,
        random_state=random_state,
        verbose=verbose,
    )
