"""The renderer: a dict in, a page out, nothing lost on the way."""

import pytest
from jinja2 import UndefinedError

from radiohers.exceptions import OutputExistsError
from radiohers.report import figure_to_svg, render_html, write_report

DOCUMENT = {
    "title": "Tumours & <b>labels</b>",
    "notes": ["take care"],
    "cohort": {"all": "3 cases"},
    "performance": {
        "columns": ["model", "part"],
        "rows": [["LR", "test", {"value": "0.71", "interval": "0.6 to 0.8"}]],
    },
    "performance_note": ["Split: by patient."],
    "figures": [{"name": "roc", "caption": "A curve.", "svg": "<svg></svg>"}],
    "settings": {"seed": "0"},
    "models": {"LR": "LogisticRegression()"},
    "versions": {"radiohers": "9.9"},
}


def test_everything_of_the_document_is_on_the_page():
    html = render_html(DOCUMENT)
    shown = (
        "take care",
        "3 cases",
        "0.71",
        "0.6 to 0.8",
        "by patient",
        "A curve.",
        "<svg>",
        "LogisticRegression()",
        "9.9",
    )
    for text in shown:
        assert text in html


def test_texts_are_escaped():
    assert "Tumours &amp; &lt;b&gt;labels&lt;/b&gt;" in render_html(DOCUMENT)


def test_a_missing_key_is_an_error():
    with pytest.raises(UndefinedError, match="'settings' is undefined"):
        render_html({key: value for key, value in DOCUMENT.items() if key != "settings"})


def test_an_existing_report_stays_and_no_work_is_done(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("mine")
    with pytest.raises(OutputExistsError):
        write_report(path, lambda: 1 / 0)
    assert path.read_text() == "mine"


def test_a_report_that_fails_leaves_nothing_behind(tmp_path):
    with pytest.raises(UndefinedError):
        write_report(tmp_path / "report.html", dict)
    assert not list(tmp_path.iterdir())


def test_figures_are_the_same_each_time():
    import matplotlib.pyplot as plt

    def draw():
        figure, ax = plt.subplots()
        ax.plot([0, 1])
        return figure_to_svg(figure, "line")

    open_before = plt.get_fignums()
    assert draw() == draw()
    assert plt.get_fignums() == open_before
