"""Lesions of a mask by label and by component."""

import numpy as np
import pytest
import SimpleITK as sitk

from radiohers.exceptions import MaskError
from radiohers.images import select_lesions


@pytest.fixture
def labels(ct):
    """Label 1 in parts of 8, 2 and 1 voxels, label 3 of 1 voxel, label 7 touching label 1 at a corner."""
    voxels = np.zeros((7, 8, 9), dtype=np.uint8)
    voxels[1:3, 1:3, 1:3], voxels[5, 5, 1:3], voxels[6, 7, 8] = 1, 1, 1
    voxels[0, 7, 0], voxels[3, 3, 3] = 3, 7
    image = sitk.GetImageFromArray(voxels)
    image.CopyInformation(ct)
    return image


def sizes(lesions):
    return {name: int(sitk.GetArrayViewFromImage(mask).sum()) for name, mask in lesions.items()}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"label1": 11, "label3": 1, "label7": 1}),
        ({"labels": 3}, {"label3": 1}),
        ({"labels": [7, 1]}, {"label7": 1, "label1": 11}),
        ({"labels": [1, 3], "merge": True}, {"label1+3": 12}),
        ({"merge": True}, {"label1+3+7": 13}),
        ({"labels": 1, "components": "largest"}, {"label1": 8}),
        ({"labels": 1, "components": "separate"}, {"label1_1": 8, "label1_2": 2, "label1_3": 1}),
        ({"labels": 1, "components": "separate", "min_voxels": 2}, {"label1_1": 8, "label1_2": 2}),
        ({"labels": 1, "min_voxels": 2}, {"label1": 10}),
        ({"labels": [1, 7], "merge": True, "components": "largest"}, {"label1+7": 9}),
    ],
)
def test_choices(labels, options, expected):
    assert sizes(select_lesions(labels, **options)) == expected


def test_masks_keep_the_grid_and_hold_the_voxels(labels, ct):
    mask = select_lesions(labels, 1, components="separate")["label1_2"]
    assert mask.GetDirection() == ct.GetDirection()
    assert mask.GetPixelID() == sitk.sitkUInt8
    assert np.argwhere(sitk.GetArrayFromImage(mask)).tolist() == [[5, 5, 1], [5, 5, 2]]


def test_file_of_floats_with_whole_numbers(labels, save):
    path = save(sitk.Cast(labels, sitk.sitkFloat32), "mask.nii.gz")
    assert sizes(select_lesions(path)) == {"label1": 11, "label3": 1, "label7": 1}


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (lambda image: image, {"labels": 2}, r"no voxel has label 2; the labels are 1 \(11 voxels\), 3 \(1 voxel\)"),
        (lambda image: image, {"labels": []}, r"no voxel has label \(none was given\)"),
        (lambda image: image * 0, {}, "the mask is empty, all 504 voxels are 0"),
        (lambda image: sitk.Cast(image, sitk.sitkFloat32) * 0.9999, {}, "not all of its voxels are whole numbers"),
        (lambda image: sitk.Cast(image, sitk.sitkFloat32) + np.nan, {}, "not all of its voxels are whole numbers"),
        (lambda image: image, {"min_voxels": 99}, "no part of the lesion has 99 voxels"),
    ],
)
def test_masks_without_the_lesion(labels, change, options, said):
    with pytest.raises(MaskError, match=f"case 'A': mask SimpleITK image.*: {said}"):
        select_lesions(change(labels), case_id="A", **options)
