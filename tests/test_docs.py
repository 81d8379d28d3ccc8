"""The documentation: it builds, its code runs, its examples run, and nothing public is missing."""

import doctest
import inspect
import math
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from itertools import product
from pathlib import Path

import click
import numpy as np
import pytest
from public_names import public_names
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from radiohers.audit import CHECKS
from radiohers.audit._result import LEVELS
from radiohers.cli import main
from radiohers.datasets import make_ct_cohort
from radiohers.evaluation import RepeatedStratifiedGroupKFold, StratifiedGroupShuffleSplit, audit, compare_models
from radiohers.report.facts import Verdict, verdict_of
from radiohers.report.words._performance import REASONS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.rst")), *sorted((ROOT / "docs" / "guide").glob("*.rst"))]
EXAMPLES = sorted((ROOT / "examples").glob("plot_*.py"))
GENERATED = shutil.ignore_patterns("_build", "api", "gallery")
DOCTEST_FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
SMALL = (16, 64, 72)


def page_id(path):
    return str(path.relative_to(ROOT))


def code_blocks(path, *languages):
    """Return the blocks of code of a page, in their order."""
    text = path.read_text(encoding="utf-8")
    names = "|".join(languages)
    if path.suffix == ".md":
        return re.findall(rf"^```(?:{names})\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    blocks = re.findall(rf"^\.\. code-block:: (?:{names})\n\n((?:(?: {{3}}.*)?\n)+)", text, re.MULTILINE)
    return [textwrap.dedent(block) for block in blocks]


def run_block(code, names, page):
    if not code.startswith(">>>"):
        exec(compile(code, str(page), "exec"), names)
        return
    test = doctest.DocTestParser().get_doctest(code, names, page.name, str(page), 0)
    # The parser copies the names; later blocks are to see what this one makes.
    test.globs = names
    result = doctest.DocTestRunner(optionflags=DOCTEST_FLAGS).run(test, clear_globs=False)
    assert result.failed == 0, f"{page.name}: see the output above"


@pytest.fixture
def quick_comparisons(monkeypatch):
    """Deal the folds once, draw learning curves of two points, and refit little in audits: the same code, sooner."""
    monkeypatch.setitem(RepeatedStratifiedGroupKFold.__init__.__kwdefaults__, "n_repeats", 1)
    monkeypatch.setitem(inspect.unwrap(audit).__kwdefaults__, "n_permutations", 2)
    monkeypatch.setattr("radiohers.displays._learning_curve.SHARES", (0.5, 1.0))


@pytest.fixture
def users_folder(tmp_path, monkeypatch):
    """Work in a folder with two tables, and with a home of its own for the cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    rows = make_ct_cohort(".", n_patients=20, shape=SMALL).read_text().splitlines(keepends=True)
    Path("new_patients.csv").write_text("".join(rows[:3]))


@pytest.mark.usefixtures("users_folder", "quick_comparisons")
@pytest.mark.parametrize("page", [page for page in PAGES if code_blocks(page, "python")], ids=page_id)
def test_code_of_page_runs(page):
    if 'engine="pyradiomics"' in "\n".join(code_blocks(page, "python")):
        pytest.importorskip("radiomics")
    names = {}
    for code in code_blocks(page, "python"):
        run_block(code, names, page)


def commands_of(page):
    lines = "\n".join(code_blocks(page, "console", "sh")).splitlines()
    return [line.removeprefix("$ ") for line in lines if line.removeprefix("$ ").startswith("radiohers ")]


@pytest.mark.parametrize("page", [page for page in PAGES if commands_of(page)], ids=page_id)
def test_commands_of_page_exist(page):
    for line in commands_of(page):
        name, *arguments = shlex.split(line.partition(">")[0])[1:]
        # Raises a click.UsageError if an option or argument is wrong; runs nothing.
        main.get_command(click.Context(main), name).make_context(name, arguments)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_of_readme_and_pages_exist(page):
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".md":
        missing = [link for link in re.findall(r"\]\(([^)#:]+)\)", text) if not (ROOT / link).exists()]
        assert missing == []
    assert not re.search(r"/(home|root|work|tmp)/", text)


def test_docs_build_without_warnings(tmp_path):
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=GENERATED)
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-D", "plot_gallery=0", "docs", "html"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    for page in ("index", "quickstart", "pitfalls", "guide/comparing", "gallery/plot_comparison", "gallery/index"):
        assert (tmp_path / "html" / f"{page}.html").is_file()
    assert (tmp_path / "html" / "api" / "radiohers.evaluation.compare_models.html").is_file()
    guide = (tmp_path / "html" / "guide" / "audit.html").read_text(encoding="utf-8")
    # Other tests define checks of their own.
    ours = {code: check for code, check in CHECKS.items() if check.__module__.startswith("radiohers.")}
    assert [code for code in ours if f"<p>{code}</p>" not in guide] == []
    assert [check.title for check in ours.values() if f"<p>{check.title}</p>" not in guide] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(example, tmp_path):
    environment = os.environ | {"MPLBACKEND": "Agg", "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, example], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, done.stderr
    # The gallery shows both to everybody.
    assert "Warning" not in done.stderr
    assert not re.search(r"(?<![\w.])/\w+/", done.stdout + done.stderr), done.stdout + done.stderr
    assert list(tmp_path.rglob("*.nii.gz")) == [], "the example left its cohort behind"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_says_synthetic_in_its_title(example):
    assert "SYNTHETIC" in example.read_text(encoding="utf-8").splitlines()[1]


def test_api_page_names_everything_public():
    package, documented = "", set()
    for line in (ROOT / "docs" / "api.rst").read_text(encoding="utf-8").splitlines():
        if line.startswith(".. currentmodule:: "):
            package = line.removeprefix(".. currentmodule:: ")
        elif re.fullmatch(r" {3}\w+", line):
            documented.add(f"{package}.{line.strip()}")
    assert documented == public_names().keys(), "add what is missing to docs/api.rst, and take out what is gone"


def test_pages_name_every_command():
    commands = set(main.list_commands(click.Context(main)))
    table = (ROOT / "docs" / "guide" / "command_line.rst").read_text(encoding="utf-8")
    in_table = set(re.findall(r"^   \* - `radiohers (\w+)`$", table, re.MULTILINE))
    assert in_table == commands, "add it to docs/guide/command_line.rst"
    changes = (ROOT / "docs" / "changes.rst").read_text(encoding="utf-8")
    sentence = re.search(r"with the commands (.*?)\.", changes, re.DOTALL)[1]
    assert set(re.findall(r"`(\w+)`", sentence)) == commands, "add it to docs/changes.rst"


def section(page, title):
    """Return the text below a title, up to the next one."""
    text = (ROOT / "docs" / "guide" / page).read_text(encoding="utf-8")
    return re.split(rf"^{title}\n=+\n", text, flags=re.MULTILINE)[1].split("\n===")[0]


def test_verdicts_of_the_guide_are_those_of_the_report():
    quoted = [words.lower() for words in re.findall(r"^- \*(.+?)\*:", section("report.rst", "Summary"), re.MULTILINE)]
    limits = (0.1, 0.4, 0.5, 0.6, 0.9, math.nan)
    found = [verdict_of(low, high, p, 0.05) for low, high, p in product(limits, limits, (0.001, 0.05, 0.2, math.nan))]
    said = [REASONS[reason].lower() for _, reason in found]
    assert all(any(words in sentence for sentence in said) for words in quoted)
    assert all(any(words in sentence for words in quoted) for sentence in said)
    in_json = re.search(r"In the JSON the\s+verdicts are (.*?)\.", section("report.rst", "Summary"), re.DOTALL)[1]
    assert set(re.findall(r"`(.+?)`", in_json)) == set(Verdict)


def test_levels_of_the_guide_are_those_of_the_audit():
    assert tuple(re.findall(r"^- \*\*(.+?)\*\*:", section("report.rst", "Audit"), re.MULTILINE)) == LEVELS


@pytest.mark.parametrize("cv", [2, StratifiedGroupShuffleSplit(test_size=0.5)], ids=["folds", "one split"])
def test_columns_are_documented(cv):
    X, y = np.random.default_rng(0).normal(size=(24, 2)), np.arange(24) % 2
    models = {"LR": LogisticRegression(), "NB": GaussianNB()}
    result = compare_models(models, X, y, groups=np.arange(24), cv=cv, n_bootstraps=100)
    guide = (ROOT / "docs" / "guide" / "comparing.rst").read_text(encoding="utf-8")
    ends = r"_(low|high|interval|holm|method)$"
    tables = {"table": result.table(full=True), "compare": result.compare(), "against_chance": result.against_chance()}
    for method, table in tables.items():
        told = set(re.findall(r"``(\w+)``", inspect.getdoc(getattr(result, method))))
        for column in table.columns:
            if column not in told:
                stem = re.sub(ends, "", re.sub(ends, "", column))
                assert {stem, f"p_{stem}"} & told, f"{method}: {column}"
                assert column.removeprefix(stem) in told | {"_p_holm", "_holm"}, f"{method}: {column}"
    for column in re.findall(r"``(\w+)``", inspect.getdoc(result.table)):
        assert column.startswith("_") or f"`{column}`" in guide, column
