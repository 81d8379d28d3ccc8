"""Fixtures that the tests of radiohers.dicom share."""

import numpy as np
import pytest
from dicom_files import Scanner, turned


@pytest.fixture
def stored():
    """Stored values of 6 slices, 7 rows, 9 columns, every one different; uint16 as most scanners write."""
    return np.random.default_rng(0).permutation(6 * 7 * 9).reshape(6, 7, 9).astype(np.uint16) + 800


@pytest.fixture
def scanner(stored):
    return Scanner(stored)


@pytest.fixture
def askew(stored):
    """The same scanner with the patient lying askew about all three axes."""
    return Scanner(stored, axes=turned(10, -20, 30))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "series"
