"""What stands in several places, as docs/adding.rst says, stands in all of them; messages name what is missing."""

import importlib
import re
import typing
from pathlib import Path

import click
import pytest

from radiohers.cli._main import _COMMANDS
from radiohers.cohort import her2_status
from radiohers.cohort._her2 import _RULES
from radiohers.crops import list_crop_params
from radiohers.estimators import BACKBONES
from radiohers.features import list_params
from radiohers.features.native import native_features
from radiohers.features.native._texture import _Texture

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "guide"
IN_GUIDE = [
    *((name, "features.rst") for name in list_params()),
    *((name, "crops.rst") for name in list_crop_params()),
    *((name, "networks.rst") for name in BACKBONES),
    *((name, "her2.rst") for name in _RULES),
]


@pytest.mark.parametrize(("name", "page"), IN_GUIDE)
def test_guide_names_it(name, page):
    assert name in (GUIDE / page).read_text(encoding="utf-8"), f"add {name} to docs/guide/{page}"


def test_her2_rules():
    rules = typing.get_args(typing.get_type_hints(her2_status)["rule"])
    assert rules == tuple(_RULES), "add it to `rule` of her2_status and to _RULES, in radiohers/cohort/_her2.py"


@pytest.mark.parametrize("feature_class", native_features())
def test_feature_classes_have_kernels(feature_class):
    is_texture = not feature_class.startswith("shape")
    assert hasattr(_Texture, feature_class) == is_texture, (
        "add it to _Texture, in radiohers/features/native/_texture.py"
    )


@pytest.mark.parametrize("module", sorted(path.stem for path in (ROOT / "radiohers" / "cli").glob("_[a-z]*.py")))
def test_commands(module):
    things = vars(importlib.import_module(f"radiohers.cli.{module}")).values()
    commands = {thing.name for thing in things if isinstance(thing, click.Command)} - {"main"}
    assert commands <= _COMMANDS.keys(), "add it to _COMMANDS, in radiohers/cli/_main.py"


@pytest.mark.parametrize("page", [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "adding.rst"], ids=lambda page: page.name)
def test_files_that_are_named_exist(page):
    named = re.findall(r"`((?:radiohers|tests|docs|params|benchmarks)/[\w/.]*\w)`", page.read_text(encoding="utf-8"))
    assert named
    assert [path for path in named if "NAME" not in path and not (ROOT / path).exists()] == []
