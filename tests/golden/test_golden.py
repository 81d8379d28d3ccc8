"""Every number of three comparisons is what it was, bit for bit."""

import pytest
from comparisons import NAMES, kept, machine, network, numbers_of, sts_ct, synthetic
from document_before import as_before

PARTS = ("predictions", "table", "pairs", "chance", "chosen")
# Evidence that no report could ever hold, and that items of checklists ask for no more.
NEVER_FOUND = {
    *("voxel spacing and other acquisition data", "sites of the images"),
    *("performance on external cases", "file of the saved model"),
}


@pytest.fixture(scope="module", params=NAMES)
def numbers(request, tmp_path_factory):
    """What is kept of a comparison, and what it is now."""
    before = kept(request.param)
    if before["machine"] != machine():
        pytest.skip("another processor or another library adds up in another order")
    make = {"synthetic": synthetic, "sts_ct": sts_ct, "network": network}[request.param]
    real = request.param == "sts_ct"
    folder = request.getfixturevalue("sts_ct") if real else tmp_path_factory.mktemp(request.param)
    return before, numbers_of(*make(folder))


@pytest.mark.parametrize("part", PARTS)
def test_numbers_are_the_same_bits(numbers, part):
    before, now = numbers
    assert now[part] == before[part]


def test_every_number_and_text_of_the_document_is_still_there(numbers):
    before, now = (one["document"] for one in numbers)
    now = as_before(now)
    assert set(before) - set(now) == {"schema_version", "checklists"}
    for key, value in now.items():
        assert value == before[key], key


def test_items_of_checklists_rest_on_the_same_numbers(numbers):
    before, now = (one["document"]["checklists"] for one in numbers)
    for old, new in zip(before, now, strict=True):
        assert {**new, "items": None} == {**old, "items": None}
        for was, item in zip(old["items"], new["items"], strict=True):
            assert [fact["key"] for fact in item["evidence"]] == [fact["key"] for fact in was["evidence"]]
            for fact, earlier in zip(item["evidence"], was["evidence"], strict=True):
                assert fact["source"] == earlier["source"]
                # It said so twice, once as a sentence.
                assert fact["value"] == earlier["value"] or fact["key"] == "fitting"
            missing = [text for text in was["missing"] if text not in NEVER_FOUND]
            assert {**item, "evidence": None} == {**was, "evidence": None, "missing": missing}, item["name"]
