"""Patient-level is said only where patients were given and no fold cuts one."""

import re

import jsonschema
import matplotlib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, LeaveOneGroupOut, StratifiedKFold

from radiohers import read_cohort
from radiohers.cohort import Cohort
from radiohers.datasets import make_ct_cohort
from radiohers.evaluation import ROCDisplay, audit, compare_models
from radiohers.exceptions import CohortError
from radiohers.patients import baseline_table
from radiohers.report import comparison_document, report_schema
from radiohers.results._known_patients import with_known_patients

matplotlib.use("Agg")
MODELS = {"LR": LogisticRegression()}
N = 48
NAMES = pd.Index([f"case {i:02d}" for i in range(N)])
Y = pd.Series((np.arange(N) // 3) % 2, index=NAMES)
# Three lesions of each of 16 patients, alike within a patient.
PATIENTS = pd.Series([f"P{i // 3:02d}" for i in range(N)], index=NAMES, name="patient_id")
RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(16, 3))[np.arange(N) // 3] + 0.1 * RNG.normal(size=(N, 3)), index=NAMES)


def cohort_of(groups=PATIENTS, y=Y):
    rows = pd.DataFrame({"image": "image.nii.gz", "mask": "mask.nii.gz"}, index=NAMES)
    clinical = pd.DataFrame({"age": 50.0 + np.arange(N) // 3}, index=NAMES)
    return Cohort(X=rows, y=y, groups=groups, clinical=clinical, target="her2", positive=1)


def case_names():
    return pd.Series(NAMES, index=NAMES, name="case_id")


def compare(groups=None, X=X, y=Y, **options):
    return compare_models(MODELS, X, y, groups, **{"cv": 3, "n_bootstraps": 100, **options})


def document_of(result, cohort=None, found=None):
    """Return what these tests ask of a report."""
    document = comparison_document(with_known_patients(result, cohort, found), [], cohort=cohort, audit=found)
    jsonschema.validate(document, report_schema())
    words = document["words"]["sections"]
    settings = words["settings"]
    return {
        "notes": document["words"]["notes"],
        "summary": words["summary"]["found"],
        "cohort": words["cohort"]["definitions"][0]["values"],
        "settings": settings["definitions"][0]["values"],
        "searches": (settings["tables"] or [None])[0],
        "baseline": (words["patients"]["tables"] or [None])[0],
        "flow": document["facts"]["flow"],
        "values": document["facts"]["performance"],
        "methods": words["methods"]["quote"],
        "checklists": document["checklists"],
    }


@pytest.fixture(scope="module")
def unknown():
    return compare()


@pytest.fixture(scope="module")
def many_lesions(tmp_path_factory):
    csv = make_ct_cohort(tmp_path_factory.mktemp("many"), n_patients=6, lesions_per_patient=2, shape=(8, 32, 40))
    return read_cohort(csv, target="her2")


def test_without_groups_nothing_says_patients(unknown):
    assert repr(unknown) == "<ModelComparison: LR; 48 cases, 3 folds, patients not given>"
    table = unknown.table(full=True)
    assert set(table["split"]) == {"patients not given"}
    assert table["n_patients"].isna().all()
    methods = " ".join(table.filter(like="_interval").astype(str).to_numpy().ravel())
    assert "patient" not in methods
    assert "case bootstrap" in methods
    assert unknown.predictions["patient_id"].isna().all()
    pair = compare_models({**MODELS, "B": MODELS["LR"]}, X, Y, cv=3, n_bootstraps=100)
    for tests in (unknown.against_chance(n_refits=1), pair.compare()):
        assert "patient" not in str(tests.filter(like="_method").to_dict())
        assert set(tests["split"]) == {"patients not given"}


def test_without_groups_figures_count_cases(unknown):
    curves = ("roc", "precision_recall", "calibration", "confusion", "decision_curve", "waterfall")
    for name in (*curves, "coefficients", "feature_importance", "learning_curve"):
        display = getattr(unknown, f"plot_{name}")()
        assert "split: patients not given" in display.note
        words = f"{display.note} {display.caption}".replace("patients not given", "")
        assert "patient" not in words
        assert "48 cases, 24 positive" in words


def test_without_groups_the_report_says_so_first(unknown):
    document = document_of(unknown)
    assert "Patients were not given, so the split is case-level" in document["notes"][-1]
    assert "48 cases, 24 of the cases positive; split: patients not given" in document["summary"][0]["text"]
    assert "only if no patient has two of these cases" in document["summary"][0]["text"]
    assert document["summary"][0]["verdict"] != "above chance"
    assert document["cohort"]["all"] == "48 cases"
    assert document["settings"]["split"] == "patients not given"
    assert document["settings"]["cross-validation"] == "3 folds by case, stratified"
    assert {step["n_patients"] for step in document["flow"]} == {None}
    assert {row["n_patients"] for row in document["values"]} == {None}
    assert "Patients were not given, so the split was by lesion" in document["methods"]
    facts = {f["key"] for c in document["checklists"] for item in c["items"] for f in item["evidence"]}
    assert "split" in facts
    assert not facts & {"patient_level_split", "audit_leakage"}


SHUFFLED = KFold(4, shuffle=True, random_state=0)


@pytest.mark.parametrize("cv", [None, 4, StratifiedKFold(3), LeaveOneGroupOut(), SHUFFLED])
def test_no_splitter_makes_patients_of_cases(cv):
    result = compare(cv=cv)
    assert result.split == "patients not given"
    assert "patient" not in document_of(result)["settings"]["cross-validation"]


def test_a_search_without_groups_says_of_what_its_folds_are():
    models = {"LR": GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=3)}
    (note,) = document_of(compare_models(models, X, Y, cv=2, n_bootstraps=100))["searches"]["notes"]
    assert "of cases, since patients were not given" in note


@pytest.mark.parametrize(
    "groups",
    [PATIENTS, PATIENTS.tolist(), PATIENTS.to_numpy(), np.arange(N) // 3, (np.arange(N) // 3).astype(float),
     PATIENTS.astype("category"), pd.Series(np.arange(N) // 3)],
)  # fmt: skip
def test_groups_of_any_kind(groups):
    result = compare(groups)
    assert repr(result) == "<ModelComparison: LR; 48 cases of 16 patients, 3 folds, patient-level>"
    assert "patient bootstrap" in result.table(full=True)["auc_interval"].iloc[0]


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (PATIENTS.rename(lambda name: f"{name} x"), "groups names other cases than X"),
        ([1, "1"] * 24, "groups mixes types, such as 1 and '1'"),
        (PATIENTS.where(PATIENTS != "P03"), "groups is missing for 3 cases, the first is 'case 09'"),
    ],
)
def test_groups_that_are_no_patients(groups, said):
    with pytest.raises(CohortError, match=said):
        compare(groups)


def test_groups_in_another_order_are_matched_by_name():
    pd.testing.assert_frame_equal(compare(PATIENTS[::-1]).predictions, compare(PATIENTS).predictions)


def test_a_cohort_brings_labels_patients_and_positive_class():
    cohort = cohort_of()
    cohort = Cohort(X, cohort.y.map({0: "low", 1: "high"}), PATIENTS, cohort.clinical, "her2", "high")
    result = compare_models(MODELS, cohort, cv=3, n_bootstraps=100)
    assert (result.positive, result.split) == ("high", "patient-level")
    expected = compare(PATIENTS, y=cohort.y, positive="high")
    pd.testing.assert_frame_equal(result.predictions, expected.predictions)
    part = cohort.select(NAMES[6:])
    assert "42 cases of 14 patients" in repr(compare_models(MODELS, part, cv=3, n_bootstraps=100))


@pytest.mark.parametrize("extra", [{"y": Y}, {"groups": PATIENTS}, {"y": Y, "groups": PATIENTS}])
def test_a_cohort_and_labels_or_groups(extra):
    with pytest.raises(ValueError, match="A cohort was given, and y or groups beside it"):
        compare_models(MODELS, cohort_of(), **extra)


def test_labels_that_are_missing():
    with pytest.raises(CohortError, match="the cohort has no target. Read it with one"):
        compare_models(MODELS, cohort_of(y=None))
    with pytest.raises(CohortError, match="y is missing. Give the labels, or a cohort"):
        compare_models(MODELS, X)


@pytest.mark.parametrize("groups", [case_names(), NAMES.rename("case_id")])
def test_a_cohort_without_patients_makes_none(groups):
    cohort = cohort_of(case_names())
    assert repr(cohort).startswith("<Cohort: 48 cases, patients not given; her2: 24 cases are 1 (positive)")
    assert compare(groups).split == "patients not given"
    by_cohort = compare_models(MODELS, Cohort(X, Y, case_names(), cohort.clinical, "her2", 1), cv=3, n_bootstraps=100)
    assert by_cohort.split == "patients not given"
    document = document_of(by_cohort, cohort)
    assert document["settings"]["split"] == "patients not given"
    assert "Cases are counted: patients were not given." in document["baseline"]["notes"]
    assert baseline_table(cohort.select(NAMES[:24])).groups[0]["unit"] == "cases"


def test_case_ids_given_as_groups_are_not_patients_of_a_cohort_without_any():
    result = compare(NAMES.tolist())
    assert document_of(result, cohort_of(case_names()))["settings"]["split"] == "patients not given"


def test_a_table_without_patients(tmp_path):
    csv = make_ct_cohort(tmp_path, n_patients=6, shape=(8, 32, 40))
    assert read_cohort(csv, target="her2").patients_given
    pd.read_csv(csv).drop(columns="patient_id").to_csv(csv, index=False)
    cohort = read_cohort(csv, target="her2")
    assert not cohort.patients_given
    assert not cohort.select(cohort.X.index[:4]).patients_given


@pytest.mark.parametrize(("cv", "n_cut"), [(3, 14), (SHUFFLED, 14), ([(np.arange(1, 46), np.r_[0, 46, 47])], 2)])
def test_a_report_that_knows_the_patients_marks_folds_that_cut_them(cv, n_cut):
    result = compare(cv=cv)
    document = document_of(result, cohort_of())
    expected = f"case-level, OPTIMISTIC: {n_cut} of 16 patients are in training and test"
    assert document["settings"]["split"] == expected
    assert "OPTIMISTIC" in document["notes"][-1]
    assert "48 patients" not in str(document)
    assert "etter than chance" not in document["summary"][0]["text"]
    assert document["summary"][0]["verdict"] != "above chance"
    assert result.split == "patients not given"


def test_groups_that_are_finer_than_the_patients_are_found_out():
    document = document_of(compare(np.arange(N) // 2), cohort_of())
    assert "OPTIMISTIC" in document["settings"]["split"]
    assert document["cohort"]["all"] == "48 cases of 16 patients"


def test_one_case_a_patient_is_said_truthfully_and_changes_no_number(unknown):
    one_each = pd.Series([f"Z{99 - i}" for i in range(N)], index=NAMES, name="patient_id")
    document = document_of(unknown, cohort_of(one_each))
    assert document["settings"]["split"] == "patient-level"
    assert document["cohort"]["all"] == "48 cases of 48 patients"
    before = [(row["low"], row["high"]) for row in document_of(unknown)["values"]]
    assert before == [(row["low"], row["high"]) for row in document["values"]]


@pytest.mark.parametrize("site", [np.arange(N) // 12, np.repeat(["A", "B", "C"], 16), np.arange(N) // 6])
def test_groups_that_merge_patients_are_questioned(site):
    with pytest.warns(UserWarning, match="Are they sites, and not patients"):
        result = compare(site, cv=2)
    document = document_of(result, cohort_of())
    n = len(np.unique(site))
    assert f"{n} groups for the 16 patients of the cohort; {n} of them put several patients" in document["notes"][-1]
    assert document["cohort"]["all"] == "48 cases of 16 patients"


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("groups", [PATIENTS, np.arange(N) // 6 * 2 + Y, np.arange(N) // 2, np.arange(N)])
def test_patients_are_not_taken_for_sites(groups):
    compare(groups)


def test_a_cohort_of_other_cases_or_labels_is_refused(unknown, tmp_path):
    with pytest.raises(
        CohortError, match="1 of 48 cases of the comparison are not in the cohort, the first is 'case 00'"
    ):
        unknown.report(tmp_path / "report.html", cohort=cohort_of().select(NAMES[1:]))
    with pytest.raises(CohortError, match="48 of 48 cases have another label in the cohort"):
        unknown.to_dict(cohort=cohort_of(y=1 - Y))
    of_numbers = compare(X=X.to_numpy(), y=Y.to_numpy())
    with pytest.raises(CohortError, match="the first is 0, where the cohort has such as 'case 00'"):
        of_numbers.to_dict(cohort=cohort_of())


SPLIT = ["AUD001", "AUD002", "AUD003", "AUD004", "AUD005"]


def test_the_audit_compares_the_folds_with_its_cohort(many_lesions):
    features = pd.DataFrame(RNG.normal(size=(12, 2)), index=many_lesions.X.index)
    result = compare(X=features, y=many_lesions.y, cv=2)
    found = audit(result, many_lesions, checks=SPLIT)
    (line,) = (line for line in found.lines if line.check == "same patient")
    assert line.level == "fail"
    assert found.settings["n_patients"] == 6
    # The audit alone tells the report whose the cases are.
    assert "OPTIMISTIC" in document_of(result, None, found)["settings"]["split"]
    site = np.repeat([0, 1, 2], 4)
    merged = audit(compare(site, X=features, y=many_lesions.y, cv=SHUFFLED), many_lesions, checks=SPLIT)
    assert [line.level for line in merged.lines if line.check == "groups"] == ["warn"]


def test_the_audit_of_a_cohort_without_patients(many_lesions):
    nobody = Cohort(
        many_lesions.X, many_lesions.y, pd.Series(many_lesions.X.index, many_lesions.X.index, name="case_id"),
        many_lesions.clinical, "her2", 1,
    )  # fmt: skip
    features = pd.DataFrame(RNG.normal(size=(12, 2)), index=nobody.X.index)
    found = audit(compare(X=features, y=nobody.y, cv=2), nobody, checks=SPLIT)
    by_check = {line.check: line for line in found.lines}
    assert by_check["same patient"].level == "not run"
    texts = " ".join(f"{line.message} {line.method}" for line in found.lines if line.check != "same patient")
    assert not re.search("patients? ", texts)
    assert found.settings["n_patients"] is None


def test_displays_of_scores_without_groups():
    display = ROCDisplay.from_predictions(Y, X[0], n_bootstraps=100)
    assert "patient" not in f"{display.note}{display.caption}"
    assert "48 cases of 16 patients" in ROCDisplay.from_predictions(Y, X[0], PATIENTS, n_bootstraps=100).note
