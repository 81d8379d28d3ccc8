"""What a check is: it is added in one place, chosen and muted by its code, and says what it is."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from radiohers.audit import CHECKS, Check, audit, find_checks
from radiohers.cohort import Cohort
from radiohers.evaluation import compare_models
from radiohers.exceptions import MaskError
from radiohers.metrics import Interval
from radiohers.report import render_html

RANKS = ("not run", "pass", "warn", "fail")


@pytest.fixture(scope="module")
def cohort():
    """Return a cohort whose images are never read."""
    index = pd.Index([f"case {number}" for number in range(20)], name="case_id")
    rows = pd.DataFrame({"image": "none.nii", "mask": "none.nii"}, index=index)
    y = pd.Series(np.arange(20) % 2, index=index)
    patients = pd.Series([f"patient {number}" for number in range(20)], index=index, name="patient_id")
    return Cohort(rows, y, patients, pd.DataFrame({"age": range(20)}, index=index), positive=1)


@pytest.fixture(scope="module")
def result(cohort):
    X = pd.DataFrame({"noise": np.random.default_rng(0).normal(size=20)}, index=cohort.y.index)
    models = {"prior": DummyClassifier()}
    return compare_models(models, X, cohort.y, groups=cohort.groups, cv=2, n_bootstraps=100)


@pytest.fixture
def registry(monkeypatch):
    """Give the checks that a test defines back."""
    before = dict(CHECKS)
    yield
    CHECKS.clear()
    CHECKS.update(before)


def define(code="AUD900", **others):
    """Return a new check of the number of cases."""

    def lines(self, context):
        found = Interval(float(context.n), math.nan, math.nan, "number of cases")
        return [self.line(context, "warn", f"There are {context.n} cases.", found=found)]

    facts = {"title": "few cases", "severity": "warn", "rule": "warn if there are", "advice": "Find more."}
    facts |= {"measure": "count", "lines": lines, "code": code, "__doc__": "Whether there are few cases."}
    return type("FewCases", (Check,), facts | others)


@pytest.mark.usefixtures("registry")
def test_a_check_that_is_defined_is_run_and_shown_everywhere(cohort, result):
    define()
    assert list(CHECKS) == sorted(CHECKS)
    found = audit(result, cohort, checks=["few cases", "AUD001"])
    row = found.table().set_index("code").loc["AUD900"]
    assert row[["check", "level", "value", "advice"]].tolist() == ["few cases", "warn", 20, "Find more."]
    document = result.to_dict(cohort=cohort, audit=found)
    (line,) = [line for line in document["facts"]["audit"]["lines"] if line["code"] == "AUD900"]
    assert (line["check"], line["value"], line["measure"]) == ("few cases", 20.0, "count")
    page = render_html(document).split('id="audit"')[1]
    assert "There are 20 cases." in page
    assert "AUD900" in page
    assert "AUD900" in found._repr_html_()


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("name", ["title", "severity", "rule", "advice", "__doc__"])
def test_a_check_without_its_facts_is_refused_where_it_is_defined(name):
    with pytest.raises(TypeError, match=f"FewCases has no {name}"):
        define(**{name: ""})
    assert "AUD900" not in CHECKS


@pytest.mark.usefixtures("registry")
def test_a_code_is_given_once():
    with pytest.raises(TypeError, match="AUD003 is SameImage"):
        define("AUD003")
    define()
    # In a notebook a cell is run again.
    again = define()
    assert CHECKS["AUD900"] is again


def test_titles_and_codes_name_one_check_each():
    titles = [check.title for check in CHECKS.values()]
    assert len(set(titles)) == len(titles)
    assert find_checks(titles) == find_checks(CHECKS) == list(CHECKS)
    assert {check.severity for check in CHECKS.values()} == {"warn", "fail"}
    assert [code for code, check in CHECKS.items() if check.slow] == ["AUD007", "AUD014"]


def test_checks_are_run_in_the_order_of_their_codes(cohort, result):
    found = audit(result, cohort, checks=["clinical column", "AUD008", "same patient"])
    assert [line.code for line in found.lines] == ["AUD001", "AUD008", "AUD013"]
    assert found.settings["checks"] == ["AUD001", "AUD008", "AUD013"]


def test_a_muted_check_is_not_run_and_says_so(cohort, result):
    found = audit(result, cohort, checks=["AUD006", "AUD007", "AUD008"], mute=["AUD007", "majority class"])
    muted = [line for line in found.lines if line.code != "AUD006"]
    assert [(line.code, line.level, line.message) for line in muted] == [
        ("AUD007", "not run", "It was muted."), ("AUD008", "not run", "It was muted."),
    ]  # fmt: skip
    assert found.settings["mute"] == ["AUD007", "AUD008"]
    assert found.null.empty
    assert "It was muted." in json.dumps(found.to_dict())


def test_no_line_is_worse_than_its_check_can_be(cohort, result):
    with pytest.warns(UserWarning, match="left out of the audit"):
        lines = audit(result, cohort, n_permutations=19).lines
    assert {line.code for line in lines} >= {"AUD001", "AUD006", "AUD007", "AUD008", "AUD013", "AUD016"}
    for line in lines:
        worst = max(RANKS.index(check.severity) for code, check in CHECKS.items() if code in line.code)
        assert RANKS.index(line.level) <= worst
        assert line.advice or line.level in ("pass", "not run")


@pytest.mark.usefixtures("registry")
def test_an_error_stops_its_check_only(cohort, result):
    def lines(self, context):
        raise MaskError("no lesion", case="A", source={"mask": "/home/somebody/a.nii"})

    define(lines=lines)
    stopped, other = audit(result, cohort, checks=["AUD001", "AUD900"]).lines[::-1]
    assert (stopped.code, stopped.level, other.level) == ("AUD900", "not run", "pass")
    assert stopped.message == "It stopped: no lesion. The audit's table says at which case."
    assert "somebody" in stopped.text()
