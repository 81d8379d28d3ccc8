"""One value has one text."""

import math

import numpy as np
import pytest

from radiohers._numbers import (
    audit_texts,
    cases_text,
    estimate_text,
    interval_text,
    number_text,
    p_text,
    percent_text,
)
from radiohers.metrics import Interval


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.905, "0.91"),
        (0.645, "0.65"),
        (0.125, "0.13"),
        (2.675, "2.68"),
        (-0.125, "-0.13"),
        (-0.004, "0.00"),
        (1, "1.00"),
        (math.inf, "∞"),
        (1e300, "1e+300"),
        (math.nan, "none"),
    ],
)
def test_halves_are_rounded_away_from_zero_and_zero_has_no_sign(value, text):
    assert number_text(value) == text
    assert number_text(np.float64(value)) == text


def test_errors_of_arithmetic_do_not_decide():
    sums = [0.1 + 0.8 + 0.005, np.mean([0.9, 0.91]), 1 - 0.095, 181 / 200]
    assert {number_text(value) for value in sums} == {"0.91"}


@pytest.mark.parametrize(
    ("value", "limit", "text"),
    [
        (0.5021, 0.5, "0.502"),
        (0.4979, 0.5, "0.498"),
        (0.50004, 0.5, "0.50004"),
        (0.5, 0.5, "0.50"),
        (0.5 + 1e-16, 0.5, "0.50"),
        (0.003, 0, "0.003"),
        (-0.0004, 0, "-0.0004"),
        (0.51, 0.5, "0.51"),
    ],
)
def test_a_number_shows_on_which_side_of_a_limit_it_lies(value, limit, text):
    assert number_text(value, apart_from=[limit]) == text


@pytest.mark.parametrize(
    ("p_value", "text"),
    [(0.0341, "0.034"), (0.0496, "0.0496"), (0.05004, "0.05004"), (0.05, "0.050"), (0.0009, "<0.001")],
)
def test_p_values_show_on_which_side_of_the_level_they_lie(p_value, text):
    assert p_text(p_value) == text


def test_p_values_at_another_level():
    assert p_text(0.0996, alpha=0.1) == "0.0996"
    assert (p_text(math.nan), p_text(None, missing="–")) == ("none", "–")


def test_a_p_value_with_its_relation():
    assert [p_text(p, equals="= ") for p in (0.034, 0.0004, math.nan)] == ["= 0.034", "<0.001", "none"]


def test_intervals_and_missing_limits():
    assert estimate_text(0.66, 0.5021, 0.805, apart_from=[0.5]) == "0.66 (0.502 to 0.81)"
    assert Interval(0.66, 0.5021, 0.805, "").text(apart_from=[0.5]) == "0.66 (0.502 to 0.81)"
    assert Interval.undefined("one class").text() == "undefined"
    assert interval_text(1.065, math.nan) == "1.07 to ∞"
    assert interval_text(math.nan, 0.2) == "−∞ to 0.20"
    assert interval_text(math.nan, math.nan) == "no interval"


def test_percent_and_counts():
    assert [percent_text(share) for share in (0.905, 0.545, 0.125)] == ["91%", "55%", "13%"]
    assert cases_text(48, 16) == "48 cases of 16 patients"
    assert cases_text(1, 1, "lesion") == "1 lesion of 1 patient"
    assert cases_text(48, math.nan) == cases_text(48, None) == "48 cases"


@pytest.mark.parametrize(
    ("measure", "numbers", "texts"),
    [
        ("auc", (0.66, 0.5021, 0.81), ("0.66", "0.502 to 0.81")),
        ("auc", (0.905, 0.4996, 1.0), ("0.91", "0.4996 to 1.00")),
        ("difference", (0.12, 0.002, 0.24), ("0.12", "0.002 to 0.24")),
        ("p", (1 / 21, math.nan, math.nan), ("0.048", "")),
        ("count", (3.0, None, None), ("3", "")),
        ("difference", (math.nan, math.nan, math.nan), ("", "")),
    ],
)
def test_numbers_of_an_audit(measure, numbers, texts):
    assert audit_texts(measure, *numbers) == texts
