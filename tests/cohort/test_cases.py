"""Rows, pairs and mask labels as cases."""

import pandas as pd
import pytest

from radiohers.cohort import iter_cases, positive_label
from radiohers.exceptions import CohortError


def test_rows_keep_their_names_and_order():
    table = pd.DataFrame({"image": ["a", "b"], "mask": ["ma", "mb"], "mask_label": [2, 3]}, index=["y", "x"])
    assert [tuple(case) for case in iter_cases(table)] == [("y", "a", "ma", 2, None), ("x", "b", "mb", 3, None)]


def test_pairs_are_numbered():
    assert [tuple(case) for case in iter_cases([("a", "ma"), ("b", "mb")])] == [
        (0, "a", "ma", 1, None),
        (1, "b", "mb", 1, None),
    ]


def test_label_without_a_column():
    assert iter_cases([("a", "ma")], default_label=4)[0].mask_label == 4


def test_missing_columns_are_named():
    with pytest.raises(CohortError, match="X has no column 'mask'; its columns are \\['image'\\]"):
        iter_cases(pd.DataFrame({"image": ["a"]}))


@pytest.mark.parametrize("X", [3, ["abc"], [("a",)]])
def test_neither_table_nor_pairs(X):
    with pytest.raises(CohortError, match="neither a table with the columns 'image' and 'mask' nor a list"):
        iter_cases(X)


def test_mask_label_that_is_no_number():
    table = pd.DataFrame({"image": ["a"], "mask": ["m"], "mask_label": ["liver"]}, index=["case7"])
    with pytest.raises(CohortError, match="case 'case7', column 'mask_label': 'liver' is not a whole number"):
        iter_cases(table)


def test_boxes_stand_in_for_a_mask_where_that_is_allowed():
    table = pd.DataFrame({"image": ["a", "b"], "boxes": ["a.json", "b.json"]}, index=["one", "two"])
    assert iter_cases(table, mask_or_boxes=True)[1] == ("two", "b", None, 1, "b.json")
    with pytest.raises(CohortError, match="X has no column 'mask'"):
        iter_cases(table)


@pytest.mark.parametrize("empty", [None, float("nan"), pd.NA, " "])
def test_a_case_needs_a_mask_or_boxes(empty):
    table = pd.DataFrame({"image": ["a", "b", "c"], "mask": ["m", empty, empty], "boxes": [empty] * 3}, dtype=object)
    with pytest.raises(CohortError, match="case 1 has neither a mask nor boxes \\(nor have 1 more\\)"):
        iter_cases(table, mask_or_boxes=True)
    assert iter_cases(table)[0] == (0, "a", "m", 1, None)


@pytest.mark.parametrize(("y", "expected"), [([0, 1], 1), ([-1, 1], 1), ([True, False], True)])
def test_numbers_name_their_positive_class(y, expected):
    assert positive_label(y) == expected


def test_positive_may_be_spelt_as_text():
    assert positive_label([1, 2], positive="2") == 2


def test_three_classes():
    with pytest.raises(CohortError, match="^y: 3 classes, where two are needed: 0 .1 row., 1 "):
        positive_label([0, 1, 2])


@pytest.mark.parametrize("y", [[0, 1, None], ["a", None, "b", "b"], [True, False, float("nan"), True]])
def test_missing_labels(y):
    with pytest.raises(CohortError, match=f"^y: 1 of {len(y)} labels are missing"):
        positive_label(y, "b")
