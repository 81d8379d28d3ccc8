"""A plain installation has everything that the checkout has, and one without a C compiler all but pyradiomics."""

import configparser
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_presets_and_templates_come_with_a_plain_installation(tmp_path):
    source, installed = tmp_path / "source", tmp_path / "installed"
    source.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("radiohers", "params"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(installed), str(source)], check=True, timeout=120)
    shutil.rmtree(source)

    code = (
        f"import sys; sys.path.insert(0, {str(installed)!r})\n"
        "import radiohers; from radiohers.features import PRESETS, load_params\n"
        "print(radiohers.__file__); [load_params(name) for name in PRESETS.names()]; print(PRESETS.names())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    where, presets = done.stdout.splitlines()
    assert where.startswith(str(installed))
    assert presets == str(sorted(path.stem for path in (ROOT / "params").glob("*.yaml")))
    assert (installed / "radiohers" / "report" / "page" / "report.html.j2").is_file()
    assert (installed / "radiohers" / "dicom" / "ingest_rules.yaml").is_file()
    assert (installed / "radiohers" / "py.typed").is_file()


@pytest.fixture
def make(tmp_path):
    """Run make with a pip that notes what it is asked for, and only the commands that a shell has."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    for name in ("Makefile", "requirements.py", "setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    commands, log = tmp_path / "commands", tmp_path / "log"
    commands.mkdir()
    for name in ("make", "sh", "test", "touch", "dirname"):
        (commands / name).symlink_to(shutil.which(name))
    environment = tmp_path / "env" / "bin"
    environment.mkdir(parents=True)
    fake = environment / "python"
    fake.write_text(f'#!/bin/sh\necho "$@" >> {log}\n')
    fake.chmod(0o755)

    def run(compiler, is_there):
        if is_there:
            (commands / compiler.split()[0]).symlink_to(sys.executable)
        done = subprocess.run(
            ["make", "env/.installed", "VENV=env", f"PYTHON={sys.executable}"],
            cwd=tmp_path,
            env={"PATH": str(commands), "CC": compiler},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout, log.read_text().splitlines()

    return run


@pytest.mark.skipif(
    not Path(sysconfig.get_path("include"), "Python.h").exists(), reason="the headers of Python are not installed"
)
@pytest.mark.parametrize("compiler", ["some-cc", "gcc -pthread", "clang"])
def test_make_installs_everything_where_there_is_a_compiler(make, compiler):
    told, calls = make(compiler, is_there=True)
    assert [call.split()[-2:] for call in calls] == [["--editable", ".[test]"]]
    assert "compiler" not in told


@pytest.mark.parametrize("compiler", ["some-cc", "gcc -pthread", "x86_64-linux-gnu-gcc"])
def test_make_installs_all_but_pyradiomics_where_there_is_none(make, compiler):
    told, (others, itself) = make(compiler, is_there=False)
    assert itself.split()[-3:] == ["--no-deps", "--editable", "."]
    assert "pyradiomics" not in others
    assert {"numba>=0.61", "torch>=2.4", "pytest>=8", "ruamel.yaml>=0.18"} <= set(others.split())
    assert "No C compiler was found" in told
    assert "env/bin/python -m pip install pyradiomics-bhklab" in told


def printed(*options):
    command = [sys.executable, str(ROOT / "requirements.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()


def test_requirements_are_those_of_setup_cfg():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    declared = [line.replace(" ", "") for line in setup["options"]["install_requires"].split("\n") if line]
    assert printed() == declared
    assert any(line.startswith("pyradiomics-bhklab>=") for line in declared)
    assert set(printed("--without", "pyradiomics-bhklab")) == {
        line for line in declared if not line.startswith("pyradiomics")
    }
    extra = [line.replace(" ", "") for line in setup["options.extras_require"]["test"].split("\n") if line]
    assert printed("--extra", "test", "--without", "torch") == [
        line for line in [*declared, *extra] if not line.startswith("torch>")
    ]


def test_the_oldest_versions_are_the_lower_bounds():
    oldest = printed("--oldest")
    assert [line.replace("==", ">=") for line in oldest] == printed()
    assert all(line.count("==") == 1 for line in oldest)
