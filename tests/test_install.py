"""A plain installation, not an editable one, has everything that the checkout has."""

import shutil
import subprocess
import sys
from pathlib import Path

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
        "import radiohers; from radiohers.features import list_params, load_params\n"
        "print(radiohers.__file__); [load_params(name) for name in list_params()]; print(list_params())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    where, presets = done.stdout.splitlines()
    assert where.startswith(str(installed))
    assert presets == "['bladder_ctu', 'ct_default', 'first_order_shape', 'mr_default']"
    assert (installed / "radiohers" / "report" / "report.html.j2").is_file()
    assert (installed / "radiohers" / "dicom" / "ingest_rules.yaml").is_file()
    assert (installed / "radiohers" / "py.typed").is_file()
