"""Small volumes with unequal sides and spacing, in memory and on disk."""

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk


def make_case(seed=0, shape=(9, 12, 14), dtype=np.int16):
    """Return an image and a mask in memory."""
    rng = np.random.default_rng(seed)
    voxels = rng.normal(100, 30, size=shape).clip(0, 255).astype(dtype)
    lesion = np.zeros(shape, dtype=np.uint8)
    lesion[2:7, 3:10, 4:12] = rng.random((5, 7, 8)) < 0.9
    image, mask = sitk.GetImageFromArray(voxels), sitk.GetImageFromArray(lesion)
    for volume in (image, mask):
        volume.SetSpacing((0.8, 0.9, 2.5))
    return image, mask


@pytest.fixture
def cohort_table(tmp_path):
    """Three cases on disk."""
    rows = {}
    for seed, case_id in enumerate(["one", "two", "three"]):
        paths = [str(tmp_path / f"{case_id}{end}.nii.gz") for end in ("", "_mask")]
        for path, volume in zip(paths, make_case(seed), strict=True):
            sitk.WriteImage(volume, path)
        rows[case_id] = paths
    return pd.DataFrame.from_dict(rows, orient="index", columns=["image", "mask"])
