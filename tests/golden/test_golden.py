"""Every number of three comparisons is what it was, bit for bit."""

import pytest
from comparisons import NAMES, kept, machine, network, numbers_of, sts_ct, synthetic

PARTS = ("predictions", "table", "pairs", "chance", "chosen", "document")


@pytest.fixture(scope="module", params=NAMES)
def numbers(request, tmp_path_factory):
    """What is kept of a comparison, and what it is now."""
    before = kept(request.param)
    if before["machine"] != machine():
        pytest.skip("another processor or another library adds up in another order")
    make = {"synthetic": synthetic, "sts_ct": sts_ct, "network": network}[request.param]
    real = request.param == "sts_ct"
    folder = request.getfixturevalue("sts_ct") if real else tmp_path_factory.mktemp(request.param)
    return as_now(before), numbers_of(*make(folder))


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
