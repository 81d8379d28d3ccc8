"""Slices on which a lesion was not drawn: which are gaps, and what fills them."""

import numpy as np
import pytest
import SimpleITK as sitk

from radiohers.images._gaps import fill_gaps, find_gaps, name_slices

SPACING_MM = (0.75, 0.875, 3.0)


def missing(lesion, spacing_mm=SPACING_MM):
    return sorted({number for gap in find_gaps(lesion, spacing_mm) for number in gap.slices})


def drawn_on(slices, n=14, rows=slice(2, 14), columns=slice(3, 17)):
    lesion = np.zeros((n, 17, 19), dtype=bool)
    lesion[list(slices), rows, columns] = True
    return lesion


@pytest.mark.parametrize(
    ("slices", "gaps"),
    [
        ([2, 4, 6, 8], [3, 5, 7]),
        ([2, 3, 4, 6, 7], [5]),
        ([1, 4, 7], [2, 3, 5, 6]),
        ([1, 2, 3, 6, 7, 8], [4, 5]),
        ([1, 5, 9], [2, 3, 4, 6, 7, 8]),
        ([3, 5], [4]),
        ([2, 3, 4], []),
        ([4], []),
        ([], []),
        ([1, 2, 10, 11], []),
    ],
)
def test_slices_that_are_missing(slices, gaps):
    assert missing(drawn_on(slices)) == gaps


def test_a_lesion_beside_another_does_not_hide_its_gap():
    whole = drawn_on(range(1, 9), columns=slice(11, 18))
    assert missing(whole | drawn_on([1, 2, 3, 5, 6], columns=slice(2, 8))) == [4]


@pytest.mark.parametrize("columns", [slice(12, 18), slice(10, 18)])
def test_lesions_beside_one_another_are_two(columns):
    one, other = drawn_on([1, 2, 3], columns=slice(1, 5)), drawn_on([5, 6, 7], columns=columns)
    assert missing(one | other) == []


def test_a_slanting_lesion_has_a_gap():
    lesion = np.zeros((9, 17, 30), dtype=bool)
    for number in (1, 3, 5):
        lesion[number, 4:9, 4 * number : 4 * number + 6] = True
    assert missing(lesion) == [2, 4]


def test_specks_beside_a_lesion_are_none():
    lesion = drawn_on(range(2, 10), columns=slice(3, 10))
    lesion[[3, 5, 7], 15, 15] = True
    assert missing(lesion) == []


@pytest.mark.parametrize("every", [2, 3])
def test_filling_a_cylinder_and_a_ball(every):
    slices, rows, columns = np.ogrid[:25, :40, :40]
    cylinder = np.broadcast_to((rows - 19) ** 2 + (columns - 21) ** 2 <= 100, (25, 40, 40)) & (np.abs(slices - 12) <= 6)
    ball = (slices - 12) ** 2 + (rows - 19) ** 2 + (columns - 21) ** 2 <= 110
    for whole, worst in ((cylinder, 0.0), (ball, 0.06)):
        first = int(np.flatnonzero(whole.any(axis=(1, 2)))[0])
        some = whole & (((slices - first) % every) == 0)
        last = int(np.flatnonzero(some.any(axis=(1, 2)))[-1])
        filled = fill_gaps(some, (1, 1, 1))
        expected = whole[: last + 1]
        assert missing(filled, (1, 1, 1)) == []
        assert (filled[: last + 1] ^ expected).sum() <= worst * expected.sum()
        np.testing.assert_array_equal(filled[first::every], some[first::every])


def test_filling_keeps_a_hole_and_changes_nothing_without_gaps():
    donut = drawn_on([2, 4])
    donut[:, 6:9, 8:12] = False
    filled = fill_gaps(donut, SPACING_MM)
    np.testing.assert_array_equal(filled[3], donut[2])
    np.testing.assert_array_equal(fill_gaps(filled, SPACING_MM), filled)


def test_steps_between_unlike_sections_are_weighted_by_distance():
    lesion = np.zeros((6, 21, 21), dtype=bool)
    lesion[1, 2:19, 2:19], lesion[4, 8:13, 8:13] = True, True
    sides = fill_gaps(lesion, (1, 1, 1)).any(axis=1).sum(axis=1)
    assert sides.tolist() == [0, 17, 13, 9, 5, 0]


@pytest.mark.parametrize(("sign", "named"), [(1, "3 (17 mm), 5 (23 mm)"), (-1, "3 (-1 mm), 5 (-7 mm)")])
def test_slices_are_named_by_where_they_are_in_the_patient(sign, named):
    image = sitk.Image(19, 17, 14, sitk.sitkUInt8)
    image.SetSpacing(SPACING_MM)
    image.SetOrigin((0, 0, 8))
    image.SetDirection((1, 0, 0, 0, sign, 0, 0, 0, sign))
    assert name_slices(find_gaps(drawn_on([2, 4, 6]), SPACING_MM), image) == f"slices {named} (counted from 0)"
