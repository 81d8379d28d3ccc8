"""Presets of crops, and files of one's own."""

from pathlib import Path

import pytest

from radiohers.crops import CROP_PRESETS, CropExtractor
from radiohers.exceptions import ParamsError

FOLDER = Path(__file__).resolve().parents[2] / "params" / "crops"
PRESETS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def message(params):
    with pytest.raises(ParamsError) as caught:
        CropExtractor.from_params(params)
    return str(caught.value)


def test_presets_are_listed_and_described():
    assert CROP_PRESETS.names() == list(CROP_PRESETS.describe()) == PRESETS
    assert all(len(text) < 120 for text in CROP_PRESETS.describe().values())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_names_every_setting_and_says_why(name):
    lines = CROP_PRESETS.text(name).splitlines()
    settings = [line.partition(":")[0] for line in lines if line and not line.startswith("#")]
    assert settings == ["margin_mm", "window_hu", "size", "keep_aspect", "min_area_mm2", "slices"]
    assert all(lines[row - 1].startswith("#") for row, line in enumerate(lines) if line.partition(":")[0] in settings)
    assert "doi:10." in "".join(lines)


def test_the_liver_preset_is_the_default():
    params, default = CropExtractor.from_params("liver_portal_venous").get_params(), CropExtractor().get_params()
    assert params == default


def test_a_copy_is_the_preset_and_home_is_understood(tmp_path, monkeypatch):
    (tmp_path / "mine.yaml").write_text(CROP_PRESETS.text("bladder_excretory"))
    monkeypatch.setenv("HOME", str(tmp_path))
    copy = CropExtractor.from_params("~/mine.yaml", n_jobs=2, verbose=1)
    assert copy.get_params() == {
        **CropExtractor.from_params("bladder_excretory").get_params(), "n_jobs": 2, "verbose": 1,
    }  # fmt: skip


def test_what_is_not_named_has_its_default():
    assert CropExtractor.from_params({"slices": 3}).get_params() == CropExtractor(slices=3).get_params()


def test_wrong_names_and_values_are_told(tmp_path):
    assert message("liver_portal_venus").startswith(
        "There is no preset 'liver_portal_venus'; did you mean the preset 'liver_portal_venous'?"
    )
    assert message({"margin": 5}) == (
        "params: margin is not known; did you mean 'margin_mm'? Known: margin_mm, window_hu, size, keep_aspect, "
        "min_area_mm2, slices."
    )
    path = tmp_path / "mine.yaml"
    path.write_text("margin_mm: 5 mm\n")
    assert message(path).startswith(f"{path}: The 'margin_mm' parameter of CropExtractor must be a float")
    path.write_text("")
    assert message(path).startswith(f"{path}: is empty, but must map some of margin_mm, window_hu")
    assert "window_hu' parameter of CropExtractor must be a level and a width above 0" in message({"window_hu": [60]})
