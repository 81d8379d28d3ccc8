"""The registry of metrics: what one record has is what every table shows."""

import copy
import inspect
import pickle
from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from radiohers import metrics
from radiohers.evaluation import compare_models, format_table
from radiohers.metrics import METRICS, ClassMetric, Metric, ScoreMetric

PUBLIC = [metric for metric in METRICS.values() if not metric.needs_folds]


@pytest.mark.parametrize("metric", PUBLIC, ids=str)
def test_a_metric_is_the_function_of_its_name(metric):
    assert getattr(metrics, metric.name) is metric
    assert pickle.loads(pickle.dumps(metric)) is copy.deepcopy(metric) is metric
    assert repr(metric) == f"<metric {metric.name}>"
    assert metric.__doc__.startswith("Return ")
    assert "{" not in metric.__doc__.replace('{"auto"', "")
    for name in inspect.signature(metric).parameters:
        assert f"\n{name} : " in metric.__doc__


def test_names_labels_and_places_are_unique():
    assert list(METRICS) == [metric.name for metric in METRICS.values()]
    assert len({metric.label for metric in METRICS.values()}) == len(METRICS)
    places = [metric.place for metric in METRICS.values() if metric.place is not None]
    assert sorted(places) == list(range(1, len(places) + 1))


def test_a_metric_has_no_method_of_another():
    with pytest.raises(ValueError, match="The 'method' parameter of f1 must be a str among"):
        metrics.f1([1, 0], [1, 0], method="wilson")
    with pytest.raises(ValueError, match="The 'n_bins' parameter of expected_calibration_error must be"):
        metrics.expected_calibration_error([1, 0], [1, 0], n_bins=0)


def g_mean(y_true, y_pred, weights):
    """Return the geometric mean of sensitivity and specificity, and its interval.

    {parameters}
    """
    both = (METRICS[name].function(y_true, y_pred, weights) for name in ("sensitivity", "specificity"))
    return np.sqrt(np.prod(list(both), axis=0))


def test_a_metric_that_is_added_is_shown_everywhere(monkeypatch):
    make = partial(ClassMetric, rests_on=lambda y, y_pred: (y, ~y), why_undefined=lambda y, y_pred: "one class only")
    monkeypatch.setitem(METRICS, "g_mean", make(g_mean, "classes", label="G-mean"))
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    X = rng.normal(size=(40, 2)) + y[:, None]
    result = compare_models({"LR": LogisticRegression()}, X, y, groups=np.arange(40), cv=2, n_bootstraps=100)
    row = result.table(full=True).loc[("LR", "test")]
    assert row["g_mean_low"] < row["g_mean"] < row["g_mean_high"]
    assert "g_mean" not in result.table()
    text = format_table(result.table(full=True)).loc[("LR", "test"), "g_mean"]
    document = result.to_dict()
    assert {"g_mean"} <= {row["metric"] for row in document["facts"]["performance"]}
    _, further = document["words"]["sections"]["performance"]["tables"]
    cells = {cells[0]: cells[1] for cells in further["rows"]}
    assert f"{cells['G-mean']['value']} ({cells['G-mean']['interval']})" == text
    facts = [fact for items in document["checklists"] for item in items["items"] for fact in item["evidence"]]
    assert any(fact["key"] == "classification" and f"LR: g mean {text}" in fact["value"] for fact in facts)


def test_a_main_metric_that_is_added_is_in_the_short_table(monkeypatch):
    def best_score(y_true, y_score, weights):
        return np.full(len(weights), y_score.max())

    metric = ScoreMetric(best_score, "scores", lambda y, score: (y,), lambda y, score: "", place=5)
    assert isinstance(metric, Metric)
    assert metric.label == "best score"
    monkeypatch.setitem(METRICS, "best_score", metric)
    X, y = np.arange(24.0)[:, None], np.arange(24) % 2
    result = compare_models({"LR": LogisticRegression()}, X, y, groups=np.arange(24), cv=2, n_bootstraps=100)
    assert list(format_table(result.table())) == ["auc", "sensitivity", "specificity", "accuracy", "best_score"]
