"""The AUC of a model has one text in tables, figures, report, audit and on the command line."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from radiohers.audit._baselines import auc_text
from radiohers.cli._show import show_table
from radiohers.evaluation import compare_models, format_table
from radiohers.metrics import Interval
from radiohers.report import comparison_document
from radiohers.results import Judge, performance_values

matplotlib.use("Agg")
N_POSITIVE, N_NEGATIVE = 20, 10


def scores_with(n_wins):
    """Return scores of which the positive ones win `n_wins` of the 200 comparisons with negative ones."""
    below = [min(N_NEGATIVE, max(0, n_wins - N_NEGATIVE * i)) for i in range(N_POSITIVE)]
    return np.r_[np.array(below) - 0.5, np.arange(N_NEGATIVE)]


def compared(n_wins, models=("LR",)):
    y = np.r_[np.ones(N_POSITIVE), np.zeros(N_NEGATIVE)].astype(int)
    train = np.arange(30)
    X = np.r_[scores_with(200)[:, None], scores_with(n_wins)[:, None]]
    split = [(train, train + 30)]
    return compare_models({name: LogisticRegression() for name in models}, X, np.r_[y, y], cv=split, n_bootstraps=100)


def cells(table):
    return [cell["value"] if isinstance(cell, dict) else cell for row in table["rows"] for cell in row]


@pytest.mark.parametrize(("n_wins", "text"), [(181, "0.91"), (129, "0.65"), (115, "0.58"), (157, "0.79")])
def test_one_auc_has_one_text_everywhere(n_wins, text, capsys):
    result = compared(n_wins, ("LR", "LR2"))
    assert result.table().loc[("LR", "test"), "auc"] == pytest.approx(n_wins / 200)
    document = comparison_document(result, figures=[])
    words = document["words"]["sections"]
    assert words["summary"]["found"][0]["text"].startswith(f"AUC {text} (")
    assert words["performance"]["tables"][0]["rows"][0][2]["value"] == text
    assert words["comparison"]["tables"][0]["rows"][0][1] == f"{text} – {text}"
    assert words["comparison"]["tables"][-1]["rows"][0][1]["value"] == text
    assert format_table(result.table()).loc[("LR", "test"), "auc"].startswith(f"{text} (")
    assert result.plot_roc().labels["LR"].startswith(f"{text} (")
    show_table(result)
    assert f"{text} (" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("low", "shown", "said"),
    [(0.5021, "0.502", "lies above 0.5"), (0.4979, "0.498", "holds 0.5"), (0.50003, "0.50003", "lies above 0.5")],
)
def test_a_limit_close_to_chance_shows_its_side_everywhere(low, shown, said, capsys, monkeypatch):
    result = compared(132)
    values = performance_values(result)
    values.loc[(values["part"] == "test") & (values["metric"] == "auc"), ["value", "low", "high"]] = 0.66, low, 0.805
    # The rows are kept there.
    result.__dict__["_performance"] = values
    monkeypatch.setattr(Judge, "table_interval", lambda self, rows: Interval(0.66, low, 0.805, ""))
    document = comparison_document(result, figures=[])
    words = document["words"]["sections"]
    interval = f"{shown} to 0.81"
    assert f"AUC 0.66 (95% interval {interval}: " in words["summary"]["found"][0]["text"]
    assert f"interval {said}" in words["summary"]["found"][0]["text"]
    assert words["performance"]["tables"][0]["rows"][0][2]["interval"] == interval
    assert words["comparison"]["tables"][-1]["rows"][0][1]["interval"] == interval
    assert (
        result.plot_roc().labels["LR"]
        == format_table(result.table()).loc[("LR", "test"), "auc"]
        == f"0.66 ({interval})"
    )
    assert auc_text(Interval(0.66, low, 0.805, "")) == f"0.66 ({interval})"
    discrimination = next(
        fact["value"]
        for checklist in document["checklists"]
        for item in checklist["items"]
        for fact in item["evidence"]
        if fact["key"] == "discrimination"
    )
    assert f"LR: AUC 0.66 ({interval})" in discrimination
    show_table(result)
    assert f"0.66 ({interval})" in capsys.readouterr().out


def test_sensitivity_needs_no_more_digits_at_a_half():
    table = pd.DataFrame({"sensitivity": [0.5021], "sensitivity_low": [0.4979], "sensitivity_high": [0.9]})
    assert format_table(table)["sensitivity"].tolist() == ["0.50 (0.50 to 0.90)"]


def test_no_figure_has_an_auc_of_the_first_repeat_only():
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    result = compare_models(
        {"LR": LogisticRegression()}, rng.normal(size=(40, 3)) + 0.5 * y[:, None], y, n_bootstraps=100
    )
    for plot in (result.plot_feature_importance, result.plot_learning_curve):
        display = plot()
        titles = [display.figure_.get_suptitle(), *(ax.get_title() for ax in display.axes_)]
        assert not any("AUC" in title for title in titles)
        assert "of the first repeat" in display.caption
