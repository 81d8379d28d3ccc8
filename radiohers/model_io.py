"""Saving a fitted model with what is needed to use it, and scoring new cases."""

import copy
import os
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples, check_is_fitted

from radiohers._output_files import refuse_existing, write_whole
from radiohers._versions import library_versions
from radiohers.cohort import Cohort, positive_label
from radiohers.crops import CropExtractor
from radiohers.estimators import CaseCNNClassifier, CropCNNClassifier
from radiohers.exceptions import ExtractionWarning, ModelFileError, RadiohersError
from radiohers.features import RadiomicsExtractor, load_params

__all__ = ["SavedModel", "load_model", "save_model"]

_FORMAT = "radiohers model 1"


@dataclass(frozen=True)
class SavedModel:
    """A fitted model with its classes, its threshold and where it came from.

    Attributes
    ----------
    model : fitted classifier
        What was saved; it takes cohort rows.
    positive, negative : object
        The two classes.
    threshold : float
        Probability of the positive class from which a case is called positive.
    target : str or None
        What the label was called.
    training : dict
        Counts of the cohort it was fitted on; no case, patient or path.
    versions : dict of str to str
        Libraries at the time of saving.
    created : str
        Time of saving, UTC.
    """

    model: Any
    positive: Any
    negative: Any
    threshold: float
    target: str | None = None
    training: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=library_versions)
    created: str = ""
    file_format: str = _FORMAT

    @property
    def classes_(self) -> np.ndarray:
        """Classes in the order of the columns of `predict_proba`."""
        return self.model.classes_

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class.

        Parameters
        ----------
        X : DataFrame of shape (n_cases, n_columns)
            Cohort rows.

        Returns
        -------
        ndarray of shape (n_cases, 2)
            In the order of `classes_`.
        """
        return self.model.predict_proba(X)

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of each case, at the saved threshold.

        Parameters
        ----------
        X : DataFrame of shape (n_cases, n_columns)
            Cohort rows.

        Returns
        -------
        ndarray of shape (n_cases,)
            Labels.
        """
        return self.score_cases(X)["class"].to_numpy()

    def score_cases(self, X: Any, on_error: str = "raise") -> pd.DataFrame:
        """Return one row a case: its probability of the positive class, and its class.

        Parameters
        ----------
        X : DataFrame of shape (n_cases, n_columns) or list of (image, mask)
            Cohort rows.
        on_error : {"raise", "nan"}, default="raise"
            What a case that fails does: stop with its error, or have no probability
            and no class, with a warning. "nan" scores case by case, without parallel jobs.

        Returns
        -------
        DataFrame of shape (n_cases, 2)
            The columns ``probability`` and ``class``; the index is that of X.

        Raises
        ------
        RadiohersError
            If a case fails and `on_error` is "raise".
        ValueError
            If `on_error` is neither.
        """
        if on_error == "raise":
            probability = self._probability(X)
        elif on_error == "nan":
            rows = (_safe_indexing(X, [row]) for row in range(_num_samples(X)))
            probability = np.array([self._probability_or_nan(row) for row in rows], dtype=float)
        else:
            raise ValueError(f"on_error={on_error!r} is not known. Use 'raise' or 'nan'.")
        index = X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(len(probability))
        labels = pd.Series(np.where(probability >= self.threshold, self.positive, self.negative), index=index)
        scores = pd.DataFrame({"probability": probability, "class": labels.where(~np.isnan(probability))}, index=index)
        return scores.rename_axis("case_id")

    def _probability(self, X: Any) -> np.ndarray:
        return self.predict_proba(X)[:, list(self.classes_).index(self.positive)]

    def _probability_or_nan(self, X: Any) -> float:
        try:
            return float(self._probability(X)[0])
        except RadiohersError as error:
            warnings.warn(f"{error} The case has no score.", ExtractionWarning, stacklevel=3)
            return np.nan


def save_model(
    model: Any,
    path: str | os.PathLike,
    *,
    cohort: Cohort | None = None,
    positive: Any = None,
    threshold: float = 0.5,
    force: bool = False,
) -> Path:
    """Save a fitted model with its classes, threshold and versions.

    Parameters
    ----------
    model : fitted classifier
        With two classes and ``predict_proba``.
    path : path-like
        The file.
    cohort : Cohort, default=None
        What it was fitted on: gives the positive class, the target and the counts.
        No case, patient or path is saved.
    positive : object, default=None
        The positive class; None takes that of the cohort, or 1 of 0 and 1.
    threshold : float, default=0.5
        Probability from which a case is called positive; see
        :meth:`~radiohers.evaluation.ModelComparison.threshold`.
    force : bool, default=False
        Whether an existing file is overwritten.

    Returns
    -------
    Path
        The file.

    Notes
    -----
    What an extractor in the model reads from a parameter file is saved with the
    model, and its cache is not: the file works on another machine. How many jobs it
    runs is left to :func:`joblib.parallel_config` there.

    Raises
    ------
    OutputExistsError
        If the file exists and `force` is false.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    CohortError
        If the positive class is not told.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.linear_model import LogisticRegression
    >>> import radiohers as rh
    >>> model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = rh.save_model(model, Path(folder) / "model.rh")
    ...     saved = rh.load_model(path)
    >>> saved.predict_proba([[1.0]]).shape
    (1, 2)
    """
    path = refuse_existing(path, force)
    check_is_fitted(model)
    if positive is None and cohort is not None:
        positive = cohort.positive
    positive = positive_label(model.classes_, positive)
    (negative,) = [label for label in model.classes_.tolist() if label != positive]
    saved = SavedModel(
        model=_portable(model),
        positive=positive,
        negative=negative,
        threshold=float(threshold),
        target=None if cohort is None else cohort.target,
        training={} if cohort is None else _counts(cohort),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return write_whole(path, lambda partial: joblib.dump(saved, partial, compress=3))


def _portable(model: Any) -> Any:
    """Return a copy whose extractors need no file of this machine, and tell of none."""
    model = copy.deepcopy(model)
    for part in (model, *model.get_params(deep=True).values()):
        if isinstance(part, RadiomicsExtractor):
            part.set_params(params=load_params(part.params))
        if isinstance(part, (RadiomicsExtractor, CropExtractor)):
            part.set_params(memory=None, n_jobs=None, verbose=0)
        if isinstance(part, CropCNNClassifier):
            part.set_params(checkpoint_folder=None)
    if isinstance(model, CaseCNNClassifier):
        model.classifier_.set_params(checkpoint_folder=None)
    return model


def load_model(path: str | os.PathLike) -> SavedModel:
    """Load a model that :func:`save_model` wrote.

    Parameters
    ----------
    path : path-like
        The file. Files of this kind can run code when they are opened: load only
        what you or people you trust have written.

    Returns
    -------
    SavedModel
        With ``predict_proba``, ``predict`` and ``score_cases``.

    Raises
    ------
    ModelFileError
        If the file is missing, or is not one of `save_model`.

    Warns
    -----
    UserWarning
        If a library's version differs from that at the time of saving.

    Examples
    --------
    See :func:`save_model`.
    """
    path = Path(os.path.expanduser(path))
    if not path.is_file():
        raise ModelFileError(f"{path} is not a file. Give the path that save_model wrote.")
    try:
        saved = joblib.load(path)
    except Exception as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        raise ModelFileError(
            f"{path} cannot be loaded ({reason}). Give a file that save_model wrote, with the same versions of the "
            "libraries."
        ) from error
    if not isinstance(saved, SavedModel) or saved.file_format != _FORMAT:
        raise ModelFileError(
            f"{path} holds a {type(saved).__name__} and no model of save_model. Save it with save_model."
        )
    _warn_of_versions(path, saved.versions)
    return saved


def _counts(cohort: Cohort) -> dict[str, Any]:
    return {
        "n_cases": len(cohort),
        "n_patients": int(cohort.groups.nunique()) if cohort.patients_given else None,
        "n_positive": int((cohort.y == cohort.positive).sum()) if cohort.y is not None else None,
    }


def _warn_of_versions(path: Path, versions: dict[str, str]) -> None:
    now = library_versions()
    changed = [f"{name} {then} (now {now.get(name)})" for name, then in versions.items() if now.get(name) != then]
    if changed:
        warnings.warn(
            f"{path.name} was saved with {', '.join(changed)}. Its scores may differ: fit and save it anew, or "
            "install those versions.",
            stacklevel=3,
        )
