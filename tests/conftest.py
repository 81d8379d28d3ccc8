"""Fixtures that several test modules share."""

import sys
from pathlib import Path

import pytest

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def close_figures():
    """Close the figures that a test plotted: pyplot keeps each one, and warns of many."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@pytest.fixture(scope="session")
def sts_ct():
    """Folder of the 51 real CTs; tests that need it are skipped where it is missing."""
    folder = REAL_DATA / "sts_ct"
    if not folder.is_dir():
        pytest.skip("the real CT cohort is not here")
    return folder


@pytest.fixture(scope="session")
def sts_dicom():
    """Folder of one real CT as a DICOM series, and its RTSTRUCT; skipped where it is missing."""
    folder = REAL_DATA / "dicom" / "STS_019"
    if not folder.is_dir():
        pytest.skip("the real DICOM series is not here")
    return folder
