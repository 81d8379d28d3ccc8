"""Saving a fitted model with what is needed to use it, and scoring new cases."""

import logging
import os
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted
from tqdm import tqdm

from radiohers._output_files import refuse_existing, write_whole
from radiohers._sklearn import InvalidParameterError, _num_samples, _safe_indexing
from radiohers._versions import library_versions
from radiohers.cohort import Cohort, as_case_table, error_of_case, positive_label
from radiohers.exceptions import ExtractionWarning, ModelFileError
from radiohers.figures import notebook_html
from radiohers.folds import own_threshold
from radiohers.model_io._model_file import check_model_file
from radiohers.model_io._portable_model import portable_model
from radiohers.model_io._progress import showing_progress

__all__ = ["SavedModel", "load_model", "save_model"]

_FORMAT = "radiohers model 1"
_LOG = logging.getLogger("radiohers")


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
    file_format : str
        How the file is laid out; :func:`load_model` refuses others.
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

    def _repr_html_(self) -> str:
        steps = [step for _, step in getattr(self.model, "steps", [("", self.model)])]
        facts = {
            "model": " → ".join(type(step).__name__ for step in steps),
            "positive class": self.positive,
            "negative class": self.negative,
            "threshold": self.threshold,
            **self.training,
            "saved": self.created,
            **self.versions,
        }
        shown = pd.DataFrame({"": [str(fact) for fact in facts.values()]}, index=list(facts))
        return notebook_html(f"SavedModel: {self.target or 'no target named'}", shown)

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
            Labels, of the type of `classes_`.
        """
        return self._called(self._probability(X))

    def score_cases(self, X: Any, on_error: str = "raise", *, verbose: int = 0) -> pd.DataFrame:
        """Return one row a case: its probability of the positive class, and its class.

        Parameters
        ----------
        X : DataFrame of shape (n_cases, n_columns) or list of (image, mask)
            Cohort rows.
        on_error : {"raise", "nan"}, default="raise"
            What a case that fails does: stop with its error, or have no probability
            and no class, with a warning. "nan" scores case by case, without parallel jobs.
        verbose : int, default=0
            Whether to show a progress bar.

        Returns
        -------
        DataFrame of shape (n_cases, 2)
            The columns ``probability`` and ``class``; the index is that of X. Classes
            are of the type of `classes_`. Where a case has no score, its class is
            missing, and the column is one of pandas' types that keep whole numbers
            and booleans beside missing ones.

        Raises
        ------
        RadiohersError
            If a case fails and `on_error` is "raise".
        ValueError
            If `on_error` is neither.
        """
        if on_error == "raise":
            with showing_progress(self.model, verbose):
                probability = self._probability(X)
        elif on_error == "nan":
            # A pair in a list is named by its place, which it would lose in a list of its own.
            X = as_case_table(X) if isinstance(X, list) else X
            bar = tqdm(range(_num_samples(X)), desc="scores", unit="case", disable=not verbose)
            rows = (_safe_indexing(X, [row]) for row in bar)
            probability = np.array([self._probability_or_nan(row) for row in rows], dtype=float)
        else:
            raise ValueError(f"on_error={on_error!r} is not known. Use 'raise' or 'nan'.")
        index = X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(len(probability))
        labels = pd.Series(self._called(probability), index=index)
        is_scored = ~np.isnan(probability)
        if not is_scored.all() and labels.dtype.kind in "iub":
            labels = labels.convert_dtypes()
        scores = pd.DataFrame({"probability": probability, "class": labels.where(is_scored)}, index=index)
        return scores.rename_axis("case_id")

    def _called(self, probability: np.ndarray) -> np.ndarray:
        labels = np.asarray(self.classes_)
        if labels.dtype.kind == "f" and not isinstance(self.positive, float):
            labels = np.array([self.negative, self.positive])
        negative, positive = (list(labels).index(label) for label in (self.negative, self.positive))
        return labels[np.where(probability >= self.threshold, positive, negative)]

    def _probability(self, X: Any) -> np.ndarray:
        return self.predict_proba(X)[:, list(self.classes_).index(self.positive)]

    def _probability_or_nan(self, row: Any) -> float:
        try:
            return float(self._probability(row)[0])
        except Exception as error:
            _LOG.debug("A case has no score.", exc_info=error)
            named = error_of_case(error, row.index[0]) if isinstance(row, pd.DataFrame) else error
            warnings.warn(f"{named} The case has no score.", ExtractionWarning, stacklevel=3)
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
        With two classes and ``predict_proba``: a pipeline, a search, or any other that
        holds further estimators.
    path : path-like
        The file.
    cohort : Cohort, default=None
        What it was fitted on: gives the positive class, the target and the counts.
        No case, patient or path is saved.
    positive : object, default=None
        The positive class; None takes that of the cohort, or 1 of 0 and 1.
    threshold : float, default=0.5
        Probability from which a case is called positive, from 0 to 1; see
        :meth:`~radiohers.evaluation.ModelComparison.threshold`.
    force : bool, default=False
        Whether an existing file is overwritten.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputExistsError
        If the file exists and `force` is false.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    CohortError
        If the positive class is not told.
    ParamsError
        If a parameter file of an extractor is gone.
    ModelFileError
        If the model has no ``predict_proba``, or cannot be pickled.
    sklearn.utils._param_validation.InvalidParameterError
        If the threshold is no number from 0 to 1.

    Warns
    -----
    UserWarning
        If a part that radiohers does not know names a path of this machine, or the model
        has a threshold of its own, which is another one.

    Notes
    -----
    What extractors read from a parameter file is saved with the model, and their
    caches are not, wherever in the model they are: the file works on another machine. How
    many jobs it runs is left to :func:`joblib.parallel_config` there. In the grid and the
    results of a search, the names of files stand in place of their paths.

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
    if not _is_probability(threshold):
        raise InvalidParameterError(
            "The 'threshold' parameter of save_model must be a float in the range [0.0, 1.0]. "
            f"Got {threshold!r} instead."
        )
    path = refuse_existing(path, force)
    check_is_fitted(model)
    if not hasattr(model, "predict_proba"):
        raise ModelFileError(
            f"{type(model).__name__} has no predict_proba, which scoring needs",
            advice="Put the classifier into CalibratedClassifierCV, choose one with probabilities (VotingClassifier: "
            "voting='soft'), or refit the search.",
        )
    if positive is None and cohort is not None:
        positive = cohort.positive
    wanted, positive = positive, positive_label(model.classes_, positive)
    (negative,) = [label for label in model.classes_.tolist() if label != positive]
    if isinstance(wanted, Integral) and isinstance(positive, float) and negative % 1 == 0:
        # scikit-learn makes floats of pandas' nullable whole numbers and booleans.
        kind: Any = type(wanted)
        positive, negative = (kind(label) for label in (positive, negative))
    _warn_of_own_threshold(model, positive, threshold)
    portable = portable_model(model)
    if portable.paths:
        warnings.warn(
            f"The model names paths of this machine, such as {portable.paths[0]!r}. The files are not saved with it: "
            "take the paths out of its parts, or have the files in the same place wherever it is used.",
            stacklevel=2,
        )
    saved = SavedModel(
        model=portable.model,
        positive=positive,
        negative=negative,
        threshold=float(threshold),
        target=None if cohort is None else cohort.target,
        training={} if cohort is None else _counts(cohort),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return write_whole(path, lambda partial: joblib.dump(saved, partial, compress=3))


def _is_probability(value: Any) -> bool:
    # NaN compares as false.
    return isinstance(value, Real) and not isinstance(value, bool) and 0 <= float(value) <= 1


def _warn_of_own_threshold(model: Any, positive: Any, threshold: float) -> None:
    own = own_threshold(model, positive)
    if own is not None and own.is_probability and own.value != threshold:
        warnings.warn(
            f"The model calls cases positive from a probability of {own.value:.4g} on, but threshold={threshold:g} is "
            f"saved and used in scoring. To use that of the model, pass threshold={own.value!r}.",
            stacklevel=3,
        )


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
        If the file is missing, is not one of `save_model`, or has a threshold that is
        no probability.

    Warns
    -----
    UserWarning
        If a library's version differs from that at the time of saving.

    Examples
    --------
    See :func:`save_model`.
    """
    path = Path(os.path.expanduser(path))
    check_model_file(path)
    try:
        saved = joblib.load(path)
    except Exception as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        raise ModelFileError(
            f"cannot be loaded ({reason}): it is damaged, was written by another program, or with other versions of "
            "the libraries",
            advice="Give the file that 'radiohers train --out' or save_model wrote.",
            source=path,
            joined=" ",
        ) from error
    if not isinstance(saved, SavedModel) or saved.file_format != _FORMAT:
        raise ModelFileError(
            f"holds a {type(saved).__name__} and no model of save_model",
            advice="A fitted model becomes one by radiohers.save_model.",
            source=path,
            joined=" ",
        )
    if not _is_probability(saved.threshold):
        raise ModelFileError(
            f"has the threshold {saved.threshold!r}, which is no probability from 0 to 1",
            advice="Save the model anew with another one (threshold=).",
            source=path,
            joined=" ",
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
    # Files of before this was written down have the first.
    versions = {"feature values": "1", **versions}
    # What is missing changes no score: without pyradiomics, only what needs it fails, and says so.
    changed = [f"{name} {then} (now {now[name]})" for name, then in versions.items() if now.get(name, then) != then]
    if changed:
        warnings.warn(
            f"{path.name} was saved with {', '.join(changed)}. Its scores may differ: fit and save it anew, or "
            "install those versions.",
            stacklevel=3,
        )
