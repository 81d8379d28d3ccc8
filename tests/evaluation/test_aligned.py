"""Labels, patients and cases that carry names are matched by name, or refused."""

import numpy as np
import pandas as pd
import pytest

from radiohers.evaluation._aligned import align
from radiohers.exceptions import CohortError

NAMES = ["c3", "c1", "c4", "c2"]
X = pd.DataFrame({"a": range(4)}, index=NAMES)
Y = pd.Series([1, 0, 0, 1], index=NAMES)
GROUPS = pd.Series(["p3", "p1", "p4", "p2"], index=NAMES)
ORDERS = [NAMES, sorted(NAMES), NAMES[::-1], NAMES[2:] + NAMES[:2]]


@pytest.mark.parametrize("of_y", ORDERS)
@pytest.mark.parametrize("of_groups", ORDERS)
def test_whatever_the_order(of_y, of_groups):
    found = align(X, Y[of_y], GROUPS[of_groups])
    assert found.y.tolist() == Y.tolist()
    assert found.y.index.tolist() == NAMES
    assert found.patients.tolist() == GROUPS.tolist()


@pytest.mark.parametrize("plain", [list, tuple, np.asarray, pd.array, lambda v: pd.Series(list(v))])
@pytest.mark.parametrize("of_X", [X, X.reset_index(drop=True), X.to_numpy()])
def test_plain_positions_stay_positions(plain, of_X):
    found = align(of_X, plain(Y.tolist()), plain(GROUPS.tolist()))
    assert found.y.tolist() == Y.tolist()
    assert found.patients.tolist() == GROUPS.tolist()


def test_names_of_y_and_groups_where_x_has_none():
    assert align(X.to_numpy(), Y, GROUPS).patients.tolist() == GROUPS.tolist()
    with pytest.raises(CohortError, match="X has no names that would say which order is its own"):
        align(X.to_numpy(), Y, GROUPS[::-1])


def test_one_column():
    assert align(X, Y[::-1].to_frame(), GROUPS.to_numpy()[:, None]).y.tolist() == Y.tolist()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"y": Y.rename(lambda name: name.upper())}, "y names other cases than X: 'C1' is"),
        ({"groups": GROUPS.rename({"c1": "c9"})}, "groups names other cases than X: 'c9' is"),
        ({"y": Y.rename({"c1": "c2", "c4": "c2"})}, "y names other cases than X"),
        ({"X": X.to_numpy(), "groups": GROUPS.rename({"c1": "c9"})}, "groups names other cases than y"),
        ({"y": Y.iloc[:3]}, "X has 4 cases and y has 3 entries"),
        ({"groups": list("ab")}, "X has 4 cases and groups has 2 entries"),
        ({"y": np.zeros((4, 2))}, r"y has the shape \(4, 2\)"),
        ({"y": np.zeros((1, 4))}, "X has 4 cases and y has 1 entries"),
        ({"y": [[0, 1]] * 4}, r"y has the shape \(4, 2\)"),
        ({"y": pd.DataFrame({"a": Y, "b": Y})}, r"y has the shape \(4, 2\)"),
        ({"y": [1, "1", 0, 0]}, "y mixes labels of the types int, str"),
        ({"y": pd.array([1, None, 0, 0], dtype="Int64")}, "y is missing for 1 cases, the first is 'c1'"),
        ({"y": pd.Categorical(["a", "b", None, "a"])}, "y is missing for 1 cases, the first is 'c4'"),
        ({"groups": GROUPS.where(GROUPS != "p4")}, "groups is missing for 1 cases, the first is 'c4'"),
        ({"groups": [1, 2, None, np.nan]}, "groups is missing for 2 cases, the first is 'c4'"),
        ({"groups": [1, "1", 2, "P"]}, "groups mixes types, such as 1 and '1'"),
        ({"X": X.rename({"c1": "c2"})}, "'c2' names more than one case in the index of X"),
        # Whole numbers in another order than plain positions may be either.
        ({"X": X.set_axis([3, 1, 0, 2]), "y": list(Y), "groups": pd.Series(list("abcd"))}, "may be names or positions"),
        ({"X": X.reset_index(drop=True), "y": Y.set_axis([3, 1, 0, 2])}, "may be names or positions"),
    ],
)
def test_what_cannot_be_matched(change, said):
    with pytest.raises(CohortError, match=said):
        align(**{"X": X, "y": Y, "groups": GROUPS, **change})


@pytest.mark.parametrize(
    "given",
    [
        [1, 0, 0, 1],
        np.array([1, 0, 0, 1], dtype=object),
        pd.array([1, 0, 0, 1], dtype="Int64"),
        pd.Categorical([1, 0, 0, 1]),
        (np.int8(1), np.int8(0), 0, 1),
    ],
)
def test_numbers_are_numbers(given):
    assert align(X, given).y.dtype == np.int64


@pytest.mark.parametrize(
    "given",
    [
        [True, False, False, True],
        np.array([True, False, False, True], dtype=object),
        pd.array([1, 0, 0, 1], dtype="boolean"),
    ],
)
def test_booleans_are_booleans(given):
    assert align(X, given).y.dtype == bool


@pytest.mark.parametrize("groups", [[1, "P2", 3, "P4"], [1, 2.5, "x", 1], pd.Series([1, "1", 2, "2"], NAMES)])
def test_patients_of_mixed_types_are_refused(groups):
    with pytest.raises(CohortError, match="groups mixes types"):
        align(X, Y, groups)


def test_a_cohort_without_patients_calls_its_groups_cases():
    assert align(X, Y, pd.Series(NAMES, NAMES, name="case_id")).patients is None
