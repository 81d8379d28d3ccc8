"""The table of patients: its numbers against tableone, scipy and hand; who is counted; what it says and refuses."""

import itertools
import json
from decimal import Decimal
from math import comb, factorial, prod
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tableone import TableOne

from radiohers import read_cohort
from radiohers.cohort import Cohort
from radiohers.datasets import make_ct_cohort
from radiohers.exceptions import CohortError
from radiohers.patients import baseline_table
from radiohers.patients._baseline_tests import fisher_exact_p


@pytest.fixture(scope="module")
def patients():
    """60 patients with a normal, a skewed and a tied measurement, a sex, a site and a rare finding; some missing."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "her2": rng.integers(0, 2, 60),
            "site": rng.choice(["a", "b", "c"], 60),
            "age": rng.normal(60, 10, 60),
            "volume_ml": rng.lognormal(1, 1, 60),
            "n_nodes": rng.integers(0, 12, 60),
            "sex": rng.choice(["F", "M"], 60),
            "necrosis": rng.random(60) < 0.08,
        }
    )
    table.loc[3:7, "age"] = np.nan
    table.loc[[1, 20], "sex"] = None
    return table


@pytest.fixture(scope="module")
def lesions():
    """Six patients with two lesions each: class and age are the patient's, the volume is the lesion's."""
    patient = np.repeat(["A", "B", "C", "D", "E", "F"], 2)
    return pd.DataFrame(
        {
            "patient_id": patient,
            "her2": np.repeat([0, 0, 0, 1, 1, 1], 2),
            "age": np.repeat([50, 60, 70, 41, 51, 62], 2),
            "volume_ml": np.arange(12.0),
        }
    )


def in_memory(frame, target="her2", positive=1):
    index = pd.Index([f"case{row}" for row in range(len(frame))], name="case_id")
    frame = frame.set_axis(index)
    X = pd.DataFrame({"image": "i", "mask": "m"}, index=index)
    groups = frame["patient_id"] if "patient_id" in frame else pd.Series(index, index=index)
    clinical = frame.drop(columns=["patient_id", target], errors="ignore")
    return Cohort(X, frame[target], groups, clinical, target, positive)


def variable(table, name):
    (found,) = [variable for variable in table.variables if variable["name"] == name]
    return found


def row(table, name, level=""):
    frame = table.frame
    (texts,) = frame[(frame["variable"] == name) & (frame["level"] == level)].to_dict("records")
    return texts


def notes(table):
    return "\n".join(table.notes)


# The oracle: tableone


@pytest.fixture(scope="module")
def oracle(patients):
    return TableOne(
        patients,
        columns=["age", "volume_ml", "sex", "necrosis", "site"],
        categorical=["sex", "necrosis", "site"],
        nonnormal=["volume_ml"],
        groupby="her2",
        pval=True,
        include_null=False,
    )


@pytest.fixture(scope="module")
def ours(patients):
    # tableone corrects 2 x 2 tables by Yates, and ranks two groups by Kruskal and Wallis.
    tests = {"volume_ml": "kruskal-wallis", "sex": "yates"}
    return baseline_table(patients, "her2", nonnormal=["volume_ml"], tests=tests)


@pytest.mark.parametrize("name", ["age", "volume_ml", "sex", "necrosis", "site"])
def test_p_values_agree_with_tableone(oracle, ours, name):
    assert variable(ours, name)["p_value"] == pytest.approx(oracle.htest_table.loc[name, "P-Value"], abs=1e-9)


def test_tests_that_agree_with_tableone(ours):
    tests = {name: variable(ours, name)["test"] for name in ("age", "volume_ml", "sex", "necrosis", "site")}
    assert tests == {
        "age": "Welch t",
        "volume_ml": "Kruskal-Wallis",
        "sex": "Yates chi-squared",
        "necrosis": "Fisher exact",
        "site": "Pearson chi-squared",
    }


@pytest.mark.parametrize(
    ("statistic", "theirs"), [("mean", "mean"), ("sd", "std"), ("median", "median"), ("q1", "q25"), ("q3", "q75")]
)
def test_moments_and_quartiles_agree_with_tableone(oracle, ours, statistic, theirs):
    for name in ("age", "volume_ml"):
        found = [group[statistic] for group in variable(ours, name)["groups"][1:]]
        expected = oracle.cont_describe.loc[name, theirs][[0, 1]].to_numpy(dtype=float)
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_counts_and_percentages_agree_with_tableone(oracle, ours):
    for name in ("sex", "site"):
        for level in variable(ours, name)["levels"]:
            theirs = oracle.cat_describe.loc[(name, level["level"])]
            assert [group["n"] for group in level["groups"][1:]] == theirs["freq"][[0, 1]].astype(int).tolist()
            assert [group["percent"] for group in level["groups"][1:]] == pytest.approx(
                theirs["percent"][[0, 1]].astype(float).tolist()
            )


# The tests: scipy, and by hand


def samples_of(patients, column, by):
    return [group[column].dropna().to_numpy(dtype=float) for _, group in patients.groupby(by)]


@pytest.mark.parametrize(
    ("test", "by", "function"),
    [
        ("wilcoxon", "her2", lambda *s: stats.mannwhitneyu(*s, method="exact")),
        ("welch", "her2", lambda *s: stats.ttest_ind(*s, equal_var=False)),
        ("student", "her2", stats.ttest_ind),
        ("kruskal-wallis", "site", stats.kruskal),
        ("anova", "site", stats.f_oneway),
    ],
)
def test_named_tests_agree_with_scipy(patients, test, by, function):
    table = baseline_table(patients, by, columns=["age"], tests={"age": test})
    expected = function(*samples_of(patients, "age", by)).pvalue
    assert variable(table, "age")["p_value"] == pytest.approx(expected, abs=1e-12)


def test_default_is_rank_sum_exact_without_ties_and_approximate_with(patients):
    table = baseline_table(patients, "her2", columns=["age", "n_nodes"])
    assert variable(table, "age")["test"] == "Wilcoxon rank-sum, exact"
    assert variable(table, "n_nodes")["test"] == "Wilcoxon rank-sum"
    expected = stats.mannwhitneyu(*samples_of(patients, "n_nodes", "her2"), method="asymptotic").pvalue
    assert variable(table, "n_nodes")["p_value"] == pytest.approx(expected, abs=1e-12)


def test_rank_sum_of_fifty_is_approximate():
    frame = pd.DataFrame({"g": [0] * 50 + [1] * 20, "x": np.random.default_rng(0).permutation(70) + 0.5})
    assert variable(baseline_table(frame, "g"), "x")["test"] == "Wilcoxon rank-sum"


def test_rank_sum_by_hand():
    # Of the 20 ways to choose 3 of 6 ranks, the two outermost are as extreme.
    table = baseline_table(pd.DataFrame({"g": list("aaabbb"), "x": [1, 2, 3, 4, 5, 6]}), "g")
    assert variable(table, "x")["p_value"] == pytest.approx(2 / 20)


def two_by_two(a, b, c, d):
    return pd.DataFrame({"g": [0] * (a + c) + [1] * (b + d), "x": ["y"] * a + ["z"] * c + ["y"] * b + ["z"] * d})


def test_chi_squared_by_hand():
    # 60 (10 x 10 - 20 x 20)^2 / 30^4 = 20/3; with Yates 60 (300 - 30)^2 / 30^4 = 5.4.
    frame = two_by_two(10, 20, 20, 10)
    assert variable(baseline_table(frame, "g"), "x")["p_value"] == pytest.approx(stats.chi2.sf(20 / 3, 1))
    yates = baseline_table(frame, "g", tests={"x": "yates"})
    assert variable(yates, "x")["p_value"] == pytest.approx(stats.chi2.sf(5.4, 1))


def test_fisher_by_hand():
    # The lady tasting tea: 3 of 4 right. (1 + 16 + 16 + 1) / 70.
    found = variable(baseline_table(two_by_two(3, 1, 1, 3), "g"), "x")
    assert found["p_value"] == pytest.approx(34 / comb(8, 4))
    assert found["test"] == "Fisher exact"


@pytest.mark.parametrize(("a", "test"), [(9, "Fisher exact"), (10, "Pearson chi-squared")])
def test_fisher_below_an_expected_count_of_five(a, test):
    # Half of the a values in "y" are expected in each group: 4.5 or 5.
    frame = two_by_two(a - 4, 4, 24 - a, 16)
    assert variable(baseline_table(frame, "g"), "x")["test"] == test


def test_fisher_two_by_two_agrees_with_scipy():
    for counts in ([[8, 2], [1, 5]], [[1, 30], [6, 25]], [[0, 7], [9, 11]]):
        assert fisher_exact_p(np.array(counts))[0] == pytest.approx(stats.fisher_exact(counts).pvalue, abs=1e-9)


def fisher_by_brute_force(counts):
    """Go through all tables with entries up to the total, and keep those with the margins."""
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    constant = prod(map(factorial, [*rows, *columns])) / factorial(counts.sum())
    choices = [[c for c in itertools.product(range(n + 1), repeat=len(columns)) if sum(c) == n] for n in rows]
    tables = [t for t in itertools.product(*choices) if (np.sum(t, axis=0) == columns).all()]
    probability = [constant / prod(map(factorial, itertools.chain(*table))) for table in tables]
    seen = constant / prod(map(factorial, counts.ravel()))
    assert sum(probability) == pytest.approx(1)
    return sum(p for p in probability if p <= seen * (1 + 1e-9))


@pytest.mark.parametrize(
    "counts", [[[3, 1, 0], [1, 2, 6]], [[2, 0], [1, 4], [3, 1]], [[1, 2, 1], [0, 3, 2], [4, 0, 1]]]
)
def test_fisher_of_larger_tables_is_exact(counts):
    counts = np.array(counts)
    assert fisher_exact_p(counts) == (pytest.approx(fisher_by_brute_force(counts), abs=1e-9), True)


def test_fisher_with_too_many_tables_is_estimated():
    # Job satisfaction by income in R's help of fisher.test (Agresti 2002), where p = 0.7827.
    job = np.array([[1, 2, 1, 0], [3, 3, 6, 1], [10, 10, 14, 9], [6, 7, 12, 11]])
    p_value, exact = fisher_exact_p(job, seed=1)
    assert (p_value, exact) == (pytest.approx(0.7827, abs=0.006), False)
    assert fisher_exact_p(job, seed=1)[0] == p_value


def test_estimated_fisher_is_named_so():
    rows = [[1, 2, 1, 0], [3, 3, 6, 1], [10, 10, 14, 9], [6, 7, 12, 11]]
    pairs = [(f"i{i}", f"j{j}") for i, counts in enumerate(rows) for j, n in enumerate(counts) for _ in range(n)]
    table = baseline_table(pd.DataFrame(pairs, columns=["income", "job"]), "job")
    assert variable(table, "income")["test"] == "Fisher exact, Monte Carlo"
    assert "100,000 random tables" in notes(table)


def test_a_function_as_test(patients):
    table = baseline_table(
        patients, "her2", columns=["age", "sex"], tests={"age": stats.ks_2samp, "sex": lambda n: 0.5}
    )
    assert variable(table, "age")["test"] == "ks_2samp"
    assert variable(table, "age")["p_value"] == stats.ks_2samp(*samples_of(patients, "age", "her2")).pvalue
    assert variable(table, "sex")["p_value"] == 0.5
    assert "Tests named by the user: age, sex." in table.notes


def test_auto_shows_the_mean_of_what_is_normal(patients):
    table = baseline_table(patients, "her2", columns=["age", "volume_ml"], nonnormal="auto")
    assert [v["statistic"] for v in table.variables] == ["mean ± SD", "median (IQR)"]
    assert [v["test"] for v in table.variables] == ["Welch t", "Wilcoxon rank-sum, exact"]
    assert "Shapiro-Wilk" in notes(table)


def test_auto_takes_no_small_group_for_normal():
    frame = pd.DataFrame({"g": [0] * 9 + [1] * 7, "x": stats.norm.ppf((np.arange(16) + 0.5) / 16)})
    assert variable(baseline_table(frame, "g", nonnormal="auto"), "x")["statistic"] == "median (IQR)"


# Who is counted


def test_patients_are_counted_once(lesions):
    table = baseline_table(lesions, "her2")
    assert [group["size"] for group in table.groups] == [
        "6 patients, 12 cases",
        "3 patients, 6 cases",
        "3 patients, 6 cases",
    ]
    age = variable(table, "age")
    assert [group["n"] for group in age["groups"]] == [6, 3, 3]
    assert age["p_value"] == stats.mannwhitneyu([50, 60, 70], [41, 51, 62]).pvalue


def test_what_differs_within_a_patient_is_by_case_and_not_tested(lesions):
    table = baseline_table(lesions, "her2")
    volume = variable(table, "volume_ml")
    assert (volume["unit"], volume["groups"][0]["n"], volume["p_value"]) == ("cases", 12, None)
    assert "described by case: volume_ml" in notes(table)
    assert "No p-value for volume_ml: cases of one patient are not independent." in table.notes
    assert "median (IQR) by case" in table.to_markdown()


def test_a_test_by_case_needs_to_be_named_and_is_noted(lesions):
    table = baseline_table(lesions, "her2", tests={"volume_ml": "wilcoxon"})
    assert variable(table, "volume_ml")["p_value"] == pytest.approx(2 / comb(12, 6))
    assert "takes the cases of one patient for independent, which they are not" in notes(table)


def test_by_case_as_asked(lesions):
    table = baseline_table(lesions, "her2", per="case")
    assert variable(table, "age")["groups"][0]["n"] == 12
    assert "No p-values: cases of one patient are not independent." in table.notes
    assert table.groups[1]["size"] == "6 cases of 3 patients"


def test_by_case_with_one_case_a_patient_is_by_patient(patients):
    by_case, by_patient = (baseline_table(patients, "her2", per=per) for per in ("case", "patient"))
    assert by_case.to_dict() == by_patient.to_dict()


def test_groups_that_cut_patients_are_counted_by_case(lesions):
    table = baseline_table(lesions, split=(range(7), range(7, 12)))
    assert "Cases are counted, not patients: 1 of 6 patients has cases in more than one group." in table.notes
    assert all(v["p_value"] is None for v in table.variables)


def test_a_value_missing_in_one_case_is_taken_from_another(lesions):
    frame = lesions.assign(age=lesions["age"].where(np.arange(12) != 1))
    table = baseline_table(frame, "her2")
    assert variable(table, "age") | {"notes": []} == variable(baseline_table(lesions, "her2"), "age")
    assert "age: what is missing in 1 case was taken from another case of the same patient." in table.notes


# Groups


def test_classes_of_a_cohort_are_the_default_with_the_positive_last(patients):
    cohort = in_memory(patients.replace({"her2": {0: "pos", 1: "neg"}}), positive="pos")
    assert [group["name"] for group in baseline_table(cohort).groups] == ["All", "her2 = neg", "her2 = pos"]
    for by in ("target", "her2"):
        assert baseline_table(cohort, by).to_dict() == baseline_table(cohort).to_dict()


def test_cohort_without_labels_is_described_without_tests(patients):
    cohort = in_memory(patients)
    table = baseline_table(Cohort(cohort.X, None, cohort.groups, cohort.clinical))
    assert [group["name"] for group in table.groups] == ["All"]
    assert table.frame["p_value"].isna().all()
    assert "| p " not in table.to_markdown()


def test_cohort_of_one_class_is_described_without_tests(patients):
    cohort = in_memory(patients)
    assert [g["name"] for g in baseline_table(cohort.select(cohort.y == 1)).groups] == ["her2 = 1"]


def test_training_and_test(patients):
    cohort = in_memory(patients)
    train, test = np.arange(0, 40), np.arange(42, 60)
    table = baseline_table(cohort, split=(train, test))
    assert list(table.frame.columns[4:7]) == ["All (n = 58)", "Training (n = 40)", "Test (n = 18)"]
    assert variable(table, "her2")["groups"][1]["n"] == 40
    assert "2 of 60 cases are in neither part and are left out." in table.notes
    assert "arose by chance" in notes(table)


def test_split_as_booleans_fold_or_by(patients):
    train = np.arange(60) < 40
    expected = baseline_table(patients, split=(train, ~train)).to_dict()
    positions = np.flatnonzero(train), np.flatnonzero(~train)
    fold = SimpleNamespace(repeat=0, fold=0, train=positions[0], test=positions[1])
    for by in (fold, positions):
        assert baseline_table(patients, by).to_dict() == expected
        assert baseline_table(patients, split=by).to_dict() == expected


def test_labels_are_matched_by_index(patients):
    cohort = in_memory(patients)
    labels = cohort.clinical["site"].rename("centre")
    tables = [baseline_table(cohort, by, columns=["age"]) for by in (labels, labels.iloc[::-1])]
    assert tables[0].to_dict() == tables[1].to_dict()
    assert [group["name"] for group in tables[0].groups[1:]] == ["centre = a", "centre = b", "centre = c"]
    unnamed = baseline_table(cohort, labels.tolist(), columns=["age"])
    assert [group["name"] for group in unnamed.groups[1:]] == ["a", "b", "c"]


def test_cases_without_a_group_are_left_out_and_noted(patients):
    table = baseline_table(patients, "sex", columns=["age"])
    assert table.groups[0]["n_cases"] == 58
    assert "2 of 60 cases have no group and are left out." in table.notes


def test_categories_keep_their_order():
    stage = pd.Categorical(["II", "I", "IV", "I"] * 3, categories=["I", "II", "III", "IV"], ordered=True)
    table = baseline_table(pd.DataFrame({"stage": stage, "x": range(12)}), "stage")
    assert [group["name"] for group in table.groups[1:]] == ["stage = I", "stage = II", "stage = IV"]


# Columns


def test_kinds_of_columns():
    n = 12
    frame = pd.DataFrame(
        {
            "zero_one": [0, 1, None] * 4,
            "boolean": pd.array([True, False, None] * 4, dtype="boolean"),
            "codes": pd.array([1, 2, 3, None] * 3, dtype="Int64"),
            "blanks": ["F", " F", "M", " "] * 3,
            "numbers_as_objects": pd.Series([1, 2.5, None] * 4, dtype=object),
            "decimals": [Decimal("0.5"), Decimal("1.5"), None] * 4,
            "seen": pd.date_range("2020-01-01", periods=n),
            "remark": [f"text {row}" for row in range(n)],
            "box": [[row] for row in range(n)],
        }
    )
    table = baseline_table(frame, categorical=["codes"])
    assert {v["name"]: (v["kind"], [level["level"] for level in v["levels"]]) for v in table.variables} == {
        "zero_one": ("categorical", ["0", "1"]),
        "boolean": ("categorical", ["False", "True"]),
        "codes": ("categorical", ["1", "2", "3"]),
        "blanks": ("categorical", ["F", "M"]),
        "numbers_as_objects": ("continuous", []),
        "decimals": ("continuous", []),
    }
    assert variable(table, "blanks")["n_missing"] == 3
    assert "Not described: seen (dates); remark (text, 12 different ones in 12 patients); box (objects)." in notes(
        table
    )


def test_text_that_is_asked_for_is_described():
    frame = pd.DataFrame({"x": [f"text {row}" for row in range(12)]})
    assert len(baseline_table(frame, columns=["x"]).frame) == 12


def test_numbers_that_look_like_codes_are_noted():
    frame = pd.DataFrame({"stage": [1, 2, 3, 4] * 3, "age": range(12)})
    assert "stage has 4 different whole numbers" in notes(baseline_table(frame))
    assert "different whole numbers" not in notes(baseline_table(frame, categorical=["stage"]))


def test_names_and_files_are_passed_over_and_noted(lesions):
    table = baseline_table(lesions.assign(image="a.nii.gz"), "her2")
    assert "Not described, since they name cases, patients or files: patient_id, image." in table.notes


def test_columns_choose_and_order(patients):
    table = baseline_table(patients, "her2", columns=["sex", "age"])
    assert [v["name"] for v in table.variables] == ["sex", "age"]


def test_no_columns_leave_the_counts_and_a_note():
    table = baseline_table(in_memory(pd.DataFrame({"her2": [0, 0, 1]})))
    assert (len(table.frame), [group["n_cases"] for group in table.groups]) == (0, [3, 2, 1])
    assert "There is no column to describe." in table.notes
    assert "her2 = 1 (n = 1)" in table.to_html()
    assert r"\toprule" in table.to_latex()


def test_synthetic_cohort_says_so(tmp_path):
    cohort = read_cohort(make_ct_cohort(tmp_path, n_patients=4, shape=(8, 32, 40)), target="her2")
    table = baseline_table(cohort)
    assert table.notes[0].startswith("SYNTHETIC COHORT")
    assert [v["name"] for v in table.variables] == ["age", "sex", "slice_thickness_mm"]


def test_real_cohort(sts_ct):
    cohort = read_cohort(sts_ct / "cohort.csv", target="lung_metastasis")
    volumes = np.random.default_rng(0).lognormal(4, 1, len(cohort))
    cohort.clinical["volume_ml"] = volumes
    table = baseline_table(cohort)
    assert [group["n_cases"] for group in table.groups] == [51, *cohort.y.value_counts().sort_index()]
    expected = stats.mannwhitneyu(volumes[cohort.y == 0], volumes[cohort.y == 1], method="exact").pvalue
    assert variable(table, "volume_ml")["p_value"] == pytest.approx(expected, abs=1e-12)


# Missing values and comparisons that cannot be made


def test_missing_values_are_counted_a_group_and_take_no_part(patients):
    table = baseline_table(patients, "her2", columns=["sex"])
    missing = row(table, "sex", "missing")
    assert [missing[name] for name in table.frame.columns[4:7]] == [
        "2",
        *patients["sex"].isna().groupby(patients["her2"]).sum().astype(str),
    ]
    assert sum(level["groups"][0]["percent"] for level in variable(table, "sex")["levels"]) == pytest.approx(100)
    assert "Missing values: sex (2)" in notes(table)
    hidden = baseline_table(patients, "her2", columns=["sex"], missing=False)
    assert "missing" not in set(hidden.frame["level"])
    assert set(hidden.frame["n_missing"]) == {2}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([None] * 6, "all values are missing"),
        ([None] * 3 + [1.5, 2.5, 3.5], "a group has no values"),
        ([None] * 3 + ["u", "u", "v"], "a group has no values"),
        ([2.5] * 6, "all values are equal"),
        (["u"] * 6, "all values are equal"),
    ],
)
def test_no_p_value_and_why(values, reason):
    table = baseline_table(pd.DataFrame({"g": [0, 0, 0, 1, 1, 1], "x": values}), "g")
    assert table.frame["p_value"].isna().all()
    assert f"No p-values: {reason}." in table.notes
    json.dumps(table.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("values", "reason"),
    [([1.5, None, None, 1.5, 2.5, 3.5], "a group has fewer than 2 values"), ([1.5] * 3 + [2.5] * 3, "do not vary")],
)
def test_no_t_test_without_spread(values, reason):
    table = baseline_table(pd.DataFrame({"g": [0, 0, 0, 1, 1, 1], "x": values}), "g", nonnormal=[])
    assert reason in variable(table, "x")["no_test"]


# How it reads


@pytest.mark.parametrize(
    ("values", "digits", "text"),
    [
        ([48, 54, 61, 68, 75], None, "61 (54 to 68)"),
        ([0.61, 0.71, 0.834, 0.98, 1.1], None, "0.83 (0.71 to 0.98)"),
        ([48, 54, 61, 68, 75], 1, "61.0 (54.0 to 68.0)"),
        ([-0.01, -0.01, -0.01, 5, -5], 0, "0 (0 to 0)"),
        ([7, 7, 7, 7, 7], None, "7.0 (7.0 to 7.0)"),
    ],
)
def test_decimals(values, digits, text):
    assert row(baseline_table(pd.DataFrame({"x": values}), digits=digits), "x")["All (n = 5)"] == text


def test_mean_and_percent_as_text():
    frame = pd.DataFrame({"x": [50, 60, 73], "y": ["a", "a", "b"]})
    table = baseline_table(frame, nonnormal=[])
    assert row(table, "x")["All (n = 3)"] == "61 ± 12"
    assert row(table, "y", "a")["All (n = 3)"] == "2 (66.7)"


@pytest.mark.parametrize(
    ("p_value", "text"), [(0.0341, "0.034"), (0.00099, "<0.001"), (0.001, "0.001"), (1.0, "1.000")]
)
def test_p_value_as_text(patients, p_value, text):
    table = baseline_table(patients, "her2", columns=["age"], tests={"age": lambda *samples: p_value})
    assert table.to_dict()["rows"][0][-2] == text


NASTY = "<b>|_x_ & 5% $#{~^\\`*"


@pytest.fixture(scope="module")
def nasty():
    return baseline_table(pd.DataFrame({NASTY: [NASTY, "v"] * 6, "g": [0, 1, 1] * 4}), "g")


def test_html_is_escaped(nasty):
    text = nasty.to_html(caption="a < b")
    assert "<b>" not in text
    assert text.count("&lt;b&gt;|_x_ &amp; 5%") >= 2
    assert "<caption>a &lt; b</caption>" in text


def test_long_texts_are_printed_whole():
    long = "a finding that takes more than fifty letters to be told"
    table = baseline_table(pd.DataFrame({"x": [long, "none"]}))
    assert all(long in text for text in (table.to_html(), table.to_latex(), table.to_markdown()))


def test_latex_is_escaped(nasty):
    text = nasty.to_latex(caption="5%", label="tab:one")
    assert r"\textless{}b\textgreater{}\textbar{}\_x\_ \& 5\% \$\#\{\textasciitilde{}\textasciicircum{}" in text
    assert r"\caption{5\%}" in text
    assert r"\label{tab:one}" in text
    cells = [line.replace(r"\&", "").count("&") for line in text.splitlines() if line.endswith(r"\\")]
    assert set(cells) == {6}


def test_markdown_is_escaped(nasty):
    lines = [line for line in nasty.to_markdown().splitlines() if line.startswith("|")]
    assert {line.replace(r"\|", "").count("|") for line in lines} == {8}
    assert r"\<b>\|\_x\_ & 5% $#{~^\\\`\*" in lines[2]


def test_markdown_leaves_plain_names_alone(patients):
    assert "| volume_ml " in baseline_table(patients, "her2").to_markdown(caption="Table 1")


def test_to_dict_is_json_and_holds_the_printed_table(ours):
    told = json.loads(json.dumps(ours.to_dict(), allow_nan=False))
    assert told == ours.to_dict()
    assert told["columns"][0] == "Variable"
    assert {len(cells) for cells in told["rows"]} == {len(told["columns"])}


def test_representations(ours):
    assert repr(ours).startswith("<BaselineTable: 6 variables; All (n = 60), her2 = 0")
    assert str(ours) == ours.to_markdown()
    assert ours.to_html() in ours._repr_html_()


def test_input_is_left_as_it_was(patients):
    before = patients.copy()
    baseline_table(patients, "her2", categorical=["n_nodes"])
    pd.testing.assert_frame_equal(patients, before)


# What is refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"by": "Sex"}, "by='Sex' is no column of the table; its columns are her2, site"),
        ({"by": "one"}, r"by='one' gives one group only \(one = 1; 60 cases\)"),
        ({"by": "none"}, r"by='none' gives one group only \(no value at all"),
        ({"by": [0, 1]}, "by holds 2 labels for 60 cases"),
        ({"by": "her2", "split": ([0], [1])}, "by and split are both given"),
        ({"split": ([0, 1], [1, 2])}, "1 cases are in training and test"),
        ({"split": ([0, 1], [60])}, "the test part has the position 60, and the 60 cases have 0 to 59"),
        ({"split": ([0, 1], [])}, "the test part is neither 60 booleans nor a list of positions"),
        ({"columns": ["Age"]}, "columns: 'Age' is no column"),
        ({"categorical": ["Age"]}, "categorical: 'Age' is no column"),
        ({"nonnormal": ["Age"]}, "nonnormal: 'Age' is no column"),
        ({"tests": {"Age": "welch"}}, "tests: 'Age' is no column"),
        ({"by": "her2", "columns": ["her2"]}, "'her2' is what the groups are made of"),
        ({"by": "her2", "columns": ["sex"], "tests": {"age": "welch"}}, "tests: column 'age' is not described"),
        ({"by": "her2", "tests": {"age": "fisher"}}, "'fisher' is no test for the continuous column 'age'"),
        ({"by": "her2", "tests": {"sex": "welch"}}, "'welch' is no test for the categorical column 'sex'"),
        ({"by": "site", "tests": {"age": "welch"}}, "'welch' compares two groups, and there are 3"),
        ({"by": "site", "tests": {"sex": "yates"}}, "'yates' is for 2 x 2 counts, and these are 2 x 3"),
        ({"by": "her2", "tests": {"age": lambda *samples: 7}}, "gave 7.0, which is no p-value"),
        ({"columns": ["seen"]}, "Column 'seen' holds dates, which cannot be described"),
        ({"columns": ["endless"]}, "Column 'endless' has 60 infinite values"),
    ],
)
def test_refused(patients, arguments, message):
    frame = patients.assign(one=1, none=None)
    if "endless" in arguments.get("columns", []):
        frame["endless"] = np.inf
    frame["seen"] = pd.Timestamp("2020-01-01")
    with pytest.raises(CohortError, match=message):
        baseline_table(frame, **arguments)


def test_table_without_rows(patients):
    with pytest.raises(CohortError, match="There is no case to describe"):
        baseline_table(patients.iloc[:0], "her2")


def test_row_without_patient(lesions):
    with pytest.raises(CohortError, match=r"1 of 12 rows have no patient_id \(the first is row 3\)"):
        baseline_table(lesions.assign(patient_id=lesions["patient_id"].where(lesions.index != 2)))


def test_two_columns_of_one_name(patients):
    cohort = in_memory(patients)
    with pytest.raises(CohortError, match="two columns named 'her2'"):
        baseline_table(Cohort(cohort.X, cohort.y, cohort.groups, patients.set_index(cohort.X.index), "her2", 1))
    with pytest.raises(CohortError, match="two columns named 'age'"):
        baseline_table(pd.concat([patients, patients["age"]], axis=1))
