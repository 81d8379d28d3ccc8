"""The one door: every public metric and test takes the same arrays alike, and refuses the same in one sentence."""

import inspect

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.sparse import csr_array

from radiohers import metrics

N = 24
RNG = np.random.default_rng(3)
Y = RNG.permutation(np.arange(N) % 3 == 0)
SCORE = np.round(np.clip(RNG.normal(0.4, 0.15, N) + 0.2 * Y, 0.01, 0.99), 2)
CALLED = SCORE > 0.5
NAMES = [f"case {number}" for number in range(N)]
ORDER = RNG.permutation(N)
CLASSES, SCORES = ("y_true", "y_pred", "pred_a", "pred_b"), ("y_score", "score_a", "score_b")
VALUES = {"fold_values": [0.7, 0.8, 0.6], "differences": [0.1, 0.3, 0.1], "p_values": [0.01, 0.2, 0.04]}
GIVEN = {
    **VALUES,
    "y_true": Y,
    "y_score": SCORE,
    "y_pred": CALLED,
    "score_a": SCORE,
    "score_b": SCORE[::-1],
    "pred_a": CALLED,
    "pred_b": CALLED[::-1],
    "groups": np.array([f"P{number // 2:02d}" for number in range(N)]),
    "threshold": 0.3,
    "n_train": 80,
    "n_test": 20,
    "n_success": 3,
    "n_total": 5,
}
QUICK = {"n_bootstraps": 20, "n_permutations": 20}
METRICS = {
    name: getattr(metrics, name) for name in metrics.__all__ if isinstance(getattr(metrics, name), metrics.Metric)
}
TESTS = [metrics.delong_test, metrics.mcnemar_test, metrics.permutation_test, metrics.paired_permutation_test]
OTHERS = [metrics.net_benefit, metrics.youden_threshold, metrics.proportion_interval, metrics.holm_adjust]
OF_FOLDS = [metrics.corrected_resampled_interval, metrics.corrected_resampled_t_test]
FUNCTIONS = METRICS | {function.__name__: function for function in (*TESTS, *OTHERS, *OF_FOLDS)}


def arguments(name):
    """What a public function is called with; a new parameter without a default needs a value in GIVEN."""
    parameters = inspect.signature(FUNCTIONS[name]).parameters.values()
    wanted = {p.name for p in parameters if p.default is p.empty or p.name == "groups"}
    return {key: np.array(GIVEN[key]) if np.ndim(GIVEN[key]) else GIVEN[key] for key in wanted} | {
        p.name: QUICK[p.name] for p in parameters if p.name in QUICK
    }


def arrays_of(name):
    # Sorted: workers side by side must find the same tests.
    return sorted(key for key, value in arguments(name).items() if np.ndim(value))


# Every array of every public function, one at a time.
ARRAYS = [(name, key) for name in FUNCTIONS for key in arrays_of(name)]
OF_CASES = [name for name in FUNCTIONS if "y_true" in arrays_of(name)]


def call(name, **changed):
    return FUNCTIONS[name](**{**arguments(name), **changed})


def assert_same(found, expected):
    if isinstance(expected, metrics.Interval):
        found, expected = tuple(found), tuple(expected)
    if isinstance(expected, tuple):
        assert found[-1] == expected[-1]
        found, expected = found[:-1], expected[:-1]
    np.testing.assert_array_equal(found, expected)


def assert_one_sentence(error, key):
    text = str(error.value)
    assert key in text
    assert "\n" not in text
    assert len(text) < 300
    assert text.endswith((".", ")"))


AS_GIVEN = {
    "column": lambda a: a[:, None],
    "list of rows": lambda a: a[:, None].tolist(),
    "frame": lambda a: pd.DataFrame({"any": a}),
    "named frame": lambda a: pd.DataFrame({"any": a}, index=[f"row {i}" for i in range(len(a))]),
    "list": lambda a: a.tolist(),
    "tuple": lambda a: tuple(a.tolist()),
    "series": lambda a: pd.Series(a),
    "objects": lambda a: pd.Series(a.tolist(), dtype=object),
    "categories": lambda a: pd.Categorical(a.tolist()),
    "backwards": lambda a: a[::-1].copy()[::-1],
    "index": lambda a: pd.Index(a),
}


@pytest.mark.parametrize(("name", "key"), ARRAYS)
def test_one_value_a_case_whatever_it_is_kept_in(name, key):
    expected = call(name)
    for keep in AS_GIVEN.values():
        assert_same(call(name, **{key: keep(arguments(name)[key])}), expected)


CLASSES_AS = {
    "int": lambda a: a.astype(int),
    "float": lambda a: a.astype(float),
    "uint8": lambda a: a.astype(np.uint8),
    "Int64": lambda a: pd.Series(a.astype(int), dtype="Int64"),
    "boolean": lambda a: pd.Series(a, dtype="boolean"),
    "Float64": lambda a: pd.Series(a.astype(float), dtype="Float64"),
    "objects of int": lambda a: np.array(a.astype(int).tolist(), dtype=object),
    "objects of all kinds": lambda a: np.array([float(v) if i % 2 else bool(v) for i, v in enumerate(a)], dtype=object),
    "categories of int": lambda a: pd.Series(a.astype(int)).astype("category"),
    "tensor": lambda a: torch.tensor(a),
}


@pytest.mark.parametrize(("name", "key"), [pair for pair in ARRAYS if pair[1] in CLASSES])
def test_classes_of_all_types_are_the_same(name, key):
    expected = call(name)
    for convert in CLASSES_AS.values():
        assert_same(call(name, **{key: convert(arguments(name)[key])}), expected)


REFUSED = {
    "one row": lambda a: a[None],
    "two columns": lambda a: np.column_stack([a, a]),
    "two columns of a frame": lambda a: pd.DataFrame({"a": a, "b": a}),
    "three axes": lambda a: a[:, None, None],
    "one number": lambda a: a[0],
    "none of an axis": lambda a: np.empty((len(a), 0)),
    "ragged": lambda a: [[value] * (1 + row % 2) for row, value in enumerate(a.tolist())],
    "lists in a series": lambda a: pd.Series([[value] for value in a.tolist()]),
    "set": lambda a: set(a.tolist()),
    "generator": lambda a: (value for value in a),
    "sparse": lambda a: csr_array(np.ones((len(a), 1))),
    "masked": lambda a: np.ma.masked_array(a, [True] + [False] * (len(a) - 1)),
}


@pytest.mark.parametrize(("name", "key"), ARRAYS)
def test_other_shapes_are_refused(name, key):
    for reshape in REFUSED.values():
        with pytest.raises(ValueError, match=f"^{key} ") as error:
            call(name, **{key: reshape(arguments(name)[key])})
        assert_one_sentence(error, key)


@pytest.mark.parametrize(("name", "key"), [pair for pair in ARRAYS if pair[1] not in VALUES])
def test_a_missing_value_is_refused(name, key):
    for missing in (None, np.nan, pd.NA, pd.NaT):
        values = arguments(name)[key].tolist()
        values[4] = missing
        for given in (values, pd.Series(values, dtype=object)):
            with pytest.raises(ValueError, match="row 4") as error:
                call(name, **{key: given})
            assert_one_sentence(error, key)


@pytest.mark.parametrize("name", OF_CASES)
@pytest.mark.parametrize("dtype", ["Int64", "boolean", "Float64"])
def test_a_missing_label_of_a_nullable_type_is_refused(name, dtype):
    values = pd.Series(Y.astype(int)).astype(dtype)
    values[7] = pd.NA
    with pytest.raises(ValueError, match=r"y_true is missing in 1 of 24 rows, the first is row 7\."):
        call(name, y_true=values)


@pytest.mark.parametrize(("name", "key"), ARRAYS)
@pytest.mark.parametrize(
    "wrong",
    [np.array(["2024-05-01", "2023-01-01"], "M8[D]"), np.array([1j, 2j]), np.array(["0", "1"]), [b"1", b"0"]],
    ids=["dates", "complex", "texts", "bytes"],
)
def test_what_is_no_number_is_refused(name, key, wrong):
    if key == "groups":
        return  # patients may be named by anything
    values = np.resize(np.array(wrong), len(arguments(name)[key]))
    with pytest.raises(ValueError, match=f"^{key} holds") as error:
        call(name, **{key: values})
    assert_one_sentence(error, key)


@pytest.mark.parametrize(("name", "key"), [pair for pair in ARRAYS if pair[1] not in (*CLASSES, "groups")])
@pytest.mark.parametrize("wrong", [np.inf, -np.inf])
def test_infinite_values_are_refused(name, key, wrong):
    values = arguments(name)[key].astype(float)
    values[2] = wrong
    with pytest.raises(ValueError, match=rf"{key} (is|holds) -?inf in row 2"):
        call(name, **{key: values})


@pytest.mark.parametrize(("name", "key"), [pair for pair in ARRAYS if pair[1] not in VALUES])
@pytest.mark.parametrize("n", [0, 1, N - 1, N + 1])
def test_another_number_of_cases_is_refused(name, key, n):
    with pytest.raises(
        ValueError, match=rf"{key} (has {n} |is empty)|y_true has {N} cases and {key} has {n}|{n}"
    ) as error:
        call(name, **{key: np.resize(arguments(name)[key], n)})
    assert_one_sentence(error, key)


@pytest.mark.parametrize("name", OF_CASES)
def test_no_cases_are_refused(name):
    with pytest.raises(ValueError, match="is empty. Give at least one case"):
        call(name, **{key: arguments(name)[key][:0] for key in arrays_of(name)})


@pytest.mark.parametrize("name", OF_CASES)
@pytest.mark.parametrize("values", [["HER2+", "neg"], ["0", "1"], [1, 2], [-1, 1], [0, "1"], [0.0, 0.5]], ids=str)
def test_labels_other_than_two_are_refused(name, values):
    labels = np.array([values[int(positive)] for positive in Y], dtype=object)
    with pytest.raises(ValueError, match=r"y_true holds \[.*Give True or 1 for positive cases, else 0"):
        call(name, y_true=labels)


@pytest.mark.parametrize("name", OF_CASES)
def test_names_bring_all_into_one_order(name):
    """y_true stays where it is; every other array comes in an order of its own."""
    named = {key: pd.Series(arguments(name)[key], index=NAMES) for key in arrays_of(name)}
    shuffled = {
        key: value if key == "y_true" else value.iloc[np.roll(ORDER, number)]
        for number, (key, value) in enumerate(named.items())
    }
    assert_same(call(name, **shuffled), call(name))
    frames = {key: value.to_frame() for key, value in shuffled.items()}
    assert_same(call(name, **frames), call(name))


@pytest.mark.parametrize("name", OF_CASES)
def test_positions_beside_names_stay_positions(name):
    named = {"y_true": pd.Series(Y, index=NAMES)}
    assert_same(call(name, **named), call(name))
    positions = {key: pd.Series(arguments(name)[key]) for key in arrays_of(name) if key != "y_true"}
    assert_same(call(name, **named, **positions), call(name))
    # As y.iloc[test] beside scores that were just computed.
    assert_same(call(name, y_true=pd.Series(Y, index=range(100, 100 + N)), **positions), call(name))


@pytest.mark.parametrize(("name", "key"), [(n, k) for n in OF_CASES for k in arrays_of(n) if k != "y_true"])
def test_names_that_cannot_be_matched_are_refused(name, key):
    values, y = arguments(name)[key], pd.Series(Y, index=NAMES)
    others = pd.Series(values, index=[*NAMES[:-1], "case of another cohort"])
    with pytest.raises(ValueError, match=f"{key} names other cases than y_true: 'case of another cohort'"):
        call(name, y_true=y, **{key: others})
    with pytest.raises(ValueError, match=f"{key} names other cases than y_true"):
        call(name, y_true=y, **{key: pd.Series(values, index=range(5, 5 + N))})
    twice = ["a", "a", *NAMES[2:]]
    with pytest.raises(ValueError, match=f"{key} names the same cases as y_true, in another order and some twice"):
        call(name, y_true=y.set_axis(twice), **{key: pd.Series(values, index=twice[::-1])})
    assert_same(call(name, y_true=y.set_axis(twice), **{key: pd.Series(values, index=twice)}), call(name))
    with pytest.raises(ValueError, match=f"y_true has 24 rows and {key} has 23"):
        call(name, y_true=y, **{key: pd.Series(values, index=NAMES).iloc[1:]})


@pytest.mark.parametrize("name", OF_CASES)
def test_numbers_in_another_order_may_be_names_or_positions(name):
    y = pd.Series(Y).iloc[ORDER]
    positions = {key: pd.Series(arguments(name)[key]) for key in arrays_of(name) if key != "y_true"}
    with pytest.raises(ValueError, match="may be names or positions"):
        call(name, y_true=y, **positions)
    with pytest.raises(ValueError, match="may be names or positions"):
        call(name, **{key: value.iloc[ORDER] for key, value in positions.items()}, y_true=pd.Series(Y))


def test_positions_are_those_of_the_first_argument_only():
    score, groups = pd.Series(SCORE, index=NAMES), pd.Series(GIVEN["groups"], index=NAMES)
    with pytest.raises(ValueError, match="groups names the same cases as y_score, in another order, and y_true has no"):
        metrics.auc(Y, score, groups.iloc[ORDER])
    assert_same(metrics.auc(Y, score, groups), metrics.auc(Y, SCORE, groups.to_numpy()))


@pytest.mark.parametrize("name", [name for name in OF_CASES if "groups" in arrays_of(name)])
@pytest.mark.parametrize("odd", [7, 7.5, True, pd.Timestamp("2024-05-01"), ("P", 1)], ids=repr)
def test_patients_of_mixed_types_are_refused(name, odd):
    groups = pd.Series(GIVEN["groups"], dtype=object)
    groups[3] = odd
    for given in (groups, *([groups.tolist()] if np.ndim(odd) == 0 else [])):
        with pytest.raises(ValueError, match="^groups (mixes types, such as 'P00' and|holds a tuple)") as error:
            call(name, groups=given)
        assert_one_sentence(error, "groups")


@pytest.mark.parametrize("dtype", ["int8", "float64", "Int64", "object", "category", "datetime64[ns]"])
def test_patients_of_one_type_are_taken(dtype):
    numbers = np.arange(N) // 2
    assert_same(metrics.auc(Y, SCORE, pd.Series(numbers).astype(dtype)), metrics.auc(Y, SCORE, numbers))


def test_two_columns_of_probabilities_are_told():
    both = np.column_stack([1 - SCORE, SCORE])
    with pytest.raises(ValueError, match=r"y_score has the shape \(24, 2\).* y_score\[:, 1\]"):
        metrics.brier_score(Y, both)
    with pytest.raises(ValueError, match=r"score_b has the shape \(24, 2\).* score_b.iloc\[:, 1\]"):
        metrics.delong_test(Y, SCORE, pd.DataFrame(both))


@pytest.mark.parametrize("labels", [np.zeros(4), np.ones(4, bool)])
def test_no_threshold_of_one_class(labels):
    with pytest.raises(ValueError, match="y_true has one class only"):
        metrics.youden_threshold(labels, [0.1, 0.2, 0.3, 0.4])
