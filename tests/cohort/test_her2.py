"""her2_status: every way a score is written, and every row of each rule's table."""

import numpy as np
import pandas as pd
import pytest

from radiohers.cohort import her2_status
from radiohers.exceptions import CohortError

MISSING = None
# IHC, ISH, and the answers of breast_2018, gastric, bladder_2024.
TABLE = [
    (3, MISSING, 1, 1, 1),
    (3, True, 1, 1, 1),
    (3, False, 1, 1, 1),
    (2, MISSING, MISSING, MISSING, 1),
    (2, True, 1, 1, 1),
    (2, False, 0, 0, 1),
    (1, MISSING, 0, 0, 0),
    (1, True, 1, 0, 0),
    (1, False, 0, 0, 0),
    (0, MISSING, 0, 0, 0),
    (0, True, 1, 0, 0),
    (0, False, 0, 0, 0),
    (MISSING, MISSING, MISSING, MISSING, MISSING),
    (MISSING, True, 1, MISSING, MISSING),
    (MISSING, False, 0, MISSING, MISSING),
]


@pytest.mark.parametrize(("ihc", "ish", "breast", "gastric", "bladder"), TABLE)
def test_tables_of_the_rules(ihc, ish, breast, gastric, bladder):
    answers = [her2_status(ihc, ish, rule=rule).status for rule in ("breast_2018", "gastric", "bladder_2024")]
    assert answers == [breast, gastric, bladder]


@pytest.mark.parametrize(
    ("score", "spellings"),
    [
        (0, [0, 0.0, "0", "IHC 0", np.int64(0), "score 0"]),
        (1, [1, "1+", "+", "1 +", "HER2 1+", np.float64(1)]),
        (2, [2, 2.0, "2.0", "2+", "++", "2 +", "IHC: 2+", "\uff12\uff0b", "HER-2/neu 2+"]),
        (3, [3, "3+", " 3+ ", "+++", "+ + +", "ihc 3+", "IHC3+"]),
    ],
)
def test_spellings_of_scores(score, spellings):
    assert {her2_status(text, rule="gastric").reason[:5] for text in spellings} == {f"IHC {score}"}


@pytest.mark.parametrize("text", ["", "  ", "NA", "n/a", "not done", None, np.nan, pd.NA, "nan", pd.NaT])
def test_missing_scores(text):
    assert her2_status(text, rule="gastric") == (None, "IHC is missing", False)


@pytest.mark.parametrize("text", ["negative", "positive", "-", "4", "1.5", 1.5, "2+/3+", "1-2", True, "++++", -1])
def test_what_is_no_score(text):
    with pytest.raises(CohortError, match="ihc: 1 not understood"):
        her2_status(text, rule="gastric")


@pytest.mark.parametrize(
    "text", ["amplified", "Positive", "pos", "+", "FISH+", 1, 1.0, "1", True, np.True_, "HER2 FISH: amplified"]
)
def test_spellings_of_positive_ish(text):
    assert her2_status(2, text, rule="breast_2018").status == 1


@pytest.mark.parametrize(
    "text", ["not amplified", "Non-amplified", "negative", "FISH-", "ISH \u2212", 0, "0", False, np.False_]
)
def test_spellings_of_negative_ish(text):
    assert her2_status(2, text, rule="breast_2018").status == 0


@pytest.mark.parametrize("text", ["equivocal", "", "not done", None, "FISH equivocal", "FISH not done"])
def test_missing_ish(text):
    assert her2_status("2+", text, rule="breast_2018").reason == "IHC 2+ is equivocal, ISH is missing"


@pytest.mark.parametrize("text", ["2.3", 2.3, "ratio 1.8", "-", "maybe"])
def test_what_is_no_verdict(text):
    with pytest.raises(CohortError, match="ish: 1 not understood .* a ratio alone is none"):
        her2_status(2, text, rule="breast_2018")


def test_column_keeps_its_index():
    ihc = pd.Series(["3+", "2+", "0"], index=["P3", "P1", "P2"])
    result = her2_status(ihc, pd.Series([None, "amplified", None], index=ihc.index), rule="gastric")
    assert result["status"].to_dict() == {"P3": 1, "P1": 1, "P2": 0}
    assert result.dtypes.astype(str).to_dict() == {"status": "Int64", "reason": "string", "discordant": "bool"}


def test_lists_and_arrays_are_columns():
    assert her2_status([3, 2], np.array([np.nan, 0]), rule="gastric")["status"].tolist() == [1, 0]
    assert her2_status([], rule="gastric").empty


def test_all_unknown_cells_are_named_at_once():
    ihc = pd.Series(["3+", "pos", "++++"], index=["P1", "P2", "P3"])
    with pytest.raises(CohortError) as error:
        her2_status(ihc, pd.Series(["2.1", None, None], index=ihc.index), rule="breast_2018")
    assert "ihc: 2 not understood ('P2': 'pos', 'P3': '++++')" in str(error.value)
    assert "ish: 1 not understood ('P1': '2.1')" in str(error.value)


def test_contradictions_are_marked():
    result = her2_status([3, 3, 0, 1, 2], ["neg", "pos", "pos", "neg", "neg"], rule="breast_2018")
    assert result["discordant"].tolist() == [True, False, True, False, False]
    assert result["reason"][0] == "IHC 3+, ISH negative; IHC and ISH disagree"


def test_low_and_ultralow():
    ihc, ish = ["3+", "2+", "2+", "1+", "0", "ultralow", ">0 <1+", "null"], [None, "neg", *[None] * 6]
    low = her2_status(ihc, ish, rule="breast_2018", category="low")["status"]
    assert low.fillna("?").tolist() == ["positive", "low", "?", "low", "zero", "zero", "zero", "zero"]
    ultralow = her2_status(ihc, ish, rule="breast_2018", category="ultralow")["status"]
    assert ultralow.tolist()[4:] == ["null", "ultralow", "ultralow", "null"]
    assert her2_status(None, "neg", rule="breast_2018", category="low").status is None
    assert her2_status("0+", rule="breast_2018").status == 0


@pytest.mark.parametrize(
    "text", ["0+", "IHC 0+", "0+/with membrane staining", "HER2-ultralow", "ultra-low", "0 (ultralow)"]
)
def test_spellings_of_ultralow(text):
    assert her2_status(text, category="ultralow").status == "ultralow"


@pytest.mark.parametrize("text", ["null", "0 (null)", "0/absent membrane staining", "no staining"])
def test_spellings_of_null(text):
    assert her2_status(text, category="ultralow").status == "null"


@pytest.mark.parametrize("rule", ["gastric", "bladder_2024"])
def test_low_is_for_the_breast_alone(rule):
    with pytest.raises(CohortError, match="defined for the breast alone"):
        her2_status(1, rule=rule, category="low")


@pytest.mark.parametrize(
    ("ihc", "ish", "message"),
    [
        ([1, 2], [0], "ihc has 2 rows and ish 1"),
        ([1, 2], 0, "ish is one value"),
        (1, [0, 1], "ish has many"),
        (pd.Series([1, 2], index=["a", "b"]), pd.Series([0, 1], index=["b", "a"]), "another order"),
    ],
)
def test_columns_that_do_not_belong_together(ihc, ish, message):
    with pytest.raises(CohortError, match=message):
        her2_status(ihc, ish, rule="gastric")


@pytest.mark.parametrize(
    ("ihc", "said"),
    [
        (["negative"] * 40, "ihc: 40 not understood ('negative' in 40 rows; the first is 0)"),
        (["3+"] + ["pos"] * 15 + ["neg"] * 20, "('neg' in 20 rows, 'pos' in 15 rows; the first is 1)"),
        ([f"{i} %" for i in range(30)], "30 not understood ('0 %' in 1 row, '1 %' in 1 row,"),
    ],
)
def test_a_column_of_something_else_is_counted(ihc, said):
    with pytest.raises(CohortError) as error:
        her2_status(pd.Series(ihc), rule="gastric")
    assert said in str(error.value)
    assert len(str(error.value)) < 500
