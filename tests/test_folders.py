"""What computers leave in folders by themselves is skipped; endings in capitals are read."""

import json

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from radiohers._folders import files_below, files_ending
from radiohers.crops import CropExtractor
from radiohers.exceptions import CropError
from radiohers.features import RadiomicsExtractor

APPLE_DOUBLE = b"\0\5\x16\7\0\2\0\0Mac OS X"
BOX = json.dumps({"shapes": [{"label": "x", "shape_type": "rectangle", "points": [[3, 3], [9, 9]]}]})


@pytest.fixture
def boxes(tmp_path):
    """An image of 6 slices and a folder of rectangles of slice 2."""
    image = tmp_path / "ct.nii.gz"
    sitk.WriteImage(
        sitk.GetImageFromArray(np.random.default_rng(0).normal(40, 20, (6, 12, 14)).astype("int16")), str(image)
    )
    folder = tmp_path / "boxes"
    folder.mkdir()
    return pd.DataFrame({"image": [str(image)], "boxes": [str(folder)]}), folder


@pytest.mark.parametrize("name", ["c0_002.json", "c0_002.JSON", "c0_002.Json"])
@pytest.mark.parametrize("left", [["._c0_002.json"], ["._c0_003.json", ".DS_Store"], ["._c0_002.JSON", "Thumbs.db"]])
def test_rectangles_beside_what_is_left_behind(boxes, name, left):
    X, folder = boxes
    (folder / name).write_text(BOX)
    for other in left:
        (folder / other).write_bytes(APPLE_DOUBLE)
    assert CropExtractor(size=16).transform(X).n_crops == 1


def test_folder_of_companions_alone_has_no_rectangles(boxes):
    X, folder = boxes
    (folder / "._c0_002.json").write_bytes(APPLE_DOUBLE)
    with pytest.raises(CropError, match=r"the folder has no \.json file"):
        CropExtractor(size=16).transform(X)


def test_two_files_of_one_slice_are_still_refused(boxes):
    X, folder = boxes
    for name in ("a_002.json", "b_002.JSON"):
        (folder / name).write_text(BOX)
    with pytest.raises(CropError, match="are both of slice 2"):
        CropExtractor(size=16).transform(X)


def test_files_below(tmp_path):
    for name in (
        "b/2.dcm",
        "b/._2.dcm",
        "a/1",
        "__MACOSX/b/._2.dcm",
        "__MACOSX/3.dcm",
        ".DS_Store",
        "a/.ds_store",
        "._z/4",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert [path.relative_to(tmp_path).as_posix() for path in files_below(tmp_path)] == ["a/1", "b/2.dcm"]
    (tmp_path / "c.JSON").write_bytes(b"")
    assert [path.name for path in files_ending(tmp_path, ".json")] == ["c.JSON"]


@pytest.mark.parametrize("name", ["my.YAML", "my.YML", "my.JSON"])
def test_parameter_files_in_capitals(tmp_path, name):
    (tmp_path / name).write_text('{"setting": {"binWidth": 25}, "featureClass": {"firstorder": ["Mean"]}}')
    assert RadiomicsExtractor(params=tmp_path / name).get_feature_names_out().tolist() == ["original_firstorder_Mean"]
