"""What a test of significance returns."""

from typing import NamedTuple

__all__ = ["SignificanceTest"]


class SignificanceTest(NamedTuple):
    """What a test found.

    Attributes
    ----------
    statistic : float
        See the test.
    p_value : float
        NaN where the test cannot be made; `method` then says why.
    difference : float
        What was tested against 0: first model minus second, or model minus chance.
    low, high : float
        Confidence interval of the difference; NaN from tests by permutation, which give none.
    method : str
        The test, in words for the caption of a table.
    """

    statistic: float
    p_value: float
    difference: float
    low: float
    high: float
    method: str
