"""Every number of three comparisons is what it was, bit for bit."""

import pytest
from comparisons import NAMES, kept, machine, network, numbers_of, sts_ct, synthetic
from document_before import as_before

# What the documents said before crops were a step of the pipeline, and before the report trained no networks.
REWORDED = {
    "CNN: classifier__random_state": "CNN: network__classifier__random_state",
    "held out of them to choose the epoch.": "held out of them to choose the epoch. No learning curve by number of "
    "training cases is drawn, as it would train the network many times more; plot_learning_curve(models=['CNN']) "
    "draws it.",
    # The intervals of the network are no longer in that figure, nor their methods in its caption.
    "; undefined in 1% of resamples or patient bootstrap of the mean over folds. A test curve": ". A test curve",
    "the distance between the curves is overfitting.": "the distance between the curves is overfitting. Left out, as "
    "each point would train networks: CNN.",
}
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
    if request.param == "network":
        before["document"] = reworded(before["document"])
    return as_now(before), numbers_of(*make(folder))


def reworded(value):
    """Return a document with its texts in the words of today."""
    if isinstance(value, dict):
        return {reworded(key): reworded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reworded(item) for item in value]
    for old, new in REWORDED.items() if isinstance(value, str) else ():
        value = value.replace(old, new)
    return value


def as_now(before):
    """Return what is kept under the names, and in the order, of today."""
    # It was the method of the accuracy again.
    assert before["table"].pop("share_interval") == before["table"]["accuracy_interval"]
    more = before["document"]["performance"]["more"]["rows"]
    # The average precision stands where the registry of metrics has it: behind the metrics of classes.
    labels = [row[0] for row in more]
    more.insert(labels.index("MCC"), more.pop(labels.index("average precision")))
    return before


@pytest.mark.parametrize("part", PARTS)
def test_numbers_are_the_same_bits(numbers, part):
    before, now = numbers
    assert now[part] == before[part]


def test_every_number_and_text_of_the_document_is_still_there(numbers):
    before, now = (one["document"] for one in numbers)
    now = as_before(now)
    # Its settings were those of one estimator, and are those of two steps.
    assert before["models"].pop("CNN", "") != now["models"].pop("CNN", None)
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
