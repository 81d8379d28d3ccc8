"""Crops: parts of them, files, and pictures."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from radiohers.crops import Crops
from radiohers.exceptions import CropError, OutputExistsError


def make_crops(case_ids=("b", "a", "none"), lesion=True):
    """Five crops of two of the cases, of sides 9 and 11."""
    rng = np.random.default_rng(0)
    return Crops(
        images=rng.integers(0, 256, size=(5, 9, 11)).astype(np.uint8),
        case=np.array([0, 0, 0, 1, 1]),
        case_ids=case_ids,
        slice=np.array([3, 4, 4, 0, 12]),
        rectangle=rng.uniform(0, 40, size=(5, 4)),
        spacing_mm=rng.uniform(0.5, 2, size=(5, 2)),
        lesion=rng.random((5, 9, 11)) < 0.3 if lesion else None,
        dropped=pd.DataFrame({"case_id": case_ids[1:], "slice": [2, 7], "reason": "constant crop", "detail": ""}),
    )


def assert_same(crops, others):
    for field in dataclasses.fields(Crops):
        one, other = getattr(crops, field.name), getattr(others, field.name)
        if one is None or other is None:
            assert one is other
        elif field.name == "dropped":
            pd.testing.assert_frame_equal(one, other, check_dtype=False)
        else:
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype


def test_repr_counts():
    assert repr(make_crops()) == "<Crops: 5 crops of 2 cases (of 3), 9 x 11 pixels, with lesion masks>"
    assert repr(make_crops(lesion=False).select(["a"]).select_crops([0])) == "<Crops: 1 crop of 1 case, 9 x 11 pixels>"


def test_counts_name_cases_without_crops():
    assert make_crops().counts.to_dict() == {"b": 3, "a": 2, "none": 0}


@pytest.mark.parametrize("rows", [slice(1, 4), [4, 0], np.array([True, False, True, False, False])])
def test_some_crops_are_the_same_rows_of_everything(rows):
    crops = make_crops()
    numbers = np.arange(5)[rows]
    part = crops.select_crops(rows)
    np.testing.assert_array_equal(part.images, crops.images[numbers])
    np.testing.assert_array_equal(part.lesion, crops.lesion[numbers])
    np.testing.assert_array_equal(part.slice, crops.slice[numbers])
    assert part.case_ids.equals(crops.case_ids)
    assert make_crops(lesion=False).select_crops(rows).lesion is None


@pytest.mark.parametrize(
    ("cases", "numbers"),
    [
        (slice(1, None), [1, 2]),
        ([2, 0], [2, 0]),
        ([1, 1, 0], [1, 1, 0]),
        ([], []),
        (np.array([True, False, True]), [0, 2]),
        ([False, True, False], [1]),
        (-1, [2]),
        (np.int64(1), [1]),
    ],
)
def test_index_takes_cases_with_all_their_crops(cases, numbers):
    crops = make_crops()
    rows = [[0, 1, 2], [3, 4], []]
    for part in (crops[cases], _safe_indexing(crops, cases)):
        np.testing.assert_array_equal(part.images, crops.images[[row for n in numbers for row in rows[n]]])
        assert part.case.tolist() == [place for place, n in enumerate(numbers) for _ in rows[n]]
        assert part.case_ids.tolist() == crops.case_ids[numbers].tolist()
        assert len(part) == part.shape[0] == _num_samples(part) == len(numbers)
        assert set(part.dropped["case_id"]) == {"a", "none"} & set(part.case_ids)


def test_crops_are_gone_through_case_by_case():
    crops = make_crops()
    assert [(part.case_ids.tolist(), part.n_crops) for part in crops] == [(["b"], 3), (["a"], 2), (["none"], 0)]
    with pytest.raises(IndexError):
        crops[3]
    assert_same(Crops.concatenate(list(crops)), crops)
    assert Crops.concatenate([crops, make_crops(("d", "e", "f"), lesion=False)]).lesion is None


def test_select_takes_cases_in_their_new_order():
    crops = make_crops()
    part = crops.select(["none", "a", "b"])
    assert (part.case.tolist(), list(part.case_ids)) == ([1, 1, 2, 2, 2], ["none", "a", "b"])
    assert_same(part.select(["b", "a", "none"]), crops)
    np.testing.assert_array_equal(part.images, crops.images[[3, 4, 0, 1, 2]])


def test_select_names_what_it_does_not_know():
    with pytest.raises(CropError, match="select: case 'c' is not among the cases. Known are 3, like 'b'."):
        make_crops().select(["a", "c"])
    with pytest.raises(CropError, match="select: case 'a' is twice in the cases."):
        make_crops().select(["a", "a"])


def test_labels_of_crops():
    y = pd.Series([1, 0, 1], index=["b", "a", "none"])
    assert y.to_numpy()[make_crops().case].tolist() == [1, 1, 1, 0, 0]


@pytest.mark.parametrize("case_ids", [("b", "a", "none"), (7, -2, 10**12), ("7", 7, "é/ü")])
@pytest.mark.parametrize("lesion", [True, False])
def test_saved_crops_come_back(tmp_path, case_ids, lesion):
    crops = make_crops(case_ids, lesion)
    assert crops.save(tmp_path / "new" / "crops.anything") == tmp_path / "new" / "crops.anything"
    assert_same(Crops.load(tmp_path / "new" / "crops.anything"), crops)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["crops.anything"]


def test_no_crops_are_saved_too(tmp_path):
    crops = make_crops().select_crops([])
    crops.save(tmp_path / "none.npz")
    assert_same(Crops.load(tmp_path / "none.npz"), crops)


def test_a_file_is_not_overwritten_unless_told(tmp_path):
    make_crops().save(tmp_path / "crops.npz")
    with pytest.raises(OutputExistsError, match="exists already"):
        make_crops().save(tmp_path / "crops.npz")
    make_crops().select(["a"]).save(tmp_path / "crops.npz", force=True)
    assert Crops.load(tmp_path / "crops.npz").n_crops == 2


def test_case_ids_that_a_file_cannot_hold(tmp_path):
    with pytest.raises(CropError, match="case_id 0.5 is neither a string nor a whole number"):
        make_crops((0.5, 1.5, 2.5)).save(tmp_path / "crops.npz")
    assert not any(tmp_path.iterdir())


def test_files_that_are_not_of_crops(tmp_path):
    with pytest.raises(CropError, match="none.npz: no such file"):
        Crops.load(tmp_path / "none.npz")
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(CropError, match="array.npy is not a file of crops"):
        Crops.load(tmp_path / "array.npy")
    np.savez(tmp_path / "other.npz", images=np.zeros(3))
    with pytest.raises(CropError, match="other.npz is an archive, but not of crops"):
        Crops.load(tmp_path / "other.npz")


@pytest.mark.parametrize("how", ["cut short", "changed"])
def test_a_damaged_file_is_refused(tmp_path, how):
    content = bytearray(make_crops().save(tmp_path / "crops.npz").read_bytes())
    if how == "cut short":
        del content[len(content) // 2 :]
    else:
        content[300] ^= 0xFF
    (tmp_path / "crops.npz").write_bytes(content)
    with pytest.raises(CropError, match="crops.npz is damaged|crops.npz is not a file of crops, or is cut short"):
        Crops.load(tmp_path / "crops.npz")


def test_images_on_disk_are_the_crops(tmp_path):
    crops = make_crops()
    paths = crops.to_png(tmp_path / "png")
    assert [path.name for path in paths] == [
        "b_slice003.png", "b_slice004.png", "b_slice004_2.png", "a_slice000.png", "a_slice012.png",
    ]  # fmt: skip
    np.testing.assert_array_equal([np.array(Image.open(path)) for path in paths], crops.images)
    table = pd.read_csv(tmp_path / "png" / "crops.csv")
    assert table["file"].tolist() == [path.name for path in paths]
    pd.testing.assert_frame_equal(table.drop(columns="file"), crops.table, check_dtype=False)


def test_names_that_a_file_system_does_not_take(tmp_path):
    names = [path.name for path in make_crops(("a/b", "a:B", "c")).select_crops([1, 4, 3]).to_png(tmp_path)]
    assert names == ["a_b_slice004.png", "a_B_slice012.png", "a_B_slice000.png"]
    crops = dataclasses.replace(make_crops(("a/b", "a:B", "c")), slice=np.zeros(5, dtype=int))
    assert len({path.name.lower() for path in crops.to_png(tmp_path / "same")}) == 5


def test_images_are_not_overwritten_unless_told(tmp_path):
    (tmp_path / "a_slice012.png").write_text("mine")
    with pytest.raises(OutputExistsError, match="a_slice012.png exists already"):
        make_crops().to_png(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    make_crops().to_png(tmp_path, force=True)
    assert len(list(tmp_path.iterdir())) == 6
    with pytest.raises(OutputExistsError, match="is a file. Give the path of a folder"):
        make_crops().to_png(tmp_path / "crops.csv")


def test_contact_sheet_shows_some_crops_of_all_with_outlines():
    sheet = make_crops().show(3, n_columns=2)
    shown = sheet.axes_
    assert shown == [ax for ax in sheet.figure_.axes if ax.images]
    assert sheet.frame()["case_id"].tolist() == ["b", "b", "a"]
    assert [ax.get_title() for ax in shown] == ["b\nslice 3", "b\nslice 4", "a\nslice 12"]
    np.testing.assert_array_equal(shown[2].images[0].get_array(), make_crops().images[4])
    assert [len(ax.collections) for ax in shown] == [1, 1, 1]
    assert not any(ax.collections for ax in make_crops().show(outline=False).axes_)


def test_contact_sheet_of_nothing():
    with pytest.raises(CropError, match="There are no crops to show"):
        make_crops().select_crops([]).show()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"slice": np.zeros(4)}, "slice has the shape \\(4,\\), but must have \\(5,\\)"),
        ({"lesion": np.zeros((5, 11, 9))}, "lesion has the shape \\(5, 11, 9\\), but must have \\(5, 9, 11\\)"),
        ({"images": np.zeros((5, 9, 11))}, "images are float64 of shape"),
        ({"case_ids": ["b"]}, "case must point into the 1 case_ids"),
    ],
)
def test_fields_that_do_not_fit(change, said):
    with pytest.raises(CropError, match=said):
        dataclasses.replace(make_crops(), **change)
