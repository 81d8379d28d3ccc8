"""The house: layers, packages, files, and what an import costs."""

import ast
import configparser
import importlib
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
import yaml
from public_names import public_packages

import radiohers

ROOT = Path(__file__).resolve().parents[1]
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg")
LATE = {"torch", "torchvision", "matplotlib", "radiomics", "nibabel"}


def test_imports_go_one_way():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--config", "setup.cfg"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout


def test_import_loads_no_heavy_library():
    heavy = ("torch", "torchvision", "radiomics", "matplotlib")
    code = (
        "import radiohers, sys; [getattr(radiohers, name) for name in dir(radiohers)];"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == "[]\n"


def test_architecture_names_what_is_imported_late():
    page = " ".join((ROOT / "docs" / "architecture.rst").read_text(encoding="utf-8").split())
    (named,) = re.findall(r"underscore are private.*?\. ([\w, ]+) are imported inside the functions", page)
    assert set(re.findall(r"\w+", named)) - {"and"} == LATE


def test_architecture_has_the_layers_of_setup_cfg():
    page = (ROOT / "docs" / "architecture.rst").read_text(encoding="utf-8")
    rows = re.findall(r"^   \* - (`[\w.`, ]+`)$", page, re.MULTILINE)
    layers = SETUP["importlinter:contract:layers"]["layers"].split("\n")
    expected = [set(re.findall(r"\w+", layer)) for layer in layers if layer]
    assert [set(re.findall(r"`(?:radiohers\.)?(\w+)`", row)) for row in rows if ".py`" not in row] == expected


def test_architecture_names_every_module_beside_the_packages():
    page = (ROOT / "docs" / "architecture.rst").read_text(encoding="utf-8")
    modules = {path.name for path in (ROOT / "radiohers").glob("_[a-z]*.py")}
    assert [name for name in modules if f"`{name}`" not in page] == []


def test_functions_import_heavy_libraries_only():
    # It comes with PyYAML's rival, and is as slow to load.
    allowed = LATE | {"ruamel"}
    for path in (ROOT / "radiohers").rglob("*.py"):
        tree = ast.parse(path.read_text())
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for node in ast.walk(function):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module] if isinstance(node, ast.ImportFrom) else []
                assert {name.split(".")[0] for name in names} <= allowed, f"{path.name}: {function.name}"


def imported_names(path):
    """What a file imports, as dotted names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def module_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_no_import_cycle():
    """Imports inside functions and those for types count, and a package rests on all its modules."""
    files = {module_of(path): path for path in (ROOT / "radiohers").rglob("*.py")}
    imported = {module: set(imported_names(path)) for module, path in files.items()}
    graph = {
        # A name that is no module itself is of the package or module that it is imported from.
        module: {name if name in files else name.rpartition(".")[0] for name in names} & files.keys()
        for module, names in imported.items()
    }
    for module in files.keys() - {"radiohers"}:
        graph[module.rpartition(".")[0]].add(module)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_private_names_of_sklearn_have_one_home():
    private = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "radiohers").rglob("*.py")
        for name in imported_names(path)
        if name.startswith("sklearn.") and "._" in name
    }
    assert private == {"radiohers/_sklearn.py"}, "import them from radiohers._sklearn"


def test_no_package_reaches_into_another():
    """A private module is imported by its own package and what stands in it, and by nobody else."""
    reaches = []
    for path in (ROOT / "radiohers").rglob("*.py"):
        home = ".".join(path.relative_to(ROOT).parent.parts)
        for name in imported_names(path):
            package, _, private = name.partition("._")
            reached = package.startswith("radiohers.") and not f"{home}.".startswith(f"{package}.")
            if private and reached:
                reaches.append(f"{path.relative_to(ROOT)}: {name}")
    assert reaches == [], "export the name from its package"


def test_metrics_stand_at_the_bottom():
    below = ("metrics", "exceptions", "_numbers", "_case_arrays", "_sklearn")
    for path in (ROOT / "radiohers" / "metrics").rglob("*.py"):
        ours = [name for name in imported_names(path) if name.startswith("radiohers.")]
        assert [name for name in ours if name.split(".")[1] not in below] == []


def test_every_package_is_in_setup_cfg():
    listed = set(SETUP["options"]["packages"].split())
    found = {"radiohers", "radiohers.params"} | {
        f"radiohers.{'.'.join(path.parent.relative_to(ROOT / 'radiohers').parts)}"
        for path in (ROOT / "radiohers").rglob("__init__.py")
        if path.parent != ROOT / "radiohers"
    }
    assert listed == found


@pytest.mark.parametrize("name", public_packages())
def test_public_names_exist_and_are_documented(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for public in module.__all__:
        thing = getattr(module, public)
        assert public == "__version__" or thing.__doc__, f"{name}.{public} has no docstring"


@pytest.mark.parametrize("path", sorted((ROOT / "radiohers").rglob("*.py")), ids=lambda path: path.name)
def test_files_stay_small(path):
    assert path.read_text().count("\n") <= 400


def test_lint():
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "."], cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout


def test_every_name_of_the_package_is_there():
    names = dir(radiohers)
    assert set(radiohers.__all__) < set(names)
    assert all(getattr(radiohers, name) is not None for name in names)
    assert not hasattr(radiohers, "magic")


def test_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == radiohers.__version__, "set version in CITATION.cff to that of radiohers/_version.py"
    assert citation["authors"] == [{"name": SETUP["metadata"]["author"]}]
    assert citation["license"] == SETUP["metadata"]["license"]
    assert len(citation["references"]) == 2
