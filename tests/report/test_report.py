"""The renderers: a dict in; a page, JSON and figures out, nothing lost on the way. All documents are real ones."""

import copy
import io
import json
import os
import re
import shutil
import stat
import subprocess
from html import unescape

import jsonschema
import numpy as np
import pytest
from jinja2 import UndefinedError
from markupsafe import escape

from radiohers.exceptions import OutputExistsError, ReportError
from radiohers.report import (
    check_report_files,
    draw_figure,
    figure_to_svg,
    plain_values,
    render_html,
    render_json,
    report_schema,
    write_report,
)

# Written by the page in another form: as a mark, and with spaces.
NOT_TEXT = {"verdict", "key"}


def texts_of(value, path=()):
    """Yield every text of the words and checklists, with the keys that lead to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts_of(key if path[-1:] in (("values",), ("steps",), ("code",)) else "", (*path, key))
            yield from texts_of(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner, path)
    elif isinstance(value, str) and value:
        yield path, value


@pytest.fixture(scope="module")
def page(full):
    return render_html(full)


@pytest.fixture(scope="module")
def shown(page):
    """The texts of the page, and of titles and labels for those who hear it, without figures."""
    inside = re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)
    attributes = " ".join(re.findall(r'(?:title|aria-label)="([^"]*)"', inside))
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", inside) + attributes).split())


def test_everything_of_words_and_checklists_is_on_the_page(full, shown):
    texts = [*texts_of(full["words"]), *texts_of(full["checklists"])]
    assert len(texts) > 1000
    lost = {(path, text) for path, text in texts if path[-1] not in NOT_TEXT and " ".join(text.split()) not in shown}
    # An item of a checklist does not name its section, and some lines of this audit do warn.
    assert {path[-1] for path, _ in lost} <= {"section", "none"}


def test_texts_are_escaped(page):
    assert "<h1>Tumours &amp; &lt;b&gt;labels&lt;/b&gt;</h1>" in page


def test_levels_of_the_audit_are_words_and_the_worst_comes_first(page):
    found = re.findall(r'<span class="badge (\w+)">([\w ]+)</span>', page.split('<section id="audit">')[1])
    n = {level: sum(text == level for _, text in found) for level in ("fail", "warn", "pass")}
    assert found[:3] == [(level, f"{n[level]} {level}") for level in ("fail", "warn", "pass")]
    lines = [mark for mark, text in found[3:] if text == mark]
    assert lines[: sum(n.values())] == ["fail"] * n["fail"] + ["warn"] * n["warn"] + ["pass"] * n["pass"]


def test_every_entry_of_the_contents_leads_to_a_section(page, full):
    anchors = re.findall(r'<a href="#([\w-]+)"', page.split("<nav")[1].split("</nav>")[0])
    assert len(anchors) > 12
    assert anchors == re.findall(r'<section id="([\w-]+)"', page) == list(full["words"]["sections"])


def test_evidence_stands_once_and_items_lead_to_it(page):
    part = page.split('<section id="checklists">')[1]
    linked = re.findall(r'href="#(fact-\d+)"', part)
    assert len(linked) > 100
    assert sorted(re.findall(r'id="(fact-\d+)"', part)) == sorted(set(linked))
    assert part.count('<td class="evidence">setting binWidth: 25 (LR, search/1)</td>') == 1


def test_what_passed_is_folded_away(page, full):
    part = page.split('<section id="audit">')[1].split("</section>")[0]
    lines = full["words"]["sections"]["audit"]["audit"]
    warned, passed = (next(line["message"] for line in lines if line["level"] == level) for level in ("warn", "pass"))
    assert part.index(escape(warned)) < part.index("<details>") < part.index(escape(passed))


def test_an_audit_without_a_warning_says_so(full):
    document = copy.deepcopy(full)
    audit = document["words"]["sections"]["audit"]
    audit["audit"] = [line for line in audit["audit"] if line["level"] == "pass"]
    assert "No line fails or warns." in render_html(document)


def test_an_empty_section_says_why_instead(bare):
    reasons = [section["absent"] for section in bare["words"]["sections"].values() if section["absent"]]
    assert len(reasons) == 6
    assert all(escape(reason) in render_html(bare) for reason in reasons)


def test_a_missing_key_is_an_error(bare):
    with pytest.raises(UndefinedError, match="'words' is undefined"):
        render_html({key: value for key, value in bare.items() if key != "words"})


def test_every_key_of_the_schema_is_described():
    schema = report_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    objects = [schema, *schema["$defs"].values()]
    assert len(objects) > 30
    for one in objects:
        assert one["description"]
        assert [name for name, inner in one["properties"].items() if not inner.get("description")] == []


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

    figure = draw_figure(plt.figure(figsize=(1, 1)), "empty", "roc", "performance", "Nothing.", with_png=True)
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


def test_all_files_are_written(tmp_path, fake_chromium, full, full_figures):
    files = check_report_files(tmp_path / "a" / "r.html", json=tmp_path / "r.json", pdf=True, figures=tmp_path / "f")
    assert write_report(files, full, full_figures[:1]) == tmp_path / "a" / "r.html"
    assert files.html.read_text() == render_html(full)
    assert json.loads(files.json.read_text()) == plain_values(full)
    assert (tmp_path / "a" / "r.pdf").read_text().startswith("%PDF --headless")
    assert sorted(path.name for path in files.figures.iterdir()) == ["roc.png", "roc.svg"]


def test_only_root_runs_the_browser_without_its_sandbox(tmp_path, fake_chromium, monkeypatch, bare):
    files = check_report_files(tmp_path / "r.html", pdf=True)
    for user, expected in ((0, True), (1000, False)):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        write_report(files, bare)
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


def test_a_browser_that_fails_is_told_and_leaves_no_pdf(tmp_path, fake_chromium, bare):
    fake_chromium.write_text("#!/bin/sh\necho it hurts >&2; exit 3\n")
    files = check_report_files(tmp_path / "r.html", pdf=True)
    with pytest.raises(ReportError, match=r"(?s)exit code 3.*it hurts"):
        write_report(files, bare)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "r.html"]


def test_a_report_that_fails_leaves_nothing_behind(tmp_path):
    with pytest.raises(UndefinedError):
        write_report(check_report_files(tmp_path / "r.html", json=tmp_path / "r.json"), {})
    assert not list(tmp_path.iterdir())


needs_chromium = pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")


@needs_chromium
def test_a_real_browser_prints_it(tmp_path, monkeypatch, bare):
    monkeypatch.delenv("RADIOHERS_CHROMIUM", raising=False)
    files = check_report_files(tmp_path / "r.html", pdf=True)
    write_report(files, bare)
    assert files.pdf.read_bytes().startswith(b"%PDF-")


@needs_chromium
def test_a_click_sorts_a_table_and_folded_parts_open_for_print(tmp_path, full):
    clicks = """<script>
    for (let i = 0; i < 2; i++) document.querySelector("#performance th:nth-child(4) button").click();
    window.dispatchEvent(new Event("beforeprint"));
    document.querySelector("#theme").click();
    </script></body>"""
    document = copy.deepcopy(full)
    table = document["words"]["sections"]["performance"]["tables"][0]
    for row, name, value in zip(table["rows"], "ABC", ("0.9", "0.1", "none"), strict=False):
        row[0], row[3]["value"] = name, value
    del table["rows"][3:]
    html = render_html(document)
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
