"""How messages count, cut lists short, and guess what was meant."""

import pytest

from radiohers._wording import counted, did_you_mean, listed


@pytest.mark.parametrize(("n", "text"), [(0, "0 voxels"), (1, "1 voxel"), (2, "2 voxels")])
def test_nouns_are_counted(n, text):
    assert counted(n, "voxel") == text


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"n_shown": 3}, "7, 8, 9"),
        ({"n_shown": 2}, "7, 8 and 1 more"),
        ({"n_shown": 2, "write": lambda x: f"<{x}>"}, "<7>, <8> and 1 more"),
        ({"n_shown": 1, "separator": "; ", "noun": "gaps"}, "7; and 2 more gaps"),
    ],
)
def test_long_lists_are_cut(options, text):
    assert listed((7, 8, 9), **options) == text


def test_what_was_meant():
    assert did_you_mean("binwidth", ["binWidth", "binCount"]) == "; did you mean 'binWidth'?"
    assert did_you_mean("ct", ["ct_a"], "the preset ") == "; did you mean the preset 'ct_a'?"
    assert did_you_mean("zzz", ["binWidth"]) == "."
    assert did_you_mean("zzz", ["a"], otherwise="; there are a.") == "; there are a."
