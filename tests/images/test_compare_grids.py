"""compare_grids: each way that a mask's grid may differ has its name, and resampling does what is said of it."""

import numpy as np
import pytest
import SimpleITK as sitk

from radiohers.images import compare_grids, read_header, read_pair


def relation(image, mask):
    return compare_grids(read_header(image), read_header(mask))


def moved(mask, **changes):
    """Return the mask with another geometry."""
    mask = sitk.Image(mask)
    for name, value in changes.items():
        getattr(mask, f"Set{name}")(value)
    return mask


def test_same_grid(ct, mask):
    assert relation(ct, mask) == ("same grid", "mask and image lie on one grid", "", True, False)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda mask: mask[2:9, 1:8, 1:7], "part of the image"),
        (lambda mask: sitk.Flip(mask, [True, False, True]), "flipped"),
        (lambda mask: sitk.PermuteAxes(mask, [2, 0, 1]), "axes swapped"),
    ],
)
def test_masks_on_the_same_lattice_lose_nothing(ct, mask, change, name):
    found = relation(ct, change(mask))
    assert (found.name, found.is_exact, found.is_misplaced) == (name, True, False)
    resampled = read_pair(ct, change(mask), on_mismatch="resample").mask
    np.testing.assert_array_equal(sitk.GetArrayFromImage(resampled), sitk.GetArrayFromImage(mask) == 1)


def test_which_axes_are_reversed(ct, mask):
    assert "stored with x and z reversed" in relation(ct, sitk.Flip(mask, [True, False, True])).text


def test_axes_swapped_without_a_word_in_the_header(ct, mask):
    transposed = sitk.GetImageFromArray(sitk.GetArrayFromImage(mask).transpose(2, 1, 0))
    found = relation(ct, transposed)
    assert (found.name, found.is_misplaced) == ("axes swapped", True)
    assert "array.transpose(2, 1, 0)" in found.advice


@pytest.mark.parametrize("order", [(1, 2, 0), (2, 0, 1), (0, 2, 1)])
def test_advised_transposition_is_right(ct, mask, order):
    voxels = sitk.GetArrayFromImage(mask).transpose(order)
    advice = relation(ct, sitk.GetImageFromArray(voxels)).advice
    advised = eval(advice[advice.index("transpose(") + len("transpose") : advice.index(")") + 1])
    np.testing.assert_array_equal(voxels.transpose(advised), sitk.GetArrayFromImage(mask))


def test_geometry_lost(ct, mask):
    assert relation(ct, sitk.GetImageFromArray(sitk.GetArrayFromImage(mask))).name == "geometry lost"


def test_ras_taken_for_lps(ct, mask):
    origin, direction = np.array(ct.GetOrigin()), np.reshape(ct.GetDirection(), (3, 3))
    mirror = np.array([-1, -1, 1])
    mirrored = moved(mask, Origin=origin * mirror, Direction=(mirror[:, None] * direction).ravel())
    found = relation(ct, mirrored)
    assert (found.name, found.is_misplaced) == ("flipped", True)
    assert "RAS" in found.text


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"Origin": (-9.5, 20.5, 30.25)}, "other origin"),
        ({"Origin": (500.0, 20.5, 30.25)}, "no overlap"),
        ({"Spacing": (0.75, 0.875, 2.5)}, "other spacing"),
        ({"Direction": (1, 0, 0, 0, 1, 0, 0, 0, 1)}, "other direction"),
        ({"Direction": (1, 0, 0, 0, 1, 0, 0, 0, 1), "Spacing": (1.5, 1, 1)}, "other grid"),
    ],
)
def test_other_grids(ct, mask, changes, name):
    assert relation(ct, moved(mask, **changes)).name == name


def test_mask_of_a_finer_grid(ct, mask):
    fine = sitk.Resample(
        mask,
        [18, 16, 7],
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
        mask.GetOrigin(),
        (0.375, 0.4375, 3),
        mask.GetDirection(),
    )
    found = relation(ct, fine)
    assert found.name == "other grid"
    assert "% of the mask lies in the image" in found.text


def test_every_difference_has_advice(ct, mask):
    for changed in (mask[2:9, 1:8, 1:7], moved(mask, Origin=(500.0, 0, 0)), moved(mask, Spacing=(1, 2, 3))):
        assert relation(ct, changed).advice.endswith(".")
