"""Augmentation to given numbers, with each copy tied to its original."""

import numpy as np
import pytest
import torch

from radiohers.crops import Augmentation, _augmentation
from radiohers.exceptions import CropError

LIVER = Augmentation.from_preset("liver_ct")
Y = np.array(["neg", "pos", "neg", "neg", "pos"])
COUNTS = {"neg": 11, "pos": 7}


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(256, size=(5, 12, 12), dtype=np.uint8)


def test_counts_are_reached(images):
    augmented = LIVER.augment_to(images, Y, COUNTS, random_state=0)
    assert len(augmented) == 18
    assert {label: int((augmented.y == label).sum()) for label in COUNTS} == COUNTS
    assert augmented.images.shape == (18, 12, 12)
    assert augmented.images.dtype == np.uint8


def test_originals_come_first_and_unchanged(images):
    augmented = LIVER.augment_to(images, Y, COUNTS, random_state=0)
    assert np.array_equal(augmented.images[:5], images)
    assert augmented.original[:5].tolist() == [0, 1, 2, 3, 4]


def test_every_copy_has_the_label_of_its_original(images):
    augmented = LIVER.augment_to(images, Y, COUNTS, random_state=0)
    assert np.array_equal(augmented.y, Y[augmented.original])


def test_copies_are_spread_evenly(images):
    copies = np.bincount(LIVER.augment_to(images, Y, COUNTS, random_state=0).original)
    assert sorted(copies[Y == "neg"]) == [3, 4, 4]
    assert sorted(copies[Y == "pos"]) == [3, 4]


def test_the_record_makes_the_copies_again(images):
    augmented = LIVER.augment_to(images, Y, COUNTS, random_state=0)
    batch = torch.from_numpy(images[augmented.original])[:, None]
    assert np.array_equal(LIVER.replay(batch, augmented.operations)[:, 0].numpy(), augmented.images)


def test_the_result_does_not_depend_on_the_size_of_batches(images, monkeypatch):
    expected = LIVER.augment_to(images, Y, COUNTS, random_state=0)
    monkeypatch.setattr(_augmentation, "CROPS_AT_A_TIME", 3)
    assert np.array_equal(LIVER.augment_to(images, Y, COUNTS, random_state=0).images, expected.images)


def test_present_numbers_leave_the_originals(images):
    augmented = LIVER.augment_to(images, Y, {"neg": 3, "pos": 2})
    assert np.array_equal(augmented.images, images)


@pytest.mark.parametrize(
    ("y", "counts", "message"),
    [
        (Y, {"neg": 2, "pos": 7}, "'neg'.*=2 is below the 3 originals"),
        (Y, {"neg": 11}, "Give a count for each label"),
        (Y[:4], COUNTS, r"one label for each of 5 crops.*\(4,\)"),
    ],
)
def test_wrong_counts_and_labels_are_refused(images, y, counts, message):
    with pytest.raises(CropError, match=message):
        LIVER.augment_to(images, y, counts)


def test_images_must_be_bytes(images):
    with pytest.raises(CropError, match="float64"):
        LIVER.augment_to(images / 255, Y, COUNTS)
