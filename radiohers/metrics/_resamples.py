"""How often each resample holds each case: sums over the cases of a fold, and its cases one by one.

A resample only changes how often a case counts. What is taken of 2,000 resamples of 10,000 cases is
therefore computed for all resamples at once, a few cases at a time, so that memory stays small.
"""

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np

__all__ = ["Resamples", "divide"]

# Counts held as floats: 1 MiB for cases one by one, which stays in the processor's cache, and 4 for matrix products.
_IN_ORDER = 2**17
_SUMMED = 2**19


class Resamples:
    """How often each resample holds each row of a fold.

    Parameters
    ----------
    weights : ndarray of shape (n_bootstraps, n_cases)
        How often each case was drawn. Quickest if the numbers of a case lie side by side, as
        :func:`~radiohers.metrics._bootstrap.patient_weights` has them.
    case : ndarray of int of shape (n_rows,), default=None
        The column of `weights` for each row of the fold; None takes the cases as they are.
    """

    def __init__(self, weights: np.ndarray, case: np.ndarray | None = None):
        self._counts = np.ascontiguousarray(np.transpose(weights))
        self._case = np.arange(len(self._counts)) if case is None else np.asarray(case)
        self._last: tuple[np.ndarray, np.ndarray] | None = None

    @classmethod
    def of(cls, weights: "np.ndarray | Resamples") -> "Resamples":
        """Return resamples as they are, and weights as resamples."""
        return weights if isinstance(weights, Resamples) else cls(weights)

    def __len__(self) -> int:
        return self._counts.shape[1]

    @cached_property
    def total(self) -> np.ndarray:
        """Number of rows in each resample, of shape (n_bootstraps,)."""
        return self.sums_of(lambda rows: np.ones(len(rows)), ())

    def sums(self, columns: np.ndarray) -> np.ndarray:
        """Return the sums of some columns over the rows that each resample holds.

        Parameters
        ----------
        columns : ndarray of shape (n_rows,) or (n_rows, n_columns)
            Numbers or bool.

        Returns
        -------
        ndarray of shape (n_bootstraps,) or (n_bootstraps, n_columns)
            Exact for whole numbers.
        """
        # Several statistics in turn are made of the same sums.
        if self._last is None or not np.array_equal(self._last[0], columns):
            self._last = columns, self.sums_of(lambda rows: columns[rows], columns.shape[1:])
        return self._last[1]

    def sums_of(self, columns: Callable[[np.ndarray], np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
        """Return the sums of columns that are too many to be held for all rows at once.

        Parameters
        ----------
        columns : callable
            Returns the columns of some rows, of shape (n_here, \\*shape), from their positions.
        shape : tuple of int
            Of one row.

        Returns
        -------
        ndarray of shape (n_bootstraps, \\*shape)
            As from :meth:`sums`.
        """
        cases, order, starts = self._rows_of_cases
        bounds = np.append(starts, len(order))
        total = np.zeros((*shape, len(self)))
        step = max(1, _SUMMED // max(1, len(self)))
        for first in range(0, len(cases), step):
            here = slice(first, first + step)
            last = min(first + step, len(cases))
            values = np.asarray(columns(order[bounds[first] : bounds[last]]), dtype=float)
            # The rows that show the same case count alike.
            values = np.add.reduceat(values, starts[here] - starts[first], axis=0)
            total += values.T @ self._counts[cases[here]].astype(float)
        return np.ascontiguousarray(total.T)

    @cached_property
    def _rows_of_cases(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        order = np.argsort(self._case, kind="stable")
        cases, starts = np.unique(self._case[order], return_index=True)
        return cases, order, starts

    def in_order(self, rows: np.ndarray) -> Iterator[np.ndarray]:
        """Yield how often each resample holds one row after another.

        Parameters
        ----------
        rows : ndarray of int
            Positions in the fold.

        Yields
        ------
        ndarray of float of shape (n_bootstraps,)
            One a row.
        """
        step = max(1, _IN_ORDER // max(1, len(self)))
        for start in range(0, len(rows), step):
            yield from self._counts[self._case[rows[start : start + step]]].astype(float)

    def parts(self, n_numbers: int) -> "Iterator[Resamples]":
        """Yield a few resamples after the other, at most `n_numbers` numbers of rows and resamples at a time."""
        step = max(1, n_numbers // max(1, len(self._case)))
        for start in range(0, len(self), step):
            yield Resamples(self._counts[:, start : start + step].T, self._case)

    def weights(self, numbers: np.ndarray) -> np.ndarray:
        """Return how often some of the resamples hold each row, of shape (n_numbers, n_rows)."""
        return np.ascontiguousarray(self._counts[:, numbers].T[:, self._case], dtype=float)


def divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Return the quotient, NaN where the denominator is not positive."""
    quotient = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    return np.divide(numerator, denominator, out=quotient, where=denominator > 0)
