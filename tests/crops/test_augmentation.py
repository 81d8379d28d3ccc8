"""Augmentation: exact where it can be, equal to torchvision where it cannot, and repeatable."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

from radiohers.crops import Augmentation, _warp
from radiohers.exceptions import CropError

BILINEAR = InterpolationMode.BILINEAR
# Values run from 0 to 1. Both sides compute in single precision, in another order.
TOLERANCE = 2e-5
LIVER = Augmentation.from_preset("liver_ct")


def smooth_batch(n=1, channels=1, shape=(16, 24), seed=0):
    coarse = torch.rand(n, channels, 5, 7, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, size=shape, mode="bicubic").clamp(0, 1)


def operations(n=1, **columns):
    return Augmentation().sample(n, 0).assign(**columns)


def replayed(batch, padding="zeros", **columns):
    return Augmentation(padding=padding).replay(batch, operations(len(batch), **columns))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_nothing_is_done_at_probability_zero(dtype):
    batch = (255 * smooth_batch(3)).to(dtype)
    result = Augmentation().apply(batch, 0)
    assert result.dtype == dtype
    assert torch.equal(result, batch)
    assert result.data_ptr() != batch.data_ptr()


@pytest.mark.parametrize(("name", "turns"), [("rotate_90_left", 1), ("rotate_90_right", -1)])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_quarter_turns_are_exact(name, turns, dtype):
    batch = (255 * smooth_batch(3, shape=(15, 15))).to(dtype)
    assert torch.equal(Augmentation(**{name: 1}).apply(batch, 0), torch.rot90(batch, turns, (2, 3)))


def test_quarter_turns_to_both_sides_undo_each_other():
    batch = smooth_batch(2)
    assert torch.equal(Augmentation(rotate_90_left=1, rotate_90_right=1).apply(batch, 0), batch)


def test_quarter_turns_are_exact_beside_warped_crops():
    batch = smooth_batch(3, shape=(16, 16))
    result = replayed(batch, rotate_90_left=[True, True, False], rotate_degrees=[0, 7.0, 7.0])
    assert torch.equal(result[0], torch.rot90(batch[0], 1, (1, 2)))
    assert not torch.equal(result[2], batch[2])


def test_quarter_turn_is_composed_with_a_rotation():
    batch = smooth_batch(shape=(16, 16))
    result = replayed(batch, rotate_90_left=True, rotate_degrees=7.0)
    assert (result - F.rotate(torch.rot90(batch, 1, (2, 3)), 7.0, BILINEAR)).abs().max() < TOLERANCE


def test_rotation_equals_torchvision():
    batch = smooth_batch()
    expected = F.rotate(batch, 12.0, BILINEAR)
    assert (replayed(batch, rotate_degrees=12.0) - expected).abs().max() < TOLERANCE


@pytest.mark.parametrize(("axis", "shear"), [("x", [-15.0, 0.0]), ("y", [0.0, -15.0])])
def test_shear_equals_torchvision(axis, shear):
    batch = smooth_batch()
    expected = F.affine(batch, 0.0, [0, 0], 1.0, shear, BILINEAR)
    assert (replayed(batch, shear_degrees=15.0, shear_axis=axis) - expected).abs().max() < TOLERANCE


# Corners of a crop of 16 rows and 24 columns, moved by a quarter of the longer side, 6 pixels.
TILTED = {
    "left": [[0, -6], [24, 0], [24, 16], [0, 22]],
    "right": [[0, 0], [24, -6], [24, 22], [0, 16]],
    "top": [[-6, 0], [30, 0], [24, 16], [0, 16]],
    "bottom": [[0, 0], [24, 0], [30, 16], [-6, 16]],
}
SKEWED = {
    ("top left", "x"): [[-6, 0], [24, 0], [24, 16], [0, 16]],
    ("top left", "y"): [[0, -6], [24, 0], [24, 16], [0, 16]],
    ("top right", "x"): [[0, 0], [30, 0], [24, 16], [0, 16]],
    ("top right", "y"): [[0, 0], [24, -6], [24, 16], [0, 16]],
    ("bottom right", "x"): [[0, 0], [24, 0], [30, 16], [0, 16]],
    ("bottom right", "y"): [[0, 0], [24, 0], [24, 22], [0, 16]],
    ("bottom left", "x"): [[0, 0], [24, 0], [24, 16], [-6, 16]],
    ("bottom left", "y"): [[0, 0], [24, 0], [24, 16], [0, 22]],
}


def perspective(batch, moved):
    return F.perspective(batch, [[0, 0], [24, 0], [24, 16], [0, 16]], moved, BILINEAR)


@pytest.mark.parametrize(("side", "moved"), TILTED.items())
def test_tilt_equals_torchvision(side, moved):
    batch = smooth_batch()
    result = replayed(batch, skew_tilt=0.25, skew_tilt_side=side)
    assert (result - perspective(batch, moved)).abs().max() < TOLERANCE


@pytest.mark.parametrize(("way", "moved"), SKEWED.items())
def test_skew_of_a_corner_equals_torchvision(way, moved):
    batch = smooth_batch()
    result = replayed(batch, skew_corner=0.25, skew_corner_name=way[0], skew_corner_axis=way[1])
    assert (result - perspective(batch, moved)).abs().max() < TOLERANCE


def test_operations_follow_in_the_order_of_their_names():
    steps = [
        {"rotate_degrees": 8.0},
        {"skew_tilt": 0.1, "skew_tilt_side": "left"},
        {"skew_corner": 0.1, "skew_corner_name": "top right", "skew_corner_axis": "x"},
        {"shear_degrees": 8.0, "shear_axis": "y"},
    ]
    batch = smooth_batch(shape=(160, 240))
    at_once = replayed(batch, "enlarge", **{name: value for step in steps for name, value in step.items()})
    for step in steps:
        batch = replayed(batch, "enlarge", **step)
    # Sampled four times instead of once: smooth crops lose little.
    assert (at_once - batch).abs().max() < 0.02


def test_padding_says_what_shows_in_empty_corners():
    batch = torch.ones(1, 1, 16, 16)
    batch[..., 0, 0] = 0
    shown = {padding: replayed(batch, padding, rotate_degrees=-20.0)[0, 0, 0] for padding in ("zeros", "border")}
    assert shown["zeros"][-1] == 0
    assert shown["border"][-1] == 1


def test_enlarged_crops_show_no_padding():
    batch = torch.ones(50, 1, 16, 16)
    torch.testing.assert_close(clone(LIVER).set_params(erase=0).apply(batch, 0), batch)


def test_erased_rectangle_has_the_drawn_area_and_place():
    table = operations(erase_area=0.25, erase_aspect=1.0, erase_row=0.0, erase_column=0.99, erase_seed=1)
    result = Augmentation(erase_value=-1.0).replay(torch.zeros(1, 1, 16, 16), table)
    expected = torch.zeros(16, 16)
    expected[:8, 8:] = -1
    assert torch.equal(result[0, 0], expected)


def test_erased_areas_keep_to_their_range():
    erased = Augmentation(erase=1, erase_area=(0.05, 0.3), erase_value=1).apply(torch.zeros(200, 1, 100, 100), 0)
    areas = erased.mean((1, 2, 3))
    assert 0.048 < areas.min() < 0.07
    assert 0.28 < areas.max() < 0.303


def test_noise_lies_between_the_least_and_the_greatest_value():
    batch = 3 + 2 * smooth_batch(4)
    result = Augmentation(erase=1).apply(batch, 0)
    changed = result != batch
    assert changed.any((1, 2, 3)).all()
    assert (result.amin((1, 2, 3)) >= batch.amin((1, 2, 3))).all()
    assert (result.amax((1, 2, 3)) <= batch.amax((1, 2, 3))).all()


def test_the_batch_itself_is_not_changed():
    batch = smooth_batch(8, shape=(16, 16))
    before = batch.clone()
    LIVER.apply(batch, 0)
    assert torch.equal(batch, before)


def test_bytes_are_the_rounded_floats():
    batch = (255 * smooth_batch(20, shape=(16, 16))).to(torch.uint8)
    assert torch.equal(LIVER.apply(batch, 0), LIVER.apply(batch.float(), 0).round().to(torch.uint8))


def test_channels_are_changed_alike():
    grey = smooth_batch(8, shape=(16, 16))
    assert torch.equal(LIVER.apply(grey.expand(-1, 3, -1, -1), 0), LIVER.apply(grey, 0).expand(-1, 3, -1, -1))


def test_same_seed_same_bits():
    batch = smooth_batch(8, shape=(16, 16))
    assert torch.equal(LIVER.apply(batch, 7), LIVER.apply(batch, 7))
    assert not torch.equal(LIVER.apply(batch, 7), LIVER.apply(batch, 8))


def test_torch_seed_rules_without_a_random_state():
    batch = smooth_batch(8, shape=(16, 16))
    with torch.random.fork_rng():
        torch.manual_seed(3)
        first, second = LIVER.apply(batch), LIVER.apply(batch)
        torch.manual_seed(3)
        assert torch.equal(LIVER.apply(batch), first)
    assert not torch.equal(first, second)


@pytest.mark.parametrize(
    "make", [np.random.default_rng, np.random.RandomState, lambda seed: torch.Generator().manual_seed(seed)]
)
def test_every_kind_of_generator_repeats_and_goes_on(make):
    first = LIVER.sample(5, make(0))
    pd.testing.assert_frame_equal(LIVER.sample(5, make(0)), first)
    generator = make(0)
    LIVER.sample(5, generator)
    assert not LIVER.sample(5, generator).equals(first)


def test_a_crop_does_not_depend_on_the_rest_of_the_batch():
    batch = smooth_batch(20, shape=(16, 16))
    assert torch.equal(LIVER.apply(batch, 0)[:3], LIVER.apply(batch[:3], 0))


def test_a_crop_does_not_depend_on_threads_and_chunks(monkeypatch):
    batch = smooth_batch(20, shape=(16, 16))
    expected = LIVER.apply(batch, 0)
    threads = torch.get_num_threads()
    monkeypatch.setattr(_warp, "VALUES_AT_A_TIME", 3 * 16 * 16)
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            assert torch.equal(LIVER.apply(batch, 0), expected)
    finally:
        torch.set_num_threads(threads)


def test_an_empty_batch_stays_empty():
    assert LIVER.apply(torch.zeros(0, 1, 16, 16), 0).shape == (0, 1, 16, 16)


def test_probabilities_are_kept():
    drawn = Augmentation(rotate_90_left=0.2, rotate=0.3, skew_tilt=0.6, erase=0.9).sample(5000, 0)
    strengths = drawn[["rotate_90_left", "rotate_degrees", "skew_tilt", "skew_corner", "erase_area"]]
    assert (strengths != 0).mean().tolist() == pytest.approx([0.2, 0.3, 0.6, 0, 0.9], abs=0.025)


def test_strengths_are_kept():
    drawn = Augmentation(rotate=1, max_rotation_degrees=5, shear=1, max_shear_degrees=3, skew_tilt=1).sample(2000, 0)
    assert drawn["rotate_degrees"].agg(["min", "max"]).tolist() == pytest.approx([-5, 5], abs=0.02)
    assert drawn["shear_degrees"].agg(["min", "max"]).tolist() == pytest.approx([-3, 3], abs=0.02)
    assert drawn["skew_tilt"].agg(["min", "max"]).tolist() == pytest.approx([0, 0.2], abs=0.002)
    assert drawn["skew_tilt_side"].value_counts(normalize=True).tolist() == pytest.approx([0.25] * 4, abs=0.03)


def test_one_operation_does_not_change_the_draws_of_another():
    few = Augmentation(rotate=0.5).sample(50, 0)
    many = Augmentation(rotate=0.5, erase=1, skew_tilt=0.5).sample(50, 0)
    assert few["rotate_degrees"].equals(many["rotate_degrees"])


def test_a_record_replays_from_a_file(tmp_path):
    batch = smooth_batch(20, shape=(16, 16))
    LIVER.sample(20, 0).to_csv(tmp_path / "operations.csv", index=False)
    again = LIVER.replay(batch, pd.read_csv(tmp_path / "operations.csv", engine="python"))
    assert torch.equal(again, LIVER.apply(batch, 0))


def test_parameters_behave_as_in_scikit_learn():
    augmentation = Augmentation(rotate=0.3).set_params(shear=0.1)
    assert clone(augmentation).get_params() == pickle.loads(pickle.dumps(augmentation)).get_params()
    assert repr(augmentation) == "Augmentation(rotate=0.3, shear=0.1)"


@pytest.mark.parametrize(
    "wrong",
    [
        {"rotate": 1.5},
        {"max_tilt": -0.1},
        {"max_shear_degrees": 90},
        {"padding": "wrap"},
        {"erase_value": "grey"},
        {"erase_area": (0.3, 0.1)},
        {"erase_area": (0.0, 0.1)},
        {"erase_area": (0.1,)},
    ],
)
def test_wrong_parameters_are_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Augmentation(**wrong).apply(smooth_batch())


def test_unknown_preset_lists_the_known():
    with pytest.raises(ValueError, match="'liver_mr'.*liver_ct"):
        Augmentation.from_preset("liver_mr")


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (np.zeros((2, 1, 8, 8)), "ndarray of shape"),
        (torch.zeros(2, 8, 8), r"\(2, 8, 8\)"),
        (torch.zeros(2, 1, 8, 8, dtype=torch.int16), "torch.int16"),
    ],
)
def test_wrong_batches_are_refused(batch, message):
    with pytest.raises(CropError, match=message):
        LIVER.apply(batch, 0)


def test_quarter_turns_need_square_crops():
    with pytest.raises(CropError, match="16 x 24 pixels"):
        Augmentation(rotate_90_left=1).apply(smooth_batch(), 0)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (operations(2), "2 rows of operations for 1"),
        (operations().drop(columns="shear_axis"), "shear_axis"),
        (operations(skew_tilt=0.1, skew_tilt_side="front"), "front"),
        (operations(erase_area=0.1), "erase_aspect"),
        (operations(erase_area=0.1, erase_aspect=1.0, erase_row=1.0), "erase_row"),
    ],
)
def test_wrong_tables_are_refused(table, message):
    with pytest.raises(CropError, match=message):
        LIVER.replay(smooth_batch(), table)


def test_contact_sheet_names_the_operations():
    sheet = Augmentation(rotate_90_left=1, erase=1).show(smooth_batch(shape=(16, 16))[0, 0], n=3)
    titles = [ax.get_title() for ax in sheet.axes_]
    assert titles[0] == "original"
    assert all(title.startswith("rotate 90° left\nerase ") for title in titles[1:])
    assert len(titles) == 4
