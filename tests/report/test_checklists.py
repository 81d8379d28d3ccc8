"""The checklists: what their files may say, and what the facts of a report fill."""

import re
from dataclasses import replace
from importlib.util import find_spec, module_from_spec

import pytest

from radiohers.exceptions import ParamsError
from radiohers.report import EVIDENCE_KEYS, collect_evidence, collect_facts, fill_checklists, list_checklists
from radiohers.report.facts import SplitLevel
from radiohers.report.words import _cohort, _models, _performance
from radiohers.report.words._checklists import load_checklist
from radiohers.report.words._evidence import shortened

COUNTS = {"claim": (44, 44), "clear": (58, 58), "metrics": (30, 30), "tripod_ai": (27, 52)}


def leaves(name):
    for section in load_checklist(name)["sections"]:
        for item in section["items"]:
            yield from item.get("parts", [item])


def keys_of(item):
    listed = [*item.get("evidence", []), *item.get("more_evidence", [])]
    return [key for keys in listed for key in ([keys] if isinstance(keys, str) else keys)]


def filled(facts, name):
    (checklist,) = fill_checklists(collect_evidence(facts), [name])
    return checklist


def statuses(facts, name):
    return {item["number"]: item["status"] for item in filled(facts, name)["items"]}


def with_rows(facts, **changes):
    return replace(facts, performance=tuple(replace(row, **changes) for row in facts.performance))


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

    def test_an_item_without_evidence_shows_none(self, name):
        for item in leaves(name):
            assert "evidence" in item or "more_evidence" not in item, item["name"]

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


def test_no_evidence_fills_nothing():
    for checklist in fill_checklists({}):
        assert checklist["n_filled"] == checklist["n_partly"] == 0
        assert {item["status"] for item in checklist["items"]} == {"author must supply"}


def test_a_full_report_proves_every_key(full_facts):
    assert set(collect_evidence(full_facts)) == set(EVIDENCE_KEYS)


# What a report lacks that was given neither cohort nor audit, of one model on plain numbers whose scores are no
# probabilities.
MISSING_IN_A_BARE_REPORT = {
    *("cohort_target", "cohort_source", "exclusions", "baseline_table", "missing_counts"),  # no cohort
    *("extraction_settings", "extraction_preset", "extraction_engine", "discretisation", "resampling"),  # no extractor
    *("image_types", "feature_classes", "feature_count", "crop_settings"),
    *("feature_scaling", "dimension_reduction", "imputation", "searches"),  # no such steps
    "patient_level_split",  # no patients
    *("calibration", "decision_curve"),  # no probabilities
    *("comparison", "multiplicity"),  # one model
    *("confusion_matrix", "learning_curve", "training_history", "feature_importance", "saliency"),  # no figures
    *(
        f"audit_{check}"
        for check in ("leakage", "majority", "volume", "clinical", "acquisition", "shuffled", "saliency")
    ),
}


def test_a_bare_report_proves_the_rest(bare_result):
    assert set(EVIDENCE_KEYS) - set(collect_evidence(collect_facts(bare_result))) == MISSING_IN_A_BARE_REPORT


def test_other_words_lose_no_evidence(full_facts, monkeypatch):
    for module, name in (
        (_cohort, "cohort_texts"),
        (_models, "crop_texts"),
        (_models, "extraction_texts"),
        (_performance, "settings_texts"),
    ):
        monkeypatch.setattr(module, name, reworded(getattr(module, name)))
    monkeypatch.setattr(_performance, "HOLM_NOTE", "Their number is allowed for.")
    monkeypatch.setattr(_cohort, "RESEARCH_NOTE", "Of no use at the bedside.")
    # A copy of the module, whose registry is made with these words.
    spec = find_spec("radiohers.report.words._evidence")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    evidence, before = module.collect_evidence(full_facts), collect_evidence(full_facts)
    assert evidence["threshold"]["value"].startswith("another label: otherwise the threshold")
    assert sum(evidence[key] != before[key] for key in before) > 15
    assert fill_checklists(evidence) != fill_checklists(before)
    assert [counts(checklist) for checklist in fill_checklists(evidence)] == [
        counts(checklist) for checklist in fill_checklists(before)
    ]


def reworded(texts):
    return lambda facts: {field: ("another label", f"otherwise {text}") for field, (_, text) in texts(facts).items()}


def counts(checklist):
    return checklist["n_filled"], checklist["n_partly"], [item["status"] for item in checklist["items"]]


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("lacking", [{}, {"audit": None, "pairs": ()}, {"performance": (), "figures": ()}])
def test_nothing_is_filled_without_a_value(name, lacking, full_facts):
    for item in filled(replace(full_facts, **lacking), name)["items"]:
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
        ("claim", "19 20 22 23 25 28 29 31 32 37 38", 14),
        ("clear", "15 22 24 26 27 30 32 33 34 35 40 41 43 47", 21),
        ("metrics", "13 18 20 21 22", 11),
        ("tripod_ai", "12a 12b 12g 21", 15),
    ],
)
def test_a_full_report_fills_what_it_can(name, numbers, n_partly, full_facts):
    found = statuses(full_facts, name)
    assert [number for number, status in found.items() if status == "filled"] == numbers.split()
    assert list(found.values()).count("partly") == n_partly


def test_an_item_with_parts_counts_once(full_facts):
    checklist = filled(full_facts, "tripod_ai")
    assert (checklist["n_items"], checklist["n_filled"], checklist["n_partly"]) == (27, 1, 12)


def test_an_item_shows_value_source_and_what_is_left(full_facts):
    item = next(item for item in filled(full_facts, "clear")["items"] if item["number"] == "23")
    assert item["status"] == "partly"
    assert item["evidence"] == [
        {"key": "discretisation", "value": "setting binWidth: 25 (LR, search/1)", "source": "fitted extractor"}
    ]
    assert item["author_adds"] == "why this binning was chosen."


def test_parts_keep_the_name_of_their_item(full_facts):
    items = filled(full_facts, "tripod_ai")["items"]
    assert [item["number"] for item in items if item["group"] == "Performance"] == ["23a", "23b"]


def test_without_the_audit_its_items_are_open(full_facts):
    without = replace(full_facts, audit=None)
    before, after = statuses(full_facts, "clear"), statuses(without, "clear")
    assert (before["36"], after["36"]) == ("partly", "author must supply")
    assert (before["15"], after["15"]) == ("filled", "partly")
    item = next(item for item in filled(without, "clear")["items"] if item["number"] == "15")
    assert item["missing"] == ["that no patient or image is on both sides"]


@pytest.mark.parametrize("level", ["fail", "warn", "not run"])
def test_a_leakage_check_that_did_not_pass_is_no_evidence(level, full_facts):
    first, *lines = full_facts.audit.lines
    facts = replace(full_facts, audit=replace(full_facts.audit, lines=(replace(first, level=level), *lines)))
    assert "audit_leakage" not in collect_evidence(facts)
    assert statuses(facts, "metrics")["18"] == "partly"


def test_an_image_level_split_does_not_fill_proper_partitions(full_facts):
    facts = replace(full_facts, split=replace(full_facts.split, level=SplitLevel.OPTIMISTIC))
    assert statuses(facts, "metrics")["18"] == "partly"
    assert statuses(facts, "claim")["20"] == "filled"


def test_a_number_without_interval_is_no_evidence_of_uncertainty(full_facts):
    facts = with_rows(full_facts, value=0.7, low=float("nan"))
    evidence = collect_evidence(facts)
    assert evidence["discrimination"]["value"].startswith("LR: AUC 0.70;")
    assert "intervals" not in evidence
    assert "discrimination" not in collect_evidence(with_rows(full_facts, value=float("nan")))


def test_a_crop_model_alone_has_no_discretisation(full_facts):
    facts = replace(full_facts, extraction={}, models={"CNN": full_facts.models["CNN"]})
    assert statuses(facts, "clear")["23"] == "author must supply"
    assert statuses(facts, "metrics")["13"] == "filled"
    assert "extraction_engine" not in collect_evidence(facts)


def test_models_with_the_same_setting_stand_together(full_facts):
    other = replace(full_facts.extraction["LR"], settings={"binWidth": 10})
    value = collect_evidence(replace(full_facts, extraction=full_facts.extraction | {"MLP": other}))["discretisation"]
    assert value["value"] == "setting binWidth: 25 (LR, search/1); setting binWidth: 10 (MLP)"


def test_a_version_of_the_engine_comes_with_the_extraction(full_facts):
    version = full_facts.extraction["LR"].reference_version
    assert collect_evidence(full_facts)["extraction_engine"]["value"].endswith(f"; pyradiomics-bhklab: {version}")


def test_long_values_are_cut_so_that_every_model_shows():
    value = shortened(["LR: " + "x" * 900, "RF: " + "y" * 900])
    assert len(value) <= 400
    assert value.startswith("LR: xxx")
    assert "RF: yyy" in value


def test_steps_of_the_flow_that_took_nobody_out_are_no_exclusions(full_facts):
    value = collect_evidence(full_facts)["exclusions"]["value"]
    assert value == "selected, 1 left out: 12 cases, 12 patients (no consent)"


def test_a_cell_shows_its_interval(full_facts):
    value = collect_evidence(full_facts)["comparison"]["value"]
    assert re.search(r"difference \(95% CI\) -?\d\.\d+ \(-?\d\.\d+ to -?\d\.\d+\)", value)


def test_unknown_names_and_keys_are_refused():
    with pytest.raises(ParamsError, match="no checklist 'care'. Give some of: claim, clear, metrics, tripod_ai"):
        fill_checklists({}, ["care"])
    with pytest.raises(ParamsError, match="no evidence key 'seed'"):
        fill_checklists({"seed": {"value": "0", "source": "settings"}})


def test_an_empty_value_is_no_evidence():
    (claim,) = fill_checklists({"versions": {"value": " ", "source": "installed libraries"}}, ["claim"])
    assert claim["n_filled"] == 0
