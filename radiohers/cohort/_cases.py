"""Rows of a cohort table as cases."""

from typing import Any, NamedTuple

import pandas as pd

from radiohers.exceptions import CohortError

__all__ = ["Case", "as_case_table", "iter_cases"]


class Case(NamedTuple):
    """One image with one mask: what an extractor needs to know of a row.

    Attributes
    ----------
    case_id : object
        The name of the case: the row's label in the index of X.
    image, mask : path-like, SimpleITK.Image or nibabel image
        The voxels, by path or in memory.
    mask_label : int
        The value that marks the lesion in the mask.
    """

    case_id: Any
    image: Any
    mask: Any
    mask_label: int = 1


def as_case_table(X: Any) -> pd.DataFrame:
    """Check X and return it as a table of cases.

    Parameters
    ----------
    X : DataFrame of shape (n_cases, n_columns) or sequence of (image, mask)
        A table with the columns ``image`` and ``mask``, and optionally
        ``mask_label``; or pairs, which are numbered from 0.

    Returns
    -------
    DataFrame
        X itself where it is one, else a new table.

    Raises
    ------
    CohortError
        If X is neither, or a needed column is missing.

    Examples
    --------
    >>> from radiohers.cohort import as_case_table
    >>> as_case_table([("a.nii.gz", "a_mask.nii.gz")]).columns.tolist()
    ['image', 'mask']
    """
    if not isinstance(X, pd.DataFrame):
        X = _table_of_pairs(X)
    missing = [column for column in ("image", "mask") if column not in X.columns]
    if missing:
        raise CohortError(
            f"X has no column {' and no column '.join(map(repr, missing))}; its columns are "
            f"{list(X.columns)}. Pass a cohort's table (read_cohort(...).X) or a list of (image, mask) pairs."
        )
    return X


def iter_cases(X: Any, default_label: int = 1) -> list[Case]:
    """Return the cases of a table or of a list of pairs, in their order.

    Parameters
    ----------
    X : DataFrame of shape (n_cases, n_columns) or sequence of (image, mask)
        See :func:`as_case_table`.
    default_label : int, default=1
        The lesion's value in the mask, where X has no column ``mask_label``.

    Returns
    -------
    list of Case
        One a row.

    Raises
    ------
    CohortError
        If X is neither, or a ``mask_label`` is not a whole number.

    Examples
    --------
    >>> from radiohers.cohort import iter_cases
    >>> iter_cases([("a.nii.gz", "a_mask.nii.gz")])
    [Case(case_id=0, image='a.nii.gz', mask='a_mask.nii.gz', mask_label=1)]
    """
    table = as_case_table(X)
    labels = _mask_labels(table, default_label)
    return [
        Case(case_id, image, mask, label)
        for case_id, image, mask, label in zip(table.index, table["image"], table["mask"], labels, strict=True)
    ]


def _mask_labels(table: pd.DataFrame, default_label: int) -> list[int]:
    if "mask_label" not in table.columns:
        return [default_label] * len(table)
    numbers = pd.to_numeric(table["mask_label"], errors="coerce")
    wrong = table.index[numbers.isna() | (numbers % 1 != 0)]
    if len(wrong):
        raise CohortError(
            f"case {wrong[0]!r}, column 'mask_label': {table.loc[wrong[0], 'mask_label']!r} is not a whole number. "
            "Give the value that marks the lesion in the mask, for instance 1."
        )
    return numbers.astype(int).tolist()


def _table_of_pairs(X: Any) -> pd.DataFrame:
    try:
        pairs = [(image, mask) for image, mask in X]
    except (TypeError, ValueError) as error:
        raise CohortError(
            f"X is a {type(X).__name__} that is neither a table with the columns 'image' and 'mask' "
            "nor a list of (image, mask) pairs. Pass read_cohort(...).X or such a list."
        ) from error
    # Built column by column: pandas would otherwise try to look inside the images.
    table = pd.DataFrame(index=range(len(pairs)))
    for position, column in enumerate(("image", "mask")):
        values = pd.Series([None] * len(pairs), index=table.index, dtype=object)
        for row, pair in enumerate(pairs):
            values.iat[row] = pair[position]
        table[column] = values
    return table
