"""Which columns are acquisition, which are clinical, and models that know nothing else."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from radiohers.audit._check import Reason
from radiohers.audit._context import AuditContext
from radiohers.exceptions import CohortError

__all__ = [
    "BaselineTable",
    "acquisition_table",
    "check_columns",
    "clinical_table",
    "cramers_v",
    "majority_model",
    "table_model",
    "volume_table",
]

GRID_COLUMNS = ("spacing_x_mm", "spacing_y_mm", "spacing_z_mm", "n_columns", "n_rows", "n_slices")
_ACQUISITION_WORDS = """
    acquisition center centers centre centres hospital institution institute site sites scanner scanners manufacturer
    vendor station kernel reconstruction recon kvp kv mas tube exposure ctdi ctdivol dlp slice slices thickness spacing
    pixel voxel matrix fov protocol phase contrast tesla field coil echo software device study scan scandate cohort
    dataset source collection batch operator reader annotator
"""
# A site of the body, a dose of a drug: such words make a column clinical.
_CLINICAL_WORDS = """
    tumor tumour primary lesion metastasis metastatic biopsy anatomic anatomical body drug chemo chemotherapy
    radiotherapy treatment therapy disease stage
"""
_ID_WORDS = "id ids uid uuid mrn accession number no nr name"
MAX_CATEGORIES = 10
SHARE_OF_UNIQUE = 0.9


class BaselineTable(NamedTuple):
    """Columns for a baseline, those that were left out with the reason, and why there may be none."""

    X: pd.DataFrame
    left_out: dict[str, str]
    empty: Reason | None = None

    def left_out_text(self) -> str:
        """Return a sentence on what was left out; empty if nothing was."""
        if not self.left_out:
            return ""
        return " Left out: " + ", ".join(f"{name} ({why})" for name, why in self.left_out.items()) + "."

    def why_empty(self) -> Reason | None:
        """Return why nothing can be fitted on these columns; None if it can."""
        if not self.X.isna().all(axis=None):
            return None
        return self.empty or Reason(
            f"No column of this kind differs between cases.{self.left_out_text()}",
            "Put what is known (site, scanner, age, stage) in the cohort's table, or name columns.",
        )


def volume_table(context: AuditContext) -> BaselineTable:
    """Return the size of the lesions.

    Parameters
    ----------
    context : AuditContext
        The comparison and its cohort.

    Returns
    -------
    BaselineTable
        The logarithms of the lesion's volume in ml and of its number of voxels.
    """
    sizes = context.sizes
    X = {"log_lesion_ml": np.log(sizes["lesion_ml"]), "log_n_lesion_voxels": np.log(sizes["n_lesion_voxels"])}
    return BaselineTable(pd.DataFrame(X), {}, Reason("No case has a mask, so no lesion has a volume.", "Draw masks."))


def acquisition_table(context: AuditContext) -> BaselineTable:
    """Return what is known of how images were made.

    Parameters
    ----------
    context : AuditContext
        The comparison and its cohort; columns that it names for acquisition are taken besides those that are known by
        their names.

    Returns
    -------
    BaselineTable
        Spacing and size of the images, and columns of the table. Whole numbers
        of up to 10 values in a column of the table are taken for codes.
    """
    clinical, named = context.cohort.clinical, context.acquisition or ()
    columns = [name for name in clinical.columns if name in named or is_acquisition(name)]
    own = clinical[columns].apply(lambda column: _as_texts(column) if _looks_like_codes(column) else column)
    own, left_out = _usable(own, kept=named)
    grid, constant = _usable(context.sizes[list(GRID_COLUMNS)])
    return BaselineTable(pd.concat([grid, own], axis=1), constant | left_out)


def clinical_table(context: AuditContext) -> BaselineTable:
    """Return the clinical columns.

    Parameters
    ----------
    context : AuditContext
        The comparison and its cohort; where it names no clinical columns, all are taken that are not acquisition.

    Returns
    -------
    BaselineTable
        Without columns that name cases or have one value only.
    """
    clinical, named = context.cohort.clinical, context.clinical
    if named is None:
        others = context.acquisition or ()
        columns = [name for name in clinical.columns if name not in others and not is_acquisition(name)]
    else:
        columns = list(named)
    return BaselineTable(*_usable(clinical[columns], kept=named or ()))


def is_acquisition(name: Any) -> bool:
    """Tell from its name whether a column says how an image was made.

    Examples
    --------
    >>> from radiohers.audit._tables import is_acquisition
    >>> [is_acquisition(name) for name in ("site", "sliceThickness", "tumour_site", "age")]
    [True, True, False, False]
    """
    words = _words(name)
    return bool(words & set(_ACQUISITION_WORDS.split())) and not words & set(_CLINICAL_WORDS.split())


def _words(name: Any) -> set[str]:
    name = str(name)
    # As it stands for kVp, and at its capitals for sliceThickness.
    both = f"{name} {re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', name)}"
    return set(re.findall(r"[a-z]+", both.lower()))


def check_columns(named: Sequence[str] | None, table: pd.DataFrame, parameter: str) -> None:
    """Raise a CohortError if a column that was named is not in the table."""
    wanted = list(named or ())
    missing = [name for name in wanted if name not in table.columns]
    if missing:
        raise CohortError(
            f"{parameter}={wanted!r}: the cohort has no column {missing[0]!r}; its columns are {list(table.columns)}",
            advice="Name columns of the cohort's table.",
        )


def _usable(table: pd.DataFrame, kept: Sequence[str] = ()) -> tuple[pd.DataFrame, dict[str, str]]:
    left_out = {}
    table = table.apply(_dates_as_days)
    for name in table.columns:
        if table[name].isna().all():
            left_out[str(name)] = "empty"
        # A value that is known at one site only tells the site.
        elif table[name].nunique(dropna=False) == 1:
            left_out[str(name)] = "one value only"
        elif name not in kept and _names_cases(table[name]):
            left_out[str(name)] = "names cases"
    columns = {
        name: table[name].astype(float) if _is_number(table[name]) else _as_texts(table[name])
        for name in table.columns
        if str(name) not in left_out
    }
    return pd.DataFrame(columns, index=table.index), left_out


def _dates_as_days(column: pd.Series) -> pd.Series:
    if _is_number(column) or not _words(column.name) & {"date", "scandate"}:
        return column
    dates = pd.to_datetime(column, errors="coerce")
    if dates.notna().sum() < column.notna().sum():
        return column
    return (dates - pd.Timestamp(0)).dt.total_seconds() / 86400


def _is_number(column: pd.Series) -> bool:
    return is_numeric_dtype(column) and not is_bool_dtype(column)


def _names_cases(column: pd.Series) -> bool:
    """Tell whether almost every case has a value of its own, where numbers would mean something."""
    n_there = column.notna().sum()
    if column.nunique() < SHARE_OF_UNIQUE * n_there or n_there < 5:
        return False
    if not _is_number(column):
        return True
    whole = (column.dropna() % 1 == 0).all()
    return bool(whole and _words(column.name) & set(_ID_WORDS.split()))


def _looks_like_codes(column: pd.Series) -> bool:
    if not _is_number(column) or column.nunique() > MAX_CATEGORIES:
        return False
    return bool(column.notna().any() and (column.dropna() % 1 == 0).all())


def _as_texts(column: pd.Series) -> pd.Series:
    texts = column.astype(object).map(lambda value: None if pd.isna(value) else _as_text(value))
    return texts.where(texts.notna(), "missing")


def _as_text(value: Any) -> str:
    # A code beside missing values is read as 1.0.
    is_whole = isinstance(value, (float, np.floating)) and value == int(value)
    return str(int(value)) if is_whole else str(value)


def table_model(X: pd.DataFrame, classifier: str = "lr", random_state: int = 0) -> Pipeline:
    """Return a model of a table of numbers and texts; everything is fitted in the fold.

    Parameters
    ----------
    X : DataFrame of shape (n_cases, n_columns)
        The table, for the kinds of its columns.
    classifier : {"lr", "rf"}, default="lr"
        Logistic regression, or a random forest of 50 trees.
    random_state : int, default=0
        Seed of the forest.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Numbers: median for what is missing and a column that says so, zero mean, unit
        variance. Texts: one column a value, those not seen in training being none of them.
    """
    numbers = [name for name in X.columns if is_numeric_dtype(X[name])]
    texts = [name for name in X.columns if name not in numbers]
    # That a value is missing may tell the label too.
    imputer = SimpleImputer(strategy="median", keep_empty_features=True, add_indicator=True)
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(imputer, StandardScaler()), numbers),
            ("texts", OneHotEncoder(handle_unknown="ignore"), texts),
        ]
    )
    last = {
        "lr": LogisticRegression(max_iter=1000),
        "rf": RandomForestClassifier(n_estimators=50, random_state=random_state),
    }[classifier]
    return Pipeline([("columns", columns), ("classifier", last)])


def majority_model(y: pd.Series) -> DummyClassifier:
    """Return the model that always names the more frequent class of all cases.

    The more frequent one of a training part would be the rarer one of its test part: with as many cases
    of both classes, and one left out, it is never right.
    """
    return DummyClassifier(strategy="constant", constant=y.mode().iloc[0])


def cramers_v(values: pd.Series, is_positive: np.ndarray) -> float:
    """Return how strongly a column of texts is associated with the label, corrected for chance.

    Parameters
    ----------
    values : Series of shape (n_cases,)
        Texts.
    is_positive : ndarray of bool of shape (n_cases,)
        The label.

    Returns
    -------
    float
        0 (none) to 1 (the value tells the label).

    References
    ----------
    Bergsma W. A bias-correction for Cramér's V and Tschuprow's T. Journal of the Korean
    Statistical Society 2013;42:323-328. doi:10.1016/j.jkss.2012.10.002

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from radiohers.audit._tables import cramers_v
    >>> round(cramers_v(pd.Series(["a", "b"] * 10), np.array([True, False] * 10)), 6)
    1.0
    """
    counts = pd.crosstab(values.to_numpy(), np.asarray(is_positive)).to_numpy(dtype=float)
    n, (n_rows, n_columns) = counts.sum(), counts.shape
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / n
    phi_squared = float(((counts - expected) ** 2 / expected).sum() / n)
    corrected = max(0.0, phi_squared - (n_rows - 1) * (n_columns - 1) / (n - 1))
    rows = n_rows - (n_rows - 1) ** 2 / (n - 1)
    columns = n_columns - (n_columns - 1) ** 2 / (n - 1)
    smaller = min(rows, columns) - 1
    return float(np.sqrt(corrected / smaller)) if smaller > 0 else 0.0
