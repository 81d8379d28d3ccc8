"""The main job: from a cohort to a report and a model that scores new patients."""

import os
from pathlib import Path
from typing import Any, NamedTuple

from radiohers._output_files import refuse_existing, write_whole
from radiohers.cohort import Cohort
from radiohers.evaluation import ModelComparison, audit, compare_models
from radiohers.features import RadiomicsExtractor
from radiohers.model_io import save_model
from radiohers.protocols._bladder_ctu import radiomics_models

__all__ = ["MainJobFiles", "run_main_job"]

# Named beforehand, as in the study: a model chosen for its result on the test parts would not perform as reported.
SAVED_MODEL = "MLP"


class MainJobFiles(NamedTuple):
    """What the main job gives: the comparison, and the files that hold it.

    Attributes
    ----------
    comparison : ModelComparison
        The result.
    report, predictions, model : Path
        The report (HTML), the predictions (CSV) and the saved model.
    """

    comparison: ModelComparison
    report: Path
    predictions: Path
    model: Path


def run_main_job(
    cohort: Cohort,
    folder: str | os.PathLike,
    params: Any = "ct_default",
    *,
    title: str | None = None,
    with_audit: bool = False,
    n_jobs: int | None = None,
    random_state: int = 0,
    force: bool = False,
    verbose: int = 0,
) -> MainJobFiles:
    """Compare the three radiomics models, write the report, and save the MLP fitted on all cases.

    Parameters
    ----------
    cohort : Cohort
        Cases with labels.
    folder : path-like
        Where ``report.html``, ``predictions.csv``, ``model.joblib`` and the cache of features go.
    params : str, path-like or dict, default="ct_default"
        What to extract.
    title : str, default=None
        Of the report.
    with_audit : bool, default=False
        Whether to check what could explain the result without biology (:func:`~radiohers.audit.audit`) and
        to show it in the report. It refits the models many times.
    n_jobs : int, default=None
        Number of cases, then of fits, at the same time.
    random_state : int, default=0
        Seed of everything.
    force : bool, default=False
        Whether existing files are overwritten.
    verbose : int, default=0
        Whether to show progress bars.

    Returns
    -------
    MainJobFiles
        The comparison and the paths.

    Raises
    ------
    OutputExistsError
        If a file exists and `force` is false. Found before any work is done.
    """
    folder = Path(folder).expanduser()
    report, predictions, model_file = (
        refuse_existing(folder / name, force) for name in ("report.html", "predictions.csv", "model.joblib")
    )
    extractor = RadiomicsExtractor(params, n_jobs=n_jobs, memory=folder / "cache", verbose=verbose)
    models = radiomics_models(extractor, random_state=random_state)
    comparison = compare_models(models, cohort, n_jobs=n_jobs, random_state=random_state, verbose=verbose)
    write_whole(predictions, lambda partial: comparison.predictions.to_csv(partial, index=False))
    model = comparison.models[SAVED_MODEL].fit(cohort.X, cohort.y)
    save_model(model, model_file, cohort=cohort, threshold=comparison.threshold(SAVED_MODEL), force=force)
    found = None
    if with_audit:
        found = audit(
            comparison, cohort, memory=folder / "cache", n_jobs=n_jobs, random_state=random_state, verbose=verbose
        )
    comparison.report(report, title=title, cohort=cohort, audit=found, force=force, verbose=verbose)
    return MainJobFiles(comparison, report, predictions, model_file)
