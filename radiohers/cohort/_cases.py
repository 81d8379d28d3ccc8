"""Rows of a cohort table as cases."""

from typing import Any, NamedTuple

import pandas as pd

from radiohers.exceptions import CohortError

__all__ = ["Case", "as_case_table", "iter_cases"]


class Case(NamedTuple):
    """One image with one lesion: what an extractor needs to know of a row.

    Attributes
    ----------
    case_id : object
        The name of the case: the row's label in the index of X.
    image : path-like, SimpleITK.Image or nibabel image
        The voxels, by path or in memory.
    mask : path-like, SimpleITK.Image, nibabel image or None
        The lesion's voxels; None only where `boxes` are given.
    mask_label : int
        The value that marks the lesion in the mask.
    boxes : path-like or None
        The lesion's rectangles: a file, or a folder of files.
    """

    case_id: Any
    image: Any
    mask: Any
    mask_label: int = 1
    boxes: Any = None


def as_case_table(X: Any, *, mask_or_boxes: bool = False) -> pd.DataFrame:
    """Check X and return it as a table of cases.

    Parameters
    ----------
    X : DataFrame of shape (n_cases, n_columns) or sequence of (image, mask)
        A table with the columns ``image`` and ``mask``, and optionally
        ``mask_label`` and ``boxes``; or pairs, which are numbered from 0.
    mask_or_boxes : bool, default=False
        Whether the column ``boxes`` will do in place of ``mask``.

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
    needed = ["image"] if mask_or_boxes and "boxes" in X.columns else ["image", "mask"]
    missing = [column for column in needed if column not in X.columns]
    if missing:
        raise CohortError(
            f"X has no column {' and no column '.join(map(repr, missing))}; its columns are {list(X.columns)}",
            advice="Pass a cohort's table (read_cohort(...).X) or a list of (image, mask) pairs.",
        )
    return X


def iter_cases(X: Any, default_label: int = 1, *, mask_or_boxes: bool = False) -> list[Case]:
    """Return the cases of a table or of a list of pairs, in their order.

    Parameters
    ----------
    X : DataFrame of shape (n_cases, n_columns) or sequence of (image, mask)
        See :func:`as_case_table`.
    default_label : int, default=1
        The lesion's value in the mask, where X has no column ``mask_label``.
    mask_or_boxes : bool, default=False
        Whether a case may have ``boxes`` in place of a ``mask``. If so, one of
        the two must be there in every row.

    Returns
    -------
    list of Case
        One a row.

    Raises
    ------
    CohortError
        If X is neither, a ``mask_label`` is not a whole number, or a row has
        neither of ``mask`` and ``boxes`` where one of them is needed.

    Examples
    --------
    >>> from radiohers.cohort import iter_cases
    >>> iter_cases([("a.nii.gz", "a_mask.nii.gz")])
    [Case(case_id=0, image='a.nii.gz', mask='a_mask.nii.gz', mask_label=1, boxes=None)]
    """
    table = as_case_table(X, mask_or_boxes=mask_or_boxes)
    columns = [_cells(table, "mask"), _mask_labels(table, default_label), _cells(table, "boxes")]
    cases = [Case(*row) for row in zip(table.index, table["image"], *columns, strict=True)]
    bare = [case.case_id for case in cases if case.mask is None and case.boxes is None]
    if mask_or_boxes and bare:
        raise CohortError(
            f"case {bare[0]!r} has neither a mask nor boxes{_and_others(bare)}",
            advice="Give the path of one of the two in the columns 'mask' and 'boxes'.",
        )
    return cases


def _cells(table: pd.DataFrame, column: str) -> list[Any]:
    """Return a column's cells, None where one is empty or the column is not there."""
    if column not in table.columns:
        return [None] * len(table)
    return [None if _is_empty(cell) else cell for cell in table[column]]


def _is_empty(cell: Any) -> bool:
    # pandas.isna would look inside an image in memory.
    if isinstance(cell, str):
        return not cell.strip()
    return cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell)


def _and_others(case_ids: list) -> str:
    return f" (nor have {len(case_ids) - 1} more)" if len(case_ids) > 1 else ""


def _mask_labels(table: pd.DataFrame, default_label: int) -> list[int]:
    if "mask_label" not in table.columns:
        return [default_label] * len(table)
    numbers = pd.to_numeric(table["mask_label"], errors="coerce")
    is_wrong = numbers.isna() | (numbers % 1 != 0) | (numbers < 1)
    if is_wrong.any():
        row = int(is_wrong.to_numpy().argmax())
        raise CohortError(
            f"case {table.index[row]!r}, column 'mask_label': {table['mask_label'].iloc[row]!r} is not a whole number "
            "from 1 on",
            advice="Give the value that marks the lesion in the mask, for instance 1.",
        )
    return numbers.astype(int).tolist()


def _table_of_pairs(X: Any) -> pd.DataFrame:
    try:
        pairs = [(image, mask) for image, mask in X]
    except (TypeError, ValueError) as error:
        raise CohortError(
            f"X is a {type(X).__name__} that is neither a table with the columns 'image' and 'mask' nor a list of "
            "(image, mask) pairs",
            advice="Pass read_cohort(...).X or such a list.",
        ) from error
    # Built column by column: pandas would otherwise try to look inside the images.
    table = pd.DataFrame(index=range(len(pairs)))
    for position, column in enumerate(("image", "mask")):
        values = pd.Series([None] * len(pairs), index=table.index, dtype=object)
        for row, pair in enumerate(pairs):
            values.iat[row] = pair[position]
        table[column] = values
    return table
