"""The checklists: what their files may say, and what a report's dict fills."""

import copy
import re

import pytest

from radiohers.exceptions import ParamsError
from radiohers.report._evidence import EVIDENCE_KEYS, collect_evidence
from radiohers.report.page._checklists import fill_checklists, list_checklists, load_checklist

COUNTS = {"claim": (44, 44), "clear": (58, 58), "metrics": (30, 30), "tripod_ai": (27, 52)}


def value_row(metric, value, part="test", **more):
    row = {"model": "LR", "part": part, "metric": metric, "value": value, "low": value - 0.1, "high": value + 0.1}
    return row | {"method": "DeLong", "n_cases": 30, "n_positive": 10, "n_patients": 25} | more


def table(*columns, row):
    return {"columns": list(columns), "rows": [list(row)]}


def audit_line(check, level="pass", value="0"):
    return {"check": check, "level": level, "value": value, "message": "nothing found"}


DOCUMENT = {
    "schema_version": "2.0",
    "title": "A report",
    "notes": ["For research use only."],
    "cohort": {
        "source": "cohort.csv",
        "target": "her2",
        "positive class": "1: 10 cases",
        "negative class": "0: 20 cases",
        "all": "30 cases of 25 patients",
        "sites": "A, B",
        "slice thickness": "5 mm",
    },
    "flow": [
        {"step": "read", "n_cases": 31, "n_patients": 26, "reason": ""},
        {"step": "selected, 1 left out", "n_cases": 30, "n_patients": 25, "reason": "no mask"},
        {"step": "in a test part", "n_cases": 30, "n_patients": 25, "reason": "at least once, over 25 folds"},
    ],
    "baseline": table("Variable", "All", row=("age", "61 (52 to 70)"))
    | {"variables": [{"name": "age", "n_missing": 2}], "groups": [{"name": "All"}, {"name": "her2 = 1"}], "notes": []},
    "extraction": {
        "LR": {
            "parameters": "bladder_ctu",
            "engine": "pyradiomics",
            "features": "975: 14 shape, 198 firstorder",
            "image types": "Original; LoG (sigma [3.0, 5.0])",
            "setting binWidth": "25",
            "setting resampledPixelSpacing": "None",
        }
    },
    "crops": {"CNN": {"margin": "5 mm"}},
    "values": [
        value_row("auc", 0.71),
        value_row("sensitivity", 0.6, method="Wilson"),
        value_row("calibration_slope", 0.8),
        value_row("net_benefit", 0.1),
        value_row("auc", 0.9, part="train"),
        value_row("auc", 0.65, part="external"),
    ],
    "comparison": table("model", "other", "p", "p (Holm)", row=("LR", "CNN", 0.04, 0.04)) | {"notes": ["Paired."]},
    "calibration": ["Slope 1 is best."],
    "usefulness": [],
    "explanation": ["Permutation importance on the test parts: original_shape_Sphericity 0.1."],
    "methods": "There were 30 lesions. Every step was fitted on the training part alone. The seed was 0.",
    "audit": {
        "lines": [
            audit_line("same patient on both sides"),
            audit_line("majority class"),
            audit_line("lesion volume only", "warn", "AUC 0.7"),
            audit_line("clinical only"),
            audit_line("acquisition only", "fail", "AUC 0.8"),
            audit_line("shuffled labels"),
            audit_line("Grad-CAM outside the lesion"),
        ]
    },
    "settings": {
        "split": "patient-level",
        "cross-validation": "StratifiedGroupKFold(n_splits=5)",
        "threshold": "Youden",
        "seed": "0",
        "saved model": "model.rh",
    },
    "models": {"LR": "Pipeline(steps=[LogisticRegression(C=1.0, class_weight='balanced')])"},
    "pipelines": {"LR": ["RadiomicsExtractor", "SimpleImputer", "StandardScaler", "ElbowPCA", "LogisticRegression"]},
    "searches": {"LR": {"C": "0.1, 1"}},
    "versions": {"radiohers": "9.9", "pyradiomics-bhklab": "3.1.4"},
    "seeds": {"LR": "1"},
    "figures": [
        {"name": name, "section": "performance", "caption": "A figure.", "svg": "<svg></svg>"}
        for name in ("confusion", "learning-curve", "history-CNN", "grad-cam-CNN")
    ],
}


def leaves(name):
    for section in load_checklist(name)["sections"]:
        for item in section["items"]:
            yield from item.get("parts", [item])


def keys_of(item):
    listed = [*item.get("evidence", []), *item.get("more_evidence", [])]
    return [key for keys in listed for key in ([keys] if isinstance(keys, str) else keys)]


def filled(document, name):
    (checklist,) = fill_checklists(collect_evidence(document), [name])
    return checklist


def statuses(document, name):
    return {item["number"]: item["status"] for item in filled(document, name)["items"]}


def without(*keys):
    return {key: value for key, value in DOCUMENT.items() if key not in keys}


def test_all_four_are_there():
    assert list_checklists() == sorted(COUNTS)


@pytest.mark.parametrize("name", COUNTS)
class TestFiles:
    def test_items_are_as_many_as_published(self, name):
        checklist = load_checklist(name)
        n_items = sum(len(section["items"]) for section in checklist["sections"])
        assert (n_items, len(list(leaves(name)))) == COUNTS[name]
        assert checklist["n_items"] == n_items

    def test_numbers_count_up(self, name):
        items = [item for section in load_checklist(name)["sections"] for item in section["items"]]
        assert [item["number"] for item in items] == [str(number + 1) for number in range(len(items))]
        for item in items:
            parts = [part["number"] for part in item.get("parts", [])]
            assert parts == [item["number"] + letter for letter in "abcdefg"[: len(parts)]]

    def test_head_says_where_it_comes_from(self, name):
        checklist = load_checklist(name)
        assert all(checklist[key] for key in ("name", "title", "reference", "numbers_checked"))
        assert re.fullmatch(r"10\.\d{4,}/\S+", checklist["doi"])

    def test_names_are_unique(self, name):
        names = [item["name"] for item in leaves(name)]
        assert len(set(names)) == len(names)

    def test_fields_are_known_and_texts_short(self, name):
        allowed = {"number", "name", "text", "evidence", "more_evidence", "author_adds", "weight"}
        for item in leaves(name):
            assert {"number", "name", "text"} <= set(item) <= allowed, item["name"]
            assert 0 < len(item["text"]) <= 120, item["name"]

    def test_evidence_keys_are_known_and_given_once(self, name):
        for item in leaves(name):
            keys = keys_of(item)
            assert set(keys) <= set(EVIDENCE_KEYS), item["name"]
            assert len(set(keys)) == len(keys), item["name"]

    def test_an_item_without_evidence_asks_nothing_more(self, name):
        for item in leaves(name):
            assert "evidence" in item or set(item) <= {"number", "name", "text", "weight"}, item["name"]

    def test_what_software_cannot_know_has_no_evidence(self, name):
        unknowable = r"ethic|fund|conflict|consent|registr|fairness|^protocol|background|objective|^title|^abstract"
        found = [item for item in leaves(name) if re.search(unknowable, item["name"], re.IGNORECASE)]
        assert found or name == "metrics"
        assert not [item["name"] for item in found if keys_of(item)]

    def test_reasons_are_left_to_the_author(self, name):
        for item in leaves(name):
            if re.search(r"\bwhy\b", item["text"]):
                assert not keys_of(item) or "author_adds" in item, item["name"]


def test_every_evidence_key_is_of_use():
    used = {key for name in list_checklists() for item in leaves(name) for key in keys_of(item)}
    assert used == set(EVIDENCE_KEYS)
    assert all(EVIDENCE_KEYS.values())


def test_weights_of_metrics_add_up_to_one_but_for_rounding():
    assert sum(item["weight"] for item in leaves("metrics")) == pytest.approx(0.998)


@pytest.mark.parametrize("document", [{}, dict.fromkeys(DOCUMENT), {key: type(DOCUMENT[key])() for key in DOCUMENT}])
def test_a_document_with_nothing_in_it_proves_nothing(document):
    assert collect_evidence(document) == {}
    for checklist in fill_checklists({}):
        assert checklist["n_filled"] == checklist["n_partly"] == 0
        assert {item["status"] for item in checklist["items"]} == {"author must supply"}


def test_a_full_document_proves_every_key():
    assert set(collect_evidence(DOCUMENT)) == set(EVIDENCE_KEYS)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize(
    "document", [DOCUMENT, without("audit", "settings", "methods"), without("values", "extraction")]
)
def test_nothing_is_filled_without_a_value(name, document):
    for item in filled(document, name)["items"]:
        assert (item["status"] == "author must supply") == (item["evidence"] == [])
        for entry in item["evidence"]:
            assert entry["value"].strip()
            assert entry["source"].strip()
        if item["status"] == "filled":
            assert not item["missing"]
            assert not item["author_adds"]
        if item["status"] == "partly":
            assert item["missing"] or item["author_adds"]


@pytest.mark.parametrize(
    ("name", "numbers", "n_partly"),
    [
        ("claim", "19 20 22 23 25 28 29 31 32 37 38", 16),
        ("clear", "15 22 24 26 27 30 32 33 34 35 40 41 43 47", 23),
        ("metrics", "13 18 20 21 22", 15),
        ("tripod_ai", "12a 12b 12g 21", 16),
    ],
)
def test_a_full_document_fills_what_it_can(name, numbers, n_partly):
    found = statuses(DOCUMENT, name)
    assert [number for number, status in found.items() if status == "filled"] == numbers.split()
    assert list(found.values()).count("partly") == n_partly


def test_an_item_with_parts_counts_once():
    checklist = filled(DOCUMENT, "tripod_ai")
    assert (checklist["n_items"], checklist["n_filled"], checklist["n_partly"]) == (27, 1, 12)


def test_an_item_shows_value_source_and_what_is_left():
    item = next(item for item in filled(DOCUMENT, "clear")["items"] if item["number"] == "23")
    assert item["status"] == "partly"
    assert item["evidence"] == [
        {"key": "discretisation", "value": "setting binWidth: 25 (LR)", "source": "fitted extractor"}
    ]
    assert item["author_adds"] == "why this binning was chosen."


def test_parts_keep_the_name_of_their_item():
    items = filled(DOCUMENT, "tripod_ai")["items"]
    assert [item["number"] for item in items if item["group"] == "Performance"] == ["23a", "23b"]


def test_without_the_audit_its_items_are_open():
    before, after = statuses(DOCUMENT, "clear"), statuses(without("audit"), "clear")
    assert (before["36"], after["36"]) == ("partly", "author must supply")
    assert (before["15"], after["15"]) == ("filled", "partly")
    item = next(item for item in filled(without("audit"), "clear")["items"] if item["number"] == "15")
    assert item["missing"] == ["that no patient or image is on both sides"]


@pytest.mark.parametrize("level", ["fail", "warn", "skipped"])
def test_a_leakage_check_that_did_not_pass_is_no_evidence(level):
    document = copy.deepcopy(DOCUMENT)
    document["audit"]["lines"][0]["level"] = level
    assert "audit_leakage" not in collect_evidence(document)
    assert statuses(document, "metrics")["18"] == "partly"


def test_an_image_level_split_does_not_fill_proper_partitions():
    document = without("settings") | {"settings": DOCUMENT["settings"] | {"split": "image-level"}}
    assert statuses(document, "metrics")["18"] == "partly"
    assert statuses(document, "claim")["20"] == "filled"


def test_a_number_without_interval_is_no_evidence_of_uncertainty():
    document = DOCUMENT | {"values": [value_row("auc", 0.7, low=None), value_row("auc", float("nan"))]}
    evidence = collect_evidence(document)
    assert evidence["discrimination"]["value"] == "LR: AUC 0.70"
    assert "intervals" not in evidence


def test_a_crop_model_alone_has_no_discretisation():
    document = without("extraction")
    assert statuses(document, "clear")["23"] == "author must supply"
    assert statuses(document, "metrics")["13"] == "filled"


def test_models_with_the_same_setting_stand_together():
    document = {"extraction": {"LR": {"bin width": 25}, "RF": {"bin width": 25}, "MLP": {"bin width": 10}}}
    assert collect_evidence(document)["discretisation"]["value"] == "bin width: 25 (LR, RF); bin width: 10 (MLP)"


def test_of_a_comparison_only_the_corrected_column_proves_correction():
    evidence = collect_evidence(DOCUMENT)
    assert evidence["multiplicity"]["value"] == "p (Holm) 0.04"
    uncorrected = table("model", "p", row=("LR", 0.04))
    assert "multiplicity" not in collect_evidence({"comparison": uncorrected})
    evidence = collect_evidence({"comparison": {**uncorrected, "notes": ["Corrected by Holm."]}})
    assert evidence["multiplicity"]["value"] == "Corrected by Holm."


def test_long_values_are_cut_so_that_every_model_shows():
    document = {"models": {"LR": "x" * 900, "RF": "y" * 900}}
    value = collect_evidence(document)["models"]["value"]
    assert len(value) <= 400
    assert value.startswith("LR: xxx")
    assert "RF: yyy" in value


def test_steps_of_the_flow_that_took_nobody_out_are_no_exclusions():
    assert collect_evidence(DOCUMENT)["exclusions"]["value"] == "selected, 1 left out: 30 cases, 25 patients (no mask)"


def test_a_version_of_the_engine_needs_an_extraction():
    assert collect_evidence(DOCUMENT)["extraction_engine"]["value"].endswith("(LR); pyradiomics-bhklab: 3.1.4")
    assert "extraction_engine" not in collect_evidence(without("extraction"))


def test_a_cell_shows_its_interval():
    comparison = table("model", "difference of AUC", row=("LR", {"value": "0.10", "interval": "0.01 to 0.19"}))
    value = collect_evidence({"comparison": comparison})["comparison"]["value"]
    assert value == "model LR, difference of AUC 0.10 (0.01 to 0.19)"


def test_unknown_names_and_keys_are_refused():
    with pytest.raises(ParamsError, match="no checklist 'care'. Give some of: claim, clear, metrics, tripod_ai"):
        fill_checklists({}, ["care"])
    with pytest.raises(ParamsError, match="no evidence key 'seed'"):
        fill_checklists({"seed": {"value": "0", "source": "settings"}})


def test_an_empty_value_is_no_evidence():
    (claim,) = fill_checklists({"versions": {"value": " ", "source": "installed libraries"}}, ["claim"])
    assert claim["n_filled"] == 0
