"""The documentation: it builds, its code runs, its examples run, and nothing public is missing."""

import doctest
import importlib
import inspect
import os
import pkgutil
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import click
import pytest

import radiohers
from radiohers.cli import main
from radiohers.datasets import make_ct_cohort
from radiohers.evaluation import RepeatedStratifiedGroupKFold, audit

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
    monkeypatch.setattr("radiohers.evaluation._displays._learning_curve.SHARES", (0.5, 1.0))


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


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(example, tmp_path):
    environment = os.environ | {"MPLBACKEND": "Agg", "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, example], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.rglob("*.nii.gz")) == [], "the example left its cohort behind"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_says_synthetic_in_its_title(example):
    assert "SYNTHETIC" in example.read_text(encoding="utf-8").splitlines()[1]


def public_names():
    modules = pkgutil.walk_packages(radiohers.__path__, "radiohers.")
    packages = [m.name for m in modules if not any(part.startswith("_") for part in m.name.split("."))]
    return {
        f"{package}.{name}"
        for package in packages
        if package not in ("radiohers.cli", "radiohers.params")
        for name in importlib.import_module(package).__all__
    }


def test_api_page_names_everything_public():
    package, documented = "", set()
    for line in (ROOT / "docs" / "api.rst").read_text(encoding="utf-8").splitlines():
        if line.startswith(".. currentmodule:: "):
            package = line.removeprefix(".. currentmodule:: ")
        elif re.fullmatch(r" {3}\w+", line):
            documented.add(f"{package}.{line.strip()}")
    assert documented == public_names()
