"""labelme's files: what is read from them, and what is said of those that cannot be used."""

import json

import pytest

from radiohers.exceptions import CropError
from radiohers.images._labelme import hash_rectangles, read_rectangles

# [column, row], as labelme has them.
POINTS = [[30.0, 10.5], [42.25, 20.0]]


def shape(points=POINTS, kind="rectangle", **keys):
    return {"label": "lesion", "points": points, "group_id": None, "shape_type": kind, "flags": {}, **keys}


def document(*shapes, **keys):
    return {"version": "5.5.0", "flags": {}, "shapes": list(shapes), "imagePath": "a.png", "imageData": None, **keys}


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="case7.json"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write_file


def read(path, n_slices=7):
    return [(number, rectangle.tolist()) for number, rectangle in read_rectangles(path, n_slices, (40, 56))]


def message(path, n_slices=7):
    with pytest.raises(CropError) as caught:
        read_rectangles(path, n_slices, (40, 56))
    return str(caught.value).replace(str(path), "FILE")


@pytest.mark.parametrize("corners", [POINTS, POINTS[::-1], [[42.25, 10.5], [30, 20]], [[30, 20], [42.25, 10.5]]])
def test_corners_in_any_order(write, corners):
    assert read(write(document(shape(corners, slice=3)))) == [(3, [10.5, 20.0, 30.0, 42.25])]


def test_a_polygon_is_its_bounding_rectangle_also_without_a_shape_type(write):
    corners = [[30, 15], [35, 10], [41, 13], [33, 22]]
    old = shape(corners, slice=3)
    del old["shape_type"]
    for polygon in (shape(corners, "polygon", slice=3), old):
        assert read(write(document(polygon))) == [(3, [10, 22, 30, 41])]


def test_one_file_a_case_tells_slices_by_group_id(write):
    path = write(document(shape(group_id=5), shape(group_id=2, label="metastasis"), shape(group_id=5, label="other")))
    assert [number for number, _ in read(path)] == [2, 5, 5]


def test_a_key_slice_goes_before_group_id_and_that_of_a_shape_before_that_of_the_file(write):
    path = write(document(shape(group_id=5), shape(group_id=5, slice=1), slice=4))
    assert [number for number, _ in read(path)] == [1, 4]


def test_one_file_a_slice_tells_slices_by_the_names(write, tmp_path):
    for number in (2, 10, 9):
        write(document(shape(group_id=77)), f"boxes/case7_{number:03d}.json")
    write(document(), "boxes/case7_004.json")
    write("an image", "boxes/case7_001.png")
    assert [number for number, _ in read(tmp_path / "boxes", n_slices=11)] == [2, 9, 10]


def test_the_only_slice_need_not_be_told(write):
    assert read(write(document(shape())), n_slices=1)[0][0] == 0


NO_LABELME = {
    "{": "FILE: this is not JSON: Expecting property name enclosed in double quotes: line 1 column 2",
    "[1, 2]": "FILE: this is not a file of labelme's: it has a list, and no list 'shapes'.",
    '{"boxes": [1], "image": 2}': "FILE: this is not a file of labelme's: it has the keys boxes, image, and no list",
    "{}": "FILE: this is not a file of labelme's: it has no keys, and no list 'shapes'.",
    '{"shapes": {}}': "FILE: this is not a file of labelme's: it has the keys shapes, and no list 'shapes'.",
    '{"shapes": [[1, 2, 3, 4]]}': "FILE, shape 1: it has no list 'points'.",
    '{"shapes": [{"bbox": [1, 2, 3, 4]}]}': "FILE, shape 1: it has no list 'points'.",
    '{"shapes": []}': "FILE: there is no shape. Draw the lesion, or give a mask instead.",
}


@pytest.mark.parametrize("text", NO_LABELME)
def test_files_that_are_not_labelmes(write, text):
    assert message(write(text)).startswith(f"rectangles {NO_LABELME[text]}")


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "mask.json").write_bytes(b"\x1f\x8b\x08\xff\xfe")
    assert "this is not JSON" in message(tmp_path / "mask.json")


BAD_SHAPES = [
    (shape(kind="circle"), "shape 2 ('lesion') is a circle. Draw a rectangle or a polygon instead"),
    (shape([[30, 10]]), "shape 2: a rectangle has 2 corners or more, this one 1. Draw it again."),
    (shape([[3, 4], [5, 6]], "polygon"), "shape 2: a polygon has 3 corners or more, this one 2. Draw it again."),
    (shape([]), "shape 2: a rectangle has 2 corners or more, this one 0."),
    (shape([[30, 10], [30, 20]]), "shape 2: the rectangle is empty: columns 30 to 30, rows 10 to 20. Draw it again"),
    (shape([[30, 10], [40, "20"]]), "shape 2: the point [40, '20'] is not a pair of numbers [column, row]."),
    (shape([[30, 10], [40, float("nan")]]), "shape 2: the point [40, nan] is not a pair of numbers [column, row]."),
    (shape([[30, 10, 0], [40, 20, 0]]), "shape 2: the point [30, 10, 0] is not a pair of numbers [column, row]."),
    (shape(), "shape 2: its slice is not told. Set the shape's group_id in labelme to the number of the slice"),
    (shape(slice=7), "shape 2: its slice is 7, but the image's axial slices are 0 to 6. Count from 0"),
    (shape(group_id=-1), "shape 2: its slice is -1, but the image's axial slices are 0 to 6."),
    (shape(slice="3"), "shape 2: its slice is '3', but the image's axial slices are 0 to 6."),
    (shape(slice=True), "shape 2: its slice is True, but the image's axial slices are 0 to 6."),
]


@pytest.mark.parametrize(("bad", "said"), BAD_SHAPES)
def test_shapes_that_cannot_be_used(write, bad, said):
    assert message(write(document(shape(slice=3), bad))).startswith(f"rectangles FILE, {said}")


def test_a_file_drawn_on_an_image_of_another_size(write):
    path = write(document(shape(slice=3), imageHeight=56, imageWidth=40))
    assert message(path).startswith(
        "rectangles FILE: they were drawn on an image of 56 rows and 40 columns, but the slices of this case have 40 "
        "and 56. Draw on the slices as they are"
    )
    assert len(read(write(document(shape(slice=3), imageHeight=40, imageWidth=56)))) == 1


def test_folders_that_cannot_be_used(write, tmp_path):
    assert message(tmp_path / "none") == "rectangles FILE: no such file or folder. Check the column 'boxes'."
    (tmp_path / "boxes").mkdir()
    assert message(tmp_path / "boxes").startswith("rectangles FILE: the folder has no .json file.")
    write(document(shape()), "boxes/case7_3.json")
    write(document(shape()), "boxes/slice_003.json")
    assert "slice_003.json and case7_3.json are both of slice 3." in message(tmp_path / "boxes")
    write(document(shape()), "boxes/case7.png.json")
    assert "case7.png.json: the name does not end in the number of the slice." in message(tmp_path / "boxes")


def test_hash_goes_by_content_and_slice(write, tmp_path):
    one = hash_rectangles(write(document(shape(slice=3)), "a.json"))
    assert hash_rectangles(write(document(shape(slice=3)), "b.json")) == one
    assert hash_rectangles(write(document(shape(slice=4)), "b.json")) != one
    folder = write(document(shape()), "boxes/a_3.json").parent
    before = hash_rectangles(folder)
    (folder / "a_3.json").rename(folder / "a_4.json")
    assert hash_rectangles(folder) != before
