"""The renderers: a dict in; a page, JSON and figures out, nothing lost on the way."""

import io
import json
import os
import re
import shutil
import stat
import subprocess

import jsonschema
import numpy as np
import pytest
from jinja2 import UndefinedError

from radiohers.exceptions import OutputExistsError, ReportError
from radiohers.report import (
    DrawnFigure,
    check_report_files,
    draw_figure,
    figure_to_svg,
    plain_values,
    render_html,
    render_json,
    report_schema,
    write_report,
)

CELL = {"value": "0.71", "interval": "0.60 to 0.80"}
FIGURE = DrawnFigure("roc", "performance", "A curve.", '<svg width="300pt"></svg>', b"\x89PNG")
DOCUMENT = {
    "schema_version": "2.0",
    "title": "Tumours & <b>labels</b>",
    "notes": ["take care"],
    "summary": [{"model": "LR", "text": "AUC 0.71, honestly.", "verdict": "above chance"}],
    "cohort": {"all": "3 cases"},
    "flow": [{"step": "read", "n_cases": 3, "n_patients": 2, "reason": "no label <i>"}],
    "baseline": {
        "groups": [],
        "variables": [],
        "columns": ["Variable", "All (n = 2)"],
        "rows": [["age", "61"]],
        "notes": ["Patients are counted."],
    },
    "baseline_parts": None,
    "extraction": {"LR": {"engine": "pyradiomics"}, "RF": {"engine": "pyradiomics"}},
    "crops": {"CNN": {"margin": "7 mm"}},
    "pipelines": {"LR": ["scaler: StandardScaler()"]},
    "settings": {"split": "patient-level"},
    "searches": {"columns": ["model", "C"], "rows": [["LR", "0.125"]], "notes": ["Chosen inside."]},
    "performance": {
        "columns": ["model", "part", "cases (positive)", "AUC (95% CI)"],
        "rows": [["LR", "test", "3 (1)", CELL]],
        "more": {"columns": ["model", "part", "cases (positive)", "Brier"], "rows": [["LR", "test", "3 (1)", "0.19"]]},
        "notes": ["Split: by patient."],
    },
    "values": [],
    "comparison": {"columns": ["models", "p"], "rows": [["LR – RF", "0.034"]], "pairs": [], "notes": ["By Holm."]},
    "chance": {
        "columns": ["model", "p"],
        "rows": [["LR", "0.012"]],
        "test": "permutation",
        "models": [],
        "notes": ["One-sided."],
    },
    "calibration": ["Read it so."],
    "usefulness": [],
    "explanation": [],
    "audit": {
        "lines": [
            {
                "code": "AUD003",
                "check": "same image",
                "model": "all models",
                "level": level,
                "message": f"found {level}",
                "advice": "",
                "value": 0.625,
                "low": 0.5,
                "high": None,
                "method": "",
                "measure": "count",
                "n": 3,
            }
            for level in ("pass", "fail")
        ],
        "baselines": [{"baseline": "volume", "auc": 0.5125, "above_chance": False}],
        "columns": [],
        "settings": {},
    },
    "checklists": [
        {
            "name": "CLEAR",
            "title": "A list",
            "reference": "2023",
            "doi": "10.1/2",
            "numbers_checked": "by hand",
            "note": None,
            "n_items": 1,
            "n_filled": 1,
            "n_partly": 0,
            "items": [
                {
                    "number": "7",
                    "name": "Seeds",
                    "text": "The seeds are told.",
                    "section": "Methods",
                    "group": None,
                    "status": "filled",
                    "evidence": [{"key": "seeds", "value": "seed: 0", "source": "settings"}],
                    "author_adds": None,
                    "missing": [],
                    "weight": None,
                }
            ],
        }
    ],
    "methods": "Models were compared.",
    "figures": [dict(zip(("name", "section", "caption", "svg"), FIGURE, strict=False))],
    "models": {"LR": "LogisticRegression()"},
    "versions": {"radiohers": "9.9"},
    "seeds": {"folds": "17"},
    "absent": {"usefulness": "No probabilities.", "explanation": "Nothing to explain."},
}


def test_document_of_these_tests_conforms_to_the_schema():
    jsonschema.validate(json.loads(render_json(DOCUMENT)), report_schema())


def test_everything_of_the_document_is_on_the_page():
    html = render_html(DOCUMENT)
    shown = (
        *("take care", "honestly", "3 cases", "2 patients", "Patients are counted.", "LR, RF: features", "7 mm"),
        *("StandardScaler()", "patient-level", "0.125", "Chosen inside.", "0.71", "0.60 to 0.80", "0.19", "by patient"),
        *("0.034", "By Holm.", "0.012", "One-sided.", "Read it so.", "found fail", "0.625", "volume", "0.51", "Seeds"),
        *("seed: 0", "Models were compared.", "A curve.", "<svg", "LogisticRegression()", "9.9", "17"),
        *("No probabilities.", "Nothing to explain."),
    )
    assert [text for text in shown if text not in html] == []


def test_texts_are_escaped():
    html = render_html(DOCUMENT)
    assert "Tumours &amp; &lt;b&gt;labels&lt;/b&gt;" in html
    assert "no label &lt;i&gt;" in html


def test_levels_of_the_audit_are_words_and_the_worst_comes_first():
    found = re.findall(r'<span class="badge (\w+)">(\w+)</span>', render_html(DOCUMENT).split('id="audit"')[1])
    assert found[:2] == [("fail", "fail"), ("pass", "pass")]


def test_every_entry_of_the_contents_leads_to_a_section():
    html = render_html(DOCUMENT)
    anchors = re.findall(r'<a href="#([\w-]+)"', html.split("<nav")[1].split("</nav>")[0])
    assert len(anchors) > 12
    assert set(anchors) <= set(re.findall(r'<section id="([\w-]+)"', html))


def test_evidence_stands_once_and_items_lead_to_it():
    (checklist,) = DOCUMENT["checklists"]
    other = {**checklist, "name": "OTHER"}
    html = render_html({**DOCUMENT, "checklists": [checklist, other]}).split('id="checklists"')[1]
    assert html.count('<a href="#fact-1" title="seed: 0">1&nbsp;seeds</a>') == 2
    assert html.count(">seed: 0<") == html.count('id="fact-1"') == 1


def test_what_passed_is_folded_away():
    html = render_html(DOCUMENT).split('id="audit"')[1]
    assert html.index("found fail") < html.index("<details>") < html.index("found pass")
    lines = [line for line in DOCUMENT["audit"]["lines"] if line["level"] == "pass"]
    assert "No line fails or warns." in render_html(DOCUMENT | {"audit": DOCUMENT["audit"] | {"lines": lines}})


def test_an_empty_section_says_why_instead():
    absent = DOCUMENT["absent"] | {"audit": "No audit was given.", "comparison": "One model.", "baseline": "No cohort."}
    html = render_html(DOCUMENT | {"audit": None, "comparison": None, "baseline": None, "absent": absent})
    assert all(reason in html for reason in absent.values())


def test_a_missing_key_is_an_error():
    with pytest.raises(UndefinedError, match="'settings' is undefined"):
        render_html({key: value for key, value in DOCUMENT.items() if key != "settings"})


def test_every_key_of_the_schema_is_described():
    def bare(schema, path="report"):
        for name, inner in schema.get("properties", {}).items():
            if "description" not in inner:
                yield f"{path}.{name}"
        for name, inner in schema.items():
            if isinstance(inner, dict):
                yield from bare(inner, f"{path}.{name}")
            if isinstance(inner, list):
                for each in (each for each in inner if isinstance(each, dict)):
                    yield from bare(each, f"{path}.{name}")

    jsonschema.Draft202012Validator.check_schema(report_schema())
    assert list(bare(report_schema())) == []


def test_numbers_that_json_lacks_become_null():
    document = {"nan": np.float64("nan"), "inf": float("inf"), "whole": np.int64(3), "yes": np.bool_(True), "t": (1.5,)}
    assert json.loads(render_json(document)) == {"nan": None, "inf": None, "whole": 3, "yes": True, "t": [1.5]}


def test_a_value_that_json_cannot_hold_is_an_error():
    with pytest.raises(TypeError, match="is a set, which JSON cannot hold"):
        plain_values({"models": {"LR"}})


def test_figures_are_the_same_each_time_and_are_closed():
    import matplotlib.pyplot as plt

    def draw():
        figure, ax = plt.subplots()
        ax.plot([0, 1])
        return figure_to_svg(figure, "line")

    open_before = plt.get_fignums()
    assert draw() == draw()
    assert plt.get_fignums() == open_before


def test_figures_of_a_page_share_no_ids():
    import matplotlib.pyplot as plt

    def draw(name):
        figure, ax = plt.subplots()
        ax.plot([0, 1])
        return figure_to_svg(figure, name)

    ids = [set(re.findall(r'\bid="([^"]+)"', draw(name))) for name in ("one", "another one")]
    assert len(ids[0]) > 10
    assert not ids[0] & ids[1]
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', draw("one")))
    assert {a or b for a, b in used} <= ids[0]


def test_a_figure_as_pixels_has_300_dots_an_inch():
    import matplotlib.pyplot as plt
    from PIL import Image

    figure = draw_figure(plt.figure(figsize=(1, 1)), "empty", "performance", "Nothing.", with_png=True)
    assert Image.open(io.BytesIO(figure.png)).info["dpi"] == pytest.approx((300, 300), abs=1)


@pytest.fixture
def fake_chromium(tmp_path, monkeypatch):
    """A browser that prints what it is called with."""
    program = tmp_path / "bin" / "chromium"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\nfor a; do case $a in --print-to-pdf=*) echo "%PDF $*" > "${a#--print-to-pdf=}";; esac; done\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("RADIOHERS_CHROMIUM", str(program))
    return program


def test_all_files_are_written(tmp_path, fake_chromium):
    files = check_report_files(tmp_path / "a" / "r.html", json=tmp_path / "r.json", pdf=True, figures=tmp_path / "f")
    assert write_report(files, DOCUMENT, [FIGURE]) == tmp_path / "a" / "r.html"
    assert files.html.read_text() == render_html(DOCUMENT)
    assert json.loads(files.json.read_text()) == plain_values(DOCUMENT)
    assert (tmp_path / "a" / "r.pdf").read_text().startswith("%PDF --headless")
    assert sorted(path.name for path in files.figures.iterdir()) == ["roc.png", "roc.svg"]


def test_only_root_runs_the_browser_without_its_sandbox(tmp_path, fake_chromium, monkeypatch):
    files = check_report_files(tmp_path / "r.html", pdf=True)
    for user, expected in ((0, True), (1000, False)):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        write_report(files, DOCUMENT)
        assert ("--no-sandbox" in files.pdf.read_text()) == expected


@pytest.mark.parametrize("taken", ["r.html", "r.json", "r.pdf", "f/roc.svg"])
def test_any_existing_file_stops_the_report(tmp_path, fake_chromium, taken):
    (tmp_path / taken).parent.mkdir(exist_ok=True)
    (tmp_path / taken).write_text("mine")
    places = {"json": tmp_path / "r.json", "pdf": True, "figures": tmp_path / "f"}
    with pytest.raises(OutputExistsError, match=taken.split("/")[0]):
        check_report_files(tmp_path / "r.html", **places)
    assert check_report_files(tmp_path / "r.html", force=True, **places).html == tmp_path / "r.html"


def test_two_parts_in_one_file_are_refused(tmp_path):
    with pytest.raises(OutputExistsError, match="named for two outputs"):
        check_report_files(tmp_path / "r.html", json=tmp_path / "r.html")


def test_without_a_browser_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.delenv("RADIOHERS_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReportError, match="Install Chromium, Chrome or Edge"):
        check_report_files(tmp_path / "r.html", pdf=True)
    monkeypatch.setenv("RADIOHERS_CHROMIUM", "no-such-browser")
    with pytest.raises(ReportError, match="RADIOHERS_CHROMIUM=no-such-browser is no program"):
        check_report_files(tmp_path / "r.html", pdf=True)


def test_a_browser_that_fails_is_told_and_leaves_no_pdf(tmp_path, fake_chromium):
    fake_chromium.write_text("#!/bin/sh\necho it hurts >&2; exit 3\n")
    files = check_report_files(tmp_path / "r.html", pdf=True)
    with pytest.raises(ReportError, match=r"(?s)exit code 3.*it hurts"):
        write_report(files, DOCUMENT)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "r.html"]


def test_a_report_that_fails_leaves_nothing_behind(tmp_path):
    with pytest.raises(UndefinedError):
        write_report(check_report_files(tmp_path / "r.html", json=tmp_path / "r.json"), {})
    assert not list(tmp_path.iterdir())


needs_chromium = pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")


@needs_chromium
def test_a_real_browser_prints_it(tmp_path, monkeypatch):
    monkeypatch.delenv("RADIOHERS_CHROMIUM", raising=False)
    files = check_report_files(tmp_path / "r.html", pdf=True)
    write_report(files, DOCUMENT)
    assert files.pdf.read_bytes().startswith(b"%PDF-")


@needs_chromium
def test_a_click_sorts_a_table_and_folded_parts_open_for_print(tmp_path):
    rows = [
        [name, "test", "3 (1)", CELL | {"value": value}] for name, value in (("A", "0.9"), ("B", "0.1"), ("C", "none"))
    ]
    clicks = """<script>
    for (let i = 0; i < 2; i++) document.querySelector("#performance th:nth-child(4) button").click();
    window.dispatchEvent(new Event("beforeprint"));
    document.querySelector("#theme").click();
    </script></body>"""
    html = render_html(DOCUMENT | {"performance": DOCUMENT["performance"] | {"rows": rows}})
    (tmp_path / "r.html").write_text(html.replace("</body>", clicks))
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run(
        [*command, "--dump-dom", (tmp_path / "r.html").as_uri()], capture_output=True, text=True, timeout=60, check=True
    )
    table = done.stdout.split('id="performance"')[1].split("</table>")[0]
    assert re.findall(r"<td>([ABC])</td>", table) == ["C", "A", "B"]
    assert table.count('aria-sort="descending"') == 1
    assert "<details>" not in done.stdout
    assert 'data-theme="dark"' in done.stdout
