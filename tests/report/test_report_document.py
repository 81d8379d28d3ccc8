"""A comparison as a plain dict: what is in it, what is not, and that it conforms to its schema."""

import json
import re
import warnings
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from joblib import Memory
from plain_comparisons import PATIENTS, X, Y, compare
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import radiohers as rh
from radiohers._versions import version
from radiohers.datasets import make_ct_cohort
from radiohers.evaluation import StratifiedGroupShuffleSplit, audit, compare_models
from radiohers.exceptions import CohortError, OutputExistsError
from radiohers.report import draw_figures, render_html, report_schema
from radiohers.report.facts import StepKind, Verdict, verdict_of
from radiohers.report.facts._models import ExtractionFacts, ModelFacts
from radiohers.report.words._models import extraction_texts
from radiohers.report.words._performance import REASONS


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    csv = make_ct_cohort(tmp_path_factory.mktemp("patients of dr who"), n_patients=16, shape=(8, 32, 40))
    cohort = rh.read_cohort(csv, target="her2")
    return cohort.select(cohort.X.index[1:], reason="no consent")


@pytest.fixture(scope="module")
def result(cohort, tmp_path_factory):
    memory = str(tmp_path_factory.mktemp("home of dr who"))
    models = {
        name: rh.make_radiomics_pipeline(classifier, "first_order_shape", memory=memory)
        for name, classifier in (("LR", "lr"), ("Bayes/1", GaussianNB()))
    }
    split = StratifiedGroupShuffleSplit(test_size=0.5)
    return compare_models(models, cohort.X, cohort.y, groups=cohort.groups, cv=split, n_bootstraps=100)


@pytest.fixture(scope="module")
def document(result, cohort):
    found = audit(result, cohort, checks=["AUD001", "AUD003", "AUD004", "AUD005", "majority class", "lesion volume"])
    return result.to_dict(title="A title", cohort=cohort, audit=found)


def section(document, name):
    """The words of a section."""
    return document["words"]["sections"][name]


def settings(document, heading="Comparison"):
    """The settings under a heading."""
    (found,) = [one["values"] for one in section(document, "settings")["definitions"] if one["heading"] == heading]
    return found


def figures(document):
    return [figure["name"] for figure in document["facts"]["figures"]]


def conforms(document):
    # As a reader would get it.
    jsonschema.validate(json.loads(json.dumps(document, allow_nan=False)), report_schema())
    return True


def test_documents_conform_to_the_schema(document, bare, full):
    assert conforms(document)
    assert conforms(bare)
    assert conforms(full)


def test_a_document_with_another_key_or_a_text_for_a_number_does_not_conform(bare):
    flow = [step | {"n_cases": "40"} for step in bare["facts"]["flow"]]
    for broken in (bare | {"more": 1}, bare | {"facts": bare["facts"] | {"flow": flow}}):
        with pytest.raises(jsonschema.ValidationError):
            conforms(broken)


def test_no_folder_no_case_and_no_request_is_in_it(document):
    text = json.dumps(document)
    assert "dr who" not in text
    assert "SYN_" not in text
    html = render_html(document)
    assert not re.search(r"""(src|href|srcset|action|poster)=["']?\s*(https?:)?//""", html)
    assert not re.search(r"url\(\s*['\"]?\s*(https?:)?//", html)


@pytest.mark.parametrize(
    "memory", ["/home of/me/cache", Path("/home of/me/cache"), Memory("/home of/me/cache", verbose=0)]
)
def test_paths_lose_their_folders(memory):
    model = rh.make_radiomics_pipeline("lr", params=r"C:\home of\me\my.yaml", memory=memory)
    facts = ModelFacts.of(model)
    assert "home of" not in str(facts)
    assert "memory='a folder'" in facts.code
    assert (facts.steps[0].name, facts.steps[0].kind) == ("extractor", StepKind.EXTRACTION)
    assert model.get_params()["extractor__memory"] is memory


def flow(document):
    """The steps with their numbers and reasons."""
    lines = zip(document["facts"]["flow"], section(document, "cohort")["flow"], strict=True)
    return [(line["step"], step["n_cases"], line["reason"]) for step, line in lines]


def test_flow_tells_what_was_read_and_left_out(document):
    steps = flow(document)
    assert steps[:3] == [
        ("rows of the table", 16, ""),
        ("selected, 1 left out", 15, "no consent"),
        ("given to the comparison", 15, ""),
    ]
    assert [step[0] for step in steps[3:]] == ["in the training part", "in the test part"]
    assert steps[3][1] + steps[4][1] == 15


def test_flow_tells_of_features_that_are_missing(cohort, tmp_path):
    broken = cohort.X.copy()
    (tmp_path / "broken.nii.gz").write_bytes(b"no image")
    broken.iloc[2, 0] = str(tmp_path / "broken.nii.gz")
    model = rh.make_radiomics_pipeline(GaussianNB(), "first_order_shape", on_error="nan")
    with pytest.warns(UserWarning, match="kept as NaN"):
        result = compare_models({"B": model}, broken, cohort.y, groups=cohort.groups, cv=2, n_bootstraps=100)
    (step,) = [step for step in flow(result.to_dict(cohort=cohort)) if step[0] == "with features (B)"]
    assert step[1] == 15
    assert "1 cases lack features (1 of them all)" in step[2]


def test_patients_are_described_by_class_and_by_part(document):
    by_class, by_part = section(document, "patients")["tables"]
    assert by_class["columns"][:3] == ["Variable", "Statistic", "All (n = 15)"]
    assert "Training" in by_part["columns"][3]
    assert {row[0] for row in by_class["rows"]} == {"age", "sex", "", "slice_thickness_mm"}
    variables = [one["name"] for one in document["facts"]["baseline"]["variables"]]
    assert variables == ["age", "sex", "slice_thickness_mm"]


def test_values_are_those_of_the_table(document, result):
    table = result.table(full=True)
    found = {(v["model"], v["part"], v["metric"]): v for v in document["facts"]["performance"]}
    for key in (("LR", "test", "auc"), ("Bayes/1", "train", "sensitivity")):
        model, part, metric = key
        row = table.loc[(model, part)]
        assert (found[key]["value"], found[key]["low"]) == (row[metric], row[f"{metric}_low"])
        assert found[key]["method"] == row[f"{metric}_interval"]
        assert found[key]["n_cases"] == row["n_cases"]


def test_main_measures_come_first_and_tests_before_training(document):
    performance, more = section(document, "performance")["tables"]
    assert [name.split(" ")[0] for name in performance["columns"]] == [
        *("model", "part", "AUC", "sensitivity", "specificity", "accuracy", "cases"),
    ]
    assert [row[:2] for row in performance["rows"]] == [[m, p] for m in ("LR", "Bayes/1") for p in ("test", "train")]
    assert "Brier score" in [row[0] for row in more["rows"]]


def test_summary_says_what_was_judged(document, result):
    row = result.table(full=True).loc[("LR", "test")]
    text = section(document, "summary")["found"][0]["text"]
    assert (
        f"AUC {row['auc']:.2f} (95% interval {row['auc_low']:.2f} to {row['auc_high']:.2f}: {row['auc_interval']})"
        in text
    )
    assert f"p = {result.against_chance()['p_permutation_holm']['LR']:.3f} against chance (permutation" in text
    assert f"{row['n_cases']} cases of {row['n_patients']} patients, {row['n_positive']} of the cases positive" in text


@pytest.mark.parametrize(
    ("low", "high", "p_value", "expected"),
    [
        (0.51, 0.9, 0.04, "above chance"),
        (0.51, 0.9, 0.06, "not shown to be above chance"),
        (0.49, 0.9, 0.01, "not shown to be above chance"),
        (0.2, 0.49, 0.9, "below chance"),
        (np.nan, np.nan, np.nan, "not shown to be above chance"),
    ],
)
def test_only_what_interval_and_test_show_is_called_above_chance(low, high, p_value, expected):
    verdict, reason = verdict_of(low, high, p_value, 0.05)
    assert verdict == expected
    assert ("Better than chance" in REASONS[reason]) == (verdict is Verdict.ABOVE)


def test_labels_without_relation_are_not_called_a_finding():
    noise = np.random.default_rng(0).normal(size=X.shape)
    document = compare_models({"B": GaussianNB()}, noise, Y, n_bootstraps=200).to_dict()
    assert document["facts"]["chance"][0]["verdict"] != "above chance"
    assert "Better than chance" not in section(document, "summary")["found"][0]["text"]


def test_a_split_that_cuts_patients_is_called_optimistic():
    folds = [(np.arange(0, 39, 2), np.arange(1, 40, 2))]
    document = compare({"B": GaussianNB()}, cv=folds, groups=PATIENTS).to_dict()
    assert document["facts"]["split"]["level"] == "optimistic"
    assert "too good to be true" in document["words"]["notes"][-1]
    assert "The split is optimistic" in section(document, "summary")["found"][0]["text"]
    assert "optimistic" in section(document, "methods")["quote"]
    assert settings(document)["cross-validation"] == "as given, by positions"
    assert document["facts"]["cohort"]["cases_of_patient"] == {"fewest": 2, "most": 2, "median": 2}


def test_settings_of_the_extraction_are_told(document):
    facts, texts = document["facts"]["extraction"]["LR"], settings(document, "LR, Bayes/1: features")
    assert (facts["n_features"], facts["n_of_class"]) == (32, {"shape": 14, "firstorder": 18})
    assert texts["features"] == "32: 14 shape, 18 firstorder"
    assert facts["settings"]["binWidth"] == 25
    assert texts["setting binWidth"] == "25"
    assert section(document, "settings")["steps"]["LR"][:2] == [
        "extractor: RadiomicsExtractor(first_order_shape)",
        "imputer: SimpleImputer(keep_empty_features=True, strategy='median')",
    ]
    fitted = settings(document)["fitted on the training part of each fold"]
    assert fitted == "imputer, scaler, variance, pca, classifier (LR, Bayes/1)"
    assert document["facts"]["models"]["LR"]["seeds"] == {"classifier__random_state": "0"}
    assert section(document, "versions")["definitions"][1]["values"]["LR: classifier__random_state"] == "0"


def test_methods_text_is_made_of_the_settings(document, bare):
    extracted = "For LR, Bayes/1, 32 radiomic features a lesion were extracted with the native engine of radiohers"
    assert extracted in section(document, "methods")["quote"]
    assert ", which gives the values of PyRadiomics" in section(document, "methods")["quote"]
    assert "No patient was in the training and the test part" in section(document, "methods")["quote"]
    assert "extracted" not in section(bare, "methods")["quote"]


def test_pyradiomics_is_named_alone_where_it_computed():
    pytest.importorskip("radiomics")
    pipeline = rh.make_radiomics_pipeline(params="first_order_shape", engine="pyradiomics")
    facts = ExtractionFacts.of(pipeline[0])
    assert extraction_texts(facts)["engine"] == ("engine", f"PyRadiomics {version('pyradiomics-bhklab')}")


def test_sections_without_content_say_why(document, bare):
    def absent(one):
        return {name for name, words in one["words"]["sections"].items() if words["absent"]}

    assert absent(document) == set()
    assert absent(bare) == {"summary", "patients", "comparison", "calibration", "usefulness", "audit"}
    assert section(bare, "calibration")["lines"] == section(bare, "usefulness")["lines"] == []
    assert not {"calibration", "decision-curve"} & set(figures(bare))
    assert "Brier score" not in [row[0] for row in section(bare, "performance")["tables"][1]["rows"]]


def test_pairs_are_told_with_p_and_holm(document, result):
    pairs, chance = section(document, "comparison")["tables"]
    (row,), (pair,) = pairs["rows"], document["facts"]["pairs"]
    p_values = {test["test"]: test["p_value"] for test in pair["tests"]}
    assert row[0] == "LR – Bayes/1"
    assert p_values["delong"] == pytest.approx(result.compare().iloc[0]["p_delong"])
    assert [column for column in pairs["columns"] if column.startswith("p ")] == [
        *("p (DeLong)", "p (McNemar)"),
    ]
    assert len(chance["rows"]) == len(document["facts"]["chance"]) == 2


def test_searches_tell_what_they_chose():
    search = GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [0.1, 1]}, cv=2
    )
    document = compare({"search": search, "LR": LogisticRegression()}).to_dict()
    assert conforms(document)
    (searches,) = section(document, "settings")["tables"]
    assert [choice["params"].popitem()[1] in (0.1, 1) for choice in document["facts"]["searches"]] == [True, True]
    assert len(searches["rows"]) == 2
    assert re.fullmatch(r"(logisticregression__)?C = (0\.1|1(\.0)?)", searches["rows"][0][2])
    assert (
        section(document, "settings")["steps"]["search"][0]
        == "search: GridSearchCV over logisticregression__C in [0.1, 1]"
    )
    assert "inner folds" in searches["notes"][0]


def test_checklists_are_filled_from_the_document(document):
    (clear,) = [checklist for checklist in document["checklists"] if checklist["name"] == "CLEAR"]
    seeds = [e for item in clear["items"] for e in item["evidence"] if e["key"] == "extraction_preset"]
    assert "first_order_shape" in seeds[0]["value"]


def test_names_of_figures_are_names_of_files(result):
    names = [figure.name for figure in draw_figures(result)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[\w.-]+", name) for name in names)
    assert "importance-Bayes-1" in names


def test_importance_of_very_many_single_features_is_left_out_and_told():
    wide = np.random.default_rng(0).normal(size=(20, 201))
    result = compare_models({"B": GaussianNB()}, wide, np.arange(20) % 2, cv=2, n_bootstraps=100)
    document = result.to_dict()
    assert "importance-B" not in figures(document)
    assert "left out for B: plot_feature_importance draws it" in section(document, "explanation")["lines"][-1]


def test_few_folds_are_why_an_interval_is_wide(bare):
    few = [note for note in section(bare, "performance")["lines"] if "Folds this few" in note]
    assert len(few) == 1
    folds = section(compare({"B": GaussianNB()}, cv=5).to_dict(), "performance")["lines"]
    assert not [note for note in folds if "Folds this few" in note]


def test_folds_of_one_class_have_no_auc_and_say_so():
    result = compare_models(
        {"B": GaussianNB()}, X, np.arange(40) // 2 % 2, groups=PATIENTS, cv=LeaveOneGroupOut(), n_bootstraps=100
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        document = result.to_dict()
    assert section(document, "summary")["found"][0]["text"].startswith(
        "AUC undefined: one class only in every fold; 40 cases of 20"
    )
    assert "importance-B" not in figures(document)
    assert (
        "No test part has both classes, so there is no AUC that could drop"
        in section(document, "explanation")["lines"][-1]
    )
    with pytest.raises(ValueError, match="no test part has both classes.*StratifiedGroupKFold"):
        result.plot_feature_importance()


def test_a_figure_that_fails_fails_the_report(result, tmp_path, monkeypatch):
    monkeypatch.setattr("radiohers.report._figures._plots", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        result.report(tmp_path / "report.html")
    assert not list(tmp_path.iterdir())


def test_an_existing_file_stops_the_report_before_any_work(result, tmp_path, monkeypatch):
    monkeypatch.setattr("radiohers.evaluation._comparison.draw_figures", lambda *args, **options: 1 / 0)
    (tmp_path / "report.json").write_text("mine")
    with pytest.raises(OutputExistsError, match=r"report.json exists already"):
        result.report(tmp_path / "report.html", json=tmp_path / "report.json")


def test_cohort_of_other_cases_is_refused(cohort, tmp_path):
    with pytest.raises(CohortError, match="40 of 40 cases of the comparison are not in the cohort, the first is 0"):
        compare({"B": GaussianNB()}).report(tmp_path / "report.html", cohort=cohort)
    assert not list(tmp_path.iterdir())


def test_cohort_of_more_cases_says_how_many_were_not_given(cohort):
    fewer = cohort.select(cohort.X.index[2:])
    model = rh.make_radiomics_pipeline(GaussianNB(), "first_order_shape")
    document = compare_models({"B": model}, fewer, cv=2, n_bootstraps=100).to_dict(cohort=cohort)
    assert flow(document)[2][2] == "2 cases of the cohort were not given"
    assert document["facts"]["baseline"] is not None


def test_cohort_without_target_is_described(cohort):
    unlabelled = rh.cohort.Cohort(cohort.X, None, cohort.groups, pd.DataFrame(index=cohort.X.index))
    model = rh.make_radiomics_pipeline(GaussianNB(), "first_order_shape")
    result = compare_models({"B": model}, cohort.X, cohort.y, cv=2, n_bootstraps=100)
    document = result.to_dict(cohort=unlabelled)
    assert conforms(document)
    assert document["facts"]["cohort"]["source"] is None
    assert section(document, "cohort")["definitions"][0]["values"]["source"] == "in memory"
