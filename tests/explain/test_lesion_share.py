import numpy as np
import pandas as pd
import pytest

from radiohers.crops import Crops
from radiohers.exceptions import CropError
from radiohers.explain import lesion_share


def crops_of(lesion, spacing_mm=(1.0, 1.0)):
    n = len(lesion)
    return Crops(
        images=np.zeros(lesion.shape, np.uint8),
        case=np.arange(n),
        case_ids=[f"case{number}" for number in range(n)],
        slice=np.arange(n) + 10,
        rectangle=np.zeros((n, 4)),
        spacing_mm=np.tile(spacing_mm, (n, 1)),
        lesion=lesion,
    )


@pytest.fixture
def lesion():
    """A lesion of 8 x 10 pixels in a crop of 20 x 24."""
    lesion = np.zeros((1, 20, 24), bool)
    lesion[0, 6:14, 7:17] = True
    return lesion


def area(lesion, rim_mm, spacing_mm=(1.0, 1.0)):
    return (lesion_share(np.ones(lesion.shape), crops_of(lesion, spacing_mm), rim_mm) * lesion[0].size).iloc[0].tolist()


def test_shares_of_the_area_by_hand(lesion):
    # One pixel to each side of the border: 8 x 10 - 6 x 8 of the lesion, and its four sides without corners.
    assert area(lesion, rim_mm=1) == pytest.approx([6 * 8, 80 - 48 + 2 * (8 + 10), 480 - 80 - 36])


def test_rim_is_in_millimetres_along_each_axis(lesion):
    # Rows 2 mm apart are out of reach, columns 1 mm apart are not.
    assert area(lesion, 1, spacing_mm=(2, 1)) == pytest.approx([8 * 8, 4 * 8, 480 - 80 - 2 * 8])
    assert area(lesion, 1, spacing_mm=(1, 2)) == pytest.approx([6 * 10, 4 * 10, 480 - 80 - 2 * 10])


def test_map_in_one_place_has_its_whole_share_there(lesion):
    maps = np.zeros((3, 20, 24))
    maps[0, 10, 12] = maps[1, 6, 12] = maps[2, 0, 0] = 0.5
    shares = lesion_share(maps, crops_of(np.repeat(lesion, 3, axis=0)))
    np.testing.assert_array_equal(shares, np.eye(3))


def test_shares_add_up_to_one(lesion):
    maps = np.random.default_rng(0).random((5, 20, 24))
    shares = lesion_share(maps, crops_of(np.repeat(lesion, 5, axis=0)))
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_rows_are_named(lesion):
    shares = lesion_share(np.ones((2, 20, 24)), crops_of(np.repeat(lesion, 2, axis=0)))
    expected = pd.MultiIndex.from_tuples([("case0", 10), ("case1", 11)], names=["case_id", "slice"])
    pd.testing.assert_index_equal(shares.index, expected)
    assert shares.columns.tolist() == ["inside", "rim", "outside"]


def test_map_of_zeros_has_no_share(lesion):
    shares = lesion_share(np.zeros(lesion.shape), crops_of(lesion))
    assert shares.isna().all(axis=None)


@pytest.mark.parametrize(("full", "expected"), [(True, [1, 0, 0]), (False, [0, 0, 1])])
def test_lesion_without_a_border(full, expected):
    lesion = np.full((1, 6, 7), full)
    assert lesion_share(np.ones(lesion.shape), crops_of(lesion)).iloc[0].tolist() == expected


def test_edge_of_the_crop_is_no_border(lesion):
    lesion[0, :14, :17] = True
    # Of 14 x 17 pixels, those along the lower and right side, whose corner belongs to both.
    assert area(lesion, rim_mm=1)[0] == pytest.approx(13 * 16)


def test_no_crops():
    assert lesion_share(np.zeros((0, 6, 7)), crops_of(np.zeros((0, 6, 7), bool))).shape == (0, 3)


def test_crops_without_masks(lesion):
    crops = crops_of(lesion)
    without = Crops(crops.images, crops.case, crops.case_ids, crops.slice, crops.rectangle, crops.spacing_mm)
    with pytest.raises(CropError, match="the crops have no lesion masks"):
        lesion_share(np.ones(lesion.shape), without)


@pytest.mark.parametrize(
    ("maps", "rim_mm", "message"),
    [
        (np.ones((2, 20, 24)), 3, r"maps have the shape \(2, 20, 24\) and the crops' lesion masks \(1, 20, 24\)"),
        (np.full((1, 20, 24), np.nan), 3, "maps have NaN or values below 0"),
        (np.full((1, 20, 24), -1), 3, "maps have NaN or values below 0"),
        (np.ones((1, 20, 24)), 0, "rim_mm=0 must be above 0"),
    ],
)
def test_wrong_values(lesion, maps, rim_mm, message):
    with pytest.raises(ValueError, match=message):
        lesion_share(maps, crops_of(lesion), rim_mm)
