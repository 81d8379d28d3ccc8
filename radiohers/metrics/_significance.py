"""What a test of significance returns."""

import math
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

    statistic: float = math.nan
    p_value: float = math.nan
    difference: float = math.nan
    low: float = math.nan
    high: float = math.nan
    method: str = ""
