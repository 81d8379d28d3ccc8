"""CropExtractor: what a crop shows, what is left out, and what fails."""

import json
import pickle
import shutil

import joblib
import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from sklearn.base import clone

from radiohers.crops import CropExtractor, _one_case
from radiohers.exceptions import (
    CohortError,
    CropError,
    ExtractionWarning,
    GeometryError,
    ImageReadError,
    MaskError,
)

SHAPE = (7, 40, 56)
# (x, y, z): columns lie closer than rows.
SPACING_MM = (0.6, 0.9, 4.0)
LEFT_OUT = ["case_id", "slice", "reason"]


def as_image(voxels, spacing_mm=SPACING_MM):
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing(spacing_mm)
    return image


def make_voxels(seed=0):
    """An image, and a lesion on slices 2 to 4 that is far out in columns."""
    lesion = np.zeros(SHAPE, dtype=np.uint8)
    lesion[2:5, 10:22, 36:48] = 1
    return np.random.default_rng(seed).normal(60, 40, size=SHAPE).astype(np.float32), lesion


def make_case(seed=0):
    return tuple(as_image(voxels) for voxels in make_voxels(seed))


@pytest.fixture
def table(tmp_path):
    """Three cases on disk."""
    rows = {}
    for seed, case_id in enumerate(["one", "two", "three"]):
        rows[case_id] = [str(tmp_path / f"{case_id}{end}.nii.gz") for end in ("", "_mask")]
        for path, image in zip(rows[case_id], make_case(seed), strict=True):
            sitk.WriteImage(image, path)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["image", "mask"])


def write_boxes(path, *shapes):
    shapes = [{"shape_type": "rectangle", "label": "x", **shape} for shape in shapes]
    path.write_text(json.dumps({"version": "5.5.0", "shapes": shapes, "imagePath": "a.png"}))
    return str(path)


def boxes_table(tmp_path, *shapes, image=None, **columns):
    image = make_case()[0] if image is None else image
    cells = {"image": image, "boxes": write_boxes(tmp_path / "boxes.json", *shapes), **columns}
    return pd.DataFrame({name: pd.Series([cell], index=["case7"], dtype=object) for name, cell in cells.items()})


def assert_equal_crops(crops, others):
    np.testing.assert_array_equal(crops.images, others.images)
    np.testing.assert_array_equal(crops.lesion, others.lesion)
    pd.testing.assert_frame_equal(crops.table, others.table)


def test_one_crop_a_slice_with_its_margin_in_mm():
    crops = CropExtractor(margin_mm=3.6, keep_aspect=False, size=16).transform([make_case()])
    assert crops.slice.tolist() == [2, 3, 4]
    np.testing.assert_allclose(crops.rectangle, [[10 - 4, 22 + 4, 36 - 6, 48 + 6]] * 3)
    np.testing.assert_allclose(crops.spacing_mm, [[20 * 0.9 / 16, 24 * 0.6 / 16]] * 3)


def test_margin_is_clipped_to_the_image():
    crops = CropExtractor(margin_mm=9, keep_aspect=False).transform([make_case()])
    np.testing.assert_allclose(crops.rectangle[0], [0, 32, 21, 56])


def test_without_interpolation_the_crop_is_the_windowed_slice():
    voxels, lesion = make_voxels()
    crops = CropExtractor(margin_mm=0, window_hu=(50, 100), size=12, keep_aspect=False).transform([make_case()])
    expected = np.rint(np.clip(voxels[2:5, 10:22, 36:48].astype(float) / 100, 0, 1) * 255)
    np.testing.assert_array_equal(crops.images, expected)
    assert crops.lesion.all()
    assert (expected == 0).any()
    assert (expected == 255).any()


def disc(spacing_mm, centre_mm, radius_mm, shape):
    rows, columns = (np.arange(size) * step for size, step in zip(shape, spacing_mm, strict=True))
    return np.hypot(rows[:, None] - centre_mm[0], columns - centre_mm[1]) < radius_mm


def test_keep_aspect_keeps_a_disc_round_where_spacing_is_not_equal():
    lesion = np.zeros((3, 50, 200), dtype=np.uint8)
    lesion[1] = disc((2.0, 0.5), (50, 50), 20, (50, 200))
    case = tuple(as_image(voxels, (0.5, 2.0, 3)) for voxels in (lesion * 100.0, lesion))
    square = CropExtractor(size=64).transform([case])
    extents = [np.ptp(np.flatnonzero(square.lesion[0].any(axis=axis))) for axis in (0, 1)]
    assert abs(extents[0] - extents[1]) <= 2
    np.testing.assert_allclose(square.spacing_mm[0, 0], square.spacing_mm[0, 1])


def test_keep_aspect_widens_into_the_image_and_then_with_black():
    voxels, lesion = make_voxels()
    lesion[:] = 0
    lesion[3, 5:35, 50:54] = 1
    case = (as_image(np.where(voxels > 60, 60.0, 70.0)), as_image(lesion))
    crop = CropExtractor(margin_mm=0, size=60).transform([case])
    np.testing.assert_allclose(crop.rectangle[0], [5, 35, 52 - 22.5, 52 + 22.5])
    beyond = crop.rectangle[0, 2] + (np.arange(60) + 0.5) * 45 / 60 >= 56
    assert (crop.images[0, :, beyond] == 0).all()
    assert (crop.images[0, :, ~beyond] > 100).all()


def test_stretching_shows_the_rectangle_alone():
    lesion = np.zeros(SHAPE, dtype=np.uint8)
    lesion[3, 5:35, 20:30] = 1
    crop = CropExtractor(margin_mm=0, size=30, keep_aspect=False).transform([(make_case()[0], as_image(lesion))])
    assert crop.lesion.all()
    assert crop.spacing_mm.tolist() == [[pytest.approx(0.9), pytest.approx(0.2)]]


ORIENTATIONS = ["LPS", "RAS", "LPI", "PLS", "SAR", "ASL", "IPR", "RSP"]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_stored_axes_do_not_matter(orientation):
    turned = [tuple(sitk.DICOMOrient(image, orientation) for image in make_case())]
    assert_equal_crops(CropExtractor(size=32).transform(turned), CropExtractor(size=32).transform([make_case()]))


def test_an_oblique_image_is_cropped_along_its_own_axes():
    angle = np.deg2rad(20)
    image, mask = make_case()
    for volume in (image, mask):
        volume.SetDirection((1, 0, 0, 0, np.cos(angle), -np.sin(angle), 0, np.sin(angle), np.cos(angle)))
    assert_equal_crops(
        CropExtractor(size=32).transform([(image, mask)]), CropExtractor(size=32).transform([make_case()])
    )


def test_slices_with_the_largest_area_in_their_order():
    voxels, lesion = make_voxels()
    lesion[:] = 0
    for number, height in enumerate([20, 10, 25, 10, 10]):
        lesion[number + 1, 5 : 5 + height, 20:40] = 1
    case = [(as_image(voxels), as_image(lesion))]
    assert CropExtractor(size=16, slices=2).transform(case).slice.tolist() == [1, 3]
    assert CropExtractor(size=16, slices=3).transform(case).slice.tolist() == [1, 2, 3]
    extractor = CropExtractor(size=16, slices=99)
    assert extractor.transform(case).slice.tolist() == [1, 2, 3, 4, 5]
    assert extractor.dropped_.empty


def test_slices_that_are_not_standard_are_left_out_with_the_reason():
    voxels, lesion = make_voxels()
    lesion[5, 10:15, 30:35] = 1
    voxels[3] = 3000
    extractor = CropExtractor(size=16)
    crops = extractor.transform(pd.DataFrame({"image": [as_image(voxels)], "mask": [as_image(lesion)]}, index=["c"]))
    assert crops.slice.tolist() == [2, 4]
    assert extractor.dropped_[LEFT_OUT].to_numpy().tolist() == [["c", 3, "constant crop"], ["c", 5, "lesion too small"]]
    assert extractor.dropped_["detail"].tolist() == [
        "every pixel is 255 of 255 in the window (60.0, 350.0) (level, width)", "13.5 mm2, min_area_mm2=25",
    ]  # fmt: skip


def test_too_few_pixels():
    voxels, lesion = make_voxels()
    lesion[:] = 0
    lesion[2, 10:13, 20:40] = lesion[4, 10:14, 20:40] = 1
    extractor = CropExtractor(margin_mm=0)
    assert extractor.transform([(as_image(voxels), as_image(lesion))]).slice.tolist() == [4]
    assert extractor.dropped_["detail"].tolist() == ["3 x 20 with the margin, 4 x 4 needed"]


def test_a_case_without_any_crop_is_an_error_that_counts_the_reasons():
    voxels, lesion = make_voxels()
    voxels[2:4] = -1000
    lesion[4, 12:] = 0
    table = pd.DataFrame({"image": [as_image(voxels)], "mask": [as_image(lesion)]}, index=["c9"])
    with pytest.raises(CropError) as caught:
        CropExtractor().transform(table)
    assert str(caught.value) == (
        "case 'c9': none of its 3 outlines gives a crop: 2 x constant crop (slice 2: every pixel is 0 of 255 in the "
        "window (60.0, 350.0) (level, width)); 1 x lesion too small (slice 4: 13 mm2, min_area_mm2=25). Check "
        "window_hu or lower min_area_mm2."
    )


def test_warned_failures_keep_their_case_without_crops(table):
    table.loc["two", "mask"] = table.loc["two", "image"] + ".gone"
    extractor = CropExtractor(size=16, on_error="warn")
    with pytest.warns(ExtractionWarning, match="case 'two': .* It has no crops."):
        crops = extractor.transform(table)
    assert crops.counts.to_dict() == {"one": 3, "two": 0, "three": 3}
    assert crops.case.tolist() == [0, 0, 0, 2, 2, 2]
    assert extractor.failures_[["case_id", "error"]].to_numpy().tolist() == [["two", "ImageReadError"]]


def test_dropped_slices_of_a_failed_case_are_listed(table):
    extractor = CropExtractor(min_area_mm2=1000, on_error="warn")
    with pytest.warns(ExtractionWarning):
        crops = extractor.transform(table)
    assert (crops.n_crops, crops.images.shape, len(extractor.dropped_)) == (0, (0, 224, 224), 9)
    assert extractor.failures_["error"].tolist() == ["CropError"] * 3


def test_bad_cases_are_named(table, tmp_path):
    image, mask = make_voxels()
    image[0, 0, 0] = np.nan
    others = {
        ImageReadError: (as_image(image), as_image(mask), "case 'one': image .*: 1 NaN and 0 infinite"),
        MaskError: (table.loc["one", "image"], as_image(mask * 0), "case 'one': .*the mask is empty"),
        GeometryError: (table.loc["one", "image"], as_image(mask[:-1]), "case 'one': mask and image differ in shape"),
    }
    for error, (bad_image, bad_mask, said) in others.items():
        bad = pd.DataFrame({"image": [bad_image], "mask": [bad_mask]}, index=["one"])
        with pytest.raises(error, match=said):
            CropExtractor().transform(bad)


def test_mask_label(table):
    image, mask = make_case()
    labelled = pd.DataFrame({"image": [image], "mask": [mask * 3], "mask_label": [3]})
    assert_equal_crops(CropExtractor(size=16).transform(labelled), CropExtractor(size=16).transform([(image, mask)]))


BOX = {"points": [[36, 10], [48, 22]]}


def test_rectangles_give_the_crops_of_the_mask_they_are_drawn_around(tmp_path):
    table = boxes_table(tmp_path, *({**BOX, "slice": number} for number in (2, 3, 4)))
    crops, expected = CropExtractor(size=32).transform(table), CropExtractor(size=32).transform([make_case()])
    np.testing.assert_array_equal(crops.images, expected.images)
    np.testing.assert_array_equal(crops.rectangle, expected.rectangle)
    assert crops.lesion is None


def test_rectangles_win_over_the_mask_which_only_tells_the_lesion(tmp_path):
    image, mask = make_case()
    table = boxes_table(tmp_path, {**BOX, "slice": 3}, {**BOX, "slice": 5}, image=image, mask=mask)
    crops = CropExtractor(size=32).transform(table)
    assert crops.slice.tolist() == [3, 5]
    assert crops.lesion.any(axis=(1, 2)).tolist() == [True, False]


def test_several_rectangles_on_a_slice_are_a_crop_each_and_one_slice(tmp_path):
    shapes = [
        {"points": [[3, 3], [20, 20]], "slice": 1},
        {**BOX, "slice": 3},
        {"points": [[3, 3], [14, 14]], "slice": 3},
    ]
    table = boxes_table(tmp_path, *shapes)
    assert CropExtractor(size=16).transform(table).slice.tolist() == [1, 3, 3]
    assert CropExtractor(size=16, slices=1).transform(table).slice.tolist() == [1]
    assert CropExtractor(size=16, slices=1, min_area_mm2=0).transform(
        boxes_table(tmp_path, *shapes, {**BOX, "slice": 3})
    ).slice.tolist() == [3, 3, 3]


def test_rectangles_go_by_the_slice_as_viewers_show_it(tmp_path):
    image = sitk.DICOMOrient(make_case()[0], "SAR")
    crops = CropExtractor(size=32).transform(boxes_table(tmp_path, {**BOX, "slice": 2}, image=image))
    np.testing.assert_array_equal(crops.images, CropExtractor(size=32).transform([make_case()]).images[:1])


def test_a_rectangle_partly_off_the_image_is_clipped_and_one_mostly_off_is_left_out(tmp_path):
    partly, mostly = {"points": [[46, 10], [60, 22]], "slice": 2}, {"points": [[50, 10], [70, 22]], "slice": 3}
    extractor = CropExtractor(margin_mm=0, keep_aspect=False)
    assert extractor.transform(boxes_table(tmp_path, partly, mostly)).rectangle.tolist() == [[10, 22, 46, 56]]
    assert extractor.dropped_[LEFT_OUT].to_numpy().tolist() == [["case7", 3, "rectangle off the image"]]
    assert extractor.dropped_["detail"].tolist() == [
        "rows 10 to 22, columns 50 to 70, of which 30% is on the slice of 40 rows and 56 columns"
    ]


@pytest.mark.parametrize("points", [[[100, 10], [112, 22]], [[-30, -40], [-18, -28]], [[36, 90], [48, 102]]])
def test_a_rectangle_off_the_image_is_an_error_where_it_is_the_only_one(tmp_path, points):
    with pytest.raises(
        CropError, match="case 'case7': none of its 1 outlines gives a crop: 1 x rectangle off the image"
    ):
        CropExtractor().transform(boxes_table(tmp_path, {"points": points, "slice": 3}))


def test_bad_rectangle_files_name_the_case(tmp_path):
    with pytest.raises(CropError, match="^case 'case7': rectangles .*boxes.json, shape 1: its slice is 9, but"):
        CropExtractor().transform(boxes_table(tmp_path, {**BOX, "slice": 9}))
    table = boxes_table(tmp_path, BOX)
    (tmp_path / "boxes.json").write_text('{"annotations": []}')
    with pytest.raises(CropError, match="^case 'case7': rectangles .*: this is not a file of labelme's"):
        CropExtractor().transform(table)


def test_nan_is_found_without_a_mask_too(tmp_path):
    voxels, _ = make_voxels()
    voxels[0, 0, 0] = np.inf
    with pytest.raises(ImageReadError, match="case 'case7': image .*: 0 NaN and 1 infinite"):
        CropExtractor().transform(boxes_table(tmp_path, {**BOX, "slice": 3}, image=as_image(voxels)))


def test_neither_mask_nor_boxes():
    with pytest.raises(CohortError, match="case 'a' has neither a mask nor boxes"):
        CropExtractor().transform(pd.DataFrame({"image": ["a.nii"], "mask": [None]}, index=["a"]))
    with pytest.raises(CohortError, match="X has no column 'mask'"):
        CropExtractor().fit(pd.DataFrame({"image": ["a.nii"]}))


def test_lesions_are_known_only_if_every_case_has_a_mask(tmp_path):
    image, mask = make_case()
    table = boxes_table(tmp_path, {**BOX, "slice": 3}, image=image)
    both = pd.concat([table, pd.DataFrame({"image": [image], "mask": [mask]}, index=["masked"])])
    crops = CropExtractor(size=16).transform(both)
    assert crops.case.tolist() == [0, 1, 1, 1]
    assert crops.lesion is None
    assert CropExtractor(size=16).transform(both[1:]).lesion is not None


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_number_of_jobs_does_not_change_a_bit(table, backend):
    expected = CropExtractor(size=33).transform(table)
    with joblib.parallel_config(backend=backend, n_jobs=2):
        assert_equal_crops(CropExtractor(size=33).transform(table), expected)


def count_computations(monkeypatch):
    calls = []
    original = _one_case.find_fault
    monkeypatch.setattr(_one_case, "find_fault", lambda *args: calls.append(1) or original(*args))
    return calls


def test_cache_goes_by_content_and_settings(table, tmp_path, monkeypatch):
    extractor = CropExtractor(size=16, memory=tmp_path / "cache")
    first = extractor.transform(table)
    calls = count_computations(monkeypatch)
    shutil.copy(table.loc["one", "image"], tmp_path / "elsewhere.nii.gz")
    table.loc["one", "image"] = str(tmp_path / "elsewhere.nii.gz")
    assert_equal_crops(clone(extractor).transform(table), first)
    assert not calls
    CropExtractor(size=16, memory=tmp_path / "cache", margin_mm=5).transform(table[:1])
    assert len(calls) == 3
    sitk.WriteImage(make_case(9)[0], table.loc["two", "image"])
    assert not np.array_equal(extractor.transform(table).images, first.images)
    assert len(calls) == 6


def test_cache_goes_by_the_content_of_rectangles(tmp_path, monkeypatch):
    extractor = CropExtractor(size=16, memory=tmp_path / "cache")
    table = boxes_table(tmp_path, {**BOX, "slice": 3})
    extractor.transform(table)
    calls = count_computations(monkeypatch)
    extractor.transform(table)
    assert not calls
    assert extractor.transform(boxes_table(tmp_path, {**BOX, "slice": 4})).slice.tolist() == [4]


def test_failures_are_not_cached(table, tmp_path):
    shutil.move(table.loc["two", "mask"], tmp_path / "away.nii.gz")
    extractor = CropExtractor(size=16, on_error="warn", memory=tmp_path / "cache")
    with pytest.warns(ExtractionWarning):
        extractor.transform(table)
    shutil.move(tmp_path / "away.nii.gz", table.loc["two", "mask"])
    assert extractor.transform(table).counts.tolist() == [3, 3, 3]
    assert extractor.failures_.empty


def test_a_cached_case_without_crops_fails_again(table, tmp_path):
    extractor = CropExtractor(min_area_mm2=1000, memory=tmp_path / "cache")
    for _ in range(2):
        with pytest.raises(CropError, match="case 'one': none of its 3 outlines gives a crop"):
            extractor.transform(table)


def test_clone_pickle_and_fit(table):
    extractor = CropExtractor(size=16, slices=1)
    crops = extractor.fit_transform(table)
    for copy in (clone(extractor), pickle.loads(pickle.dumps(extractor))):
        assert_equal_crops(copy.transform(table), crops)
    assert not {"dropped_", "failures_"} & set(vars(pickle.loads(pickle.dumps(extractor))))


def test_no_cases():
    crops = CropExtractor(size=16).transform(pd.DataFrame({"image": [], "mask": []}))
    assert (len(crops), crops.images.shape, len(crops.case_ids)) == (0, (0, 16, 16), 0)


def test_progress_is_shown_on_request(table, capsys):
    CropExtractor(size=16, verbose=1).transform(table)
    assert "3/3" in capsys.readouterr().err
    CropExtractor(size=16).transform(table)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "wrong",
    [{"margin_mm": -1}, {"size": 7}, {"size": 64.0}, {"slices": 0}, {"slices": "largest"}, {"min_area_mm2": None},
     {"window_hu": (60, 0)}, {"window_hu": (60, 350, 1)}, {"window_hu": ("a", "b")}, {"window_hu": (60, float("nan"))},
     {"keep_aspect": "yes"}, {"on_error": "nan"}],
)  # fmt: skip
def test_wrong_parameters_are_told_before_any_work(table, wrong):
    for act in (CropExtractor(**wrong).fit, CropExtractor(**wrong).transform):
        with pytest.raises(ValueError, match=f"The '{next(iter(wrong))}' parameter of CropExtractor must be"):
            act(table)


def test_real_cases(sts_ct):
    from radiohers import read_cohort

    X = read_cohort(sts_ct / "cohort.csv").X[:4]
    extractor = CropExtractor(size=64, window_hu=(40, 400))
    crops = extractor.transform(X)
    assert (crops.counts > 0).all()
    # The images end 12 mm from the tumour, beyond the margin.
    assert (crops.rectangle[:, 0::2].max(axis=0) < 160).all()
    assert crops.n_crops + len(crops.dropped) == sum(
        sitk.GetArrayFromImage(sitk.ReadImage(mask)).any(axis=(1, 2)).sum() for mask in X["mask"]
    )
    share = crops.lesion.mean(axis=(1, 2))
    assert 0.02 < share.min() < share.max() < 0.9
